//! Does a session in the handshake, and does the default route, stand where it may (S10, S12, S18, S19)?

use crate::observe::{Facts, leaf, views};
use crate::state::State;
use crate::world::World;
use netsession_fsm::hub::{Call, Hub, Input, SessionView, Timer};
use netsession_fsm::link::LinkState;
use netsession_fsm::roaming::{Old, RoamState};
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, Mode, SessionId};

/// A session that is open: what it leases, what it is offered, and that it does not begin to roam against its will.
pub(crate) fn handshake(world: &World, before: &State, id: SessionId, view: &SessionView, after: &mut State, facts: &mut Facts) {
    let holds = |hub: &Hub, link: Option<AccessPointId>| link.is_some_and(|link| hub.holders(link).any(|holder| holder == id));
    let in_trial = matches!(view.roam, RoamState::Migrating | RoamState::Trial | RoamState::Committing);
    if in_trial {
        facts.saw(10, view.roam == RoamState::Trial && view.old == Old::Up);
        let old = view.old != Old::Up
            || (holds(&after.hub, view.current) && view.current.is_some_and(|id| leaf(&after.hub, id) == LinkState::Up));
        after.require(10, holds(&after.hub, view.candidate) && old);
    }
    let earlier = before.hub.session_view(id);
    let mode = mode_of(world, after, id);
    if let Some(earlier) = earlier.filter(|earlier| earlier.hold == Hold::Held) {
        let begins = matches!(earlier.roam, RoamState::Stable | RoamState::Offered) && in_trial;
        let voluntary = begins && earlier.old == Old::Up && earlier.current.is_some_and(|id| leaf(&after.hub, id) == LinkState::Up);
        facts.saw(18, voluntary);
        let suppressed = voluntary && earlier.window && view.window;
        let off = begins && mode == Some(Mode::Off);
        after.require(18, !suppressed && !off);
    }
    if view.roam == RoamState::Offered {
        let fits = view.candidate.is_some_and(|candidate| {
            after.hub.admits(id, candidate).is_ok()
                && !after.hub.suppresses(id, candidate)
                && after.hub.snapshot(id).and_then(|snapshot| snapshot.active) != Some(candidate)
        });
        after.require(12, fits);
    }
}

/// The session's mode, as the client set it. Worlds where modes change have every mode reachable; there the hub's own word is taken.
fn mode_of(world: &World, after: &State, id: SessionId) -> Option<Mode> {
    if world.calls.modes {
        return after.hub.mode(id);
    }
    let place = after.told.iter().position(|told| told.id == Some(id))?;
    world.sessions.get(place).map(|plan| plan.mode)
}

/// The best link among the active links of open sessions: told from the snapshots alone (SPEC §7.4).
fn best_route(world: &World, hub: &Hub) -> Option<AccessPointId> {
    hub.sessions().filter_map(|id| hub.snapshot(id)?.active).min_by_key(|id| world.route_key(*id))
}

/// Whether a link is some open session's active one, or the one it is committing to.
pub(crate) fn serves(hub: &Hub, id: AccessPointId) -> bool {
    let active = |session| hub.snapshot(session).is_some_and(|snapshot| snapshot.active == Some(id));
    let committing = |view: &SessionView| view.roam == RoamState::Committing && view.candidate == Some(id);
    views(hub).any(|(session, view)| active(session) || committing(&view))
}

/// The route is never sent to a mere candidate. One that became a mere candidate, because the session that used it left, is not left
/// there: a `Prefer` away from it is under way.
pub(crate) fn route(world: &World, after: &mut State) {
    let on_candidate = after.hub.default_route().is_some_and(|id| !serves(&after.hub, id)) && after.hub.route_is_settled();
    let committing = views(&after.hub).any(|(_, view)| view.roam == RoamState::Committing);
    let misplaced = after.hub.route_is_settled() && !committing && after.hub.default_route() != best_route(world, &after.hub);
    after.require(19, !on_candidate && !misplaced);
}

/// What is only better is not moved to before it has settled, unless the current one was said not to serve (SPEC §6.2, §6.5).
pub(crate) fn settling(before: &State, input: &Input, after: &mut State) {
    let asked = matches!(input, Input::Request { call: Call::RequestRoam, .. });
    for (id, view) in views(&before.hub).filter(|(_, view)| !asked && view.hold == Hold::Held) {
        let Some(now) = after.hub.session_view(id).filter(|now| now.hold == Hold::Held && now.old == Old::Up) else { continue };
        let begins = match view.roam {
            RoamState::Stable => !matches!(now.roam, RoamState::Stable | RoamState::Restoring),
            RoamState::Offered => now.roam == RoamState::Offered && now.candidate != view.candidate,
            RoamState::Seeking | RoamState::Migrating | RoamState::Trial | RoamState::Committing | RoamState::Restoring => false,
        };
        let served = view.current.is_some_and(|current| !after.hub.suppresses(id, current) && leaf(&after.hub, current) == LinkState::Up);
        let settles = now.candidate.is_some_and(|candidate| after.armed.iter().any(|timer| timer == Timer::Settle(candidate)));
        after.require(12, !(begins && served && settles));
    }
}
