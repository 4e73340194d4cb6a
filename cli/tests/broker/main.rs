//! Does the broker's process do on real links what it says, also when it is killed? One lab a test, each in namespaces of its own.

mod crash;
mod ends;
mod meanwhile;
mod phase;
#[path = "../links/program.rs"]
mod program;
mod refused;
mod rig;
mod soak;
mod together;

use netsession_conformance::lab::daemons::Program;
use netsession_conformance::lab::{Case, Run, suite_of};
use phase::At::{Committing, Free, Held, Leased, Lowering, Migrating, Offered, Trial, Wanting};
use rig::Ground::{Applied, Netlink, NetworkManager};
use std::process::ExitCode;

const BUS: &[Program] = &[Program::DbusDaemon];
const ALL: &[Program] = &[Program::DbusDaemon, Program::Dnsmasq, Program::NetworkManager];

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
    suite_of(
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
            inside crash::owner_stays(Netlink, Free) needs ALL,
            inside crash::owner_stays(Netlink, Wanting) needs ALL,
            inside crash::owner_stays(Netlink, Held) needs ALL,
            inside crash::owner_stays(Netlink, Leased) needs ALL,
            inside crash::owner_stays(Netlink, Offered) needs ALL,
            inside crash::owner_stays(Netlink, Migrating) needs ALL,
            inside crash::owner_stays(Netlink, Trial) needs ALL,
            inside crash::owner_left(Netlink, Free) needs ALL,
            inside crash::owner_left(Netlink, Wanting) needs ALL,
            inside crash::owner_left(Netlink, Held) needs ALL,
            inside crash::owner_left(Netlink, Leased) needs ALL,
            inside crash::owner_left(Netlink, Offered) needs ALL,
            inside crash::owner_left(Netlink, Migrating) needs ALL,
            inside crash::owner_left(Netlink, Trial) needs ALL,
            inside crash::at_any_moment(Netlink) needs ALL,
            inside crash::in_its_beginning(Netlink) needs ALL,
            inside crash::one_of_two_leaves(Netlink) needs ALL,
            inside meanwhile::daemon_starts_anew(NetworkManager) needs ALL,
            inside meanwhile::what_is_left_is_offered(NetworkManager) needs ALL,
            inside meanwhile::what_is_left_is_offered(Netlink) needs ALL,
            inside meanwhile::what_is_lost_is_told(NetworkManager) needs ALL,
            inside meanwhile::what_is_lost_is_told(Netlink) needs ALL,
            inside together::the_last_one_takes_the_link_down(NetworkManager) needs ALL,
            inside together::the_last_one_takes_the_link_down(Netlink) needs ALL,
            inside together::a_killed_program_holds_nothing(NetworkManager) needs ALL,
            inside together::a_killed_program_holds_nothing(Netlink) needs ALL,
            inside together::handshakes_are_shown(Netlink) needs ALL,
            inside together::everything_goes_through_it(NetworkManager) needs ALL,
            inside together::everything_goes_through_it(Netlink) needs ALL,
            inside refused::without_a_broker() needs BUS,
            inside refused::without_a_bus() needs BUS,
            inside refused::without_the_name() needs BUS,
            inside refused::second_broker() needs BUS,
            inside refused::state_that_cannot_be_kept() needs BUS,
            inside refused::state_that_cannot_be_read() needs BUS,
            inside refused::policy_that_is_wrong() needs BUS,
            hidden ends::stands() needs ALL,
        outside ends::killed_lab_leaves_nothing() needs ALL,
        inside soak::leaves_nothing(Netlink) needs ALL,
            inside soak::leaves_nothing(NetworkManager) needs ALL,
        ],
    )
}
