//! What does a search know? Every state by its code, how it was first reached, and what leads where.

use super::codes::{Layout, Numbers, Part, Unfit};
use super::dictionary::Dictionary;
use super::index::{Index, NONE};
use super::log::Log;
use super::records::{Fold, Record};
use super::symmetry::Group;
use super::words::{Known, Words};
use super::worker::{Chunk, Found};
use crate::eventually::Marks;
use crate::liveness::Edges;
use crate::observe::Facts;

/// Everything found so far. States are numbered in the order of a breadth-first search.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) layout: Layout,
    pub(super) words: Words,
    pub(super) codes: Log<u128>,
    pub(super) visited: Index,
    /// How each state was first reached: from where, by which of the actions possible there. The first state is its own origin.
    pub(super) origins: Log<u32>,
    pub(super) actions: Log<u16>,
    /// Edges and marks, if they are kept.
    pub(super) graph: Option<(Edges, Vec<Marks>)>,
    pub(super) facts: Facts,
    pub(super) transitions: usize,
    /// The first state that violates something, and what.
    pub(super) violation: Option<(u32, u32)>,
    /// What any state violates.
    pub(super) violated: u32,
}

impl Store {
    pub(super) fn new(layout: Layout, group: Group, keeps_edges: bool) -> Self {
        Self {
            layout,
            words: Words::new(group),
            codes: Log::default(),
            visited: Index::default(),
            origins: Log::default(),
            actions: Log::default(),
            graph: keeps_edges.then(Default::default),
            facts: Facts::default(),
            transitions: 0,
            violation: None,
            violated: 0,
        }
    }

    pub(super) fn keeps_edges(&self) -> bool {
        self.graph.is_some()
    }

    /// The number of the state with a code. Codes are compared whole: two states are never taken for one.
    pub(super) fn find(&self, hash: u64, code: u128) -> Option<u32> {
        self.visited.find(hash, |number| self.codes.get(number) == code)
    }

    /// The number of the state with a code, which is put in if it is not there, as reached in this way.
    pub(super) fn put(&mut self, code: u128, origin: u32, action: u16) -> u32 {
        let hash = Fold::code(code);
        if let Some(number) = self.find(hash, code) {
            return number;
        }
        if self.visited.is_full() {
            let codes = &self.codes;
            self.visited.grow(|number| Fold::code(codes.get(number)));
        }
        let number = self.codes.len() as u32;
        self.visited.insert(hash, number);
        self.codes.push(code);
        self.origins.push(origin);
        self.actions.push(action);
        let rest = self.layout.unpack(code)[self.layout.parts() - 1];
        let violated = self.words.rest.get(rest).violated();
        self.violated |= violated;
        if violated != 0 && self.violation.is_none() {
            self.violation = Some((number, violated));
        }
        number
    }

    /// Takes what a stretch of states leads to. Chunks are taken in the order of their states, so numbers of states and of records
    /// do not depend on how many threads there were.
    pub(super) fn take(&mut self, mut chunk: Chunk, states: core::ops::Range<u32>) -> Result<(), Unfit> {
        self.facts = Facts(self.facts.0 | chunk.facts.0);
        self.transitions += chunk.transitions;
        if let Some(unfit) = chunk.unfit {
            return Err(unfit);
        }
        let renumbering = Renumbering::of(&mut self.words, &mut chunk);
        let mut found = chunk.found;
        for found in found.iter_mut().filter(|found| found.new) {
            found.code = self.words.code_of(&self.layout, &renumbering.numbers(&self.layout, found.code))?;
        }
        for found in found.iter_mut().filter(|found| found.target == NONE) {
            found.target = self.put(found.code, found.from, found.action);
        }
        if let Some((edges, marks)) = &mut self.graph {
            marks.extend(chunk.marks);
            let mut left = &found[..];
            for number in states {
                let count = left.iter().take_while(|found| found.from == number).count();
                let (own, others) = left.split_at(count);
                edges.push(own.iter().map(|Found { target, label, .. }| (*target, *label)));
                left = others;
            }
        }
        Ok(())
    }

    /// Bytes it takes, and takes at most while it takes the next states.
    pub(super) fn bytes(&self) -> (usize, usize) {
        let graph = self.graph.as_ref().map_or(0, |(edges, marks)| edges.bytes() + marks.capacity() * size_of::<Marks>());
        let rest = self.words.bytes() + self.codes.bytes() + self.origins.bytes() + self.actions.bytes() + graph;
        let (now, growing) = self.visited.bytes();
        (rest + now, rest + if self.visited.is_full() { growing } else { now })
    }
}

/// What the numbers of records that were new to a thread are in the dictionaries of all.
struct Renumbering {
    known: Known,
    links: Vec<u32>,
    sessions: Vec<u32>,
    rest: Vec<u32>,
}

impl Renumbering {
    fn of(words: &mut Words, chunk: &mut Chunk) -> Self {
        fn all<R: Record>(known: &mut Dictionary<R>, new: Vec<(u64, R)>) -> Vec<u32> {
            new.into_iter().map(|(hash, record)| known.intern(hash, record)).collect()
        }
        let renumbering = Self {
            known: chunk.known,
            links: all(&mut words.links, core::mem::take(&mut chunk.links)),
            sessions: all(&mut words.sessions, core::mem::take(&mut chunk.sessions)),
            rest: all(&mut words.rest, core::mem::take(&mut chunk.rest)),
        };
        words.follow();
        renumbering
    }

    fn numbers(&self, layout: &Layout, code: u128) -> Numbers {
        let mut numbers = layout.unpack(code);
        for (place, number) in numbers[..layout.parts()].iter_mut().enumerate() {
            let (known, new) = match layout.part(place) {
                Part::Link(_) => (self.known.links, &self.links),
                Part::Session(_) => (self.known.sessions, &self.sessions),
                Part::Rest => (self.known.rest, &self.rest),
            };
            if let Some(place) = number.checked_sub(known) {
                *number = new[place as usize];
            }
        }
        numbers
    }
}
