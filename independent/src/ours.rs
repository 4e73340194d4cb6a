//! What is visible of the hub that runs in production, in the world the specification speaks of? All of it, walked completely.
//!
//! One session in mode Application on a service network of two access points. Executors report at once: what happens to a link and the
//! arrival of its report are one step. An access point that goes out of reach ends the operation under way on it; others take links up
//! and down only while no operation is under way; the route is refused only while a session waits for it; lowering does not fail.

use crate::system::{Step, System};
use indexmap::IndexSet;
use netsession_fsm::hub::{Call, Input, Notice, Output, Timer};
use netsession_fsm::link::LinkState;
use netsession_fsm::words::{AccessPoint, AccessPointId, ConfigurationId, ConfigurationState, Phase, RequestId, SessionId};
use netsession_model::action::{Action, Ask};
use netsession_model::next::{self, Exchange};
use netsession_model::observe::Facts;
use netsession_model::possible;
use netsession_model::state::{State, Task};
use netsession_model::world::{Calls, Faults, World};
use std::collections::BTreeMap;

/// The world the specification speaks of.
#[must_use]
pub fn world() -> World {
    World {
        name: "handshake",
        about: "one session, two access points, the whole handshake; reports arrive at once",
        faults: Faults { others: true, raise_fails: true, route_fails: true, budget: 1, ..World::plain().faults },
        calls: Calls { stop: true, request_roam: true, windows: true, ..World::plain().calls },
        access_points: vec![AccessPoint::default(), AccessPoint::default()],
        ..World::whole()
    }
}

/// The same with a client that changes its mode and asks for nothing else; nobody interferes.
#[must_use]
pub fn modes() -> World {
    let world = world();
    World {
        name: "modes",
        about: "one session, two access points, the mode changes at any time; reports arrive at once",
        faults: Faults { others: false, ..world.faults },
        calls: Calls { request_roam: false, windows: false, modes: true, ..world.calls },
        ..world
    }
}

/// Walks the world completely, or looks at its first `most` states only. What the properties of the model say of it is left to them.
///
/// # Panics
/// If two steps of a state have the same name.
#[must_use]
pub fn walk(world: &World, most: usize) -> System {
    let mut system = System::default();
    let mut known = IndexSet::new();
    // executors say how everything stands before anything else happens
    let (first, _) = take(world, &State::initial(world), &[Action::Resync]);
    known.insert(first);
    while let Some(state) = known.get_index(system.steps.len()).filter(|_| system.steps.len() < most).cloned() {
        let mut steps = BTreeMap::new();
        for (name, actions) in happenings(world, &state) {
            let (reached, exchanges) = take(world, &state, &actions);
            let (reached, exchanges) = at_once(world, reached, exchanges);
            let step = Step { notices: notices(&exchanges), to: known.insert_full(reached).0 };
            assert_eq!(steps.insert(name.clone(), step), None, "{name} happens twice in {}", visible(&state));
        }
        system.steps.push(steps);
    }
    system.visible = known.iter().map(visible).collect();
    system
}

/// Takes actions one after the other, with faults allowed without end.
fn take(world: &World, from: &State, actions: &[Action]) -> (State, Vec<Exchange>) {
    let mut state = from.clone();
    let mut exchanges = Vec::new();
    for action in actions {
        if let Some((reached, exchanged)) = next::apply(world, &state, *action, &mut Facts::default()) {
            state = reached;
            exchanges.extend(exchanged);
        } else if let Action::Ask(_, ask) = action {
            exchanges.extend(asked(&state, *ask));
        }
        (state.budget, state.violated) = (world.faults.budget, 0);
    }
    (state, exchanges)
}

/// Lowering a link that is not up is done at once.
fn at_once(world: &World, mut state: State, mut exchanges: Vec<Exchange>) -> (State, Vec<Exchange>) {
    for id in (0..state.links.len() as u32).map(AccessPointId) {
        let lowering = state.hub.link_view(id).is_some_and(|link| link.state == LinkState::Lowering);
        if !lowering && matches!(state.link(id).task, Some(Task::Lower(_))) {
            let (reached, exchanged) = take(world, &state, &[Action::Finishes(id, true), Action::Arrives(id, 0)]);
            state = reached;
            exchanges.extend(exchanged);
        }
    }
    (state, exchanges)
}

