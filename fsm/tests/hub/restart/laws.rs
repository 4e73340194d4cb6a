//! After any life: is what is kept all there is, is it enough, and does nonsense do harm (SPEC §8)?

use super::life::{
    LINKS, Life, act, armed, assert_leases, nobody_raises, notices, refusals, restored, resync, same, states, without_counters,
};
use super::nonsense::nonsense;
use crate::rig::ap;
use netsession_fsm::hub::{Command, Input, Output, Timer};
use netsession_fsm::link::LinkState;
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, ConfigurationState, Record};
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    /// Who writes down only what changed has everything; what is taken up again is what was kept; links that did not change leave
    /// everybody as they were; and when everybody is gone, everything of ours comes down.
    #[test]
    fn a_crash_at_any_time_changes_nothing_but_raises(acts in prop::collection::vec(act(), 0..60)) {
        let mut life = Life::new();
        for act in &acts {
            life.take(act);
            prop_assert_eq!(without_counters(life.kept()), without_counters(life.rig.hub.kept()), "after {:?}", act);
        }
        let before = life.rig.hub.clone();
        let raising = (0..LINKS).any(|id| before.link_view(ap(id)).unwrap().state == LinkState::Raising);
        let (mut hub, outputs) = restored(life.kept());
        prop_assert_eq!(refusals(&outputs), []);
        prop_assert!(raising || notices(&outputs).is_empty(), "{:?}", outputs);
        assert_leases(&hub);
        let mut timers = BTreeSet::new();
        armed(&mut timers, &outputs);
        // Every deadline, suppression, window and retry that ran runs again.
        let runs = |timer: &&Timer| match timer {
            Timer::Session(id) => before.session_view(*id).is_some_and(|view| view.hold != Hold::Free),
            Timer::Suppression(id, _) | Timer::Window(id) => before.snapshot(*id).is_some(),
            Timer::Lower(_) => true,
            Timer::Route | Timer::Grace(_) | Timer::Refresh | Timer::Settle(_) => false,
        };
        prop_assert_eq!(timers.iter().filter(runs).collect::<Vec<_>>(), life.timers.iter().filter(runs).collect::<Vec<_>>());
        if !raising {
            let mut again = hub.kept();
            again.hub = before.kept_hub();
            prop_assert_eq!(without_counters(again), without_counters(nobody_raises(before.kept())));
        }
        for session in before.sessions().filter(|_| !raising) {
            prop_assert_eq!(before.snapshot(session).map(same), hub.snapshot(session).map(same));
        }

        // The executor comes back, and nothing has changed.
        let mut told = Vec::new();
        hub.step(&resync(&states(&before)), &mut told);
        assert_leases(&hub);
        armed(&mut timers, &told);
        prop_assert!(!timers.iter().any(|timer| matches!(timer, Timer::Grace(_))));
        for session in before.sessions() {
            let (was, is) = (before.snapshot(session).unwrap(), hub.snapshot(session).unwrap());
            // One without a link may lose its offer to another that opens by itself, as before.
            let stays = was.active.is_none() || (is.open && is.active == was.active);
            prop_assert!(stays, "{}: {:?} is {:?}", session, was, is);
        }

        // Everybody goes: what was ours comes down, nothing else does.
        for session in before.sessions() {
            hub.step(&Input::Drop(session), &mut told);
        }
        let commanded = |wanted: fn(&Command) -> Option<AccessPointId>, id| {
            told.iter().any(|output| matches!(output, Output::Command(command) if wanted(command) == Some(id)))
        };
        let lowers = |command: &Command| if let Command::Lower { access_point, .. } = command { Some(*access_point) } else { None };
        let raises = |command: &Command| if let Command::Raise { access_point, .. } = command { Some(*access_point) } else { None };
        for id in (0..LINKS).map(ap) {
            let (was, is) = (before.link_view(id).unwrap(), hub.link_view(id).unwrap());
            let lowered = commanded(lowers, id);
            let standing = matches!(was.state, LinkState::Up | LinkState::Raising) && was.ours;
            prop_assert!(lowered || !standing, "{}: {:?} is {:?}", id, was, is);
            // What nobody leases gives way to what is wanted on its radio.
            let gives_way = id.0 < 2;
            let ours = was.ours || was.state == LinkState::Lowering || commanded(raises, id);
            prop_assert!(!lowered || ours || gives_way, "{}: {:?} is lowered", id, was);
            prop_assert_eq!(is.leases, 0);
        }
    }

    /// Whatever is in the records, each is taken up or refused, leases fit, and the hub goes on.
    #[test]
    fn nonsense_is_refused_and_does_no_harm(kept in nonsense(), acts in prop::collection::vec(act(), 0..20)) {
        let records = kept.sessions.len();
        let (hub, outputs) = restored(kept.clone());
        let refused = refusals(&outputs).iter().filter(|(record, _)| matches!(record, Record::Session(_))).count();
        prop_assert_eq!(hub.sessions().count() + refused, records);
        assert_leases(&hub);
        let mut life = Life::new();
        life.rig.hub = hub;
        armed(&mut life.timers, &outputs);
        life.rig.step(resync(&[ConfigurationState::Active, ConfigurationState::Discovered, ConfigurationState::Active, ConfigurationState::Defined]));
        for act in &acts {
            life.take(act);
            assert_leases(&life.rig.hub);
        }
    }
}
