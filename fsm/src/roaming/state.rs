//! Where a handshake can stand.

use crate::words::{Cause, Phase};

/// A leaf of the roaming machine (SPEC §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RoamState {
    /// No handshake. Where every session starts and every handshake ends.
    #[default]
    Stable,
    /// The old link is gone and the hub is looking for the next candidate. Never seen outside a step of the hub.
    Seeking,
    /// A candidate was found; the application (or, when forced, the hub) is to migrate or ignore.
    Offered,
    /// Migrate was answered: the candidate is leased and being raised. On a shared radio the old link is lowered first.
    Migrating,
    /// The candidate is up; accept or reject is awaited.
    Trial,
    /// Accepted: the default route is being switched.
    Committing,
    /// The candidate was given up and the old link, lowered for it, is being raised again.
    Restoring,
}

/// A superstate of the roaming machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoamGroup {
    /// A handshake is under way: Seeking, Offered and all of Roaming. Ends when the session does.
    Handshake,
    /// The candidate is leased: Migrating, Trial, Committing. Losing the old link is remembered.
    Roaming,
}

/// What is with the old link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Old {
    /// It is up and leased.
    #[default]
    Up,
    /// It is lost: there is nothing to go back to.
    Gone,
    /// It was lowered for the candidate on the same radio and can be raised again (SPEC §7.3).
    Yielded,
}

/// Why nothing would be left, if nothing is (SPEC §6.3 *Lost*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Why {
    /// The link was lost and there was nowhere to roam: SessionAborted.
    Nowhere(Cause),
    /// Roaming failed: RoamingError.
    Failed(Cause),
    /// The application ignored or rejected what was left: SessionAborted.
    Declined,
}

impl Default for Why {
    fn default() -> Self {
        Self::Nowhere(Cause::Unknown)
    }
}

/// What a handshake remembers beside its leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RoamMemory {
    /// What is with the old link; Up while Stable.
    pub old: Old,
    /// This handshake's questions go to the application.
    pub consulted: bool,
    /// The candidate and the old link can be up together.
    pub keeps_old: bool,
    /// What to say if nothing is left.
    pub why: Why,
}

impl RoamState {
    /// The phase as the contract names it.
    #[must_use]
    pub const fn phase(self) -> Phase {
        match self {
            Self::Stable | Self::Seeking => Phase::Stable,
            Self::Offered => Phase::Offered,
            Self::Migrating => Phase::Migrating,
            Self::Trial => Phase::Trial,
            Self::Committing => Phase::Committing,
            Self::Restoring => Phase::Restoring,
        }
    }

    /// Whether the candidate is leased here.
    #[must_use]
    pub const fn leases_candidate(self) -> bool {
        matches!(self, Self::Migrating | Self::Trial | Self::Committing)
    }
}

impl RoamMemory {
    /// Whether the old (or only) link is leased in this leaf.
    #[must_use]
    pub const fn leases_old(self, leaf: RoamState) -> bool {
        matches!(self.old, Old::Up) || matches!(leaf, RoamState::Restoring)
    }

    /// Whether the old link is reserved to be raised again, so that nobody else may take its radio.
    #[must_use]
    pub const fn reserves_old(self, leaf: RoamState) -> bool {
        matches!(self.old, Old::Yielded) && leaf.leases_candidate()
    }
}
