//! Is every loss reported, with the right cause, and is what ConnMan does by itself followed? (C7, C11)

use crate::setup::{LTE, Stand, WIFI, auto_connect, bench, both_active, both_idle, caught_up, echo, listed, profile, service};
use netsession_backends::connman::Connman;
use netsession_backends::executor::Event;
use netsession_conformance::lab::daemons::{self, Bus, ConnmanOptions};
use netsession_conformance::lab::{Bench, Lab, Listener, Outcome, Trouble};
use netsession_fsm::hub::{LinkReport, Report};
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use netsession_fsm::words::{AccessPointId, Capabilities, Cause};
use std::time::{Duration, Instant};

/// Prints how long after the act the kernel told it, and how long after that the executor reported it.
fn latency(what: &str, bench: &Bench<Connman>, told: Option<Instant>, asked: Instant, report: LinkReport) {
    let reported = bench.events().iter().find(|(_, event)| *event == Event::Report(Report::Link(report))).map(|(at, _)| *at);
    if let (Some(told), Some(reported)) = (told, reported) {
        println!("{what}: kernel after {:?}, reported {:?} later", told - asked, reported.saturating_duration_since(told));
    }
}

/// Every state a link was reported in, since some event.
fn states(bench: &Bench<Connman>, from: usize, of: AccessPointId) -> Vec<(netsession_fsm::words::ConfigurationState, Cause)> {
    let reports = bench.events()[from..].iter().filter_map(|(_, event)| match event {
        Event::Report(Report::Link(link)) if link.access_point == of => Some((link.state, link.cause)),
        _ => None,
    });
    reports.collect()
}

