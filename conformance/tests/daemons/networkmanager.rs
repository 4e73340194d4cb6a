//! Does NetworkManager work in the lab?

use netsession_conformance::lab::daemons::{Bus, Dhcp, DhcpOptions, Keyfile, NetworkManager, NetworkManagerOptions};
use netsession_conformance::lab::{Lab, Outcome};

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
