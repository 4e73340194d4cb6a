//! Which edges of a graph are followed? A look at the edges that are kept, not a copy.

use super::edges::{Edges, Labels};

/// A set of nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Those of the nodes below `nodes` that are in it.
    pub(super) fn of(nodes: u32, is_in: impl Fn(u32) -> bool) -> Self {
        let word =
            |from: u32| (from..nodes.min(from.saturating_add(64))).fold(0, |word, node| word | u64::from(is_in(node)) << (node & 63));
        Self((0..nodes).step_by(64).map(word).collect())
    }

    pub(super) fn has(&self, node: u32) -> bool {
        self.0[(node >> 6) as usize] >> (node & 63) & 1 == 1
    }

    pub(super) fn insert(&mut self, node: u32) {
        self.0[(node >> 6) as usize] |= 1 << (node & 63);
    }
}

/// Some edges of a graph: those that are followed.
#[derive(Debug, Clone)]
pub struct Course<'a> {
    edges: &'a Edges,
    via: Labels,
    late: Labels,
    /// Where there is something prompt, and edges of `late` are not followed.
    prompt: Option<Bits>,
}

impl<'a> Course<'a> {
    /// All of them.
    #[must_use]
    pub const fn all(edges: &'a Edges) -> Self {
        Self { edges, via: Labels::ALL, late: Labels(0), prompt: None }
    }

    /// The edges of `via`, those of `late` only where there are none of `prompt`.
    #[must_use]
    pub fn timely(edges: &'a Edges, via: Labels, prompt: Labels, late: Labels) -> Self {
        let prompt = Bits::of(edges.nodes() as u32, |node| edges.enabled(node).meets(prompt));
        Self { edges, via, late, prompt: Some(prompt) }
    }

    /// How many nodes there are.
    #[must_use]
    pub const fn nodes(&self) -> usize {
        self.edges.nodes()
    }

    /// Labels of edges that are followed from a node.
    fn labels(&self, node: u32) -> Labels {
        if self.prompt.as_ref().is_some_and(|prompt| prompt.has(node)) { self.via.without(self.late) } else { self.via }
    }

    /// Targets and labels of those that leave a node.
    pub fn from(&self, node: u32) -> impl Iterator<Item = (u32, u8)> + '_ {
        let labels = self.labels(node);
        self.edges.from(node).filter(move |(_, label)| labels.has(*label))
    }

    /// The first of them from this place on in the block of the node, and where to go on; 0 to begin with.
    pub(super) fn next(&self, node: u32, place: &mut u32) -> Option<(u32, u8)> {
        let labels = self.labels(node);
        let range = self.edges.range(node);
        *place = (*place).max(range.start);
        while *place < range.end {
            let (edge, next) = self.edges.at(node, *place);
            *place = next;
            if labels.has(edge.1) {
                return Some(edge);
            }
        }
        None
    }
}
