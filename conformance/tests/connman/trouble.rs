//! What if ConnMan dies, restarts, is not there, or may not be used? (C8, C9, SPEC §9)

use crate::setup::{LTE, Stand, WIFI, bench, bench_with, both_active, both_idle, echo, listed, profile, service};
use netsession_backends::bind;
use netsession_backends::connman::{Connman, Options};
use netsession_backends::executor::Event;
use netsession_conformance::lab::daemons::{self, Bus, ConnmanOptions, Dhcp, DhcpOptions};
use netsession_conformance::lab::{Bench, ECHO_PORT, Lab, Outcome, SERVICE_V4};
use netsession_fsm::hub::{Counters, Report};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Discovered, Undefined};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn gone(event: &Event) -> Option<()> {
    matches!(event, Event::Report(Report::Gone { .. })).then_some(())
}

fn resync(event: &Event) -> Option<()> {
    matches!(event, Event::Report(Report::Resync { .. })).then_some(())
}

/// How often the executor told that ConnMan is gone.
fn times_gone(bench: &Bench<Connman>) -> usize {
    bench.events().iter().filter(|(_, event)| gone(event).is_some()).count()
}

pub(crate) async fn killed_when_active(lab: Lab) -> Outcome {
    let mut stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let before = lab.wire.settled().await?;
    bench.up(WIFI).await?;
    stand.connman.kill().await?;
    bench.until("Gone", gone).await?;
    stand.connman.start_again().await?;
    bench.until("the Resync", resync).await?;
    assert_eq!((times_gone(&bench), bench.resyncs()), (1, 2));
    // ConnMan starts with all links down, and was not to connect this one
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn killed_when_connected_by_itself(lab: Lab) -> Outcome {
    let mut stand = Stand::by_itself(&lab).await?;
    let mut bench = stand.bench().await?;
    both_active(&mut bench).await?;
    bench.up(WIFI).await?;
    for stops in [false, true] {
        if stops {
            stand.connman.stop().await?
        } else {
            stand.connman.kill().await?
        }
        bench.until("Gone", gone).await?;
        stand.connman.start_again().await?;
        // the Resync waits until ConnMan has settled: nobody is told of a loss that is over
        bench.until("the Resync", resync).await?;
        both_active(&mut bench).await?;
        let carrier = bench.carrier(WIFI).ok_or("a carrier")?.clone();
        echo(&carrier).await?;
    }
    assert_eq!((times_gone(&bench), bench.resyncs()), (2, 3));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn killed_when_raising(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let mut connman = daemons::Connman::start(&bus, &ConnmanOptions::default()).await?;
    listed(&connman, &wifi).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    // nobody gives a lease yet
    let op = bench.raise(WIFI);
    connman.becomes(&service(&wifi), Some("configuration")).await?;
    connman.kill().await?;
    bench.until("Gone", gone).await?;
    let _dhcp = Dhcp::start(&lab, &wifi, DhcpOptions::default()).await?;
    connman.start_again().await?;
    // it is carried on
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, times_gone(&bench), bench.resyncs()), (Active, 1, 2));
    let carrier = bench.carrier(WIFI).ok_or("a carrier")?.clone();
    echo(&carrier).await?;
    let op = bench.lower(WIFI);
    connman.restart().await?;
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn killed_when_preferred(lab: Lab) -> Outcome {
    let mut stand = Stand::by_itself(&lab).await?;
    let mut bench = stand.bench().await?;
    both_active(&mut bench).await?;
    for access_point in [WIFI, LTE] {
        bench.up(access_point).await?;
    }
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    stand.connman.kill().await?;
    bench.until("Gone", gone).await?;
    let op = bench.prefer(Some(LTE));
    stand.connman.start_again().await?;
    bench.until("the Resync", resync).await?;
    assert_eq!(bench.route(op).await?, Ok(()));
    both_active(&mut bench).await?;
    let carrier = bench.carrier(LTE).ok_or("a carrier")?.clone();
    echo(&carrier).await?;
    assert_eq!((times_gone(&bench), bench.resyncs()), (1, 2));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn stopped_for_good(lab: Lab) -> Outcome {
    let mut stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    stand.connman.kill().await?;
    bench.until("Gone", gone).await?;
    bench.lower(WIFI);
    bench.raise(LTE);
    bench.prefer(None);
    bench.refresh();
    // nothing is answered before a Resync, and everything is at the end
    let events = bench.shut_down().await?;
    let after = events.iter().rposition(|event| gone(event).is_some()).ok_or("Gone")?;
    let first = events[after + 1..].iter().find_map(|event| match event {
        Event::Report(Report::Resync { links, .. }) => Some(links.clone()),
        _ => None,
    });
    assert!(first.is_some_and(|links| links.iter().all(|link| link.state == Undefined)), "{:?}", &events[after..]);
    let left = lab.wire.settled().await?;
    assert_eq!(left.about("table: 253").filter(|line| line.starts_with("route")).count(), 0, "{left}");
    Ok(())
}

pub(crate) async fn before_the_bus_and_the_daemon(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let mut bench = bench(&[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    bench.becomes(WIFI, Undefined, Cause::BackendGone).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Undefined, Cause::BackendGone));
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Err(Cause::BackendGone));
    let mut bus = Bus::start().await?;
    let options = ConnmanOptions { fixed: vec![wifi.clone(), lte.clone()], ..ConnmanOptions::default() };
    let _connman = daemons::Connman::start(&bus, &options).await?;
    bench.until("the Resync", resync).await?;
    both_idle(&mut bench).await?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    assert_eq!((times_gone(&bench), bench.resyncs()), (0, 2));
    bus.daemon().kill().await?;
    bench.until("Gone", gone).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn frozen_at_the_start(lab: Lab) -> Outcome {
    let mut stand = Stand::new(&lab).await?;
    stand.connman.daemon()?.freeze()?;
    // it has its name and says nothing: as good as not there
    let bench = stand.bench().await;
    stand.connman.daemon()?.thaw()?;
    let mut bench = bench?;
    assert_eq!(bench.link(WIFI).map(|link| (link.state, link.cause)), Some((Undefined, Cause::BackendGone)));
    bench.until("the Resync", resync).await?;
    both_idle(&mut bench).await?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    assert_eq!((times_gone(&bench), bench.resyncs()), (0, 2));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn survey_looks_on(lab: Lab) -> Outcome {
    use netsession_backends::connman::{ConnmanError, survey};
    use netsession_fsm::words::Bearer;
    assert!(matches!(survey().await, Err(ConnmanError::Bus(_))));
    let mut stand = Stand::new(&lab).await?;
    let before = lab.wire.settled().await?;
    let told = survey().await?;
    let found = told.services.iter().find(|found| found.identifier == service(&stand.lte)).ok_or("the service")?;
    assert_eq!((told.state.as_str(), told.services.len()), ("idle", 2));
    assert_eq!((found.name.as_str(), found.kind.as_str(), found.state.as_str()), ("Wired", "ethernet", "idle"));
    assert_eq!((found.interface.as_deref(), found.bearer), (Some("lte0"), Bearer::Ethernet));
    lab.wire.becomes(&before).await?;
    stand.connman.stop().await?;
    assert!(matches!(survey().await, Err(ConnmanError::Absent)));
    Ok(())
}

pub(crate) async fn counters_grow(lab: Lab) -> Outcome {
    const AMOUNT: usize = 100_000;
    let stand = Stand::new(&lab).await?;
    let options = Options { counters_every: Duration::from_millis(50), ..Options::default() };
    let mut bench = bench_with(options, &[profile(WIFI, &stand.wifi)]).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    let carrier = bench.up(WIFI).await?;
    let first = bench.until("counters", counters).await?;
    let mut stream = bind::connect_tcp(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    let (mut read, mut write) = stream.split();
    let (sent, mut back) = (vec![7; AMOUNT], vec![0; AMOUNT]);
    tokio::try_join!(write.write_all(&sent), read.read_exact(&mut back))?;
    let amount = AMOUNT as u64;
    bench
        .until("counters of what was sent", |event| {
            counters(event).filter(|now| now.sent >= first.sent + amount && now.received >= first.received + amount)
        })
        .await?;
    bench.shut_down().await?;
    Ok(())
}

fn counters(event: &Event) -> Option<Counters> {
    match event {
        Event::Report(Report::Counters { counters, .. }) => Some(*counters),
        _ => None,
    }
}
