//! Does ConnMan work in the lab?

use netsession_conformance::lab::daemons::{Bus, Connman, ConnmanOptions, Dhcp, DhcpOptions};
use netsession_conformance::lab::{Lab, Outcome};

pub(crate) async fn connects_a_fixed_service(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let connman = Connman::start(&bus, &ConnmanOptions { fixed: vec![wifi.clone()], ..ConnmanOptions::default() }).await?;
    let service = Connman::service(&wifi);
    connman.becomes(&service, Some("idle")).await?;
    connman.connect(&service).await?;
    connman.becomes(&service, Some("ready")).await?;
    let dump = lab.wire.dump().await?;
    assert!(dump.about("Local(10.1.0.2)").count() == 1 && dump.about("Address(fd00:1::2)").count() == 1, "{dump}");
    connman.disconnect(&service).await?;
    connman.becomes(&service, Some("idle")).await?;
    Ok(())
}

pub(crate) async fn gets_a_lease(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let _dhcp = Dhcp::start(&lab, &wifi, DhcpOptions::default()).await?;
    let connman = Connman::start(&bus, &ConnmanOptions::default()).await?;
    let service = Connman::service(&wifi);
    connman.becomes(&service, Some("idle")).await?;
    connman.connect(&service).await?;
    connman.becomes(&service, Some("ready")).await?;
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("Local(10.1.0.1").count(), 1, "{dump}");
    connman.disconnect(&service).await?;
    connman.becomes(&service, Some("idle")).await?;
    Ok(())
}
