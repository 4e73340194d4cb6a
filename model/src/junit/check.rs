//! What does a check say in that file? One suite a world, one case a property.

use super::{Case, Outcome, Suite, written};
use crate::counterexample::{Counterexample, QUIET};
use crate::eventually;
use crate::properties;
use crate::report::{Report, Verdict, WorldReport};
use std::time::Duration;

/// A report as a document. A property that does not hold is a failure, with its story; one that was not judged, because something else
/// ended the search before, is skipped; one that was not asked for is left out.
#[must_use]
pub fn document(report: &Report) -> String {
    written("netsession check", &report.worlds.iter().map(suite).collect::<Vec<_>>())
}

fn suite(world: &WorldReport) -> Suite {
    Suite {
        name: world.name.to_owned(),
        time: Duration::from_millis(u64::try_from(world.milliseconds).unwrap_or(u64::MAX)),
        properties: vec![
            ("about", world.about.to_owned()),
            ("states", world.states.to_string()),
            ("transitions", world.transitions.to_string()),
            ("depth", world.depth.to_string()),
        ],
        cases: cases(world),
    }
}

fn case(name: String, outcome: Outcome) -> Case {
    Case { name, time: Duration::ZERO, outcome }
}

/// The stories that break a property.
fn stories(world: &WorldReport, property: &'static str) -> String {
    let about = |found: &&Counterexample| found.properties.contains(&property);
    world.counterexamples.iter().filter(about).map(|found| found.story.to_string()).collect::<Vec<_>>().join("\n")
}

fn cases(world: &WorldReport) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut violated = Vec::new();
    let mut judged = |property: &'static str, sentence: &str, verdict: Option<Verdict>| {
        let outcome = match verdict {
            Some(Verdict::Unasked) => return,
            Some(Verdict::Proved) => Outcome::Passed(""),
            Some(Verdict::Vacuous) => Outcome::Passed("holds; nothing in this world puts it to the test"),
            Some(Verdict::Violated) => {
                violated.push(property);
                Outcome::Failed { message: format!("not always: {sentence}"), story: stories(world, property) }
            }
            Some(Verdict::Undecided) | None => Outcome::Skipped("not decided: the search ended before".to_owned()),
        };
        cases.push(case(format!("{property}: {sentence}"), outcome));
    };
    for (property, verdict) in properties::ALL.iter().zip(&world.verdicts) {
        judged(property.name, property.sentence, Some(*verdict));
    }
    for (place, promise) in eventually::ALL.iter().enumerate() {
        judged(promise.name, promise.sentence, world.promises.get(place).map(|promise| promise.verdict));
    }
    let quiet = match world.quiet_reachable {
        Some(true) => Verdict::Proved,
        Some(false) => Verdict::Violated,
        None => Verdict::Undecided,
    };
    judged(QUIET, "from every state a quiet one stays reachable", Some(quiet));
    // What else is wrong with a world: the engines disagree, or the number of states is not the one pinned.
    let known = |fault: &String| violated.iter().any(|property| fault.starts_with(property));
    let others: Vec<String> = world.faults().into_iter().filter(|fault| !known(fault) && !fault.contains("quiet state")).collect();
    let outcome = if others.is_empty() {
        Outcome::Passed("")
    } else {
        Outcome::Failed { message: others.join("; "), story: stories(world, "counts") }
    };
    cases.push(case("counts: every search finds the same states, as many as are pinned".to_owned(), outcome));
    cases
}
