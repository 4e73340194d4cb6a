//! Which states are known? Sixteen tables of state numbers, so that threads can put states in side by side.
//!
//! A slot has a number and, in the bits numbers do not need yet, a piece of the hash, so that few codes are looked at in vain. What is
//! found is compared whole: two states are never taken for one.

use super::index::{NONE, after, home};

const SHARDS: u32 = 4;
/// Numbers may use so many bits at first.
const LEAST_WIDTH: u32 = 20;

/// One of the tables: four bytes a slot, linear probing, at most seven slots of ten taken.
#[derive(Debug, Clone)]
pub(super) struct Shard {
    slots: Vec<u32>,
    taken: usize,
    /// Bits of a number.
    width: u32,
}

/// Which states are known.
#[derive(Debug, Clone)]
pub(super) struct Visited {
    pub(super) shards: Vec<Shard>,
}

impl Default for Visited {
    fn default() -> Self {
        Self { shards: vec![Shard::of(64, LEAST_WIDTH); 1 << SHARDS] }
    }
}

impl Visited {
    /// Which of the tables a hash belongs to.
    pub(super) fn shard(hash: u64) -> usize {
        (hash >> (64 - SHARDS)) as usize
    }

    /// What is in the slot where the search begins.
    pub(super) fn first(&self, hash: u64) -> u32 {
        let shard = &self.shards[Self::shard(hash)];
        shard.slots[shard.home(hash)]
    }

    /// The number of the state with this hash that is the same.
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        self.shards[Self::shard(hash)].find(hash, same).ok()
    }

    /// The first number that may be that of a state with this hash, given what is in the first slot.
    pub(super) fn guess(&self, hash: u64, first: u32) -> u32 {
        let shard = &self.shards[Self::shard(hash)];
        if first == NONE || shard.is_tagged(hash, first) { first } else { shard.find(hash, |_| true).unwrap_or(NONE) }
    }

    /// Number of a guess.
    pub(super) fn number(&self, hash: u64, guess: u32) -> u32 {
        guess & self.shards[Self::shard(hash)].mask()
    }

    /// Bytes it takes now, and at most while it takes the next states: tables grow one after the other, and each is twice there meanwhile.
    pub(super) fn bytes(&self) -> (usize, usize) {
        let bytes = |shard: &Shard| shard.slots.len() * 4;
        let now: usize = self.shards.iter().map(bytes).sum();
        let nearly_full = |shard: &&Shard| shard.taken * 10 > shard.slots.len() * 6;
        let more = self.shards.iter().filter(nearly_full).map(bytes).sum::<usize>() / 2;
        let most = self.shards.iter().map(bytes).max().unwrap_or_default();
        (now, now + if more == 0 { 0 } else { more + 2 * most })
    }
}

impl Shard {
    fn of(slots: usize, width: u32) -> Self {
        Self { slots: vec![NONE; slots], taken: 0, width }
    }

    fn home(&self, hash: u64) -> usize {
        home(hash << SHARDS, self.slots.len())
    }

    fn mask(&self) -> u32 {
        ((1u64 << self.width) - 1) as u32
    }

    fn is_tagged(&self, hash: u64, slot: u32) -> bool {
        (slot ^ self.tag(hash)) & !self.mask() == 0
    }

    fn tag(&self, hash: u64) -> u32 {
        hash as u32 & !self.mask()
    }

    /// The number of the thing with this hash that is the same, or the slot where it belongs.
    fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mut place = self.home(hash);
        loop {
            match self.slots[place] {
                NONE => return Err(place),
                slot if self.is_tagged(hash, slot) && same(slot & self.mask()) => return Ok(slot & self.mask()),
                _ => place = after(place, self.slots.len()),
            }
        }
    }

    /// Makes room for so many more, with numbers below `below`.
    pub(super) fn prepare(&mut self, more: usize, below: usize, hash: impl Fn(u32) -> u64) {
        let mut slots = self.slots.len();
        while (self.taken + more) * 10 > slots * 7 {
            slots += slots / 2;
        }
        // the largest number is that of an empty slot
        let width = (usize::BITS - below.leading_zeros()).clamp(self.width, 32);
        if (slots, width) == (self.slots.len(), self.width) {
            return;
        }
        let mut larger = Self::of(slots, if width > self.width { (width + 1).min(32) } else { width });
        for slot in self.slots.iter().filter(|slot| **slot != NONE) {
            let number = slot & self.mask();
            larger.insert(hash(number), number);
        }
        *self = larger;
    }

    fn insert(&mut self, hash: u64, number: u32) {
        if let Err(place) = self.find(hash, |_| false) {
            self.slots[place] = self.tag(hash) | number;
            self.taken += 1;
        }
    }

    /// The number of the thing with this hash that is the same; if there is none, `number` is put in, and its slot is given.
    pub(super) fn enter(&mut self, hash: u64, number: u32, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let found = self.find(hash, same);
        if let Err(place) = found {
            self.slots[place] = self.tag(hash) | number;
            self.taken += 1;
        }
        found
    }

    /// Gives what is in a slot another number.
    pub(super) fn renumber(&mut self, place: usize, number: u32) {
        self.slots[place] = self.slots[place] & !self.mask() | number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hash whose bits are few, so that many things meet in a slot and have one tag.
    fn hash(number: u32) -> u64 {
        u64::from(number / 5).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    #[test]
    fn what_was_put_in_is_found_and_nothing_else() {
        let mut visited = Visited::default();
        let count = 300_000;
        // numbers that need more and more bits, so that tables are made anew with narrower tags
        let number = |thing: u32| thing * 14_000;
        let thing = |number: u32| number / 14_000;
        for one in 0..count {
            let shard = &mut visited.shards[Visited::shard(hash(one))];
            shard.prepare(1, number(one) as usize + 1, |number| hash(thing(number)));
            let slot = shard.enter(hash(one), number(one), |other| other == number(one)).expect_err("it was not there");
            shard.renumber(slot, number(one));
        }
        for one in 0..count {
            assert_eq!(visited.find(hash(one), |other| other == number(one)), Some(number(one)));
            assert_ne!(visited.guess(hash(one), visited.first(hash(one))), NONE, "what is there is not taken for new");
        }
        for none in (count + 5..count + 1000).step_by(7) {
            assert_eq!(visited.find(hash(none), |other| other == number(none)), None);
        }
        let slots: usize = visited.shards.iter().map(|shard| shard.slots.len()).sum();
        assert!(visited.bytes().0 == 4 * slots && slots * 7 >= count as usize * 10, "{slots} slots");
    }
}
