//! Stories worth drawing: the handshake accepted and rejected, found in the model, not written by hand.

use crate::action::{Action, Ask};
use crate::graph;
use crate::state::State;
use crate::story::Story;
use crate::world::World;
use netsession_fsm::hub::SessionView;
use netsession_fsm::roaming::RoamState;
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, ConfigurationState};

const WLAN: AccessPointId = AccessPointId(0);
const LTE: AccessPointId = AccessPointId(1);

/// The handshake accepted and the handshake rejected, each on the shortest way the model knows.
///
/// # Panics
///
/// If the model knows no such way: then the hub does not do what it is for, and nothing is to be drawn.
#[must_use]
pub fn scenes() -> Vec<Story> {
    vec![
        tell("A better access point is offered, tested and accepted", &[on_lte, offered, in_trial, on_wlan]),
        tell("A better access point is offered, tested and rejected", &[on_lte, offered, in_trial, back_on_lte]),
    ]
}

fn tell(title: &str, goals: &[fn(&State) -> bool]) -> Story {
    let world = World::solo();
    let mut path = Vec::new();
    for goal in goals {
        let onward = graph::find(&world, &path, undisturbed, |state| goal(state) && state.budget == world.faults.budget)
            .unwrap_or_else(|| panic!("no way on in the story: {title}"));
        path.extend(onward);
    }
    Story::of(&world, &path, title)
}

/// Nothing goes wrong; that nobody else interferes is told by the budget of faults.
fn undisturbed(action: &Action) -> bool {
    match action {
        Action::Ask(_, ask) => matches!(ask, Ask::Open | Ask::Migrate | Ask::Accept | Ask::Reject),
        Action::Becomes(_, state) => *state == ConfigurationState::Discovered,
        Action::Finishes(_, well) | Action::Routed(well) => *well,
        Action::Arrives(..) => true,
        Action::Misuse(_)
        | Action::Die(_)
        | Action::Returns(_)
        | Action::IsLost(..)
        | Action::Resync
        | Action::Gone
        | Action::Crash
        | Action::Removes(_)
        | Action::Defines(_)
        | Action::Refresh
        | Action::Scanned(_)
        | Action::Fires(_) => false,
    }
}

fn view(state: &State) -> Option<SessionView> {
    state.hub.session_view(state.told[0].id?)
}

fn stable_on(state: &State, id: AccessPointId) -> bool {
    let there = |view: SessionView| view.hold == Hold::Held && view.roam == RoamState::Stable && view.current == Some(id);
    view(state).is_some_and(there) && state.route == Some(id) && graph::is_quiet(state)
}

fn on_lte(state: &State) -> bool {
    stable_on(state, LTE) && state.link(WLAN).state == ConfigurationState::Defined
}

fn offered(state: &State) -> bool {
    view(state).is_some_and(|view| view.roam == RoamState::Offered)
}

fn in_trial(state: &State) -> bool {
    view(state).is_some_and(|view| view.roam == RoamState::Trial)
}

fn on_wlan(state: &State) -> bool {
    stable_on(state, WLAN) && state.link(LTE).state == ConfigurationState::Discovered
}

fn back_on_lte(state: &State) -> bool {
    stable_on(state, LTE) && state.link(WLAN).state == ConfigurationState::Discovered
}
