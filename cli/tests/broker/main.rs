//! Does the broker's process do on real links what it says, also when it is killed? One lab a test, each in namespaces of its own.

mod crash;
mod ends;
mod full;
mod meanwhile;
mod moment;
mod phase;
#[path = "../links/program.rs"]
mod program;
mod refused;
mod rig;
mod soak;
mod together;

use netsession_conformance::lab::daemons::Program;
use netsession_conformance::lab::{Case, Run, is_inside, suite_of};
use netsession_conformance::soak::gather;
use phase::At::{Committing, Free, Held, Leased, Lowering, Migrating, Offered, Trial, Wanting};
use rig::Ground::{Applied, Connman, Netlink, NetworkManager};
use std::process::ExitCode;

const BUS: &[Program] = &[Program::DbusDaemon];
const ALL: &[Program] = &[Program::DbusDaemon, Program::Dnsmasq, Program::NetworkManager];
const CONNMAN: &[Program] = &[Program::DbusDaemon, Program::Dnsmasq, Program::Connmand];
const NETLINK: &[Program] = &[Program::DbusDaemon, Program::Dnsmasq];

/// Labs by module and name, with what they are given beside the lab.
macro_rules! cases {
    ($($kind:ident $module:ident :: $name:ident ($($with:ident),*) needs $needs:expr),* $(,)?) => {
        [$(Case {
            name: concat!(stringify!($module), "::", stringify!($name) $(, "::", stringify!($with))*),
            run: cases!(@$kind $module::$name $(, $with)*),
            needs: $needs,
        }),*]
    };
    (@inside $lab:path $(, $with:ident)*) => { Run::Inside(|lab| Box::pin($lab(lab $(, $with)*))) };
    (@hidden $lab:path) => { Run::Hidden(|lab| Box::pin($lab(lab))) };
    (@outside $lab:path) => { Run::Outside($lab) };
}

