//! What do some states lead to? One thread's work on a stretch of a level: by what is remembered of steps, and by steps taken in place.

use super::codes::{Numbers, Part, Unfit};
use super::index::NONE;
use super::records::{Fold, LinkRecord, RestRecord, SessionRecord};
use super::scope::{Joins, Look, Scope};
use super::steps::{Change, Head, Steps, Which};
use super::store::Store;
use super::symmetry::Group;
use super::visited::Visited;
use super::words::{Board, Known, Words};
use crate::action::Action;
use crate::eventually::{self, Marks};
use crate::next::{self, Desk};
use crate::observe::Facts;
use crate::possible;
use crate::world::World;
use core::ops::Range;
use std::sync::atomic::AtomicU32;

/// A transition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// The code of the state it leads to.
    pub(super) code: u128,
    /// The state it leaves.
    pub(super) from: u32,
    /// By which action.
    pub(super) which: Which,
    /// Whose doing it is.
    pub(super) label: u8,
    /// The code has numbers of records that are new.
    pub(super) new: bool,
}

/// What some states in a row lead to.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Transitions in order; those to known states only where edges are kept.
    pub(super) found: Vec<Found>,
    /// Of each, the state it leads to, if that was known when the work began; else [`NONE`].
    pub(super) targets: Vec<AtomicU32>,
    /// Of each of the tables of visited states, which transitions lead to one of its states that was not known.
    pub(super) open: Vec<Vec<u32>>,
    /// What each state is, where edges are kept.
    pub(super) marks: Vec<Marks>,
    /// How many records were known when the work began; those that are new, with their hashes, are numbered on from there.
    pub(super) known: Known,
    pub(super) links: Vec<(u64, LinkRecord)>,
    pub(super) sessions: Vec<(u64, SessionRecord)>,
    pub(super) rest: Vec<(u64, RestRecord)>,
    /// Steps taken that may be remembered.
    pub(super) steps: Steps,
    /// The states that were looked at.
    pub(super) states: Range<u32>,
    pub(super) facts: Facts,
    pub(super) transitions: usize,
}

impl Chunk {
    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.found.capacity() * size_of::<Found>() + (self.targets.capacity() + self.found.len()) * size_of::<u32>()
    }
}

/// The state that is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) number: u32,
    pub(super) code: u128,
    pub(super) numbers: Numbers,
    /// Its actions are listed, and it is on the board.
    listed: bool,
}

/// Where an action leads; nowhere else if it changes nothing.
struct Reached {
    numbers: Numbers,
    /// One of them is of a record that is new.
    new: bool,
}

