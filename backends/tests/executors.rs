//! Do several executors in one process serve one service network? Each in a network of its own that knows nothing of the other.

mod lab;

use lab::{AWAY, LTE, USABLE, WLAN, millis, offer, secs};
use netsession_backends::client::{CatalogueChange, Client, RequestError, Session};
use netsession_backends::executor::{Event, Executor, Left, Notebook};
use netsession_backends::sim::{Behaviour, Network, Sim};
use netsession_fsm::hub::{CatalogueNotice, Command, Report, SessionOptions};
use netsession_fsm::words::{AccessPoint, Bearer, Capabilities, Cause, ConfigurationState, ErrorKind, ExecutorId, Mode, Purpose};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

struct Two {
    /// Has `wlan`.
    office: Network,
    /// Has `lte`.
    modem: Network,
    client: Client,
}

/// A service network of `wlan` on one executor and `lte` on another one.
async fn two(wlan: Behaviour, lte: Behaviour) -> Two {
    let (office, modem) = (Network::new(1), Network::new(2));
    let mut builder = Client::builder().executor(office.executor(ExecutorId(0))).executor(modem.executor(ExecutorId(3)));
    let of = |bearer, executor| AccessPoint { bearer, executor: ExecutorId(executor), ..AccessPoint::default() };
    assert_eq!(builder.access_point("wlan", of(Bearer::Wlan, 0)), WLAN);
    assert_eq!(builder.access_point("lte", of(Bearer::Lte, 3)), LTE);
    builder.service_network("internet", Purpose::Public, [WLAN, LTE]);
    office.add(WLAN, wlan);
    modem.add(LTE, lte);
    Two { office, modem, client: builder.start().await.expect("two executors") }
}

impl Two {
    async fn session(&self, mode: Mode) -> Session {
        self.client.session("internet", SessionOptions { mode, ..SessionOptions::default() }).await.expect("a session")
    }
}

#[tokio::test(start_paused = true)]
async fn an_accepted_trial_moves_from_one_to_the_other() {
    let two = two(AWAY, USABLE).await;
    let session = two.session(Mode::Application).await;
    session.open().await.unwrap();
    secs(1).await;
    assert_eq!((session.snapshot().active, two.modem.default_route()), (Some(LTE), Some(LTE)));
    two.office.appear(WLAN);
    let trial = offer(&session).await.migrate().await.expect("it comes up");
    assert_eq!((two.office.raised(), two.modem.raised()), (vec![WLAN], vec![LTE]), "make before break");
    assert_eq!((two.office.default_route(), two.modem.default_route()), (None, Some(LTE)), "a candidate never has the default route");
    trial.accept().await.expect("confirmed");
    assert_eq!(session.snapshot().active, Some(WLAN));
    assert_eq!((two.office.default_route(), two.modem.default_route()), (Some(WLAN), None), "the other one let go");
    secs(1).await;
    assert_eq!((two.office.raised(), two.modem.raised()), (vec![WLAN], vec![]));
    two.client.shutdown().await;
    assert_eq!((two.office.raised(), two.office.default_route()), (vec![], None));
}

#[tokio::test(start_paused = true)]
async fn a_loss_on_one_moves_to_the_other() {
    let two = two(USABLE, USABLE).await;
    let session = two.session(Mode::Forced).await;
    session.open().await.unwrap();
    assert_eq!((session.snapshot().active, two.modem.raised()), (Some(WLAN), vec![]));
    two.office.vanish(WLAN);
    secs(2).await;
    assert_eq!((session.snapshot().active, session.is_open()), (Some(LTE), true));
    assert_eq!(two.modem.default_route(), Some(LTE));
}

/// An executor that can start and stop links as long as it is said so.
#[derive(Debug)]
struct Onlooker(Sim, Arc<AtomicBool>);

impl Executor for Onlooker {
    fn name(&self) -> &'static str {
        "onlooker"
    }

    fn id(&self) -> ExecutorId {
        self.0.id()
    }

    fn capabilities(&self) -> Capabilities {
        let able = self.1.load(Ordering::Relaxed);
        if able { Capabilities::ALL } else { Capabilities::ALL.without(Capabilities::CAN_START_AND_STOP_INTERFACES) }
    }

    fn adopt(&mut self, left: Left, notebook: Notebook) {
        self.0.adopt(left, notebook);
    }

    fn act(&mut self, command: Command) {
        self.0.act(command);
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.poll_event(context)
    }

    fn shutdown(&mut self) {
        self.0.shutdown();
    }
}

/// An executor that cannot leave the default route as it found it until it is said so.
#[derive(Debug)]
struct Stubborn(Sim, Arc<AtomicBool>, VecDeque<Event>);

