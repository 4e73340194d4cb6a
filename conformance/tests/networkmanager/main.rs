//! Does the NetworkManager executor do with the real daemon what its contract says? One lab a test, each in namespaces of its own.

mod adopt;
mod daemon;
mod ends;
mod loss;
mod moves;
mod others;
mod raise;
mod route;
mod setup;
mod trouble;

use netsession_conformance::lab::daemons::Program::{self, DbusDaemon};
use netsession_conformance::lab::{Case, Run, suite};
use std::process::ExitCode;

const NM: &[Program] = &[DbusDaemon, Program::NetworkManager];
const DHCP: &[Program] = &[DbusDaemon, Program::NetworkManager, Program::Dnsmasq];
const IEEE_8021X: &[Program] = &[DbusDaemon, Program::NetworkManager, Program::Hostapd, Program::WpaSupplicant];

/// A lab that runs inside, or, with another word before it, otherwise; and what it needs.
macro_rules! cases {
    ($($kind:ident $module:ident :: $name:ident needs $needs:expr),* $(,)?) => {
        [$(Case { name: concat!(stringify!($module), "::", stringify!($name)), run: cases!(@$kind $module::$name), needs: $needs }),*]
    };
    (@inside $lab:path) => { Run::Inside(|lab| Box::pin($lab(lab))) };
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    suite(&cases![
        inside raise::and_lower_leave_the_link_as_found needs NM,
        inside raise::of_an_active_link_changes_nothing needs NM,
        inside raise::both_links_carry_traffic needs NM,
        inside raise::waits_for_the_carrier needs NM,
        inside raise::cancelled_leaves_nothing needs NM,
        inside raise::cancelled_at_once_leaves_nothing needs NM,
        inside raise::of_what_is_not_there_fails_at_once needs NM,
        inside raise::gets_a_lease needs DHCP,
        inside raise::without_a_lease_fails needs NM,
        inside raise::joins_what_is_on_its_way_up needs IEEE_8021X,
        inside raise::wrong_password_fails needs IEEE_8021X,
        inside raise::stopped_link_comes_back needs NM,
        inside adopt::links_carry_on_and_are_put_back needs NM,
        inside adopt::killed_at_any_point needs NM,
        inside adopt::killed_while_metrics_are_applied needs NM,
        inside adopt::what_others_activated_stays_theirs needs NM,
        inside adopt::daemon_is_another_one_by_now needs NM,
        inside adopt::stopped_link_comes_back needs NM,
        inside adopt::without_a_note_the_connection_is_taken_over needs NM,
        inside adopt::access_point_that_is_no_more_is_put_back needs NM,
        inside route::raise_pushes_no_default_route_aside needs NM,
        inside route::raise_pushes_no_link_of_networkmanager_aside needs NM,
        inside moves::without_a_gap needs NM,
        inside moves::without_a_gap_ipv6 needs NM,
        inside moves::networkmanagers_own_primary_connection needs NM,
        inside moves::metrics_do_not_run_out needs NM,
        inside daemon::preferred_link_stays_preferred needs NM,
        inside route::prefer_interrupts_no_lease needs DHCP,
        inside route::prefer_without_privilege needs NM,
        inside route::prefer_beats_a_better_foreign_route needs NM,
        inside route::prefer_of_what_cannot_be_is_refused needs NM,
        inside route::only_the_newest_prefer_is_answered needs NM,
        inside route::preferred_link_goes_away needs NM,
        inside loss::carrier_cut_and_mended_at_once needs NM,
        inside loss::carrier_cut_for_long needs NM,
        inside loss::unplugged_and_plugged_in_again needs NM,
        inside loss::unplugged_while_raising needs NM,
        inside loss::set_down_by_others needs NM,
        inside others::deactivate_and_activate needs NM,
        inside others::deactivate_while_raising needs NM,
        inside others::delete_the_profile needs NM,
        inside others::edit_the_profile needs NM,
        inside others::activate_another_profile needs NM,
        inside others::autoconnect_is_found needs NM,
        inside daemon::killed_and_started_again needs NM,
        inside daemon::stopped_for_long needs NM,
        inside daemon::killed_while_raising needs NM,
        inside daemon::not_there_at_first needs NM,
        inside daemon::bus_lost_and_back needs NM,
        inside daemon::frozen_while_lowering needs NM,
        inside trouble::without_permission_nothing_is_left needs NM,
        inside trouble::lost_events_end_in_one_resync needs NM,
        inside trouble::counters_grow needs NM,
        inside trouble::connectivity_is_told needs NM,
        inside trouble::survey_lists_everything needs NM,
        inside trouble::named_by_name_or_interface needs NM,
        inside ends::shutdown_puts_everything_back needs NM,
        inside ends::dropped_executor_puts_everything_back needs NM,
        inside ends::foreign_link_that_was_stopped_comes_back needs NM,
        inside ends::shutdown_while_the_daemon_is_gone needs NM,
    ])
}
