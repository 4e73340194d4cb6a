//! The whole check of worlds: stateright's verdict on every property, the graph's on liveness, and whether both saw the same.

use crate::checker::Checked;
use crate::graph::Graph;
use crate::observe::Facts;
use crate::properties;
use crate::story::Story;
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
}

/// A world after its check.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WorldReport {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Unique states, as stateright counted.
    pub states: usize,
    /// Unique states, as the graph counted.
    pub graph_states: usize,
    /// Unique states, pinned in the code; 0: not pinned.
    pub pinned: usize,
    /// Transitions between them.
    pub transitions: usize,
    /// Longest shortest path.
    pub depth: usize,
    /// How long stateright took, in milliseconds.
    pub milliseconds: u128,
    /// S1 to S19.
    pub verdicts: Vec<Verdict>,
    /// From every reachable state a quiet one stays reachable.
    pub quiet_reachable: bool,
    /// The shortest way to a violation, or to a state without a way to a quiet one.
    pub counterexample: Option<Story>,
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
        let found_nothing = faults.is_empty();
        if !self.quiet_reachable {
            faults.push("a state from which no quiet state can be reached".to_owned());
        }
        if found_nothing && self.states != self.graph_states {
            faults.push(format!("stateright found {} states, the graph {}", self.states, self.graph_states));
        }
        if found_nothing && self.pinned != 0 && self.states != self.pinned {
            faults.push(format!(
                "{} states, pinned are {}: if the change is meant, pin the new number in model/src/world.rs",
                self.states, self.pinned
            ));
        }
        faults
    }
}

impl Report {
    /// Properties that hold everywhere but were witnessed nowhere: what they say was never put to the test.
    #[must_use]
    pub fn unwitnessed(&self) -> Vec<&'static str> {
        let vacuous = |place: usize| self.worlds.iter().all(|world| world.verdicts[place] == Verdict::Vacuous);
        properties::ALL.iter().enumerate().filter(|(place, _)| vacuous(*place)).map(|(_, property)| property.name).collect()
    }

    /// Whether every property holds in every world, both engines agree, and the counts are those pinned.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.worlds.iter().all(|world| world.faults().is_empty())
    }
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
    let verdicts = |violated: u32, facts: Facts| {
        let verdict = |number: u32| {
            if violated & properties::bit(number) != 0 {
                Verdict::Violated
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
        counterexample: None,
    };
    let bad = graph.violation.map(|(number, _)| number).or(restless);
    report.counterexample = bad.map(|number| {
        let path = graph.path(number);
        let mut story = Story::of(world, &path, String::new());
        story.title = format!("The shortest counterexample in world {}, {} steps", world.name, path.len());
        story
    });
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

impl fmt::Display for Report {
    /// A table of worlds, a table of properties, and what is wrong, with the shortest counterexamples.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<10} {:>10} {:>12} {:>6} {:>9}  {:<6} about", "world", "states", "transitions", "depth", "time", "quiet")?;
        for world in &self.worlds {
            let seconds = world.milliseconds as f64 / 1000.0;
            let quiet = if world.quiet_reachable { "always" } else { "NO" };
            let (states, transitions) = (world.states, world.transitions);
            writeln!(
                f,
                "{:<10} {states:>10} {transitions:>12} {:>6} {seconds:>7.1} s  {quiet:<6} {}",
                world.name, world.depth, world.about
            )?;
        }
        writeln!(f)?;
        for (place, property) in properties::ALL.iter().enumerate() {
            let of = |wanted: Verdict| {
                let worlds = self.worlds.iter().filter(|world| world.verdicts[place] == wanted);
                worlds.map(|world| world.name).collect::<Vec<_>>().join(" ")
            };
            let (proved, violated) = (of(Verdict::Proved), of(Verdict::Violated));
            let verdict = match (violated.as_str(), proved.as_str()) {
                ("", "") => "holds, never put to the test".to_owned(),
                ("", worlds) => format!("proved in {worlds}"),
                (worlds, _) => format!("VIOLATED in {worlds}"),
            };
            writeln!(f, "{:<4} {}", property.name, property.sentence)?;
            writeln!(f, "     {verdict}")?;
        }
        for world in &self.worlds {
            for fault in world.faults() {
                writeln!(f, "\nworld {}: {fault}", world.name)?;
            }
            if let Some(story) = &world.counterexample {
                writeln!(f, "\n{story}")?;
            }
        }
        Ok(())
    }
}
