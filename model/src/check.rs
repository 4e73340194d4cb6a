//! The whole check of worlds: every property over every reachable state, liveness over the graph, and, if it is asked for, stateright's
//! word on the same world beside ours.

use crate::counterexample;
use crate::engine;
use crate::eventually::{self, Outcome};
use crate::graph::Graph;
use crate::observe::Facts;
use crate::properties;
pub use crate::report::{PromiseReport, Report, Stateright, Verdict, WorldReport};
use crate::second::{self, Form};
use crate::world::World;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How worlds are to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whose search it is.
    pub engine: Engine,
    /// Threads to search with; as many as there are processors unless given.
    pub threads: Option<NonZero<usize>>,
    /// Bytes our search may take at most; no bound unless given.
    pub memory: Option<usize>,
    /// States a search may find at most; no bound unless given.
    pub states: Option<usize>,
    /// Our search takes states that differ only in which of several equal sessions is which for one. Liveness is not judged then.
    pub symmetry: bool,
    /// Safety alone is judged: no edges are kept, which take more than the states, and neither liveness nor whether quiet states stay
    /// reachable is known.
    pub safety_only: bool,
}

/// Whose search it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Ours: [`crate::engine`].
    #[default]
    Fast,
    /// Ours, and stateright's breadth-first search of the same world: both must say the same. Of many states it is given codes; see
    /// [`second::Form`].
    Stateright,
}

impl Options {
    fn search(&self) -> engine::Options {
        let all = engine::Options::default();
        let threads = self.threads.unwrap_or(all.threads);
        engine::Options { threads, memory: self.memory, states: self.states, symmetry: self.symmetry, edges: !self.safety_only, ..all }
    }
}

/// How far a check has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The world.
    pub world: &'a World,
    /// What is done with it.
    pub stage: Stage,
    /// Unique states found.
    pub states: usize,
    /// States found and not yet looked at, where it is known.
    pub queue: Option<usize>,
    /// Depth reached.
    pub depth: usize,
    /// Bytes the search takes, where it is known.
    pub bytes: Option<usize>,
    /// How much of the stage is done, and of how much, if that can be said: states gone on from of those pinned, questions answered of
    /// all, states stateright found of those we found.
    pub part: Option<(usize, usize)>,
}

impl Progress<'_> {
    /// How much longer the stage takes if it goes on as it went for `elapsed`; `None` if that cannot be said.
    #[must_use]
    pub fn left(&self, elapsed: Duration) -> Option<Duration> {
        let (done, of) = self.part.filter(|(done, of)| (1..=*of).contains(done))?;
        Some(elapsed.mul_f64((of - done) as f64 / done as f64))
    }
}

/// What is done with a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Our search, which judges the safety properties.
    Properties,
    /// Liveness is judged over the graph.
    Liveness,
    /// stateright's search.
    Stateright,
}

/// Checks worlds one after the other. What was cut short, by a bound or by a violation, is reported as that.
pub fn run(worlds: &[World], options: &Options, progress: &mut (dyn FnMut(Progress<'_>) + Send)) -> Report {
    Report { worlds: worlds.iter().map(|world| check(world, options, progress)).collect() }
}

#[allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "how long it took is reported; nothing depends on it")]
fn check(world: &World, options: &Options, progress: &mut (dyn FnMut(Progress<'_>) + Send)) -> WorldReport {
    let begun = std::time::Instant::now();
    let search = options.search();
    let graph = Graph::search(world, &search, &mut |at| {
        let engine::Progress { states, queue, depth, bytes } = at;
        let part = (world.states > 0 && !options.symmetry).then(|| (states - queue, world.states));
        progress(Progress { world, stage: Stage::Properties, states, queue: Some(queue), depth, bytes: Some(bytes), part });
    });
    let milliseconds = begun.elapsed().as_millis();
    let outcome = graph.search.outcome;
    let (states, bytes) = (graph.states(), graph.search.bytes);
    let depth = graph.depth;
    let judging = Progress { world, stage: Stage::Liveness, states, queue: None, depth, bytes: Some(bytes), part: None };
    progress(judging.clone());
    let restless = graph.first_restless();
    let told = Mutex::new(&mut *progress);
    let outcomes = graph.promises_telling(&|done, of| {
        (told.lock().unwrap_or_else(PoisonError::into_inner))(Progress { part: Some((done, of)), ..judging.clone() });
    });
    let complete = matches!(outcome, engine::Outcome::Complete { .. });
    let violated = graph.search.violated();
    let mut report = WorldReport {
        name: world.name,
        about: world.about,
        states,
        outcome,
        reduced: graph.search.is_reduced(),
        pinned: world.states,
        transitions: graph.transitions(),
        depth: graph.depth,
        milliseconds,
        bytes,
        stateright: None,
        verdicts: verdicts(violated, graph.facts, complete),
        quiet_reachable: (complete && search.edges).then_some(restless.is_none()),
        promises: if search.edges {
            eventually::ALL.iter().zip(&outcomes).map(|(promise, outcome)| promised(promise.name, outcome)).collect()
        } else {
            eventually::ALL.map(|promise| PromiseReport { name: promise.name, verdict: Verdict::Unasked, steps: None }).to_vec()
        },
        counterexamples: counterexample::all(world, &graph, restless, &outcomes),
    };
    drop(graph);
    if options.engine == Engine::Stateright {
        let form = if states > second::MANY { Form::Codes } else { Form::Whole };
        let other = second::search(world, form, options.states, search.threads, &mut |states, depth| {
            let part = Some((states, report.states));
            progress(Progress { world, stage: Stage::Stateright, states, queue: None, depth, bytes: None, part });
        });
        report.stateright = Some(other);
    }
    report
}

/// Whether a search that ended in this way knows whether a property holds that it did not see violated.
fn verdicts(violated: u32, facts: Facts, complete: bool) -> Vec<Verdict> {
    let verdict = |number: u32| match (violated & properties::bit(number) != 0, complete, facts.has(number)) {
        (true, _, _) => Verdict::Violated,
        (false, false, _) => Verdict::Undecided,
        (false, true, true) => Verdict::Proved,
        (false, true, false) => Verdict::Vacuous,
    };
    (1..=properties::ALL.len() as u32).map(verdict).collect()
}

fn promised(name: &'static str, outcome: &Outcome) -> PromiseReport {
    let (verdict, steps) = match outcome {
        Outcome::Kept(steps) => (Verdict::Proved, *steps),
        Outcome::Vacuous => (Verdict::Vacuous, None),
        Outcome::Broken(_) => (Verdict::Violated, None),
    };
    PromiseReport { name, verdict, steps }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_takes_as_long_as_what_is_done() {
        let world = World::plain();
        let at = |part| Progress { world: &world, stage: Stage::Liveness, states: 0, queue: None, depth: 0, bytes: None, part };
        let minute = Duration::from_secs(60);
        assert_eq!(at(Some((25, 100))).left(minute), Some(minute * 3));
        assert_eq!(at(Some((100, 100))).left(minute), Some(Duration::ZERO));
        assert_eq!((at(Some((0, 100))).left(minute), at(Some((101, 100))).left(minute), at(None).left(minute)), (None, None, None));
    }
}
