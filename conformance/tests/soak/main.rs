//! Is every session on its best access point after everything broke at once and was mended, and is nothing left, on every executor?

use netsession_conformance::lab::{is_inside, suite_of};
use netsession_conformance::rig::{Brokered, ConnmanRig, NetlinkRig, NetworkManagerRig, SimRig};
use netsession_conformance::soak::{case, forget, gather};
use std::process::ExitCode;

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cases = [case::<SimRig>(), case::<NetlinkRig>(), case::<NetworkManagerRig>(), case::<ConnmanRig>(), case::<Brokered<NetlinkRig>>()];
    if is_inside() {
        return suite_of(cases.len(), &cases);
    }
    forget();
    let code = suite_of(cases.len(), &cases);
    if let Err(error) = gather() {
        eprintln!("no figures: {error}");
    }
    code
}
