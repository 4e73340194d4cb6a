//! What the roaming machine tells of itself.

use super::{Old, RoamEffect, RoamEvent, RoamMemory, RoamState};
use crate::step::{Chart, Effects, Verdict, step};
use crate::words::Cause;

impl Chart for RoamMemory {
    type Leaf = RoamState;
    type Event = RoamEvent;
    type Effect = RoamEffect;

    const NAME: &'static str = "roaming";
    const INITIAL: RoamState = RoamState::Stable;
    const LEAVES: &'static [RoamState] = &[
        RoamState::Stable,
        RoamState::Offered,
        RoamState::Migrating,
        RoamState::Trial,
        RoamState::Committing,
        RoamState::Restoring,
        RoamState::Seeking,
    ];
    const ALPHABET: &'static [RoamEvent] = &[
        RoamEvent::CandidateFound { consulted: true, keeps_old: true },
        RoamEvent::CandidateFound { consulted: true, keeps_old: false },
        RoamEvent::NoCandidate,
        RoamEvent::CandidateVanished,
        RoamEvent::Migrate,
        RoamEvent::Ignore,
        RoamEvent::CandidateUp,
        RoamEvent::CandidateLost(Cause::CarrierLost),
        RoamEvent::Accept,
        RoamEvent::Reject,
        RoamEvent::Confirmed,
        RoamEvent::Refused(Cause::Route),
        RoamEvent::OldUp,
        RoamEvent::OldLost(Cause::CarrierLost),
        RoamEvent::Expired,
        RoamEvent::Ended,
    ];

    fn leaf_name(leaf: RoamState) -> &'static str {
        match leaf {
            RoamState::Stable => "Stable",
            RoamState::Seeking => "Seeking",
            RoamState::Offered => "Offered",
            RoamState::Migrating => "Migrating",
            RoamState::Trial => "Trial",
            RoamState::Committing => "Committing",
            RoamState::Restoring => "Restoring",
        }
    }

    fn superstates(leaf: RoamState) -> &'static [&'static str] {
        match leaf {
            RoamState::Stable => &[],
            RoamState::Seeking | RoamState::Offered | RoamState::Restoring => &["Handshake"],
            RoamState::Migrating | RoamState::Trial | RoamState::Committing => &["Handshake", "Roaming"],
        }
    }

    fn event_name(event: RoamEvent) -> &'static str {
        match event {
            RoamEvent::CandidateFound { keeps_old: true, .. } => "CandidateFound",
            RoamEvent::CandidateFound { keeps_old: false, .. } => "CandidateFound [same radio]",
            RoamEvent::NoCandidate => "NoCandidate",
            RoamEvent::CandidateVanished => "CandidateVanished",
            RoamEvent::Migrate => "Migrate",
            RoamEvent::Ignore => "Ignore",
            RoamEvent::Accept => "Accept",
            RoamEvent::Reject => "Reject",
            RoamEvent::CandidateUp => "CandidateUp",
            RoamEvent::CandidateLost(_) => "CandidateLost",
            RoamEvent::Confirmed => "Confirmed",
            RoamEvent::Refused(_) => "Refused",
            RoamEvent::OldUp => "OldUp",
            RoamEvent::OldLost(_) => "OldLost",
            RoamEvent::Expired => "Expired",
            RoamEvent::Ended => "Ended",
        }
    }

    fn memory_name(self, leaf: RoamState) -> &'static str {
        match (leaf, self.old) {
            (RoamState::Stable | RoamState::Seeking | RoamState::Restoring, _) => "",
            (RoamState::Offered, Old::Up) if !self.keeps_old => "old up, same radio",
            (_, Old::Up) => "old up",
            (_, Old::Gone) => "old gone",
            (_, Old::Yielded) => "old yielded",
        }
    }

    fn is_transient(leaf: RoamState) -> bool {
        leaf == RoamState::Seeking
    }

    fn step(&mut self, leaf: &mut RoamState, event: &RoamEvent, effects: &mut Effects<RoamEffect>) -> Verdict {
        step(self, leaf, event, effects)
    }
}