pub(crate) async fn carrier_cut_and_mended(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let listener = Listener::start()?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let index = lab.wire.index("wifi0").await?;
    let before = lab.wire.settled().await?;
    for _ in 0..2 {
        let carrier = bench.up(WIFI).await?;
        echo(&carrier).await?;
        // carrier losses are told at most once a second, over all namespaces of the machine
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let from = bench.events().len();
        let asked = lab.router.cut("wifi0").await?;
        let link = bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
        latency("carrier lost", &bench, listener.carrier_lost(index, asked), asked, link);
        stand.connman.becomes(&service(&stand.wifi), None).await?;
        lab.router.mend("wifi0").await?;
        // ConnMan was not to connect it by itself, and does not
        bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
        assert_eq!(states(&bench, from, WIFI), [(Defined, Cause::CarrierLost), (Discovered, Cause::Unknown)]);
    }
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    lab.router.cut("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.router.mend("wifi0").await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn link_that_connman_connects_comes_back(lab: Lab) -> Outcome {
    let stand = Stand::by_itself(&lab).await?;
    let mut bench = stand.bench().await?;
    both_active(&mut bench).await?;
    let carriers = [bench.up(WIFI).await?, bench.up(LTE).await?];
    for _ in 0..2 {
        let from = bench.events().len();
        lab.router.cut("wifi0").await?;
        bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
        echo(&carriers[1]).await?;
        stand.connman.becomes(&service(&stand.wifi), None).await?;
        lab.router.mend("wifi0").await?;
        bench.becomes(WIFI, Active, Cause::Unknown).await?;
        let carrier = bench.carrier(WIFI).ok_or("a carrier")?.clone();
        assert_eq!(states(&bench, from, LTE), [], "the other one is not concerned");
        assert!(states(&bench, from, WIFI).iter().all(|(_, cause)| matches!(cause, Cause::CarrierLost | Cause::Unknown)));
        caught_up(&mut bench).await?;
        echo(&carrier).await?;
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn unplugged_and_plugged_in_again(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let first = bench.up(WIFI).await?;
    lab.router.unplug("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    stand.connman.becomes(&service(&stand.wifi), None).await?;
    lab.plug_in("wifi0", 1).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    let second = bench.up(WIFI).await?;
    assert_ne!(first.index, second.index);
    echo(&second).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.router.unplug("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    bench.shut_down().await?;
    let left = lab.wire.dump().await?;
    assert_eq!(left.about("10.1.0.").count(), 0, "{left}");
    Ok(())
}

pub(crate) async fn unplugged_while_raising(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let connman = daemons::Connman::start(&bus, &ConnmanOptions::default()).await?;
    listed(&connman, &wifi).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    let op = bench.raise(WIFI);
    connman.becomes(&service(&wifi), Some("configuration")).await?;
    lab.router.unplug("wifi0").await?;
    let link = bench.done(WIFI, op).await?;
    assert!(matches!(link.cause, Cause::Vanished | Cause::TakenDown | Cause::CarrierLost), "{link:?}");
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn disconnected_by_others(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let before = lab.wire.settled().await?;
    bench.up(WIFI).await?;
    let asked = Instant::now();
    stand.connman.disconnect(&service(&stand.wifi)).await?;
    let from = bench.events().len();
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    let (at, _) = bench.events()[from..].iter().find(|(_, event)| matches!(event, Event::Report(_))).ok_or("a report")?;
    println!("disconnected: reported after {:?}", *at - asked);
    // the hub asks again: then, and only then
    caught_up(&mut bench).await?;
    stand.connman.becomes(&service(&stand.wifi), Some("idle")).await?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    stand.connman.disconnect(&service(&stand.wifi)).await?;
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    // and connected by others
    stand.connman.connect(&service(&stand.wifi)).await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    bench.shut_down().await?;
    stand.connman.becomes(&service(&stand.wifi), Some("ready")).await?;
    Ok(())
}

pub(crate) async fn disconnected_by_others_while_raising(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let connman = daemons::Connman::start(&bus, &ConnmanOptions::default()).await?;
    listed(&connman, &wifi).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    let op = bench.raise(WIFI);
    connman.becomes(&service(&wifi), Some("configuration")).await?;
    caught_up(&mut bench).await?;
    connman.disconnect(&service(&wifi)).await?;
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::TakenDown));
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn set_down_by_others(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    bench.up(WIFI).await?;
    lab.wire.set_up("wifi0", false).await?;
    bench.becomes(WIFI, Defined, Cause::TakenDown).await?;
    stand.connman.becomes(&service(&stand.wifi), None).await?;
    lab.wire.set_up("wifi0", true).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn failover_of_connman_is_followed(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    bench.up(WIFI).await?;
    // from now on ConnMan would take the other one, and does not as long as it has this one
    auto_connect(&stand.connman, &stand.lte, true).await?;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    caught_up(&mut bench).await?;
    assert_eq!(bench.link(LTE).map(|link| link.state), Some(Discovered));
    let from = bench.events().len();
    let asked = lab.router.cut("wifi0").await?;
    bench.becomes(LTE, Active, Cause::Unknown).await?;
    let when = |state, of| {
        let report = |event: &Event| matches!(event, Event::Report(Report::Link(link)) if (link.state, link.access_point) == (state, of));
        bench.events()[from..].iter().find(|(_, event)| report(event)).map(|(at, _)| at.saturating_duration_since(asked))
    };
    println!("cut: lost after {:?}, ConnMan was on the other one after {:?}", when(Defined, WIFI), when(Active, LTE));
    assert_eq!(states(&bench, from, WIFI), [(Defined, Cause::CarrierLost)]);
    assert_eq!(states(&bench, from, LTE), [(Active, Cause::Unknown)]);
    let carrier = bench.carrier(LTE).ok_or("a carrier")?.clone();
    echo(&carrier).await?;
    // it was not raised by us: nobody lowers it
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    bench.shut_down().await?;
    stand.connman.becomes(&service(&stand.lte), Some("ready")).await?;
    Ok(())
}

pub(crate) async fn connman_that_keeps_one_technology_is_recognised(lab: Lab) -> Outcome {
    let options = ConnmanOptions { extra: "SingleConnectedTechnology=true\n".into(), ..ConnmanOptions::default() };
    let stand = Stand::with(&lab, options).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    bench.up(WIFI).await?;
    assert!(bench.capabilities().has(Capabilities::APPLICATION_LEVEL_ROAMING));
    bench.up(LTE).await?;
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    // the kernel tells that its address is gone, ConnMan why; of services that are new to it, up to 100 ms later
    let recognised = async {
        while bench.capabilities().has(Capabilities::APPLICATION_LEVEL_ROAMING) {
            tokio::time::sleep(Duration::from_millis(10)).await;
            caught_up(&mut bench).await?;
        }
        Outcome::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(20), recognised).await??;
    assert!(!bench.capabilities().has(Capabilities::APPLICATION_LEVEL_ROAMING));
    assert!(bench.capabilities().has(Capabilities::FORCED_ROAMING));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn frozen_connman_hides_no_loss(lab: Lab) -> Outcome {
    let mut stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    bench.up(WIFI).await?;
    stand.connman.daemon()?.freeze()?;
    lab.router.cut("wifi0").await?;
    let lost: Result<LinkReport, Trouble> = bench.becomes(WIFI, Defined, Cause::CarrierLost).await;
    let op = bench.raise(LTE);
    stand.connman.daemon()?.thaw()?;
    lost?;
    let link = bench.done(LTE, op).await?;
    assert_eq!(link.state, Active);
    bench.shut_down().await?;
    Ok(())
}
