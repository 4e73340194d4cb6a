//! Does the broker's process do on real links what it says, also when it is killed? One lab a test, each in namespaces of its own.

mod crash;
#[path = "../links/program.rs"]
#[allow(dead_code, reason = "of the program under test, only what these labs need")]
mod program;
mod refused;
mod rig;
mod soak;
mod together;

use crash::At::{Committing, Free, Held, Lowering, Migrating, Offered, Trial, Wanting};
use netsession_conformance::lab::daemons::Program;
use netsession_conformance::lab::{Case, Run, suite_of};
use rig::Ground::{Applied, Netlink, NetworkManager};
use std::process::ExitCode;

const BUS: &[Program] = &[Program::DbusDaemon];
const ALL: &[Program] = &[Program::DbusDaemon, Program::Dnsmasq, Program::NetworkManager];

/// Labs by module and name, with what they are given beside the lab.
macro_rules! cases {
    ($($module:ident :: $name:ident ($($with:ident),*) needs $needs:expr),* $(,)?) => {
        [$(Case {
            name: concat!(stringify!($module), "::", stringify!($name) $(, "::", stringify!($with))*),
            run: Run::Inside(|lab| Box::pin($module::$name(lab $(, $with)*))),
            needs: $needs,
        }),*]
    };
}

fn main() -> ExitCode {
    // they wait for daemons, deadlines and each other
    suite_of(
        4,
        &cases![
            crash::owner_stays(NetworkManager, Free) needs ALL,
            crash::owner_stays(NetworkManager, Wanting) needs ALL,
            crash::owner_stays(NetworkManager, Held) needs ALL,
            crash::owner_stays(NetworkManager, Offered) needs ALL,
            crash::owner_stays(NetworkManager, Migrating) needs ALL,
            crash::owner_stays(NetworkManager, Trial) needs ALL,
            crash::owner_stays(Applied, Committing) needs ALL,
            crash::owner_stays(Applied, Lowering) needs ALL,
            crash::owner_left(NetworkManager, Free) needs ALL,
            crash::owner_left(NetworkManager, Wanting) needs ALL,
            crash::owner_left(NetworkManager, Held) needs ALL,
            crash::owner_left(NetworkManager, Offered) needs ALL,
            crash::owner_left(NetworkManager, Migrating) needs ALL,
            crash::owner_left(NetworkManager, Trial) needs ALL,
            crash::owner_left(Applied, Committing) needs ALL,
            crash::owner_left(Applied, Lowering) needs ALL,
            crash::at_any_moment(NetworkManager) needs ALL,
            crash::one_of_two_leaves(NetworkManager) needs ALL,
            crash::owner_stays(Netlink, Free) needs ALL,
            crash::owner_stays(Netlink, Wanting) needs ALL,
            crash::owner_stays(Netlink, Held) needs ALL,
            crash::owner_stays(Netlink, Offered) needs ALL,
            crash::owner_stays(Netlink, Migrating) needs ALL,
            crash::owner_stays(Netlink, Trial) needs ALL,
            crash::owner_left(Netlink, Free) needs ALL,
            crash::owner_left(Netlink, Wanting) needs ALL,
            crash::owner_left(Netlink, Held) needs ALL,
            crash::owner_left(Netlink, Offered) needs ALL,
            crash::owner_left(Netlink, Migrating) needs ALL,
            crash::owner_left(Netlink, Trial) needs ALL,
            crash::at_any_moment(Netlink) needs ALL,
            crash::one_of_two_leaves(Netlink) needs ALL,
            together::the_last_one_takes_the_link_down(NetworkManager) needs ALL,
            together::the_last_one_takes_the_link_down(Netlink) needs ALL,
            together::a_killed_program_holds_nothing(NetworkManager) needs ALL,
            together::a_killed_program_holds_nothing(Netlink) needs ALL,
            together::handshakes_are_shown(Netlink) needs ALL,
            together::everything_goes_through_it(NetworkManager) needs ALL,
            together::everything_goes_through_it(Netlink) needs ALL,
            refused::without_a_broker() needs BUS,
            refused::without_a_bus() needs BUS,
            refused::without_the_name() needs BUS,
            refused::second_broker() needs BUS,
            refused::state_that_cannot_be_kept() needs BUS,
            refused::state_that_cannot_be_read() needs BUS,
            refused::policy_that_is_wrong() needs BUS,
            soak::leaves_nothing(Netlink) needs ALL,
            soak::leaves_nothing(NetworkManager) needs ALL,
        ],
    )
}
