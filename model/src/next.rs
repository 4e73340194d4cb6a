//! The steps of a world: what an action leads to.

use crate::action::{Action, Ask};
use crate::observe::{self, Facts};
use crate::state::{State, Task};
use crate::tolerance;
use crate::world::World;
use netsession_fsm::hub::{Call, Command, Input, LinkReport, Output, Report};
use netsession_fsm::words::{
    AccessPointId, Cause, ConfigurationId, ConfigurationState, ExecutorId, OfferId, OperationId, Preference, RequestId,
};
use std::time::Duration;

/// The number under which an ordinary request is asked; opens have the numbers below it.
const REQUEST: RequestId = RequestId(9);

/// One input of a step and what came of it.
pub type Exchange = (Input, Vec<Output>);

/// What the action leads to, and every exchange with the hub on the way; `None` if it changes nothing.
#[must_use]
pub fn apply(world: &World, before: &State, action: Action, facts: &mut Facts) -> Option<(State, Vec<Exchange>)> {
    let mut state = before.clone();
    let mut exchanges = Vec::new();
    match action {
        Action::Ask(session, ask) => {
            let input = asked(world, &mut state, session, ask)?;
            exchange(world, before, &mut state, input, &mut exchanges, facts);
        }
        Action::Misuse(session) => tolerance::misuse(&mut state, session, facts),
        Action::Die(session) => {
            for (place, plan) in world.sessions.iter().enumerate() {
                let Some(id) = state.told[place].id.filter(|_| plan.process == world.sessions[session as usize].process) else { continue };
                let before = if exchanges.is_empty() { before.clone() } else { state.clone() };
                exchange(world, &before, &mut state, Input::Drop(id), &mut exchanges, facts);
                state.told[place].id = None;
            }
        }
        Action::Becomes(id, becomes) => {
            let known = before.link(id).state;
            let usable = |state| state >= ConfigurationState::Discovered;
            // In and out of reach is the world's way; up and down by others is a fault.
            spend(&mut state, usable(known) && usable(becomes));
            becomes_really(&mut state, id, becomes);
            send(&mut state, id);
        }
        Action::Finishes(id, well) => {
            finish(&mut state, id, well);
            send(&mut state, id);
        }
        Action::Arrives(id, place) => {
            let reports = state.links[id.0 as usize].reports.clone();
            let report = reports[place as usize];
            state.links[id.0 as usize].told_active = report.state == ConfigurationState::Active;
            exchange(world, before, &mut state, Input::Report(Report::Link(report)), &mut exchanges, facts);
            tolerance::repeats(&mut state, &reports[..=place as usize]);
        }
        Action::IsLost(id, place) => {
            state.links[id.0 as usize].reports.remove(place as usize);
            state.owed = true;
            spend(&mut state, true);
        }
        Action::Resync => {
            let links = resync(&mut state);
            let input = Input::Report(Report::Resync { executor: ExecutorId(0), links: links.clone() });
            exchange(world, before, &mut state, input, &mut exchanges, facts);
            tolerance::resynced(&mut state, &links);
        }
        Action::Gone => {
            state.gone = true;
            spend(&mut state, true);
            exchange(world, before, &mut state, Input::Report(Report::Gone { executor: ExecutorId(0) }), &mut exchanges, facts);
            for place in 0..state.links.len() {
                // What was still under way comes too late.
                let late = core::mem::take(&mut state.links[place].reports);
                tolerance::repeats(&mut state, &late);
            }
        }
        Action::Routed(well) => {
            let (op, target) = state.prefer.take()?;
            if well {
                state.route = target;
            }
            spend(&mut state, !well);
            let result = if well { Ok(()) } else { Err(Cause::Route) };
            exchange(world, before, &mut state, Input::Report(Report::Route { op, result }), &mut exchanges, facts);
        }
        Action::Fires(timer) => {
            state.armed.remove(&timer);
            exchange(world, before, &mut state, Input::Fired(timer), &mut exchanges, facts);
        }
    }
    state.rename();
    (state != *before).then_some((state, exchanges))
}

fn spend(state: &mut State, fault: bool) {
    state.budget -= u8::from(fault);
}

/// One input through the hub; its outputs become what is under way, and are judged.
fn exchange(world: &World, before: &State, state: &mut State, input: Input, exchanges: &mut Vec<Exchange>, facts: &mut Facts) {
    let mut outputs = Vec::new();
    state.hub.step(&input, &mut outputs);
    for output in &outputs {
        match output {
            Output::Command(command) => commanded(state, *command, facts),
            Output::Arm(timer, _) => {
                state.armed.insert(*timer);
            }
            Output::Disarm(timer) => {
                state.armed.remove(timer);
            }
            Output::Notice { .. } | Output::Catalogue(_) | Output::Created { .. } | Output::Answer { .. } | Output::Refused(_) => {}
        }
    }
    observe::step(world, before, &input, &outputs, state, facts);
    exchanges.push((input, outputs));
}

