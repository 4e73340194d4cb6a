//! What came of a check: verdicts of each world, as data and as tables.

use crate::counterexample::Counterexample;
use crate::engine::{Outcome, Why};
use crate::eventually;
use crate::properties;
use crate::second::Form;
use std::fmt;

/// What became of a property in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds in every reachable state, and its witness was seen.
    Proved,
    /// It holds in every reachable state of this world, which has nothing to show for it.
    Vacuous,
    /// It does not hold.
    Violated,
    /// The search ended before this was known.
    Undecided,
    /// It was not asked for; see [`Report::only`].
    Unasked,
}

/// What became of a liveness property in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct PromiseReport {
    /// Its name.
    pub name: &'static str,
    /// Kept, kept in a world that has nothing to show for it, or broken.
    pub verdict: Verdict,
    /// Within how many steps the service comes to rest by itself, where the property is about that.
    pub steps: Option<usize>,
}

/// A world after its check.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WorldReport {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Unique states found.
    pub states: usize,
    /// What became of the search.
    pub outcome: Outcome,
    /// States that differ only in which of several equal sessions is which were taken for one.
    pub reduced: bool,
    /// Unique states, pinned in the code; 0: not pinned.
    pub pinned: usize,
    /// Transitions between them.
    pub transitions: usize,
    /// Longest shortest path.
    pub depth: usize,
    /// How long the search took, in milliseconds.
    pub milliseconds: u128,
    /// Bytes the search took.
    pub bytes: usize,
    /// What stateright says of the same world, if it was asked.
    pub stateright: Option<Stateright>,
    /// S1 to S19.
    pub verdicts: Vec<Verdict>,
    /// From every reachable state a quiet one stays reachable; `None` if the search was cut short, or safety alone was judged.
    pub quiet_reachable: Option<bool>,
    /// L1 to L8; empty if the search was cut short, or sessions change places.
    pub promises: Vec<PromiseReport>,
    /// For everything that does not hold the shortest story of it: a way to a violation, to a state without a way to a quiet one, a run
    /// that breaks a promise.
    pub counterexamples: Vec<Counterexample>,
}

/// What stateright says of a world.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Stateright {
    /// How it was given states.
    pub form: Form,
    /// Unique states it found.
    pub states: usize,
    /// Transitions it took.
    pub transitions: usize,
    /// It saw every state: it did not stop at a violation or a bound.
    pub complete: bool,
    /// How long it took, in milliseconds.
    pub milliseconds: u128,
    /// Names of the properties it found violated; it stops at the first.
    pub violated: Vec<&'static str>,
}

/// Every world after its check.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// In the order given.
    pub worlds: Vec<WorldReport>,
}

impl WorldReport {
    /// What is wrong with it, in words.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = self
            .verdicts
            .iter()
            .zip(&properties::ALL)
            .filter(|(verdict, _)| **verdict == Verdict::Violated)
            .map(|(_, property)| format!("{} violated: not always: {}", property.name, property.sentence))
            .collect();
        let complete = match self.outcome {
            Outcome::Truncated { why } if why != Why::Violation => {
                faults.push(format!("cut short: {why}; what was not found violated until then is not decided"));
                false
            }
            Outcome::Truncated { .. } => false,
            Outcome::Complete { .. } => true,
        };
        faults.extend(self.stateright.as_ref().and_then(|other| self.differs(other)));
        let broken = self.promises.iter().zip(&eventually::ALL).filter(|(promise, _)| promise.verdict == Verdict::Violated);
        faults.extend(broken.map(|(_, promise)| format!("{} broken: {}: {}", promise.name, promise.sentence, promise.form)));
        if self.quiet_reachable == Some(false) {
            faults.push("a state from which no quiet state can be reached".to_owned());
        }
        if complete && !self.reduced && self.pinned != 0 && self.states != self.pinned {
            faults.push(format!(
                "{} states, pinned are {}: if the change is meant, pin the new number in model/src/worlds",
                self.states, self.pinned
            ));
        }
        faults
    }

    /// How stateright and our search disagree, or why it cannot be said that they agree.
    fn differs(&self, other: &Stateright) -> Option<String> {
        let complete = matches!(self.outcome, Outcome::Complete { .. });
        let violated = |verdict: &Verdict| *verdict == Verdict::Violated;
        let ours: Vec<&str> =
            self.verdicts.iter().zip(&properties::ALL).filter(|(verdict, _)| violated(verdict)).map(|(_, one)| one.name).collect();
        if ours.is_empty() != other.violated.is_empty() {
            return Some(format!("stateright found violated: [{}], our search: [{}]", other.violated.join(" "), ours.join(" ")));
        }
        match (complete, other.complete) {
            (true, true) if self.states != other.states && !self.reduced => {
                Some(format!("stateright found {} states, our search {}", other.states, self.states))
            }
            (true, true) if self.transitions != other.transitions && !self.reduced => {
                Some(format!("stateright took {} transitions, our search {}", other.transitions, self.transitions))
            }
            (true, false) => Some(format!("stateright was cut short after {} states: nothing is compared", other.states)),
            (true, true) | (false, _) => None,
        }
    }
}

