//! Which worlds are checked? Each is data; `quick`, `ci` and `deep` are sets of them.

use crate::world::{Calls, Faults, NETWORK, Plan, World};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{AccessPoint, AccessPointId, Bearer, ConfigurationId, Metered, Mode, Preference, RadioId, Requirements};
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
};
const ALL_CALLS: Calls =
    Calls { stop: true, open_twice: true, request_roam: true, modes: true, choose: true, windows: true, requirements: true, die: true };
const RAISES_FAIL: Faults =
    Faults { others: false, raise_fails: true, route_fails: false, lost: false, gone: false, budget: 0, under_way: 1 };
const ALL_FAULTS: Faults = Faults { others: true, raise_fails: true, route_fails: true, lost: true, gone: true, budget: 1, under_way: 1 };

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

    /// One session on two access points, everything on at once.
    #[must_use]
    pub fn whole() -> Self {
        let about = "one session, two access points, every fault and every call at once";
        Self { faults: ALL_FAULTS, calls: ALL_CALLS, ..Self::base("whole", about, 7_105_000) }
    }

    /// One session on two access points, every fault; what its client can ask on the way is in [`World::terms`].
    #[must_use]
    pub fn solo() -> Self {
        let about = "one session, two access points, every fault, every call but windows and requirements";
        let calls = Calls { windows: false, requirements: false, ..ALL_CALLS };
        Self { faults: ALL_FAULTS, calls, ..Self::base("solo", about, 2_089_475) }
    }

    /// One session on two access points, every call; raises fail, everything else goes well.
    #[must_use]
    pub fn terms() -> Self {
        let about = "one session, two access points, every call, raises that fail or are never answered";
        Self { calls: ALL_CALLS, ..Self::base("terms", about, 667_221) }
    }

    /// Two sessions on two access points: one that is asked, one that is forced.
    #[must_use]
    pub fn pair() -> Self {
        Self {
            sessions: vec![Plan::of(0, NETWORK, Mode::Application), Plan::of(1, NETWORK, Mode::Forced)],
            calls: Calls { stop: true, ..NO_CALLS },
            ..Self::base("pair", "two sessions (application, forced), two access points", 1_553_137)
        }
    }

    /// One session that roams between two access points on one radio, and one that wants the second of them.
    #[must_use]
    pub fn radio() -> Self {
        Self {
            names: &["wlan one", "wlan two"],
            access_points: vec![access_point(Bearer::Unknown, Some(0)), access_point(Bearer::Unknown, Some(0))],
            sessions: vec![Plan::of(0, NETWORK, Mode::Application), Plan::of(1, only(1), Mode::Off)],
            calls: Calls { stop: true, ..NO_CALLS },
            ..Self::base(
                "radio",
                "two access points on one radio: break before make, restoring; another session wants one of them",
                117_464,
            )
        }
    }

    /// One session, two access points, reports that overtake each other.
    #[must_use]
    pub fn disorder() -> Self {
        Self {
            faults: Faults { lost: true, budget: 1, under_way: 2, ..RAISES_FAIL },
            calls: Calls { stop: true, ..NO_CALLS },
            ..Self::base(
                "disorder",
                "one session, two access points, up to two reports of a link under way, overtaking each other",
                1_764_264,
            )
        }
    }

    /// One session, two access points, and only what the contract itself asks of client and executor.
    #[must_use]
    pub fn plain() -> Self {
        Self::base("plain", "one session, two access points, raises that fail", 49_598)
    }

    /// Three sessions on one access point, one of each mode: shared leases, and a stop by any of them, holder or not.
    #[must_use]
    pub fn shared() -> Self {
        Self {
            names: &["wlan"],
            access_points: vec![access_point(Bearer::Wlan, None)],
            networks: vec![ids(&[0])],
            sessions: vec![
                Plan::of(0, NETWORK, Mode::Application),
                Plan::of(1, only(0), Mode::Forced),
                Plan { may_stop: false, ..Plan::of(2, only(0), Mode::Off) },
            ],
            calls: Calls { stop: true, die: true, ..NO_CALLS },
            ..Self::base("shared", "three sessions (application, forced, off) on one access point, stops, deaths", 51_511)
        }
    }

    /// A session on a user choice of an access point and a service network.
    #[must_use]
    pub fn choice() -> Self {
        Self {
            choices: vec![vec![only(1), NETWORK]],
            sessions: vec![Plan::of(0, CHOICE, Mode::Application)],
            calls: Calls { stop: true, choose: true, open_twice: true, ..NO_CALLS },
            ..Self::base("choice", "one session on a user choice: an access point, or a service network", 70_341)
        }
    }

    /// One session that answers every offer by itself.
    #[must_use]
    pub fn forced() -> Self {
        Self {
            sessions: vec![Plan::of(0, NETWORK, Mode::Forced)],
            calls: Calls { request_roam: true, ..NO_CALLS },
            ..Self::base("forced", "one session (forced), two access points, raises that fail", 25_420)
        }
    }

    /// A session that opens again by itself when it was lost, and others that raise and lower links.
    #[must_use]
    pub fn again() -> Self {
        let requirements = Requirements::NONE.bearer(Bearer::Lte, Preference::Prefer);
        Self {
            sessions: vec![Plan { reopen: true, requirements, ..Plan::of(0, NETWORK, Mode::Application) }],
            faults: Faults { others: true, raise_fails: false, budget: 1, ..RAISES_FAIL },
            ..Self::base(
                "again",
                "one session that opens again by itself and prefers the second access point, others that interfere",
                315_563,
            )
        }
    }

    /// A session that changes what it wants, and has windows in which it does not want to move.
    #[must_use]
    pub fn wishes() -> Self {
        Self {
            calls: Calls { requirements: true, windows: true, ..NO_CALLS },
            faults: Faults { raise_fails: false, ..RAISES_FAIL },
            ..Self::base("wishes", "one session that changes its requirements and opens suppression windows", 119_940)
        }
    }

    /// Two sessions that stay where they are, on one access point each.
    #[must_use]
    pub fn routes() -> Self {
        Self {
            sessions: vec![Plan::of(0, NETWORK, Mode::Off), Plan::of(1, only(1), Mode::Off)],
            faults: Faults { route_fails: true, budget: 1, ..RAISES_FAIL },
            ..Self::base("routes", "two sessions (off), two access points, a default route that cannot be switched", 82_549)
        }
    }

    /// Reports that are late, overtake each other, or are lost.
    #[must_use]
    pub fn late() -> Self {
        Self {
            names: &["wlan"],
            access_points: vec![access_point(Bearer::Wlan, None)],
            networks: vec![ids(&[0])],
            faults: Faults { lost: true, budget: 1, under_way: 2, ..RAISES_FAIL },
            calls: Calls { stop: true, open_twice: true, ..NO_CALLS },
            ..Self::base("late", "one session on one access point, reports late, out of order, or lost", 3_218)
        }
    }

    /// Two sessions of one process that dies.
    #[must_use]
    pub fn process() -> Self {
        Self {
            names: &["wlan"],
            access_points: vec![access_point(Bearer::Wlan, None)],
            networks: vec![ids(&[0])],
            sessions: vec![Plan::of(0, NETWORK, Mode::Off), Plan::of(0, only(0), Mode::Off), Plan::of(1, only(0), Mode::Off)],
            calls: Calls { die: true, ..NO_CALLS },
            faults: Faults { gone: true, lost: true, budget: 1, ..RAISES_FAIL },
            ..Self::base("process", "three sessions of two processes that die, an executor that loses its daemon", 35_165)
        }
    }

    /// Two sessions on two service networks that share the second of three access points.
    #[must_use]
    pub fn networks() -> Self {
        Self {
            names: &["wlan", "lte", "ethernet"],
            access_points: vec![access_point(Bearer::Wlan, None), access_point(Bearer::Lte, None), access_point(Bearer::Ethernet, None)],
            networks: vec![ids(&[0, 1]), ids(&[2, 1])],
            sessions: vec![Plan::of(0, NETWORK, Mode::Forced), Plan::of(1, OTHER_NETWORK, Mode::Off)],
            ..Self::base("networks", "two sessions (forced, off) on two service networks that share one of three access points", 5_700_392)
        }
    }

    /// Two sessions alike.
    #[must_use]
    pub fn twins() -> Self {
        Self {
            sessions: vec![Plan::of(0, NETWORK, Mode::Application), Plan::of(1, NETWORK, Mode::Application)],
            ..Self::base("twins", "two sessions alike (application), two access points", 0)
        }
    }

    /// Three access points: two on one radio, one beside it.
    #[must_use]
    pub fn three() -> Self {
        Self {
            names: &["wlan one", "wlan two", "lte"],
            access_points: vec![access_point(Bearer::Wlan, Some(0)), access_point(Bearer::Wlan, Some(0)), access_point(Bearer::Lte, None)],
            networks: vec![ids(&[0, 1, 2])],
            ..Self::base("three", "one session, three access points, two of them on one radio", 6_710_072)
        }
    }

    /// Three sessions on two access points, one of each mode.
    #[must_use]
    pub fn trio() -> Self {
        Self {
            sessions: vec![Plan::of(0, NETWORK, Mode::Application), Plan::of(1, NETWORK, Mode::Forced), Plan::of(2, only(1), Mode::Off)],
            calls: Calls { stop: true, ..NO_CALLS },
            ..Self::base("trio", "three sessions (application, forced, off), two access points", 4_079_027)
        }
    }

    /// Two sessions on two access points, everything that can go wrong, once.
    #[must_use]
    pub fn storm() -> Self {
        Self {
            faults: ALL_FAULTS,
            calls: Calls { stop: true, die: true, ..NO_CALLS },
            ..Self {
                name: "storm",
                about: "two sessions (application, forced), two access points, every fault",
                states: 20_888_983,
                ..Self::pair()
            }
        }
    }

    /// Three sessions on two access points, one of each mode, and everything that can go wrong, once.
    #[must_use]
    pub fn tempest() -> Self {
        let about = "three sessions (application, forced, off), two access points, every fault";
        let calls = Calls { stop: true, die: true, request_roam: true, ..NO_CALLS };
        Self { faults: ALL_FAULTS, calls, ..Self { name: "tempest", about, states: 0, ..Self::trio() } }
    }

    /// Every kind of world, small.
    #[must_use]
    pub fn quick() -> Vec<Self> {
        vec![
            Self::plain(),
            Self::forced(),
            Self::routes(),
            Self::late(),
            Self::shared(),
            Self::process(),
            Self::choice(),
            Self::wishes(),
            Self::again(),
            Self::radio(),
        ]
    }

    /// The worlds every change has to pass.
    #[must_use]
    pub fn ci() -> Vec<Self> {
        let mut worlds = Self::quick();
        worlds.extend([Self::solo(), Self::terms(), Self::disorder(), Self::pair(), Self::networks(), Self::three(), Self::whole()]);
        worlds
    }

    /// More of everything at once.
    #[must_use]
    pub fn deep() -> Vec<Self> {
        vec![Self::twins(), Self::trio(), Self::storm(), Self::tempest()]
    }

    /// Every world there is.
    #[must_use]
    pub fn every() -> Vec<Self> {
        let mut worlds = Self::ci();
        worlds.extend(Self::deep());
        worlds
    }
}
