//! What do some states lead to? One thread's work on a stretch of a level: states made of codes, actions taken in place, codes of states.

use super::codes::{Numbers, Unfit};
use super::index::NONE;
use super::memo::{Joins, Memo, Scope, Step};
use super::records::{Fold, LinkRecord, RestRecord, SessionRecord};
use super::store::Store;
use super::symmetry::Group;
use super::words::{Board, Known, Words};
use crate::action::Action;
use crate::next::{self, Desk};
use crate::observe::Facts;
use crate::world::World;
use crate::{eventually, possible};
use core::ops::Range;

/// A transition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// The code of the state it leads to.
    pub(super) code: u128,
    /// The state it leaves.
    pub(super) from: u32,
    /// The state it leads to, if that was known when the work began; else [`NONE`].
    pub(super) target: u32,
    /// Which of the actions that are possible in `from`.
    pub(super) action: u16,
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
    /// What each state is, where edges are kept.
    pub(super) marks: Vec<eventually::Marks>,
    /// How many records were known when the work began; those that are new, with their hashes, are numbered on from there.
    pub(super) known: Known,
    pub(super) links: Vec<(u64, LinkRecord)>,
    pub(super) sessions: Vec<(u64, SessionRecord)>,
    pub(super) rest: Vec<(u64, RestRecord)>,
    pub(super) facts: Facts,
    pub(super) transitions: usize,
    pub(super) unfit: Option<Unfit>,
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
    world: &'a World,
    before: Board,
    after: Board,
    desk: Desk,
    actions: Vec<Action>,
    new: Words,
    memo: Memo,
    joins: Joins,
    recheck: bool,
    /// What the visited table has in the slot where the search for each code begins.
    probes: Vec<(u64, u32)>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(world: &'a World, first: Board, recheck: bool) -> Self {
        Self {
            world,
            after: first.clone(),
            before: first,
            desk: Desk::default(),
            actions: Vec::new(),
            new: Words::new(Group::nobody()),
            memo: Memo::new(),
            joins: Joins::new(),
            recheck,
            probes: Vec::new(),
        }
    }

    /// Bytes it takes, whatever there is to do.
    pub(super) fn bytes(&self) -> usize {
        self.memo.bytes()
    }

    pub(super) fn expand(&mut self, store: &Store, numbers: Range<u32>) -> Chunk {
        let mut chunk = Chunk { known: store.words.known(), ..Chunk::default() };
        self.memo.fit(store.codes.len());
        self.desk.facts = Facts::default();
        for number in numbers {
            let code = store.layout.unpack(store.codes.get(number));
            self.before.set(&store.layout, &store.words, &code);
            if store.keeps_edges() {
                chunk.marks.push(eventually::marks(self.world, &self.before.state));
            }
            if let Err(unfit) = self.lead_on(store, number, &mut chunk) {
                chunk.unfit = Some(unfit);
                break;
            }
        }
        self.probe(store, &mut chunk);
        chunk.facts = self.desk.facts;
        (chunk.links, chunk.sessions, chunk.rest) = (self.new.links.drain(), self.new.sessions.drain(), self.new.rest.drain());
        chunk
    }

    fn lead_on(&mut self, store: &Store, number: u32, chunk: &mut Chunk) -> Result<(), Unfit> {
        let Self { world, before, actions, .. } = self;
        actions.clear();
        possible::actions(world, &before.state, actions);
        let from = before.numbers;
        for place in 0..self.actions.len() {
            let action = self.actions[place];
            let scope = Scope::of(&action);
            let key = scope.key(&store.layout, &store.words, &from);
            let remembered = match scope {
                Scope::Everything => None,
                Scope::Hub(_) | Scope::Route | Scope::Link(_) => self.remembered(store, scope, &key, action)?,
            };
            let reached = match remembered {
                Some(numbers) => {
                    if self.recheck {
                        let taken = self.take(store, action);
                        assert_eq!(
                            taken.numbers, numbers,
                            "{action:?} leads elsewhere than from a state that differs in nothing it looks at"
                        );
                    }
                    Reached { numbers, new: false }
                }
                None => {
                    let reached = self.take(store, action);
                    if !reached.new {
                        self.remember(store, scope, &key, action, &reached.numbers)?;
                    }
                    reached
                }
            };
            if reached.numbers != from {
                chunk.transitions += 1;
                let label = if store.keeps_edges() { eventually::label(action, &self.actions) } else { 0 };
                let Store { layout, words, .. } = store;
                let code = if reached.new { layout.pack(&reached.numbers)? } else { words.code_of(layout, &reached.numbers)? };
                chunk.found.push(Found { code, from: number, target: NONE, action: place as u16, label, new: reached.new });
            }
        }
        Ok(())
    }

    /// Takes an action from the state before, and takes it back.
    fn take(&mut self, store: &Store, action: Action) -> Reached {
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

    /// Where an action leads, if it was taken from a state that differs in nothing it looks at.
    fn remembered(&mut self, store: &Store, scope: Scope, key: &Numbers, action: Action) -> Result<Option<Numbers>, Unfit> {
        let Store { layout, words, .. } = store;
        let Self { before, memo, joins, .. } = self;
        let step = memo.get(layout.pack(key)?, &action);
        Ok(step.and_then(|step| scope.apply(layout, words, &before.numbers, key, step, joins)))
    }

    fn remember(&mut self, store: &Store, scope: Scope, key: &Numbers, action: Action, reached: &Numbers) -> Result<(), Unfit> {
        let Store { layout, words, .. } = store;
        if scope != Scope::Everything {
            let result = layout.pack(&scope.key(layout, words, reached))?;
            self.memo.put(Step { key: layout.pack(key)?, action, result, commanded: self.desk.commanded });
        }
        Ok(())
    }

    /// Looks up which states are known. The memory that is asked for lies far apart: all of it is asked for before any of it is used.
    fn probe(&mut self, store: &Store, chunk: &mut Chunk) {
        self.probes.clear();
        self.probes.extend(chunk.found.iter().map(|found| {
            let hash = Fold::code(found.code);
            (hash, store.visited.at(store.visited.home(hash)))
        }));
        for (found, (hash, number)) in chunk.found.iter_mut().zip(&self.probes).filter(|(found, _)| !found.new) {
            if *number != NONE {
                let there = store.codes.get(*number) == found.code;
                found.target = if there { *number } else { store.find(*hash, found.code).unwrap_or(NONE) };
            }
        }
        if !store.keeps_edges() {
            chunk.found.retain(|found| found.target == NONE);
        }
    }
}
