//! Is every loss reported, with the right cause, and is nothing done against others? (C7, C11)

use crate::raise::echo;
use crate::setup::{WIFI, bench, profile};
use netsession_backends::executor::Event;
use netsession_backends::netlink::Netlink;
use netsession_conformance::lab::{Bench, ECHO_PORT, Lab, Listener, Outcome, SERVICE_V4};
use netsession_fsm::hub::{LinkReport, Report};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use rtnetlink::packet_route::RouteNetlinkMessage;
use std::time::{Duration, Instant};

/// Prints how long after the act the kernel told it, and how long after that the executor reported it.
fn latency(what: &str, bench: &Bench<Netlink>, listener: &Listener, asked: Instant, report: LinkReport) {
    let reported = bench.events().iter().find(|(_, event)| *event == Event::Report(Report::Link(report))).map(|(at, _)| *at);
    let told = listener.first_after(asked, |message| {
        matches!(message, RouteNetlinkMessage::NewLink(_) | RouteNetlinkMessage::DelLink(_) | RouteNetlinkMessage::DelAddress(_))
    });
    if let (Some(told), Some(reported)) = (told, reported) {
        let ahead = reported.saturating_duration_since(told.at);
        println!("{what}: kernel after {:?}, reported {ahead:?} later", told.at - asked);
    }
}

pub(crate) async fn carrier_cut_and_mended(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let listener = Listener::start()?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    let carrier = bench.up(WIFI).await?;
    for _ in 0..2 {
        // carrier losses are told at most once a second, over all namespaces of the machine
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let asked = lab.router.cut("wifi0").await?;
        let link = bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
        latency("carrier lost", &bench, &listener, asked, link);
        let asked = lab.router.mend("wifi0").await?;
        let link = bench.becomes(WIFI, Active, Cause::Unknown).await?;
        latency("carrier back", &bench, &listener, asked, link);
        echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    }
    lab.router.cut("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
    let op = bench.lower(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::Unknown));
    lab.router.mend("wifi0").await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn unplugged_and_plugged_in_again(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let listener = Listener::start()?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    let first = bench.up(WIFI).await?;
    // the kernel tells of it before it is done with it
    let (asked, link) = tokio::join!(lab.router.unplug("wifi0"), bench.until("the loss", lost));
    latency("unplugged", &bench, &listener, asked?, link?);
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    // a device that was never ours to lose comes up under the same name
    lab.plug_in("wifi0", 1).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    let second = bench.up(WIFI).await?;
    assert_ne!(first.index, second.index);
    echo(&second, (SERVICE_V4, ECHO_PORT).into()).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.router.unplug("wifi0").await?;
    bench.shut_down().await?;
    let gone = lab.wire.dump().await?;
    assert!(before.difference(&gone).lines().all(|line| line.starts_with('-') && !line.contains("lo")), "{}", before.difference(&gone));
    Ok(())
}

fn lost(event: &Event) -> Option<LinkReport> {
    match event {
        Event::Report(Report::Link(link)) if link.state != Active => Some(*link),
        _ => None,
    }
}

pub(crate) async fn unplugged_while_raising(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.router.cut("wifi0").await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    let op = bench.raise(WIFI);
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await?;
    lab.router.unplug("wifi0").await?;
    let link = bench.done(WIFI, op).await?;
    assert!(matches!(link.cause, Cause::Vanished | Cause::TakenDown), "{link:?}");
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn set_down_by_others(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let listener = Listener::start()?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    let asked = lab.wire.set_up("wifi0", false).await?;
    let link = bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    latency("set down", &bench, &listener, asked, link);
    let taken = lab.wire.settled().await?;
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await?;
    lab.wire.becomes(&taken).await?;
    // the hub asks again: then, and only then
    let carrier = bench.up(WIFI).await?;
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    lab.wire.set_up("wifi0", false).await?;
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn set_down_while_raising(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.router.cut("wifi0").await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    let op = bench.raise(WIFI);
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await?;
    lab.wire.set_up("wifi0", false).await?;
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::TakenDown));
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn address_removed_by_others(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let listener = Listener::start()?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    for (address, prefix) in [wifi.v4, wifi.v6] {
        let carrier = bench.up(WIFI).await?;
        echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
        let asked = lab.wire.remove_address("wifi0", address, prefix).await?;
        let link = bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
        latency("address removed", &bench, &listener, asked, link);
    }
    // put back by whoever took it away: up again without us
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn route_removed_by_others(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    lab.wire.remove_default("wifi0", wifi.gateway_v4, 100).await?;
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    // down and up again: the addresses of IPv4 survive that, the route does not
    lab.wire.set_up("wifi0", false).await?;
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    lab.wire.settled().await?;
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await?;
    let link = bench.link(WIFI).ok_or("a report")?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::TakenDown), "all addresses, and no way out");
    let carrier = bench.up(WIFI).await?;
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn renamed_and_named_back(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    lab.wire.rename("wifi0", "other0").await?;
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    lab.wire.rename("other0", "wifi0").await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    lab.wire.rename("wifi0", "other0").await?;
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    // lowered under its new name: our addresses go, the device is as found
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.rename("other0", "wifi0").await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}
