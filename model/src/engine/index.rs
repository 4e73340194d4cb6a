//! Where is a thing among millions? Open addressing over numbers of things; the things themselves lie elsewhere.

/// No thing.
pub(super) const NONE: u32 = u32::MAX;

/// Numbers of things by the hash of the thing: four bytes a slot, linear probing, at most three slots of five taken.
#[derive(Debug, Clone)]
pub(super) struct Index {
    slots: Vec<u32>,
    taken: usize,
    shift: u32,
}

impl Default for Index {
    fn default() -> Self {
        Self::of(10)
    }
}

impl Index {
    fn of(bits: u32) -> Self {
        Self { slots: vec![NONE; 1 << bits], taken: 0, shift: 64 - bits }
    }

    /// Where the search for a hash begins.
    pub(super) fn home(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }

    /// The number of the thing with this hash that is the same.
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mut slot = self.home(hash);
        loop {
            match self.slots[slot] {
                NONE => return None,
                number if same(number) => return Some(number),
                _ => slot = (slot + 1) & (self.slots.len() - 1),
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
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = number;
        self.taken += 1;
    }

    /// Whether it must grow before a number can be put in.
    pub(super) fn is_full(&self) -> bool {
        self.taken * 5 >= self.slots.len() * 3
    }

    /// Doubles it.
    pub(super) fn grow(&mut self, hash: impl Fn(u32) -> u64) {
        let mut larger = Self::of(64 - self.shift + 1);
        for number in 0..self.taken as u32 {
            larger.insert(hash(number), number);
        }
        *self = larger;
    }

    /// Bytes it takes now, and while it grows.
    pub(super) fn bytes(&self) -> (usize, usize) {
        (self.slots.len() * 4, self.slots.len() * 12)
    }
}
