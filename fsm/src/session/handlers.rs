//! What each leaf of the hold machine does with each event: total matches, no wildcard on the state.

use super::{Hold, HoldEffect, HoldEvent, HoldGroup, HoldMemory, Prospect};
use crate::step::Effects;
use crate::words::{Cause, ErrorKind};
use statig::Outcome::{self, Handled, Super, Transition};
use statig::blocking::{IntoStateMachine, State, Superstate};

type Context = Effects<HoldEffect>;

impl IntoStateMachine for HoldMemory {
    type Event<'a> = HoldEvent;
    type Context<'a> = Context;
    type State = Hold;
    type Superstate<'a> = HoldGroup;

    fn initial() -> Hold {
        Hold::Free
    }
}

impl State<HoldMemory> for Hold {
    #[inline]
    fn call_handler(&mut self, _: &mut HoldMemory, event: &HoldEvent, effects: &mut Context) -> Outcome<Self> {
        match self {
            Self::Free => free(event, effects),
            Self::Wanting => wanting(event, effects),
            Self::Held => held(event, effects),
        }
    }

    #[inline]
    fn call_exit_action(&mut self, _: &mut HoldMemory, effects: &mut Context) {
        match self {
            Self::Wanting => effects.push(HoldEffect::DisarmTimeout),
            Self::Free | Self::Held => {}
        }
    }

    #[inline]
    fn superstate(&mut self) -> Option<HoldGroup> {
        match self {
            Self::Free => None,
            Self::Wanting | Self::Held => Some(HoldGroup::Engaged),
        }
    }
}

impl Superstate<HoldMemory> for HoldGroup {
    #[inline]
    fn call_handler(&mut self, _: &mut HoldMemory, event: &HoldEvent, effects: &mut Context) -> Outcome<Hold> {
        match self {
            Self::Engaged => engaged(event, effects),
        }
    }
}

fn free(event: &HoldEvent, effects: &mut Context) -> Outcome<Hold> {
    match event {
        HoldEvent::OpenRequested(prospect) => match prospect {
            Prospect::Nothing(kind, cause) => {
                effects.push(HoldEffect::Queue);
                effects.push(HoldEffect::OpenFailed(*kind, *cause));
                Handled
            }
            Prospect::Down => {
                effects.push(HoldEffect::Queue);
                effects.push(HoldEffect::Attempt);
                Transition(Hold::Wanting)
            }
            Prospect::Up => {
                effects.push(HoldEffect::Queue);
                effects.push(HoldEffect::Join);
                effects.push(HoldEffect::Opened);
                Transition(Hold::Held)
            }
        },
        HoldEvent::LinkUp
        | HoldEvent::AttemptFailed { .. }
        | HoldEvent::CloseRequested
        | HoldEvent::Lost(..)
        | HoldEvent::StopRequested
        | HoldEvent::Aborted(_) => Super,
    }
}

fn wanting(event: &HoldEvent, effects: &mut Context) -> Outcome<Hold> {
    match event {
        HoldEvent::OpenRequested(_) => {
            effects.push(HoldEffect::Queue);
            Handled
        }
        HoldEvent::LinkUp => {
            effects.push(HoldEffect::Opened);
            Transition(Hold::Held)
        }
        HoldEvent::AttemptFailed { more } => {
            effects.push(HoldEffect::Release);
            if *more {
                effects.push(HoldEffect::Attempt);
                Handled
            } else {
                effects.push(HoldEffect::Exhausted);
                Transition(Hold::Free)
            }
        }
        HoldEvent::Aborted(cause) => {
            effects.push(HoldEffect::Release);
            effects.push(HoldEffect::OpenFailed(ErrorKind::SessionAborted, *cause));
            Transition(Hold::Free)
        }
        HoldEvent::CloseRequested | HoldEvent::StopRequested => {
            effects.push(HoldEffect::OpenCancelled);
            Super
        }
        HoldEvent::Lost(..) => Super,
    }
}

fn held(event: &HoldEvent, effects: &mut Context) -> Outcome<Hold> {
    match event {
        HoldEvent::OpenRequested(_) => {
            effects.push(HoldEffect::AnswerOpen);
            Handled
        }
        HoldEvent::Lost(kind, cause) => lost(*kind, *cause, effects),
        HoldEvent::Aborted(cause) => lost(ErrorKind::SessionAborted, *cause, effects),
        HoldEvent::LinkUp | HoldEvent::AttemptFailed { .. } | HoldEvent::CloseRequested | HoldEvent::StopRequested => Super,
    }
}

fn engaged(event: &HoldEvent, effects: &mut Context) -> Outcome<Hold> {
    match event {
        HoldEvent::CloseRequested | HoldEvent::StopRequested => {
            effects.push(HoldEffect::Release);
            effects.push(HoldEffect::Closed);
            Transition(Hold::Free)
        }
        HoldEvent::OpenRequested(_) | HoldEvent::LinkUp | HoldEvent::AttemptFailed { .. } | HoldEvent::Lost(..) | HoldEvent::Aborted(_) => {
            Super
        }
    }
}

fn lost(kind: ErrorKind, cause: Cause, effects: &mut Context) -> Outcome<Hold> {
    effects.push(HoldEffect::Release);
    effects.push(HoldEffect::Closed);
    effects.push(HoldEffect::HoldFailed(kind, cause));
    Transition(Hold::Free)
}
