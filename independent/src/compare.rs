//! Are two systems the same, seen from outside? Their states are paired from the first ones on: a weak bisimulation, or what is
//! different, each with a shortest way to it.
//!
//! A pair is the same if both states look the same, and each step of one has a step of the same name in the other that sends the same
//! notices and leads to a pair. A step that shows nothing needs no partner: the other side stays where it is. Each system has at most
//! one step of a name in a state, so the pairs that are reached from the first one are the whole relation, and what a pair has
//! different is a difference of the systems.

use crate::system::{NOTHING, Step, System};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// Where two systems part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Difference {
    /// What happened from the beginning, in order.
    pub path: Vec<String>,
    /// What both look like then.
    pub at: String,
    /// What happens next.
    pub event: String,
    /// What it does in the one system: notices, and what is visible then; `None` if it cannot happen.
    pub one: Option<(String, String)>,
    /// What it does in the other.
    pub other: Option<(String, String)>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.path.iter().enumerate() {
            writeln!(f, "  {}. {step}", place + 1)?;
        }
        writeln!(f, "  then: {}\n  {}: {}", self.at, self.path.len() + 1, self.event)?;
        for (name, what) in [("one", &self.one), ("other", &self.other)] {
            match what {
                Some((notices, visible)) => writeln!(f, "    {name:5} {notices}\n          {visible}")?,
                None => writeln!(f, "    {name:5} cannot happen")?,
            }
        }
        Ok(())
    }
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// How many pairs of states look and act the same.
    pub pairs: usize,
    /// How many pairs were not looked at, because one of their states was not.
    pub cut: usize,
    /// The differences, nearest first; of those with the same event and look the nearest. Nothing is looked for behind one.
    pub differences: Vec<Difference>,
}

/// Compares two systems.
#[must_use]
pub fn compare(one: &System, other: &System) -> Outcome {
    let mut outcome = Outcome::default();
    let mut origins: Origins = BTreeMap::from([((0, 0), None)]);
    let mut open = VecDeque::from([(0, 0)]);
    let mut told = BTreeSet::new();
    if one.visible[0] != other.visible[0] {
        let look = |system: &System| Some((NOTHING.to_owned(), system.visible[0].clone()));
        let (at, event) = (String::new(), "the beginning".to_owned());
        outcome.differences.push(Difference { path: Vec::new(), at, event, one: look(one), other: look(other) });
        return outcome;
    }
    while let Some(pair) = open.pop_front() {
        let (left, right) = pair;
        if left >= one.steps.len() || right >= other.steps.len() {
            outcome.cut += 1;
            continue;
        }
        outcome.pairs += 1;
        let names: BTreeSet<&String> = one.steps[left].keys().chain(other.steps[right].keys()).collect();
        for name in names {
            let (mine, theirs) = (one.steps[left].get(name), other.steps[right].get(name));
            let next = match (mine, theirs) {
                (Some(a), Some(b)) if a.notices == b.notices && one.visible[a.to] == other.visible[b.to] => Some((a.to, b.to)),
                (Some(a), None) if one.is_silent(left, a) => Some((a.to, right)),
                (None, Some(b)) if other.is_silent(right, b) => Some((left, b.to)),
                _ => None,
            };
            if let Some(next) = next {
                if let std::collections::btree_map::Entry::Vacant(place) = origins.entry(next) {
                    place.insert(Some((pair, name.clone())));
                    open.push_back(next);
                }
            } else if told.insert((one.visible[left].clone(), name.clone())) {
                let what = |system: &System, step: Option<&Step>| step.map(|step| (step.notices.clone(), system.visible[step.to].clone()));
                outcome.differences.push(Difference {
                    path: path(&origins, pair),
                    at: one.visible[left].clone(),
                    event: name.clone(),
                    one: what(one, mine),
                    other: what(other, theirs),
                });
            }
        }
    }
    outcome
}

/// How each pair was first reached: from which one, by what.
type Origins = BTreeMap<(usize, usize), Option<((usize, usize), String)>>;

fn path(origins: &Origins, mut pair: (usize, usize)) -> Vec<String> {
    let mut path = Vec::new();
    while let Some(Some((from, name))) = origins.get(&pair) {
        path.push(name.clone());
        pair = *from;
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(looks: &[&str], steps: &[(usize, &str, &str, usize)]) -> System {
        let mut system = System { visible: looks.iter().map(ToString::to_string).collect(), steps: vec![BTreeMap::new(); looks.len()] };
        for (from, name, notices, to) in steps {
            system.steps[*from].insert((*name).to_owned(), Step { notices: (*notices).to_owned(), to: *to });
        }
        system
    }

    #[test]
    fn silent_steps_of_one_side_are_nothing() {
        let one = system(&["a", "b"], &[(0, "go", "<<1>>", 1)]);
        let other = system(&["a", "a", "b"], &[(0, "tick", NOTHING, 1), (0, "go", "<<1>>", 2), (1, "go", "<<1>>", 2)]);
        assert_eq!(compare(&one, &other), Outcome { pairs: 3, ..Outcome::default() });
        assert_eq!(compare(&other, &one), Outcome { pairs: 3, ..Outcome::default() });
        assert_eq!(one.seen(), other.seen());
    }

    #[test]
    fn a_silent_step_that_takes_something_away_is_a_difference() {
        let one = system(&["a", "b"], &[(0, "go", "<<1>>", 1)]);
        let other = system(&["a", "a", "b"], &[(0, "tick", NOTHING, 1), (0, "go", "<<1>>", 2)]);
        assert_eq!(one.seen(), other.seen(), "the steps alone do not show it");
        let found = compare(&one, &other).differences;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_slice(), found[0].other.as_ref()), (["tick".to_owned()].as_slice(), None));
        assert_eq!(compare(&other, &one).differences.len(), 1, "both ways");
    }

    #[test]
    fn looks_and_notices_are_compared() {
        let one = system(&["a", "b"], &[(0, "go", "<<1>>", 1)]);
        for other in [system(&["a", "c"], &[(0, "go", "<<1>>", 1)]), system(&["a", "b"], &[(0, "go", "<<2>>", 1)]), system(&["x"], &[])] {
            assert_eq!(compare(&one, &other).differences.len(), 1);
        }
        let text = compare(&one, &system(&["a"], &[])).differences[0].to_string();
        assert_eq!(text, "  then: a\n  1: go\n    one   <<1>>\n          b\n    other cannot happen\n");
    }
}
