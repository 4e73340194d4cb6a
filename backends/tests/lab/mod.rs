//! What do the tests share? A simulated office: wlan and lte behind the service network `internet`, and how to read notices.
#![allow(dead_code)]

use netsession_backends::client::{Change, Changes, Client, Offer, Session};
use netsession_backends::sim::{Behaviour, Network};
use netsession_fsm::hub::{Notice, SessionOptions, Settings};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Bearer, Cause, ConfigurationState, Error, ErrorKind, ExecutorId, Mode, Phase, Purpose, SessionState,
};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

pub(crate) const WLAN: AccessPointId = AccessPointId(0);
pub(crate) const LTE: AccessPointId = AccessPointId(1);
pub(crate) const USABLE: Behaviour = Behaviour {
    state: ConfigurationState::Discovered,
    raise: netsession_backends::sim::Outcome::Succeeds,
    raise_delay: Duration::from_millis(300),
    lower: netsession_backends::sim::Outcome::Succeeds,
    lower_delay: Duration::from_millis(50),
    prefer: netsession_backends::sim::Outcome::Succeeds,
    prefer_delay: Duration::from_millis(20),
    reachable: true,
    radio: None,
};
pub(crate) const AWAY: Behaviour = Behaviour { state: ConfigurationState::Defined, ..USABLE };

pub(crate) struct Lab {
    pub(crate) network: Network,
    pub(crate) client: Client,
}

/// The office with wlan and lte behaving so.
pub(crate) async fn lab(wlan: Behaviour, lte: Behaviour) -> Lab {
    lab_with(wlan, lte, Settings::default()).await
}

pub(crate) async fn lab_with(wlan: Behaviour, lte: Behaviour, settings: Settings) -> Lab {
    let network = Network::new(7);
    let mut builder = Client::builder().settings(settings).executor(network.executor(ExecutorId(0)));
    for (id, name, bearer, behaviour) in [(WLAN, "wlan", Bearer::Wlan, wlan), (LTE, "lte", Bearer::Lte, lte)] {
        let access_point = AccessPoint { bearer, radio: behaviour.radio, ..AccessPoint::default() };
        assert_eq!(builder.access_point(name, access_point), id);
        network.add(id, behaviour);
    }
    let internet = builder.service_network("internet", Purpose::Public, [WLAN, LTE]);
    builder.user_choice("anything", [LTE.into(), internet.into()]);
    Lab { network, client: builder.start().await.expect("a sound laboratory") }
}

impl Lab {
    pub(crate) async fn session(&self, name: &str) -> Session {
        self.client.session(name, SessionOptions::default()).await.expect("a session")
    }

    pub(crate) async fn asked(&self) -> Session {
        let options = SessionOptions { mode: Mode::Application, ..SessionOptions::default() };
        self.client.session("internet", options).await.expect("a session")
    }

    /// Whether nothing is raised and no route is moved.
    pub(crate) fn is_clean(&self) -> bool {
        self.network.raised().is_empty() && self.network.default_route().is_none()
    }
}

pub(crate) async fn millis(time: u64) {
    sleep(Duration::from_millis(time)).await;
}

pub(crate) async fn secs(time: u64) {
    sleep(Duration::from_secs(time)).await;
}

pub(crate) fn since(begin: Instant) -> u64 {
    u64::try_from(begin.elapsed().as_millis()).expect("not that long")
}

/// What a session told, in order; sequence numbers are checked to follow each other.
pub(crate) struct Log {
    changes: Changes,
    sequence: Option<u64>,
}

impl Log {
    pub(crate) fn of(session: &Session) -> Self {
        let mut log = Self { changes: session.changes(), sequence: None };
        assert_eq!(log.take(), [], "a subscription begins with a snapshot and nothing else");
        assert!(log.sequence.is_some());
        log
    }

    /// Notices since the last time.
    pub(crate) fn take(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        while let Some(change) = self.changes.try_next() {
            match change {
                Change::Snapshot(snapshot) => {
                    assert_eq!(self.sequence, None, "a second snapshot");
                    self.sequence = Some(snapshot.sequence);
                }
                Change::Notice { sequence, notice } => {
                    assert_eq!(Some(sequence), self.sequence.map(|last| last + 1), "{notice:?} is out of sequence");
                    self.sequence = Some(sequence);
                    notices.push(notice);
                }
            }
        }
        notices
    }
}

pub(crate) fn state(state: SessionState) -> Notice {
    Notice::StateChanged(state)
}

/// Kind and cause of every error in a list.
pub(crate) fn errors(notices: &[Notice]) -> Vec<(ErrorKind, Cause)> {
    let error = |notice: &Notice| if let Notice::Error(Error { kind, cause, .. }) = notice { Some((*kind, *cause)) } else { None };
    notices.iter().filter_map(error).collect()
}

/// Open on lte while wlan is away; asks the application.
pub(crate) async fn on_lte(wlan: Behaviour) -> (Lab, Session) {
    let lab = lab(AWAY, USABLE).await;
    let session = lab.asked().await;
    session.open().await.unwrap();
    assert_eq!(session.snapshot().active, Some(LTE));
    lab.network.behave(WLAN, wlan);
    (lab, session)
}

/// The next offer, which has to come within a minute.
pub(crate) async fn offer(session: &Session) -> Offer {
    timeout(Duration::from_secs(60), session.next_offer()).await.expect("an offer").expect("still running")
}

/// Whether no offer comes for so many seconds.
pub(crate) async fn quiet(session: &Session, secs: u64) -> bool {
    timeout(Duration::from_secs(secs), session.next_offer()).await.is_err()
}

pub(crate) fn standing(session: &Session) -> (SessionState, Phase, Option<AccessPointId>) {
    let snapshot = session.snapshot();
    (snapshot.state, snapshot.phase, snapshot.active)
}
