//! The executor of a world: what becomes of links, and what is reported of them.

use crate::state::{State, Task};
use netsession_fsm::hub::LinkReport;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};

/// The executor reports how the link stands, and why, unless its daemon is gone.
pub(crate) fn send(state: &mut State, id: AccessPointId, cause: Option<Cause>) {
    let gone = state.gone;
    let link = &mut state.links[id.0 as usize];
    link.generation += 1;
    if !gone {
        let cause = cause.unwrap_or(Cause::Unknown);
        link.reports.push(LinkReport { access_point: id, generation: link.generation, state: link.state, done: link.done, cause });
    }
}

/// Why a link is in another state now, if the executor knows.
pub(crate) fn because(was: ConfigurationState, becomes: ConfigurationState) -> Option<Cause> {
    match becomes {
        ConfigurationState::Absent => Some(Cause::Vanished),
        ConfigurationState::Undefined => Some(Cause::Authentication),
        ConfigurationState::Defined => Some(Cause::CarrierLost),
        ConfigurationState::Discovered if was == ConfigurationState::Active => Some(Cause::TakenDown),
        ConfigurationState::Discovered | ConfigurationState::Active => None,
    }
}

/// The link is in another state now.
pub(crate) fn becomes_really(state: &mut State, id: AccessPointId, becomes: ConfigurationState) {
    state.links[id.0 as usize].state = becomes;
    if becomes != ConfigurationState::Active && state.route == Some(id) {
        // The kernel drops a route with its link.
        state.route = None;
    }
}

/// The operation under way ends, well or not, and the executor may know why.
pub(crate) fn finish(state: &mut State, id: AccessPointId, well: bool) -> Option<Cause> {
    let task = state.links[id.0 as usize].task.take()?;
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
    matches!(task, Task::Raise(_) if !well).then_some(Cause::NoLease)
}

/// The snapshot of a resync. A daemon that was gone carries nothing on: everything it was told is done. An executor that starts carries
/// out what it was told since the crash.
pub(crate) fn resync(state: &mut State) -> Vec<LinkReport> {
    let starting = core::mem::replace(&mut state.starting, false);
    let was_gone = core::mem::replace(&mut state.gone, false) && !starting;
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
        // One that is not listed is absent, and nothing is under way on it.
        if link.state == ConfigurationState::Absent && link.task.is_none() {
            continue;
        }
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
