//! Does NetworkManager work in the lab?

use netsession_conformance::lab::daemons::{
    Authenticator, Bus, Dhcp, DhcpOptions, Keyfile, NETWORK_MANAGER, NetworkManager, NetworkManagerOptions, Supplicant,
};
use netsession_conformance::lab::{Lab, Outcome, Probe, become_stranger, can_become_stranger};
use zbus::{Connection, ObjectPath};

pub(crate) async fn activates_a_fixed_profile(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let profile = Keyfile::fixed("wifi", &wifi);
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&profile]).await?;
    nm.activate(profile.uuid()).await?;
    nm.becomes(profile.uuid(), Some(2)).await?;
    let dump = lab.wire.dump().await?;
    assert!(dump.about("Local(10.1.0.2)").count() == 1 && dump.about("Address(fd00:1::2)").count() == 1, "{dump}");
    nm.deactivate(profile.uuid()).await?;
    nm.becomes(profile.uuid(), None).await?;
    Ok(())
}

pub(crate) async fn gets_a_lease(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let _dhcp = Dhcp::start(&lab, &wifi, DhcpOptions::default()).await?;
    let profile = Keyfile::dhcp("wifi", &wifi);
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&profile]).await?;
    nm.activate(profile.uuid()).await?;
    nm.becomes(profile.uuid(), Some(2)).await?;
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("Local(10.1.0.1").count(), 1, "{dump}");
    Ok(())
}

pub(crate) async fn configures_itself_from_advertisements(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let _dhcp = Dhcp::start(&lab, &wifi, DhcpOptions { v4: false, v6: true, ..DhcpOptions::default() }).await?;
    let profile = Keyfile::slaac("wifi", &wifi);
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&profile]).await?;
    nm.activate(profile.uuid()).await?;
    nm.becomes(profile.uuid(), Some(2)).await?;
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("Address(fd00:1::ff:fe00:1)").count(), 1, "{dump}");
    Ok(())
}

pub(crate) async fn finds_how_far_traffic_gets(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let profile = Keyfile::fixed("wifi", &wifi);
    let options = NetworkManagerOptions { connectivity: true, ..NetworkManagerOptions::default() };
    let nm = NetworkManager::start(&bus, &options, &[&profile]).await?;
    nm.activate(profile.uuid()).await?;
    nm.becomes(profile.uuid(), Some(2)).await?;
    for (probe, finds) in [(Probe::Fine, 4), (Probe::Portal, 2), (Probe::Closed, 3), (Probe::Fine, 4)] {
        lab.router.probe(&wifi, probe).await?;
        assert_eq!(nm.connectivity().await?, finds, "{probe:?}");
    }
    Ok(())
}

pub(crate) async fn authenticates(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let authenticator = Authenticator::start(&lab, &wifi, "somebody", "secret").await?;
    let _supplicant = Supplicant::start(&bus).await?;
    let profile = Keyfile::fixed("wifi", &wifi).authenticated("somebody", "secret");
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&profile]).await?;
    nm.activate(profile.uuid()).await?;
    authenticator.accepted().await?;
    nm.becomes(profile.uuid(), Some(2)).await?;
    Ok(())
}

pub(crate) async fn is_refused_with_a_wrong_password(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let authenticator = Authenticator::start(&lab, &wifi, "somebody", "secret").await?;
    let _supplicant = Supplicant::start(&bus).await?;
    let profile = Keyfile::fixed("wifi", &wifi).authenticated("somebody", "wrong");
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&profile]).await?;
    nm.activate(profile.uuid()).await?;
    authenticator.refused().await?;
    nm.becomes(profile.uuid(), Some(1)).await?;
    Ok(())
}

pub(crate) async fn is_restarted_and_killed(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let bus = Bus::start().await?;
    let (first, second) = (Keyfile::fixed("wifi", &wifi), Keyfile::fixed("lte", &lte));
    let mut nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&first]).await?;
    nm.activate(first.uuid()).await?;
    nm.becomes(first.uuid(), Some(2)).await?;
    nm.restart().await?;
    nm.becomes(first.uuid(), Some(2)).await?;
    nm.kill().await?;
    nm.start_again().await?;
    nm.becomes(first.uuid(), Some(2)).await?;
    nm.add(&second).await?;
    nm.activate(second.uuid()).await?;
    nm.becomes(second.uuid(), Some(2)).await?;
    nm.delete(&second).await?;
    nm.becomes(second.uuid(), None).await?;
    Ok(())
}

pub(crate) async fn denies_a_stranger(lab: Lab) -> Outcome {
    if !can_become_stranger() {
        println!("not shown: only root can be two users");
        return Ok(());
    }
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let profile = Keyfile::fixed("wifi", &wifi);
    let options = NetworkManagerOptions { root_only: true, ..NetworkManagerOptions::default() };
    let nm = NetworkManager::start(&bus, &options, &[&profile]).await?;
    become_stranger()?;
    let stranger = Connection::system().await?;
    let any = ObjectPath::try_from("/")?;
    let body = (ObjectPath::try_from("/org/freedesktop/NetworkManager/Settings/1")?, &any, &any);
    let path = "/org/freedesktop/NetworkManager";
    let denied = stranger.call_method(Some(NETWORK_MANAGER), path, Some(NETWORK_MANAGER), "ActivateConnection", &body).await;
    let name = match denied {
        Err(zbus::Error::MethodError(name, ..)) => name.to_string(),
        other => return Err(format!("a stranger was answered {other:?}").into()),
    };
    assert_eq!(name, "org.freedesktop.NetworkManager.PermissionDenied");
    nm.becomes(profile.uuid(), None).await?;
    Ok(())
}
