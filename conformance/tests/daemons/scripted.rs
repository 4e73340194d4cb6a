//! Does the scripted DHCP server do as it is told? Asked by a client that is not ours.

use netsession_conformance::lab::daemons::{Bus, Keyfile, NetworkManager, NetworkManagerOptions};
use netsession_conformance::lab::{Lab, Outcome, Request, Script};
use std::time::Duration;

const LEASE: Script = Script::Lease { time: Duration::from_secs(3600), host: 77 };

/// All of it takes five seconds; a client that never asks as it is expected to would be waited for without an end.
const LONG: Duration = Duration::from_secs(90);

pub(crate) async fn leases_refuses_and_is_silent(lab: Lab) -> Outcome {
    tokio::time::timeout(LONG, plays(lab)).await.map_err(|_| "NetworkManager's client did not ask as it is expected to")?
}

async fn plays(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let mut server = lab.router.scripted_dhcp(&wifi, Script::Silent).await?;
    let profile = Keyfile::dhcp("wifi", &wifi);
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&profile]).await?;
    nm.activate(profile.uuid()).await?;
    assert_eq!(server.heard().await?, Request::Discover);
    nm.becomes(profile.uuid(), Some(1)).await?;
    server.set(Script::Refuse);
    while server.heard().await? != Request::Request {}
    assert_eq!(server.heard().await?, Request::Discover, "whoever is refused begins anew");
    nm.becomes(profile.uuid(), Some(1)).await?;
    server.set(LEASE);
    nm.becomes(profile.uuid(), Some(2)).await?;
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("Local(10.1.0.77)").count(), 1, "{dump}");
    // a lease of seconds is asked for again
    nm.deactivate(profile.uuid()).await?;
    nm.becomes(profile.uuid(), None).await?;
    server.set(Script::Lease { time: Duration::from_secs(4), host: 78 });
    nm.activate(profile.uuid()).await?;
    nm.becomes(profile.uuid(), Some(2)).await?;
    while server.heard().await? != Request::Discover {}
    assert_eq!(server.heard().await?, Request::Request, "for the lease");
    assert_eq!(server.heard().await?, Request::Request, "to keep it");
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("Local(10.1.0.78)").count(), 1, "{dump}");
    Ok(())
}
