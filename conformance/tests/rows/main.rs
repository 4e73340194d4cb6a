//! Does every row of the contract hold on every executor, on real links and real daemons? One lab a row.

use netsession_conformance::lab::suite_of;
use netsession_conformance::rig::{ConnmanRig, NetlinkRig, NetworkManagerRig};
use netsession_conformance::rows;
use std::process::ExitCode;

/// They wait for daemons, cables and deadlines.
const AT_A_TIME: usize = 6;

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let all = [rows!("netlink", NetlinkRig), rows!("networkmanager", NetworkManagerRig), rows!("connman", ConnmanRig)];
    suite_of(AT_A_TIME, &all.concat())
}
