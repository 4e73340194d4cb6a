//! How is a graph of millions of nodes kept? Targets and labels side by side, five bytes an edge.

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

/// The edges of a graph, by the node they leave.
#[derive(Debug, Clone, Default)]
pub struct Edges {
    /// Where the edges of each node end in the two lists below.
    ends: Vec<usize>,
    targets: Vec<u32>,
    labels: Vec<u8>,
}

impl Edges {
    /// Adds the next node with its edges.
    ///
    /// # Panics
    /// If a label is not below [`LABELS`].
    pub fn push(&mut self, edges: impl IntoIterator<Item = (u32, u8)>) {
        for (target, label) in edges {
            assert!(label < LABELS, "label {label}");
            self.targets.push(target);
            self.labels.push(label);
        }
        self.ends.push(self.targets.len());
    }

    /// How many nodes there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.ends.len()
    }

    /// How many edges there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Bytes they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.ends.capacity() * size_of::<usize>() + self.targets.capacity() * size_of::<u32>() + self.labels.capacity()
    }

    /// Where the edges of a node lie.
    pub(super) fn range(&self, node: u32) -> core::ops::Range<usize> {
        let node = node as usize;
        let start = if node == 0 { 0 } else { self.ends[node - 1] };
        start..self.ends[node]
    }

    /// Target and label of an edge, by its place.
    pub(super) fn at(&self, place: usize) -> (u32, u8) {
        (self.targets[place], self.labels[place])
    }

    /// Targets and labels of the edges that leave a node.
    pub fn from(&self, node: u32) -> impl Iterator<Item = (u32, u8)> + '_ {
        self.range(node).map(|place| self.at(place))
    }

    /// Labels of the edges that leave a node: what is enabled there.
    #[must_use]
    pub fn enabled(&self, node: u32) -> Labels {
        Labels(self.from(node).fold(0, |all, (_, label)| all | 1 << label))
    }

    /// The first node from which no good node can be reached; `None` if there is none.
    #[must_use]
    pub fn first_without(&self, good: impl Fn(u32) -> bool) -> Option<u32> {
        let backwards = self.backwards();
        let mut reaches: Vec<bool> = (0..self.nodes() as u32).map(good).collect();
        let mut open: Vec<u32> = (0..self.nodes() as u32).filter(|node| reaches[*node as usize]).collect();
        while let Some(node) = open.pop() {
            for &(from, _) in backwards.of(node) {
                if !core::mem::replace(&mut reaches[from as usize], true) {
                    open.push(from);
                }
            }
        }
        reaches.iter().position(|reaches| !reaches).map(|node| node as u32)
    }

    fn backwards(&self) -> Backwards {
        let mut ends = vec![0usize; self.nodes() + 1];
        for target in &self.targets {
            ends[*target as usize + 1] += 1;
        }
        for node in 0..self.nodes() {
            ends[node + 1] += ends[node];
        }
        let mut places = ends.clone();
        let mut origins = vec![(0u32, 0u8); self.len()];
        for node in 0..self.nodes() as u32 {
            for (target, label) in self.from(node) {
                let place = &mut places[target as usize];
                origins[*place] = (node, label);
                *place += 1;
            }
        }
        Backwards { ends, origins }
    }
}

/// The same edges by the node they reach.
struct Backwards {
    ends: Vec<usize>,
    origins: Vec<(u32, u8)>,
}

impl Backwards {
    fn of(&self, node: u32) -> &[(u32, u8)] {
        &self.origins[self.ends[node as usize]..self.ends[node as usize + 1]]
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
