//! Which quiet states are there, and what is reached on the way to them? Breadth first, until nothing new comes for a long time.

use super::deed::{Deed, Reach};
use super::quiet::Quiet;
use super::stage::Stage;
use crate::coverage::{Item, Noted};
use ahash::RandomState;
use indexmap::IndexSet;
use std::collections::BTreeMap;

/// So many quiet states are looked at after the last that brought something new.
const PATIENCE: usize = 1500;

/// A set of items, by their place in the list of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Set([u64; 6]);

impl Set {
    pub(super) fn insert(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    pub(super) fn has(self, place: usize) -> bool {
        self.0[place / 64] & 1 << (place % 64) != 0
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & !other.0[word]))
    }

    pub(super) fn len(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}

/// Everything that could occur, by place.
#[derive(Debug)]
pub(super) struct Places(BTreeMap<Item, usize>);

impl Places {
    pub(super) fn of(items: &[Item]) -> Self {
        Self(items.iter().cloned().enumerate().map(|(place, item)| (item, place)).collect())
    }

    pub(super) fn set(&self, noted: Noted) -> Set {
        let mut set = Set::default();
        noted.items().filter_map(|item| self.0.get(&item)).for_each(|place| set.insert(*place));
        set
    }
}

/// A path: a way to a quiet state, and one deed more.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) start: usize,
    pub(super) deeds: Vec<Deed>,
    pub(super) reached: Set,
    pub(super) reach: Reach,
}

/// Every path whose last deed brought something that those before it had not.
pub(super) fn walk(stage: &Stage, places: &Places) -> Vec<Path> {
    let mut known: IndexSet<Quiet, RandomState> = IndexSet::with_hasher(RandomState::with_seeds(1, 2, 3, 4));
    let mut ways: Vec<Path> = Vec::new();
    let mut paths = Vec::new();
    for (start, begins) in stage.starts.iter().enumerate() {
        let Ok(quiet) = Quiet::initial(stage, begins) else { continue };
        if known.insert(quiet) {
            ways.push(Path { start, deeds: Vec::new(), reached: Set::default(), reach: stage.reach(begins) });
        }
    }
    let (mut all, mut next, mut last) = (Set::default(), 0, 0);
    while next < known.len() && next < last + PATIENCE {
        let way = ways[next].clone();
        let quiet = known[next].clone();
        next += 1;
        for deed in quiet.deeds(stage) {
            let Ok(led) = quiet.does(stage, deed) else { continue };
            let reached = places.set(led.desk.noted);
            let mut deeds = way.deeds.clone();
            deeds.push(deed);
            let path = Path { start: way.start, deeds, reached: way.reached.with(reached), reach: way.reach.max(deed.reach()) };
            if reached.without(way.reached).len() > 0 {
                paths.push(path.clone());
            }
            if path.reached.without(all).len() > 0 {
                all = all.with(path.reached);
                last = next;
            }
            if led.to.state.violated == 0 && known.insert(led.to) {
                ways.push(path);
            }
        }
    }
    paths
}
