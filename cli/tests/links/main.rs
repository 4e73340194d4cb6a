//! Does the program do on real links what it says? One lab a test, each in namespaces of its own.

mod bare;
mod connman;
mod ends;
mod hold;
mod networkmanager;
mod program;
mod roam;

use netsession_conformance::lab::daemons::Program;
use netsession_conformance::lab::{Case, Run, suite};
use std::process::ExitCode;

const NM: &[Program] = &[Program::DbusDaemon, Program::NetworkManager];
const CONNMAN: &[Program] = &[Program::DbusDaemon, Program::Connmand];

macro_rules! cases {
    ($($module:ident :: $name:ident $(needs $needs:expr)?),* $(,)?) => {
        [$(Case {
            name: concat!(stringify!($module), "::", stringify!($name)),
            run: Run::Inside(|lab| Box::pin($module::$name(lab))),
            needs: cases!(@ $($needs)?),
        }),*]
    };
    (@ $needs:expr) => { $needs };
    (@) => { &[] };
}

fn main() -> ExitCode {
    suite(&cases![
        hold::raises_the_link_while_the_command_runs,
        hold::leaves_a_link_that_was_up_as_found,
        hold::is_told_that_the_interface_disappeared,
        hold::ends_the_command_with_the_session,
        hold::second_program_ends_first,
        hold::first_program_ends_first,
        hold::without_permission_nothing_is_opened,
        hold::without_permission_everything_is_watched,
        roam::what_passes_is_moved_to,
        roam::what_fails_is_rejected,
        roam::a_command_tests_the_candidate,
        roam::a_connection_tests_the_candidate,
        roam::forced_without_a_probe,
        roam::nobody_to_ask,
        roam::somebody_is_asked,
        ends::while_connecting,
        ends::while_connected,
        ends::while_an_offer_is_pending,
        ends::in_a_trial,
        ends::command_that_will_not_end_is_killed,
        ends::killed_while_connecting,
        ends::killed_while_connected,
        ends::killed_in_a_trial,
        bare::interfaces_are_listed_and_left_alone,
        bare::an_interface_that_is_named_gets_a_lease needs &[Program::Dnsmasq],
        bare::what_is_stopped_stays_so,
        bare::without_permission_nothing_is_stopped,
        networkmanager::is_listed_without_a_file needs NM,
        networkmanager::is_opened_without_a_file needs NM,
        networkmanager::is_stopped_and_stays_so needs NM,
        networkmanager::refuses_to_strangers_before_anything_is_stopped needs NM,
        networkmanager::is_watched needs NM,
        networkmanager::is_examined needs NM,
        connman::is_listed_without_a_file needs CONNMAN,
        connman::is_opened_and_roams needs CONNMAN,
        connman::is_stopped_and_stays_so needs CONNMAN,
        connman::is_watched needs CONNMAN,
        connman::is_examined needs CONNMAN,
        networkmanager::shares_a_service_network_with_netlink needs NM,
    ])
}
