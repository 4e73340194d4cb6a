//! Is there an infinite fair run that stays where it should not? As a lasso: a stem and a cycle, or a node where it can rest for ever.
//!
//! A run is fair if no class of actions that must happen is kept waiting: *weakly* fair, if whatever is enabled without interruption
//! is taken in the end; *strongly* fair, if whatever is enabled again and again is. A maximal component of the part in question is the
//! home of a weakly fair run exactly if each weak class is disabled somewhere in it or taken inside it. For strong fairness the nodes
//! where a strong class is enabled but not taken inside are removed, and what remains is looked at again (Emerson and Lei 1987).

use super::components::{Part, components};
use super::course::Course;
use super::edges::{Edges, Labels};
use std::collections::{BTreeMap, VecDeque};

/// What must happen in the end. A class is a set of labels: enabled if one of them is, taken if one of them is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fairness {
    /// Classes that are taken if they stay enabled.
    pub weak: Vec<Labels>,
    /// Classes that are taken if they are enabled again and again.
    pub strong: Vec<Labels>,
}

/// An infinite run: the way to `entry` is anybody's, then the cycle for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lasso {
    /// Where the cycle begins and ends.
    pub entry: u32,
    /// The nodes after `entry`, in order, the last one `entry` again; empty: nothing that must happen can, and nothing does.
    pub cycle: Vec<u32>,
}

/// A fair run over edges with the labels `via` that stays inside; the one with the first entry. What is enabled in a node is said by
/// `possible`, which may have more edges than are followed: what waits there is kept waiting.
#[must_use]
pub fn fair_lasso(edges: &Course<'_>, possible: &Edges, via: Labels, inside: &dyn Fn(u32) -> bool, fairness: &Fairness) -> Option<Lasso> {
    let must = fairness.weak.iter().chain(&fairness.strong).fold(Labels::default(), |all, class| all.and(*class));
    let rests = |node: &u32| inside(*node) && !possible.enabled(*node).meets(must);
    let resting = (0..edges.nodes() as u32).find(rests).map(|entry| Lasso { entry, cycle: Vec::new() });
    let mut hunt = Hunt { edges, possible, via, fairness, best: None, open: Vec::new() };
    components(&Part { edges, via, inside }, 0..edges.nodes() as u32, &mut |nodes| hunt.judge(nodes));
    while let Some(nodes) = hunt.open.pop() {
        let within = |node: u32| nodes.binary_search(&node).is_ok();
        let part = Part { edges, via, inside: &within };
        components(&part, nodes.iter().copied(), &mut |nodes| hunt.judge(nodes));
    }
    let turning = hunt.best.take().map(|nodes| hunt.cycle(&nodes));
    match (resting, turning) {
        (Some(resting), Some(turning)) => Some(if turning.entry < resting.entry { turning } else { resting }),
        (one, other) => one.or(other),
    }
}

/// The search for fair components.
struct Hunt<'a> {
    edges: &'a Course<'a>,
    possible: &'a Edges,
    via: Labels,
    fairness: &'a Fairness,
    /// The fair one with the first node so far, in order.
    best: Option<Vec<u32>>,
    /// Parts that may contain a fair one, in order.
    open: Vec<Vec<u32>>,
}

