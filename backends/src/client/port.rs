//! What stands between a client and the hub: requests go in, answers and changes come out, in this process or from another one.

#[cfg(target_os = "linux")]
use super::socket::{Family, NoSocket, Side, SocketKind};
use super::{BrokerError, CatalogueChange, Change, Configuration};
use crate::executor::Carrier;
use netsession_fsm::hub::{Call, Input, SessionOptions, Snapshot};
use netsession_fsm::words::{AccessPointId, ConfigurationId, OfferId, Phase, Refusal, SessionId};
use std::fmt;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

/// Why a request was not carried out, with ids as the port knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// The hub says so.
    Hub(Refusal),
    /// What lies between the client and the hub says so.
    Broker(BrokerError),
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::Hub(refusal)
    }
}

/// Where the one answer to a request goes; dropped unanswered when the hub's side has ended.
pub struct Answer<T = ()>(Taker<T>);

enum Taker<T> {
    Channel(oneshot::Sender<Result<T, Denial>>),
    Call(Box<dyn FnOnce(Result<T, Refusal>) -> bool + Send>),
}

impl<T> Answer<T> {
    /// Calls `taker` with the answer, right after the notices of the same batch were delivered and before the next batch. It must not
    /// block. It says whether somebody took the answer.
    #[must_use]
    pub fn call(taker: impl FnOnce(Result<T, Refusal>) -> bool + Send + 'static) -> Self {
        Self(Taker::Call(Box::new(taker)))
    }

    /// Gives the hub's answer; `false` if nobody takes it.
    pub fn send(self, result: Result<T, Refusal>) -> bool {
        match self.0 {
            Taker::Channel(sender) => sender.send(result.map_err(Denial::Hub)).is_ok(),
            Taker::Call(taker) => taker(result),
        }
    }

    /// Gives the answer of a port to a broker, which a hub of this process never has: whoever is [called](Self::call) with answers is
    /// one, and dropped unanswered.
    pub fn deny(self, error: BrokerError) -> bool {
        match self.0 {
            Taker::Channel(sender) => sender.send(Err(Denial::Broker(error))).is_ok(),
            Taker::Call(_) => false,
        }
    }
}

impl<T> From<oneshot::Sender<Result<T, Denial>>> for Answer<T> {
    fn from(sender: oneshot::Sender<Result<T, Denial>>) -> Self {
        Self(Taker::Channel(sender))
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer")
    }
}

/// What a client can send.
#[derive(Debug)]
pub enum Request {
    /// A session is wanted.
    Create {
        /// On what.
        configuration: ConfigurationId,
        /// How.
        options: SessionOptions,
        /// Its id, or why not. If nobody takes the answer the session is dropped again.
        answer: Answer<SessionId>,
    },
    /// The owner let go of the session.
    Drop(SessionId),
    /// A call on a session.
    Call {
        /// Whose.
        session: SessionId,
        /// What.
        call: Call,
        /// Where the answer goes, if anybody wants it.
        answer: Option<Answer>,
    },
    /// A socket bound to a carrier of a session is wanted.
    #[cfg(target_os = "linux")]
    Socket {
        /// Whose.
        session: SessionId,
        /// Which of its carriers.
        side: Side,
        /// TCP or UDP.
        kind: SocketKind,
        /// IPv4 or IPv6.
        family: Family,
        /// The socket, or why there is none.
        answer: oneshot::Sender<Result<socket2::Socket, NoSocket>>,
    },
    /// A scan is wanted; answered when it ended.
    Refresh {
        /// Where the answer goes.
        answer: Answer,
    },
    /// A change of the catalogue or of the system: `Define`, `Remove`, `Default` or `SaveTraffic`, nothing else.
    Administer {
        /// The name a `Define` gives; of no meaning for the rest.
        name: Option<Arc<str>>,
        /// For the hub, unchanged.
        input: Input,
    },
    /// Close everything, put everything back, end; answered when that is done.
    Shutdown {
        /// Told when nothing is left.
        answer: oneshot::Sender<()>,
    },
}

/// A hub as its clients reach it. [`crate::drive`] implements it within this process.
///
/// All methods return at once. Reading is always of one committed state (SPEC §11): what a change announced is already readable.
pub trait Port: Send + Sync + fmt::Debug {
    /// Sends a request; `false` if the other side has ended.
    fn send(&self, request: Request) -> bool;

    /// Every configuration, sorted: access points, service networks, user choices, each in order of definition (SPEC §3).
    fn configurations(&self) -> Vec<Configuration>;

    /// One configuration; `None` for an unknown id. A removed one is `Absent`.
    fn configuration(&self, id: ConfigurationId) -> Option<Configuration>;

    /// The id behind a name; a removed configuration has none.
    fn id_of(&self, name: &str) -> Option<ConfigurationId>;

    /// The name of a configuration, also of a removed one.
    fn name_of(&self, id: ConfigurationId) -> Option<Arc<str>>;

    /// The default configuration (SPEC §3).
    fn default_configuration(&self) -> Option<ConfigurationId>;

    /// The access point the system default route goes through; `None`: as found (SPEC §7.4).
    fn default_route(&self) -> Option<AccessPointId>;

    /// How a session stands; `None` once it was dropped.
    fn snapshot(&self, session: SessionId) -> Option<Snapshot>;

    /// When the session was opened; `None` unless it is open.
    fn opened_at(&self, session: SessionId) -> Option<Instant>;

    /// The usable side of a link; `None` unless it is up.
    fn carrier(&self, access_point: AccessPointId) -> Option<Carrier>;

    /// A snapshot of the session, then every change after it; `None` once it was dropped.
    fn subscribe(&self, session: SessionId) -> Option<mpsc::UnboundedReceiver<Change>>;

    /// The phase of the session's handshake and the offer that waits for an answer, as they change; closed once it was dropped.
    fn handshake(&self, session: SessionId) -> Option<watch::Receiver<(Phase, Option<OfferId>)>>;

    /// A snapshot of the catalogue, then every change after it.
    fn watch(&self) -> mpsc::UnboundedReceiver<CatalogueChange>;
}
