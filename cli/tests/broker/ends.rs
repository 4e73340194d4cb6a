//! Does everything end with the lab, however it ends?

use crate::rig::{Ground, Rig};
use crate::together::open;
use netsession_conformance::lab::{Lab, Outcome, Outside, stay_until_killed};
use tokio::io::AsyncWriteExt;

pub(crate) async fn stands(lab: Lab) -> Outcome {
    let mut rig = Rig::new(lab, Ground::NetworkManager).await?;
    rig.give_leases().await?;
    let _broker = rig.broker().await?;
    let mut program = open("lte").await?;
    // connected is told before the command begins; `cat` says back what it is told when it runs
    program.input.as_mut().ok_or("no input")?.write_all(b"runs\n").await?;
    program.line(|line| line == "runs").await?;
    stay_until_killed().await;
    Ok(())
}

pub(crate) fn killed_lab_leaves_nothing(outside: Outside) -> Outcome {
    let killed = outside.kill("ends::stands")?;
    for process in ["dbus-daemon", "NetworkManager", "dnsmasq", "netsession", "cat"] {
        assert!(killed.processes.contains(process), "{process} was to be killed: {killed:?}");
    }
    assert_eq!(killed.networks.len(), 2, "the lab and its router: {killed:?}");
    Ok(())
}
