//! What does a machine do? Every step there is from its initial state, found by walking, never by reading source.

use netsession_fsm::step::{Chart, Effects, Verdict};
use std::collections::{BTreeSet, VecDeque};

/// A state of a machine: its leaf and what it remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot<C: Chart> {
    /// Where it stands.
    pub leaf: C::Leaf,
    /// What it remembers.
    pub memory: C,
}

/// One step: what an event did in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge<C: Chart> {
    /// Where the event came.
    pub from: Spot<C>,
    /// Which event.
    pub event: C::Event,
    /// What it did.
    pub verdict: Verdict,
    /// Where the machine is then.
    pub to: Spot<C>,
    /// What it asked for, in order.
    pub effects: Vec<C::Effect>,
}

/// All that a machine does with its alphabet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk<C: Chart> {
    /// Every state, in the order found: breadth first from the initial one.
    pub spots: Vec<Spot<C>>,
    /// Every event of the alphabet in every state, in the order of `spots`, then of the alphabet.
    pub edges: Vec<Edge<C>>,
}

/// A law of machines that a chart breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Two events of the alphabet cannot be told apart by name.
    #[error("{machine}: two events are called {event}")]
    NameTwice {
        /// The machine.
        machine: &'static str,
        /// The name.
        event: &'static str,
    },
    /// An ignored event changed the leaf or the memory, or had effects.
    #[error("{machine}: {event} is ignored in {leaf}, yet does something")]
    IgnoredActs {
        /// The machine.
        machine: &'static str,
        /// Where.
        leaf: &'static str,
        /// On what.
        event: &'static str,
    },
    /// An event that is handled without a transition changed the leaf.
    #[error("{machine}: {event} stays in {leaf}, yet leaves it")]
    StayedLeaves {
        /// The machine.
        machine: &'static str,
        /// Where.
        leaf: &'static str,
        /// On what.
        event: &'static str,
    },
    /// A step filled the list of effects to the brim; one more would not have had room.
    #[error("{machine}: {event} in {leaf} fills the list of effects")]
    Full {
        /// The machine.
        machine: &'static str,
        /// Where.
        leaf: &'static str,
        /// On what.
        event: &'static str,
    },
    /// A leaf that the chart lists is never reached.
    #[error("{machine}: {leaf} is never reached")]
    Unreached {
        /// The machine.
        machine: &'static str,
        /// Which.
        leaf: &'static str,
    },
    /// A leaf was reached that the chart does not list.
    #[error("{machine}: {leaf} is not listed")]
    Unlisted {
        /// The machine.
        machine: &'static str,
        /// Which.
        leaf: &'static str,
    },
}

/// Walks a machine from its initial state over its alphabet, breadth first, and checks the laws every machine keeps.
///
/// # Errors
///
/// The first law found broken.
///
/// # Panics
///
/// If a step gives more effects than their list holds.
pub fn walk<C: Chart>() -> Result<Walk<C>, Fault> {
    distinct_names::<C>()?;
    let initial = Spot { leaf: C::INITIAL, memory: C::default() };
    let mut known = BTreeSet::from([initial]);
    let mut queue = VecDeque::from([initial]);
    let mut walk = Walk { spots: Vec::new(), edges: Vec::new() };
    while let Some(from) = queue.pop_front() {
        walk.spots.push(from);
        for event in C::ALPHABET {
            let edge = take(from, *event)?;
            if known.insert(edge.to) {
                queue.push_back(edge.to);
            }
            walk.edges.push(edge);
        }
    }
    let reached: BTreeSet<C::Leaf> = walk.spots.iter().map(|spot| spot.leaf).collect();
    let listed: BTreeSet<C::Leaf> = C::LEAVES.iter().copied().collect();
    let machine = C::NAME;
    if let Some(leaf) = listed.difference(&reached).next() {
        return Err(Fault::Unreached { machine, leaf: C::leaf_name(*leaf) });
    }
    if let Some(leaf) = reached.difference(&listed).next() {
        return Err(Fault::Unlisted { machine, leaf: C::leaf_name(*leaf) });
    }
    Ok(walk)
}

fn distinct_names<C: Chart>() -> Result<(), Fault> {
    let mut names = BTreeSet::new();
    for event in C::ALPHABET {
        let event = C::event_name(*event);
        if !names.insert(event) {
            return Err(Fault::NameTwice { machine: C::NAME, event });
        }
    }
    Ok(())
}

/// One step from a state, and the laws of one step.
fn take<C: Chart>(from: Spot<C>, event: C::Event) -> Result<Edge<C>, Fault> {
    let mut to = from;
    let mut effects = Effects::new();
    let verdict = to.memory.step(&mut to.leaf, &event, &mut effects);
    let (machine, leaf, name) = (C::NAME, C::leaf_name(from.leaf), C::event_name(event));
    match verdict {
        Verdict::Ignored if to != from || !effects.is_empty() => Err(Fault::IgnoredActs { machine, leaf, event: name }),
        Verdict::Stayed if to.leaf != from.leaf => Err(Fault::StayedLeaves { machine, leaf, event: name }),
        _ if effects.is_full() => Err(Fault::Full { machine, leaf, event: name }),
        Verdict::Ignored | Verdict::Stayed | Verdict::Moved => {
            Ok(Edge { from, event, verdict, to, effects: effects.into_iter().collect() })
        }
    }
}
