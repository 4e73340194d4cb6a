//! Where a link can stand.

use crate::words::{ConfigurationState, SessionState};

/// A leaf of the link machine. Executor reports and our own commands bring a link from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LinkState {
    /// The access point does not exist (removed, or its executor is gone for good). Shown as Invalid.
    Absent,
    /// Known and not usable; where a link starts before its executor first reports. Shown as NotAvailable.
    #[default]
    Undefined,
    /// Stored and not in reach: no carrier, no interface. Shown as NotAvailable.
    Defined,
    /// Usable and down. Shown as Disconnected.
    Down,
    /// A `Raise` is under way, exactly one (S5), until the executor is done with it. Shown as Connecting.
    Raising,
    /// Usable and up. Shown as Connected.
    Up,
    /// A `Lower` is under way; ends only when the executor is done with it and the link is not Active. Shown as Closing.
    Lowering,
}

/// A superstate of the link machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkGroup {
    /// No command under way and not up: Absent, Undefined, Defined, Down. A report moves the link to what it says.
    Idle,
    /// Raising or Up: a forced lower takes it down.
    Standing,
}

/// What a link remembers beside its leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LinkMemory {
    /// We raised it and have not lowered it since. Also true after the link was lost by itself: the executor keeps what it needs to
    /// notice the link's return until we lower it.
    pub ours: bool,
}

impl LinkState {
    /// The state of the access point it realises (SPEC §3).
    #[must_use]
    pub const fn configuration_state(self) -> ConfigurationState {
        match self {
            Self::Absent => ConfigurationState::Absent,
            Self::Undefined => ConfigurationState::Undefined,
            Self::Defined => ConfigurationState::Defined,
            Self::Down | Self::Raising | Self::Lowering => ConfigurationState::Discovered,
            Self::Up => ConfigurationState::Active,
        }
    }

    /// What a session that mirrors it shows (SPEC §4).
    #[must_use]
    pub const fn session_state(self) -> SessionState {
        match self {
            Self::Absent => SessionState::Invalid,
            Self::Undefined | Self::Defined => SessionState::NotAvailable,
            Self::Down => SessionState::Disconnected,
            Self::Raising => SessionState::Connecting,
            Self::Up => SessionState::Connected,
            Self::Lowering => SessionState::Closing,
        }
    }

    /// Whether it occupies its radio (SPEC §7.3).
    #[must_use]
    pub const fn occupies_radio(self) -> bool {
        matches!(self, Self::Raising | Self::Up | Self::Lowering)
    }

    /// The leaf for a report while nothing of ours is under way.
    pub(crate) const fn reported(state: ConfigurationState) -> Self {
        match state {
            ConfigurationState::Absent => Self::Absent,
            ConfigurationState::Undefined => Self::Undefined,
            ConfigurationState::Defined => Self::Defined,
            ConfigurationState::Discovered => Self::Down,
            ConfigurationState::Active => Self::Up,
        }
    }
}
