//! Does the drive loop deliver everything, in order, fairly, and leave nothing behind?

mod lab;

use lab::{AWAY, LTE, Log, USABLE, WLAN, errors, lab, lab_with, millis, secs, since, state};
use netsession_backends::client::{Client, RequestError, RoamError, StartError};
use netsession_backends::executor::{Event, Executor};
use netsession_backends::sim::{Action, Behaviour, Faults, Network, Outcome};
use netsession_fsm::hub::{Command, Counters, Notice, Report, SessionOptions, Settings};
use netsession_fsm::words::{AccessPoint, Capabilities, Cause, ErrorKind, ExecutorId, Mode, Purpose, SessionState};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout};

#[tokio::test(start_paused = true)]
async fn a_shutdown_leaves_nothing_behind() {
    let lab = lab(USABLE, USABLE).await;
    let (one, two) = (lab.session("wlan").await, lab.session("lte").await);
    let (first, second) = tokio::join!(one.open(), two.open());
    assert_eq!((first, second, lab.network.raised()), (Ok(()), Ok(()), vec![WLAN, LTE]));
    millis(100).await;
    assert_eq!(lab.network.default_route(), Some(WLAN));
    let other = lab.client.clone();
    let mut watch = other.watch();
    let begin = Instant::now();
    lab.client.clone().shutdown().await;
    assert_eq!(since(begin), 50, "as long as lowering takes");
    assert_eq!((lab.is_clean(), lab.network.up(), lab.network.has_ended()), (true, vec![], true));
    assert_eq!((lab.network.tally(WLAN).lowers, lab.network.tally(LTE).lowers), (1, 1));
    assert_eq!((one.is_open(), one.state(), one.open().await), (false, SessionState::Invalid, Err(RequestError::Ended)));
    assert_eq!(other.session("wlan", SessionOptions::default()).await.unwrap_err(), RequestError::Ended);
    assert_eq!(other.refresh().await, Err(RequestError::Ended));
    while watch.next().await.is_some() {}
    assert!(one.next_offer().await.is_none());
    other.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_is_bounded_when_a_link_does_not_come_down() {
    let lab = lab(Behaviour { lower: Outcome::NeverAnswers, ..USABLE }, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let begin = Instant::now();
    lab.client.clone().shutdown().await;
    assert_eq!((since(begin), lab.is_clean(), lab.network.has_ended()), (10_000, true, true), "the executor puts it back");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_in_the_middle_of_a_handshake_leaves_nothing_behind() {
    let lab = lab(AWAY, USABLE).await;
    let session = lab.asked().await;
    session.open().await.unwrap();
    lab.network.appear(WLAN);
    let trial = session.next_offer().await.unwrap().migrate().await.unwrap();
    assert_eq!(lab.network.raised(), [WLAN, LTE]);
    let client = lab.client.clone();
    client.shutdown().await;
    assert_eq!((lab.is_clean(), trial.accept().await), (true, Err(RoamError::Ended)));
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_that_is_dropped_ends_everything() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let network = lab.network.clone();
    drop(lab);
    secs(100).await;
    assert_eq!((session.is_open(), network.has_ended()), (true, false), "a session keeps it going");
    drop(session);
    secs(1).await;
    assert_eq!((network.raised(), network.has_ended()), (vec![], true));
}

#[tokio::test(start_paused = true)]
async fn a_session_nobody_waited_for_is_dropped_again() {
    let lab = lab(USABLE, USABLE).await;
    {
        let making = lab.client.session("wlan", SessionOptions::default());
        let mut making = std::pin::pin!(making);
        let pending = std::future::poll_fn(|context| Poll::Ready(making.as_mut().poll(context).is_pending())).await;
        assert!(pending);
    }
    millis(1).await;
    let session = lab.session("wlan").await;
    assert_eq!((session.id().index, session.id().generation), (0, 1), "its place was given back");
}

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

/// An executor that always has another report, and confirms everything at once.
#[derive(Debug)]
struct Flood {
    id: ExecutorId,
    reports: u64,
    resynced: bool,
    ended: bool,
}

impl Executor for Flood {
    fn name(&self) -> &'static str {
        "flood"
    }

    fn id(&self) -> ExecutorId {
        self.id
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    fn act(&mut self, _: Command) {}

    fn poll_event(&mut self, _: &mut Context<'_>) -> Poll<Option<Event>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if !std::mem::replace(&mut self.resynced, true) {
            return Poll::Ready(Some(Event::Report(Report::Resync { executor: self.id, links: Vec::new() })));
        }
        self.reports += 1;
        let counters = Counters { received: self.reports, sent: 0 };
        Poll::Ready(Some(Event::Report(Report::Counters { access_point: LTE, counters })))
    }

    fn shutdown(&mut self) {
        self.ended = true;
    }
}

/// The clock does not stand still here: a flood never lets the runtime become idle.
#[tokio::test]
async fn a_flood_of_reports_starves_nobody() {
    let network = Network::new(1);
    let flood = Flood { id: ExecutorId(1), reports: 0, resynced: false, ended: false };
    let mut builder = Client::builder().executor(flood).executor(network.executor(ExecutorId(0)));
    builder.access_point("wlan", AccessPoint::default());
    builder.access_point("lte", AccessPoint { executor: ExecutorId(1), ..AccessPoint::default() });
    network.add(WLAN, Behaviour { raise_delay: Duration::from_millis(1), lower_delay: Duration::from_millis(1), ..USABLE });
    let client = builder.start().await.unwrap();
    let session = client.session("wlan", SessionOptions::default()).await.unwrap();
    session.open().await.unwrap();
    session.close().await.unwrap();
    assert!(client.configuration("lte").unwrap().counters.received > 0, "there was a flood");
    client.shutdown().await;
    assert_eq!(network.raised(), []);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_requests_starves_no_report() {
    let lab = lab(USABLE, USABLE).await;
    let session = Arc::new(lab.session("wlan").await);
    let flood = tokio::spawn({
        let session = Arc::clone(&session);
        async move {
            loop {
                session.set_mode(Mode::Forced).await.unwrap();
                // time passes although the runtime is never idle
                tokio::time::advance(Duration::from_millis(1)).await;
            }
        }
    });
    let begin = Instant::now();
    session.open().await.unwrap();
    assert!(since(begin) < 310, "{} ms", since(begin));
    flood.abort();
}

#[tokio::test(start_paused = true)]
async fn the_default_route_moves_between_executors() {
    let (wlan, lte) = (Network::new(1), Network::new(2));
    let mut builder = Client::builder().executor(wlan.executor(ExecutorId(0))).executor(lte.executor(ExecutorId(1)));
    builder.access_point("wlan", AccessPoint::default());
    builder.access_point("lte", AccessPoint { executor: ExecutorId(1), ..AccessPoint::default() });
    builder.service_network("internet", Purpose::Public, [WLAN, LTE]);
    wlan.add(WLAN, AWAY);
    lte.add(LTE, USABLE);
    let client = builder.start().await.unwrap();
    let session = client.session("internet", SessionOptions::default()).await.unwrap();
    session.open().await.unwrap();
    secs(1).await;
    assert_eq!((client.default_route(), wlan.default_route(), lte.default_route()), (Some(LTE), None, Some(LTE)));
    wlan.appear(WLAN);
    secs(10).await;
    assert_eq!((client.default_route(), wlan.default_route(), lte.default_route()), (Some(WLAN), Some(WLAN), None));
    assert_eq!((wlan.up(), lte.up()), (vec![WLAN], vec![]));
    session.close().await.unwrap();
    secs(1).await;
    assert_eq!((client.default_route(), wlan.default_route(), wlan.up()), (None, None, vec![]));
}

#[tokio::test(start_paused = true)]
async fn an_executor_that_ends_takes_its_links_with_it() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    // somebody else shuts the executor down, behind the loop's back
    let mut sim = lab.network.executor(ExecutorId(0));
    sim.shutdown();
    lab.client.refresh().await.unwrap();
    secs(1).await;
    assert_eq!((session.is_open(), errors(&log.take()).len()), (false, 1));
    timeout(Duration::from_secs(60), lab.client.clone().shutdown()).await.expect("nothing to wait for");
}

#[tokio::test(start_paused = true)]
async fn settings_arrive() {
    let settings = Settings { settle: Duration::ZERO, offer_deadline: Duration::from_secs(3), ..Settings::default() };
    let lab = lab_with(AWAY, USABLE, settings).await;
    let session = lab.asked().await;
    session.open().await.unwrap();
    let begin = Instant::now();
    lab.network.appear(WLAN);
    let offer = session.next_offer().await.unwrap();
    assert_eq!(since(begin), 0);
    offer.withdrawn().await;
    assert_eq!(since(begin), 3000);
}

#[tokio::test(start_paused = true)]
async fn a_tap_sees_every_step() {
    let steps = Arc::new(Mutex::new(Vec::new()));
    let network = Network::new(1);
    let seen = Arc::clone(&steps);
    let mut builder = Client::builder()
        .tap(Box::new(move |input, outputs| seen.lock().unwrap().push((input.clone(), outputs.to_vec()))))
        .executor(network.executor(ExecutorId(0)));
    builder.access_point("wlan", AccessPoint::default());
    network.add(WLAN, USABLE);
    let client = builder.start().await.unwrap();
    let session = client.session("wlan", SessionOptions::default()).await.unwrap();
    session.open().await.unwrap();
    client.shutdown().await;
    // the same inputs into another hub give the same outputs
    let mut hub = netsession_fsm::hub::Hub::new(Settings::default());
    let steps = steps.lock().unwrap();
    let mut outputs = Vec::new();
    for (input, expected) in steps.iter() {
        outputs.clear();
        hub.step(input, &mut outputs);
        assert_eq!(&outputs, expected, "after {input:?}");
    }
    let opened = |outputs: &Vec<_>| format!("{outputs:?}").contains("Opened");
    assert!(steps.iter().any(|(_, outputs)| opened(outputs)));
}

#[tokio::test]
async fn what_does_not_fit_together_is_not_started() {
    let mut builder = Client::builder();
    builder.access_point("wlan", AccessPoint::default());
    let error = builder.start().await.unwrap_err();
    assert_eq!(error.to_string(), "nobody realises access point \"wlan\": executor 0 was not given");
    let network = Network::new(1);
    let mut builder = Client::builder().executor(network.executor(ExecutorId(0)));
    builder.access_point("wlan", AccessPoint::default());
    builder.access_point("wlan", AccessPoint::default());
    assert_eq!(builder.start().await.unwrap_err(), StartError::DuplicateName("wlan".into()));
    let mut builder = Client::builder().executor(network.executor(ExecutorId(0)));
    builder.service_network("internet", Purpose::Public, [LTE]);
    let error = builder.start().await.unwrap_err();
    assert_eq!(error, StartError::UnknownMember { of: "internet".into(), member: "access point 1".to_owned() });
    let twice = Client::builder().executor(network.executor(ExecutorId(0))).executor(network.executor(ExecutorId(0)));
    assert_eq!(twice.start().await.unwrap_err(), StartError::DuplicateExecutor(ExecutorId(0)));
}

#[tokio::test(start_paused = true)]
async fn monitors_follow_a_link_they_do_not_hold() {
    let lab = lab(USABLE, USABLE).await;
    let monitor = lab.session("wlan").await;
    let mut log = Log::of(&monitor);
    lab.network.happen(Action::BringUp(WLAN));
    millis(1).await;
    lab.network.happen(Action::TakeDown(WLAN));
    millis(1).await;
    assert_eq!(log.take(), [state(SessionState::Connected), state(SessionState::Disconnected)]);
}
