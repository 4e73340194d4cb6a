//! How is a graph of a hundred million nodes kept? Each edge in about four bytes, and what is followed of them as a look at the same bytes.

use super::course::Bits;

/// How many labels there are.
pub const LABELS: u8 = 64;

/// A set of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Labels(pub u64);

impl Labels {
    /// Every label.
    pub const ALL: Self = Self(u64::MAX);

    /// The set of one label.
    ///
    /// # Panics
    /// If the label is not below [`LABELS`].
    #[must_use]
    pub fn of(label: u8) -> Self {
        assert!(label < LABELS, "label {label}");
        Self(1 << label)
    }

    /// Whether a label is in it.
    #[must_use]
    pub fn has(self, label: u8) -> bool {
        self.0 >> label & 1 == 1
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of this set that are not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether a label is in both.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Nodes in a block.
const BITS: u32 = 16;
const BLOCK: usize = 1 << BITS;

/// The edges of some nodes in a row: of each edge the label and the length of what follows in one byte, then how far the target lies from
/// the node, in as few bytes as that takes. Targets are near, for nodes are numbered breadth first.
#[derive(Debug, Clone, Default)]
pub struct Block {
    first: u32,
    /// Where the edges of each node end.
    ends: Vec<u32>,
    bytes: Vec<u8>,
    edges: usize,
}

impl Block {
    /// Of the nodes from this one on, of which there are none yet.
    #[must_use]
    pub fn from(first: u32) -> Self {
        Self { first, ..Self::default() }
    }

    /// Adds the next node with its edges.
    ///
    /// # Panics
    /// If a label is not below [`LABELS`].
    pub fn push(&mut self, edges: impl IntoIterator<Item = (u32, u8)>) {
        let node = self.first.wrapping_add(self.ends.len() as u32);
        for (target, label) in edges {
            assert!(label < LABELS, "label {label}");
            let way = target.wrapping_sub(node);
            // ways back and ways forth in turns, so that short ways are small numbers
            let way = way << 1 ^ ((way as i32) >> 31) as u32;
            let bytes = (32 - way.leading_zeros()).div_ceil(8).max(1) as usize;
            self.bytes.push(label << 2 | (bytes as u8 - 1));
            self.bytes.extend_from_slice(&way.to_le_bytes()[..bytes]);
            self.edges += 1;
        }
        self.ends.push(self.bytes.len() as u32);
    }

    fn range(&self, place: usize) -> core::ops::Range<u32> {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        start..self.ends[place]
    }

    /// The edge of a node that begins at a byte, and where the next one does.
    fn read(&self, node: u32, at: u32) -> ((u32, u8), u32) {
        let at = at as usize;
        let head = self.bytes[at];
        let bytes = usize::from(head & 3) + 1;
        let way = match self.bytes.get(at + 1..at + 5) {
            Some(word) => u32::from_le_bytes([word[0], word[1], word[2], word[3]]) & (u32::MAX >> (32 - 8 * bytes)),
            None => self.bytes[at + 1..=at + bytes].iter().rev().fold(0, |way, byte| way << 8 | u32::from(*byte)),
        };
        let way = way >> 1 ^ (way & 1).wrapping_neg();
        ((node.wrapping_add(way), head >> 2), (at + 1 + bytes) as u32)
    }
}

/// The edges of a graph, by the node they leave: about four bytes each.
#[derive(Debug, Clone, Default)]
pub struct Edges {
    blocks: Vec<Block>,
    nodes: usize,
    edges: usize,
}

impl Edges {
    /// Adds the next node with its edges.
    ///
    /// # Panics
    /// If a label is not below [`LABELS`].
    pub fn push(&mut self, edges: impl IntoIterator<Item = (u32, u8)>) {
        let mut block = Block::from(self.nodes as u32);
        block.push(edges);
        self.append(&block);
    }

    /// Adds the next nodes with their edges.
    ///
    /// # Panics
    /// If they are not the next ones.
    pub fn append(&mut self, block: &Block) {
        assert!(block.first as usize == self.nodes || block.ends.is_empty(), "nodes come in order");
        let mut done = 0;
        while done < block.ends.len() {
            if self.nodes.is_multiple_of(BLOCK) {
                if let Some(full) = self.blocks.last_mut() {
                    full.bytes.shrink_to_fit();
                }
                let ends = Vec::with_capacity(if self.nodes == 0 { 0 } else { BLOCK });
                self.blocks.push(Block { first: self.nodes as u32, ends, ..Block::default() });
            }
            let Some(last) = self.blocks.last_mut() else { return };
            let more = (block.ends.len() - done).min(BLOCK - last.ends.len());
            let (from, to) = (block.range(done).start, block.ends[done + more - 1]);
            let before = last.bytes.len() as u32;
            last.bytes.extend_from_slice(&block.bytes[from as usize..to as usize]);
            last.ends.extend(block.ends[done..done + more].iter().map(|end| end - from + before));
            self.nodes += more;
            done += more;
        }
        self.edges += block.edges;
    }

    /// How many nodes there are.
    #[must_use]
    pub const fn nodes(&self) -> usize {
        self.nodes
    }

    /// How many edges there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.edges
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.edges == 0
    }

    /// Bytes they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let blocks = self.blocks.iter().map(|block| block.ends.capacity() * size_of::<u32>() + block.bytes.capacity());
        blocks.sum::<usize>() + self.blocks.capacity() * size_of::<Block>()
    }

