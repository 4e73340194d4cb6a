//! What is there in a world, and what may happen in it? A world is data; the worlds of the check are in [`crate::worlds`].

use netsession_fsm::hub::{Definition, Hub, Input, Output, SessionOptions, Settings};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, ConfigurationId, Mode, RequestId, Requirements, ServiceNetwork, ServiceNetworkId, SessionId, UserChoice,
    UserChoiceId,
};
use std::borrow::Cow;

/// What the environment may do to a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// An access point that came into reach stays there, unless another fault takes it away.
    pub stays: bool,
    /// Links go up and down by other programs' doing.
    pub others: bool,
    /// A raise can fail (it can always never be answered).
    pub raise_fails: bool,
    /// Switching the default route can fail.
    pub route_fails: bool,
    /// Reports can be lost, after which a resync comes.
    pub lost: bool,
    /// The executor can lose its daemon and come back.
    pub gone: bool,
    /// The process of the hub can crash and start again.
    pub crash: bool,
    /// Links are deleted, or left without what raising them takes.
    pub deleted: bool,
    /// Executors say why a link is not up. Else all causes are one: the hub passes them on and decides nothing by them.
    pub says_why: bool,
    /// Configurations are removed, and defined again.
    pub removed: bool,
    /// How many interferences, lost reports, lost daemons, crashes, failed routes and removals may happen in one run; each at any time.
    pub budget: u8,
    /// Reports on one link that can be under way at a time; with more than one they also overtake each other.
    pub under_way: u8,
}

/// What clients may ask for, beside open, close and the answers to offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    /// Stop links.
    pub stop: bool,
    /// Ask for what is so already: open while an open waits or the session is open, close while it is free.
    pub open_twice: bool,
    /// `request_roam`.
    pub request_roam: bool,
    /// Change the mode.
    pub modes: bool,
    /// Choose by itself what of a user choice to open.
    pub choose: bool,
    /// Open a suppression window.
    pub windows: bool,
    /// Prohibit and allow the first access point's bearer.
    pub requirements: bool,
    /// Owners can die.
    pub die: bool,
    /// An owner that died comes back, once, while the others live, and wants a session like the one it had.
    pub returns: bool,
    /// Somebody asks for scans.
    pub refresh: bool,
}

/// A session of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// On what.
    pub configuration: ConfigurationId,
    /// Who answers.
    pub mode: Mode,
    /// What it wants of access points at first.
    pub requirements: Requirements,
    /// It may stop links under others.
    pub may_stop: bool,
    /// It opens again by itself when it was lost.
    pub reopen: bool,
    /// The process it belongs to; sessions of one process die together.
    pub process: u8,
}

impl Plan {
    /// A session in a process of its own, which may stop links and wants nothing special; `process` tells it from the others.
    #[must_use]
    pub const fn of(process: u8, configuration: ConfigurationId, mode: Mode) -> Self {
        Self { configuration, mode, requirements: Requirements::NONE, may_stop: true, reopen: false, process }
    }
}

/// A world: what is checked completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What a person is told about it.
    pub about: &'static str,
    /// What the access points are called in stories.
    pub names: &'static [&'static str],
    /// Attributes of the access points.
    pub access_points: Vec<AccessPoint>,
    /// Members of the service networks, best first.
    pub networks: Vec<Vec<AccessPointId>>,
    /// Options of the user choices, in the user's order.
    pub choices: Vec<Vec<ConfigurationId>>,
    /// The sessions.
    pub sessions: Vec<Plan>,
    /// What the environment may do.
    pub faults: Faults,
    /// What clients may ask for.
    pub calls: Calls,
    /// Deadlines; only their order and being zero or not matters.
    pub settings: Settings,
    /// Unique states, pinned.
    pub states: usize,
    /// The mistake its hub makes, if any.
    #[cfg(feature = "mutants")]
    pub mutant: Option<netsession_fsm::hub::Mutant>,
}

