//! A hub with a few access points, driven by hand.

use netsession_fsm::hub::{
    CatalogueNotice, Command, Definition, Hub, Input, LinkReport, Notice, Offer, Output, Report, SessionOptions, Settings, Timer,
};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Cause, ConfigurationId, ConfigurationState, ExecutorId, Mode, OperationId, Refusal, RequestId,
    ServiceNetwork, ServiceNetworkId, SessionId,
};
use std::time::Duration;

pub(crate) const NETWORK: ConfigurationId = ConfigurationId::ServiceNetwork(ServiceNetworkId(0));

pub(crate) const fn ap(number: u32) -> AccessPointId {
    AccessPointId(number)
}

/// A hub, the newest operation of each link, and everything the last step gave.
pub(crate) struct Rig {
    pub(crate) hub: Hub,
    ops: Vec<OperationId>,
    generation: u64,
    requests: u32,
    pub(crate) outputs: Vec<Output>,
}

impl Rig {
    /// All access points in one service network, best first, and in reach.
    pub(crate) fn new(settings: Settings, access_points: Vec<AccessPoint>) -> Self {
        let count = access_points.len() as u32;
        let hub = Hub::new(settings);
        let mut rig = Self { hub, ops: vec![OperationId(0); access_points.len()], generation: 0, requests: 0, outputs: Vec::new() };
        for (id, attributes) in (0..).map(ap).zip(access_points) {
            rig.step(Input::Define(Definition::AccessPoint(id, attributes)));
        }
        let members = (0..count).map(ap).collect();
        let network = ServiceNetwork { members, ..ServiceNetwork::default() };
        rig.step(Input::Define(Definition::ServiceNetwork(ServiceNetworkId(0), network)));
        for id in (0..count).map(ap) {
            rig.tell(id, ConfigurationState::Discovered);
        }
        rig
    }

    /// There are so many links, each reported once, and nothing was commanded on them yet.
    pub(crate) fn know(&mut self, links: usize) {
        (self.ops, self.generation) = (vec![OperationId(0); links], 1);
    }

    pub(crate) fn plain(count: usize) -> Self {
        Self::new(Settings { settle: Duration::ZERO, ..Settings::default() }, vec![AccessPoint::default(); count])
    }

    /// A session that is asked, on the second of several access points; the first may come into reach next.
    pub(crate) fn on_the_second(settings: Settings, access_points: Vec<AccessPoint>) -> (Self, SessionId) {
        let mut rig = Self::new(settings, access_points);
        rig.tell(ap(0), ConfigurationState::Defined);
        let session = rig.session(NETWORK, SessionOptions { mode: Mode::Application, ..SessionOptions::default() });
        rig.get_open(session);
        (rig, session)
    }

    pub(crate) fn step(&mut self, input: Input) -> &[Output] {
        self.outputs.clear();
        self.hub.step(&input, &mut self.outputs);
        for output in &self.outputs {
            if let Output::Command(Command::Raise { op, access_point } | Command::Lower { op, access_point }) = output {
                self.ops[access_point.0 as usize] = *op;
            }
        }
        &self.outputs
    }

    /// The executor is done with the link and says how it stands.
    pub(crate) fn tell(&mut self, id: AccessPointId, state: ConfigurationState) -> &[Output] {
        self.tell_why(id, state, Cause::Unknown)
    }

    pub(crate) fn tell_why(&mut self, access_point: AccessPointId, state: ConfigurationState, cause: Cause) -> &[Output] {
        self.generation += 1;
        let (generation, done) = (self.generation, self.ops[access_point.0 as usize]);
        self.step(Input::Report(Report::Link(LinkReport { access_point, generation, state, done, cause })))
    }

    /// What it was told last the executor has not done yet.
    pub(crate) fn tell_meanwhile(&mut self, access_point: AccessPointId, state: ConfigurationState) -> &[Output] {
        self.generation += 1;
        let (generation, done) = (self.generation, OperationId(self.ops[access_point.0 as usize].0 - 1));
        self.step(Input::Report(Report::Link(LinkReport { access_point, generation, state, done, cause: Cause::Unknown })))
    }

