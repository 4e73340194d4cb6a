//! The one door to a machine: a pure step over (memory, leaf), and what every chart tells of itself.
//!
//! statig's traits are implemented by hand in total matches; its `StateMachine` wrapper is not used, because the hub keeps
//! memory and leaf in its own compact records and the model checker needs them as plain values.

use arrayvec::ArrayVec;
use core::fmt::Debug;
use core::hash::Hash;
use statig::Outcome;
use statig::blocking::{IntoStateMachine, State, StateExt, Superstate};

/// What an event did to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Verdict {
    /// Nobody handled it: leaf and memory are as before, no effect was given.
    Ignored,
    /// Handled without leaving the leaf.
    Stayed,
    /// Handled by a transition, possibly back to the same leaf.
    Moved,
}

/// Effects of one step, in order, without allocation. No step of ours gives more than seven (the walk over all of them checks it).
pub type Effects<E> = ArrayVec<E, 8>;

/// Gives one event to a machine; effects come in the order handler, exit, entry.
///
/// # Panics
///
/// Never with the charts of this crate: the list of effects holds the longest there is.
#[inline]
pub fn step<M, V, F>(memory: &mut M, leaf: &mut M::State, event: &V, effects: &mut Effects<F>) -> Verdict
where
    M: for<'a> IntoStateMachine<Event<'a> = V, Context<'a> = Effects<F>>,
    M::State: State<M> + Copy + 'static,
    for<'b> M::Superstate<'b>: Superstate<M>,
{
    match leaf.handle(memory, event, effects) {
        Outcome::Super => Verdict::Ignored,
        Outcome::Handled => Verdict::Stayed,
        Outcome::Transition(mut target) => {
            let (exits, entries) = leaf.transition_path(&mut target);
            leaf.exit(memory, effects, exits);
            *leaf = target;
            leaf.enter(memory, effects, entries);
            Verdict::Moved
        }
    }
}

/// What a chart tells of itself, for whoever walks it: diagrams, matrices, tests.
pub trait Chart: Copy + Eq + Ord + Hash + Debug + Default + 'static {
    /// The machine's leaf states.
    type Leaf: Copy + Eq + Ord + Hash + Debug + 'static;
    /// Its events.
    type Event: Copy + Eq + Debug + 'static;
    /// Its effects.
    type Effect: Copy + Eq + Debug + 'static;

    /// What the machine is called.
    const NAME: &'static str;
    /// Where it starts.
    const INITIAL: Self::Leaf;
    /// Every leaf, in the order of reading.
    const LEAVES: &'static [Self::Leaf];
    /// One event of every kind and of every guard's either side.
    const ALPHABET: &'static [Self::Event];

    /// Name of a leaf.
    fn leaf_name(leaf: Self::Leaf) -> &'static str;
    /// Names of the superstates around a leaf, outermost first.
    fn superstates(leaf: Self::Leaf) -> &'static [&'static str];
    /// Name of an event, with its guard if it has one.
    fn event_name(event: Self::Event) -> &'static str;
    /// What the memory says, where it matters in this leaf; empty where it does not.
    fn memory_name(self, leaf: Self::Leaf) -> &'static str;
    /// Whether outside the hub's step nobody ever sees this leaf.
    fn is_transient(leaf: Self::Leaf) -> bool {
        let _ = leaf;
        false
    }
    /// One step.
    fn step(&mut self, leaf: &mut Self::Leaf, event: &Self::Event, effects: &mut Effects<Self::Effect>) -> Verdict;
}
