//! Does the drive loop treat all sides fairly, and carry everything where it belongs?

mod lab;

use lab::{AWAY, LTE, Log, USABLE, WLAN, errors, lab, lab_with, millis, secs, since, state};
use netsession_backends::client::{Client, StartError};
use netsession_backends::executor::{Event, Executor, Left, Notebook};
use netsession_backends::sim::{Action, Behaviour, Network};
use netsession_fsm::hub::{Command, Counters, Report, SessionOptions, Settings};
use netsession_fsm::words::{AccessPoint, Capabilities, ExecutorId, Purpose, SessionState};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout};
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

    fn adopt(&mut self, _: Left, _: Notebook) {}

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
    let session = lab.session("wlan").await;
    let client = lab.client.clone();
    let flood = tokio::spawn(async move {
        loop {
            // more than the loop takes in one go: there always is another request
            for _ in 0..500 {
                client.save_traffic(false).unwrap();
            }
            // time passes although the runtime is never idle
            tokio::time::advance(Duration::from_millis(1)).await;
        }
    });
    let begin = Instant::now();
    session.open().await.unwrap();
    assert!(since(begin) < 320, "{} ms", since(begin));
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
