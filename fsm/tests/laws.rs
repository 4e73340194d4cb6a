//! Do the machines keep their laws over any sequence of events, in whatever order and with whatever cause?

use netsession_fsm::link::{LinkEffect, LinkEvent, LinkMemory, LinkState};
use netsession_fsm::roaming::{Old, RoamEvent, RoamMemory, RoamState};
use netsession_fsm::session::{Hold, HoldEffect, HoldEvent, HoldMemory, Prospect};
use netsession_fsm::step::{Chart, Effects, Verdict};
use netsession_fsm::words::{Cause, ConfigurationState, ErrorKind};
use proptest::prelude::*;

/// Runs a sequence from the initial state; the laws of every machine are checked at each step, then what `also` says.
fn run<C: Chart>(events: &[C::Event], mut also: impl FnMut(C::Leaf, C, &[C::Effect])) {
    let (mut leaf, mut memory) = (C::INITIAL, C::default());
    for event in events {
        let before = (leaf, memory);
        let mut effects = Effects::new();
        let verdict = memory.step(&mut leaf, event, &mut effects);
        assert!(effects.len() < effects.capacity(), "{before:?} {event:?}: no room was left for effects");
        assert!(C::LEAVES.contains(&leaf), "{before:?} {event:?}: {leaf:?} is not listed");
        match verdict {
            Verdict::Ignored => assert_eq!((before, 0), ((leaf, memory), effects.len()), "{event:?} was ignored, yet did something"),
            Verdict::Stayed => assert_eq!(before.0, leaf, "{event:?} stayed, yet left"),
            Verdict::Moved => {}
        }
        also(leaf, memory, &effects);
    }
}

fn cause() -> impl Strategy<Value = Cause> {
    prop::sample::select(vec![Cause::Unknown, Cause::Timeout, Cause::CarrierLost, Cause::BackendGone, Cause::Vanished, Cause::Route])
}

fn hold_event() -> impl Strategy<Value = HoldEvent> {
    let kind = || prop::sample::select(vec![ErrorKind::SessionAborted, ErrorKind::Roaming, ErrorKind::InvalidConfiguration]);
    prop_oneof![
        (kind(), cause()).prop_map(|(kind, cause)| HoldEvent::OpenRequested(Prospect::Nothing(kind, cause))),
        Just(HoldEvent::OpenRequested(Prospect::Down)),
        Just(HoldEvent::OpenRequested(Prospect::Up)),
        Just(HoldEvent::LinkUp),
        any::<bool>().prop_map(|more| HoldEvent::AttemptFailed { more }),
        Just(HoldEvent::CloseRequested),
        Just(HoldEvent::StopRequested),
        (kind(), cause()).prop_map(|(kind, cause)| HoldEvent::Lost(kind, cause)),
        cause().prop_map(HoldEvent::Aborted),
    ]
}

fn link_event() -> impl Strategy<Value = LinkEvent> {
    let states = vec![
        ConfigurationState::Absent,
        ConfigurationState::Undefined,
        ConfigurationState::Defined,
        ConfigurationState::Discovered,
        ConfigurationState::Active,
    ];
    let reported = (prop::sample::select(states), any::<bool>(), cause());
    prop_oneof![
        4 => reported.prop_map(|(state, settled, cause)| LinkEvent::Reported { state, settled, cause }),
        2 => Just(LinkEvent::Wanted),
        1 => Just(LinkEvent::Released),
        1 => Just(LinkEvent::Unwatched),
        1 => Just(LinkEvent::Forced),
        1 => Just(LinkEvent::Expired),
    ]
}

fn roam_event() -> impl Strategy<Value = RoamEvent> {
    let found = || any::<(bool, bool)>().prop_map(|(consulted, keeps_old)| RoamEvent::CandidateFound { consulted, keeps_old });
    prop_oneof![
        found(),
        Just(RoamEvent::NoCandidate),
        Just(RoamEvent::CandidateVanished),
        Just(RoamEvent::Migrate),
        Just(RoamEvent::Ignore),
        Just(RoamEvent::Accept),
        Just(RoamEvent::Reject),
        Just(RoamEvent::CandidateUp),
        cause().prop_map(RoamEvent::CandidateLost),
        Just(RoamEvent::Confirmed),
        cause().prop_map(RoamEvent::Refused),
        Just(RoamEvent::OldUp),
        cause().prop_map(RoamEvent::OldLost),
        Just(RoamEvent::Expired),
        Just(RoamEvent::Ended),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// `opened` comes with Held and never twice; whatever ends Held gives `closed`.
    #[test]
    fn the_hold_machine_keeps_its_laws(events in prop::collection::vec(hold_event(), 0..64)) {
        let mut open = false;
        run::<HoldMemory>(&events, |leaf, _, effects| {
            for effect in effects {
                if *effect == HoldEffect::Opened {
                    assert!(!open, "opened twice");
                    open = true;
                }
            }
            if leaf != Hold::Held && open {
                assert!(effects.contains(&HoldEffect::Closed), "an open session ends without `closed`");
                open = false;
            }
            assert_eq!(open, leaf == Hold::Held);
        });
    }

    /// Only what is ours is being raised, and the command goes out once, when that begins (S5).
    #[test]
    fn the_link_machine_keeps_its_laws(events in prop::collection::vec(link_event(), 0..64)) {
        let mut before = LinkMemory::INITIAL;
        run::<LinkMemory>(&events, |leaf, memory, effects| {
            let begins = leaf == LinkState::Raising && before != LinkState::Raising;
            assert_eq!(effects.iter().filter(|effect| **effect == LinkEffect::Raise).count(), usize::from(begins));
            assert!(leaf != LinkState::Raising || memory.ours);
            before = leaf;
        });
    }

    /// Nothing of a handshake outlives it, and nothing is restored that was not yielded.
    #[test]
    fn the_roaming_machine_keeps_its_laws(events in prop::collection::vec(roam_event(), 0..64)) {
        run::<RoamMemory>(&events, |leaf, memory, _| match leaf {
            RoamState::Stable => assert_eq!(memory, RoamMemory::default()),
            RoamState::Seeking => assert_eq!(memory.old, Old::Gone),
            RoamState::Restoring => assert_eq!(memory.old, Old::Yielded),
            RoamState::Offered => assert_ne!(memory.old, Old::Yielded),
            RoamState::Migrating | RoamState::Trial | RoamState::Committing => {}
        });
    }
}
