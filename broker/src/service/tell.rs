//! What is there to be told, in order? One queue for all: batches of the hub, answers, and what is to be read between them.

use super::call::Call;
use crate::api::properties::{Property, Standing};
use netsession_backends::client::Configuration;
use netsession_fsm::hub::{Input, Notice};
use netsession_fsm::words::{AccessPointId, ConfigurationId, Refusal, SessionId};
use tokio::sync::oneshot;
use zbus::Message;

/// Something to be told.
#[derive(Debug)]
pub(super) enum Tell {
    /// What one input of the hub led to.
    Batch(Batch),
    /// A session was created.
    Created(Call, SessionId),
    /// The hub's answer to a call.
    Answer(Call, Result<(), Refusal>),
    /// A call that is answered as soon as the hub has taken this input.
    After(Call, Input),
    /// A call that reads what was told so far.
    Read(Call, Read),
    /// An answer that is ready; the call counts until it is sent.
    Ready(Message, Option<Call>),
    /// The counters are wanted as text, by nobody on the bus.
    Scrape(oneshot::Sender<String>),
    /// Everything before this is to be sent, then nothing more; answered when that is done.
    End(oneshot::Sender<()>),
}

/// What can be read.
#[derive(Debug)]
pub(super) enum Read {
    /// A property of the broker; `None`: all of them.
    Manager(Option<ManagerProperty>),
    /// A property of a session; `None`: all of them.
    Session(SessionId, Option<Property>),
    /// One configuration.
    Configuration(ConfigurationId, Sees),
    /// All of them.
    Configurations(Sees),
    /// The caller's sessions.
    Attach,
    /// The sessions that the caller may see.
    Sessions(Sees),
    /// Counters.
    Metrics,
}

/// Whose sessions a client sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sees {
    /// Its own.
    Own,
    /// Everybody's.
    All,
}

/// A property of the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ManagerProperty {
    Version,
    Online,
    DefaultConfiguration,
    DefaultRoute,
}

impl ManagerProperty {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Version, "Version"),
        (Self::Online, "Online"),
        (Self::DefaultConfiguration, "DefaultConfiguration"),
        (Self::DefaultRoute, "DefaultRoute"),
    ];
}

/// What one input of the hub led to.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// How the whole stands, if that may be different.
    pub(super) whole: Option<Whole>,
    /// What became of configurations.
    pub(super) catalogue: Vec<Catalogue>,
    /// What became of sessions.
    pub(super) sessions: Vec<Told>,
    /// The input, if somebody may wait until it is taken.
    pub(super) taken: Option<Input>,
}

impl Batch {
    /// Whether there is nothing to be told.
    pub(super) fn is_empty(&self) -> bool {
        self.whole.is_none() && self.catalogue.is_empty() && self.sessions.is_empty() && self.taken.is_none()
    }
}

/// How everything stands together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Whole {
    pub(super) online: bool,
    pub(super) default: Option<ConfigurationId>,
    pub(super) route: Option<AccessPointId>,
}

/// What became of a configuration.
#[derive(Debug)]
pub(super) enum Catalogue {
    /// It is new, or another one.
    Known(Box<Configuration>),
    /// It was removed.
    Removed(ConfigurationId),
    /// A scan ended.
    RefreshCompleted,
}

/// What became of a session.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) session: SessionId,
    /// How it stands; `None` once it is gone.
    pub(super) standing: Option<Standing>,
    /// Its signals, numbered.
    pub(super) notices: Vec<(u64, Notice)>,
}
