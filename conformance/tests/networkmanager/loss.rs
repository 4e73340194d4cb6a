//! Is every loss reported at once, with the right cause, and is nothing done against others? (C7, C11)

use crate::setup::{Executor, Rest, Rig, WIFI, echo};
use netsession_backends::executor::Event;
use netsession_conformance::lab::{Lab, Listener, Outcome};
use netsession_fsm::hub::{LinkReport, Report};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use rtnetlink::packet_route::RouteNetlinkMessage;
use std::time::{Duration, Instant};

/// NetworkManager waits this long (measured on 1.42.4: 6.04 s) before it takes a connection down that lost its carrier.
const CARRIER_WAIT: Duration = Duration::from_secs(6);

/// Prints how long after the act the kernel told it, and how long after that the executor reported it.
fn latency(what: &str, bench: &Executor, listener: &Listener, asked: Instant, report: LinkReport) {
    let reported = bench.events().iter().find(|(_, event)| *event == Event::Report(Report::Link(report))).map(|(at, _)| *at);
    let told = listener.first_after(asked, |message| {
        matches!(message, RouteNetlinkMessage::NewLink(_) | RouteNetlinkMessage::DelLink(_) | RouteNetlinkMessage::DelAddress(_))
    });
    if let (Some(told), Some(reported)) = (told, reported) {
        println!("{what}: kernel after {:?}, reported {:?} later", told.at - asked, reported.saturating_duration_since(told.at));
    }
}

/// The reports on the first link from an event on.
fn reports(bench: &Executor, from: usize) -> Vec<(netsession_fsm::words::ConfigurationState, Cause)> {
    let link = |event: &Event| match event {
        Event::Report(Report::Link(link)) if link.access_point == WIFI => Some((link.state, link.cause)),
        _ => None,
    };
    bench.events()[from..].iter().filter_map(|(_, event)| link(event)).collect()
}

pub(crate) async fn carrier_cut_and_mended_at_once(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let listener = Listener::start()?;
    let mut bench = rig.bench().await?;
    let carrier = bench.up(WIFI).await?;
    for _ in 0..2 {
        // carrier losses are told at most once a second, over all namespaces of the machine
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let asked = rig.lab.router.cut("wifi0").await?;
        let link = bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
        latency("carrier lost", &bench, &listener, asked, link);
        // NetworkManager still calls it activated
        assert!(rig.nm.active(rig.first.uuid()).await?.is_some_and(|(_, state)| state == 2));
        let asked = rig.lab.router.mend("wifi0").await?;
        let link = bench.becomes(WIFI, Active, Cause::Unknown).await?;
        latency("carrier back", &bench, &listener, asked, link);
        echo(&carrier).await?;
    }
    let told = bench.events().len();
    // what NetworkManager thought of doing it does not do
    tokio::time::sleep(CARRIER_WAIT + Duration::from_secs(1)).await;
    assert_eq!(bench.link(WIFI).map(|link| link.state), Some(Active));
    assert_eq!(reports(&bench, told), []);
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn carrier_cut_for_long(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    let told = bench.events().len();
    rig.lab.router.cut("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    rig.lab.router.mend("wifi0").await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    assert_eq!(reports(&bench, told), [(Defined, Cause::CarrierLost), (Discovered, Cause::Unknown)], "one report a change");
    before.again(&rig.lab).await?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    // lowered while it is cut: nothing is left, and NetworkManager need not wait
    rig.lab.router.cut("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
    let op = bench.lower(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Defined, Cause::CarrierLost));
    rig.nm.becomes(rig.first.uuid(), None).await?;
    rig.lab.router.mend("wifi0").await?;
    before.again(&rig.lab).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn unplugged_and_plugged_in_again(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let listener = Listener::start()?;
    let mut bench = rig.bench().await?;
    let first = bench.up(WIFI).await?;
    let told = bench.events().len();
    // the kernel tells of it before it is done with it
    let lost = |event: &Event| match event {
        Event::Report(Report::Link(link)) if link.state != Active => Some(*link),
        _ => None,
    };
    let (asked, link) = tokio::join!(rig.lab.router.unplug("wifi0"), bench.until("the loss", lost));
    latency("unplugged", &bench, &listener, asked?, link?);
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    rig.nm.becomes(rig.first.uuid(), None).await?;
    rig.lab.plug_in("wifi0", 1).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    // the kernel sets a device down before it deletes it, and tells both
    let all = [(Defined, Cause::TakenDown), (Defined, Cause::Vanished), (Discovered, Cause::Unknown)];
    assert_eq!(reports(&bench, told), all, "one report a change");
    let second = bench.up(WIFI).await?;
    assert_ne!(first.index, second.index);
    echo(&second).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn unplugged_while_raising(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    rig.lab.router.cut("wifi0").await?;
    let mut bench = rig.bench().await?;
    let op = bench.raise(WIFI);
    rig.nm.becomes(rig.first.uuid(), Some(1)).await?;
    rig.lab.router.unplug("wifi0").await?;
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Defined, Cause::Vanished));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn set_down_by_others(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    rig.lab.wire.set_up("wifi0", false).await?;
    bench.becomes(WIFI, Defined, Cause::TakenDown).await?;
    rig.lab.wire.set_up("wifi0", true).await?;
    // IPv6 addresses do not survive that; IPv4 addresses do, and NetworkManager still calls it activated
    let carrier = bench.becomes(WIFI, Active, Cause::Unknown).await.map(|_| bench.carrier(WIFI).cloned())?.ok_or("a carrier")?;
    println!("{carrier:?}");
    let op = bench.lower(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::Unknown));
    bench.shut_down().await?;
    Ok(())
}
