//! Whether a step kept the promises: every safety property that speaks of steps, judged on inputs, outputs and both states.

use crate::asked;
use crate::letting_go;
use crate::properties::bit;
use crate::standing;
use crate::state::State;
use crate::world::World;
use netsession_fsm::hub::{Call, Command, Hub, Input, LinkReport, Notice, Output, Report, SessionView, Timer};
use netsession_fsm::link::LinkState;
use netsession_fsm::roaming::{Old, RoamState};
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, Capabilities, ConfigurationState, ErrorKind, Mode, Phase, RequestId, SessionId, SessionState};

/// What was seen on the way: properties whose sentence spoke of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts(pub u32);

impl Facts {
    /// Whether the property's witness was seen.
    #[must_use]
    pub const fn has(self, number: u32) -> bool {
        self.0 & bit(number) != 0
    }

    pub(crate) fn saw(&mut self, number: u32, seen: bool) {
        if seen {
            self.0 |= bit(number);
        }
    }
}

impl State {
    pub(crate) fn require(&mut self, number: u32, holds: bool) {
        if !holds {
            self.violated |= bit(number);
        }
    }
}

/// Whether the session leases the link, told from its leaves alone and not by the hub's own counting (S13).
#[must_use]
pub fn leases(view: &SessionView, id: AccessPointId) -> bool {
    let candidate = matches!(view.roam, RoamState::Migrating | RoamState::Trial | RoamState::Committing);
    let current = match view.hold {
        Hold::Free => false,
        Hold::Wanting => true,
        Hold::Held => view.old == Old::Up || view.roam == RoamState::Restoring,
    };
    (current && view.current == Some(id)) || (view.hold == Hold::Held && candidate && view.candidate == Some(id))
}

pub(crate) fn views(hub: &Hub) -> impl Iterator<Item = (SessionId, SessionView)> + '_ {
    hub.sessions().filter_map(|id| Some((id, hub.session_view(id)?)))
}

pub(crate) fn leaf(hub: &Hub, id: AccessPointId) -> LinkState {
    hub.link_view(id).map_or(LinkState::Absent, |view| view.state)
}

fn link_ids(state: &State) -> impl Iterator<Item = AccessPointId> + use<> {
    (0..state.links.len() as u32).map(AccessPointId)
}

/// What the hub was told of links at rest, before any command it gives then is noted.
pub(crate) fn heard(input: &Input, state: &mut State) {
    let Input::Report(report) = input else { return };
    for id in link_ids(state) {
        let nothing_left = match told(state, report, id) {
            Some(ConfigurationState::Absent) => true,
            Some(ConfigurationState::Undefined | ConfigurationState::Defined | ConfigurationState::Discovered) => {
                state.is_removed(id.into()) || state.link(id).gives_back
            }
            Some(ConfigurationState::Active) | None => false,
        };
        if nothing_left {
            let link = &mut state.links[id.0 as usize];
            (link.raised, link.gives_back) = (false, false);
        }
    }
}

