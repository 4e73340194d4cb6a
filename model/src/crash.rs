//! A crash of the hub's process, and its executor with it: what is lost, and what goes on as if nothing had happened (SPEC §8).
//!
//! It comes between two steps of the hub. One that comes within a step is like one before it or after it: what the step changed is safe
//! before any of its outputs is carried out, and outputs that are lost are commands that nobody carries out, timers that are armed
//! anew, and notices of sessions whose clients ask how things stand.

use crate::armed::Armed;
use crate::state::{Scans, State};
use crate::world::World;
use netsession_fsm::hub::{Hub, Input};
use netsession_fsm::session::Hold;
use netsession_fsm::words::{OperationId, SessionId};

/// Everything that the process had in its memory is gone; links stay as they really are. What the new process is given.
pub(crate) fn crash(world: &World, state: &mut State) -> Input {
    let kept = state.hub.kept();
    state.hub = world.defined();
    state.armed = Armed::none(state.told.len(), state.links.len());
    for link in &mut state.links {
        (link.task, link.done, link.gives_back) = (None, OperationId(1), false);
        link.reports.clear();
    }
    state.prefer = None;
    (state.owed, state.gone, state.starting) = (false, true, true);
    // Whoever waits for an answer sees the connection end, and that is the answer.
    state.told.iter_mut().for_each(|told| told.waiting = 0);
    state.scans = Scans::default();
    Input::Restore(Box::new(kept))
}

/// The new hub is as large as the old one was, also where nobody is any more.
pub(crate) fn make_room(state: &mut State) {
    state.hub.make_room(state.told.len());
}

/// Every session stands as it stood, under its id; offers do not begin to be numbered anew (S8, S9).
pub(crate) fn judge(before: &State, after: &mut State) {
    let stands = |hub: &Hub, id: SessionId| {
        let (now, view) = (hub.snapshot(id)?, hub.session_view(id)?);
        // One that is not open mirrors its link: what was being raised is down now.
        let state = (view.hold != Hold::Free).then_some(now.state);
        Some((now.chosen, now.open, now.active, now.candidate, now.phase, state, view))
    };
    let offer = |hub: &Hub, id: SessionId| hub.kept_session(id).map(|session| session.offer);
    for id in before.told.iter().filter_map(|told| told.id) {
        after.require(8, stands(&before.hub, id) == stands(&after.hub, id));
        after.require(9, offer(&before.hub, id) <= offer(&after.hub, id));
    }
}