impl Hunt<'_> {
    /// A component is fair, or may contain one that is, or neither.
    fn judge(&mut self, nodes: &[u32]) {
        let mut nodes = nodes.to_vec();
        nodes.sort_unstable();
        if self.best.as_ref().is_some_and(|best| best.first() <= nodes.first()) {
            return;
        }
        let (mut taken, mut ever) = (Labels::default(), Labels::default());
        let mut always = vec![true; self.fairness.weak.len()];
        for node in &nodes {
            let enabled = self.possible.enabled(*node);
            ever = ever.and(enabled);
            for (class, always) in self.fairness.weak.iter().zip(&mut always) {
                *always &= class.meets(enabled);
            }
            for (target, label) in self.edges.from(*node) {
                if self.via.has(label) && nodes.binary_search(&target).is_ok() {
                    taken = taken.and(Labels::of(label));
                }
            }
        }
        if self.fairness.weak.iter().zip(&always).any(|(class, always)| *always && !class.meets(taken)) {
            return;
        }
        let starved = self.fairness.strong.iter().filter(|class| class.meets(ever) && !class.meets(taken));
        let starved = starved.fold(Labels::default(), |all, class| all.and(*class));
        if starved.is_empty() {
            self.best = Some(nodes);
            return;
        }
        nodes.retain(|node| !self.possible.enabled(*node).meets(starved));
        if !nodes.is_empty() {
            self.open.push(nodes);
        }
    }

    /// A short cycle through a fair component that gives every class its due.
    fn cycle(&self, nodes: &[u32]) -> Lasso {
        let entry = nodes.first().copied().unwrap_or_default();
        let ever = nodes.iter().fold(Labels::default(), |all, node| all.and(self.possible.enabled(*node)));
        // what the cycle still owes: a weak class taken or disabled once, a strong one that is ever enabled taken once
        let strong = self.fairness.strong.iter().filter(|class| class.meets(ever)).map(|class| (*class, true));
        let mut owed: Vec<(Labels, bool)> = self.fairness.weak.iter().map(|class| (*class, false)).chain(strong).collect();
        let pays = |node: u32, label: Option<u8>, (class, strong): &(Labels, bool)| {
            label.is_some_and(|label| class.has(label)) || !strong && !class.meets(self.possible.enabled(node))
        };
        owed.retain(|class| !pays(entry, None, class));
        let mut cycle: Vec<u32> = Vec::new();
        let mut at = entry;
        loop {
            let done = owed.is_empty();
            if done && at == entry && !cycle.is_empty() {
                return Lasso { entry, cycle };
            }
            let wanted = |node: u32, label: u8| if done { node == entry } else { owed.iter().any(|class| pays(node, Some(label), class)) };
            let Some(way) = shortest(self.edges, self.via, nodes, at, &wanted) else { return Lasso { entry, cycle } };
            for (node, label) in way {
                owed.retain(|class| !pays(node, Some(label), class));
                cycle.push(node);
                at = node;
            }
        }
    }
}

