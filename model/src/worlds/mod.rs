//! Which worlds are checked? Each is data; `quick`, `ci` and `deep` are sets of them.

mod larger;
mod quick;

use crate::world::{Calls, Faults, NETWORK, Plan, World};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Bearer, Capabilities, ConfigurationId, Metered, Mode, Preference, RadioId, Requirements,
};
use netsession_fsm::words::{ServiceNetworkId, UserChoiceId};
use std::time::Duration;

/// A named set of worlds.
#[derive(Debug, Clone, Copy)]
pub struct Set {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What a person is told about it.
    pub about: &'static str,
    worlds: fn() -> Vec<World>,
}

impl Set {
    /// Its worlds, in the order in which they are run.
    #[must_use]
    pub fn worlds(&self) -> Vec<World> {
        (self.worlds)()
    }
}

/// The sets, the smallest first.
pub const SETS: [Set; 3] = [
    Set { name: "quick", about: "every kind of world, small: seconds", worlds: World::quick },
    Set { name: "ci", about: "the worlds every change has to pass: minutes", worlds: World::ci },
    Set { name: "deep", about: "more of everything at once: an hour, and gigabytes", worlds: World::deep },
];

const NO_CALLS: Calls = Calls {
    stop: false,
    open_twice: false,
    request_roam: false,
    modes: false,
    choose: false,
    windows: false,
    requirements: false,
    die: false,
    refresh: false,
    returns: false,
};
/// Of a client; scans have a world of their own, for nothing else depends on them.
const ALL_CALLS: Calls = Calls {
    stop: true,
    open_twice: true,
    request_roam: true,
    modes: true,
    choose: true,
    windows: true,
    requirements: true,
    die: true,
    refresh: false,
    returns: false,
};
const RAISES_FAIL: Faults = Faults {
    stays: false,
    others: false,
    raise_fails: true,
    route_fails: false,
    lost: false,
    gone: false,
    crash: false,
    deleted: false,
    says_why: false,
    removed: false,
    budget: 0,
    under_way: 1,
};
/// Of an executor; what is deleted and removed has worlds of its own.
const ALL_FAULTS: Faults = Faults { others: true, route_fails: true, lost: true, gone: true, budget: 1, ..RAISES_FAIL };

/// The second service network.
const OTHER_NETWORK: ConfigurationId = ConfigurationId::ServiceNetwork(ServiceNetworkId(1));
/// The user choice.
const CHOICE: ConfigurationId = ConfigurationId::UserChoice(UserChoiceId(0));

const fn only(id: u32) -> ConfigurationId {
    ConfigurationId::AccessPoint(AccessPointId(id))
}

fn access_point(bearer: Bearer, radio: Option<u16>) -> AccessPoint {
    let metered = if matches!(bearer, Bearer::Lte) { Metered::Yes } else { Metered::No };
    AccessPoint { bearer, metered, radio: radio.map(RadioId), ..AccessPoint::default() }
}

fn ids(ids: &[u32]) -> Vec<AccessPointId> {
    ids.iter().copied().map(AccessPointId).collect()
}

impl World {
    /// One session on two access points, raises that fail and nothing else: what the others are made from.
    fn base(name: &'static str, about: &'static str, states: usize) -> Self {
        Self {
            name,
            about,
            names: &["wlan", "lte"],
            access_points: vec![access_point(Bearer::Wlan, None), access_point(Bearer::Lte, None)],
            networks: vec![ids(&[0, 1])],
            choices: Vec::new(),
            sessions: vec![Plan::of(0, NETWORK, Mode::Application)],
            faults: RAISES_FAIL,
            calls: NO_CALLS,
            // Back-off doubles once and then stays: the hub treats every failure past the limit alike.
            settings: Settings {
                settle: Duration::ZERO,
                back_off: Duration::from_secs(5),
                back_off_limit: Duration::from_secs(5),
                ..Settings::default()
            },
            states,
            #[cfg(feature = "mutants")]
            mutant: None,
        }
    }

    /// Every kind of world, small.
    #[must_use]
    pub fn quick() -> Vec<Self> {
        vec![
            Self::plain(),
            Self::forced(),
            Self::routes(),
            Self::switch(),
            Self::modes(),
            Self::late(),
            Self::shared(),
            Self::process(),
            Self::crash(),
            Self::choice(),
            Self::wishes(),
            Self::again(),
            Self::radio(),
            Self::settle(),
            Self::removal(),
            Self::chosen(),
            Self::scan(),
            Self::deleted(),
            Self::fixed(),
            Self::band(),
            Self::claims(),
            Self::occupied(),
            Self::leaving(),
        ]
    }

    /// The worlds every change has to pass.
    #[must_use]
    pub fn ci() -> Vec<Self> {
        let mut worlds = Self::quick();
        worlds.extend([
            Self::solo(),
            Self::terms(),
            Self::disorder(),
            Self::pair(),
            Self::crashes(),
            Self::networks(),
            Self::three(),
            Self::whole(),
        ]);
        worlds
    }

    /// More of everything at once.
    #[must_use]
    pub fn deep() -> Vec<Self> {
        vec![Self::twins(), Self::trio(), Self::storm(), Self::gale()]
    }

    /// Every world there is.
    #[must_use]
    pub fn every() -> Vec<Self> {
        let mut worlds = Self::ci();
        worlds.extend(Self::deep());
        worlds
    }
}
