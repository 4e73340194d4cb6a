//! A counterexample as a file that can be run again: the steps, and what the hub answered to each.

use crate::action::Action;
use crate::counterexample::{Counterexample, names};
use crate::graph::is_quiet;
use crate::next;
use crate::observe::Facts;
use crate::possible;
use crate::state::State;
use crate::story::{Story, happening};
use crate::world::World;
use netsession_fsm::hub::{Input, Output};
use serde::{Deserialize, Serialize};

/// The version of the format that is written and read.
pub const FORMAT: u32 = 1;

/// A run of a world, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The version of the format: [`FORMAT`].
    pub netsession_trace: u32,
    /// What it shows.
    pub title: String,
    /// Name of the world.
    pub world: String,
    /// The mistake its hub was made to make, for tests of the check itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutant: Option<String>,
    /// Names of the properties it breaks.
    pub breaks: Vec<String>,
    /// After so many steps those that follow are taken for ever; absent: the run ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<usize>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happened.
    pub action: Action,
    /// What the hub was given on the way, and what it answered.
    pub exchanges: Vec<Exchanged>,
}

/// One input of the hub and everything it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchanged {
    /// The input.
    pub input: Input,
    /// One batch.
    pub outputs: Vec<Output>,
}

/// Where a hub parts from a recorded run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Divergence {
    /// The step cannot be taken.
    #[error("step {step} ({action}) cannot be taken here")]
    Impossible {
        /// Its number, from 1.
        step: usize,
        /// What it is.
        action: String,
    },
    /// The hub was given, or answered, something else.
    #[error("step {step} ({action}), exchange {exchange}: recorded is {recorded}, this hub has {given}")]
    Otherwise {
        /// Number of the step, from 1.
        step: usize,
        /// What it is.
        action: String,
        /// Number of the input on the way, from 1.
        exchange: usize,
        /// As JSON.
        recorded: String,
        /// As JSON.
        given: String,
    },
    /// The run is the same and breaks something else, or nothing.
    #[error("every step is as recorded, but the end breaks {given}, recorded is {recorded}")]
    Verdict {
        /// What the file says it breaks.
        recorded: String,
        /// What it breaks.
        given: String,
    },
    /// What is said to go on for ever does not lead back to where it begins.
    #[error("every step is as recorded, but step {last} does not lead back to where step {first} begins: it does not go on for ever")]
    NoCycle {
        /// The first step of the cycle, from 1.
        first: usize,
        /// The last one.
        last: usize,
    },
}

/// Why a file is no trace, or none that can be run again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// It is not what [`Trace::json`] writes.
    #[error("not a recorded run: {0}")]
    Malformed(String),
    /// It is of another version.
    #[error("a recorded run of format {0}; this program reads format {FORMAT}")]
    Format(u32),
    /// The cycle begins behind the end.
    #[error("the cycle begins after step {cycle}, and there are {steps} steps")]
    Cycle {
        /// Where it begins.
        cycle: usize,
        /// How many steps there are.
        steps: usize,
    },
}

/// What came of running a trace again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// What happened, up to where the hub parts from the recorded run, with this hub's answers.
    pub story: Story,
    /// Where it parts; `None`: everything is as recorded.
    pub divergence: Option<Divergence>,
}

impl Trace {
    /// Records a counterexample of a world.
    #[must_use]
    pub fn of(world: &World, counterexample: &Counterexample) -> Self {
        let story = &counterexample.story;
        let mut state = State::initial(world);
        let mut steps = Vec::with_capacity(story.path.len());
        for action in &story.path {
            let Some((reached, exchanges)) = next::apply(world, &state, *action, &mut Facts::default()) else { continue };
            let exchanges = exchanges.into_iter().map(|(input, outputs)| Exchanged { input, outputs }).collect();
            steps.push(Step { action: *action, exchanges });
            state = reached;
        }
        Self {
            netsession_trace: FORMAT,
            title: story.title.clone(),
            world: world.name.to_owned(),
            mutant: mutant(world),
            breaks: counterexample.properties.iter().map(|name| (*name).to_owned()).collect(),
            cycle: story.cycle,
            steps,
        }
    }

