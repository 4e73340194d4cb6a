//! What if NetworkManager, or the bus, comes and goes? (C8, C9, SPEC §9)

use crate::route::{fixed_v4, source};
use crate::setup::{Executor, LTE, Rest, Rig, WIFI, echo, gone, profile, resync};
use netsession_backends::executor::Event;
use netsession_conformance::lab::daemons::{Bus, Keyfile, NetworkManager, NetworkManagerOptions};
use netsession_conformance::lab::{Lab, Outcome, SERVICE_V4};
use netsession_fsm::hub::Report;
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Discovered, Undefined};
use std::time::{Duration, Instant};

/// How often NetworkManager was told gone.
fn times_gone(bench: &Executor) -> usize {
    bench.events().iter().filter(|(_, event)| matches!(event, Event::Report(Report::Gone { .. }))).count()
}

pub(crate) async fn killed_and_started_again(lab: Lab) -> Outcome {
    let mut rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    for round in 1..=3 {
        let resyncs = bench.resyncs();
        rig.nm.kill().await?;
        bench.until("gone", gone).await?;
        rig.nm.start_again().await?;
        bench.until("back", resync).await?;
        assert_eq!((times_gone(&bench), bench.resyncs() - resyncs), (round, 1));
        for access_point in [WIFI, LTE] {
            assert_eq!(bench.link(access_point).map(|link| (link.state, link.cause)), Some((Active, Cause::Unknown)));
            echo(bench.carrier(access_point).ok_or("a carrier")?).await?;
        }
    }
    // ours before, ours now
    for access_point in [WIFI, LTE] {
        let op = bench.lower(access_point);
        assert_eq!(bench.done(access_point, op).await?.state, Discovered);
    }
    before.again(&rig.lab).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn preferred_link_stays_preferred(lab: Lab) -> Outcome {
    // by NetworkManager's own metric: it forgets that when it starts again
    let mut rig = Rig::with(lab, &NetworkManagerOptions::default(), fixed_v4).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    for in_order in [true, false] {
        if in_order {
            rig.nm.stop().await?
        } else {
            rig.nm.kill().await?
        }
        bench.until("gone", gone).await?;
        let reports = bench.events().iter().rev().skip(1).take_while(|(_, event)| !matches!(event, Event::Report(Report::Route { .. })));
        assert_eq!(reports.filter(|(_, event)| matches!(event, Event::Report(Report::Link(_)))).count(), 0, "no link was lost");
        rig.nm.start_again().await?;
        bench.until("back", resync).await?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while source(SERVICE_V4).await? != rig.lte.v4.0 {
            assert!(Instant::now() < deadline, "the default route is not moved again");
            let refresh = bench.refresh();
            bench.until("the refresh", |event| crate::setup::refreshed(event, refresh)).await?;
        }
        assert_eq!(bench.link(LTE).map(|link| link.state), Some(Active));
        let op = bench.prefer(Some(LTE));
        assert_eq!(bench.route(op).await?, Ok(()));
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn stopped_for_long(lab: Lab) -> Outcome {
    let mut rig = Rig::new(lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    rig.nm.stop().await?;
    bench.until("gone", gone).await?;
    // what is asked meanwhile waits
    let (raise, prefer, refresh) = (bench.raise(LTE), bench.prefer(Some(WIFI)), bench.refresh());
    rig.lab.router.cut("wifi0").await?;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    rig.lab.router.mend("wifi0").await?;
    rig.nm.start_again().await?;
    let events = bench.events().len();
    bench.until("back", resync).await?;
    assert_eq!(bench.events()[events..].iter().filter(|(_, event)| gone(event).is_some()).count(), 0);
    assert_eq!(bench.done(LTE, raise).await?.state, Active);
    if bench.events().iter().all(|(_, event)| !matches!(event, Event::Report(Report::Route { .. }))) {
        assert_eq!(bench.route(prefer).await?, Ok(()));
    }
    if bench.events().iter().all(|(_, event)| crate::setup::refreshed(event, refresh).is_none()) {
        bench.until("the refresh", |event| crate::setup::refreshed(event, refresh)).await?;
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn killed_while_raising(lab: Lab) -> Outcome {
    let mut rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    rig.lab.router.cut("wifi0").await?;
    let op = bench.raise(WIFI);
    rig.nm.becomes(rig.first.uuid(), Some(1)).await?;
    rig.nm.kill().await?;
    bench.until("gone", gone).await?;
    rig.lab.router.mend("wifi0").await?;
    rig.nm.start_again().await?;
    // it is carried on
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Active, Cause::Unknown));
    // killed while lowering
    let op = bench.lower(WIFI);
    rig.nm.kill().await?;
    rig.nm.start_again().await?;
    let link = bench.done(WIFI, op).await?;
    assert_eq!(link.state, Discovered);
    before.again(&rig.lab).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn not_there_at_first(lab: Lab) -> Outcome {
    // not even a bus
    let wifi = lab.plug_in("wifi0", 1).await?;
    let file = Keyfile::fixed("wifi", &wifi);
    let mut bench = crate::setup::bench(&[profile(WIFI, &file)]).await?;
    bench.becomes(WIFI, Undefined, Cause::BackendGone).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Undefined, Cause::BackendGone));
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Err(Cause::BackendGone));
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::setup::refreshed(event, refresh)).await?;
    let bus = Bus::start().await?;
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&file]).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    assert_eq!((times_gone(&bench), bench.resyncs()), (0, 2));
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    bench.shut_down().await?;
    nm.becomes(file.uuid(), None).await?;
    Ok(())
}

pub(crate) async fn bus_lost_and_back(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let file = Keyfile::fixed("wifi", &wifi);
    let mut bus = Bus::start().await?;
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&file]).await?;
    let mut bench = crate::setup::bench(&[profile(WIFI, &file)]).await?;
    bench.up(WIFI).await?;
    bus.daemon().kill().await?;
    bench.until("gone", gone).await?;
    drop(nm);
    bus.start_again().await?;
    let _nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&file]).await?;
    bench.until("back", resync).await?;
    assert_eq!((times_gone(&bench), bench.resyncs()), (1, 2));
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn frozen_while_lowering(lab: Lab) -> Outcome {
    let mut rig = Rig::new(lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    rig.nm.daemon()?.freeze()?;
    let op = bench.lower(WIFI);
    // a NetworkManager that does not answer does not keep the loss of a link from being told
    rig.lab.router.cut("wifi0").await?;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(bench.link(WIFI).is_some_and(|link| link.done < op));
    rig.nm.daemon()?.thaw()?;
    bench.done(WIFI, op).await?;
    bench.shut_down().await?;
    Ok(())
}
