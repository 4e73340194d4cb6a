//! What each leaf of the roaming machine does with each event: total matches, no wildcard on the state.

use super::{Deadline, Old, RoamEffect, RoamEvent, RoamGroup, RoamMemory, RoamState, Why};
use crate::step::Effects;
use crate::words::Cause;
use statig::Outcome::{self, Handled, Super, Transition};
use statig::blocking::{IntoStateMachine, State, Superstate};

type Context = Effects<RoamEffect>;

impl IntoStateMachine for RoamMemory {
    type Event<'a> = RoamEvent;
    type Context<'a> = Context;
    type State = RoamState;
    type Superstate<'a> = RoamGroup;

    fn initial() -> RoamState {
        RoamState::Stable
    }
}

impl State<RoamMemory> for RoamState {
    fn call_handler(&mut self, memory: &mut RoamMemory, event: &RoamEvent, effects: &mut Context) -> Outcome<Self> {
        match self {
            Self::Stable => stable(memory, event, effects),
            Self::Seeking => seeking(memory, event, effects),
            Self::Offered => offered(memory, event, effects),
            Self::Migrating => migrating(memory, event, effects),
            Self::Trial => trial(memory, event, effects),
            Self::Committing => committing(memory, event, effects),
            Self::Restoring => restoring(memory, event, effects),
        }
    }

    fn call_entry_action(&mut self, memory: &mut RoamMemory, effects: &mut Context) {
        match self {
            Self::Stable => {
                *memory = RoamMemory::default();
                effects.push(RoamEffect::Disarm);
            }
            Self::Seeking => {}
            Self::Offered => effects.push(RoamEffect::Arm(Deadline::Offer)),
            Self::Migrating => effects.push(RoamEffect::Arm(Deadline::Candidate)),
            Self::Trial => effects.push(RoamEffect::Arm(Deadline::Trial)),
            Self::Committing => effects.push(RoamEffect::Arm(Deadline::Commit)),
            Self::Restoring => effects.push(RoamEffect::Arm(Deadline::Restore)),
        }
    }

    fn superstate(&mut self) -> Option<RoamGroup> {
        match self {
            Self::Stable => None,
            Self::Seeking | Self::Offered | Self::Restoring => Some(RoamGroup::Handshake),
            Self::Migrating | Self::Trial | Self::Committing => Some(RoamGroup::Roaming),
        }
    }
}

impl Superstate<RoamMemory> for RoamGroup {
    fn call_handler(&mut self, memory: &mut RoamMemory, event: &RoamEvent, effects: &mut Context) -> Outcome<RoamState> {
        let _ = effects;
        match (self, event) {
            (Self::Handshake, RoamEvent::Ended) => Transition(RoamState::Stable),
            (Self::Roaming, RoamEvent::OldLost(cause)) if memory.old == Old::Up => {
                memory.old = Old::Gone;
                memory.why = Why::Nowhere(*cause);
                effects.push(RoamEffect::LoseOld);
                Handled
            }
            (Self::Handshake | Self::Roaming, _) => Super,
        }
    }

    fn superstate(&mut self) -> Option<Self> {
        match self {
            Self::Handshake => None,
            Self::Roaming => Some(Self::Handshake),
        }
    }
}

fn stable(memory: &mut RoamMemory, event: &RoamEvent, effects: &mut Context) -> Outcome<RoamState> {
    match event {
        RoamEvent::CandidateFound { consulted, keeps_old } => offer(memory, *consulted, *keeps_old, effects),
        RoamEvent::OldLost(cause) => {
            memory.old = Old::Gone;
            memory.why = Why::Nowhere(*cause);
            effects.push(RoamEffect::LoseOld);
            Transition(RoamState::Seeking)
        }
        RoamEvent::NoCandidate
        | RoamEvent::CandidateVanished
        | RoamEvent::Migrate
        | RoamEvent::Ignore
        | RoamEvent::Accept
        | RoamEvent::Reject
        | RoamEvent::CandidateUp
        | RoamEvent::CandidateLost(_)
        | RoamEvent::Confirmed
        | RoamEvent::Refused(_)
        | RoamEvent::OldUp
        | RoamEvent::Expired
        | RoamEvent::Ended => Super,
    }
}

