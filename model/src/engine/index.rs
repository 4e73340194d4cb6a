//! Where is a thing among millions? Open addressing over numbers of things; the things themselves lie elsewhere.

/// No thing.
pub(super) const NONE: u32 = u32::MAX;

/// Numbers of things by the hash of the thing: four bytes a slot, linear probing, at most three slots of four taken.
#[derive(Debug, Clone)]
pub(super) struct Index {
    slots: Vec<u32>,
    taken: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self { slots: vec![NONE; 64], taken: 0 }
    }
}

impl Index {
    /// Where the search for a hash begins.
    fn home(&self, hash: u64) -> usize {
        home(hash, self.slots.len())
    }

    /// The number of the thing with this hash that is the same.
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mut slot = self.home(hash);
        loop {
            match self.slots[slot] {
                NONE => return None,
                number if same(number) => return Some(number),
                _ => slot = after(slot, self.slots.len()),
            }
        }
    }

    /// Puts a number in that is not there.
    ///
    /// # Panics
    /// If it has no room: see [`Index::is_full`].
    pub(super) fn insert(&mut self, hash: u64, number: u32) {
        assert!(!self.is_full(), "an index grows before it is full");
        let mut slot = self.home(hash);
        while self.slots[slot] != NONE {
            slot = after(slot, self.slots.len());
        }
        self.slots[slot] = number;
        self.taken += 1;
    }

    /// Whether it must grow before a number can be put in.
    pub(super) fn is_full(&self) -> bool {
        self.taken * 4 >= self.slots.len() * 3
    }

    /// Makes it half as large again.
    pub(super) fn grow(&mut self, hash: impl Fn(u32) -> u64) {
        let mut larger = Self { slots: vec![NONE; self.slots.len() * 3 / 2], taken: 0 };
        for number in 0..self.taken as u32 {
            larger.insert(hash(number), number);
        }
        *self = larger;
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.slots.len() * 4
    }
}

/// The slot where the search for a hash begins: its upper bits spread over so many slots.
pub(super) const fn home(hash: u64, slots: usize) -> usize {
    (((hash >> 32) * slots as u64) >> 32) as usize
}

/// The next slot of so many.
pub(super) const fn after(slot: usize, slots: usize) -> usize {
    if slot + 1 == slots { 0 } else { slot + 1 }
}
