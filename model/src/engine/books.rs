//! States as codes for a search that is not ours: 16 bytes each, `Copy`, hashed in one write.
//!
//! Nothing is remembered of steps here: each is taken by the hub. What is shared with our search is how states are told by codes; that
//! equal codes mean equal states and different ones different states is checked where other searches go through whole states.

use super::codes::{Layout, MOST, Unfit};
use super::symmetry::Group;
use super::words::{Board, Words};
use crate::action::Action;
use crate::next::{self, Desk};
use crate::observe::Facts;
use crate::possible;
use crate::state::State;
use crate::world::World;
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

/// A state of a world, told by the books of that world.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    code: u128,
    /// Properties found violated in it.
    pub violated: u32,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Code {}

impl Hash for Code {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.code);
    }
}

/// What codes stand for in a world. Any number of threads may use it; what code a state has depends on who came first.
#[derive(Debug)]
pub struct Books {
    world: World,
    layout: Layout,
    first: Code,
    words: RwLock<Words>,
    places: Vec<Mutex<Place>>,
}

/// A working place.
#[derive(Debug)]
struct Place {
    before: Board,
    after: Board,
    desk: Desk,
    new: Words,
}

/// So many threads can work side by side.
const PLACES: usize = 8;

thread_local! {
    /// The working place this thread had last: the state it needs next is likely to be there.
    static LAST: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// How many threads have had a place.
static THREADS: AtomicUsize = AtomicUsize::new(0);

impl Books {
    /// Those of a world.
    ///
    /// # Errors
    /// Its states do not fit codes.
    pub fn of(world: &World) -> Result<Self, Unfit> {
        let state = State::initial(world);
        let layout = Layout::of(state.links.len(), state.told.len())?;
        let mut words = Words::new(Group::nobody());
        let numbers = words.intern(&layout, &state);
        let first = Code { code: layout.pack(&numbers)?, violated: state.violated };
        let board = Board { state, numbers };
        let place = || {
            let (before, after) = (board.clone(), board.clone());
            Mutex::new(Place { before, after, desk: Desk::default(), new: Words::new(Group::nobody()) })
        };
        Ok(Self { world: world.clone(), layout, first, words: RwLock::new(words), places: (0..PLACES).map(|_| place()).collect() })
    }

    /// The first state.
    #[must_use]
    pub const fn first(&self) -> Code {
        self.first
    }

    /// Everything that can happen next, in a fixed order.
    pub fn actions(&self, code: Code, actions: &mut Vec<Action>) {
        let mut place = self.place();
        let words = self.words.read().unwrap_or_else(PoisonError::into_inner);
        place.before.set(&self.layout, &words, &self.layout.unpack(code.code));
        possible::actions(&self.world, &place.before.state, actions);
    }

    /// Where an action leads, and what was seen on the way; `None` if it changes nothing.
    ///
    /// # Panics
    /// If states do not fit codes after all: see [`Unfit`].
    pub fn lead(&self, code: Code, action: Action, facts: &mut Facts) -> Option<Code> {
        let (layout, mut place) = (&self.layout, self.place());
        let Place { before, after, desk, new } = &mut *place;
        let words = self.words.read().unwrap_or_else(PoisonError::into_inner);
        let numbers = layout.unpack(code.code);
        before.set(layout, &words, &numbers);
        after.set(layout, &words, &numbers);
        desk.facts = Facts::default();
        let taken = next::act(&self.world, &before.state, &mut after.state, action, desk);
        facts.0 |= desk.facts.0;
        let (mut changed, mut reached, mut is_new) = (0u32, numbers, false);
        for (at, number) in reached.iter_mut().enumerate().take(layout.parts()) {
            let part = layout.part(at);
            if !words.is(part, numbers[at], &after.state) {
                changed |= 1 << at;
                if taken {
                    *number = words.number(part, &after.state, new);
                    is_new |= words.is_new(part, *number);
                }
            }
        }
        let mut words = words;
        if is_new {
            new.forget();
            drop(words);
            reached = self.words.write().unwrap_or_else(PoisonError::into_inner).intern(layout, &after.state);
            words = self.words.read().unwrap_or_else(PoisonError::into_inner);
        }
        let violated = after.state.violated;
        after.restore(layout, &words, changed);
        let code = layout.pack(&reached).expect("what our search found fits codes");
        (taken && changed != 0).then_some(Code { code, violated })
    }

    /// A working place that is free, the last one of this thread if it can be.
    fn place(&self) -> MutexGuard<'_, Place> {
        let mine = LAST.get();
        let mine = if mine == usize::MAX { THREADS.fetch_add(1, Ordering::Relaxed) } else { mine };
        let places = (mine..mine + PLACES).map(|place| place % PLACES);
        let free = places.clone().find_map(|place| Some((place, self.places[place].try_lock().ok()?)));
        let (place, guard) = free.unwrap_or_else(|| {
            let place = mine % PLACES;
            (place, self.places[place].lock().unwrap_or_else(PoisonError::into_inner))
        });
        LAST.set(place);
        guard
    }
}

const _: () = assert!(MOST <= 32, "one bit for each part");
