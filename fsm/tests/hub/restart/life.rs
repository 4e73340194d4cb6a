//! A hub that lives at random, and what somebody keeps of it who writes down only what each step changed.

use crate::rig::{NETWORK, Rig, ap};
use netsession_fsm::hub::{
    Call, Counters, Definition, Hub, Input, Kept, KeptLink, KeptSession, LinkReport, Notice, Output, Report, SessionOptions, Settings,
    Snapshot, Timer,
};
use netsession_fsm::link::LinkState;
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Bearer, Cause, ConfigurationId, ConfigurationState, ExecutorId, Mode, OfferId, OperationId, Preference,
    RadioId, Record, Refusal, Requirements, ServiceNetwork, ServiceNetworkId, SessionId, Unfit, UserChoice, UserChoiceId,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(crate) const CHOICE: ConfigurationId = ConfigurationId::UserChoice(UserChoiceId(0));
pub(crate) const LINKS: u32 = 4;
pub(crate) const EXECUTOR: ExecutorId = ExecutorId(0);

/// Four access points in one service network, the first two on one radio, and a user choice.
pub(crate) fn define(hub: &mut Hub) {
    let mut outputs = Vec::new();
    for id in 0..LINKS {
        let bearer = if id < 2 { Bearer::Wlan } else { Bearer::Lte };
        let attributes = AccessPoint { bearer, radio: (id < 2).then_some(RadioId(0)), ..AccessPoint::default() };
        hub.step(&Input::Define(Definition::AccessPoint(ap(id), attributes)), &mut outputs);
    }
    let network = ServiceNetwork { members: (0..LINKS).map(ap).collect(), ..ServiceNetwork::default() };
    hub.step(&Input::Define(Definition::ServiceNetwork(ServiceNetworkId(0), network)), &mut outputs);
    let choice = UserChoice { options: vec![ap(3).into(), NETWORK] };
    hub.step(&Input::Define(Definition::UserChoice(UserChoiceId(0), choice)), &mut outputs);
}

pub(crate) fn settings() -> Settings {
    Settings { settle: Duration::ZERO, ..Settings::default() }
}

/// A new hub that takes up what was kept, and what came of it.
pub(crate) fn restored(kept: Kept) -> (Hub, Vec<Output>) {
    let mut hub = Hub::new(settings());
    define(&mut hub);
    let mut outputs = Vec::new();
    hub.step(&Input::Restore(Box::new(kept)), &mut outputs);
    (hub, outputs)
}

/// What a new executor says first: how links stand, and nothing is done yet.
pub(crate) fn resync(states: &[ConfigurationState]) -> Input {
    let report = |(id, state): (u32, &ConfigurationState)| LinkReport {
        access_point: ap(id),
        generation: 1,
        state: *state,
        done: OperationId(0),
        cause: Cause::Unknown,
    };
    Input::Report(Report::Resync { executor: EXECUTOR, links: (0..).zip(states).map(report).collect() })
}

pub(crate) fn states(hub: &Hub) -> Vec<ConfigurationState> {
    (0..LINKS).map(|id| hub.configuration_state(ap(id).into()).unwrap()).collect()
}

pub(crate) fn notices(outputs: &[Output]) -> Vec<(SessionId, Notice)> {
    let told = |output: &Output| if let Output::Notice { session, notice, .. } = output { Some((*session, *notice)) } else { None };
    outputs.iter().filter_map(told).collect()
}

pub(crate) fn refusals(outputs: &[Output]) -> Vec<(Record, Unfit)> {
    let refused = |output: &Output| match output {
        Output::Refused(Refusal::Unkept { record, why }) => Some((*record, *why)),
        _ => None,
    };
    outputs.iter().filter_map(refused).collect()
}

/// Timers that the outputs leave armed.
pub(crate) fn armed(timers: &mut BTreeSet<Timer>, outputs: &[Output]) {
    for output in outputs {
        match output {
            Output::Arm(timer, _) => drop(timers.insert(*timer)),
            Output::Disarm(timer) => drop(timers.remove(timer)),
            _ => {}
        }
    }
}

/// As many leases as there are holders, everywhere (S13).
pub(crate) fn assert_leases(hub: &Hub) {
    for id in (0..LINKS).map(ap) {
        assert_eq!(hub.link_view(id).unwrap().leases as usize, hub.holders(id).count(), "{id}");
    }
}

/// A step of a random life.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Create(usize, Mode, bool),
    Drop(usize),
    Ask(usize, usize),
    Tell(u32, usize),
    Fire(usize),
    Count(u32, u64),
}

pub(crate) fn act() -> impl Strategy<Value = Act> {
    let mode = prop::sample::select(vec![Mode::Off, Mode::Forced, Mode::Application, Mode::Application]);
    prop_oneof![
        1 => (0..4usize, mode, any::<bool>()).prop_map(|(on, mode, reopen)| Act::Create(on, mode, reopen)),
        1 => any::<usize>().prop_map(Act::Drop),
        8 => (any::<usize>(), 0..16usize).prop_map(|(session, what)| Act::Ask(session, what)),
        8 => (0..LINKS, 0..5usize).prop_map(|(link, what)| Act::Tell(link, what)),
        2 => any::<usize>().prop_map(Act::Fire),
        1 => (0..LINKS, 0..1000u64).prop_map(|(link, bytes)| Act::Count(link, bytes)),
    ]
}

