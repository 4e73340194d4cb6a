//! A plain breadth-first search of a world, one state after the other: for what wants to see every state or every step itself.

use crate::action::Action;
use crate::next;
use crate::observe::Facts;
use crate::possible;
use crate::state::State;
use crate::world::World;
use indexmap::IndexSet;
use std::collections::VecDeque;
use std::ops::ControlFlow;

/// What a search comes across.
#[derive(Debug)]
pub enum Found<'a> {
    /// A state for the first time; numbers are given in order, from 0, and depth is the number of steps of a shortest way there.
    State {
        /// Its number.
        number: u32,
        /// How many steps it is away.
        depth: usize,
        /// The state.
        state: &'a State,
    },
    /// A step from a state to a state. Both have been found before.
    Step {
        /// From where.
        from: u32,
        /// By what.
        action: Action,
        /// Where it leads.
        to: u32,
    },
}

/// Every state found, each with how it was first reached.
#[derive(Debug)]
pub struct Search {
    known: IndexSet<u64, ahash::RandomState>,
    /// From where, by what; the first state is its own origin.
    origins: Vec<(u32, Action)>,
}

impl Search {
    /// Goes through everything reachable in a world, breadth first, until there is nothing new or `see` breaks off. A state that violates a property of the model's own has none, for what follows one says nothing.
    ///
    /// States are told apart by a 64-bit fingerprint, as stateright does.
    pub fn run(world: &World, mut see: impl FnMut(&Self, Found<'_>) -> ControlFlow<()>) -> Self {
        let first = State::initial(world);
        let mut search = Self { known: IndexSet::with_hasher(keys(1)), origins: vec![(0, Action::Resync)] };
        search.known.insert(fingerprint(&first));
        let mut queue = VecDeque::new();
        if see(&search, Found::State { number: 0, depth: 0, state: &first }).is_break() {
            return search;
        }
        queue.push_back((0u32, 0usize, first));
        let mut actions = Vec::new();
        while let Some((from, depth, state)) = queue.pop_front() {
            if state.violated != 0 {
                continue;
            }
            actions.clear();
            possible::actions(world, &state, &mut actions);
            for action in &actions {
                let Some((reached, _)) = next::apply(world, &state, *action, &mut Facts::default()) else { continue };
                let (place, fresh) = search.known.insert_full(fingerprint(&reached));
                let to = place as u32;
                if fresh {
                    search.origins.push((from, *action));
                    if see(&search, Found::State { number: to, depth: depth + 1, state: &reached }).is_break() {
                        return search;
                    }
                    queue.push_back((to, depth + 1, reached));
                }
                if see(&search, Found::Step { from, action: *action, to }).is_break() {
                    return search;
                }
            }
        }
        search
    }

    /// How many states were found.
    #[must_use]
    pub fn states(&self) -> usize {
        self.origins.len()
    }

    /// A shortest way to a state.
    #[must_use]
    pub fn path(&self, mut number: u32) -> Vec<Action> {
        let mut path = Vec::new();
        while number != 0 {
            let (from, action) = self.origins[number as usize];
            path.push(action);
            number = from;
        }
        path.reverse();
        path
    }
}

fn keys(last: u64) -> ahash::RandomState {
    ahash::RandomState::with_seeds(0x6e65_7473, 0x6573_7369, 0x6f6e, last)
}

fn fingerprint(state: &State) -> u64 {
    keys(2).hash_one(state)
}
