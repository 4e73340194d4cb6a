//! Does the ConnMan executor do on the real ConnMan what its contract says? One lab a test, each in namespaces of its own.

mod adopt;
mod ends;
mod loss;
mod permission;
mod raise;
mod route;
mod setup;
mod trouble;
mod types;

use netsession_conformance::lab::daemons::Program::{self, Connmand, DbusDaemon, Dnsmasq};
use netsession_conformance::lab::{Case, Run, suite};
use std::process::ExitCode;

const CONNMAN: &[Program] = &[DbusDaemon, Connmand];
const DHCP: &[Program] = &[DbusDaemon, Connmand, Dnsmasq];

/// A lab that runs inside, and what it needs.
macro_rules! cases {
    ($($module:ident :: $name:ident needs $needs:expr),* $(,)?) => {
        [$(Case {
            name: concat!(stringify!($module), "::", stringify!($name)),
            run: Run::Inside(|lab| Box::pin($module::$name(lab))),
            needs: $needs,
        }),*]
    };
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    suite(&cases![
        raise::and_lower_leave_the_link_as_found needs CONNMAN,
        raise::of_an_active_link_changes_nothing needs CONNMAN,
        raise::both_links_carry_traffic needs CONNMAN,
        raise::both_links_carry_that_connman_connected needs CONNMAN,
        raise::with_a_lease needs DHCP,
        raise::cancelled_leaves_nothing needs DHCP,
        raise::without_any_lease_fails needs CONNMAN,
        raise::of_a_service_that_is_not_there_fails_at_once needs CONNMAN,
        adopt::links_carry_on_and_are_put_back needs CONNMAN,
        adopt::killed_at_any_point needs CONNMAN,
        adopt::stopped_link_is_connected_again needs CONNMAN,
        adopt::daemon_is_another_one_by_now needs CONNMAN,
        adopt::without_a_note_the_service_is_taken_over needs CONNMAN,
        route::raise_pushes_no_default_route_aside needs CONNMAN,
        route::prefer_moves_under_traffic needs CONNMAN,
        route::prefer_of_what_cannot_be_is_refused needs CONNMAN,
        route::only_the_newest_prefer_is_answered needs CONNMAN,
        route::preferred_link_goes_away needs CONNMAN,
        types::raise_of_a_better_type_pushes_nobody_aside needs DHCP,
        types::preferred_link_keeps_it_when_connman_sorts needs DHCP,
        loss::carrier_cut_and_mended needs CONNMAN,
        loss::link_that_connman_connects_comes_back needs CONNMAN,
        loss::unplugged_and_plugged_in_again needs CONNMAN,
        loss::unplugged_while_raising needs CONNMAN,
        loss::disconnected_by_others needs CONNMAN,
        loss::disconnected_by_others_while_raising needs CONNMAN,
        loss::set_down_by_others needs CONNMAN,
        loss::failover_of_connman_is_followed needs CONNMAN,
        loss::connman_that_keeps_one_technology_is_recognised needs CONNMAN,
        loss::frozen_connman_hides_no_loss needs CONNMAN,
        trouble::killed_when_active needs CONNMAN,
        trouble::killed_when_connected_by_itself needs CONNMAN,
        trouble::killed_when_raising needs DHCP,
        trouble::killed_when_preferred needs CONNMAN,
        trouble::stopped_for_good needs CONNMAN,
        trouble::before_the_bus_and_the_daemon needs CONNMAN,
        trouble::frozen_at_the_start needs CONNMAN,
        trouble::survey_looks_on needs CONNMAN,
        trouble::counters_grow needs CONNMAN,
        permission::without_permission_to_route needs CONNMAN,
        permission::without_permission needs CONNMAN,
        permission::without_permission_nothing_is_lowered_or_preferred needs CONNMAN,
        permission::stranger_is_served_as_the_policy_says needs CONNMAN,
        ends::shutdown_puts_everything_back needs CONNMAN,
        ends::shutdown_in_the_middle needs CONNMAN,
        ends::shutdown_before_anything needs CONNMAN,
        ends::dropped_executor_puts_everything_back needs CONNMAN,
        ends::stopped_link_is_connected_again needs CONNMAN,
        ends::stopped_link_that_is_raised_is_as_found needs CONNMAN,
        ends::auto_connect_is_as_found needs CONNMAN,
    ])
}
