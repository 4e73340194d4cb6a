//! Small worlds, one for each kind of thing.

use super::*;

impl World {
    /// One session, two access points, and only what the contract itself asks of client and executor.
    #[must_use]
    pub fn plain() -> Self {
        Self::base("plain", "one session, two access points, raises that fail", 46_690)
    }

    /// One session that answers every offer by itself.
    #[must_use]
    pub fn forced() -> Self {
        Self {
            sessions: vec![Plan::of(0, NETWORK, Mode::Forced)],
            calls: Calls { request_roam: true, ..NO_CALLS },
            ..Self::base("forced", "one session (forced), two access points, raises that fail", 25_230)
        }
    }

    /// Two sessions that stay where they are, on one access point each.
    #[must_use]
    pub fn routes() -> Self {
        Self {
            sessions: vec![Plan::of(0, NETWORK, Mode::Off), Plan::of(1, only(1), Mode::Off)],
            calls: Calls { request_roam: true, ..NO_CALLS },
            faults: Faults { route_fails: true, budget: 1, ..RAISES_FAIL },
            ..Self::base("routes", "two sessions (off), two access points, a default route that cannot be switched", 96_691)
        }
    }

    /// One session that asks to roam, dies at any point, and a default route that cannot be switched.
    #[must_use]
    pub fn switch() -> Self {
        Self {
            calls: Calls { request_roam: true, windows: true, die: true, ..NO_CALLS },
            faults: Faults { raise_fails: false, route_fails: true, budget: 1, ..RAISES_FAIL },
            ..Self::base("switch", "one session that asks to roam and dies, a default route that cannot be switched", 172_618)
        }
    }

