//! Does every law hold on every executor, in memory, on real links and real daemons, and through the broker?

use netsession_conformance::lab::suite_of;
use netsession_conformance::laws::Suite;
use netsession_conformance::rig::{Brokered, ConnmanRig, NetlinkRig, NetworkManagerRig, Real, SimRig};
use std::process::ExitCode;

/// They wait for daemons, cables and deadlines.
const AT_A_TIME: usize = 6;

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let suites = [
        Suite::of::<SimRig>(),
        Suite::of::<Brokered<SimRig<Real>>>(),
        Suite::of::<Brokered<NetlinkRig>>(),
        Suite::of::<NetlinkRig>(),
        Suite::of::<NetworkManagerRig>(),
        Suite::of::<ConnmanRig>(),
    ];
    suite_of(AT_A_TIME, &suites.iter().flat_map(Suite::cases).collect::<Vec<_>>())
}
