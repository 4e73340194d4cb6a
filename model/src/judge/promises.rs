//! Are the promises kept in what a hub was given and answered? Told from inputs and outputs, against the hub that says the same.

use super::{Breach, Fault};
use crate::observe;
use netsession_fsm::hub::{Call, Command, Hub, Input, KeptSession, LinkReport, Notice, Output, Report, Settings, Timer};
use netsession_fsm::roaming::RoamState;
use netsession_fsm::session::Hold;
use netsession_fsm::words::{
    AccessPointId, ConfigurationId, ConfigurationState, ExecutorId, OfferId, OperationId, Phase, RequestId, SessionId, SessionState,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a client was told of its session.
#[derive(Debug)]
struct Told {
    state: SessionState,
    open: bool,
    sequence: u64,
    offer: Option<OfferId>,
}

impl Told {
    /// What it was told before a crash.
    fn before(kept: &KeptSession) -> Self {
        let offered = kept.hold == Hold::Held && kept.roam == RoamState::Offered && kept.memory.consulted;
        Self { state: kept.state, open: kept.hold == Hold::Held, sequence: kept.sequence, offer: offered.then_some(kept.offer) }
    }
}

/// The machine, and what is known of its clients and links from what went in and came out.
#[derive(Debug)]
pub struct Judge {
    hub: Hub,
    told: BTreeMap<SessionId, Told>,
    links: BTreeMap<AccessPointId, LinkReport>,
    /// The number of executors the hub knows of: they are counted from 0.
    executors: usize,
    /// Those that lost their daemon: what is heard of them is late, until a resync (SPEC §9).
    gone: BTreeSet<ExecutorId>,
    raises: BTreeMap<AccessPointId, OperationId>,
    /// Requests that are to be answered.
    open: BTreeSet<RequestId>,
}

fn require(holds: bool, property: &'static str, what: impl FnOnce() -> String) -> Result<(), Breach> {
    if holds { Ok(()) } else { Err(Breach { property, what: what() }) }
}

fn executor_of(hub: &Hub, id: AccessPointId) -> Option<ExecutorId> {
    hub.access_point(id).map(|attributes| attributes.executor)
}

impl Judge {
    /// One at the beginning of a run.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::of(Hub::new(settings))
    }

    /// The same, with a hub that was made to make a mistake.
    #[must_use]
    pub const fn of(hub: Hub) -> Self {
        Self {
            hub,
            told: BTreeMap::new(),
            links: BTreeMap::new(),
            executors: 0,
            gone: BTreeSet::new(),
            raises: BTreeMap::new(),
            open: BTreeSet::new(),
        }
    }

    /// The machine as it stands.
    #[must_use]
    pub const fn hub(&self) -> &Hub {
        &self.hub
    }

    /// One step of a run, the number `step` from 1: the machine must say the same, and keep S1, S2, S5, S7, S8, S13, S16 and S17.
    ///
    /// # Errors
    /// What is wrong.
    pub fn step(&mut self, step: u64, input: &Input, run: &[Output]) -> Result<(), Fault> {
        let machine = self.answer(input);
        if machine != run {
            return Err(Fault::Differs { step, input: Box::new(input.clone()), machine, run: run.to_vec() });
        }
        self.look(input, run).map_err(|breach| Fault::Broken { step, input: Box::new(input.clone()), breach })
    }

    /// What the machine says to an input.
    pub fn answer(&mut self, input: &Input) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.hub.step(input, &mut outputs);
        outputs
    }

    /// Whether the promises are kept by what was answered to the input the machine has just been given.
    ///
    /// # Errors
    /// The promise that is broken.
    pub fn look(&mut self, input: &Input, outputs: &[Output]) -> Result<(), Breach> {
        self.take(input, outputs)?;
        self.stands()
    }

    /// The end of a run that was ended in order: all sessions gone, all requests answered, all links we raised down.
    ///
    /// # Errors
    /// What is left.
    pub fn end(&self) -> Result<(), Fault> {
        let told = |what: &str, left: Vec<String>| if left.is_empty() { None } else { Some(format!("{what}: {}", left.join(", "))) };
        let ours = self.links.keys().filter(|link| self.hub.link_view(**link).is_some_and(|view| view.ours));
        let left = [
            told("still there", self.hub.sessions().map(|id| id.to_string()).collect()),
            told("raised, and not told to be down", ours.map(ToString::to_string).collect()),
            told("not answered", self.open.iter().map(ToString::to_string).collect()),
        ];
        let left: Vec<_> = left.into_iter().flatten().collect();
        if left.is_empty() { Ok(()) } else { Err(Fault::Unfinished(left.join("; "))) }
    }

    /// One exchange.
    fn take(&mut self, input: &Input, outputs: &[Output]) -> Result<(), Breach> {
        match input {
            Input::Request { session, request, call } => {
                let known = self.told.contains_key(session);
                require(self.open.insert(*request), "S2", || format!("{request} was asked twice"))?;
                if known && matches!(call, Call::Migrate(_) | Call::Ignore(_) | Call::SetMode(_)) {
                    self.settle_offer(*session);
                }
            }
            Input::Create { request, .. } | Input::Refresh { request } => drop(self.open.insert(*request)),
            Input::Report(report) => self.report(report),
            Input::Restore(kept) => {
                self.told.extend(kept.sessions.iter().map(|session| (session.id, Told::before(session))));
                // nobody has said yet how links stand (SPEC §8)
                self.knows_executors();
                self.gone.extend((0..=u8::MAX).map(ExecutorId).take(self.executors));
            }
            Input::Define(_) => self.knows_executors(),
            // an executor that stays away will not tell how a raise ends (SPEC §9)
            Input::Fired(Timer::Grace(executor)) if self.gone.contains(executor) => self.absent(*executor, &[]),
            Input::Remove(_) | Input::Default(_) | Input::SaveTraffic(_) | Input::Drop(_) | Input::Fired(_) => {}
        }
        for output in outputs {
            self.output(output)?;
        }
        if let Input::Drop(session) = input {
            self.told.remove(session);
        }
        Ok(())
    }

    /// What the application has answered, or had answered by another mode, is no longer pending for it.
    fn settle_offer(&mut self, session: SessionId) {
        let pending = self.hub.snapshot(session).filter(|now| now.phase == Phase::Offered).and_then(|now| now.offer);
        if let Some(told) = self.told.get_mut(&session)
            && told.offer != pending.map(|offer| offer.id)
        {
            told.offer = None;
        }
    }

    /// How a link stands now. What is done stays done, whatever a later report says of it.
    fn link_stands(&mut self, link: &LinkReport) {
        let before = self.links.get(&link.access_point).map_or(OperationId(0), |known| known.done);
        self.links.insert(link.access_point, LinkReport { done: link.done.max(before), ..*link });
    }

    /// An executor is known since an access point of it was defined, or of one with a higher number.
    fn knows_executors(&mut self) {
        let access_point = |id| if let ConfigurationId::AccessPoint(id) = id { executor_of(&self.hub, id) } else { None };
        let defined = self.hub.configurations().filter_map(access_point).map(|executor| usize::from(executor.0) + 1).max();
        self.executors = self.executors.max(defined.unwrap_or(0));
    }

    /// What an executor does not list is absent, and no longer being raised.
    fn absent(&mut self, executor: ExecutorId, listed: &[LinkReport]) {
        let hub = &self.hub;
        let gone = |id: AccessPointId| executor_of(hub, id) == Some(executor) && !listed.iter().any(|link| link.access_point == id);
        self.raises.retain(|id, _| !gone(*id));
        for (_, known) in self.links.iter_mut().filter(|(id, _)| gone(**id)) {
            known.state = ConfigurationState::Absent;
        }
    }

    fn report(&mut self, report: &Report) {
        match report {
            Report::Link(link) if executor_of(&self.hub, link.access_point).is_none_or(|executor| self.gone.contains(&executor)) => {}
            // one that is not newer is late or told twice, and changes nothing
            Report::Link(link) if self.links.get(&link.access_point).is_some_and(|known| link.generation <= known.generation) => {}
            Report::Link(link) => self.link_stands(link),
            Report::Resync { executor, links } => {
                self.gone.remove(executor);
                self.absent(*executor, links);
                for link in links {
                    if executor_of(&self.hub, link.access_point) == Some(*executor) {
                        self.link_stands(link);
                    }
                }
            }
            Report::Gone { executor } if usize::from(executor.0) < self.executors => drop(self.gone.insert(*executor)),
            // one that never had an access point is nobody's
            Report::Gone { .. } | Report::Route { .. } | Report::Refreshed { .. } | Report::Counters { .. } => {}
        }
    }

    fn output(&mut self, output: &Output) -> Result<(), Breach> {
        match output {
            Output::Command(Command::Raise { op, access_point }) => {
                let outstanding = self.raises.insert(*access_point, *op);
                let done = self.links.get(access_point).map_or(OperationId(0), |link| link.done);
                require(outstanding.is_none_or(|before| before <= done), "S5", || {
                    format!("{access_point} is raised while it is being raised")
                })
            }
            Output::Command(Command::Lower { access_point, .. }) => {
                self.raises.remove(access_point);
                Ok(())
            }
            Output::Created { request, session } => {
                let Some(now) = self.hub.snapshot(*session) else {
                    return Err(Breach { property: "S8", what: format!("{session} was created and is not there") });
                };
                self.told.insert(*session, Told { state: now.state, open: now.open, sequence: 0, offer: None });
                require(self.open.remove(request), "S2", || format!("{request} was not asked, or answered before"))
            }
            Output::Answer { request, .. } => {
                require(self.open.remove(request), "S2", || format!("{request} was not asked, or answered before"))
            }
            Output::Notice { session, sequence, notice } => self.notice(*session, *sequence, notice),
            Output::Command(_) | Output::Arm(..) | Output::Disarm(_) | Output::Catalogue(_) | Output::Refused(_) => Ok(()),
        }
    }

    fn notice(&mut self, session: SessionId, sequence: u64, notice: &Notice) -> Result<(), Breach> {
        let Some(told) = self.told.get_mut(&session) else {
            return Err(Breach { property: "S8", what: format!("{session} is told {notice:?} and is not there") });
        };
        let before = std::mem::replace(&mut told.sequence, sequence);
        require(sequence == before + 1, "S8", || format!("{session}: {sequence} follows {before}"))?;
        match notice {
            Notice::StateChanged(state) => {
                let before = std::mem::replace(&mut told.state, *state);
                require(before != *state, "S7", || format!("{session} is told {state:?} twice"))
            }
            Notice::Opened => require(!std::mem::replace(&mut told.open, true), "S8", || format!("{session} is opened twice")),
            Notice::Closed => {
                (told.open, told.offer) = (false, None);
                Ok(())
            }
            Notice::PreferredConfigurationChanged(offer) => {
                let before = told.offer.replace(offer.id);
                require(before.is_none(), "S16", || format!("{session} is offered {offer:?}, {before:?} is pending"))
            }
            Notice::OfferWithdrawn(_) => {
                told.offer = None;
                Ok(())
            }
            Notice::NewConfigurationActivated { access_point, .. } => {
                told.offer = None;
                let confirmed = self.links.get(access_point).is_some_and(|link| link.state == ConfigurationState::Active);
                require(confirmed, "S17", || format!("{access_point} is announced to {session} and was not reported up"))
            }
            Notice::PoliciesChanged(_) | Notice::Error(_) => Ok(()),
        }
    }

    /// One state.
    fn stands(&self) -> Result<(), Breach> {
        for id in self.hub.sessions() {
            let (Some(now), Some(told)) = (self.hub.snapshot(id), self.told.get(&id)) else { continue };
            let shows = matches!(now.state, SessionState::Connected | SessionState::Roaming);
            require(!now.open || shows, "S1", || format!("{id} is open and {:?}", now.state))?;
            let same = (now.state, now.open, now.sequence) == (told.state, told.open, told.sequence);
            require(same, "S8", || format!("{id} reads {now:?} and was told {told:?}"))?;
            let pending = now.offer.filter(|_| now.phase == Phase::Offered).map(|offer| offer.id);
            require(pending == told.offer, "S16", || format!("{id}: {pending:?} is pending, it was told of {:?}", told.offer))?;
        }
        for link in self.links.keys() {
            let holders: BTreeSet<_> = self.hub.holders(*link).collect();
            let leasing = |id: &SessionId| self.hub.session_view(*id).is_some_and(|view| observe::leases(&view, *link));
            let leasing: BTreeSet<_> = self.hub.sessions().filter(leasing).collect();
            let counted = self.hub.link_view(*link).map_or(0, |view| view.leases as usize);
            require(holders == leasing && counted == leasing.len(), "S13", || {
                format!("{link} is leased by {leasing:?}, its holders are {holders:?}, counted {counted}")
            })?;
        }
        Ok(())
    }
}
