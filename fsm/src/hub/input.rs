//! What goes into the hub: definitions, requests of clients, reports of executors, fired timers.

use crate::words::{
    AccessPoint, AccessPointId, ConfigurationId, Mode, OfferId, RequestId, Requirements, ServiceNetwork, ServiceNetworkId, SessionId,
    UserChoice, UserChoiceId,
};
use core::time::Duration;

use super::{Kept, Report, Timer};
use alloc::boxed::Box;

/// One input; [`super::Hub::step`] answers each with one batch of outputs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Input {
    /// A configuration is new, or its attributes changed. A new id is the next in its order, else it is refused.
    Define(Definition),
    /// A configuration is gone (SPEC §5: Invalid, `closed` and an error if it was held).
    Remove(ConfigurationId),
    /// The backend's own default configuration (SPEC §3).
    Default(Option<ConfigurationId>),
    /// The system asks to save traffic (SPEC §10).
    SaveTraffic(bool),
    /// A client wants a session; answered by [`super::Output::Created`] or a refusal.
    Create {
        /// Chosen by the client.
        request: RequestId,
        /// On what.
        configuration: ConfigurationId,
        /// How.
        options: SessionOptions,
    },
    /// A session's owner let go of it or died: as close (SPEC §6.3, §8); the id is never valid again.
    Drop(SessionId),
    /// A request of a session's client.
    Request {
        /// Whose.
        session: SessionId,
        /// Chosen by the client, repeated in the answer.
        request: RequestId,
        /// What.
        call: Call,
    },
    /// A client asks for a scan; answered when it ended (SPEC §3).
    Refresh {
        /// Chosen by the client.
        request: RequestId,
    },
    /// An executor reports.
    Report(Report),
    /// A timer that was armed ran out.
    Fired(Timer),
    /// What was kept of a hub before a crash (SPEC §8), for one that has been told its definitions and nothing else. Each record that
    /// makes no sense is refused by name ([`Refusal::Unkept`](crate::words::Refusal::Unkept)), the others are taken up.
    Restore(Box<Kept>),
}

/// A configuration with its attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Definition {
    /// An access point; its state is Undefined until its executor reports.
    AccessPoint(AccessPointId, AccessPoint),
    /// A service network.
    ServiceNetwork(ServiceNetworkId, ServiceNetwork),
    /// A user choice.
    UserChoice(UserChoiceId, UserChoice),
}

impl Definition {
    /// Of which configuration.
    #[must_use]
    pub fn id(&self) -> ConfigurationId {
        match self {
            Self::AccessPoint(id, _) => (*id).into(),
            Self::ServiceNetwork(id, _) => (*id).into(),
            Self::UserChoice(id, _) => (*id).into(),
        }
    }
}

/// How a session is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct SessionOptions {
    /// Who answers offers (SPEC §6.1). Without a choice: Forced.
    pub mode: Mode,
    /// What the session asks of access points (SPEC §6.2).
    pub requirements: Requirements,
    /// Whether the client may stop links others hold (SPEC §5).
    pub may_stop: bool,
    /// Open again by itself when a lost configuration is usable again (SPEC §5: an explicit option).
    pub reopen: bool,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self { mode: Mode::Forced, requirements: Requirements::NONE, may_stop: true, reopen: false }
    }
}

/// What a client can ask of its session (SPEC §5, §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Call {
    /// Get on the network. `choice`: what the chooser picked for a user choice; without one, the first usable in the user's order.
    Open {
        /// One of the user choice's options; ignored for other kinds.
        choice: Option<ConfigurationId>,
    },
    /// Let go of it.
    Close,
    /// Take the link down whoever holds it.
    Stop,
    /// Answer to an offer: raise the candidate.
    Migrate(OfferId),
    /// Answer to an offer: stay.
    Ignore(OfferId),
    /// Verdict of a trial: move.
    Accept(OfferId),
    /// Verdict of a trial: go back.
    Reject(OfferId),
    /// "This carrier does not serve me" (SPEC §6.5).
    RequestRoam,
    /// Who answers from now on (SPEC §6.1).
    SetMode(Mode),
    /// What is asked of access points from now on.
    SetRequirements(Requirements),
    /// Do not roam voluntarily for this long; a new window replaces the old one, zero ends it (SPEC §6.1).
    Suppress(Duration),
}
