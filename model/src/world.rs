//! What there is in a world and what may happen in it: worlds as data.

use netsession_fsm::hub::{Definition, Hub, Input, Output, SessionOptions, Settings};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, ConfigurationId, Metered, Mode, RadioId, RequestId, Requirements, ServiceNetwork, ServiceNetworkId,
    SessionId,
};
use std::time::Duration;

/// What the environment may do to a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
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
    /// How many of the above may happen in one run, a failed raise apart; each at any time.
    pub budget: u8,
    /// Reports on one link that can be under way at a time; with more than one they also overtake each other.
    pub under_way: u8,
}

/// What clients may ask for, beside open, close and the answers to offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    /// Stop links.
    pub stop: bool,
    /// A second open while the first waits.
    pub open_twice: bool,
    /// `request_roam`.
    pub request_roam: bool,
    /// Change the mode.
    pub modes: bool,
    /// Open a suppression window.
    pub windows: bool,
    /// Prohibit and allow the first access point's bearer.
    pub requirements: bool,
    /// Owners can die.
    pub die: bool,
}

/// A session of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// On what.
    pub configuration: ConfigurationId,
    /// Who answers.
    pub mode: Mode,
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
    /// Attributes of the access points; all are members of one service network, best first.
    pub access_points: Vec<AccessPoint>,
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

/// The service network of every world.
pub const NETWORK: ConfigurationId = ConfigurationId::ServiceNetwork(ServiceNetworkId(0));

fn settings() -> Settings {
    // Back-off doubles once and then stays: the hub treats every failure past the limit alike.
    Settings { settle: Duration::ZERO, back_off: Duration::from_secs(5), back_off_limit: Duration::from_secs(5), ..Settings::default() }
}

fn access_point(metered: Metered, radio: Option<u16>) -> AccessPoint {
    AccessPoint { metered, radio: radio.map(RadioId), ..AccessPoint::default() }
}

const ALL_CALLS: Calls =
    Calls { stop: true, open_twice: true, request_roam: true, modes: true, windows: true, requirements: true, die: true };

impl World {
    /// One session on two access points, everything on at once: minutes, and therefore not one of [`World::all`].
    #[must_use]
    pub fn whole() -> Self {
        Self {
            name: "whole",
            about: "one session, two access points, every fault and every call at once (takes minutes)",
            names: &["wlan", "lte"],
            access_points: vec![
                AccessPoint { bearer: netsession_fsm::words::Bearer::Wlan, ..access_point(Metered::No, None) },
                AccessPoint { bearer: netsession_fsm::words::Bearer::Lte, ..access_point(Metered::Yes, None) },
            ],
            sessions: vec![Plan { configuration: NETWORK, mode: Mode::Application }],
            faults: Faults { others: true, raise_fails: true, route_fails: true, lost: true, gone: true, budget: 1, under_way: 1 },
            calls: ALL_CALLS,
            settings: settings(),
            states: 7_105_000,
            #[cfg(feature = "mutants")]
            mutant: None,
        }
    }

    /// One session on two access points, every fault; what its client can ask on the way is in [`World::terms`].
    #[must_use]
    pub fn solo() -> Self {
        Self {
            name: "solo",
            about: "one session, two access points, every fault, every call but windows and requirements",
            calls: Calls { windows: false, requirements: false, ..ALL_CALLS },
            states: 2_089_475,
            ..Self::whole()
        }
    }

    /// One session on two access points, every call; raises fail, everything else goes well.
    #[must_use]
    pub fn terms() -> Self {
        Self {
            name: "terms",
            about: "one session, two access points, every call, raises that fail or are never answered",
            faults: Faults { others: false, raise_fails: true, route_fails: false, lost: false, gone: false, budget: 0, under_way: 1 },
            states: 667_221,
            ..Self::whole()
        }
    }

