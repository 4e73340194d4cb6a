//! Which runs that a scenario can tell reach everything that such runs can reach? Few, and short ones, each with a name of what it is for.
//!
//! A breadth-first walk over quiet states: a deed is followed by everything the service and a well-behaved environment then do. Of the
//! paths found, a small set is chosen by greedy cover: those that every executor can play first, then those that need a daemon, then those
//! that need a script or much time.

mod choose;
mod deed;
mod doable;
mod quiet;
mod stage;
mod text;
mod walk;

use super::Item;

/// A run that is to be played as a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// What it is called: the first thing it is there for.
    pub name: String,
    /// The scenario, without what must be so.
    pub text: String,
    /// What it is there for: what none of those before it reaches.
    pub items: Vec<Item>,
}

/// All of them, in the order in which they were chosen, and what such runs do not reach.
#[must_use]
pub fn walked() -> (Vec<Walked>, Vec<Item>) {
    choose::choose(&stage::stages())
}
