//! How is a list of millions kept? In pieces, so that it grows without being copied and without room to spare.

const BITS: u32 = 16;
const PIECE: usize = 1 << BITS;

/// A list that only grows.
#[derive(Debug, Clone)]
pub(super) struct Log<T> {
    pieces: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), len: 0 }
    }
}

impl<T: Copy> Log<T> {
    pub(super) fn push(&mut self, thing: T) {
        if self.len.is_multiple_of(PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(thing);
        }
        self.len += 1;
    }

    pub(super) fn get(&self, place: u32) -> T {
        self.pieces[(place >> BITS) as usize][place as usize & (PIECE - 1)]
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn bytes(&self) -> usize {
        self.pieces.len() * PIECE * size_of::<T>()
    }
}
