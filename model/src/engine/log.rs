//! How is a list of millions kept? In pieces, so that it grows without being copied and without room to spare.

const BITS: u32 = 14;
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
            self.pieces.push(Vec::with_capacity(if self.pieces.is_empty() { 0 } else { PIECE }));
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
        self.pieces.iter().map(|piece| piece.capacity() * size_of::<T>()).sum()
    }
}

/// Lists of words, one after the other, each in one piece.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    pieces: Vec<Vec<u32>>,
}

impl Texts {
    /// Puts a list in; where it lies.
    ///
    /// # Panics
    /// If it is longer than a piece, or there are too many.
    pub(super) fn push(&mut self, text: &[u32]) -> u32 {
        assert!(text.len() <= PIECE, "{} words", text.len());
        if self.pieces.last().is_none_or(|piece| piece.len() + text.len() > PIECE) {
            self.pieces.push(Vec::with_capacity(if self.pieces.is_empty() { text.len() } else { PIECE }));
        }
        let number = self.pieces.len() - 1;
        assert!(number < 1 << (32 - BITS), "{number} pieces");
        let piece = &mut self.pieces[number];
        let start = (number << BITS) as u32 | piece.len() as u32;
        piece.extend_from_slice(text);
        start
    }

    /// What follows from there on in the piece.
    pub(super) fn from(&self, start: u32) -> &[u32] {
        &self.pieces[(start >> BITS) as usize][start as usize & (PIECE - 1)..]
    }

    pub(super) fn bytes(&self) -> usize {
        self.pieces.iter().map(|piece| piece.capacity() * size_of::<u32>()).sum()
    }
}