impl Report {
    /// Judges only these properties (names S1 to S19, L1 to L8). What ends the search before they could be judged, a violation of
    /// another safety property, and a state from which no quiet one can be reached, are told all the same.
    #[must_use]
    pub fn only(mut self, names: &[&str]) -> Self {
        for world in &mut self.worlds {
            let others = world.verdicts.iter_mut().zip(&properties::ALL).filter(|(_, property)| !names.contains(&property.name));
            others.filter(|(verdict, _)| **verdict != Verdict::Violated).for_each(|(verdict, _)| *verdict = Verdict::Unasked);
            for promise in world.promises.iter_mut().filter(|promise| !names.contains(&promise.name)) {
                (promise.verdict, promise.steps) = (Verdict::Unasked, None);
            }
            let promised = |name: &str| eventually::ALL.iter().any(|promise| *promise.name == *name);
            world.counterexamples.retain(|found| found.properties.iter().any(|name| names.contains(name) || !promised(name)));
        }
        self
    }

    /// Worlds whose search was cut short by a bound.
    #[must_use]
    pub fn cut_short(&self) -> Vec<&'static str> {
        let cut = |world: &&WorldReport| matches!(world.outcome, Outcome::Truncated { why } if why != Why::Violation);
        self.worlds.iter().filter(cut).map(|world| world.name).collect()
    }

    /// Properties that hold everywhere but were witnessed nowhere: what they say was never put to the test.
    #[must_use]
    pub fn unwitnessed(&self) -> Vec<&'static str> {
        let vacuous = |place: usize| self.worlds.iter().all(|world| world.verdicts[place] == Verdict::Vacuous);
        properties::ALL.iter().enumerate().filter(|(place, _)| vacuous(*place)).map(|(_, property)| property.name).collect()
    }

    /// The same of liveness properties.
    #[must_use]
    pub fn untested_promises(&self) -> Vec<&'static str> {
        let vacuous =
            |place: usize| self.worlds.iter().all(|world| world.promises.get(place).is_none_or(|it| it.verdict == Verdict::Vacuous));
        eventually::ALL.iter().enumerate().filter(|(place, _)| vacuous(*place)).map(|(_, promise)| promise.name).collect()
    }

    /// Whether every property holds in every world, both engines agree, and the counts are those pinned.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.worlds.iter().all(|world| world.faults().is_empty())
    }
}

/// What became of a property, by the names of worlds.
fn said(broken: &str, violated: &str, undecided: &str, proved: &str) -> String {
    let parts = [(broken, violated), ("not decided, the search ended before,", undecided), ("proved", proved)];
    let told: Vec<String> =
        parts.iter().filter(|(_, worlds)| !worlds.is_empty()).map(|(what, worlds)| format!("{what} in {worlds}")).collect();
    if told.is_empty() { "holds, never put to the test".to_owned() } else { told.join("; ") }
}

