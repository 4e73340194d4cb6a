//! Does everything end with the lab, however it ends?

use netsession_conformance::lab::daemons::{Bus, Dhcp, DhcpOptions, Keyfile, NetworkManager, NetworkManagerOptions};
use netsession_conformance::lab::{Lab, Outcome, Outside, stay_until_killed};

pub(crate) async fn stands(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let _dhcp = Dhcp::start(&lab, &wifi, DhcpOptions::default()).await?;
    let profile = Keyfile::dhcp("wifi", &wifi);
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&profile]).await?;
    nm.activate(profile.uuid()).await?;
    nm.becomes(profile.uuid(), Some(2)).await?;
    stay_until_killed().await;
    Ok(())
}

pub(crate) fn killed_lab_leaves_nothing(outside: Outside) -> Outcome {
    let killed = outside.kill("ends::stands")?;
    for daemon in ["dbus-daemon", "NetworkManager", "dnsmasq"] {
        assert!(killed.processes.contains(daemon), "{daemon} was to be killed: {killed:?}");
    }
    assert_eq!(killed.networks.len(), 2, "the lab and its router: {killed:?}");
    Ok(())
}
