//! Which nodes can reach each other? Strongly connected components of a part of a graph (Tarjan 1972), without recursion.

use super::course::Course;
use super::edges::Labels;

const UNSEEN: u32 = u32::MAX;
const LEFT: u32 = UNSEEN - 1;

/// The part of a graph that is looked at.
pub(super) struct Part<'a> {
    pub(super) edges: &'a Course<'a>,
    /// Edges with other labels are not there.
    pub(super) via: Labels,
    /// Nodes outside are not there.
    pub(super) inside: &'a dyn Fn(u32) -> bool,
}

impl Part<'_> {
    /// Edges of a node that stay in the part.
    pub(super) fn from(&self, node: u32) -> impl Iterator<Item = (u32, u8)> + '_ {
        self.edges.from(node).filter(|(target, label)| self.via.has(*label) && (self.inside)(*target))
    }
}

/// Calls `take` with the nodes of each component that has an edge of its own, for the nodes of `starts` and whatever they reach.
pub(super) fn components(part: &Part<'_>, starts: impl IntoIterator<Item = u32>, take: &mut dyn FnMut(&[u32])) {
    let nodes = part.edges.nodes();
    let mut search = Search { part, order: vec![UNSEEN; nodes], low: vec![0; nodes], next: 0, stack: Vec::new(), take };
    for start in starts {
        if (part.inside)(start) && search.order[start as usize] == UNSEEN {
            search.from(start);
        }
    }
}

struct Search<'a, 'b> {
    part: &'a Part<'a>,
    /// When each node was entered, [`UNSEEN`], or [`LEFT`] with its component.
    order: Vec<u32>,
    low: Vec<u32>,
    next: u32,
    stack: Vec<u32>,
    take: &'b mut dyn FnMut(&[u32]),
}

impl Search<'_, '_> {
    fn enter(&mut self, node: u32, path: &mut Vec<(u32, u32)>) {
        (self.order[node as usize], self.low[node as usize]) = (self.next, self.next);
        self.next += 1;
        self.stack.push(node);
        path.push((node, 0));
    }

    fn from(&mut self, start: u32) {
        // nodes on the way down, each with the place of the edge to look at next
        let mut path = Vec::new();
        self.enter(start, &mut path);
        while let Some((node, place)) = path.last_mut() {
            let node = *node;
            if let Some((target, label)) = self.part.edges.next(node, place) {
                if !self.part.via.has(label) || !(self.part.inside)(target) {
                    continue;
                }
                match self.order[target as usize] {
                    UNSEEN => self.enter(target, &mut path),
                    LEFT => {}
                    order => self.low[node as usize] = self.low[node as usize].min(order),
                }
                continue;
            }
            path.pop();
            if let Some((above, _)) = path.last() {
                let above = *above as usize;
                self.low[above] = self.low[above].min(self.low[node as usize]);
            }
            if self.low[node as usize] == self.order[node as usize] {
                self.leave(node);
            }
        }
    }

    /// `node` is the first of its component: everything above it on the stack belongs to it.
    fn leave(&mut self, node: u32) {
        let start = self.stack.iter().rposition(|on| *on == node).unwrap_or_default();
        for on in &self.stack[start..] {
            self.order[*on as usize] = LEFT;
        }
        let has_an_edge = self.stack.len() - start > 1 || self.part.from(node).any(|(target, _)| target == node);
        if has_an_edge {
            (self.take)(&self.stack[start..]);
        }
        self.stack.truncate(start);
    }
}

#[cfg(test)]
mod tests {
    use super::super::edges::Edges;
    use super::super::edges::tests::graph;
    use super::*;

    fn found(edges: &Edges, via: Labels, inside: &dyn Fn(u32) -> bool) -> Vec<Vec<u32>> {
        let part = Part { edges: &Course::all(edges), via, inside };
        let mut all = Vec::new();
        components(&part, 0..edges.nodes() as u32, &mut |nodes| {
            let mut nodes = nodes.to_vec();
            nodes.sort_unstable();
            all.push(nodes);
        });
        all.sort();
        all
    }

    #[test]
    fn nested_joined_and_lonely() {
        // {0 1 2} with a smaller cycle in it, 3 alone, 4 with an edge to itself, {5 6}
        let edges = graph(&[&[(1, 0)], &[(0, 0), (2, 0)], &[(0, 0), (3, 0)], &[(4, 0)], &[(4, 0), (5, 0)], &[(6, 0)], &[(5, 0)]]);
        let all = |_| true;
        assert_eq!(found(&edges, Labels::ALL, &all), [vec![0, 1, 2], vec![4], vec![5, 6]]);
        assert_eq!(found(&edges, Labels::ALL, &|node| node != 2), [vec![0, 1], vec![4], vec![5, 6]]);
    }

    #[test]
    fn edges_of_other_labels_are_not_there() {
        let edges = graph(&[&[(1, 0)], &[(2, 0)], &[(0, 1)]]);
        assert_eq!(found(&edges, Labels::ALL, &|_| true), [vec![0, 1, 2]]);
        assert_eq!(found(&edges, Labels::of(0), &|_| true), Vec::<Vec<u32>>::new());
    }

    #[test]
    fn a_long_way_needs_no_recursion() {
        let mut edges = Edges::default();
        for node in 0..200_000 {
            edges.push([(node + 1, 0)]);
        }
        edges.push([(0, 0)]);
        assert_eq!(found(&edges, Labels::ALL, &|_| true)[0].len(), 200_001);
    }
}