/// Judges one exchange with the hub.
pub fn step(world: &World, before: &State, input: &Input, outputs: &[Output], after: &mut State, facts: &mut Facts) {
    if let Input::Fired(Timer::Grace(_)) = input {
        after.links.iter_mut().for_each(|link| link.told_active = false);
    }
    facts.saw(14, matches!(input, Input::Report(Report::Resync { .. })));
    settle_offer(input, outputs, after);
    let commanded = |leaf: LinkState| matches!(leaf, LinkState::Raising | LinkState::Lowering);
    let resting = |leaf: LinkState| !commanded(leaf) && leaf != LinkState::Up;
    for id in link_ids(after) {
        let gone = leaf(&after.hub, id) == LinkState::Absent;
        // A raise that was interrupted by a crash may have left something.
        let crashed = matches!(input, Input::Restore(_));
        let ended = !crashed && commanded(leaf(&before.hub, id)) && resting(leaf(&after.hub, id)) && !gone;
        if ended {
            after.links[id.0 as usize].raised = false;
        }
        // defined again, its end is waited for as any other's
        after.links[id.0 as usize].gives_back &= leaf(&after.hub, id) != LinkState::Lowering;
    }
    for output in outputs {
        match output {
            Output::Notice { session, sequence: _, notice } => noticed(before, input, *session, notice, after, facts),
            Output::Answer { session, request, .. } => answered(*session, *request, after, facts),
            Output::Command(Command::Lower { access_point, .. }) => lowered(before, input, *access_point, after, facts),
            Output::Command(Command::Raise { .. } | Command::Refresh { .. })
            | Output::Arm(..)
            | Output::Disarm(_)
            | Output::Catalogue(_)
            | Output::Created { .. }
            | Output::Refused(_) => {}
            Output::Command(Command::Prefer { access_point, .. }) => {
                facts.saw(19, true);
                let served = access_point.is_none_or(|id| standing::serves(&after.hub, id));
                after.require(19, served);
            }
        }
    }
    sequences(outputs, after);
    stopped(before, input, outputs, after, facts);
    letting_go::removal(before, input, outputs, after);
    standing::settling(before, input, after);
    asked::scans(outputs, after);
    letting_go::answers(before, input, outputs, after);
    asked::attempts(world, before, outputs, after);
    sessions(world, before, after, facts);
    links(after, facts);
    standing::route(world, after);
}

/// How the link stands, as the report tells, if nothing is under way on it.
fn told(state: &State, report: &Report, id: AccessPointId) -> Option<ConfigurationState> {
    let settled = |report: &LinkReport| (report.access_point == id && report.done.0 > 0).then_some(report.state);
    match report {
        Report::Link(report) => settled(report),
        Report::Resync { links, .. } => match links.iter().find(|report| report.access_point == id) {
            Some(report) => settled(report),
            None => state.link(id).task.is_none().then_some(ConfigurationState::Absent),
        },
        Report::Route { .. } | Report::Refreshed { .. } | Report::Counters { .. } | Report::Gone { .. } => None,
    }
}

/// What a client answered, or had answered by another mode, is no longer pending for it; what comes after is a new offer.
fn settle_offer(input: &Input, outputs: &[Output], after: &mut State) {
    let Input::Request { session, request, call } = input else { return };
    let well = |output: &Output| matches!(output, Output::Answer { request: answered, result: Ok(()), .. } if answered == request);
    let settles = matches!(call, Call::Migrate(_) | Call::Ignore(_) | Call::SetMode(Mode::Off | Mode::Forced));
    if let Some(told) = after.told.iter_mut().find(|told| told.id == Some(*session) && settles && outputs.iter().any(well)) {
        told.offer = false;
    }
}

/// Sequence numbers of a session grow by one; state, then opened or closed, then offers, then errors; after closed nothing but the one
/// error that explains it (SPEC §11).
fn sequences(outputs: &[Output], after: &mut State) {
    let class = |notice: &Notice| match notice {
        Notice::StateChanged(_) => 0,
        Notice::PoliciesChanged(_) => 1,
        Notice::Opened | Notice::Closed => 2,
        Notice::PreferredConfigurationChanged(_) | Notice::NewConfigurationActivated { .. } | Notice::OfferWithdrawn(_) => 3,
        Notice::Error(_) => 4,
    };
    for place in 0..after.told.len() {
        let Some(id) = after.told[place].id else { continue };
        let own = |output| {
            if let &Output::Notice { session, sequence, ref notice } = output {
                (session == id).then_some((sequence, notice))
            } else {
                None
            }
        };
        let own = outputs.iter().filter_map(own);
        let (mut expected, mut last, mut closed, mut ordered) = (0, 0, false, true);
        for (sequence, notice) in own {
            expected += 1;
            let follows_closed = closed && (class(notice) != 4 || last == 4);
            ordered &= sequence == expected && class(notice) >= last && !follows_closed;
            last = class(notice);
            closed |= matches!(notice, Notice::Closed);
        }
        after.require(8, ordered);
    }
}

