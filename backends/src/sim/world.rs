//! The simulated world: links, the default route, the daemon, what is planned, what waits to be told. One lock around it.

use super::behaviour::{Action, Faults, Outcome};
use super::link::{Link, Work};
use crate::executor::{Event, Left};
use netsession_fsm::hub::{Command, LinkReport, Report};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, ExecutorId, OperationId};
use std::collections::{BTreeMap, VecDeque};
use std::task::Waker;
use std::time::Duration;
use tokio::time::Instant;

/// Everything there is.
#[derive(Debug)]
pub(super) struct World {
    pub(super) executor: ExecutorId,
    pub(super) links: BTreeMap<AccessPointId, Link>,
    pub(super) route: Option<AccessPointId>,
    /// The newest `Prefer` or `Refresh` that is not answered.
    pub(super) preferring: Option<OperationId>,
    pub(super) refreshing: Option<OperationId>,
    pub(super) scan_delay: Duration,
    pub(super) jitter: Duration,
    pub(super) faults: Faults,
    pub(super) gone: bool,
    /// The daemon is there and does nothing.
    pub(super) frozen: bool,
    /// When the daemon is back it carries on with what was under way; else that is abandoned.
    pub(super) carries_on: bool,
    /// Commands, and work that became due, which wait for the daemon.
    pub(super) waiting: Vec<Command>,
    pub(super) overdue: Vec<Planned>,
    /// The executor was asked to end.
    pub(super) ended: bool,
    pub(super) waker: Option<Waker>,
    spoken: bool,
    events: VecDeque<Event>,
    plan: BTreeMap<(Instant, u64), Planned>,
    planned: u64,
    random: u64,
}

