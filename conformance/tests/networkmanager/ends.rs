//! Is everything as it was when it is over, however it ended? (C12)

use crate::setup::{LTE, Rest, Rig, WIFI, echo, gone};
use netsession_conformance::lab::daemons::{Keyfile, NetworkManagerOptions};
use netsession_conformance::lab::{Lab, Outcome};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::Active;

pub(crate) async fn shutdown_puts_everything_back(lab: Lab) -> Outcome {
    // the metrics NetworkManager chooses by itself depend on what was up before
    let file = |id: &str, plug: &_| {
        let metric = if id == "wifi" { "200" } else { "100" };
        Keyfile::fixed(id, plug).set("ipv4", "route-metric", metric).set("ipv6", "route-metric", metric)
    };
    let rig = Rig::with(lab, &NetworkManagerOptions::default(), file).await?;
    rig.nm.activate(rig.second.uuid()).await?;
    rig.nm.becomes(rig.second.uuid(), Some(2)).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    bench.becomes(LTE, Active, Cause::Unknown).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Ok(()));
    bench.shut_down().await?;
    before.again(&rig.lab).await?;
    assert!(rig.nm.active(rig.first.uuid()).await?.is_none());
    // in the middle of everything
    rig.lab.router.cut("wifi0").await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    bench.raise(WIFI);
    bench.lower(LTE);
    bench.prefer(Some(LTE));
    bench.refresh();
    bench.shut_down().await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    rig.nm.becomes(rig.second.uuid(), Some(2)).await?;
    before.again(&rig.lab).await
}

pub(crate) async fn dropped_executor_puts_everything_back(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    drop(bench);
    before.again(&rig.lab).await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    Ok(())
}

pub(crate) async fn foreign_link_that_was_stopped_comes_back(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    rig.nm.activate(rig.first.uuid()).await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    bench.shut_down().await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    before.again(&rig.lab).await?;
    // started again by others meanwhile: theirs
    let mut bench = rig.bench().await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    let path = rig.nm.activate(rig.first.uuid()).await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    echo(bench.carrier(WIFI).ok_or("a carrier")?).await?;
    bench.shut_down().await?;
    assert_eq!(rig.nm.active(rig.first.uuid()).await?.map(|(path, _)| path), Some(path));
    Ok(())
}

pub(crate) async fn shutdown_while_the_daemon_is_gone(lab: Lab) -> Outcome {
    let mut rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    rig.nm.kill().await?;
    bench.until("gone", gone).await?;
    bench.raise(LTE);
    bench.prefer(Some(WIFI));
    // it is just being started again: that is waited for
    let (started, events) = tokio::join!(rig.nm.start_again(), bench.shut_down());
    started?;
    events?;
    before.again(&rig.lab).await?;
    // it is not started again
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    rig.nm.kill().await?;
    bench.until("gone", gone).await?;
    bench.lower(WIFI);
    bench.prefer(None);
    bench.shut_down().await?;
    Ok(())
}
