//! A hub between bytes: what was commanded, which timers run, and the judge who looks at every step.

use netsession_fsm::hub::{Command, Definition, Hub, Input, LinkReport, Output, Report, Settings, Timer};
use netsession_fsm::link::LinkState;
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Bearer, Cause, ConfigurationState, ExecutorId, OperationId, RadioId, RequestId, ServiceNetwork,
    ServiceNetworkId, SessionId, UserChoice, UserChoiceId,
};
use netsession_model::judge::Judge;
use std::collections::{BTreeMap, BTreeSet};

/// Four access points, the first two on one radio, the last on an executor of its own.
pub(crate) const LINKS: u32 = 4;

/// A hub and what is known around it.
pub(crate) struct Life {
    judge: Judge,
    /// Sessions that were created and have not gone.
    pub(super) sessions: Vec<SessionId>,
    /// The newest operation of each link.
    pub(super) ops: BTreeMap<AccessPointId, OperationId>,
    /// The `Prefer` and the scans under way.
    pub(super) prefer: Option<OperationId>,
    pub(super) scans: BTreeMap<ExecutorId, OperationId>,
    pub(super) timers: BTreeSet<Timer>,
    pub(super) generation: u64,
    steps: u32,
}

impl Life {
    /// Everything is defined, nothing was reported.
    pub(crate) fn new() -> Self {
        let mut life = Self {
            judge: Judge::new(Settings::default()),
            sessions: Vec::new(),
            ops: BTreeMap::new(),
            prefer: None,
            scans: BTreeMap::new(),
            timers: BTreeSet::new(),
            generation: 0,
            steps: 0,
        };
        (0..LINKS).for_each(|place| life.take(&Input::Define(access_point(place))));
        let members = (0..LINKS).map(AccessPointId).collect();
        life.take(&Input::Define(Definition::ServiceNetwork(ServiceNetworkId(0), ServiceNetwork { members, ..ServiceNetwork::default() })));
        let options = vec![AccessPointId(3).into(), ServiceNetworkId(0).into()];
        life.take(&Input::Define(Definition::UserChoice(UserChoiceId(0), UserChoice { options })));
        life
    }

    /// The hub.
    pub(super) fn hub(&self) -> &Hub {
        self.judge.hub()
    }

    /// One input.
    pub(crate) fn take(&mut self, input: &Input) {
        self.steps += 1;
        if let Input::Fired(timer) = input {
            self.timers.remove(timer);
        }
        let restored = matches!(input, Input::Restore(_));
        let outputs = self.judge.answer(input);
        for output in &outputs {
            match output {
                Output::Command(Command::Raise { op, access_point } | Command::Lower { op, access_point }) => {
                    self.ops.insert(*access_point, *op);
                }
                Output::Command(Command::Prefer { op, .. }) => self.prefer = Some(*op),
                Output::Command(Command::Refresh { op, executor }) => drop(self.scans.insert(*executor, *op)),
                Output::Arm(timer, _) => drop(self.timers.insert(*timer)),
                Output::Disarm(timer) => drop(self.timers.remove(timer)),
                Output::Created { session, .. } => self.sessions.push(*session),
                Output::Notice { .. } | Output::Catalogue(_) | Output::Answer { .. } | Output::Refused(_) => {}
            }
        }
        if restored {
            self.sessions = self.judge.hub().sessions().collect();
        }
        if let Err(breach) = self.judge.look(input, &outputs) {
            panic!("step {}: {input:?} breaks {}: {}\nanswered {outputs:#?}", self.steps, breach.property, breach.what);
        }
    }

    /// A number that no request had before.
    pub(super) fn next_request(&self) -> RequestId {
        RequestId(self.steps)
    }

    /// The executors come back, and nothing is in reach.
    pub(crate) fn everything_is_away(&mut self) {
        for executor in self.executors() {
            let links = self.links_of(executor);
            let reports = links.into_iter().map(|link| self.report(link, ConfigurationState::Defined)).collect();
            self.take(&Input::Report(Report::Resync { executor, links: reports }));
        }
    }

    /// Executors do what they are told from now on, and all sessions go: what we raised comes down, and every request has its answer.
    pub(crate) fn everybody_goes(&mut self) {
        for executor in self.executors() {
            let links = self.links_of(executor);
            let reports = links.into_iter().map(|link| self.report(link, self.state(link))).collect();
            self.take(&Input::Report(Report::Resync { executor, links: reports }));
        }
        for session in std::mem::take(&mut self.sessions) {
            self.take(&Input::Drop(session));
        }
        // a link takes a lower, and perhaps another one after a deadline
        for _ in 0..8 {
            for link in self.links() {
                let state = if self.leaf(link) == LinkState::Lowering { ConfigurationState::Discovered } else { self.state(link) };
                let report = self.report(link, state);
                self.take(&Input::Report(Report::Link(report)));
            }
            if let Some(op) = self.prefer.take() {
                self.take(&Input::Report(Report::Route { op, result: Ok(()) }));
            }
            for (executor, op) in std::mem::take(&mut self.scans) {
                self.take(&Input::Report(Report::Refreshed { op, executor }));
            }
            for timer in std::mem::take(&mut self.timers) {
                self.take(&Input::Fired(timer));
            }
        }
        if let Err(fault) = self.judge.end() {
            panic!("everybody has gone: {fault}");
        }
    }

    pub(super) fn links(&self) -> Vec<AccessPointId> {
        (0..).map(AccessPointId).take_while(|link| self.hub().link_view(*link).is_some()).collect()
    }

    fn executor(&self, link: AccessPointId) -> ExecutorId {
        self.hub().access_point(link).map_or(ExecutorId(0), |described| described.executor)
    }

    fn executors(&self) -> BTreeSet<ExecutorId> {
        self.links().into_iter().map(|link| self.executor(link)).collect()
    }

    pub(super) fn links_of(&self, executor: ExecutorId) -> Vec<AccessPointId> {
        self.links().into_iter().filter(|link| self.executor(*link) == executor).collect()
    }

    fn leaf(&self, link: AccessPointId) -> LinkState {
        self.hub().link_view(link).map_or(LinkState::Absent, |view| view.state)
    }

    /// How a link stands for an executor that has done what it was told.
    fn state(&self, link: AccessPointId) -> ConfigurationState {
        match self.leaf(link) {
            LinkState::Absent => ConfigurationState::Absent,
            LinkState::Undefined => ConfigurationState::Undefined,
            LinkState::Defined => ConfigurationState::Defined,
            LinkState::Down | LinkState::Lowering => ConfigurationState::Discovered,
            LinkState::Raising | LinkState::Up => ConfigurationState::Active,
        }
    }

    /// A true report: newer than any other, and everything that was commanded is done.
    pub(super) fn report(&mut self, access_point: AccessPointId, state: ConfigurationState) -> LinkReport {
        self.generation += 1;
        let done = self.ops.get(&access_point).copied().unwrap_or_default();
        LinkReport { access_point, generation: self.generation, state, done, cause: Cause::Unknown }
    }
}

/// An access point of every life.
fn access_point(place: u32) -> Definition {
    let bearer = if place < 2 { Bearer::Wlan } else { Bearer::Lte };
    let executor = ExecutorId(u8::from(place == 3));
    let attributes = AccessPoint { bearer, radio: (place < 2).then_some(RadioId(0)), executor, ..AccessPoint::default() };
    Definition::AccessPoint(AccessPointId(place), attributes)
}