    /// One session whose mode is changed at any point, which answers what it was asked.
    #[must_use]
    pub fn modes() -> Self {
        Self {
            calls: Calls { modes: true, ..NO_CALLS },
            ..Self::base("modes", "one session that changes its mode, two access points, raises that fail", 140_591)
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
            ..Self::base("late", "one session on one access point, reports late, out of order, or lost", 3_230)
        }
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
            ..Self::base("shared", "three sessions (application, forced, off) on one access point, stops, deaths", 48_040)
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
            ..Self::base("process", "three sessions of two processes that die, an executor that loses its daemon", 35_293)
        }
    }

    /// One session, which may die, and a hub whose process crashes at any point.
    #[must_use]
    pub fn crash() -> Self {
        Self {
            calls: Calls { die: true, ..NO_CALLS },
            faults: Faults { crash: true, budget: 1, ..RAISES_FAIL },
            ..Self::base("crash", "one session that dies, two access points, a hub that crashes and starts again", 146_035)
        }
    }

    /// A session on a user choice of an access point and a service network.
    #[must_use]
    pub fn choice() -> Self {
        Self {
            choices: vec![vec![only(1), NETWORK]],
            sessions: vec![Plan::of(0, CHOICE, Mode::Application)],
            calls: Calls { stop: true, choose: true, open_twice: true, ..NO_CALLS },
            ..Self::base("choice", "one session on a user choice: an access point, or a service network", 67_259)
        }
    }

    /// A session that changes what it wants, and has windows in which it does not want to move.
    #[must_use]
    pub fn wishes() -> Self {
        Self {
            calls: Calls { requirements: true, windows: true, ..NO_CALLS },
            faults: Faults { raise_fails: false, ..RAISES_FAIL },
            ..Self::base("wishes", "one session that changes its requirements and opens suppression windows", 115_056)
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
                266_091,
            )
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
            ..Self::base("radio", "two access points on one radio: break before make, restoring; another session wants one of them", 77_790)
        }
    }

    /// What is better is offered only when it has been in reach for a while.
    #[must_use]
    pub fn settle() -> Self {
        let world =
            Self::base("settle", "one session that asks to roam, access points that have to settle before they are offered", 114_748);
        Self {
            faults: Faults { raise_fails: false, ..RAISES_FAIL },
            calls: Calls { request_roam: true, ..NO_CALLS },
            settings: Settings { settle: Duration::from_secs(2), ..world.settings },
            ..world
        }
    }

    /// Access points and their service network are removed and defined again, whatever the session is doing.
    #[must_use]
    pub fn removal() -> Self {
        Self {
            faults: Faults { stays: true, removed: true, budget: 1, ..RAISES_FAIL },
            ..Self::base("removal", "one session, two access points, all of it removed and defined again", 59_066)
        }
    }

    /// What was chosen of a user choice is removed, and the choice itself.
    #[must_use]
    pub fn chosen() -> Self {
        Self {
            names: &["wlan"],
            access_points: vec![access_point(Bearer::Wlan, None)],
            networks: vec![ids(&[0])],
            choices: vec![vec![NETWORK, only(0)]],
            sessions: vec![Plan::of(0, CHOICE, Mode::Forced), Plan::of(1, only(0), Mode::Off)],
            faults: Faults { removed: true, gone: true, budget: 2, ..RAISES_FAIL },
            ..Self::base("chosen", "a session on a user choice, another on its access point, all of it removed and defined again", 6_647)
        }
    }

    /// Scans that end, time out, or lose their executor.
    #[must_use]
    pub fn scan() -> Self {
        Self {
            names: &["wlan"],
            access_points: vec![access_point(Bearer::Wlan, None)],
            networks: vec![ids(&[0])],
            sessions: vec![Plan::of(0, NETWORK, Mode::Off)],
            faults: Faults { gone: true, budget: 1, ..RAISES_FAIL },
            calls: Calls { refresh: true, ..NO_CALLS },
            ..Self::base("scan", "one session on one access point, scans, an executor that loses its daemon", 3_941)
        }
    }

    /// Links that are deleted or cannot be raised any more, and that others take up.
    #[must_use]
    pub fn deleted() -> Self {
        Self {
            names: &["wlan"],
            access_points: vec![access_point(Bearer::Wlan, None)],
            networks: vec![ids(&[0])],
            sessions: vec![Plan::of(0, NETWORK, Mode::Off)],
            faults: Faults { deleted: true, says_why: true, others: true, lost: true, gone: true, budget: 2, under_way: 2, ..RAISES_FAIL },
            ..Self::base(
                "deleted",
                "one session on one access point that is deleted or loses its credentials, others that interfere",
                26_260,
            )
        }
    }

    /// An access point that nobody can raise or lower, and another one.
    #[must_use]
    pub fn fixed() -> Self {
        let capabilities = Capabilities::ALL.without(Capabilities::CAN_START_AND_STOP_INTERFACES);
        Self {
            names: &["ethernet", "wlan"],
            access_points: vec![AccessPoint { capabilities, ..access_point(Bearer::Ethernet, None) }, access_point(Bearer::Wlan, None)],
            sessions: vec![Plan::of(0, NETWORK, Mode::Forced)],
            faults: Faults { others: true, raise_fails: false, budget: 1, ..RAISES_FAIL },
            calls: Calls { stop: true, ..NO_CALLS },
            ..Self::base("fixed", "one session (forced), an access point that can be neither raised nor lowered, and another one", 6_485)
        }
    }

    /// One session, two access points on one radio, a default route that cannot be switched.
    #[must_use]
    pub fn band() -> Self {
        Self {
            names: &["wlan one", "wlan two", "wlan three"],
            access_points: vec![access_point(Bearer::Wlan, Some(0)); 3],
            networks: vec![ids(&[0, 1, 2])],
            faults: Faults { stays: true, route_fails: true, budget: 1, ..RAISES_FAIL },
            ..Self::base("band", "one session, three access points on one radio, a default route that cannot be switched", 53_170)
        }
    }

    /// Two sessions on the same access points, which are on one radio: what one of them tries, loses or waits for is the other's, too.
    #[must_use]
    pub fn claims() -> Self {
        Self {
            names: &["wlan one", "wlan two"],
            access_points: vec![access_point(Bearer::Unknown, Some(0)); 2],
            sessions: vec![Plan::of(0, NETWORK, Mode::Application), Plan::of(1, NETWORK, Mode::Off)],
            ..Self::base("claims", "two sessions (application, off) on two access points on one radio, raises that fail", 186_049)
        }
    }

    /// Two access points on one radio, one of which nobody of ours can lower when others have brought it up.
    #[must_use]
    pub fn occupied() -> Self {
        let capabilities = Capabilities::ALL.without(Capabilities::CAN_START_AND_STOP_INTERFACES);
        let on_radio = access_point(Bearer::Unknown, Some(0));
        Self {
            names: &["wlan fixed", "wlan"],
            access_points: vec![AccessPoint { capabilities, ..on_radio.clone() }, on_radio],
            sessions: vec![Plan::of(0, NETWORK, Mode::Forced), Plan::of(1, NETWORK, Mode::Off)],
            faults: Faults { others: true, budget: 2, ..RAISES_FAIL },
            ..Self::base("occupied", "two sessions (forced, off), a radio that a link of others occupies, which cannot be lowered", 42_568)
        }
    }

    /// Two sessions with an access point each, on one radio; access points are removed while they are up, lost, or being given back.
    #[must_use]
    pub fn leaving() -> Self {
        Self {
            names: &["wlan one", "wlan two"],
            access_points: vec![access_point(Bearer::Unknown, Some(0)); 2],
            networks: vec![ids(&[0])],
            sessions: vec![Plan::of(0, only(0), Mode::Off), Plan::of(1, only(1), Mode::Off)],
            faults: Faults { removed: true, gone: true, budget: 2, ..RAISES_FAIL },
            ..Self::base(
                "leaving",
                "two sessions, two access points on one radio that are removed, an executor that loses its daemon",
                64_230,
            )
        }
    }
}
