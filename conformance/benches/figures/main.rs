//! How fast is it, beside the systems left to themselves? Every figure on real links and real daemons, one lab after the other, with
//! the figure of the peer from the same lab beside it.
//!
//! `cargo bench -p netsession-conformance [-- FIGURE...]`; the figures are named as in the table it prints. Before each cut two seconds
//! pass: the kernel tells carriers that are lost at most about once a second over all namespaces of the machine. Nothing else should
//! run meanwhile. The exit status is 1 if a lab fails, not if a target is missed.

mod failover;
mod loss;
mod open;
mod record;
mod subject;
mod table;
mod tell;
mod trial;

use netsession_conformance::lab::daemons::Program::{Connmand, DbusDaemon, NetworkManager};
use netsession_conformance::lab::{Case, Outside, Run, suite};
use std::process::ExitCode;
use subject::Subject;

macro_rules! case {
    ($name:literal, $lab:path, $subject:ident, $needs:expr) => {
        Case { name: $name, run: Run::Inside(|lab| Box::pin($lab(lab, Subject::$subject))), needs: $needs }
    };
}

const CASES: [Case; 15] = [
    case!("loss-netlink", loss::notified, Netlink, &[]),
    case!("loss-networkmanager", loss::notified, NetworkManager, &[DbusDaemon, NetworkManager]),
    case!("loss-connman", loss::notified, Connman, &[DbusDaemon, Connmand]),
    case!("failover-netlink", failover::by_session, Netlink, &[]),
    case!("failover-networkmanager", failover::by_session, NetworkManager, &[DbusDaemon, NetworkManager]),
    case!("failover-connman", failover::by_session, Connman, &[DbusDaemon, Connmand]),
    case!("failover-networkmanager-alone", failover::alone, NetworkManager, &[DbusDaemon, NetworkManager]),
    case!("failover-connman-alone", failover::alone, Connman, &[DbusDaemon, Connmand]),
    case!("open-netlink", open::opened, Netlink, &[]),
    case!("open-networkmanager", open::opened, NetworkManager, &[DbusDaemon, NetworkManager]),
    case!("open-connman", open::opened, Connman, &[DbusDaemon, Connmand]),
    case!("record-netlink", record::costs, Netlink, &[]),
    case!("trial-netlink", trial::decided, Netlink, &[]),
    case!("trial-networkmanager", trial::decided, NetworkManager, &[DbusDaemon, NetworkManager]),
    case!("trial-connman", trial::decided, Connman, &[DbusDaemon, Connmand]),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // a lab of ours, in a process of its own
    if arguments.first().is_some_and(|first| first.starts_with("--") && first.ends_with("-the-lab")) {
        return suite(&CASES);
    }
    if arguments.first().is_some_and(|first| first == record::IN_MEMORY) {
        return match record::in_memory() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let mut table = table::Table::default();
    let mut failed = false;
    for case in CASES.iter().filter(|case| wanted.is_empty() || wanted.iter().any(|name| case.name.contains(name.as_str()))) {
        if let Some(missing) = case.needs.iter().find(|program| !program.is_installed()) {
            eprintln!("*** SKIPPED {}: needs {missing} ***", case.name);
            continue;
        }
        eprintln!("{} ...", case.name);
        match Outside.lab(case.name).and_then(|mut lab| lab.output()) {
            Ok(output) if output.status.success() => tell::hear(&mut table, case.name, &String::from_utf8_lossy(&output.stdout)),
            Ok(output) => {
                failed = true;
                eprintln!("{}: {}\n{}", case.name, output.status, String::from_utf8_lossy(&output.stderr));
            }
            Err(error) => {
                failed = true;
                eprintln!("{}: {error}", case.name);
            }
        }
    }
    println!("{table}");
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