fn seeking(memory: &mut RoamMemory, event: &RoamEvent, effects: &mut Context) -> Outcome<RoamState> {
    match event {
        RoamEvent::CandidateFound { consulted, .. } => offer(memory, *consulted, true, effects),
        RoamEvent::NoCandidate => {
            effects.push(RoamEffect::Lose(memory.why));
            Transition(RoamState::Stable)
        }
        RoamEvent::CandidateVanished
        | RoamEvent::Migrate
        | RoamEvent::Ignore
        | RoamEvent::Accept
        | RoamEvent::Reject
        | RoamEvent::CandidateUp
        | RoamEvent::CandidateLost(_)
        | RoamEvent::Confirmed
        | RoamEvent::Refused(_)
        | RoamEvent::OldUp
        | RoamEvent::OldLost(_)
        | RoamEvent::Expired
        | RoamEvent::Ended => Super,
    }
}

fn offered(memory: &mut RoamMemory, event: &RoamEvent, effects: &mut Context) -> Outcome<RoamState> {
    match event {
        RoamEvent::CandidateFound { consulted, keeps_old } => {
            effects.push(RoamEffect::Withdraw);
            offer(memory, *consulted, *keeps_old, effects)
        }
        RoamEvent::Migrate => {
            if memory.old == Old::Up && !memory.keeps_old {
                memory.old = Old::Yielded;
                effects.push(RoamEffect::YieldOld);
            }
            effects.push(RoamEffect::LeaseCandidate);
            Transition(RoamState::Migrating)
        }
        RoamEvent::Ignore => decline(memory, effects),
        RoamEvent::Expired => {
            effects.push(RoamEffect::Withdraw);
            decline(memory, effects)
        }
        RoamEvent::CandidateVanished => {
            effects.push(RoamEffect::Withdraw);
            back(memory, Why::Failed(Cause::NoCandidate), effects)
        }
        RoamEvent::OldLost(cause) if memory.old == Old::Up => {
            memory.old = Old::Gone;
            memory.why = Why::Nowhere(*cause);
            effects.push(RoamEffect::LoseOld);
            Handled
        }
        RoamEvent::NoCandidate
        | RoamEvent::Accept
        | RoamEvent::Reject
        | RoamEvent::CandidateUp
        | RoamEvent::CandidateLost(_)
        | RoamEvent::Confirmed
        | RoamEvent::Refused(_)
        | RoamEvent::OldUp
        | RoamEvent::OldLost(_)
        | RoamEvent::Ended => Super,
    }
}

fn migrating(memory: &mut RoamMemory, event: &RoamEvent, effects: &mut Context) -> Outcome<RoamState> {
    match event {
        RoamEvent::CandidateUp => {
            effects.push(RoamEffect::Activate);
            Transition(RoamState::Trial)
        }
        RoamEvent::CandidateLost(cause) => fail(memory, *cause, effects),
        RoamEvent::Expired => fail(memory, Cause::Timeout, effects),
        RoamEvent::CandidateFound { .. }
        | RoamEvent::NoCandidate
        | RoamEvent::CandidateVanished
        | RoamEvent::Migrate
        | RoamEvent::Ignore
        | RoamEvent::Accept
        | RoamEvent::Reject
        | RoamEvent::Confirmed
        | RoamEvent::Refused(_)
        | RoamEvent::OldUp
        | RoamEvent::OldLost(_)
        | RoamEvent::Ended => Super,
    }
}

fn trial(memory: &mut RoamMemory, event: &RoamEvent, effects: &mut Context) -> Outcome<RoamState> {
    match event {
        RoamEvent::Accept => Transition(RoamState::Committing),
        RoamEvent::Reject => {
            effects.push(RoamEffect::DropCandidate);
            decline(memory, effects)
        }
        RoamEvent::Expired => {
            effects.push(RoamEffect::Withdraw);
            effects.push(RoamEffect::DropCandidate);
            decline(memory, effects)
        }
        RoamEvent::CandidateLost(cause) => fail(memory, *cause, effects),
        RoamEvent::CandidateFound { .. }
        | RoamEvent::NoCandidate
        | RoamEvent::CandidateVanished
        | RoamEvent::Migrate
        | RoamEvent::Ignore
        | RoamEvent::CandidateUp
        | RoamEvent::Confirmed
        | RoamEvent::Refused(_)
        | RoamEvent::OldUp
        | RoamEvent::OldLost(_)
        | RoamEvent::Ended => Super,
    }
}

