//! Worlds with more in them at once.

use super::*;

impl World {
    /// One session on two access points, everything on at once.
    #[must_use]
    pub fn whole() -> Self {
        let about = "one session, two access points, every fault and every call at once";
        Self { faults: ALL_FAULTS, calls: ALL_CALLS, ..Self::base("whole", about, 7_770_620) }
    }

    /// One session on two access points, every fault; what its client can ask on the way is in [`World::terms`].
    #[must_use]
    pub fn solo() -> Self {
        let about = "one session, two access points, every fault, every call but windows and requirements";
        let calls = Calls { windows: false, requirements: false, ..ALL_CALLS };
        Self { faults: ALL_FAULTS, calls, ..Self::base("solo", about, 2_134_971) }
    }

    /// One session on two access points, every call; raises fail, everything else goes well.
    #[must_use]
    pub fn terms() -> Self {
        let about = "one session, two access points, every call, raises that fail or are never answered";
        Self { calls: ALL_CALLS, ..Self::base("terms", about, 700_411) }
    }

    /// Two sessions on two access points: one that is asked, one that is forced.
    #[must_use]
    pub fn pair() -> Self {
        Self {
            sessions: vec![Plan::of(0, NETWORK, Mode::Application), Plan::of(1, NETWORK, Mode::Forced)],
            calls: Calls { stop: true, ..NO_CALLS },
            ..Self::base("pair", "two sessions (application, forced), two access points", 1_945_017)
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
                1_781_572,
            )
        }
    }

    /// Sessions of two processes that share a link, die and come back, and a hub whose process crashes at any point.
    #[must_use]
    pub fn crashes() -> Self {
        let process = Self::process();
        Self {
            name: "crashes",
            about: "three sessions of two processes that die and come back, a lost daemon, a hub that crashes and starts again",
            calls: Calls { returns: true, ..process.calls },
            faults: Faults { crash: true, ..process.faults },
            states: 140_136,
            ..process
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
            ..Self::base("networks", "two sessions (forced, off) on two service networks that share one of three access points", 7_084_904)
        }
    }

    /// Two sessions alike.
    #[must_use]
    pub fn twins() -> Self {
        Self {
            sessions: vec![Plan::of(0, NETWORK, Mode::Application), Plan::of(1, NETWORK, Mode::Application)],
            ..Self::base("twins", "two sessions alike (application), two access points", 3_254_644)
        }
    }

    /// Three access points: two on one radio, one beside it.
    #[must_use]
    pub fn three() -> Self {
        Self {
            names: &["wlan one", "wlan two", "lte"],
            access_points: vec![access_point(Bearer::Wlan, Some(0)), access_point(Bearer::Wlan, Some(0)), access_point(Bearer::Lte, None)],
            networks: vec![ids(&[0, 1, 2])],
            ..Self::base("three", "one session, three access points, two of them on one radio", 4_757_514)
        }
    }

    /// Three sessions on two access points, one of each mode.
    #[must_use]
    pub fn trio() -> Self {
        Self {
            sessions: vec![Plan::of(0, NETWORK, Mode::Application), Plan::of(1, NETWORK, Mode::Forced), Plan::of(2, only(1), Mode::Off)],
            calls: Calls { stop: true, ..NO_CALLS },
            ..Self::base("trio", "three sessions (application, forced, off), two access points", 5_458_479)
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
                states: 25_596_693,
                ..Self::pair()
            }
        }
    }

    /// Three access points, two of them on one radio, every fault, once, stops and a death.
    #[must_use]
    pub fn gale() -> Self {
        let about = "one session that dies, three access points, two of them on one radio, every fault, stops";
        let calls = Calls { stop: true, die: true, ..NO_CALLS };
        Self { faults: ALL_FAULTS, calls, ..Self { name: "gale", about, states: 76_794_565, ..Self::three() } }
    }
}
