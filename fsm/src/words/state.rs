//! What a session shows of itself: public state, phase of the handshake, roaming mode.

/// Public state of a session, names and numbers as in Qt (SPEC §4). Derived, never set by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum SessionState {
    /// There is no such configuration (any more).
    #[default]
    Invalid = 0,
    /// The configuration is known and cannot be used now.
    NotAvailable = 1,
    /// A link is being raised for the session.
    Connecting = 2,
    /// The link is up. Usable for sockets if the session is open.
    Connected = 3,
    /// The link is being lowered.
    Closing = 4,
    /// The configuration is usable and its link is down.
    Disconnected = 5,
    /// An open session is between two links.
    Roaming = 6,
}

/// Who answers when a better access point appears, per session (SPEC §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Mode {
    /// The session never roams: a lost link closes it.
    Off,
    /// The hub decides by itself (SPEC §6.4).
    #[default]
    Forced,
    /// The application is asked: application level roaming (SPEC §6.3).
    Application,
}

/// Phase of the roaming handshake (SPEC §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Phase {
    /// No handshake.
    #[default]
    Stable,
    /// A candidate was put to the application.
    Offered,
    /// The candidate is being raised.
    Migrating,
    /// The candidate is up and being tested.
    Trial,
    /// Accepted; the default route is being switched.
    Committing,
    /// On a shared radio: the old link, lowered for the candidate, is being raised again.
    Restoring,
}

/// Why something is offered (SPEC §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum OfferKind {
    /// Better than the current link, which is up.
    Upgrade,
    /// The current link is lost; the best of what is left.
    Downgrade,
}