    /// Two sessions on two access points: one that is asked, one that is forced.
    #[must_use]
    pub fn pair() -> Self {
        Self {
            name: "pair",
            states: 1_553_137,
            about: "two sessions (application, forced), two access points",
            sessions: vec![Plan { configuration: NETWORK, mode: Mode::Application }, Plan { configuration: NETWORK, mode: Mode::Forced }],
            faults: Faults { others: false, raise_fails: true, route_fails: false, lost: false, gone: false, budget: 0, under_way: 1 },
            calls: Calls {
                stop: true,
                open_twice: false,
                request_roam: false,
                modes: false,
                windows: false,
                requirements: false,
                die: false,
            },
            ..Self::solo()
        }
    }

    /// One session that roams between two access points on one radio, and one that wants the second of them.
    #[must_use]
    pub fn radio() -> Self {
        Self {
            name: "radio",
            states: 117_464,
            about: "two access points on one radio: break before make, restoring; another session wants one of them",
            names: &["wlan one", "wlan two"],
            access_points: vec![access_point(Metered::No, Some(0)), access_point(Metered::Yes, Some(0))],
            sessions: vec![
                Plan { configuration: NETWORK, mode: Mode::Application },
                Plan { configuration: ConfigurationId::AccessPoint(AccessPointId(1)), mode: Mode::Off },
            ],
            ..Self::pair()
        }
    }

    /// One session, two access points, reports that overtake each other.
    #[must_use]
    pub fn disorder() -> Self {
        Self {
            name: "disorder",
            states: 1_764_264,
            about: "one session, two access points, up to two reports of a link under way, overtaking each other",
            faults: Faults { others: false, raise_fails: true, route_fails: false, lost: true, gone: false, budget: 1, under_way: 2 },
            calls: Calls {
                stop: true,
                open_twice: false,
                request_roam: false,
                modes: false,
                windows: false,
                requirements: false,
                die: false,
            },
            ..Self::solo()
        }
    }

    /// Every world of the check, in the order it runs them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![Self::solo(), Self::terms(), Self::disorder(), Self::pair(), Self::radio()]
    }

    /// Every world there is: those of [`World::all`], and those that take minutes.
    #[must_use]
    pub fn every() -> Vec<Self> {
        let mut worlds = Self::all();
        worlds.push(Self::whole());
        worlds
    }

    /// The worlds of a set: `quick` (seconds), `ci` (minutes), `deep` (as long as it takes); `None`: there is no such set.
    #[must_use]
    pub fn set(name: &str) -> Option<Vec<Self>> {
        match name {
            "quick" => Some(vec![Self::radio()]),
            "ci" => Some(Self::all()),
            "deep" => Some(Self::every()),
            _ => None,
        }
    }

    /// A hub with everything defined and every session created, nothing reported yet, and its sessions.
    #[must_use]
    pub fn hub(&self) -> (Hub, Vec<SessionId>) {
        let mut hub = Hub::new(self.settings);
        #[cfg(feature = "mutants")]
        hub.set_mutant(self.mutant);
        let mut outputs = Vec::new();
        for (place, attributes) in self.access_points.iter().enumerate() {
            let definition = Definition::AccessPoint(AccessPointId(place as u32), attributes.clone());
            hub.step(&Input::Define(definition), &mut outputs);
        }
        let members = (0..self.access_points.len() as u32).map(AccessPointId).collect();
        let network = ServiceNetwork { members, ..ServiceNetwork::default() };
        hub.step(&Input::Define(Definition::ServiceNetwork(ServiceNetworkId(0), network)), &mut outputs);
        for (place, plan) in self.sessions.iter().enumerate() {
            let options = SessionOptions { mode: plan.mode, requirements: Requirements::NONE, may_stop: true, reopen: false };
            let create = Input::Create { request: RequestId(place as u32), configuration: plan.configuration, options };
            hub.step(&create, &mut outputs);
        }
        let created = |output: &Output| if let Output::Created { session, .. } = output { Some(*session) } else { None };
        let sessions = outputs.iter().filter_map(created).collect();
        (hub, sessions)
    }
}
