//! How many tests passed on each executor? Read from what a suite of them printed.

use std::collections::{BTreeMap, BTreeSet};

/// What became of the tests of one executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// They hold.
    pub passed: usize,
    /// They do not.
    pub failed: usize,
    /// They are not played, for a reason that was printed.
    pub excused: usize,
    /// They could not be played where this was.
    pub ignored: usize,
}

/// Tallies by executor, the part of a test's name before the first `::`, of these executors.
#[must_use]
pub fn tally(said: &str, executors: &[&str]) -> BTreeMap<String, Tally> {
    let executor = |name: &str| executors.iter().find(|it| name.split("::").next() == Some(it)).map(|it| (*it).to_owned());
    // some suites say of what is excused that it passed
    let mut excused = BTreeSet::new();
    for name in said.lines().filter_map(|line| line.trim_start().strip_prefix("EXCUSED ")?.split(": ").next()) {
        excused.insert(name);
    }
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for name in &excused {
        if let Some(executor) = executor(name) {
            tallies.entry(executor).or_default().excused += 1;
        }
    }
    for line in said.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let ["test", name, .., end] = words.as_slice() else { continue };
        let Some(executor) = executor(name).filter(|_| !excused.contains(name)) else { continue };
        let tally = tallies.entry(executor).or_default();
        match *end {
            "ok" => tally.passed += 1,
            "ignored" => tally.ignored += 1,
            "FAILED" => tally.failed += 1,
            _ => {}
        }
    }
    tallies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_suite_says_is_counted() {
        let said = "EXCUSED netlink::daemons::dies: there is no daemon\nEXCUSED sim::p2: no time\nrunning 6 tests\n\
                    test sim::p1      ... ok\ntest sim::p2      ... ok\ntest netlink::a::b ... FAILED\ntest connman::p1 ... ignored\n\
                    test language::reads ... ok\ntest result: FAILED. 3 passed; 1 failed\n";
        let tallies = tally(said, &["sim", "netlink", "connman"]);
        let expected = [
            ("connman", Tally { ignored: 1, ..Tally::default() }),
            ("netlink", Tally { failed: 1, excused: 1, ..Tally::default() }),
            ("sim", Tally { passed: 1, excused: 1, ..Tally::default() }),
        ];
        assert_eq!(tallies, expected.map(|(executor, tally)| (executor.to_owned(), tally)).into());
    }
}