fn noticed(before: &State, input: &Input, session: SessionId, notice: &Notice, after: &mut State, facts: &mut Facts) {
    let Some(place) = after.told.iter().position(|told| told.id == Some(session)) else { return };
    match notice {
        Notice::StateChanged(state) => {
            facts.saw(7, true);
            after.require(7, after.told[place].state != *state);
            after.told[place].state = *state;
        }
        Notice::Opened => {
            facts.saw(8, true);
            after.require(8, !after.told[place].open);
            after.told[place].open = true;
        }
        Notice::Closed => (after.told[place].open, after.told[place].offer) = (false, false),
        Notice::PreferredConfigurationChanged(offer) => {
            facts.saw(12, true);
            after.require(16, !after.told[place].offer);
            after.told[place].offer = true;
            let active = after.hub.snapshot(session).and_then(|snapshot| snapshot.active);
            let view = after.hub.session_view(session);
            // What was offered stands when the batch ends, or was withdrawn in it.
            let stands = view.is_some_and(|view| view.roam == RoamState::Offered && view.candidate == Some(offer.access_point));
            let fits = after.hub.admits(session, offer.access_point).is_ok() && !after.hub.suppresses(session, offer.access_point);
            // What was tested until now has failed or was declined, and rests for a while (SPEC §6.6).
            let tested = before.hub.session_view(session).is_some_and(|earlier| {
                let tests = matches!(earlier.roam, RoamState::Migrating | RoamState::Trial | RoamState::Committing);
                earlier.hold == Hold::Held && tests && earlier.candidate == Some(offer.access_point)
            });
            after.require(12, stands && fits && !tested && active != Some(offer.access_point));
        }
        Notice::OfferWithdrawn(_) => {
            facts.saw(16, true);
            after.told[place].offer = false;
        }
        Notice::NewConfigurationActivated { access_point, .. } => {
            facts.saw(17, true);
            after.require(17, after.link(*access_point).told_active);
        }
        Notice::Error(_) => {
            facts.saw(3, true);
            let asked = matches!(input, Input::Request { session: asker, .. } if *asker == session);
            let engaged = before.hub.session_view(session).is_some_and(|view| view.hold != Hold::Free);
            after.require(3, asked || engaged);
        }
        Notice::PoliciesChanged(_) => {}
    }
}

fn answered(session: Option<SessionId>, request: RequestId, after: &mut State, facts: &mut Facts) {
    let Some(place) = after.told.iter().position(|told| told.id.is_some() && told.id == session) else { return };
    if request.0 < 9 {
        facts.saw(2, true);
        after.require(2, after.told[place].waiting > 0);
        after.told[place].waiting = after.told[place].waiting.saturating_sub(1);
    }
}

fn lowered(before: &State, input: &Input, id: AccessPointId, after: &mut State, facts: &mut Facts) {
    facts.saw(6, true);
    let free = !views(&after.hub).any(|(_, view)| leases(&view, id)) && before.link(id).raised;
    let stop = matches!(input, Input::Request { call: Call::Stop, .. });
    let again = leaf(&before.hub, id) == LinkState::Lowering;
    let radio = |id| after.hub.access_point(id).and_then(|access_point| access_point.radio);
    let gives_way = radio(id).is_some()
        && link_ids(after).any(|other| other != id && radio(other) == radio(id) && views(&after.hub).any(|(_, view)| leases(&view, other)));
    let unused = !views(&after.hub).any(|(_, view)| leases(&view, id));
    after.require(6, (free || stop || again || (gives_way && unused)) && commandable(&after.hub, id));
}

/// Whether the executor can raise and lower the link at all.
fn commandable(hub: &Hub, id: AccessPointId) -> bool {
    hub.access_point(id).is_some_and(|access_point| access_point.capabilities.has(Capabilities::CAN_START_AND_STOP_INTERFACES))
}

/// Called before the command is noted: a Raise may not be outstanding, and the radio must be free (S5, S15).
pub fn raised(state: &mut State, id: AccessPointId, facts: &mut Facts) {
    facts.saw(5, true);
    let outstanding = matches!(state.link(id).task, Some(crate::state::Task::Raise(_)));
    state.require(5, !outstanding && !state.is_removed(id.into()) && commandable(&state.hub, id));
    let radio = |id| state.hub.access_point(id).and_then(|access_point| access_point.radio);
    if radio(id).is_some() {
        facts.saw(15, true);
        let left = |other: AccessPointId| state.is_removed(other.into()) && state.link(other).raised;
        // Of what an executor that is gone was told, nothing is carried on.
        let gone = state.gone && !state.starting;
        let under_way = |other: AccessPointId| state.link(other).task.is_some() && !gone;
        let stands = |other: AccessPointId| leaf(&state.hub, other).occupies_radio() || left(other) || under_way(other);
        let occupied = link_ids(state).any(|other| other != id && radio(other) == radio(id) && stands(other));
        state.require(15, !occupied);
    }
}