/// The first service network of every world.
pub const NETWORK: ConfigurationId = ConfigurationId::ServiceNetwork(ServiceNetworkId(0));

impl World {
    /// Members of what a session is on, best first; of a user choice those of its options, in the user's order.
    #[must_use]
    pub fn members(&self, configuration: ConfigurationId) -> Cow<'_, [AccessPointId]> {
        match configuration {
            ConfigurationId::AccessPoint(id) => Cow::Owned(vec![id]),
            ConfigurationId::ServiceNetwork(id) => Cow::Borrowed(&self.networks[id.0 as usize]),
            ConfigurationId::UserChoice(id) => {
                self.choices[id.0 as usize].iter().flat_map(|option| self.members(*option).into_owned()).collect()
            }
        }
    }

    /// Place of an access point among the default routes, smaller is better: best place in a service network, then bearer (SPEC §7.4).
    #[must_use]
    pub fn route_key(&self, id: AccessPointId) -> (usize, u8, AccessPointId) {
        let places = self.networks.iter().filter_map(|members| members.iter().position(|member| *member == id));
        (places.min().unwrap_or(usize::MAX), self.access_points[id.0 as usize].bearer.rank(), id)
    }

    /// What defines a configuration of it; `None` if it has none of this name.
    #[must_use]
    pub fn definition(&self, configuration: ConfigurationId) -> Option<Definition> {
        match configuration {
            ConfigurationId::AccessPoint(id) => Some(Definition::AccessPoint(id, self.access_points.get(id.0 as usize)?.clone())),
            ConfigurationId::ServiceNetwork(id) => {
                let members = self.networks.get(id.0 as usize)?.clone();
                Some(Definition::ServiceNetwork(id, ServiceNetwork { members, ..ServiceNetwork::default() }))
            }
            ConfigurationId::UserChoice(id) => {
                Some(Definition::UserChoice(id, UserChoice { options: self.choices.get(id.0 as usize)?.clone() }))
            }
        }
    }

    /// Every configuration of it: access points, service networks, user choices, each in order.
    pub fn configurations(&self) -> impl Iterator<Item = ConfigurationId> + use<> {
        let access_points = (0..self.access_points.len() as u32).map(|place| ConfigurationId::AccessPoint(AccessPointId(place)));
        let networks = (0..self.networks.len() as u32).map(|place| ConfigurationId::ServiceNetwork(ServiceNetworkId(place)));
        let choices = (0..self.choices.len() as u32).map(|place| ConfigurationId::UserChoice(UserChoiceId(place)));
        access_points.chain(networks).chain(choices)
    }

    /// A hub with everything defined and every session created, nothing reported yet, and its sessions.
    #[must_use]
    pub fn hub(&self) -> (Hub, Vec<SessionId>) {
        let mut hub = self.defined();
        let mut outputs = Vec::new();
        for place in 0..self.sessions.len() {
            hub.step(&self.create(place), &mut outputs);
        }
        let created = |output: &Output| if let Output::Created { session, .. } = output { Some(*session) } else { None };
        let sessions = outputs.iter().filter_map(created).collect();
        (hub, sessions)
    }

    /// How the session of a place is asked for.
    pub(crate) fn create(&self, place: usize) -> Input {
        let Plan { configuration, mode, requirements, may_stop, reopen, .. } = self.sessions[place];
        let options = SessionOptions { mode, requirements, may_stop, reopen };
        // A number that no open has (S2).
        Input::Create { request: RequestId(place as u32), configuration, options }
    }

    /// A hub with everything defined and nothing else.
    #[must_use]
    pub fn defined(&self) -> Hub {
        let mut hub = Hub::new(self.settings);
        #[cfg(feature = "mutants")]
        hub.set_mutant(self.mutant);
        let mut outputs = Vec::new();
        for definition in self.configurations().filter_map(|configuration| self.definition(configuration)) {
            hub.step(&Input::Define(definition), &mut outputs);
        }
        hub
    }
}
