//! What if somebody else uses NetworkManager meanwhile? It is followed, and never fought (C6, C7).

use crate::setup::{LTE, Rest, Rig, WIFI, echo, profile};
use netsession_backends::executor::Event;
use netsession_conformance::lab::daemons::{Keyfile, NetworkManagerOptions};
use netsession_conformance::lab::{Lab, Outcome};
use netsession_fsm::hub::Report;
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered, Undefined};

pub(crate) async fn deactivate_and_activate(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let mut bench = rig.bench().await?;
    for _ in 0..3 {
        bench.up(WIFI).await?;
        let told = bench.events().len();
        rig.nm.deactivate(rig.first.uuid()).await?;
        bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
        rig.nm.becomes(rig.first.uuid(), None).await?;
        rig.nm.activate(rig.first.uuid()).await?;
        bench.becomes(WIFI, Active, Cause::Unknown).await?;
        let links = bench.events()[told..].iter().filter(|(_, event)| matches!(event, Event::Report(Report::Link(_)))).count();
        assert_eq!(links, 2, "one report a change: {:?}", &bench.events()[told..]);
        echo(bench.carrier(WIFI).ok_or("a carrier")?).await?;
        let op = bench.lower(WIFI);
        bench.done(WIFI, op).await?;
    }
    bench.up(LTE).await?;
    rig.nm.deactivate(rig.second.uuid()).await?;
    bench.becomes(LTE, Discovered, Cause::TakenDown).await?;
    rig.nm.becomes(rig.second.uuid(), None).await?;
    rig.nm.activate(rig.second.uuid()).await?;
    bench.becomes(LTE, Active, Cause::Unknown).await?;
    bench.shut_down().await?;
    assert!(rig.nm.active(rig.second.uuid()).await?.is_some(), "it is theirs now");
    Ok(())
}

pub(crate) async fn deactivate_while_raising(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    rig.lab.router.cut("wifi0").await?;
    let mut bench = rig.bench().await?;
    let op = bench.raise(WIFI);
    rig.nm.becomes(rig.first.uuid(), Some(1)).await?;
    rig.nm.deactivate(rig.first.uuid()).await?;
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Defined, Cause::TakenDown));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn delete_the_profile(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    rig.nm.delete(&rig.first).await?;
    bench.becomes(WIFI, Undefined, Cause::Removed).await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    before.again(&rig.lab).await?;
    let op = bench.raise(WIFI);
    assert_eq!(bench.done(WIFI, op).await?.cause, Cause::Removed);
    // made anew, under the same UUID
    rig.nm.add(&rig.first).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    bench.up(WIFI).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn edit_the_profile(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    let told = bench.events().len();
    let edited = rig.first.clone().set("ipv4", "address1", "10.1.0.7/24,10.1.0.1").set("connection", "metered", "1");
    rig.nm.add(&edited).await?;
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::setup::refreshed(event, refresh)).await?;
    let links = bench.events()[told..].iter().filter(|(_, event)| matches!(event, Event::Report(Report::Link(_)))).count();
    assert_eq!(links, 0, "what is up stays as it is: {:?}", &bench.events()[told..]);
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    let carrier = bench.up(WIFI).await?;
    assert!(carrier.addresses.contains(&"10.1.0.7".parse()?), "{carrier:?}");
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn activate_another_profile(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let other = Keyfile::fixed("other", &rig.wifi);
    rig.nm.add(&other).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    rig.nm.activate(other.uuid()).await?;
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    rig.nm.becomes(other.uuid(), Some(2)).await?;
    // asked again, it takes the device back
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    rig.nm.becomes(other.uuid(), None).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn autoconnect_is_found(lab: Lab) -> Outcome {
    let automatic = |id: &str, plug: &_| Keyfile::fixed(id, plug).set("connection", "autoconnect", "true");
    let rig = Rig::with(lab, &NetworkManagerOptions::default(), automatic).await?;
    let mut bench = rig.bench().await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    bench.becomes(LTE, Active, Cause::Unknown).await?;
    rig.lab.router.cut("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    rig.lab.router.mend("wifi0").await?;
    // nobody of ours asked for it
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    let path = rig.nm.active(rig.first.uuid()).await?;
    // what is stopped stays down, until it is raised
    let op = bench.lower(LTE);
    let link = bench.done(LTE, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::Unknown));
    bench.shut_down().await?;
    assert_eq!(rig.nm.active(rig.first.uuid()).await?, path, "left as found");
    rig.nm.becomes(rig.second.uuid(), Some(2)).await?;
    let mut bench = crate::setup::bench(&[profile(LTE, &rig.second)]).await?;
    bench.becomes(LTE, Active, Cause::Unknown).await?;
    bench.shut_down().await?;
    Ok(())
}
