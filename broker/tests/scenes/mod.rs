//! What do applications do? Scenes over a client, the same whether its hub is in this process or behind a broker.

mod catalogue;
mod handshake;
mod sessions;

pub(crate) use catalogue::*;
pub(crate) use handshake::*;
pub(crate) use sessions::*;

use crate::rig::{self, LTE, Rig, WLAN, eventually};
use netsession_backends::client::{Change, Changes, Client, Offer, Session};
use netsession_backends::sim::Network;
use netsession_broker::client::{Bus, connect};
use netsession_fsm::hub::{Notice, SessionOptions};
use netsession_fsm::words::{AccessPointId, Cause, Error, ErrorKind, Mode, Phase, SessionState};
use std::time::Duration;
use tokio::time::timeout;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Lte in reach and wlan not, in the service network `office`, wlan first; and a client of a hub over them.
pub(crate) struct World {
    pub(crate) network: Network,
    pub(crate) client: Client,
    pub(crate) rig: Option<Rig>,
}

impl World {
    pub(crate) async fn in_process() -> Self {
        let network = rig::network();
        let (client, _) = rig::hub(&network, rig::settings(), None).await;
        Self { network, client, rig: None }
    }

    pub(crate) async fn brokered() -> Self {
        let rig = Rig::start().await;
        let client = connect(Bus::Address(rig.bus.address.clone())).await.unwrap();
        Self { network: rig.network.clone(), client, rig: Some(rig) }
    }

    pub(crate) async fn session(&self, name: &str) -> Session {
        self.client.session(name, SessionOptions::default()).await.unwrap()
    }

    pub(crate) async fn asked(&self) -> Session {
        self.client.session("office", SessionOptions { mode: Mode::Application, ..SessionOptions::default() }).await.unwrap()
    }

    /// Open on lte while wlan is away; asks the application.
    pub(crate) async fn on_lte(&self) -> Session {
        let session = self.asked().await;
        session.open().await.unwrap();
        assert_eq!(standing(&session), (SessionState::Connected, Phase::Stable, Some(LTE)));
        session
    }

    /// Waits until just these links are up and raised by us.
    pub(crate) async fn raised(&self, links: &[AccessPointId]) {
        eventually("links", || self.network.raised() == links && self.network.up() == links).await;
    }

    /// Everything that was said before is here.
    pub(crate) async fn settled(&self) {
        self.client.refresh().await.unwrap();
    }

    /// Everything is let go, and nothing is left.
    pub(crate) async fn end(self) {
        self.client.shutdown().await;
        match self.rig {
            Some(rig) => {
                // the links of a client that left are lowered by the broker, which goes on
                eventually("links", || self.network.raised().is_empty()).await;
                rig.end().await;
            }
            None => assert_eq!(self.network.raised(), []),
        }
    }
}

pub(crate) fn standing(session: &Session) -> (SessionState, Phase, Option<AccessPointId>) {
    let snapshot = session.snapshot();
    (snapshot.state, snapshot.phase, snapshot.active)
}

pub(crate) fn state(state: SessionState) -> Notice {
    Notice::StateChanged(state)
}

/// Kind and cause of every error in a list.
pub(crate) fn errors(notices: &[Notice]) -> Vec<(ErrorKind, Cause)> {
    let error = |notice: &Notice| if let Notice::Error(Error { kind, cause, .. }) = notice { Some((*kind, *cause)) } else { None };
    notices.iter().filter_map(error).collect()
}

/// The next offer.
pub(crate) async fn offer(session: &Session) -> Offer {
    timeout(PATIENCE, session.next_offer()).await.expect("an offer").expect("still running")
}

/// Waits for a phase.
pub(crate) async fn phase(session: &Session, phase: Phase) {
    eventually("phase", || session.snapshot().phase == phase).await;
}

/// What a session told, in order; sequence numbers are checked to follow each other.
pub(crate) struct Log {
    changes: Changes,
    sequence: u64,
}

impl Log {
    pub(crate) fn of(session: &Session) -> Self {
        let mut changes = session.changes();
        let Some(Change::Snapshot(snapshot)) = changes.try_next() else { panic!("a subscription begins with a snapshot") };
        Self { changes, sequence: snapshot.sequence }
    }

    fn note(&mut self, change: Change) -> Notice {
        let Change::Notice { sequence, notice } = change else { panic!("a second snapshot") };
        assert_eq!(sequence, self.sequence + 1, "{notice:?} is out of sequence");
        self.sequence = sequence;
        notice
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Notice {
        let change = timeout(PATIENCE, self.changes.next()).await.expect("a change").expect("still running");
        self.note(change)
    }

    /// So many.
    pub(crate) async fn take(&mut self, count: usize) -> Vec<Notice> {
        let mut notices = Vec::new();
        while notices.len() < count {
            notices.push(self.next().await);
        }
        notices
    }

    /// Just these come next.
    pub(crate) async fn says(&mut self, notices: &[Notice]) {
        assert_eq!(self.take(notices.len()).await, notices);
    }

    /// Everything that is here already.
    pub(crate) fn rest(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        while let Some(change) = self.changes.try_next() {
            notices.push(self.note(change));
        }
        notices
    }
}

/// The wlan comes into reach.
pub(crate) fn appear(world: &World) {
    world.network.appear(WLAN);
}
