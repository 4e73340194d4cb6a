//! What each leaf of the link machine does with each event: total matches, no wildcard on the state.

use super::{LinkEffect, LinkEvent, LinkGroup, LinkMemory, LinkState};
use crate::step::Effects;
use crate::words::{Cause, ConfigurationState};
use statig::Outcome::{self, Handled, Super, Transition};
use statig::blocking::{IntoStateMachine, State, Superstate};

type Context = Effects<LinkEffect>;

impl IntoStateMachine for LinkMemory {
    type Event<'a> = LinkEvent;
    type Context<'a> = Context;
    type State = LinkState;
    type Superstate<'a> = LinkGroup;

    fn initial() -> LinkState {
        LinkState::default()
    }
}

impl State<LinkMemory> for LinkState {
    #[inline]
    fn call_handler(&mut self, memory: &mut LinkMemory, event: &LinkEvent, effects: &mut Context) -> Outcome<Self> {
        match self {
            Self::Absent => absent(event),
            Self::Undefined | Self::Defined => Super,
            Self::Down => down(memory, event, effects),
            Self::Raising => raising(memory, event, effects),
            Self::Up => up(memory, event, effects),
            Self::Lowering => lowering(memory, event, effects),
        }
    }

    #[inline]
    fn call_entry_action(&mut self, _: &mut LinkMemory, effects: &mut Context) {
        match self {
            Self::Lowering => effects.push(LinkEffect::ArmRetry),
            Self::Absent | Self::Undefined | Self::Defined | Self::Down | Self::Raising | Self::Up => {}
        }
    }

    #[inline]
    fn call_exit_action(&mut self, _: &mut LinkMemory, effects: &mut Context) {
        match self {
            Self::Lowering => effects.push(LinkEffect::DisarmRetry),
            Self::Absent | Self::Undefined | Self::Defined | Self::Down | Self::Raising | Self::Up => {}
        }
    }

    #[inline]
    fn superstate(&mut self) -> Option<LinkGroup> {
        match self {
            Self::Absent | Self::Undefined | Self::Defined | Self::Down => Some(LinkGroup::Idle),
            Self::Raising | Self::Up => Some(LinkGroup::Standing),
            Self::Lowering => None,
        }
    }
}

impl Superstate<LinkMemory> for LinkGroup {
    #[inline]
    fn call_handler(&mut self, memory: &mut LinkMemory, event: &LinkEvent, effects: &mut Context) -> Outcome<LinkState> {
        match self {
            Self::Idle => idle(memory, event, effects),
            Self::Standing => standing(event, effects),
        }
    }
}

/// A report moves it; what is left of an earlier raise is given back when nobody could use it.
fn idle(memory: &mut LinkMemory, event: &LinkEvent, effects: &mut Context) -> Outcome<LinkState> {
    match event {
        LinkEvent::Reported { state: ConfigurationState::Active, .. } => {
            effects.push(LinkEffect::CameUp);
            Transition(LinkState::Up)
        }
        LinkEvent::Reported { state, cause, .. } => {
            forget(memory, *state, *cause);
            Transition(LinkState::reported(*state))
        }
        LinkEvent::Unwatched if memory.ours => {
            memory.ours = false;
            effects.push(LinkEffect::Lower);
            Handled
        }
        LinkEvent::Wanted | LinkEvent::Released | LinkEvent::Unwatched | LinkEvent::Forced | LinkEvent::Expired => Super,
    }
}

/// What does not exist cannot be given anything back; an executor that returns is asked then.
fn absent(event: &LinkEvent) -> Outcome<LinkState> {
    match event {
        LinkEvent::Unwatched => Handled,
        LinkEvent::Reported { .. } | LinkEvent::Wanted | LinkEvent::Released | LinkEvent::Forced | LinkEvent::Expired => Super,
    }
}

fn down(memory: &mut LinkMemory, event: &LinkEvent, effects: &mut Context) -> Outcome<LinkState> {
    match event {
        LinkEvent::Wanted => {
            memory.ours = true;
            effects.push(LinkEffect::Raise);
            Transition(LinkState::Raising)
        }
        LinkEvent::Reported { .. } | LinkEvent::Released | LinkEvent::Unwatched | LinkEvent::Forced | LinkEvent::Expired => Super,
    }
}

fn raising(memory: &mut LinkMemory, event: &LinkEvent, effects: &mut Context) -> Outcome<LinkState> {
    match event {
        // Told before the executor was done: whatever it says, the raise is still under way (S5).
        LinkEvent::Reported { settled: false, .. } => Handled,
        LinkEvent::Reported { state: ConfigurationState::Active, .. } => {
            effects.push(LinkEffect::CameUp);
            Transition(LinkState::Up)
        }
        LinkEvent::Reported { state, cause, .. } => {
            // A failed raise leaves nothing behind (executor contract C11).
            memory.ours = *cause == Cause::BackendGone;
            effects.push(LinkEffect::Failed(*cause));
            Transition(LinkState::reported(*state))
        }
        LinkEvent::Released => lower(effects),
        LinkEvent::Wanted | LinkEvent::Unwatched | LinkEvent::Forced | LinkEvent::Expired => Super,
    }
}

fn up(memory: &mut LinkMemory, event: &LinkEvent, effects: &mut Context) -> Outcome<LinkState> {
    match event {
        LinkEvent::Reported { state: ConfigurationState::Active, .. } => Handled,
        LinkEvent::Reported { state, cause, .. } => {
            forget(memory, *state, *cause);
            effects.push(LinkEffect::Lost(*cause));
            Transition(LinkState::reported(*state))
        }
        LinkEvent::Released if memory.ours => lower(effects),
        LinkEvent::Wanted | LinkEvent::Released | LinkEvent::Unwatched | LinkEvent::Forced | LinkEvent::Expired => Super,
    }
}

fn lowering(memory: &mut LinkMemory, event: &LinkEvent, effects: &mut Context) -> Outcome<LinkState> {
    match event {
        // Told before the executor was done, or it could not be lowered: the retry asks again.
        LinkEvent::Reported { settled: false, .. } | LinkEvent::Reported { state: ConfigurationState::Active, .. } => Handled,
        LinkEvent::Reported { state, cause, .. } => {
            // Lowered, whoever did it; only an executor that is gone leaves that open.
            memory.ours &= *cause == Cause::BackendGone;
            effects.push(LinkEffect::Fell(*cause));
            Transition(LinkState::reported(*state))
        }
        LinkEvent::Expired => lower(effects),
        LinkEvent::Wanted | LinkEvent::Released | LinkEvent::Unwatched | LinkEvent::Forced => Super,
    }
}

fn standing(event: &LinkEvent, effects: &mut Context) -> Outcome<LinkState> {
    match event {
        LinkEvent::Forced => lower(effects),
        LinkEvent::Reported { .. } | LinkEvent::Wanted | LinkEvent::Released | LinkEvent::Unwatched | LinkEvent::Expired => Super,
    }
}

fn lower(effects: &mut Context) -> Outcome<LinkState> {
    effects.push(LinkEffect::Lower);
    Transition(LinkState::Lowering)
}

/// An interface that does not exist has nothing of ours on it; one whose executor is gone may.
fn forget(memory: &mut LinkMemory, state: ConfigurationState, cause: Cause) {
    if state == ConfigurationState::Absent && cause != Cause::BackendGone {
        memory.ours = false;
    }
}
