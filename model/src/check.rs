//! The whole check of worlds: stateright's verdict on every property, the graph's on liveness, and whether both saw the same.

use crate::checker::Checked;
use crate::counterexample;
use crate::eventually::{self, Outcome};
use crate::graph::Graph;
use crate::observe::Facts;
use crate::properties;
pub use crate::report::{PromiseReport, Report, Verdict, WorldReport};
use crate::world::World;
use stateright::report::{ReportData, ReportDiscovery, Reporter};
use stateright::{Checker, HasDiscoveries, Model};
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::time::Duration;

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
}

/// What is done with a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// stateright checks the properties.
    Properties,
    /// The graph is built, and searched for states from which no quiet state can be reached.
    Liveness,
}

/// Checks worlds completely, one after the other. A run is never cut short: it ends complete, or at a violation.
pub fn run(worlds: &[World], threads: NonZero<usize>, progress: &mut (dyn FnMut(Progress<'_>) + Send)) -> Report {
    Report { worlds: worlds.iter().map(|world| check(world, threads, progress)).collect() }
}

fn check(world: &World, threads: NonZero<usize>, progress: &mut (dyn FnMut(Progress<'_>) + Send)) -> WorldReport {
    let graph = Graph::explore(world, &mut |states, queue, depth| {
        progress(Progress { world, stage: Stage::Liveness, states, queue: Some(queue), depth });
    });
    let restless = graph.first_restless();
    let outcomes = if graph.violation.is_some() { Vec::new() } else { graph.promises() };
    let verdicts = |violated: u32, facts: Facts| {
        let verdict = |number: u32| {
            if violated & properties::bit(number) != 0 {
                Verdict::Violated
            } else if violated != 0 {
                Verdict::Undecided
            } else if facts.has(number) {
                Verdict::Proved
            } else {
                Verdict::Vacuous
            }
        };
        (1..=properties::ALL.len() as u32).map(verdict).collect::<Vec<_>>()
    };
    let mut report = WorldReport {
        name: world.name,
        about: world.about,
        states: 0,
        graph_states: graph.states(),
        pinned: world.states,
        transitions: graph.transitions(),
        depth: graph.depth,
        milliseconds: 0,
        verdicts: Vec::new(),
        quiet_reachable: restless.is_none() || graph.violation.is_some(),
        promises: eventually::ALL.iter().zip(&outcomes).map(|(promise, outcome)| promised(promise.name, outcome)).collect(),
        counterexamples: counterexample::all(world, &graph, restless, &outcomes),
    };
    let facts = graph.facts;
    drop(graph);
    let model = Checked::new(world.clone());
    let checker = model.checker().threads(threads.get()).finish_when(HasDiscoveries::AnyFailures).spawn_bfs();
    let mut last = Last { world, progress, duration: Duration::ZERO };
    let checker = checker.join_and_report(&mut last);
    report.milliseconds = last.duration.as_millis();
    report.states = checker.unique_state_count();
    let mut violated = 0;
    for (name, _) in checker.discoveries() {
        if let Some(place) = properties::ALL.iter().position(|property| property.name == name) {
            violated |= properties::bit(place as u32 + 1);
        }
    }
    report.verdicts = verdicts(violated, facts);
    report
}

fn promised(name: &'static str, outcome: &Outcome) -> PromiseReport {
    let (verdict, steps) = match outcome {
        Outcome::Kept(steps) => (Verdict::Proved, *steps),
        Outcome::Vacuous => (Verdict::Vacuous, None),
        Outcome::Broken(_) => (Verdict::Violated, None),
    };
    PromiseReport { name, verdict, steps }
}

/// Passes stateright's own figures on.
struct Last<'a> {
    world: &'a World,
    progress: &'a mut (dyn FnMut(Progress<'_>) + Send),
    duration: Duration,
}

impl Reporter<Checked> for Last<'_> {
    fn report_checking(&mut self, data: ReportData) {
        self.duration = data.duration;
        let progress =
            Progress { world: self.world, stage: Stage::Properties, states: data.unique_states, queue: None, depth: data.max_depth };
        (self.progress)(progress);
    }

    fn report_discoveries(&mut self, _: BTreeMap<&'static str, ReportDiscovery<Checked>>)
    where
        <Checked as Model>::Action: fmt::Debug,
        <Checked as Model>::State: fmt::Debug + std::hash::Hash,
    {
        // `discoveries()` of the finished checker is asked instead.
    }

    fn delay(&self) -> Duration {
        Duration::from_millis(100)
    }
}
