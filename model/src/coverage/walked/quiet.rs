//! What comes of a deed? Everything the service and a well-behaved environment then do, until all is quiet or waits for time.

use super::deed::{Deed, Ends, Event, Unasked, Verb};
use super::stage::{Stage, Start};
use crate::action::{Action, Ask};
use crate::executor::{becomes_really, finish, send};
use crate::next::{self, Desk};
use crate::observe::Facts;
use crate::state::{State, Task};
use netsession_fsm::hub::{Call, Input, Output, Timer};
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, ConfigurationState, OfferId, Phase, RequestId};
use std::collections::BTreeMap;
use std::time::Duration;

/// Time that passes beyond the timer that is waited for: what takes no time here takes some elsewhere.
pub(crate) const SLACK: Duration = Duration::from_millis(500);
/// Raising a link takes no longer on the simulator.
const RAISE: Duration = Duration::from_millis(400);
/// Lowering a link, or switching the default route, takes no longer.
const LOWER: Duration = Duration::from_millis(100);
/// More steps than anything takes by itself.
const LONG: usize = 200;

/// All is quiet, or waits for time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Quiet {
    pub(crate) state: State,
    /// How access points behave now.
    pub(super) places: Vec<Start>,
    /// When timers run out from here.
    pub(super) timers: BTreeMap<Timer, Duration>,
    /// Requests that were not answered yet.
    pub(crate) begun: Vec<(u8, Verb)>,
    /// Sessions that went.
    left: Vec<u8>,
}

/// What a deed led to.
pub(crate) struct Led {
    pub(crate) to: Quiet,
    /// Everything that happened.
    pub(crate) desk: Desk,
    /// How long was waited.
    pub(crate) waited: Option<Duration>,
    /// How long it takes on the simulator until all is quiet, but for what was waited for.
    pub(crate) rests: Duration,
}

/// Some of it has no end.
#[derive(Debug)]
pub(crate) struct Endless;

impl Quiet {
    /// How it begins.
    pub(crate) fn initial(stage: &Stage, start: &[Start]) -> Result<Self, Endless> {
        let mut quiet = Self {
            state: State::initial(&stage.world),
            places: start.to_vec(),
            timers: BTreeMap::new(),
            begun: Vec::new(),
            left: Vec::new(),
        };
        let mut desk = Desk::telling(Facts::default());
        for (place, start) in start.iter().enumerate() {
            quiet.becomes(id(place), start.state);
        }
        quiet.state.gone = true;
        quiet.take(stage, Action::Resync, &mut desk);
        quiet.settles(stage, &mut desk)?;
        Ok(quiet)
    }

    /// Does it.
    pub(crate) fn does(&self, stage: &Stage, deed: Deed) -> Result<Led, Endless> {
        let mut to = self.clone();
        let mut desk = Desk::telling(Facts::default());
        let mut waited = None;
        match deed {
            Deed::Asks(session, ask) => {
                to.take(stage, Action::Ask(session, ask), &mut desk);
                let verb = match ask {
                    Ask::Open | Ask::Choose(_) => Some(Verb::Open),
                    Ask::Migrate => Some(Verb::Migrate),
                    Ask::Accept => Some(Verb::Accept),
                    Ask::Close
                    | Ask::Stop
                    | Ask::Ignore
                    | Ask::Reject
                    | Ask::RequestRoam
                    | Ask::SetMode(_)
                    | Ask::Suppress(_)
                    | Ask::Prohibit(_) => None,
                };
                to.begun.extend(verb.map(|verb| (session, verb)));
            }
            Deed::Unasked(session, answer) => to.unasked(stage, session, answer, &mut desk),
            Deed::Leaves(session) => {
                to.left.push(session);
                to.take(stage, Action::Die(session), &mut desk);
            }
            Deed::Happens(id, event) => {
                to.becomes(id, event.leads_to());
                send(&mut to.state, id, None);
            }
            Deed::Raises(id, ends) => to.places[id.0 as usize].raise = ends,
            Deed::Preferred(id, ends) => to.places[id.0 as usize].prefer = ends,
            Deed::Killed => to.take(stage, Action::Gone, &mut desk),
            Deed::Back | Deed::Resyncs => to.take(stage, Action::Resync, &mut desk),
            Deed::Removed(of) => to.take(stage, Action::Removes(of), &mut desk),
            Deed::Refreshed => to.take(stage, Action::Refresh, &mut desk),
            Deed::Waits => waited = to.passes(stage, &mut desk)?,
        }
        let mut rests = to.settles(stage, &mut desk)?;
        let asked = to.begun.len();
        to.begun.retain(|(session, verb)| to.state.is_waited_for(*session, *verb));
        if asked > to.begun.len() && !rests.is_zero() {
            // until the answer is waited for anyway
            rests = LOWER;
        }
        Ok(Led { to, desk, waited, rests })
    }

    /// Time passes, until a little after the next timer ran out.
    fn passes(&mut self, stage: &Stage, desk: &mut Desk) -> Result<Option<Duration>, Endless> {
        let Some(until) = self.timers.values().min().map(|until| *until + SLACK) else { return Ok(None) };
        let mut passed = Duration::ZERO;
        for _ in 0..LONG {
            let next = self.timers.iter().map(|(timer, left)| (*left, *timer)).min();
            let Some((left, next)) = next.filter(|(left, _)| passed + *left <= until) else {
                let rest = until - passed;
                self.timers.values_mut().for_each(|left| *left -= rest);
                return Ok(Some(until));
            };
            passed += left;
            self.timers.values_mut().for_each(|other| *other -= left);
            self.timers.remove(&next);
            self.take(stage, Action::Fires(next), desk);
            self.settles(stage, desk)?;
        }
        Err(Endless)
    }