/// A hub that lives, and what somebody keeps of it who writes down only what each step changed.
pub(crate) struct Life {
    pub(crate) rig: Rig,
    pub(crate) timers: BTreeSet<Timer>,
    sessions: BTreeMap<SessionId, KeptSession>,
    links: BTreeMap<AccessPointId, KeptLink>,
    kept: Kept,
}

impl Life {
    pub(crate) fn new() -> Self {
        let mut rig = Rig::plain(0);
        let mut hub = Hub::new(settings());
        define(&mut hub);
        rig.hub = hub;
        rig.know(LINKS as usize);
        let links = (0..LINKS).map(|id| (ap(id), rig.hub.kept_link(ap(id)).unwrap())).collect();
        Self { rig, timers: BTreeSet::new(), sessions: BTreeMap::new(), links, kept: Kept::default() }
    }

    pub(crate) fn take(&mut self, act: &Act) {
        let alive: Vec<SessionId> = self.rig.hub.sessions().collect();
        let some = |place: usize| alive.get(place % alive.len().max(1)).copied();
        match *act {
            Act::Create(on, mode, reopen) => {
                let configuration = [NETWORK, CHOICE, ap(0).into(), ap(3).into()][on];
                self.rig.session(configuration, SessionOptions { mode, reopen, ..SessionOptions::default() });
            }
            Act::Drop(place) => {
                let Some(session) = some(place) else { return };
                self.rig.step(Input::Drop(session));
            }
            Act::Ask(place, what) => {
                let Some(session) = some(place) else { return };
                let offer = self.rig.hub.snapshot(session).and_then(|now| now.offer).map_or(OfferId(0), |offer| offer.id);
                let prohibited = Requirements::NONE.bearer(Bearer::Wlan, Preference::Prohibit);
                let call = match what {
                    0..=3 => Call::Open { choice: None },
                    4 => Call::Close,
                    5 => Call::Stop,
                    6 | 7 => Call::Migrate(offer),
                    8 => Call::Ignore(offer),
                    9 | 10 => Call::Accept(offer),
                    11 => Call::Reject(offer),
                    12 => Call::RequestRoam,
                    13 => Call::Suppress(Duration::from_secs(7)),
                    14 => Call::SetMode(Mode::Application),
                    _ => Call::SetRequirements(prohibited),
                };
                self.rig.call(session, call);
            }
            Act::Tell(link, what) => {
                let state = [
                    ConfigurationState::Defined,
                    ConfigurationState::Discovered,
                    ConfigurationState::Discovered,
                    ConfigurationState::Active,
                    ConfigurationState::Active,
                ][what];
                self.rig.tell(ap(link), state);
            }
            Act::Fire(place) => {
                let Some(timer) = self.timers.iter().nth(place % self.timers.len().max(1)).copied() else { return };
                self.timers.remove(&timer);
                self.rig.step(Input::Fired(timer));
            }
            Act::Count(link, bytes) => {
                let counters = Counters { received: bytes, sent: bytes };
                self.rig.step(Input::Report(Report::Counters { access_point: ap(link), counters }));
                return;
            }
        }
        armed(&mut self.timers, &self.rig.outputs);
        self.write();
    }

    /// Writes down what changed.
    pub(crate) fn write(&mut self) {
        for record in self.rig.hub.changed().to_vec() {
            match record {
                Record::Hub => self.kept.hub = self.rig.hub.kept_hub(),
                Record::Link(id) => drop(self.links.insert(id, self.rig.hub.kept_link(id).unwrap())),
                Record::Session(id) => match self.rig.hub.kept_session(id) {
                    Some(session) => drop(self.sessions.insert(id, session)),
                    None => drop(self.sessions.remove(&id)),
                },
            }
        }
    }

    pub(crate) fn kept(&self) -> Kept {
        let links = self.links.values().copied().collect();
        Kept { hub: self.kept.hub, links, sessions: self.sessions.values().cloned().collect() }
    }
}

/// Counters of links are kept when something else changes.
pub(crate) fn without_counters(mut kept: Kept) -> Kept {
    kept.links.iter_mut().for_each(|link| link.counters = Counters::default());
    kept
}

/// What of a session has to be the same after a crash.
pub(crate) fn same(snapshot: Snapshot) -> Snapshot {
    Snapshot { counters: Counters::default(), ..snapshot }
}

/// What is being raised counts as down.
pub(crate) fn nobody_raises(mut kept: Kept) -> Kept {
    for link in kept.links.iter_mut().filter(|link| link.state == LinkState::Raising) {
        link.state = LinkState::Down;
    }
    kept
}
