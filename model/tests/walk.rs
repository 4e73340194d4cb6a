//! Do the machines keep the laws of machines, and does the walk notice who does not?

use netsession_fsm::link::LinkMemory;
use netsession_fsm::roaming::RoamMemory;
use netsession_fsm::session::HoldMemory;
use netsession_fsm::step::{Chart, Effects, Verdict};
use netsession_model::walk::{Fault, walk};

/// States, steps that are not ignored, and the longest list of effects.
fn size<C: Chart>() -> (usize, usize, usize) {
    let walk = walk::<C>().unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(walk.edges.len(), walk.spots.len() * C::ALPHABET.len(), "{}: not every event in every state", C::NAME);
    let handled = walk.edges.iter().filter(|edge| edge.verdict != Verdict::Ignored).count();
    (walk.spots.len(), handled, walk.edges.iter().map(|edge| edge.effects.len()).max().unwrap_or(0))
}

#[test]
fn every_machine_keeps_the_laws_and_its_size() {
    assert_eq!(size::<HoldMemory>(), SESSION);
    assert_eq!(size::<LinkMemory>(), LINK);
    assert_eq!(size::<RoamMemory>(), ROAMING);
}

const SESSION: (usize, usize, usize) = (3, 19, 4);
const LINK: (usize, usize, usize) = (13, 157, 3);
const ROAMING: (usize, usize, usize) = (49, 245, 5);

#[test]
fn a_walk_is_the_same_each_time() {
    assert_eq!(walk::<RoamMemory>(), walk::<RoamMemory>());
}

#[test]
fn a_walk_is_breadth_first_from_the_initial_state() {
    let walk = walk::<LinkMemory>().unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(walk.spots[0].leaf, LinkMemory::INITIAL);
    let mut found = vec![walk.spots[0]];
    for edge in &walk.edges {
        if !found.contains(&edge.to) {
            found.push(edge.to);
        }
    }
    assert_eq!(walk.spots, found);
}

/// A machine of two leaves, 0 and 1, that breaks one law, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
struct Toy<const BROKEN: u8> {
    touched: bool,
}

const SOUND: u8 = 0;
const NAME_TWICE: u8 = 1;
const IGNORED_WRITES: u8 = 2;
const IGNORED_HAS_EFFECT: u8 = 3;
const STAYED_LEAVES: u8 = 4;
const FULL: u8 = 5;
const UNREACHED: u8 = 6;
const UNLISTED: u8 = 7;

impl<const BROKEN: u8> Chart for Toy<BROKEN> {
    type Leaf = u8;
    type Event = u8;
    type Effect = u8;
    const NAME: &'static str = "toy";
    const INITIAL: u8 = 0;
    const LEAVES: &'static [u8] = match BROKEN {
        UNREACHED => &[0, 1, 2],
        UNLISTED => &[0],
        _ => &[0, 1],
    };
    const ALPHABET: &'static [u8] = &[0, 1];

    fn leaf_name(leaf: u8) -> &'static str {
        ["zero", "one", "two"][usize::from(leaf)]
    }

    fn superstates(_: u8) -> &'static [&'static str] {
        &[]
    }

    fn event_name(event: u8) -> &'static str {
        if BROKEN == NAME_TWICE || event == 0 { "flip" } else { "noise" }
    }

    fn memory_name(self, _: u8) -> &'static str {
        ""
    }

    fn step(&mut self, leaf: &mut u8, event: &u8, effects: &mut Effects<u8>) -> Verdict {
        if *event == 0 {
            *leaf = 1 - *leaf;
            let given = if BROKEN == FULL { effects.capacity() } else { 1 };
            (0..given).for_each(|_| effects.push(7));
            return if BROKEN == STAYED_LEAVES { Verdict::Stayed } else { Verdict::Moved };
        }
        self.touched = BROKEN == IGNORED_WRITES;
        if BROKEN == IGNORED_HAS_EFFECT {
            effects.push(7);
        }
        Verdict::Ignored
    }
}

#[test]
fn the_walk_finds_whoever_breaks_a_law() {
    let machine = "toy";
    assert_eq!(walk::<Toy<SOUND>>().map(|walk| walk.spots.len()), Ok(2));
    assert_eq!(walk::<Toy<NAME_TWICE>>(), Err(Fault::NameTwice { machine, event: "flip" }));
    assert_eq!(walk::<Toy<IGNORED_WRITES>>(), Err(Fault::IgnoredActs { machine, leaf: "zero", event: "noise" }));
    assert_eq!(walk::<Toy<IGNORED_HAS_EFFECT>>(), Err(Fault::IgnoredActs { machine, leaf: "zero", event: "noise" }));
    assert_eq!(walk::<Toy<STAYED_LEAVES>>(), Err(Fault::StayedLeaves { machine, leaf: "zero", event: "flip" }));
    assert_eq!(walk::<Toy<FULL>>(), Err(Fault::Full { machine, leaf: "zero", event: "flip" }));
    assert_eq!(walk::<Toy<UNREACHED>>(), Err(Fault::Unreached { machine, leaf: "two" }));
    assert_eq!(walk::<Toy<UNLISTED>>(), Err(Fault::Unlisted { machine, leaf: "one" }));
}