    /// The environment does what it should, in the order in which it comes to it; how long that takes on the simulator.
    fn settles(&mut self, stage: &Stage, desk: &mut Desk) -> Result<Duration, Endless> {
        let mut takes = Duration::ZERO;
        for _ in 0..LONG {
            let Some(action) = self.next() else { return Ok(takes) };
            if let Action::Finishes(id, _) = action
                && matches!(self.state.link(id).task, Some(Task::Raise(_)))
            {
                takes += RAISE;
            } else if matches!(action, Action::Finishes(..) | Action::Routed(_) | Action::Scanned(_)) {
                takes += LOWER;
            }
            self.take(stage, action, desk);
        }
        Err(Endless)
    }

    fn next(&self) -> Option<Action> {
        let links = || self.state.links.iter().enumerate().map(|(place, link)| (id(place), link));
        if let Some((id, _)) = links().find(|(_, link)| !link.reports.is_empty()) {
            return Some(Action::Arrives(id, 0));
        }
        if self.state.gone {
            return None;
        }
        let ends = |(id, link): (AccessPointId, &crate::state::RealLink)| {
            let place = &self.places[id.0 as usize];
            match link.task? {
                Task::Raise(_) if link.state < ConfigurationState::Discovered => Some(Action::Finishes(id, false)),
                Task::Raise(_) if link.state == ConfigurationState::Active => Some(Action::Finishes(id, true)),
                Task::Raise(_) => match place.raise {
                    Ends::Well => Some(Action::Finishes(id, true)),
                    Ends::Badly => Some(Action::Finishes(id, false)),
                    Ends::Never => None,
                },
                Task::Lower(_) => (!place.lowers_late).then_some(Action::Finishes(id, true)),
            }
        };
        if let Some(action) = links().find_map(ends) {
            return Some(action);
        }
        if let Some((_, target)) = self.state.prefer {
            let up = target.is_none_or(|id| self.state.link(id).state == ConfigurationState::Active);
            match target.map_or(Ends::Well, |id| self.places[id.0 as usize].prefer) {
                Ends::Well => return Some(Action::Routed(up)),
                Ends::Badly => return Some(Action::Routed(false)),
                Ends::Never => {}
            }
        }
        self.state.scans.newest.then_some(Action::Scanned(true))
    }

    /// A step of the model, with its timers.
    fn take(&mut self, stage: &Stage, action: Action, desk: &mut Desk) {
        let before = self.state.clone();
        next::act(&stage.world, &before, &mut self.state, action, desk);
        self.times(desk);
    }

    fn unasked(&mut self, stage: &Stage, session: u8, answer: Unasked, desk: &mut Desk) {
        let Some(session) = self.state.told[session as usize].id else { return };
        let offer = OfferId(u32::MAX);
        let call = match answer {
            Unasked::Migrates => Call::Migrate(offer),
            Unasked::Ignores => Call::Ignore(offer),
            Unasked::Accepts => Call::Accept(offer),
            Unasked::Rejects => Call::Reject(offer),
        };
        let before = self.state.clone();
        next::exchange(&stage.world, &before, &mut self.state, Input::Request { session, request: RequestId(9), call }, desk);
        self.times(desk);
    }

    fn times(&mut self, desk: &mut Desk) {
        for (_, outputs) in desk.told() {
            for output in outputs {
                match output {
                    Output::Arm(timer, time) => {
                        self.timers.insert(timer, time);
                    }
                    Output::Disarm(timer) => {
                        self.timers.remove(&timer);
                    }
                    Output::Command(_)
                    | Output::Notice { .. }
                    | Output::Catalogue(_)
                    | Output::Created { .. }
                    | Output::Answer { .. }
                    | Output::Refused(_) => {}
                }
            }
        }
    }

    /// The link is so now; what was being raised cannot come up.
    fn becomes(&mut self, id: AccessPointId, state: ConfigurationState) {
        if matches!(self.state.link(id).task, Some(Task::Raise(_))) && state != ConfigurationState::Active {
            finish(&mut self.state, id, false);
        }
        becomes_really(&mut self.state, id, state);
    }
}

impl Event {
    const fn leads_to(self) -> ConfigurationState {
        match self {
            Self::Cut => ConfigurationState::Defined,
            Self::Mended | Self::TakenDown => ConfigurationState::Discovered,
            Self::BroughtUp => ConfigurationState::Active,
            Self::LosesCredentials => ConfigurationState::Undefined,
        }
    }
}

impl State {
    /// Whether the answer to a request has not come yet.
    fn is_waited_for(&self, session: u8, verb: Verb) -> bool {
        let Some((view, snapshot)) = self.told[session as usize].id.and_then(|id| self.hub.session_view(id).zip(self.hub.snapshot(id)))
        else {
            return false;
        };
        match verb {
            Verb::Open => view.hold == Hold::Wanting,
            Verb::Migrate => snapshot.phase == Phase::Migrating,
            Verb::Accept => snapshot.phase == Phase::Committing,
        }
    }
}

pub(super) fn id(place: usize) -> AccessPointId {
    AccessPointId(place as u32)
}
