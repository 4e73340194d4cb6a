//! What if events get lost, privileges are missing, or the network only looks fine? (C8, SPEC §9, §10)

use crate::raise::echo;
use crate::setup::{LTE, WIFI, bench, bench_with, profile};
use netsession_backends::bind;
use netsession_backends::netlink::Options;
use netsession_conformance::lab::{ECHO_PORT, Lab, Outcome, PROBE_PORT, Probe, SERVICE_V4, Wire, give_up_privileges};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub(crate) async fn without_permission_links_are_watched(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    lab.wire.set_up("lte0", true).await?;
    lab.wire.add_address("lte0", lte.v4.0, lte.v4.1).await?;
    lab.wire.add_address("lte0", lte.v6.0, lte.v6.1).await?;
    lab.wire.add_default("lte0", lte.gateway_v4, 7).await?;
    // this thread has nothing any more; the router's thread does
    give_up_privileges()?;
    let mut bench = bench(&[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    bench.becomes(LTE, Active, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    let carrier = bench.up(LTE).await?;
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::NotAuthorised));
    let op = bench.lower(LTE);
    let link = bench.done(LTE, op).await?;
    assert_eq!((link.state, link.cause), (Active, Cause::Unknown), "it could not be lowered and is not");
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Err(Cause::NotAuthorised));
    lab.wire.becomes(&before).await?;
    lab.router.cut("lte0").await?;
    bench.becomes(LTE, Defined, Cause::CarrierLost).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn lost_events_end_in_one_resync(lab: Lab) -> Outcome {
    const STORM: u8 = 250;
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let options = Options { receive_buffer: 32 * 1024, ..Options::default() };
    let mut bench = bench_with(options, &[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let before = bench.resyncs();
    // the executor shares this thread and hears nothing of the storm until it is over; in it, one link goes down
    let storm = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let wire = Wire::open()?;
            for host in 1..STORM {
                wire.add_address("lo", [127, 1, 0, host].into(), 32).await?;
            }
            wire.set_up("lte0", false).await?;
            for host in 1..STORM {
                wire.remove_address("lo", [127, 1, 0, host].into(), 32).await?;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        })
    });
    storm.join().map_err(|_| "the storm panicked")?.map_err(|error| error.to_string())?;
    bench.becomes(LTE, Discovered, Cause::TakenDown).await?;
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await?;
    assert_eq!(bench.resyncs() - before, 1, "{:?}", bench.events());
    // and it works as before
    let carrier = bench.up(LTE).await?;
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    assert_eq!(bench.resyncs() - before, 1, "{:?}", bench.events());
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn counters_grow(lab: Lab) -> Outcome {
    const AMOUNT: usize = 100_000;
    let wifi = lab.plug_in("wifi0", 1).await?;
    let options = Options { counters_every: Duration::from_millis(50), ..Options::default() };
    let mut bench = bench_with(options, &[profile(WIFI, &wifi)]).await?;
    let carrier = bench.up(WIFI).await?;
    let first = bench.until("counters", counters).await?;
    let mut stream = bind::connect_tcp(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    let (mut read, mut write) = stream.split();
    let sent = vec![7; AMOUNT];
    let mut back = vec![0; AMOUNT];
    tokio::try_join!(write.write_all(&sent), read.read_exact(&mut back))?;
    let amount = AMOUNT as u64;
    bench
        .until("counters of what was sent", |event| {
            counters(event).filter(|now| now.sent >= first.sent + amount && now.received >= first.received + amount)
        })
        .await?;
    let told = bench.counters(WIFI).ok_or("counters")?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    let last = bench.counters(WIFI).ok_or("counters")?;
    assert!(last.sent >= told.sent && last.received >= told.received, "{told:?} then {last:?}");
    bench.shut_down().await?;
    Ok(())
}

fn counters(event: &netsession_backends::executor::Event) -> Option<netsession_fsm::hub::Counters> {
    use netsession_backends::executor::Event;
    use netsession_fsm::hub::Report;
    match event {
        Event::Report(Report::Counters { counters, .. }) => Some(*counters),
        _ => None,
    }
}

pub(crate) async fn probes_fail_where_told(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let mut bench = bench(&[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    let carriers = [bench.up(WIFI).await?, bench.up(LTE).await?];
    lab.router.probe(&wifi, Probe::Portal).await?;
    let mut answers = Vec::new();
    for carrier in &carriers {
        let mut stream = bind::connect_tcp(carrier, (SERVICE_V4, PROBE_PORT).into()).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: probe\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        answers.push(answer.lines().next().unwrap_or_default().to_owned());
    }
    assert_eq!(answers, ["HTTP/1.1 302 Found", "HTTP/1.1 204 No Content"]);
    bench.shut_down().await?;
    Ok(())
}