    /// The executor is back; every operation is done, and its links stand so.
    pub(crate) fn resync(&mut self, executor: u8, links: &[(u32, ConfigurationState)]) -> &[Output] {
        let report = |&(id, state)| {
            let (generation, done) = (u64::MAX, OperationId(u64::MAX));
            LinkReport { access_point: ap(id), generation, state, done, cause: Cause::Unknown }
        };
        self.step(Input::Report(Report::Resync { executor: ExecutorId(executor), links: links.iter().map(report).collect() }))
    }

    pub(crate) fn session(&mut self, configuration: impl Into<ConfigurationId>, options: SessionOptions) -> SessionId {
        let configuration = configuration.into();
        let request = self.next_request();
        self.step(Input::Create { request, configuration, options });
        let created = |output: &Output| if let Output::Created { session, .. } = output { Some(*session) } else { None };
        self.outputs.iter().find_map(created).expect("the configuration exists")
    }

    pub(crate) fn next_request(&mut self) -> RequestId {
        self.requests += 1;
        RequestId(self.requests)
    }

    /// What the one answer to the call is, if it came at once.
    pub(crate) fn call(&mut self, session: SessionId, call: netsession_fsm::hub::Call) -> Option<Result<(), Refusal>> {
        let request = self.next_request();
        self.step(Input::Request { session, request, call });
        self.answers().into_iter().find(|(answered, _)| *answered == request).map(|(_, result)| result)
    }

    pub(crate) fn open(&mut self, session: SessionId) -> Option<Result<(), Refusal>> {
        self.call(session, netsession_fsm::hub::Call::Open { choice: None })
    }

    /// Opens, and lets the executor raise whatever it is asked to.
    pub(crate) fn get_open(&mut self, session: SessionId) {
        self.open(session);
        while let Some(id) = self.raised() {
            self.tell(id, ConfigurationState::Active);
        }
        assert!(self.hub.snapshot(session).is_some_and(|snapshot| snapshot.open), "{:?}", self.outputs);
    }

    pub(crate) fn raised(&self) -> Option<AccessPointId> {
        let raise = |output: &Output| match output {
            Output::Command(Command::Raise { access_point, .. }) => Some(*access_point),
            _ => None,
        };
        self.outputs.iter().find_map(raise)
    }

    pub(crate) fn lowered(&self) -> Vec<AccessPointId> {
        let lower = |output: &Output| match output {
            Output::Command(Command::Lower { access_point, .. }) => Some(*access_point),
            _ => None,
        };
        self.outputs.iter().filter_map(lower).collect()
    }

    /// The newest `Prefer`, and where to.
    pub(crate) fn preferred(&self) -> Option<(OperationId, Option<AccessPointId>)> {
        let prefer = |output: &Output| match output {
            Output::Command(Command::Prefer { op, access_point }) => Some((*op, *access_point)),
            _ => None,
        };
        self.outputs.iter().rev().find_map(prefer)
    }

    /// The default route is switched as the newest `Prefer` has it: where to.
    pub(crate) fn switch_route(&mut self) -> Option<AccessPointId> {
        let (op, target) = self.preferred().expect("the route is to be switched");
        self.step(Input::Report(Report::Route { op, result: Ok(()) }));
        target
    }

    /// What the session is offered.
    pub(crate) fn offer(&self, session: SessionId) -> Offer {
        self.hub.snapshot(session).and_then(|snapshot| snapshot.offer).expect("something is offered")
    }

    pub(crate) fn notices(&self, of: SessionId) -> Vec<Notice> {
        let own = |output: &Output| match output {
            Output::Notice { session, notice, .. } if *session == of => Some(*notice),
            _ => None,
        };
        self.outputs.iter().filter_map(own).collect()
    }

    pub(crate) fn answers(&self) -> Vec<(RequestId, Result<(), Refusal>)> {
        let answer = |output: &Output| match output {
            Output::Answer { request, result, .. } => Some((*request, *result)),
            _ => None,
        };
        self.outputs.iter().filter_map(answer).collect()
    }

    pub(crate) fn catalogue(&self) -> Vec<CatalogueNotice> {
        let notice = |output: &Output| if let Output::Catalogue(notice) = output { Some(*notice) } else { None };
        self.outputs.iter().filter_map(notice).collect()
    }

    pub(crate) fn armed(&self, timer: Timer) -> Option<Duration> {
        let arm = |output: &Output| match output {
            Output::Arm(armed, duration) if *armed == timer => Some(*duration),
            _ => None,
        };
        self.outputs.iter().find_map(arm)
    }
}
