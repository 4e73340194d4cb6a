//! Whether a session lets go of what it must let go of: the old link after an accept, the candidate after ignore, reject and close
//! (S11), everything when its configuration is removed (S4).

use crate::observe::{Facts, leases, views};
use crate::state::State;
use netsession_fsm::hub::{Call, Hub, Input, Notice, Output, SessionView};
use netsession_fsm::roaming::RoamState;
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, Cause, Error, ErrorKind, SessionId};

/// Whether nothing is left of the session's lease: it is not among the holders, and the link counts the others' leases only.
fn let_go(hub: &Hub, id: SessionId, link: AccessPointId) -> bool {
    let held = hub.holders(link).any(|holder| holder == id);
    let others = views(hub).filter(|(other, view)| *other != id && leases(view, link)).count();
    !held && hub.link_view(link).is_none_or(|view| view.leases as usize <= others)
}

/// What the client was told it is rid of, by the answer to its own request, it is rid of.
pub fn answers(before: &State, input: &Input, outputs: &[Output], after: &mut State) {
    let Input::Request { session, request, call } = input else { return };
    let well = |output: &Output| matches!(output, Output::Answer { request: answered, result: Ok(()), .. } if answered == request);
    if !outputs.iter().any(well) {
        return;
    }
    let (Some(earlier), Some(view)) = (before.hub.session_view(*session), after.hub.session_view(*session)) else { return };
    let tested = matches!(earlier.roam, RoamState::Offered | RoamState::Migrating | RoamState::Trial | RoamState::Committing);
    let candidate = earlier.candidate.filter(|_| earlier.hold == Hold::Held && tested);
    let ended = match call {
        Call::Ignore(_) | Call::Reject(_) => true,
        Call::Close | Call::Stop => view.hold == Hold::Free,
        Call::Open { .. }
        | Call::Migrate(_)
        | Call::Accept(_)
        | Call::RequestRoam
        | Call::SetMode(_)
        | Call::SetRequirements(_)
        | Call::Suppress(_) => return,
    };
    after.require(11, ended && candidate.is_none_or(|link| let_go(&after.hub, *session, link)));
}

/// A session that adopted its candidate has let go of the old link; one that tests nothing leases nothing but its current link.
pub fn handshake(before: &State, id: SessionId, view: &SessionView, after: &mut State, facts: &mut Facts) {
    let earlier = before.hub.session_view(id).filter(|earlier| earlier.hold == Hold::Held);
    if let Some(earlier) = earlier {
        let adopted = earlier.roam == RoamState::Committing && view.roam != RoamState::Committing && view.current == earlier.candidate;
        if adopted {
            facts.saw(11, true);
            let rid = earlier.current.is_none_or(|old| let_go(&after.hub, id, old));
            after.require(11, earlier.current == view.current || rid || view.candidate == earlier.current);
        }
    }
    if matches!(view.roam, RoamState::Stable | RoamState::Offered | RoamState::Restoring) {
        let links = (0..after.links.len() as u32).map(AccessPointId).filter(|link| Some(*link) != view.current);
        let rid = links.into_iter().all(|link| !after.hub.holders(link).any(|holder| holder == id));
        after.require(11, rid);
    }
}

/// A configuration is removed: whoever held it gets one closed and one SessionAborted, whoever wanted it one error (SPEC §5).
pub(crate) fn removal(before: &State, input: &Input, outputs: &[Output], after: &mut State) {
    let Input::Remove(configuration) = input else { return };
    for (id, view) in views(&before.hub) {
        let Some(snapshot) = before.hub.snapshot(id).filter(|_| view.hold != Hold::Free) else { continue };
        if snapshot.configuration != *configuration && snapshot.chosen != Some(*configuration) {
            continue;
        }
        let count = |wanted: &dyn Fn(&Notice) -> bool| {
            let own = |output: &&Output| matches!(output, Output::Notice { session, notice, .. } if *session == id && wanted(notice));
            outputs.iter().filter(own).count()
        };
        let held = view.hold == Hold::Held;
        let closed = count(&|notice| matches!(notice, Notice::Closed));
        let told = |error: &Error| error.cause == Cause::Removed && (error.kind == ErrorKind::SessionAborted || !held);
        let errors = count(&|notice| matches!(notice, Notice::Error(error) if told(error)));
        after.require(4, closed == usize::from(held) && errors == 1);
    }
}