fn main() -> ExitCode {
    // they wait for daemons, deadlines and each other
    let code = suite_of(
        4,
        &cases![
            inside crash::owner_stays(NetworkManager, Free) needs ALL,
            inside crash::owner_stays(NetworkManager, Wanting) needs ALL,
            inside crash::owner_stays(NetworkManager, Held) needs ALL,
            inside crash::owner_stays(NetworkManager, Leased) needs ALL,
            inside crash::owner_stays(NetworkManager, Offered) needs ALL,
            inside crash::owner_stays(NetworkManager, Migrating) needs ALL,
            inside crash::owner_stays(NetworkManager, Trial) needs ALL,
            inside crash::owner_stays(Applied, Committing) needs ALL,
            inside crash::owner_stays(Applied, Lowering) needs ALL,
            inside crash::owner_left(NetworkManager, Free) needs ALL,
            inside crash::owner_left(NetworkManager, Wanting) needs ALL,
            inside crash::owner_left(NetworkManager, Held) needs ALL,
            inside crash::owner_left(NetworkManager, Leased) needs ALL,
            inside crash::owner_left(NetworkManager, Offered) needs ALL,
            inside crash::owner_left(NetworkManager, Migrating) needs ALL,
            inside crash::owner_left(NetworkManager, Trial) needs ALL,
            inside crash::owner_left(Applied, Committing) needs ALL,
            inside crash::owner_left(Applied, Lowering) needs ALL,
            inside crash::at_any_moment(NetworkManager) needs ALL,
            inside crash::in_its_beginning(NetworkManager) needs ALL,
            inside crash::one_of_two_leaves(NetworkManager) needs ALL,
            inside crash::owner_stays(Netlink, Free) needs NETLINK,
            inside crash::owner_stays(Netlink, Wanting) needs NETLINK,
            inside crash::owner_stays(Netlink, Held) needs NETLINK,
            inside crash::owner_stays(Netlink, Leased) needs NETLINK,
            inside crash::owner_stays(Netlink, Offered) needs NETLINK,
            inside crash::owner_stays(Netlink, Migrating) needs NETLINK,
            inside crash::owner_stays(Netlink, Trial) needs NETLINK,
            inside crash::owner_left(Netlink, Free) needs NETLINK,
            inside crash::owner_left(Netlink, Wanting) needs NETLINK,
            inside crash::owner_left(Netlink, Held) needs NETLINK,
            inside crash::owner_left(Netlink, Leased) needs NETLINK,
            inside crash::owner_left(Netlink, Offered) needs NETLINK,
            inside crash::owner_left(Netlink, Migrating) needs NETLINK,
            inside crash::owner_left(Netlink, Trial) needs NETLINK,
            inside crash::at_any_moment(Netlink) needs NETLINK,
            inside crash::in_its_beginning(Netlink) needs NETLINK,
            inside crash::one_of_two_leaves(Netlink) needs NETLINK,
            inside crash::owner_stays(Connman, Free) needs CONNMAN,
            inside crash::owner_stays(Connman, Wanting) needs CONNMAN,
            inside crash::owner_stays(Connman, Held) needs CONNMAN,
            inside crash::owner_stays(Connman, Leased) needs CONNMAN,
            inside crash::owner_stays(Connman, Offered) needs CONNMAN,
            inside crash::owner_stays(Connman, Migrating) needs CONNMAN,
            inside crash::owner_stays(Connman, Trial) needs CONNMAN,
            inside crash::owner_stays(Connman, Committing) needs CONNMAN,
            inside crash::owner_stays(Connman, Lowering) needs CONNMAN,
            inside crash::owner_left(Connman, Free) needs CONNMAN,
            inside crash::owner_left(Connman, Wanting) needs CONNMAN,
            inside crash::owner_left(Connman, Held) needs CONNMAN,
            inside crash::owner_left(Connman, Leased) needs CONNMAN,
            inside crash::owner_left(Connman, Offered) needs CONNMAN,
            inside crash::owner_left(Connman, Migrating) needs CONNMAN,
            inside crash::owner_left(Connman, Trial) needs CONNMAN,
            inside crash::owner_left(Connman, Committing) needs CONNMAN,
            inside crash::owner_left(Connman, Lowering) needs CONNMAN,
            inside crash::at_any_moment(Connman) needs CONNMAN,
            inside crash::one_of_two_leaves(Connman) needs CONNMAN,
            inside crash::owner_stays(Netlink, Committing) needs NETLINK,
            inside crash::owner_stays(Netlink, Lowering) needs NETLINK,
            inside crash::owner_left(Netlink, Committing) needs NETLINK,
            inside crash::owner_left(Netlink, Lowering) needs NETLINK,
            inside meanwhile::daemon_starts_anew(NetworkManager) needs ALL,
            inside meanwhile::what_is_left_is_offered(NetworkManager) needs ALL,
            inside meanwhile::what_is_left_is_offered(Netlink) needs NETLINK,
            inside meanwhile::what_is_lost_is_told(NetworkManager) needs ALL,
            inside meanwhile::what_is_lost_is_told(Netlink) needs NETLINK,
            inside meanwhile::what_is_left_is_offered(Connman) needs CONNMAN,
            inside meanwhile::what_is_lost_is_told(Connman) needs CONNMAN,
            inside meanwhile::bus_dies_with_it(NetworkManager) needs ALL,
            inside meanwhile::bus_dies_with_it(Connman) needs CONNMAN,
            inside meanwhile::bus_dies_with_it(Netlink) needs NETLINK,
            inside meanwhile::program_begins_in_that_moment(Netlink) needs NETLINK,
            inside together::the_last_one_takes_the_link_down(NetworkManager) needs ALL,
            inside together::the_last_one_takes_the_link_down(Netlink) needs NETLINK,
            inside together::a_killed_program_holds_nothing(NetworkManager) needs ALL,
            inside together::a_killed_program_holds_nothing(Netlink) needs NETLINK,
            inside together::handshakes_are_shown(Netlink) needs NETLINK,
            inside together::everything_goes_through_it(NetworkManager) needs ALL,
            inside together::everything_goes_through_it(Netlink) needs NETLINK,
            inside together::the_last_one_takes_the_link_down(Connman) needs CONNMAN,
            inside together::a_killed_program_holds_nothing(Connman) needs CONNMAN,
            inside together::everything_goes_through_it(Connman) needs CONNMAN,
            inside together::killed_in(Connman, Wanting) needs CONNMAN,
            inside together::killed_in(Connman, Held) needs CONNMAN,
            inside together::killed_in(Connman, Migrating) needs CONNMAN,
            inside together::killed_in(Connman, Trial) needs CONNMAN,
            inside together::killed_in(Connman, Committing) needs CONNMAN,
            inside full::while_it_runs(Netlink) needs NETLINK,
            inside full::when_it_begins(Netlink) needs BUS,
            inside refused::without_a_broker() needs BUS,
            inside refused::without_a_bus() needs BUS,
            inside refused::without_the_name() needs BUS,
            inside refused::second_broker() needs BUS,
            inside refused::state_that_cannot_be_kept() needs BUS,
            inside refused::state_that_cannot_be_read() needs BUS,
            inside refused::policy_that_is_wrong() needs BUS,
            hidden ends::stands() needs ALL,
            outside ends::killed_lab_leaves_nothing() needs ALL,
            inside soak::leaves_nothing(Netlink) needs &[Program::DbusDaemon, Program::Dnsmasq, Program::Faketime],
            inside soak::leaves_nothing(NetworkManager)
                needs &[Program::DbusDaemon, Program::Dnsmasq, Program::NetworkManager, Program::Faketime],
            inside soak::leaves_nothing(Connman) needs &[Program::DbusDaemon, Program::Dnsmasq, Program::Connmand, Program::Faketime],
        ],
    );
    if !is_inside()
        && std::env::var_os("NETSESSION_SOAK").is_some()
        && let Err(error) = gather()
    {
        eprintln!("no figures: {error}");
    }
    code
}
