//! What does a search know? Every state by its code, how it was first reached, and what leads where.

use super::codes::{Layout, Numbers, Part, Unfit};
use super::dictionary::Dictionary;
use super::index::NONE;
use super::log::Log;
use super::outcome::Why;
use super::records::{Fold, Record};
use super::steps::Steps;
use super::symmetry::Group;
use super::visited::{Shard, Visited};
use super::words::{Known, Words};
use super::worker::Chunk;
use crate::eventually::Marks;
use crate::liveness::{Block, Edges};
use crate::observe::Facts;
use rayon::prelude::*;
use std::sync::atomic::Ordering::Relaxed;

/// Everything found so far. States are numbered in the order of a breadth-first search.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) layout: Layout,
    pub(super) words: Words,
    pub(super) codes: Log<u128>,
    pub(super) visited: Visited,
    /// Steps that are remembered.
    pub(super) steps: Steps,
    /// From where each state was first reached. The first state is its own origin.
    pub(super) origins: Log<u32>,
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
            visited: Visited::default(),
            steps: Steps::default(),
            origins: Log::default(),
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

    /// Puts the first state in.
    pub(super) fn put_first(&mut self, code: u128) {
        let shard = &mut self.visited.shards[Visited::shard(Fold::code(code))];
        let _ = shard.enter(Fold::code(code), 0, |_| false);
        self.add(code, 0);
    }

    /// Adds a state that is new.
    fn add(&mut self, code: u128, origin: u32) -> u32 {
        let number = self.codes.len() as u32;
        self.codes.push(code);
        self.origins.push(origin);
        let rest = self.layout.unpack(code)[self.layout.parts() - 1];
        let violated = self.words.rest.get(rest).violated();
        self.violated |= violated;
        if violated != 0 && self.violation.is_none() {
            self.violation = Some((number, violated));
        }
        number
    }

    /// Takes what stretches of states lead to, in the order of the states, so that numbers of states and of records do not depend on how
    /// many threads there are. `pool` works side by side where the order does not matter.
    pub(super) fn take(&mut self, mut chunks: Vec<Chunk>, pool: Option<&rayon::ThreadPool>) -> Result<(), Why> {
        for chunk in &mut chunks {
            self.facts = Facts(self.facts.0 | chunk.facts.0);
            self.transitions += chunk.transitions;
            self.steps.merge(&core::mem::take(&mut chunk.steps));
            self.renumber(chunk).map_err(Why::Unfit)?;
        }
        let found: usize = chunks.iter().map(|chunk| chunk.found.len()).sum();
        let known = self.codes.len();
        if known + found >= u32::MAX as usize {
            return Err(Why::States(known));
        }
        let entered = self.enter(&chunks, found, pool);
        for chunk in &chunks {
            for (found, target) in chunk.found.iter().zip(&chunk.targets) {
                if target.load(Relaxed) == FIRST {
                    target.store(self.add(found.code, found.from), Relaxed);
                }
            }
        }
        let settle = |(shard, entered): (&mut Shard, Entered)| entered.settle(shard, &chunks);
        let shards = &mut self.visited.shards;
        match pool {
            Some(pool) => pool.install(|| shards.par_iter_mut().zip(entered).for_each(settle)),
            None => shards.iter_mut().zip(entered).for_each(settle),
        }
        if let Some((edges, marks)) = &mut self.graph {
            let pack = |chunk: &Chunk| {
                let mut own = Block::from(chunk.states.start);
                let mut left = chunk.found.iter().zip(&chunk.targets).peekable();
                for number in chunk.states.clone() {
                    let next = || left.next_if(|(found, _)| found.from == number);
                    own.push(core::iter::from_fn(next).map(|(found, target)| (target.load(Relaxed), found.label)));
                }
                own
            };
            let packed: Vec<Block> = match pool {
                Some(pool) => pool.install(|| chunks.par_iter().map(pack).collect()),
                None => chunks.iter().map(pack).collect(),
            };
            packed.iter().for_each(|packed| edges.append(packed));
            chunks.iter().for_each(|chunk| marks.extend(&chunk.marks));
        }
        Ok(())
    }

    /// Puts records in that were new to a thread, and gives the codes that have them their numbers.
    fn renumber(&mut self, chunk: &mut Chunk) -> Result<(), Unfit> {
        let renumbering = Renumbering::of(&mut self.words, chunk);
        let words = &self.words;
        self.layout.fits(words.links.len(), words.sessions.len(), words.rest.len())?;
        let mut moved = false;
        for found in chunk.found.iter_mut().filter(|found| found.new) {
            found.code = words.code_of(&self.layout, &renumbering.numbers(&self.layout, found.code))?;
            moved = true;
        }
        if moved {
            chunk.open.iter_mut().for_each(Vec::clear);
            for (place, (found, target)) in chunk.found.iter().zip(&chunk.targets).enumerate() {
                if target.load(Relaxed) == NONE {
                    chunk.open[Visited::shard(Fold::code(found.code))].push(place as u32);
                }
            }
        }
        Ok(())
    }

    /// Enters the states that were not known into the visited tables, under numbers of no meaning. The first transition to each is marked.
    fn enter(&mut self, chunks: &[Chunk], found: usize, pool: Option<&rayon::ThreadPool>) -> Vec<Entered> {
        let (codes, known) = (&self.codes, self.codes.len());
        let enter = |(number, shard): (usize, &mut Shard)| {
            let places =
                chunks.iter().enumerate().flat_map(|(chunk, all)| all.open[number].iter().map(move |place| (chunk as u32, *place)));
            let places: Vec<(u32, u32)> = places.collect();
            let code = |(chunk, place): (u32, u32)| chunks[chunk as usize].found[place as usize].code;
            shard.prepare(places.len(), known + found, |number| Fold::code(codes.get(number)));
            let (mut firsts, mut others) = (Vec::new(), Vec::new());
            for (own, place) in places.iter().enumerate() {
                let wanted = code(*place);
                let same = |number: u32| match (number as usize).checked_sub(known) {
                    None => codes.get(number) == wanted,
                    Some(earlier) => code(places[earlier]) == wanted,
                };
                match shard.enter(Fold::code(wanted), (known + own) as u32, same) {
                    Err(slot) => {
                        chunks[place.0 as usize].targets[place.1 as usize].store(FIRST, Relaxed);
                        firsts.push((slot, *place));
                    }
                    Ok(number) => match (number as usize).checked_sub(known) {
                        Some(earlier) => others.push((*place, places[earlier])),
                        // where sessions change places a record that is new may be of a state that is known
                        None => chunks[place.0 as usize].targets[place.1 as usize].store(number, Relaxed),
                    },
                }
            }
            Entered { firsts, others }
        };
        let shards = &mut self.visited.shards;
        match pool {
            Some(pool) => pool.install(|| shards.par_iter_mut().enumerate().map(|(number, shard)| enter((number, shard))).collect()),
            None => shards.iter_mut().enumerate().map(enter).collect(),
        }
    }

    /// Bytes it takes, and takes at most while it takes the next states.
    pub(super) fn bytes(&self) -> (usize, usize) {
        let graph = self.graph.as_ref().map_or(0, |(edges, marks)| edges.bytes() + marks.capacity() * size_of::<Marks>());
        let lists = self.codes.bytes() + self.origins.bytes();
        let rest = self.words.bytes() + self.steps.bytes() + lists + graph;
        let (now, growing) = self.visited.bytes();
        (rest + now, rest + growing)
    }
}

/// Not a number: the first transition to a state that was not known.
const FIRST: u32 = NONE - 1;

/// What was entered into one of the visited tables.
struct Entered {
    /// The slot of each new state, and the transition that was the first to it, by chunk and place.
    firsts: Vec<(usize, (u32, u32))>,
    /// Other transitions to new states, each with the first one.
    others: Vec<((u32, u32), (u32, u32))>,
}

impl Entered {
    /// Gives everything the numbers that the new states have got.
    fn settle(self, shard: &mut Shard, chunks: &[Chunk]) {
        let target = |(chunk, place): (u32, u32)| &chunks[chunk as usize].targets[place as usize];
        for (slot, first) in self.firsts {
            shard.renumber(slot, target(first).load(Relaxed));
        }
        for (other, first) in self.others {
            target(other).store(target(first).load(Relaxed), Relaxed);
        }
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