fn stopped(before: &State, input: &Input, outputs: &[Output], after: &mut State, facts: &mut Facts) {
    let Input::Request { session: asker, call: Call::Stop, .. } = input else { return };
    let lowered = |id: AccessPointId| {
        let by = |output: &Output| matches!(output, Output::Command(Command::Lower { access_point, .. }) if *access_point == id);
        leaf(&before.hub, id) != LinkState::Lowering && outputs.iter().any(by)
    };
    let asker_view = before.hub.session_view(*asker);
    for (id, view) in views(&before.hub) {
        if id == *asker {
            continue;
        }
        // Links that fall because a lease was the last are not stopped.
        let forced = |link: AccessPointId| {
            let of_asker = asker_view.is_some_and(|own| leases(&own, link) || own.hold == Hold::Free);
            of_asker && lowered(link) && leases(&view, link)
        };
        if !link_ids(before).any(forced) {
            continue;
        }
        facts.saw(4, true);
        let count = |wanted: &dyn Fn(&Notice) -> bool| {
            let own = |output: &&Output| matches!(output, Output::Notice { session, notice, .. } if *session == id && wanted(notice));
            outputs.iter().filter(own).count()
        };
        let closed = count(&|notice| matches!(notice, Notice::Closed));
        let aborted = count(&|notice| matches!(notice, Notice::Error(error) if error.kind == ErrorKind::SessionAborted));
        after.require(4, closed == usize::from(view.hold == Hold::Held) && aborted == 1);
    }
}

fn sessions(world: &World, before: &State, after: &mut State, facts: &mut Facts) {
    for place in 0..after.told.len() {
        let Some(id) = after.told[place].id else { continue };
        let (Some(snapshot), Some(view)) = (after.hub.snapshot(id), after.hub.session_view(id)) else { continue };
        let told = after.told[place];
        facts.saw(1, snapshot.open);
        let connected_on_up = snapshot.active.is_some_and(|active| leaf(&after.hub, active) == LinkState::Up);
        let showing = match snapshot.state {
            SessionState::Connected => connected_on_up,
            SessionState::Roaming => true,
            SessionState::Invalid
            | SessionState::NotAvailable
            | SessionState::Connecting
            | SessionState::Closing
            | SessionState::Disconnected => false,
        };
        after.require(1, !snapshot.open || showing);
        let removed = after.is_removed(snapshot.configuration) || snapshot.chosen.is_some_and(|chosen| after.is_removed(chosen));
        after.require(1, !removed || (snapshot.state == SessionState::Invalid && view.hold == Hold::Free));
        after.require(2, view.hold == Hold::Wanting || told.waiting == 0);
        after.require(8, told.state == snapshot.state && told.open == snapshot.open);
        let pending = snapshot.phase == Phase::Offered && snapshot.offer.is_some();
        after.require(16, pending == told.offer);
        if view.hold == Hold::Held {
            standing::handshake(world, before, id, &view, after, facts);
            letting_go::handshake(before, id, &view, after, facts);
        }
    }
}

fn links(after: &mut State, facts: &mut Facts) {
    for id in link_ids(after) {
        let Some(link) = after.hub.link_view(id) else { continue };
        let lessees = || views(&after.hub).filter(|(_, view)| leases(view, id)).map(|(session, _)| session);
        let (count, holders) = (lessees().count(), after.hub.holders(id).count());
        facts.saw(13, count > 0);
        // As many, and every one of them: the same.
        let same = holders == count && lessees().all(|session| after.hub.holders(id).any(|holder| holder == session));
        after.require(13, link.leases as usize == count && same);
    }
}