fn asked(world: &World, state: &mut State, session: u8, ask: Ask) -> Option<Input> {
    let told = &mut state.told[session as usize];
    let id = told.id?;
    let offer = state.hub.snapshot(id).and_then(|snapshot| snapshot.offer).map_or(OfferId(0), |offer| offer.id);
    let mut request = REQUEST;
    let call = match ask {
        Ask::Open | Ask::Choose(_) => {
            request = RequestId(told.waiting.into());
            told.waiting += 1;
            let choice = match (ask, world.sessions[session as usize].configuration) {
                (Ask::Choose(option), ConfigurationId::UserChoice(choice)) => {
                    world.choices[choice.0 as usize].get(option as usize).copied()
                }
                _ => None,
            };
            Call::Open { choice }
        }
        Ask::Close => Call::Close,
        Ask::Stop => Call::Stop,
        Ask::Migrate => Call::Migrate(offer),
        Ask::Ignore => Call::Ignore(offer),
        Ask::Accept => Call::Accept(offer),
        Ask::Reject => Call::Reject(offer),
        Ask::RequestRoam => Call::RequestRoam,
        Ask::SetMode(mode) => Call::SetMode(mode),
        Ask::Suppress(on) => Call::Suppress(if on { Duration::from_secs(60) } else { Duration::ZERO }),
        Ask::Prohibit(on) => {
            told.prohibits = on;
            let level = if on { Preference::Prohibit } else { Preference::NoPreference };
            let requirements = world.sessions[session as usize].requirements;
            Call::SetRequirements(requirements.bearer(world.access_points[0].bearer, level))
        }
    };
    Some(Input::Request { session: id, request, call })
}

fn commanded(state: &mut State, command: Command, facts: &mut Facts) {
    match command {
        Command::Raise { op, access_point } => {
            observe::raised(state, access_point, facts);
            let link = &mut state.links[access_point.0 as usize];
            (link.task, link.raised) = (Some(Task::Raise(op)), true);
        }
        Command::Lower { op, access_point } => state.links[access_point.0 as usize].task = Some(Task::Lower(op)),
        Command::Prefer { op, access_point } => state.prefer = Some((op, access_point)),
        Command::Refresh { .. } => {}
    }
}

/// The executor reports how the link stands, unless its daemon is gone.
fn send(state: &mut State, id: AccessPointId) {
    let gone = state.gone;
    let link = &mut state.links[id.0 as usize];
    link.generation += 1;
    if !gone {
        link.reports.push(LinkReport {
            access_point: id,
            generation: link.generation,
            state: link.state,
            done: link.done,
            // The hub passes causes on and decides nothing by them.
            cause: Cause::Unknown,
        });
    }
}

fn becomes_really(state: &mut State, id: AccessPointId, becomes: ConfigurationState) {
    state.links[id.0 as usize].state = becomes;
    if becomes != ConfigurationState::Active && state.route == Some(id) {
        // The kernel drops a route with its link.
        state.route = None;
    }
}

fn finish(state: &mut State, id: AccessPointId, well: bool) {
    let Some(task) = state.links[id.0 as usize].task.take() else { return };
    match task {
        Task::Raise(op) => {
            state.links[id.0 as usize].done = op;
            if well {
                becomes_really(state, id, ConfigurationState::Active);
            }
        }
        Task::Lower(op) => {
            state.links[id.0 as usize].done = op;
            if well && state.link(id).state == ConfigurationState::Active {
                becomes_really(state, id, ConfigurationState::Discovered);
            }
        }
    }
}

/// The snapshot of a resync. A daemon that was gone carries nothing on: everything it was told is done.
fn resync(state: &mut State) -> Vec<LinkReport> {
    let was_gone = core::mem::replace(&mut state.gone, false);
    state.owed = false;
    if was_gone {
        state.prefer = None;
    }
    let mut snapshot = Vec::new();
    for (place, link) in state.links.iter_mut().enumerate() {
        if was_gone {
            link.task = None;
            link.done = OperationId(1);
        }
        link.generation += 1;
        link.reports.clear();
        link.told_active = link.state == ConfigurationState::Active;
        snapshot.push(LinkReport {
            access_point: AccessPointId(place as u32),
            generation: link.generation,
            state: link.state,
            done: link.done,
            // The hub passes causes on and decides nothing by them.
            cause: Cause::Unknown,
        });
    }
    snapshot
}
