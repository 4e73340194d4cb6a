//! Does NetworkManager work in the lab?

use netsession_conformance::lab::daemons::{Bus, Keyfile, NetworkManager, NetworkManagerOptions};
use netsession_conformance::lab::{Lab, Outcome};

pub(crate) async fn activates_a_fixed_profile(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let profile = Keyfile::fixed("wifi", &wifi);
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&profile]).await?;
    nm.activate(profile.uuid()).await?;
    nm.becomes(profile.uuid(), Some(2)).await?;
    let dump = lab.wire.dump().await?;
    assert!(dump.about("10, 1, 0, 2").count() > 0 || dump.about("10.1.0.2").count() > 0, "{dump}");
    nm.deactivate(profile.uuid()).await?;
    nm.becomes(profile.uuid(), None).await?;
    Ok(())
}
