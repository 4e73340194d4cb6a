//! The steps of a world: what an action leads to.

use crate::action::{Action, Ask};
use crate::crash;
use crate::executor::{because, becomes_really, finish, resync, send};
use crate::observe::{self, Facts, leaf};
use crate::state::{State, Task};
use crate::tolerance;
use crate::world::World;
use netsession_fsm::hub::{Call, Command, Hub, Input, Output, Report};
use netsession_fsm::link::LinkState;
use netsession_fsm::words::{
    AccessPointId, Cause, ConfigurationId, ConfigurationState, ExecutorId, OfferId, OperationId, Preference, RequestId,
};
use std::time::Duration;

/// The number under which an ordinary request is asked; opens have the numbers below it.
const REQUEST: RequestId = RequestId(9);

/// One input of a step and what came of it.
pub type Exchange = (Input, Vec<Output>);

/// What steps are taken with: what was seen on the way, and lists kept for their memory.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    /// Witnesses seen.
    pub facts: Facts,
    outputs: Vec<Output>,
    /// For what must change nothing: a hub of the same definitions that may change.
    pub(crate) spare: Spare,
    /// What was commanded in the last step.
    pub(crate) commanded: Commanded,
    /// Every exchange with the hub, if it is to be told.
    exchanges: Option<Vec<Exchange>>,
    /// What was reached.
    #[cfg(feature = "coverage")]
    pub(crate) noted: crate::coverage::Noted,
}

impl Desk {
    /// One that keeps every exchange with the hub.
    pub(crate) fn telling(facts: Facts) -> Self {
        Self { facts, exchanges: Some(Vec::new()), ..Self::default() }
    }

    /// Every exchange since this was last asked.
    #[cfg(feature = "coverage")]
    pub(crate) fn told(&mut self) -> Vec<Exchange> {
        self.exchanges.as_mut().map(core::mem::take).unwrap_or_default()
    }
}

/// Which links were told to be raised or lowered: one bit each, the last word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Commanded {
    raise: u32,
    lower: u32,
}

impl Commanded {
    fn note(&mut self, link: AccessPointId, raise: bool) {
        let bit = 1 << link.0;
        (self.raise, self.lower) = (self.raise & !bit, self.lower & !bit);
        *if raise { &mut self.raise } else { &mut self.lower } |= bit;
    }

    /// What the executor was told to do with a link.
    pub(crate) fn task(self, link: usize) -> Option<Task> {
        let bit = 1 << link;
        match (self.raise & bit != 0, self.lower & bit != 0) {
            (true, _) => Some(Task::Raise(OperationId(1))),
            (false, true) => Some(Task::Lower(OperationId(1))),
            (false, false) => None,
        }
    }
}

/// A hub that is made the same as another one when it is needed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spare(Option<Hub>);

impl Spare {
    /// The same hub again. It must be of the same definitions as the one before.
    pub(crate) fn like(&mut self, hub: &Hub) -> &mut Hub {
        match &mut self.0 {
            Some(spare) => spare.take_after(hub),
            spare => *spare = Some(hub.clone()),
        }
        self.0.as_mut().expect("it was put there")
    }
}

/// What the action leads to, and every exchange with the hub on the way; `None` if it changes nothing.
#[must_use]
pub fn apply(world: &World, before: &State, action: Action, facts: &mut Facts) -> Option<(State, Vec<Exchange>)> {
    let mut desk = Desk::telling(*facts);
    let reached = reached(world, before, action, &mut desk);
    *facts = desk.facts;
    reached.map(|state| (state, desk.exchanges.unwrap_or_default()))
}

/// What the action leads to; `None` if it changes nothing.
#[must_use]
pub fn reached(world: &World, before: &State, action: Action, desk: &mut Desk) -> Option<State> {
    let mut state = before.clone();
    (act(world, before, &mut state, action, desk) && state != *before).then_some(state)
}

