//! What becomes of sessions when the daemon goes, and when reports come late, twice, or by chance (SPEC §9)?

mod lab;

use lab::{LTE, Log, USABLE, WLAN, errors, lab, millis, secs, since};
use netsession_backends::client::Client;
use netsession_backends::sim::{Action, Faults, Network};
use netsession_fsm::hub::{Notice, SessionOptions};
use netsession_fsm::words::{AccessPoint, Cause, ErrorKind, ExecutorId, Purpose, SessionState};
use std::time::Duration;
use tokio::time::Instant;
#[tokio::test(start_paused = true)]
async fn a_daemon_that_comes_back_in_time_is_not_noticed() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("internet").await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    lab.network.gone();
    secs(9).await;
    lab.network.back();
    secs(60).await;
    assert_eq!((log.take(), session.is_open(), lab.network.tally(WLAN).raises), (vec![], true, 1));
    assert_eq!(lab.network.default_route(), Some(WLAN));
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_stays_away_loses_the_session() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    lab.network.gone();
    secs(11).await;
    assert_eq!((session.is_open(), errors(&log.take())), (false, vec![(ErrorKind::SessionAborted, Cause::BackendGone)]));
    lab.network.back();
    secs(1).await;
    session.open().await.unwrap();
    assert!(session.is_open());
}

#[tokio::test(start_paused = true)]
async fn a_link_we_raised_comes_down_although_the_daemon_stayed_away() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    lab.network.gone();
    secs(11).await;
    assert!(!session.is_open());
    lab.network.back();
    secs(60).await;
    assert_eq!(lab.network.raised(), [], "nobody holds it and it is ours (SPEC §14 L5)");
}

#[tokio::test(start_paused = true)]
async fn what_happened_while_the_daemon_was_away_is_caught_up_with() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("internet").await;
    session.open().await.unwrap();
    lab.network.gone();
    lab.network.vanish(WLAN);
    secs(1).await;
    assert_eq!(session.snapshot().active, Some(WLAN), "nobody could tell");
    lab.network.back();
    secs(5).await;
    assert_eq!((session.state(), session.snapshot().active, lab.network.up()), (SessionState::Connected, Some(LTE), vec![LTE]));
}

#[tokio::test(start_paused = true)]
async fn late_and_doubled_reports_change_nothing() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    for _ in 0..10 {
        lab.network.happen(Action::Duplicate(WLAN));
        lab.network.happen(Action::Late(WLAN));
    }
    secs(1).await;
    assert_eq!((log.take(), session.state()), (vec![], SessionState::Connected));
}

/// Notices of a run in which everything that is left to chance happens, with the time of each.
async fn run(seed: u64) -> Vec<(u64, Notice)> {
    let network = Network::new(seed);
    network.jitter(Duration::from_millis(200));
    network.faults(Faults { duplicate: 30, late: 30, late_by: Duration::from_millis(700) });
    let mut builder = Client::builder().executor(network.executor(ExecutorId(0)));
    for (id, name) in [(WLAN, "wlan"), (LTE, "lte")] {
        builder.access_point(name, AccessPoint::default());
        network.add(id, USABLE);
    }
    builder.service_network("internet", Purpose::Public, [WLAN, LTE]);
    let client = builder.start().await.unwrap();
    let session = client.session("internet", SessionOptions::default()).await.unwrap();
    let begin = Instant::now();
    let mut log = Log::of(&session);
    session.open().await.unwrap();
    network.flap(WLAN, Duration::from_secs(20), 5);
    let mut told = Vec::new();
    for _ in 0..4000 {
        told.extend(log.take().into_iter().map(|notice| (since(begin), notice)));
        millis(100).await;
    }
    assert_eq!(session.snapshot().active, Some(WLAN), "after the network healed it is on the best");
    client.shutdown().await;
    assert_eq!(network.raised(), []);
    told
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_run() {
    let first = run(1).await;
    assert!(first.len() > 10, "{first:?}");
    assert_eq!(first, run(1).await);
    assert_ne!(first, run(2).await, "chance has a part in it");
}