fn committing(memory: &mut RoamMemory, event: &RoamEvent, effects: &mut Context) -> Outcome<RoamState> {
    match event {
        RoamEvent::Confirmed => {
            if memory.old == Old::Up {
                effects.push(RoamEffect::DropOld);
            }
            effects.push(RoamEffect::Adopt);
            Transition(RoamState::Stable)
        }
        RoamEvent::Refused(cause) | RoamEvent::CandidateLost(cause) => fail(memory, *cause, effects),
        RoamEvent::Expired => fail(memory, Cause::Timeout, effects),
        RoamEvent::CandidateFound { .. }
        | RoamEvent::NoCandidate
        | RoamEvent::CandidateVanished
        | RoamEvent::Migrate
        | RoamEvent::Ignore
        | RoamEvent::Accept
        | RoamEvent::Reject
        | RoamEvent::CandidateUp
        | RoamEvent::OldUp
        | RoamEvent::OldLost(_)
        | RoamEvent::Ended => Super,
    }
}

fn restoring(memory: &mut RoamMemory, event: &RoamEvent, effects: &mut Context) -> Outcome<RoamState> {
    match event {
        RoamEvent::OldUp => Transition(RoamState::Stable),
        RoamEvent::OldLost(cause) => unrestored(memory, *cause, effects),
        RoamEvent::Expired => unrestored(memory, Cause::Timeout, effects),
        RoamEvent::CandidateFound { .. }
        | RoamEvent::NoCandidate
        | RoamEvent::CandidateVanished
        | RoamEvent::Migrate
        | RoamEvent::Ignore
        | RoamEvent::Accept
        | RoamEvent::Reject
        | RoamEvent::CandidateUp
        | RoamEvent::CandidateLost(_)
        | RoamEvent::Confirmed
        | RoamEvent::Refused(_)
        | RoamEvent::Ended => Super,
    }
}

/// A candidate is put to whoever answers.
fn offer(memory: &mut RoamMemory, consulted: bool, keeps_old: bool, effects: &mut Context) -> Outcome<RoamState> {
    memory.consulted = consulted;
    memory.keeps_old = keeps_old || memory.old == Old::Gone;
    effects.push(RoamEffect::Offer);
    Transition(RoamState::Offered)
}

/// The application does not want the candidate.
fn decline(memory: &mut RoamMemory, effects: &mut Context) -> Outcome<RoamState> {
    effects.push(RoamEffect::Suppress);
    back(memory, Why::Declined, effects)
}

/// The candidate does not work.
fn fail(memory: &mut RoamMemory, cause: Cause, effects: &mut Context) -> Outcome<RoamState> {
    effects.push(RoamEffect::DropCandidate);
    effects.push(RoamEffect::BackOff);
    effects.push(RoamEffect::RoamFailed(cause));
    back(memory, Why::Failed(cause), effects)
}

/// To the old link if it is there or can be had back, else to the next candidate.
fn back(memory: &mut RoamMemory, why: Why, effects: &mut Context) -> Outcome<RoamState> {
    match memory.old {
        Old::Up => Transition(RoamState::Stable),
        Old::Gone => {
            memory.why = why;
            Transition(RoamState::Seeking)
        }
        Old::Yielded => {
            effects.push(RoamEffect::RestoreOld);
            Transition(RoamState::Restoring)
        }
    }
}

/// The old link cannot be had back.
fn unrestored(memory: &mut RoamMemory, cause: Cause, effects: &mut Context) -> Outcome<RoamState> {
    effects.push(RoamEffect::LoseOld);
    memory.old = Old::Gone;
    memory.why = Why::Failed(cause);
    Transition(RoamState::Seeking)
}
