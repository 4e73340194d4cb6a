//! Did a hub do in a run what the machine says? What was recorded is stepped through a fresh hub, and every state looked at.
//!
//! [`Judge`] takes step after step; [`judge`] a run in memory; [`recording`] a file, line by line, and tells besides what happened in it.

mod happened;
mod itf;
mod promises;
mod read;
mod recorded;
mod shrink;
mod statistics;

pub use itf::States;
pub use promises::Judge;
pub use read::steps;
pub use recorded::{Judged, Seen, recording};
pub use shrink::shrink;
pub use statistics::{Lost, Statistics};

use netsession_fsm::hub::{Input, Output, Settings};

/// What is wrong with a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing was recorded.
    #[error("the trace is empty: no step was recorded")]
    Empty,
    /// It does not go to the end of a run.
    #[error("the trace is truncated: {0}")]
    Truncated(String),
    /// It is no recording.
    #[error("line {line} cannot be read: {why}")]
    Unreadable {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The machine answers an input otherwise.
    #[error("step {step}: {input:?} is answered otherwise by the machine: {}", difference(machine, run))]
    Differs {
        /// Which step, from 1.
        step: u64,
        /// The input.
        input: Box<Input>,
        /// What the machine says.
        machine: Vec<Output>,
        /// What was recorded.
        run: Vec<Output>,
    },
    /// The answers are the machine's, what the hub of the run stood like then is not.
    #[error("step {step}: {input:?} leaves the machine otherwise: {machine}, recorded is {run}")]
    Stands {
        /// Which step, from 1.
        step: u64,
        /// The input.
        input: Box<Input>,
        /// What the machine changed.
        machine: String,
        /// What was recorded.
        run: String,
    },
    /// A promise was broken (SPEC §14).
    #[error("step {step}: {input:?} breaks {}: {}", breach.property, breach.what)]
    Broken {
        /// Which step, from 1.
        step: u64,
        /// The input.
        input: Box<Input>,
        /// By what.
        breach: Breach,
    },
    /// The run was ended in order, and something is left of it.
    #[error("the end is no end: {0}")]
    Unfinished(String),
}

impl Fault {
    /// The step it is about, from 1; `None` if it is about the whole.
    #[must_use]
    pub const fn step(&self) -> Option<u64> {
        match self {
            Self::Differs { step, .. } | Self::Stands { step, .. } | Self::Broken { step, .. } => Some(*step),
            Self::Empty | Self::Truncated(_) | Self::Unreadable { .. } | Self::Unfinished(_) => None,
        }
    }

    /// What it is called where a word must do.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Truncated(_) => "truncated",
            Self::Unreadable { .. } => "unreadable",
            Self::Differs { .. } | Self::Stands { .. } => "differs",
            Self::Broken { .. } => "broken",
            Self::Unfinished(_) => "unfinished",
        }
    }
}

/// A promise that is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Name of the property.
    pub property: &'static str,
    /// By what.
    pub what: String,
}

/// Judges a whole run in memory: each batch is the machine's, every state keeps the promises, and at the end nothing is held, owed or
/// ours. Gives how many steps there were.
///
/// # Errors
/// The first fault.
pub fn judge(settings: Settings, steps: &[(Input, Vec<Output>)]) -> Result<usize, Fault> {
    if steps.is_empty() {
        return Err(Fault::Empty);
    }
    let mut judge = Judge::new(settings);
    for (number, (input, run)) in (1..).zip(steps) {
        judge.step(number, input, run)?;
    }
    judge.end()?;
    Ok(steps.len())
}

/// The first place where two batches differ.
fn difference(machine: &[Output], run: &[Output]) -> String {
    let place = machine.iter().zip(run).take_while(|(machine, run)| machine == run).count();
    let told = |outputs: &[Output]| outputs.get(place).map_or_else(|| "nothing".to_owned(), |output| format!("{output:?}"));
    format!("output {} is {}, recorded is {}", place + 1, told(machine), told(run))
}
