//! Which number has a record? Dictionaries of records, compared whole, so that equal numbers mean equal records and nothing else.

use super::index::Index;
use super::records::{Fold, Record};
use crate::state::State;
use std::hash::Hasher;

/// Records by number, in the order they came.
#[derive(Debug, Clone)]
pub(super) struct Dictionary<R> {
    records: Vec<R>,
    hashes: Vec<u64>,
    index: Index,
}

impl<R> Default for Dictionary<R> {
    fn default() -> Self {
        Self { records: Vec::new(), hashes: Vec::new(), index: Index::default() }
    }
}

impl<R: Record> Dictionary<R> {
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn get(&self, number: u32) -> &R {
        &self.records[number as usize]
    }

    /// The hash of the part of a state at a place.
    pub(super) fn hash(state: &State, place: usize) -> u64 {
        let mut fold = Fold::default();
        R::feed(state, place, &mut fold);
        fold.finish()
    }

    /// The number of the part of a state at a place, whose hash is given.
    pub(super) fn find(&self, hash: u64, state: &State, place: usize) -> Option<u32> {
        self.index.find(hash, |number| self.hashes[number as usize] == hash && self.records[number as usize].is(state, place))
    }

    /// The hash of a record: that of the part it tells.
    pub(super) fn hash_of(record: &R) -> u64 {
        let mut fold = Fold::default();
        record.feed_itself(&mut fold);
        fold.finish()
    }

    /// The number of a record whose hash is given.
    pub(super) fn find_record(&self, hash: u64, record: &R) -> Option<u32> {
        self.index.find(hash, |number| self.hashes[number as usize] == hash && self.records[number as usize] == *record)
    }

    /// The number of a record, which is put in if it is not there.
    pub(super) fn intern(&mut self, hash: u64, record: R) -> u32 {
        if let Some(number) = self.find_record(hash, &record) {
            return number;
        }
        if self.index.is_full() {
            self.index.grow(|number| self.hashes[number as usize]);
        }
        let number = self.records.len() as u32;
        self.index.insert(hash, number);
        self.records.push(record);
        self.hashes.push(hash);
        number
    }

    /// Every record with its hash, in order; none is left.
    pub(super) fn drain(&mut self) -> Vec<(u64, R)> {
        self.index = Index::default();
        self.hashes.drain(..).zip(self.records.drain(..)).collect()
    }

    /// About how many bytes it takes: lists within records are taken for 64 bytes.
    pub(super) fn bytes(&self) -> usize {
        self.records.len() * (size_of::<R>() + 72) + self.index.bytes()
    }
}
