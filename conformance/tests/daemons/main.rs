//! Does the lab have the daemons it says it has? Each one shown at its work, before an executor is shown on it.

mod clock;
mod connman;
mod ends;
mod networkmanager;
mod scripted;

use netsession_conformance::lab::daemons::Program::{self, DbusDaemon};
use netsession_conformance::lab::{Case, Run, suite};
use std::process::ExitCode;

const NM: &[Program] = &[DbusDaemon, Program::NetworkManager];
const NM_DHCP: &[Program] = &[DbusDaemon, Program::NetworkManager, Program::Dnsmasq];
const NM_8021X: &[Program] = &[DbusDaemon, Program::NetworkManager, Program::Hostapd, Program::WpaSupplicant];
const CONNMAN_DHCP: &[Program] = &[DbusDaemon, Program::Connmand, Program::Dnsmasq];
const CONNMAN: &[Program] = &[DbusDaemon, Program::Connmand];

/// A lab that runs inside, or, with another word before it, otherwise; and what it needs.
macro_rules! cases {
    ($($kind:ident $module:ident :: $name:ident needs $needs:expr),* $(,)?) => {
        [$(Case { name: concat!(stringify!($module), "::", stringify!($name)), run: cases!(@$kind $module::$name), needs: $needs }),*]
    };
    (@inside $lab:path) => { Run::Inside(|lab| Box::pin($lab(lab))) };
    (@hidden $lab:path) => { Run::Hidden(|lab| Box::pin($lab(lab))) };
    (@outside $lab:path) => { Run::Outside($lab) };
}

fn main() -> ExitCode {
    suite(&cases![
        inside networkmanager::activates_a_fixed_profile needs NM,
        inside networkmanager::gets_a_lease needs NM_DHCP,
        inside networkmanager::configures_itself_from_advertisements needs NM_DHCP,
        inside networkmanager::finds_how_far_traffic_gets needs NM,
        inside networkmanager::authenticates needs NM_8021X,
        inside networkmanager::is_refused_with_a_wrong_password needs NM_8021X,
        inside networkmanager::is_restarted_and_killed needs NM,
        inside networkmanager::denies_a_stranger needs NM,
        hidden ends::stands needs NM_DHCP,
        outside ends::killed_lab_leaves_nothing needs NM_DHCP,
        inside scripted::leases_refuses_and_is_silent needs NM,
        inside connman::connects_a_fixed_service needs CONNMAN,
        inside connman::gets_a_lease needs CONNMAN_DHCP,
        inside clock::is_set needs &[Program::Faketime],
    ])
}