/// Requests with a number below are opens.
const OTHER: u32 = 9;

/// A request that changes nothing may still tell something.
fn asked(state: &State, ask: Ask) -> Option<Exchange> {
    let call = match ask {
        Ask::Open => Call::Open { choice: None },
        Ask::RequestRoam => Call::RequestRoam,
        _ => return None,
    };
    let request = RequestId(if ask == Ask::Open { 0 } else { OTHER });
    let input = Input::Request { session: session(state), request, call };
    let mut outputs = Vec::new();
    state.hub.clone().step(&input, &mut outputs);
    Some((input, outputs))
}

/// What can happen, each with a name and the actions it consists of.
fn happenings(world: &World, state: &State) -> Vec<(String, Vec<Action>)> {
    let mut actions = Vec::new();
    possible::actions(world, state, &mut actions);
    let committing = phase(state) == Phase::Committing;
    let happening = |action: Action| -> Option<(String, Vec<Action>)> {
        match action {
            Action::Ask(_, Ask::RequestRoam) => Some(("request_roam".to_owned(), vec![action])),
            Action::Ask(_, ask) => Some((ask.to_string(), vec![action])),
            Action::Becomes(id, becomes) => becoming(state, id, becomes),
            Action::Finishes(id, well) => {
                let name = match (state.link(id).task?, well) {
                    (Task::Raise(_), true) => "raised",
                    (Task::Raise(_), false) => "raise failed",
                    (Task::Lower(_), true) => "lowered",
                    (Task::Lower(_), false) => return None,
                };
                Some((of(name, id), vec![action, Action::Arrives(id, 0)]))
            }
            Action::Routed(true) => Some((if committing { "route switched" } else { "route follows" }.to_owned(), vec![action])),
            Action::Routed(false) => committing.then(|| ("route refused".to_owned(), vec![action])),
            Action::Fires(timer) => Some((fired(timer), vec![action])),
            Action::Misuse(_)
            | Action::Die(_)
            | Action::Returns(_)
            | Action::Arrives(..)
            | Action::IsLost(..)
            | Action::Resync
            | Action::Gone
            | Action::Crash
            | Action::Removes(_)
            | Action::Defines(_)
            | Action::Refresh
            | Action::Scanned(_) => None,
        }
    };
    actions.into_iter().filter_map(happening).collect()
}

fn of(name: &str, id: AccessPointId) -> String {
    format!("{name} {}", id.0 + 1)
}

fn becoming(state: &State, id: AccessPointId, becomes: ConfigurationState) -> Option<(String, Vec<Action>)> {
    let link = state.link(id);
    let becoming = Action::Becomes(id, becomes);
    let name = match (link.state, becomes) {
        (_, ConfigurationState::Absent | ConfigurationState::Undefined) => return None,
        (_, ConfigurationState::Defined) => {
            let mut actions = vec![becoming];
            // the report of the end overtakes the first one, which comes too late then
            match link.task {
                Some(Task::Raise(_)) => actions.extend([Action::Finishes(id, false), Action::Arrives(id, 1)]),
                Some(Task::Lower(_)) => actions.extend([Action::Finishes(id, true), Action::Arrives(id, 1)]),
                None => actions.push(Action::Arrives(id, 0)),
            }
            return Some((of("vanishes", id), actions));
        }
        (_, ConfigurationState::Active) => "up by others",
        (ConfigurationState::Active, ConfigurationState::Discovered) => "down by others",
        (_, ConfigurationState::Discovered) => "appears",
    };
    let by_others = name != "appears";
    (!by_others || link.task.is_none()).then(|| (of(name, id), vec![becoming, Action::Arrives(id, 0)]))
}

