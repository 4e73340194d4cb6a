//! What comes out of the hub: commands, timers, answers and notices, in order (SPEC §11).

use super::{Command, Counters};
use crate::words::{
    AccessPointId, ConfigurationId, ConfigurationState, Error, ExecutorId, OfferId, OfferKind, Phase, Refusal, RequestId, SessionId,
    SessionState,
};
use core::time::Duration;

/// One output. Within a batch: commands and timers in the order they arose, then notices, each session's together and in the
/// order of SPEC §11, then answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Output {
    /// For an executor.
    Command(Command),
    /// Deliver [`super::Input::Fired`] after this time; replaces the same timer if it is armed.
    Arm(Timer, Duration),
    /// Forget the timer.
    Disarm(Timer),
    /// For a session's client.
    Notice {
        /// Whose.
        session: SessionId,
        /// Strictly growing by one per notice of a session.
        sequence: u64,
        /// What.
        notice: Notice,
    },
    /// For whoever watches configurations.
    Catalogue(CatalogueNotice),
    /// A session was created.
    Created {
        /// The request it answers.
        request: RequestId,
        /// Its id.
        session: SessionId,
    },
    /// The one answer to a request.
    Answer {
        /// The session that asked; `None` for requests without one.
        session: Option<SessionId>,
        /// The request.
        request: RequestId,
        /// How it went.
        result: Result<(), Refusal>,
    },
    /// An input that makes no sense (a definition out of order, an unknown id) was dropped and changed nothing.
    Refused(Refusal),
}

/// Something a session tells its client (SPEC §4 to §6, §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Notice {
    /// The public state is another one.
    StateChanged(SessionState),
    /// The usage policies are others.
    PoliciesChanged(Policies),
    /// The session is open.
    Opened,
    /// The session is no longer open. The last notice until the next open, but for state changes and an error that says why.
    Closed,
    /// A better, or the only remaining, access point: answer `Migrate` or `Ignore` (Qt: `preferredConfigurationChanged`).
    PreferredConfigurationChanged(Offer),
    /// The candidate is up: test it and answer `Accept` or `Reject` (Qt: `newConfigurationActivated`).
    NewConfigurationActivated {
        /// The offer that led here.
        offer: OfferId,
        /// The candidate.
        access_point: AccessPointId,
    },
    /// The offer no longer stands.
    OfferWithdrawn(OfferId),
    /// Something went wrong.
    Error(Error),
}

/// An access point put to an application (SPEC §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Offer {
    /// Every answer names it.
    pub id: OfferId,
    /// The candidate.
    pub access_point: AccessPointId,
    /// Upgrade or downgrade.
    pub kind: OfferKind,
    /// Sockets survive the move by themselves (Qt: `isSeamless`). No executor of ours can promise it.
    pub seamless: bool,
    /// The old link stays up during the trial; false on a shared radio (SPEC §7.3).
    pub keeps_old: bool,
}

/// Usage policies (SPEC §10). A set of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Policies(pub u8);

impl Policies {
    /// Nothing is asked of the application.
    pub const NONE: Self = Self(0);
    /// The application should not send what the user did not ask for.
    pub const NO_BACKGROUND_TRAFFIC: Self = Self(1);
}

/// Something about configurations (SPEC §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum CatalogueNotice {
    /// A configuration is new.
    Added(ConfigurationId),
    /// Its state or an attribute changed.
    Changed {
        /// Which.
        configuration: ConfigurationId,
        /// Its state now.
        state: ConfigurationState,
    },
    /// A configuration was removed.
    Removed(ConfigurationId),
    /// Whether some access point is active changed.
    OnlineChanged(bool),
    /// A scan ended.
    RefreshCompleted,
    /// The system default route goes through another link now, confirmed by the executor.
    DefaultRouteChanged(Option<AccessPointId>),
}

/// A timer, as data: the shell owns the clock (SPEC §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Timer {
    /// What the session is doing takes too long: connecting, or a phase of the handshake.
    Session(SessionId),
    /// A suppression or back-off of one candidate for one session ends (SPEC §6.6).
    Suppression(SessionId, AccessPointId),
    /// A session's suppression window ends (SPEC §6.1).
    Window(SessionId),
    /// An access point has been usable long enough to be offered (SPEC §6.2).
    Settle(AccessPointId),
    /// Lowering was not confirmed: try again.
    Lower(AccessPointId),
    /// Switching the default route failed: try again.
    Route,
    /// The executor did not come back (SPEC §9).
    Grace(ExecutorId),
    /// A scan takes too long.
    Refresh,
}

/// How a session stands: what a subscriber gets first (SPEC §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot {
    /// Sequence number of the last notice.
    pub sequence: u64,
    /// What it is on.
    pub configuration: ConfigurationId,
    /// What a user choice resolved to.
    pub chosen: Option<ConfigurationId>,
    /// Public state.
    pub state: SessionState,
    /// Whether it is open.
    pub open: bool,
    /// The access point in use; `None` unless open.
    pub active: Option<AccessPointId>,
    /// In Trial: the new link.
    pub candidate: Option<AccessPointId>,
    /// Phase of the handshake.
    pub phase: Phase,
    /// The pending offer: in Offered to migrate or ignore, in Trial to accept or reject.
    pub offer: Option<Offer>,
    /// Usage policies.
    pub policies: Policies,
    /// Bytes so far, across roaming.
    pub counters: Counters,
}
