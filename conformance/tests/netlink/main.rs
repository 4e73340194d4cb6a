//! Does the netlink executor do on real links what its contract says? One lab a test, each in namespaces of its own.

mod adopt;
mod dhcp;
mod ends;
mod lease;
mod loss;
mod policy;
mod raise;
mod route;
mod seen;
mod session;
mod setup;
mod slaac;
mod trouble;

use netsession_conformance::lab::{Case, Run, suite};
use std::process::ExitCode;

/// A lab that runs inside, or, with another word before it, otherwise.
macro_rules! cases {
    ($($kind:ident $module:ident :: $name:ident),* $(,)?) => {
        [$(Case { name: concat!(stringify!($module), "::", stringify!($name)), run: cases!(@$kind $module::$name), needs: &[] }),*]
    };
    (@inside $lab:path) => { Run::Inside(|lab| Box::pin($lab(lab))) };
    (@hidden $lab:path) => { Run::Hidden(|lab| Box::pin($lab(lab))) };
    (@outside $lab:path) => { Run::Outside($lab) };
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    suite(&cases![
        inside raise::and_lower_leave_the_link_as_found,
        inside raise::of_an_active_link_changes_nothing,
        inside raise::both_links_carry_traffic,
        inside raise::waits_for_the_carrier,
        inside raise::cancelled_leaves_nothing,
        inside raise::keeps_what_others_add,
        inside raise::of_a_missing_interface_fails_at_once,
        inside raise::refused_by_the_kernel_leaves_nothing,
        inside raise::stopped_link_comes_back_as_found,
        inside route::raise_pushes_no_default_route_aside,
        inside route::prefer_moves_without_a_gap,
        inside route::prefer_moves_ipv6,
        inside route::prefer_beats_a_better_foreign_route,
        inside route::prefer_of_what_cannot_be_is_refused,
        inside route::only_the_newest_prefer_is_answered,
        inside route::preferred_link_goes_away,
        inside loss::carrier_cut_and_mended,
        inside loss::unplugged_and_plugged_in_again,
        inside loss::unplugged_while_raising,
        inside loss::set_down_by_others,
        inside loss::set_down_while_raising,
        inside loss::address_removed_by_others,
        inside loss::route_removed_by_others,
        inside loss::renamed_and_named_back,
        inside trouble::without_permission_links_are_watched,
        inside trouble::lost_events_end_in_one_resync,
        inside trouble::counters_grow,
        inside trouble::probes_fail_where_told,
        inside dhcp::lease_is_used_and_given_back,
        inside dhcp::lower_and_shutdown_tell_the_server,
        inside lease::lease_is_renewed_and_rebound,
        inside lease::lease_that_runs_out_is_lost,
        inside lease::changed_lease_is_a_new_carrier,
        inside dhcp::silent_server_ends_in_no_lease,
        inside dhcp::refusing_server_ends_in_no_lease,
        inside lease::refused_renewal_is_heeded_at_once,
        inside dhcp::late_answer_counts_until_given_up,
        inside dhcp::cancelled_raise_takes_no_lease,
        inside lease::lease_is_verified_after_the_cable_was_out,
        inside lease::address_others_take_away_is_not_put_back,
        inside dhcp::unplugged_and_leased_again,
        inside dhcp::link_that_others_lease_for_is_left_as_found,
        inside dhcp::without_packet_sockets_there_is_no_lease,
        inside slaac::router_gives_addresses_and_takes_no_route,
        inside slaac::lease_does_not_wait_for_routers,
        inside slaac::device_that_stays_up_keeps_nothing_advertised,
        inside slaac::without_a_router_there_is_no_address,
        inside slaac::static_link_takes_no_route_from_routers,
        inside policy::address_decides_the_link,
        inside policy::strict_reverse_paths_are_no_obstacle,
        inside policy::tables_of_others_are_left_alone,
        inside policy::what_a_killed_process_left_is_cleared,
        inside policy::rules_go_with_addresses_and_devices,
        inside policy::rules_are_mended_after_lost_events,
        inside session::counts_over_the_links_it_held,
        inside seen::attributes_tell_the_bearer,
        inside seen::survey_lists_and_changes_nothing,
        inside seen::capabilities_are_those_of_the_thread,
        inside ends::shutdown_puts_everything_back,
        inside ends::dropped_executor_puts_everything_back,
        inside ends::foreign_link_that_was_stopped_comes_back,
        inside ends::foreign_link_that_others_started_again_is_left_alone,
        inside adopt::links_carry_on_and_are_put_back,
        inside adopt::killed_at_any_point_of_static_links,
        inside adopt::killed_at_any_point_of_a_lower,
        inside adopt::killed_while_taking_over,
        inside adopt::killed_at_any_point_of_a_leased_link,
        inside adopt::lease_is_taken_over_and_given_back,
        inside adopt::lease_is_renewed_for_whoever_holds_the_link,
        inside adopt::killed_at_any_point_of_an_advertised_link,
        inside adopt::what_others_changed_stays_theirs,
        inside adopt::device_that_is_another_one_is_left_alone,
        inside adopt::stopped_link_comes_back,
        inside adopt::without_a_note_what_may_be_of_others_stays,
        inside adopt::access_point_that_is_no_more_is_put_back,
        hidden ends::stands,
        outside ends::killed_lab_leaves_nothing,
    ])
}