impl fmt::Display for Report {
    /// A table of worlds, a table of properties, and what is wrong, with the shortest counterexamples.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = ("world", "states", "transitions", "depth", "time", "states/s", "quiet");
        let (world, states, transitions, depth, time, rate, quiet) = columns;
        writeln!(f, "{world:<10} {states:>10} {transitions:>12} {depth:>6} {time:>9} {rate:>10}  {quiet:<6} about")?;
        for world in &self.worlds {
            let seconds = world.milliseconds as f64 / 1000.0;
            let quiet = match world.quiet_reachable {
                Some(true) => "always",
                Some(false) => "NO",
                None => "?",
            };
            let (states, transitions) = (world.states, world.transitions);
            let rate = if seconds > 0.0 { format!("{:.0}", states as f64 / seconds) } else { "-".to_owned() };
            writeln!(
                f,
                "{:<10} {states:>10} {transitions:>12} {:>6} {seconds:>7.1} s {rate:>10}  {quiet:<6} {}",
                world.name, world.depth, world.about
            )?;
        }
        for world in self.worlds.iter().filter(|world| world.reduced) {
            writeln!(f, "{:<10} {:>10}  equal sessions change places: states up to that; liveness is not judged", world.name, "")?;
        }
        for world in &self.worlds {
            if let Some(other) = &world.stateright {
                let seconds = other.milliseconds as f64 / 1000.0;
                let end = if other.complete { "complete" } else { "cut short" };
                let form = match other.form {
                    Form::Whole => "",
                    Form::Codes => ", on codes",
                };
                let (states, transitions) = (other.states, other.transitions);
                let rate = if seconds > 0.0 { format!("{:.0}", states as f64 / seconds) } else { "-".to_owned() };
                writeln!(
                    f,
                    "{:<10} {states:>10} {transitions:>12} {:>6} {seconds:>7.1} s {rate:>10}  stateright{form}, {end}",
                    world.name, ""
                )?;
            }
        }
        writeln!(f)?;
        for (place, property) in properties::ALL.iter().enumerate() {
            if self.worlds.iter().all(|world| world.verdicts[place] == Verdict::Unasked) {
                continue;
            }
            let of = |wanted: Verdict| {
                let worlds = self.worlds.iter().filter(|world| world.verdicts[place] == wanted);
                worlds.map(|world| world.name).collect::<Vec<_>>().join(" ")
            };
            let verdict = said("VIOLATED", &of(Verdict::Violated), &of(Verdict::Undecided), &of(Verdict::Proved));
            writeln!(f, "{:<4} {}", property.name, property.sentence)?;
            writeln!(f, "     {verdict}")?;
        }
        for (place, promise) in eventually::ALL.iter().enumerate() {
            let unasked = |world: &WorldReport| world.promises.get(place).is_some_and(|promise| promise.verdict == Verdict::Unasked);
            if self.worlds.iter().all(unasked) {
                continue;
            }
            let of = |wanted: Verdict| {
                let worlds = self.worlds.iter().filter_map(move |world| Some((world.name, world.promises.get(place)?)));
                let named = worlds.filter(|(_, promise)| promise.verdict == wanted).map(|(name, promise)| match promise.steps {
                    Some(steps) => format!("{name} (at rest within {steps} steps)"),
                    None => name.to_owned(),
                });
                named.collect::<Vec<_>>().join(" ")
            };
            let unjudged = self.worlds.iter().filter(|world| world.promises.get(place).is_none()).map(|world| world.name);
            let unjudged = unjudged.collect::<Vec<_>>().join(" ");
            let verdict = said("BROKEN", &of(Verdict::Violated), &unjudged, &of(Verdict::Proved));
            writeln!(f, "{:<4} {}", promise.name, promise.sentence)?;
            writeln!(f, "     {}", promise.form)?;
            writeln!(f, "     {verdict}")?;
        }
        for world in &self.worlds {
            for fault in world.faults() {
                writeln!(f, "\nworld {}: {fault}", world.name)?;
            }
            for found in &world.counterexamples {
                writeln!(f, "\n{}", found.story)?;
            }
        }
        Ok(())
    }
}
