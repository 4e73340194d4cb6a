//! Does a session count what went through the links it held, and nothing else? (SPEC §10)

use crate::setup::{LTE, WIFI, profile};
use netsession_backends::bind;
use netsession_backends::client::{Client, Session};
use netsession_backends::executor::Carrier;
use netsession_backends::netlink::{Netlink, Options};
use netsession_conformance::lab::{ECHO_PORT, Lab, Outcome, SERVICE_V4};
use netsession_fsm::hub::{Counters, SessionOptions};
use netsession_fsm::words::{AccessPoint, Mode, Purpose};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// More than all that is not the application's: handshakes, acknowledgements, neighbours, advertisements.
const AMOUNT: usize = 400_000;
const SPARE: u64 = AMOUNT as u64 / 2;

/// There and back.
async fn transfer(carrier: &Carrier) -> Outcome {
    let mut stream = bind::connect_tcp(carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    let (mut read, mut write) = stream.split();
    let sent = vec![7; AMOUNT];
    let mut back = vec![0; AMOUNT];
    tokio::try_join!(write.write_all(&sent), read.read_exact(&mut back))?;
    Ok(())
}

/// Waits until a session counts so many transfers, and checks that it counts no more, and never less than before.
async fn counts(session: &Session, transfers: u64) -> Outcome {
    const TRIES: u32 = 400;
    let least = transfers * AMOUNT as u64;
    let mut before = Counters::default();
    for _ in 0..TRIES {
        let now = session.counters();
        assert!(now.sent >= before.sent && now.received >= before.received, "{before:?}, then {now:?}");
        assert!(now.sent < least + SPARE && now.received < least + SPARE, "{now:?} are more than {transfers} transfers");
        if now.sent >= least && now.received >= least {
            return Ok(());
        }
        before = now;
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Err(format!("{transfers} transfers were never counted: {before:?}").into())
}

pub(crate) async fn counts_over_the_links_it_held(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let options = Options { counters_every: Duration::from_millis(50), ..Options::default() };
    let mut builder = Client::builder();
    let names = [("wifi", WIFI), ("lte", LTE)];
    for (name, id) in names {
        assert_eq!(builder.access_point(name, AccessPoint::default()), id);
    }
    builder.service_network("net", Purpose::Unknown, [WIFI, LTE]);
    let netlink = Netlink::new(options, vec![profile(WIFI, &wifi), profile(LTE, &lte)])?;
    let client = builder.executor(netlink).start().await?;
    // what went through the interface before it was opened is nobody's
    let mode = |mode| SessionOptions { mode, ..SessionOptions::default() };
    let first = client.session("wifi", mode(Mode::Off)).await?;
    first.open().await?;
    transfer(&first.carrier().ok_or("a carrier")?).await?;
    counts(&first, 1).await?;
    first.close().await?;
    drop(first);
    let session = client.session("net", mode(Mode::Application)).await?;
    assert_eq!(session.counters(), Counters::default());
    session.open().await?;
    counts(&session, 0).await?;
    transfer(&session.carrier().ok_or("a carrier")?).await?;
    counts(&session, 1).await?;
    // both links of a trial are held; the old one lasts until the verdict
    session.request_roam().await?;
    let offer = session.next_offer().await.ok_or("an offer")?;
    let trial = offer.migrate().await?;
    transfer(&trial.carrier().ok_or("a carrier")?).await?;
    counts(&session, 2).await?;
    transfer(&session.carrier().ok_or("a carrier")?).await?;
    trial.accept().await?;
    counts(&session, 3).await?;
    // what others send through the link it left does not count
    let other = client.session("wifi", mode(Mode::Off)).await?;
    other.open().await?;
    transfer(&other.carrier().ok_or("a carrier")?).await?;
    counts(&other, 1).await?;
    transfer(&session.carrier().ok_or("a carrier")?).await?;
    counts(&session, 4).await?;
    drop((session, other));
    client.shutdown().await;
    Ok(())
}