    /// As JSON, readable by [`Trace::parse`].
    ///
    /// # Panics
    ///
    /// Never: names, numbers and lists of them are always valid JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("names, numbers and lists of them are valid JSON");
        text.push('\n');
        text
    }

    /// Reads what [`Trace::json`] wrote.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, and where.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        #[derive(Deserialize)]
        struct Version {
            netsession_trace: u32,
        }
        let malformed = |error: serde_json::Error| TraceError::Malformed(error.to_string());
        let version: Version = serde_json::from_str(text).map_err(malformed)?;
        if version.netsession_trace != FORMAT {
            return Err(TraceError::Format(version.netsession_trace));
        }
        let trace: Self = serde_json::from_str(text).map_err(malformed)?;
        match trace.cycle {
            Some(cycle) if cycle > trace.steps.len() => Err(TraceError::Cycle { cycle, steps: trace.steps.len() }),
            _ => Ok(trace),
        }
    }

    /// The world it was recorded in, of those there are, with the same mistake in its hub as far as this build knows mistakes; `None`
    /// for an embedder's own world.
    #[must_use]
    pub fn world(&self) -> Option<World> {
        let world = World::every().into_iter().find(|world| world.name == self.world)?;
        #[cfg(feature = "mutants")]
        let world = {
            use netsession_fsm::hub::Mutant;
            let named = |mutant: &Mutant| Some(format!("{mutant:?}")) == self.mutant;
            World { mutant: Mutant::ALL.iter().map(|(mutant, _)| *mutant).find(named), ..world }
        };
        Some(world)
    }

    /// Takes the same steps with the hub of this build: each must be possible, and be answered as recorded; the end must break the same
    /// safety properties, and what goes on for ever must lead back to where it begins. Whether such a run is fair, or whether a quiet
    /// state could be reached from its end, only a check of the whole world can say.
    #[must_use]
    pub fn replay(&self, world: &World) -> Replay {
        let mut path = Vec::new();
        let divergence = self.run(world, &mut path).err();
        let mut story = Story::of(world, &path, self.title.clone());
        story.cycle = self.cycle.filter(|_| divergence.is_none());
        Replay { story, divergence }
    }

    fn run(&self, world: &World, path: &mut Vec<Action>) -> Result<(), Divergence> {
        let mut state = State::initial(world);
        let mut entry = None;
        for (place, step) in self.steps.iter().enumerate() {
            if self.cycle == Some(place) {
                entry = Some(state.clone());
            }
            let number = place + 1;
            let impossible = || Divergence::Impossible { step: number, action: described(world, step.action) };
            let mut possible = Vec::new();
            if state.violated == 0 {
                possible::actions(world, &state, &mut possible);
            }
            if !possible.contains(&step.action) {
                return Err(impossible());
            }
            let (reached, exchanges) = next::apply(world, &state, step.action, &mut Facts::default()).ok_or_else(impossible)?;
            path.push(step.action);
            same(world, number, step, &exchanges)?;
            state = reached;
        }
        if entry.is_some_and(|entry| entry != state) {
            return Err(Divergence::NoCycle { first: self.cycle.unwrap_or_default() + 1, last: self.steps.len() });
        }
        self.verdict(&state)
    }

    /// Whether the end breaks what the file says, as far as a state by itself can.
    fn verdict(&self, end: &State) -> Result<(), Divergence> {
        let safety = |name: &&String| name.starts_with('S');
        let recorded: Vec<&str> = self.breaks.iter().filter(safety).map(String::as_str).collect();
        let given = names(end.violated);
        let told = |names: &[&str]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        if recorded != given {
            return Err(Divergence::Verdict { recorded: told(&recorded), given: told(&given) });
        }
        if self.breaks.iter().any(|name| name == crate::counterexample::QUIET) && is_quiet(end) {
            let recorded = "\"from every state a quiet one stays reachable\"".to_owned();
            return Err(Divergence::Verdict { recorded, given: "nothing: it is quiet".to_owned() });
        }
        Ok(())
    }
}

/// Whether the exchanges of a step are those recorded.
fn same(world: &World, step: usize, recorded: &Step, given: &[next::Exchange]) -> Result<(), Divergence> {
    let longest = recorded.exchanges.len().max(given.len());
    for place in 0..longest {
        let was = recorded.exchanges.get(place);
        let is = given.get(place).map(|(input, outputs)| Exchanged { input: input.clone(), outputs: outputs.clone() });
        if was != is.as_ref() {
            let shown = |exchanged: Option<&Exchanged>| {
                let text = exchanged.map(|exchanged| serde_json::to_string(exchanged).unwrap_or_else(|_| format!("{exchanged:?}")));
                text.unwrap_or_else(|| "nothing".to_owned())
            };
            return Err(Divergence::Otherwise {
                step,
                action: described(world, recorded.action),
                exchange: place + 1,
                recorded: shown(was),
                given: shown(is.as_ref()),
            });
        }
    }
    Ok(())
}

/// A step in words.
#[must_use]
pub fn described(world: &World, action: Action) -> String {
    let (from, to, text) = happening(world, action);
    if from == to { format!("{from}: {text}") } else { format!("{from} to {to}: {text}") }
}

#[cfg(feature = "mutants")]
fn mutant(world: &World) -> Option<String> {
    world.mutant.map(|mutant| format!("{mutant:?}"))
}

#[cfg(not(feature = "mutants"))]
const fn mutant(_: &World) -> Option<String> {
    None
}