/// Takes the action in `state`, which is the same as `before`; false if there is nothing to be taken, and `state` is as it may be then.
pub fn act(world: &World, before: &State, state: &mut State, action: Action, desk: &mut Desk) -> bool {
    desk.commanded = Commanded::default();
    match action {
        Action::Ask(session, ask) => {
            let Some(input) = asked(world, state, session, ask) else { return false };
            exchange(world, before, state, input, desk);
        }
        Action::Misuse(session) => tolerance::misuse(state, session, desk),
        Action::Die(session) => {
            let mut died = false;
            for (place, plan) in world.sessions.iter().enumerate() {
                let Some(id) = state.told[place].id.filter(|_| plan.process == world.sessions[session as usize].process) else { continue };
                if died {
                    let before = state.clone();
                    exchange(world, &before, state, Input::Drop(id), desk);
                } else {
                    exchange(world, before, state, Input::Drop(id), desk);
                }
                state.told[place].id = None;
                died = true;
            }
            if !died {
                return false;
            }
        }
        Action::Becomes(id, becomes) => {
            let known = before.link(id).state;
            let usable = |state| state >= ConfigurationState::Discovered;
            // In and out of reach is the world's way; up and down by others is a fault.
            spend(state, usable(known) && usable(becomes));
            becomes_really(state, id, becomes);
            send(state, id, because(known, becomes).filter(|_| world.faults.says_why));
        }
        Action::Finishes(id, well) => {
            let cause = finish(state, id, well);
            send(state, id, cause.filter(|_| world.faults.says_why));
        }
        Action::Arrives(id, place) => {
            let link = &mut state.links[id.0 as usize];
            let report = link.reports[place as usize];
            link.told_active = report.state == ConfigurationState::Active;
            exchange(world, before, state, Input::Report(Report::Link(report)), desk);
            tolerance::repeats(state, id, usize::from(place) + 1, desk);
        }
        Action::IsLost(id, place) => {
            state.links[id.0 as usize].reports.remove(place as usize);
            state.owed = true;
            spend(state, true);
        }
        Action::Resync => {
            let links = resync(state);
            let input = Input::Report(Report::Resync { executor: ExecutorId(0), links: links.clone() });
            exchange(world, before, state, input, desk);
            tolerance::resynced(state, &links);
        }
        Action::Gone => {
            state.gone = true;
            (state.scans.newest, state.scans.earlier) = (false, false);
            spend(state, true);
            exchange(world, before, state, Input::Report(Report::Gone { executor: ExecutorId(0) }), desk);
            for place in 0..state.links.len() {
                // What was still under way comes too late.
                tolerance::repeats(state, AccessPointId(place as u32), state.links[place].reports.len(), desk);
                state.links[place].reports.clear();
            }
        }
        Action::Crash => {
            spend(state, true);
            let input = crash::crash(world, state);
            exchange(world, before, state, input, desk);
            crash::make_room(state);
            crash::judge(before, state);
        }
        Action::Returns(session) => {
            let input = world.create(session as usize);
            exchange(world, before, state, input, desk);
        }
        Action::Routed(well) => {
            let Some((op, target)) = state.prefer.take() else { return false };
            if well {
                state.route = target;
            }
            spend(state, !well);
            let result = if well { Ok(()) } else { Err(Cause::Route) };
            exchange(world, before, state, Input::Report(Report::Route { op, result }), desk);
        }
        Action::Removes(configuration) => {
            spend(state, true);
            exchange(world, before, state, Input::Remove(configuration), desk);
        }
        Action::Defines(configuration) => {
            let Some(definition) = world.definition(configuration) else { return false };
            exchange(world, before, state, Input::Define(definition), desk);
            if let ConfigurationId::AccessPoint(id) = configuration {
                send(state, id, None);
            }
        }
        Action::Refresh => {
            let request = RequestId(state.scans.waiting.into());
            state.scans.waiting += 1;
            exchange(world, before, state, Input::Refresh { request }, desk);
        }
        Action::Scanned(newest) => {
            let scans = &mut state.scans;
            *if newest { &mut scans.newest } else { &mut scans.earlier } = false;
            let op = OperationId(if newest { 2 } else { 1 });
            exchange(world, before, state, Input::Report(Report::Refreshed { op, executor: ExecutorId(0) }), desk);
        }
        Action::Fires(timer) => {
            state.armed.remove(timer);
            exchange(world, before, state, Input::Fired(timer), desk);
        }
    }
    state.rename();
    true
}

fn spend(state: &mut State, fault: bool) {
    state.budget -= u8::from(fault);
}

/// One input through the hub; its outputs become what is under way, and are judged.
pub(crate) fn exchange(world: &World, before: &State, state: &mut State, input: Input, desk: &mut Desk) {
    let mut outputs = core::mem::take(&mut desk.outputs);
    outputs.clear();
    state.hub.step(&input, &mut outputs);
    #[cfg(feature = "coverage")]
    desk.noted.exchange(&input, &outputs, &state.hub);
    observe::heard(&input, state);
    for output in &outputs {
        match output {
            Output::Command(command) => commanded(state, *command, desk),
            Output::Arm(timer, _) => state.armed.insert(*timer),
            Output::Disarm(timer) => state.armed.remove(*timer),
            Output::Created { session, .. } => state.returned(*session),
            Output::Notice { .. } | Output::Catalogue(_) | Output::Answer { .. } | Output::Refused(_) => {}
        }
    }
    observe::step(world, before, &input, &outputs, state, &mut desk.facts);
    if let Some(exchanges) = &mut desk.exchanges {
        exchanges.push((input, outputs.clone()));
    }
    desk.outputs = outputs;
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

fn commanded(state: &mut State, command: Command, desk: &mut Desk) {
    match command {
        Command::Raise { op, access_point } => {
            desk.commanded.note(access_point, true);
            observe::raised(state, access_point, &mut desk.facts);
            let link = &mut state.links[access_point.0 as usize];
            (link.task, link.raised, link.gives_back) = (Some(Task::Raise(op)), true, false);
        }
        Command::Lower { op, access_point } => {
            desk.commanded.note(access_point, false);
            let link = &mut state.links[access_point.0 as usize];
            link.task = Some(Task::Lower(op));
            link.gives_back = leaf(&state.hub, access_point) != LinkState::Lowering;
        }
        Command::Prefer { op, access_point } => state.prefer = Some((op, access_point)),
        Command::Refresh { .. } => {
            state.scans.earlier |= state.scans.newest;
            state.scans.newest = true;
        }
    }
}