fn fired(timer: Timer) -> String {
    match timer {
        Timer::Session(_) => "expires".to_owned(),
        Timer::Suppression(_, id) => of("suppression ends", id),
        Timer::Window(_) => "window ends".to_owned(),
        Timer::Settle(id) => of("settles", id),
        Timer::Lower(id) => of("lower again", id),
        Timer::Route => "route again".to_owned(),
        Timer::Grace(_) => "grace ends".to_owned(),
        Timer::Refresh => "scan ends".to_owned(),
    }
}

fn session(state: &State) -> SessionId {
    state.hub.sessions().next().expect("nobody dies in this world")
}

fn phase(state: &State) -> Phase {
    state.hub.snapshot(session(state)).map_or(Phase::Stable, |snapshot| snapshot.phase)
}

/// What is visible of a state, as the specification's `Visible` writes it.
fn visible(state: &State) -> String {
    let id = session(state);
    let snapshot = state.hub.snapshot(id).expect("nobody dies in this world");
    let number = |id: Option<AccessPointId>| id.map_or(0, |id| id.0 + 1);
    let offer = snapshot.offer.filter(|_| snapshot.phase == Phase::Offered);
    let offer = offer.map_or("<<0, \"None\">>".to_owned(), |offer| format!("<<{}, \"{:?}\">>", offer.access_point.0 + 1, offer.kind));
    let links = || (0..state.links.len() as u32).map(AccessPointId);
    let leases: Vec<String> = links().map(|link| truth(state.hub.holders(link).any(|holder| holder == id)).to_owned()).collect();
    let configuration = |id: AccessPointId| state.hub.configuration_state(ConfigurationId::AccessPoint(id)).unwrap_or_default();
    let configurations: Vec<String> = links().map(|id| format!("\"{:?}\"", configuration(id))).collect();
    format!(
        "<<\"{:?}\", {}, \"{:?}\", {}, {offer}, {}, {}, {}>>",
        snapshot.state,
        truth(snapshot.open),
        snapshot.phase,
        number(snapshot.active),
        number(snapshot.candidate),
        leases.join(", "),
        configurations.join(", "),
    )
}

const fn truth(truth: bool) -> &'static str {
    if truth { "TRUE" } else { "FALSE" }
}

/// The notices of a step in their order, as the specification's `Notices` writes them.
fn notices(exchanges: &[Exchange]) -> String {
    let notice = |output: &Output| match output {
        Output::Notice { notice, .. } => Some(match notice {
            Notice::StateChanged(state) => format!("<<\"State\", \"{state:?}\">>"),
            Notice::PoliciesChanged(policies) => format!("<<\"Policies\", {}>>", policies.0),
            Notice::Opened => "<<\"Opened\", \"\">>".to_owned(),
            Notice::Closed => "<<\"Closed\", \"\">>".to_owned(),
            Notice::PreferredConfigurationChanged(offer) => {
                format!("<<\"Offer\", <<{}, \"{:?}\">>>>", offer.access_point.0 + 1, offer.kind)
            }
            Notice::NewConfigurationActivated { access_point, .. } => format!("<<\"Activated\", {}>>", access_point.0 + 1),
            Notice::OfferWithdrawn(_) => "<<\"Withdrawn\", \"\">>".to_owned(),
            Notice::Error(error) => format!("<<\"Error\", \"{:?}\">>", error.kind),
        }),
        Output::Answer { request, .. } => (request.0 < OTHER).then(|| "<<\"Answer\", \"open\">>".to_owned()),
        Output::Command(_) | Output::Arm(..) | Output::Disarm(_) | Output::Catalogue(_) | Output::Created { .. } | Output::Refused(_) => {
            None
        }
    };
    let notices: Vec<String> = exchanges.iter().flat_map(|(_, outputs)| outputs).filter_map(notice).collect();
    // TLA+ writes the empty sequence like this
    if notices.is_empty() { crate::system::NOTHING.to_owned() } else { format!("<<{}>>", notices.join(", ")) }
}