/// The shortest way from a node over at least one edge to one that is wanted, within some nodes in order.
pub(super) fn shortest(
    edges: &Course<'_>,
    via: Labels,
    nodes: &[u32],
    from: u32,
    wanted: &dyn Fn(u32, u8) -> bool,
) -> Option<Vec<(u32, u8)>> {
    let mut origins: BTreeMap<u32, (u32, u8)> = BTreeMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(node) = open.pop_front() {
        for (target, label) in edges.from(node).filter(|(target, label)| via.has(*label) && nodes.binary_search(target).is_ok()) {
            if wanted(target, label) {
                let mut way = vec![(target, label)];
                let mut at = node;
                while at != from {
                    let (before, label) = origins[&at];
                    way.push((at, label));
                    at = before;
                }
                way.reverse();
                return Some(way);
            }
            if target != from && !origins.contains_key(&target) {
                origins.insert(target, (node, label));
                open.push_back(target);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::edges::tests::graph;
    use super::*;

    const A: u8 = 1;
    const B: u8 = 2;
    const FREE: u8 = 0;

    fn weak(labels: &[u8]) -> Fairness {
        Fairness { weak: labels.iter().map(|label| Labels::of(*label)).collect(), ..Fairness::default() }
    }

    fn strong(labels: &[u8]) -> Fairness {
        Fairness { strong: weak(labels).weak, ..Fairness::default() }
    }

    fn lasso(edges: &Edges, inside: &dyn Fn(u32) -> bool, fairness: Fairness) -> Option<Lasso> {
        fair_lasso(&Course::all(edges), edges, Labels::ALL, inside, &fairness)
    }

    #[test]
    fn a_node_where_nothing_must_happen_is_a_lasso_by_itself() {
        let edges = graph(&[&[(1, A)], &[(0, FREE)]]);
        assert_eq!(lasso(&edges, &|node| node == 1, weak(&[A])), Some(Lasso { entry: 1, cycle: vec![] }));
        assert_eq!(lasso(&edges, &|_| true, weak(&[A])), Some(Lasso { entry: 0, cycle: vec![1, 0] }), "A is taken again and again");
        assert_eq!(lasso(&edges, &|node| node == 0, weak(&[A])), None, "A leads out");
        assert_eq!(lasso(&edges, &|node| node == 0, weak(&[])), Some(Lasso { entry: 0, cycle: vec![] }));
    }

    #[test]
    fn a_cycle_that_keeps_a_weak_class_waiting_is_unfair() {
        // 0 <-> 1 freely, A leads out of both: under weak fairness it is taken
        let edges = graph(&[&[(1, FREE), (2, A)], &[(0, FREE), (2, A)], &[]]);
        assert_eq!(lasso(&edges, &|node| node < 2, weak(&[A])), None);
    }

    #[test]
    fn a_class_disabled_on_the_way_is_starved_under_weak_but_not_under_strong_fairness() {
        let edges = graph(&[&[(1, FREE), (2, A)], &[(0, FREE)], &[]]);
        assert_eq!(lasso(&edges, &|node| node < 2, weak(&[A])), Some(Lasso { entry: 0, cycle: vec![1, 0] }));
        let edges = graph(&[&[(1, B), (2, A)], &[(0, B)], &[]]);
        assert_eq!(lasso(&edges, &|node| node < 2, weak(&[A, B])), Some(Lasso { entry: 0, cycle: vec![1, 0] }));
        let both = Fairness { weak: vec![Labels::of(B)], strong: vec![Labels::of(A)] };
        assert_eq!(lasso(&edges, &|node| node < 2, both), None, "A is enabled again and again");
    }

    #[test]
    fn a_self_loop_is_fair_only_if_it_is_what_must_happen() {
        let edges = graph(&[&[(0, B), (1, A)], &[]]);
        assert_eq!(lasso(&edges, &|node| node == 0, weak(&[A, B])), None);
        assert_eq!(lasso(&edges, &|node| node == 0, weak(&[B])), Some(Lasso { entry: 0, cycle: vec![0] }));
    }

    #[test]
    fn strong_fairness_looks_into_nested_components() {
        // {0 1 2} is connected; A is enabled in 0 only and leads out; {1 2} is fair without it
        let edges = graph(&[&[(1, B), (3, A)], &[(2, B), (0, B)], &[(1, B)], &[]]);
        let both = Fairness { weak: vec![Labels::of(B)], strong: vec![Labels::of(A)] };
        assert_eq!(lasso(&edges, &|node| node < 3, both.clone()), Some(Lasso { entry: 1, cycle: vec![2, 1] }));
        assert_eq!(lasso(&edges, &|node| node < 2, both), None);
    }

    #[test]
    fn the_cycle_gives_every_class_its_due() {
        // A must be taken, B must be taken: the short cycle 0 1 0 does not do, 0 2 0 is needed as well
        let edges = graph(&[&[(1, A), (2, B)], &[(0, FREE), (1, B), (1, A)], &[(0, FREE), (2, A)]]);
        let found = lasso(&edges, &|_| true, strong(&[A, B])).expect("there is one");
        let mut seen = Labels::default();
        let mut at = found.entry;
        for next in &found.cycle {
            let labels = edges.from(at).filter(|(target, _)| target == next).fold(0, |all, (_, label)| all | 1 << label);
            assert_ne!(labels, 0, "{found:?}");
            seen = seen.and(Labels(labels));
            at = *next;
        }
        assert_eq!(at, found.entry);
        assert!(seen.has(A) && seen.has(B), "{found:?}");
    }

    #[test]
    fn the_first_entry_is_found_among_several() {
        // two unfair places, the one nearer to the beginning comes later in the search
        let edges = graph(&[&[(1, FREE), (2, FREE)], &[(3, A)], &[(2, A)], &[(1, A)]]);
        assert_eq!(lasso(&edges, &|node| node > 0, weak(&[A])), Some(Lasso { entry: 1, cycle: vec![3, 1] }));
    }

    #[test]
    fn a_class_of_two_labels_has_its_due_by_either() {
        let edges = graph(&[&[(1, A), (2, B)], &[(0, FREE)], &[]]);
        let either = Fairness { weak: vec![Labels(0b110)], ..Fairness::default() };
        let strictly = Fairness { strong: vec![Labels::of(B)], ..Fairness::default() };
        assert_eq!(lasso(&edges, &|node| node == 0, either.clone()), None);
        assert_eq!(lasso(&edges, &|node| node < 2, either), Some(Lasso { entry: 0, cycle: vec![1, 0] }), "A does for the class");
        assert_eq!(lasso(&edges, &|node| node < 2, strictly), Some(Lasso { entry: 1, cycle: vec![] }), "nothing makes it go on from 1");
    }

    #[test]
    fn what_is_possible_and_not_followed_is_kept_waiting() {
        let possible = graph(&[&[(1, FREE), (2, A)], &[(0, FREE), (2, A)], &[]]);
        let followed = graph(&[&[(1, FREE), (2, A)], &[(0, FREE)], &[]]);
        let find = |by| fair_lasso(&Course::all(&followed), by, Labels::ALL, &|node| node < 2, &weak(&[A]));
        assert_eq!(find(&possible), None, "A waits in 1 as well");
        assert_eq!(find(&followed), Some(Lasso { entry: 0, cycle: vec![1, 0] }));
    }

    #[test]
    fn joins_of_paths_are_no_cycles() {
        let edges = graph(&[&[(1, A), (2, A)], &[(3, A)], &[(3, A)], &[]]);
        assert_eq!(lasso(&edges, &|node| node < 3, weak(&[A])), None);
    }
}