impl Executor for Stubborn {
    fn name(&self) -> &'static str {
        "stubborn"
    }

    fn id(&self) -> ExecutorId {
        self.0.id()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    fn adopt(&mut self, left: Left, notebook: Notebook) {
        self.0.adopt(left, notebook);
    }

    fn act(&mut self, command: Command) {
        match command {
            Command::Prefer { op, access_point: None } if !self.1.load(Ordering::Relaxed) => {
                self.2.push_back(Event::Report(Report::Route { op, result: Err(Cause::Route) }));
            }
            command => self.0.act(command),
        }
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.2.pop_front().map_or_else(|| self.0.poll_event(context), |event| Poll::Ready(Some(event)))
    }

    fn shutdown(&mut self) {
        self.0.shutdown();
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_could_not_let_go_of_the_route_is_asked_again() {
    let (network, lets_go) = (Network::new(1), Arc::new(AtomicBool::new(false)));
    let mut builder = Client::builder().executor(Stubborn(network.executor(ExecutorId(0)), Arc::clone(&lets_go), VecDeque::new()));
    assert_eq!(builder.access_point("wlan", AccessPoint::default()), WLAN);
    network.add(WLAN, Behaviour { state: ConfigurationState::Active, ..USABLE });
    let client = builder.start().await.expect("an executor");
    let session = client.session("wlan", SessionOptions::default()).await.unwrap();
    session.open().await.unwrap();
    secs(1).await;
    assert_eq!(network.default_route(), Some(WLAN));
    session.close().await.unwrap();
    secs(20).await;
    assert_eq!(network.default_route(), Some(WLAN), "it cannot");
    lets_go.store(true, Ordering::Relaxed);
    secs(20).await;
    assert_eq!(network.default_route(), None, "it was asked again");
    client.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn what_an_executor_cannot_do_its_access_points_cannot() {
    let network = Network::new(1);
    let mut builder = Client::builder().executor(Onlooker(network.executor(ExecutorId(0)), Arc::default()));
    assert_eq!(builder.access_point("wlan", AccessPoint::default()), WLAN);
    assert_eq!(builder.access_point("lte", AccessPoint::default()), LTE);
    network.add(WLAN, USABLE);
    network.add(LTE, Behaviour { state: ConfigurationState::Active, ..USABLE });
    let client = builder.start().await.expect("an executor");
    assert!(!client.configuration("wlan").unwrap().capabilities.has(Capabilities::CAN_START_AND_STOP_INTERFACES));
    let refused = |error: RequestError| match error {
        RequestError::Failed(failure) => (failure.error.kind, failure.error.cause),
        other => panic!("{other}"),
    };
    let expected = (ErrorKind::OperationNotSupported, Cause::CannotStartStop);
    let wlan = client.session("wlan", SessionOptions::default()).await.unwrap();
    assert_eq!(refused(wlan.open().await.unwrap_err()), expected);
    // what is up can be held, and not be stopped
    let lte = client.session("lte", SessionOptions::default()).await.unwrap();
    lte.open().await.unwrap();
    assert_eq!(refused(lte.stop().await.unwrap_err()), expected);
    assert!(lte.is_open(), "nothing was closed");
    assert_eq!(network.up(), [LTE]);
}

#[tokio::test(start_paused = true)]
async fn what_an_executor_learns_of_itself_counts_from_its_next_event_on() {
    let (network, able) = (Network::new(1), Arc::new(AtomicBool::new(true)));
    let mut builder = Client::builder().executor(Onlooker(network.executor(ExecutorId(0)), Arc::clone(&able)));
    assert_eq!(builder.access_point("wlan", AccessPoint::default()), WLAN);
    network.add(WLAN, USABLE);
    let client = builder.start().await.expect("an executor");
    let can = || client.configuration("wlan").unwrap().capabilities.has(Capabilities::CAN_START_AND_STOP_INTERFACES);
    assert!(can());
    able.store(false, Ordering::Relaxed);
    assert!(can(), "nobody told yet");
    let mut watch = client.watch();
    network.vanish(WLAN);
    network.appear(WLAN);
    secs(1).await;
    assert!(!can());
    let changed =
        std::iter::from_fn(|| watch.try_next()).any(|change| matches!(change, CatalogueChange::Notice(CatalogueNotice::Changed { .. })));
    assert!(changed, "watchers are told");
    let session = client.session("wlan", SessionOptions::default()).await.unwrap();
    assert!(matches!(session.open().await, Err(RequestError::Failed(failure)) if failure.error.cause == Cause::CannotStartStop));
}

#[tokio::test(start_paused = true)]
async fn each_shows_who_realises_it_and_what_that_can() {
    let two = two(USABLE, USABLE).await;
    millis(1).await;
    for name in ["wlan", "lte"] {
        let it = two.client.configuration(name).unwrap();
        assert_eq!((it.executor.as_deref(), it.capabilities), (Some("sim"), Capabilities::ALL), "{name}");
    }
    assert_eq!(two.client.configuration("internet").unwrap().executor, None);
}