/// Something that is going to happen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Planned {
    /// The work on a link ends, if it is still this one.
    Worked(AccessPointId, Work),
    /// The default route moves, if nothing superseded it.
    Routed(OperationId, Option<AccessPointId>, Result<(), Cause>),
    /// A scan ends.
    Scanned(OperationId),
    /// A report is delivered once more.
    Repeated(LinkReport),
    /// The script.
    Happens(Action),
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            executor: ExecutorId(0),
            links: BTreeMap::new(),
            route: None,
            preferring: None,
            refreshing: None,
            scan_delay: Duration::from_millis(500),
            jitter: Duration::ZERO,
            faults: Faults::default(),
            gone: false,
            frozen: false,
            carries_on: false,
            waiting: Vec::new(),
            overdue: Vec::new(),
            ended: false,
            waker: None,
            spoken: false,
            events: VecDeque::new(),
            plan: BTreeMap::new(),
            planned: 0,
            random: seed,
        }
    }

    /// A new executor speaks for this network; of the one before it nothing is left but how the links stand.
    pub(super) fn begin(&mut self, executor: ExecutorId) {
        self.executor = executor;
        (self.spoken, self.ended, self.waker) = (false, false, None);
        (self.preferring, self.refreshing) = (None, None);
        (self.waiting, self.overdue) = (Vec::new(), Vec::new());
        self.events.clear();
        self.plan.retain(|_, planned| matches!(planned, Planned::Happens(_)));
        self.links.values_mut().for_each(Link::begin);
    }

    /// Takes over what an earlier process left (C13). Nothing is ever half done here.
    pub(super) fn adopt(&mut self, left: &Left) {
        for (id, link) in self.links.iter_mut().filter(|(_, link)| link.up) {
            match (left.raised.contains(id), std::mem::take(&mut link.noted)) {
                (true, true) => link.ours = true,
                (true, false) => link.disowned = true,
                (false, true) => link.up = false,
                (false, false) => {}
            }
        }
        self.route = self.route.filter(|_| left.preferred.is_some());
    }

    /// Plans something; the executor is woken by whoever holds the lock.
    pub(super) fn after(&mut self, delay: Duration, what: Planned) {
        if let Some(at) = Instant::now().checked_add(delay) {
            self.plan.insert((at, self.planned), what);
            self.planned += 1;
        }
    }

    /// A delay with its jitter.
    pub(super) fn jittered(&mut self, delay: Duration) -> Duration {
        let most = u64::try_from(self.jitter.as_nanos()).unwrap_or(u64::MAX - 1);
        delay + Duration::from_nanos(self.random() % (most + 1))
    }

    /// Splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn chance(&mut self, percent: u8) -> bool {
        percent > 0 && self.random() % 100 < u64::from(percent)
    }

    /// The next event; what is due by now has happened.
    pub(super) fn next_event(&mut self) -> Option<Event> {
        if !self.spoken {
            self.spoken = true;
            self.resync();
        }
        let now = Instant::now();
        while let Some(due) = self.plan.first_entry().filter(|due| due.key().0 <= now) {
            let what = due.remove();
            self.happen(what);
        }
        if self.frozen { None } else { self.events.pop_front() }
    }

    /// When the next planned thing is due.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.plan.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn happen(&mut self, what: Planned) {
        if self.has_to_wait(&what) {
            return self.overdue.push(what);
        }
        match what {
            Planned::Worked(id, work) => self.worked(id, work),
            Planned::Routed(op, target, result) => self.routed(op, target, result),
            Planned::Scanned(op) => self.scanned(op),
            Planned::Repeated(report) => self.tell(Event::Report(Report::Link(report))),
            Planned::Happens(action) => self.act_of_nature(action),
        }
    }

    /// Says how one link stands, if anybody can hear it.
    pub(super) fn report(&mut self, id: AccessPointId) {
        if self.gone || !self.spoken {
            return;
        }
        let Some(link) = self.links.get_mut(&id) else { return };
        let carrier = link.up.then(|| Event::Carrier(id, link.carrier.clone()));
        let report = link.report(id);
        self.events.extend(carrier);
        self.tell(Event::Report(Report::Link(report)));
        if self.chance(self.faults.duplicate) {
            self.tell(Event::Report(Report::Link(report)));
        }
        if self.chance(self.faults.late) {
            self.after(self.faults.late_by, Planned::Repeated(report));
        }
    }

    /// Says how everything stands.
    pub(super) fn resync(&mut self) {
        if self.gone || !self.spoken {
            return;
        }
        let mut links = Vec::new();
        for (&id, link) in &mut self.links {
            if link.up {
                self.events.push_back(Event::Carrier(id, link.carrier.clone()));
            }
            links.push(link.report(id));
        }
        self.tell(Event::Report(Report::Resync { executor: self.executor, links }));
    }

    pub(super) fn tell(&mut self, event: Event) {
        if !self.gone {
            self.events.push_back(event);
        }
    }

    /// Puts everything back as found.
    pub(super) fn shutdown(&mut self) {
        self.ended = true;
        self.plan.clear();
        self.waiting.clear();
        self.frozen = false;
        self.route = None;
        let ids: Vec<_> = self.links.keys().copied().collect();
        for id in ids {
            let radio_is_free = self.radio_is_free(id);
            let Some(link) = self.links.get_mut(&id) else { continue };
            let busy = link.work.is_some() || !link.queue.is_empty();
            link.abandon();
            let comes_back = std::mem::take(&mut link.stopped) && link.down == ConfigurationState::Discovered && radio_is_free;
            if std::mem::take(&mut link.ours) || comes_back {
                link.up = comes_back;
            } else if !busy {
                continue;
            }
            self.report(id);
        }
    }

    /// Whether a link may come up beside the others on its radio.
    pub(super) fn radio_is_free(&self, id: AccessPointId) -> bool {
        let Some(radio) = self.links.get(&id).and_then(|link| link.behaviour.radio) else { return true };
        let on_radio = |(&other, link): (&AccessPointId, &Link)| other != id && link.behaviour.radio == Some(radio) && link.up;
        !self.links.iter().any(on_radio)
    }

    fn act_of_nature(&mut self, action: Action) {
        use ConfigurationState::{Absent, Defined, Discovered, Undefined};
        match action {
            Action::Appear(id) => self.change(id, |link| {
                link.hidden = false;
                link.down = Discovered;
                link.cause = Cause::Unknown;
            }),
            Action::Vanish(id) => self.change(id, |link| link.fall(Defined, Cause::Vanished)),
            Action::Cut(id) => self.change(id, |link| link.fall(link.down, Cause::CarrierLost)),
            Action::TakeDown(id) => self.change(id, |link| link.fall(link.down, Cause::TakenDown)),
            Action::BringUp(id) => {
                if self.radio_is_free(id) {
                    self.change(id, |link| {
                        link.down = Discovered;
                        link.up = true;
                        link.cause = Cause::Unknown;
                    });
                }
            }
            Action::Forbid(id) => self.change(id, |link| link.fall(Undefined, Cause::Authentication)),
            Action::Remove(id) => self.change(id, |link| link.fall(Absent, Cause::Removed)),
            Action::Hide(id) => self.change(id, |link| {
                link.fall(Defined, Cause::Vanished);
                link.hidden = true;
            }),
            Action::Behave(id, behaviour) => {
                if let Some(link) = self.links.get_mut(&id) {
                    link.behaviour = behaviour;
                }
            }
            Action::Reachable(id, reachable) => {
                if let Some(link) = self.links.get_mut(&id) {
                    link.behaviour.reachable = reachable;
                }
            }
            Action::Traffic(id, bytes) => {
                if let Some(link) = self.links.get_mut(&id).filter(|link| link.up) {
                    link.counters.received += bytes.received;
                    link.counters.sent += bytes.sent;
                    let counters = link.counters;
                    self.tell(Event::Report(Report::Counters { access_point: id, counters }));
                }
            }
            Action::Duplicate(id) => self.repeat(id, 0),
            Action::Late(id) => self.repeat(id, 1),
            Action::Gone => self.lose_daemon(),
            Action::Back => self.find_daemon(),
            Action::Resync => self.resync(),
        }
    }

    fn repeat(&mut self, id: AccessPointId, which: usize) {
        if let Some(report) = self.links.get(&id).and_then(|link| link.said[which]) {
            self.tell(Event::Report(Report::Link(report)));
        }
    }

    /// Changes a link from outside; one report if it stands otherwise then.
    pub(super) fn change(&mut self, id: AccessPointId, change: impl FnOnce(&mut Link)) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let before = (link.state(), link.done);
        change(link);
        let after = (link.state(), link.done);
        if !link.up && self.route == Some(id) {
            self.route = None;
        }
        if before != after {
            self.report(id);
        }
        self.start_next(id);
    }
}

/// The result of an outcome; `None` if there never is one.
pub(super) const fn result(outcome: Outcome) -> Option<Result<(), Cause>> {
    match outcome {
        Outcome::Succeeds => Some(Ok(())),
        Outcome::Fails(cause) => Some(Err(cause)),
        Outcome::NeverAnswers => None,
    }
}
