//! stateright's `Model` of a world: the very same hub, `always` for every property, `sometimes` for every witness.

use crate::action::Action;
use crate::engine::{Books, Code, Unfit};
use crate::next::{self, Desk};
use crate::observe::Facts;
use crate::possible;
use crate::properties::bit;
use crate::state::State;
use crate::world::World;
use stateright::{Model, Property};
use std::sync::atomic::{AtomicU32, Ordering};

/// A world as stateright sees it. Witnesses are facts about steps, not states; they are collected here as the checker takes them.
#[derive(Debug)]
pub struct Checked {
    /// The world.
    pub world: World,
    seen: Seen,
}

/// What any thread saw.
#[derive(Debug, Default)]
struct Seen(AtomicU32);

impl Seen {
    fn facts(&self) -> Facts {
        Facts(self.0.load(Ordering::Relaxed))
    }

    fn see(&self, facts: Facts) {
        // most see nothing new: the word they share is only read then
        if facts.0 & !self.0.load(Ordering::Relaxed) != 0 {
            self.0.fetch_or(facts.0, Ordering::Relaxed);
        }
    }
}

impl Checked {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self { world, seen: Seen::default() }
    }

    /// Witnesses seen so far.
    #[must_use]
    pub fn facts(&self) -> Facts {
        self.seen.facts()
    }
}

macro_rules! numbered {
    ($model:ty, $($number:literal $always:literal $sometimes:literal),+ $(,)?) => {
        vec![$(
            Property::<$model>::always($always, |_, state| state.violated & bit($number) == 0),
            Property::<$model>::sometimes($sometimes, |model, _| model.facts().has($number)),
        )+]
    };
}

macro_rules! properties {
    ($model:ty) => {
        numbered!(
            $model,
            1 "S1" "S1 seen", 2 "S2" "S2 seen", 3 "S3" "S3 seen", 4 "S4" "S4 seen", 5 "S5" "S5 seen", 6 "S6" "S6 seen",
            7 "S7" "S7 seen", 8 "S8" "S8 seen", 9 "S9" "S9 seen", 10 "S10" "S10 seen", 11 "S11" "S11 seen", 12 "S12" "S12 seen",
            13 "S13" "S13 seen", 14 "S14" "S14 seen", 15 "S15" "S15 seen", 16 "S16" "S16 seen", 17 "S17" "S17 seen",
            18 "S18" "S18 seen", 19 "S19" "S19 seen",
        )
    };
}

impl Model for Checked {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::initial(&self.world)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        // Nothing that follows a violation says anything.
        if state.violated == 0 {
            possible::actions(&self.world, state, actions);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut desk = Desk::default();
        let reached = next::reached(&self.world, state, action, &mut desk);
        self.seen.see(desk.facts);
        reached
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties!(Self)
    }
}

/// The same world with states told by codes: the same steps and properties, in a quarter of the time and memory.
#[derive(Debug)]
pub struct Coded {
    books: Books,
    seen: Seen,
}

impl Coded {
    /// Nothing seen yet.
    ///
    /// # Errors
    /// States of the world do not fit codes.
    pub fn new(world: &World) -> Result<Self, Unfit> {
        Ok(Self { books: Books::of(world)?, seen: Seen::default() })
    }

    /// Witnesses seen so far.
    #[must_use]
    pub fn facts(&self) -> Facts {
        self.seen.facts()
    }
}

impl Model for Coded {
    type State = Code;
    type Action = Action;

    fn init_states(&self) -> Vec<Code> {
        vec![self.books.first()]
    }

    fn actions(&self, state: &Code, actions: &mut Vec<Action>) {
        if state.violated == 0 {
            self.books.actions(*state, actions);
        }
    }

    fn next_state(&self, state: &Code, action: Action) -> Option<Code> {
        let mut facts = Facts::default();
        let reached = self.books.lead(*state, action, &mut facts);
        self.seen.see(facts);
        reached
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties!(Self)
    }
}
