//! Do certain edges alone lead to rest? Where, and within how many steps?

use super::components::{Part, components};
use super::course::Course;
use super::edges::{Edges, Labels};
use super::lasso::{Fairness, Lasso, fair_lasso, shortest};

/// How the edges fail to lead to rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restless {
    /// They can be followed for ever.
    Cycle(Lasso),
    /// They end in a node where they should not.
    Wrong(u32),
}

/// How many edges among `via` lead to rest at most, from any node; every node where they end must be good. Edges among `late` are
/// followed only where no other is enabled: time passes when there is nothing else to do.
///
/// # Errors
/// A cycle, or else the first node where it ends and that is not good.
pub fn rest(edges: &Edges, via: Labels, late: Labels, good: impl Fn(u32) -> bool) -> Result<usize, Restless> {
    let part = Course::timely(edges, via, via.without(late), late);
    let mut waits = vec![0u32; part.nodes()];
    for node in 0..part.nodes() as u32 {
        for (target, _) in part.from(node) {
            waits[target as usize] += 1;
        }
    }
    let mut longest = vec![0u32; part.nodes()];
    let mut open: Vec<u32> = (0..part.nodes() as u32).filter(|node| waits[*node as usize] == 0).collect();
    let mut settled = 0;
    while let Some(node) = open.pop() {
        settled += 1;
        for (target, _) in part.from(node) {
            let target = target as usize;
            longest[target] = longest[target].max(longest[node as usize] + 1);
            waits[target] -= 1;
            if waits[target] == 0 {
                open.push(target as u32);
            }
        }
    }
    if settled < part.nodes() {
        let anything = Fairness { weak: vec![Labels::ALL], ..Fairness::default() };
        // whatever is possible besides, the followed edges can be followed for ever: a cycle, not a node where nothing happens
        let lasso = fair_lasso(&part, edges, Labels::ALL, &|node| waits[node as usize] > 0, &anything);
        // everything on a cycle is still waited for
        return Err(Restless::Cycle(lasso.unwrap_or(Lasso { entry: 0, cycle: Vec::new() })));
    }
    let wrong = (0..part.nodes() as u32).find(|node| part.from(*node).next().is_none() && !good(*node));
    wrong.map_or_else(|| Ok(longest.iter().copied().max().unwrap_or_default() as usize), |node| Err(Restless::Wrong(node)))
}

/// A cycle on which something changes: two nodes on it look different. `None` if there is none.
#[must_use]
pub fn turning(edges: &Course<'_>, look: impl Fn(u32) -> u32) -> Option<Lasso> {
    let mut found: Option<Vec<u32>> = None;
    let part = Part { edges, via: Labels::ALL, inside: &|_| true };
    components(&part, 0..edges.nodes() as u32, &mut |nodes| {
        let differs = nodes.iter().any(|node| look(*node) != look(nodes[0]));
        if differs && found.as_ref().is_none_or(|best| nodes.iter().min() < best.iter().min()) {
            found = Some(nodes.to_vec());
        }
    });
    let nodes = found?;
    let entry = nodes.iter().copied().min()?;
    let other = nodes.iter().copied().filter(|node| look(*node) != look(entry)).min()?;
    let mut nodes = nodes;
    nodes.sort_unstable();
    let way = |from: u32, to: u32| shortest(edges, Labels::ALL, &nodes, from, &|node, _| node == to).unwrap_or_default();
    let cycle = way(entry, other).into_iter().chain(way(other, entry)).map(|(node, _)| node).collect();
    Some(Lasso { entry, cycle })
}

#[cfg(test)]
mod tests {
    use super::super::edges::tests::graph;
    use super::*;

    const SOON: u8 = 1;
    const LATE: u8 = 2;

    fn by_itself(edges: &Edges, good: impl Fn(u32) -> bool) -> Result<usize, Restless> {
        rest(edges, Labels(0b110), Labels::of(LATE), good)
    }

    #[test]
    fn the_longest_way_is_the_bound() {
        let edges = graph(&[&[(1, SOON), (3, SOON)], &[(2, SOON), (0, 0)], &[(3, LATE)], &[]]);
        assert_eq!(by_itself(&edges, |node| node == 3), Ok(3));
        assert_eq!(by_itself(&edges, |node| node == 2), Err(Restless::Wrong(3)));
    }

    #[test]
    fn a_cycle_is_shown() {
        let edges = graph(&[&[(1, 0)], &[(2, SOON)], &[(1, LATE)]]);
        assert_eq!(by_itself(&edges, |_| true), Err(Restless::Cycle(Lasso { entry: 1, cycle: vec![2, 1] })));
    }

    #[test]
    fn a_cycle_that_changes_something_is_told_from_one_that_does_not() {
        let edges = graph(&[&[(1, 0), (2, 0)], &[(0, 0)], &[(3, 0)], &[(2, 0)]]);
        assert_eq!(turning(&Course::all(&edges), |node| u32::from(node > 1)), None, "0 and 1 look the same, and so do 2 and 3");
        assert_eq!(turning(&Course::all(&edges), |node| node & 1), Some(Lasso { entry: 0, cycle: vec![1, 0] }));
        assert_eq!(turning(&Course::all(&edges), |node| u32::from(node == 3)), Some(Lasso { entry: 2, cycle: vec![3, 2] }));
    }

    #[test]
    fn time_passes_only_when_there_is_nothing_else_to_do() {
        // 0 -late-> 0 would turn for ever, but there is something else to do first
        let edges = graph(&[&[(0, LATE), (1, SOON)], &[]]);
        assert_eq!(by_itself(&edges, |node| node == 1), Ok(1));
    }
}