/// One thread's working place, kept from chunk to chunk for its memory.
#[derive(Debug)]
pub(super) struct Worker<'a> {
    pub(super) world: &'a World,
    pub(super) before: Board,
    after: Board,
    desk: Desk,
    pub(super) at: At,
    pub(super) actions: Vec<Action>,
    pub(super) which: Vec<Which>,
    new: Words,
    pub(super) joins: Joins,
    recheck: bool,
    /// Steps of this chunk.
    pub(super) steps: Steps,
    /// What is to be remembered, as it is put together.
    pub(super) draft: Vec<u32>,
    pub(super) spare: Vec<u32>,
    /// Hashes of codes, and what the visited tables have where the search for each begins.
    probes: Vec<(u64, u32)>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(world: &'a World, first: Board, recheck: bool) -> Self {
        Self {
            world,
            at: At { number: 0, code: 0, numbers: first.numbers, listed: false },
            after: first.clone(),
            before: first,
            desk: Desk::default(),
            actions: Vec::new(),
            which: Vec::new(),
            new: Words::new(Group::nobody()),
            joins: Joins::new(),
            recheck,
            steps: Steps::default(),
            draft: Vec::new(),
            spare: Vec::new(),
            probes: Vec::new(),
        }
    }

    pub(super) fn expand(&mut self, store: &Store, numbers: Range<u32>) -> Result<Chunk, Unfit> {
        let mut chunk = Chunk { known: store.words.known(), states: numbers.clone(), ..Chunk::default() };
        self.desk.facts = Facts::default();
        for number in numbers {
            let code = store.codes.get(number);
            self.at = At { number, code, numbers: store.layout.unpack(code), listed: false };
            let first = chunk.found.len();
            let marks = self.lead_on(store, &mut chunk)?;
            let marks = self.marks(store, marks);
            if store.keeps_edges() {
                chunk.marks.push(marks);
            }
            if self.recheck {
                self.compare(store, &chunk.found[first..], marks)?;
            }
        }
        chunk.transitions = chunk.found.len();
        self.probe(store, &mut chunk);
        chunk.facts = self.desk.facts;
        (chunk.links, chunk.sessions, chunk.rest) = (self.new.links.drain(), self.new.sessions.drain(), self.new.rest.drain());
        chunk.steps = core::mem::take(&mut self.steps);
        Ok(chunk)
    }

    /// What the state is marked as, given what it is by what the hub knows. Of what is removed the hub knows nothing.
    fn marks(&mut self, store: &Store, known: Marks) -> Marks {
        if !store.keeps_edges() {
            return known;
        }
        if self.world.faults.removed {
            self.list(store);
            return eventually::marks(self.world, &self.before.state);
        }
        eventually::as_under_way(known, store.words.is_under_way(&store.layout, &self.at.numbers))
    }

    /// Puts the state on the board and lists what is possible, if that was not done.
    pub(super) fn list(&mut self, store: &Store) {
        if !core::mem::replace(&mut self.at.listed, true) {
            self.before.set(&store.layout, &store.words, &self.at.numbers);
            self.actions.clear();
            possible::actions(self.world, &self.before.state, &mut self.actions);
            self.which.clear();
            self.which.extend(Which::of_all(&self.actions));
        }
    }

    /// Takes one of the actions that are listed. The step is put into what is to be remembered, if it can be; else nothing of it is.
    pub(super) fn take(&mut self, store: &Store, place: usize, known: &mut Option<Vec<u32>>, chunk: &mut Chunk) -> Result<(), Unfit> {
        let (action, which) = (self.actions[place], self.which[place]);
        let Reached { numbers, new } = self.lead(store, action);
        let label = if store.keeps_edges() { eventually::label(action, &self.actions) } else { 0 };
        let told =
            known.as_mut().is_none_or(|list| !new && self.remember(store, action, Head { which, label, changes: 0 }, &numbers, list));
        if !told {
            *known = None;
        }
        if numbers != self.at.numbers {
            let Store { layout, words, .. } = store;
            let code = if new { layout.pack(&numbers)? } else { words.code_of(layout, &numbers)? };
            chunk.found.push(Found { code, from: self.at.number, which, label, new });
        }
        Ok(())
    }

    /// Puts a step into what is to be remembered; false if it cannot be.
    fn remember(&self, store: &Store, action: Action, head: Head, reached: &Numbers, list: &mut Vec<u32>) -> bool {
        let Store { layout, words, .. } = store;
        let (scope, start) = (Scope::of(&action), list.len());
        list.push(0);
        for (place, (own, number)) in self.at.numbers.iter().zip(reached).enumerate().take(layout.parts()) {
            let part = layout.part(place);
            let commanded = match part {
                Part::Link(link) => self.desk.commanded.task(link),
                Part::Session(_) | Part::Rest => None,
            };
            let (number, changed) = match scope.looks_at(part) {
                Look::All => (*number, own != number),
                Look::Known => {
                    let known = words.known_side(part, *number);
                    let changed = known != words.known_side(part, *own);
                    (known, changed || commanded.is_some() || scope.arrives(part).is_some())
                }
                Look::Nothing if own == number => continue,
                Look::Nothing => return false,
            };
            if changed {
                let Some(word) = (Change { place, commanded, number }).word() else { return false };
                list.push(word);
            }
        }
        let changes = (list.len() - start - 1) as u8;
        if changes == 0 {
            list.truncate(start);
        } else {
            list[start] = Head { changes, ..head }.word();
        }
        scope != Scope::Everything
    }

    /// Takes an action from the state on the board, and takes it back.
    fn lead(&mut self, store: &Store, action: Action) -> Reached {
        let Self { world, before, after, desk, new, .. } = self;
        after.set(&store.layout, &store.words, &before.numbers);
        let taken = next::act(world, &before.state, &mut after.state, action, desk);
        let mut changed = 0u32;
        let mut reached = Reached { numbers: before.numbers, new: false };
        for place in 0..store.layout.parts() {
            let part = store.layout.part(place);
            if !store.words.is(part, before.numbers[place], &after.state) {
                changed |= 1 << place;
                if taken {
                    let number = store.words.number(part, &after.state, new);
                    reached.numbers[place] = number;
                    reached.new |= store.words.is_new(part, number);
                }
            }
        }
        after.restore(&store.layout, &store.words, changed);
        reached
    }

    /// Takes every action from the state, and compares with what was found.
    fn compare(&mut self, store: &Store, found: &[Found], marks: Marks) -> Result<(), Unfit> {
        self.list(store);
        let Store { layout, words, .. } = store;
        let mut left = found.iter();
        for place in 0..self.actions.len() {
            let (action, which) = (self.actions[place], self.which[place]);
            let Reached { numbers, new } = self.lead(store, action);
            if numbers != self.at.numbers {
                let code = if new { layout.pack(&numbers)? } else { words.code_of(layout, &numbers)? };
                let label = if store.keeps_edges() { eventually::label(action, &self.actions) } else { 0 };
                let told = left.next().map(|found| (found.which, found.code, found.label));
                assert_eq!(
                    told,
                    Some((which, code, label)),
                    "{action:?} leads elsewhere than from a state that differs in nothing it looks at"
                );
            }
        }
        assert!(left.next().is_none(), "something is remembered that is not possible");
        assert!(!store.keeps_edges() || marks == eventually::marks(self.world, &self.before.state), "marked otherwise than it is");
        Ok(())
    }

    /// Looks up which states are known. The memory that is asked for lies far apart: all of it is asked for before any of it is used.
    fn probe(&mut self, store: &Store, chunk: &mut Chunk) {
        let visited = &store.visited;
        self.probes.clear();
        self.probes.extend(chunk.found.iter().map(|found| {
            let hash = Fold::code(found.code);
            (hash, visited.first(hash))
        }));
        for (hash, first) in &mut self.probes {
            *first = visited.guess(*hash, *first);
        }
        let known = |found: &Found, hash: u64, guess: u32| {
            if guess == NONE || found.new {
                return NONE;
            }
            let number = visited.number(hash, guess);
            if store.codes.get(number) == found.code { number } else { store.find(hash, found.code).unwrap_or(NONE) }
        };
        let keeps_edges = store.keeps_edges();
        chunk.open = vec![Vec::new(); visited.shards.len()];
        let mut kept = 0;
        for place in 0..chunk.found.len() {
            let (found, (hash, guess)) = (chunk.found[place], self.probes[place]);
            let target = known(&found, hash, guess);
            if target == NONE {
                chunk.open[Visited::shard(hash)].push(kept as u32);
            }
            if target == NONE || keeps_edges {
                chunk.found[kept] = found;
                chunk.targets.push(AtomicU32::new(target));
                kept += 1;
            }
        }
        chunk.found.truncate(kept);
    }
}
