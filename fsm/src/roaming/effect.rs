//! What the roaming machine asks of the hub.

use super::Why;
use crate::words::Cause;

/// Which of the deadlines is to be armed. A session has one at a time: a new one replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deadline {
    /// For the answer to an offer.
    Offer,
    /// For raising the candidate.
    Candidate,
    /// For the verdict.
    Trial,
    /// For switching the default route.
    Commit,
    /// For raising the old link again.
    Restore,
}

/// An effect of the roaming machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoamEffect {
    /// Number the offer and, if the application is consulted, notice `preferred_configuration_changed`.
    Offer,
    /// If the application is consulted, notice `offer_withdrawn`.
    Withdraw,
    /// On a shared radio: drop the lease of the old link and lower it.
    YieldOld,
    /// Lease the candidate and have it raised.
    LeaseCandidate,
    /// If the application is consulted, notice `new_configuration_activated`.
    Activate,
    /// Drop the candidate's lease.
    DropCandidate,
    /// Suppress the candidate for this session: ignored or rejected (SPEC §6.6).
    Suppress,
    /// Back off from the candidate: failed (SPEC §6.6).
    BackOff,
    /// Notice `error`: roaming failed.
    RoamFailed(Cause),
    /// Drop the old link's lease: the candidate takes its place.
    DropOld,
    /// The candidate is the active one now.
    Adopt,
    /// Lease the old link again and have it raised.
    RestoreOld,
    /// The old link is lost, or could not be had back: drop its lease and back off from it.
    LoseOld,
    /// Nothing is left: the session is lost.
    Lose(Why),
    /// Arm the session's deadline.
    Arm(Deadline),
    /// Disarm it.
    Disarm,
}
