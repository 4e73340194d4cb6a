//! What can happen to a handshake.

use crate::words::Cause;

/// An event of the roaming machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RoamEvent {
    /// The hub found a candidate. From Offered: a better one (SPEC §6.2).
    CandidateFound {
        /// The application is asked; else the hub answers (SPEC §6.4).
        consulted: bool,
        /// The old link can stay up beside it; else they share a radio (SPEC §7.3).
        keeps_old: bool,
    },
    /// The hub found none.
    NoCandidate,
    /// The candidate that was offered is no longer usable or admissible.
    CandidateVanished,
    /// Answer to the offer.
    Migrate,
    /// Answer to the offer.
    Ignore,
    /// Verdict of the trial.
    Accept,
    /// Verdict of the trial.
    Reject,
    /// The candidate's link is up.
    CandidateUp,
    /// Raising the candidate failed, or its link is lost.
    CandidateLost(Cause),
    /// The default route is switched.
    Confirmed,
    /// The default route could not be switched.
    Refused(Cause),
    /// The old link is up again.
    OldUp,
    /// The old link is lost, or could not be raised again.
    OldLost(Cause),
    /// The deadline of the phase passed.
    Expired,
    /// The session is no longer open.
    Ended,
}