    fn block(&self, node: u32) -> &Block {
        &self.blocks[(node >> BITS) as usize]
    }

    /// Where the edges of a node lie in its block.
    pub(super) fn range(&self, node: u32) -> core::ops::Range<u32> {
        self.block(node).range(node as usize & (BLOCK - 1))
    }

    /// Target and label of the edge of a node that lies there, and where the next one does.
    pub(super) fn at(&self, node: u32, place: u32) -> ((u32, u8), u32) {
        self.block(node).read(node, place)
    }

    /// Targets and labels of the edges that leave a node.
    pub fn from(&self, node: u32) -> impl Iterator<Item = (u32, u8)> + '_ {
        let block = self.block(node);
        let mut left = block.range(node as usize & (BLOCK - 1));
        core::iter::from_fn(move || {
            (left.start < left.end).then(|| {
                let (edge, next) = block.read(node, left.start);
                left.start = next;
                edge
            })
        })
    }

    /// Labels of the edges that leave a node: what is enabled there.
    #[must_use]
    pub fn enabled(&self, node: u32) -> Labels {
        Labels(self.from(node).fold(0, |all, (_, label)| all | 1 << label))
    }

    /// The first node from which no good node can be reached; `None` if there is none.
    #[must_use]
    pub fn first_without(&self, good: impl Fn(u32) -> bool) -> Option<u32> {
        let mut reaches = Bits::of(self.nodes as u32, good);
        let mut left: Vec<u32> = (0..self.nodes as u32).rev().filter(|node| !reaches.has(*node)).collect();
        // up and down, until nothing changes: no edge has to be kept by the node it reaches
        loop {
            let before = left.len();
            left.retain(|node| {
                let found = self.from(*node).any(|(target, _)| reaches.has(target));
                if found {
                    reaches.insert(*node);
                }
                !found
            });
            if left.len() == before {
                return left.into_iter().min();
            }
            left.reverse();
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A graph from the edges of each node.
    pub(in crate::liveness) fn graph(nodes: &[&[(u32, u8)]]) -> Edges {
        let mut edges = Edges::default();
        for node in nodes {
            edges.push(node.iter().copied());
        }
        edges
    }

    #[test]
    fn edges_come_back_as_they_were_put_in() {
        let mut edges = Edges::default();
        let far = [0, 1, 127, 128, 255, 32_767, 32_768, 8_388_607, 8_388_608, u32::MAX / 2, u32::MAX - 2];
        let own =
            |node: u32| far.iter().zip(0..).filter(move |(_, label)| node % 7 != *label as u32 % 5).map(|(target, label)| (*target, label));
        let nodes = 3 * BLOCK as u32 + 5;
        (0..5).for_each(|node| edges.push(own(node)));
        // in blocks that begin and end anywhere
        let mut first = 5;
        while first < nodes {
            let mut block = Block::from(first);
            let end = nodes.min(first + 50_001);
            (first..end).for_each(|node| block.push(own(node)));
            edges.append(&block);
            first = end;
        }
        assert_eq!(edges.nodes(), nodes as usize);
        assert_eq!(edges.len(), (0..nodes).map(|node| own(node).count()).sum::<usize>());
        for node in (0..nodes).filter(|node| node % 997 == 0 || node % BLOCK as u32 <= 1) {
            assert!(edges.from(node).eq(own(node)), "{node}");
        }
    }

    #[test]
    fn what_cannot_reach_the_good_is_found_first_in_order() {
        // 0 -> 1 -> 2 (good), 0 -> 3 <-> 4
        let edges = graph(&[&[(1, 0), (3, 0)], &[(2, 0)], &[], &[(4, 0)], &[(3, 0)]]);
        assert_eq!(edges.first_without(|node| node == 2), Some(3));
        assert_eq!(edges.first_without(|node| node == 2 || node == 4), None);
        assert_eq!(edges.first_without(|_| false), Some(0));
        assert_eq!((edges.nodes(), edges.len()), (5, 5));
    }

    #[test]
    fn joins_and_cycles_do_not_confuse_it() {
        // a diamond with a cycle on one side: everything reaches 3
        let edges = graph(&[&[(1, 0), (2, 0)], &[(3, 0)], &[(1, 0), (0, 0)], &[]]);
        assert_eq!(edges.first_without(|node| node == 3), None);
        assert_eq!(edges.first_without(|node| node == 0), Some(1), "1 and 3 cannot go back");
    }
}
