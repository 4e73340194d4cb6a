//! What can happen next in a state of a world.

use crate::action::{Action, Ask};
use crate::state::{Scans, State, Task};
use crate::world::World;
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, ConfigurationId, ConfigurationState, Mode, Phase};

/// Everything that can happen next, in a fixed order.
pub fn actions(world: &World, state: &State, actions: &mut Vec<Action>) {
    for session in 0..state.told.len() as u8 {
        client_actions(world, state, session, actions);
    }
    for place in 0..state.links.len() as u32 {
        link_actions(world, state, AccessPointId(place), actions);
    }
    if state.owed || state.gone {
        actions.push(Action::Resync);
    }
    if state.budget > 0 && world.faults.gone && !state.gone && !state.owed {
        actions.push(Action::Gone);
    }
    if state.budget > 0 && world.faults.crash {
        actions.push(Action::Crash);
    }
    if state.prefer.is_some() && !state.gone {
        actions.push(Action::Routed(true));
        if state.budget > 0 && world.faults.route_fails {
            actions.push(Action::Routed(false));
        }
    }
    if world.faults.removed {
        catalogue_actions(world, state, actions);
    }
    if world.calls.refresh && state.scans.waiting < 2 {
        actions.push(Action::Refresh);
    }
    let Scans { newest, earlier, .. } = state.scans;
    actions.extend([(newest, true), (earlier, false)].iter().filter(|(works, _)| *works).map(|(_, newest)| Action::Scanned(*newest)));
    actions.extend(state.armed.iter().map(Action::Fires));
}

/// What is there is removed; what was removed is defined again, while there is room for the report that tells how it stands.
fn catalogue_actions(world: &World, state: &State, actions: &mut Vec<Action>) {
    for configuration in world.configurations() {
        if !state.is_removed(configuration) {
            if state.budget == 0 {
                continue;
            }
            actions.push(Action::Removes(configuration));
        } else if !matches!(configuration, ConfigurationId::AccessPoint(id) if !has_room(world, state, id)) {
            actions.push(Action::Defines(configuration));
        }
    }
}

/// Whether the executor can report something on the link, or nothing is to be reported.
fn has_room(world: &World, state: &State, id: AccessPointId) -> bool {
    state.gone || state.link(id).reports.len() < usize::from(world.faults.under_way)
}

fn client_actions(world: &World, state: &State, session: u8, actions: &mut Vec<Action>) {
    let told = &state.told[session as usize];
    let alone = || state.told.iter().filter(|told| told.id.is_none()).count() == 1;
    if world.calls.returns && told.id.is_none() && !told.returned && alone() {
        actions.push(Action::Returns(session));
    }
    let Some((id, snapshot)) = told.id.and_then(|id| Some((id, state.hub.snapshot(id)?))) else { return };
    let Some(view) = state.hub.session_view(id) else { return };
    let mut ask = |ask| actions.push(Action::Ask(session, ask));
    match view.hold {
        Hold::Free => {
            ask(Ask::Open);
            if let (true, ConfigurationId::UserChoice(choice)) = (world.calls.choose, world.sessions[session as usize].configuration) {
                (0..world.choices[choice.0 as usize].len() as u8).for_each(|option| ask(Ask::Choose(option)));
            }
            if world.calls.open_twice {
                ask(Ask::Close);
            }
        }
        Hold::Wanting => {
            if world.calls.open_twice && told.waiting < 2 {
                ask(Ask::Open);
            }
            ask(Ask::Close);
        }
        Hold::Held => {
            ask(Ask::Close);
            if world.calls.open_twice {
                ask(Ask::Open);
            }
            match snapshot.phase {
                Phase::Offered if snapshot.offer.is_some() => [Ask::Migrate, Ask::Ignore].map(&mut ask),
                Phase::Trial if snapshot.offer.is_some() => [Ask::Accept, Ask::Reject].map(&mut ask),
                Phase::Stable | Phase::Offered | Phase::Migrating | Phase::Trial | Phase::Committing | Phase::Restoring => [(), ()],
            };
            if world.calls.request_roam && snapshot.phase == Phase::Stable {
                ask(Ask::RequestRoam);
            }
            if world.calls.windows {
                ask(Ask::Suppress(!view.window));
            }
        }
    }
    if world.calls.stop {
        ask(Ask::Stop);
    }
    if world.calls.modes {
        for mode in [Mode::Off, Mode::Forced, Mode::Application] {
            ask(Ask::SetMode(mode));
        }
    }
    if world.calls.requirements {
        ask(Ask::Prohibit(!told.prohibits));
    }
    actions.push(Action::Misuse(session));
    // one of them speaks for the process
    let process = |session: usize| world.sessions[session].process;
    if world.calls.die && (0..session as usize).all(|other| process(other) != process(session as usize)) {
        actions.push(Action::Die(session));
    }
}

fn link_actions(world: &World, state: &State, id: AccessPointId, actions: &mut Vec<Action>) {
    let link = state.link(id);
    let others = world.faults.others && state.budget > 0;
    let room = has_room(world, state, id);
    if room {
        if world.faults.deleted {
            let broken = [ConfigurationState::Absent, ConfigurationState::Undefined];
            actions.extend(broken.into_iter().filter(|broken| link.state != *broken).map(|broken| Action::Becomes(id, broken)));
            actions.extend((link.state < ConfigurationState::Defined).then_some(Action::Becomes(id, ConfigurationState::Defined)));
        }
        let vanishes = (!world.faults.stays).then_some(Action::Becomes(id, ConfigurationState::Defined));
        match link.state {
            ConfigurationState::Absent | ConfigurationState::Undefined | ConfigurationState::Defined => {
                actions.push(Action::Becomes(id, ConfigurationState::Discovered));
            }
            ConfigurationState::Discovered => {
                actions.extend(vanishes);
                if others {
                    actions.push(Action::Becomes(id, ConfigurationState::Active));
                }
            }
            ConfigurationState::Active => {
                actions.extend(vanishes);
                if others {
                    actions.push(Action::Becomes(id, ConfigurationState::Discovered));
                }
            }
        }
    }
    if room && !state.gone {
        match link.task {
            Some(Task::Raise(_)) => {
                if link.state >= ConfigurationState::Discovered {
                    actions.push(Action::Finishes(id, true));
                }
                if world.faults.raise_fails || link.state < ConfigurationState::Discovered {
                    actions.push(Action::Finishes(id, false));
                }
            }
            Some(Task::Lower(_)) => {
                actions.push(Action::Finishes(id, true));
                if world.faults.raise_fails && link.state == ConfigurationState::Active {
                    actions.push(Action::Finishes(id, false));
                }
            }
            None => {}
        }
    }
    for place in 0..link.reports.len() as u8 {
        actions.push(Action::Arrives(id, place));
        if world.faults.lost && state.budget > 0 && !state.owed {
            actions.push(Action::IsLost(id, place));
        }
    }
}
