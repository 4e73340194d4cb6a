//! A run that was recorded, by a check of the model or by a program: how it is read, and how it is told as a scenario.

use crate::command::worlds;
use crate::error::{Failed, Kind};
use crate::output;
use netsession_conformance::scenario::{Ending, Missing, Scenario, played, retold};
use netsession_model::run::Run;
use netsession_model::trace::{Trace, TraceError};
use netsession_model::world::World;
use std::fs;
use std::path::Path;

/// A run.
pub(crate) enum Recorded {
    /// Of a world.
    Trace(Box<(Trace, World)>),
    /// Of a program: the file.
    Recording(String),
}

/// Reads whichever it is.
pub(crate) fn read(path: &Path) -> Result<Recorded, Failed> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        Failed::unavailable(format!("cannot read {shown}: {error}"))
            .help("`netsession check --counterexamples DIRECTORY` writes such files, and so does a program with NETSESSION_RECORD=FILE")
    })?;
    // a recording is a value a line, and the first one says what it is
    if text.lines().next().is_some_and(|first| first.contains("netsession_recording")) {
        return Ok(Recorded::Recording(text));
    }
    let trace = Trace::parse(&text).map_err(|error| unreadable(&shown, &error))?;
    let world = match trace.world() {
        Some(world) => world,
        None => worlds::named(&trace.world)?,
    };
    if let Some(mutant) = trace.mutant.as_ref().filter(|_| cfg!(not(feature = "mutants"))) {
        output::complain(&format!("recorded with a hub that was made to make a mistake ({mutant}); this program's hub does not make it"));
    }
    Ok(Recorded::Trace(Box::new((trace, world))))
}

fn unreadable(shown: &str, error: &TraceError) -> Failed {
    let help = match error {
        TraceError::Format(_) => "write it anew with this program: `netsession check --counterexamples DIRECTORY`",
        TraceError::Malformed(_) | TraceError::Cycle { .. } => {
            "it is the file NAME.trace.json that `netsession check --counterexamples` wrote, or what a program recorded"
        }
    };
    Failed::new(Kind::Unavailable, format!("{shown}: {error}")).help(help)
}

impl Recorded {
    /// As a scenario. What of the run is not in it is told; it is made all the same only if that is wanted.
    pub(crate) fn scenario(&self, path: &Path, anyway: bool) -> Result<Scenario, Failed> {
        let shown = path.display().to_string();
        let run = match self {
            Self::Trace(of) => Run::of_trace(&of.0, &of.1),
            Self::Recording(text) => {
                Run::of_recording(text.as_bytes()).map_err(|fault| Failed::unavailable(format!("{shown}: {fault}")))?
            }
        };
        let told = retold(&shown, &run).map_err(|error| Failed::new(Kind::Failed, format!("no scenario can be made of it: {error}")))?;
        if told.missing.is_empty() {
            return Ok(told.scenario);
        }
        let missing: Vec<_> = told.missing.iter().map(Missing::to_string).collect();
        if anyway {
            output::complain(&format!("not in the scenario:\n  {}", missing.join("\n  ")));
            return Ok(told.scenario);
        }
        Err(Failed::new(Kind::Failed, format!("{shown} is no scenario as it is:\n  {}", missing.join("\n  ")))
            .help("--anyway makes one of the rest"))
    }
}

/// Plays the text of a scenario, and says how that ended.
pub(crate) fn play(world: &str, file: &str, text: &str) -> Result<Ending, Failed> {
    Ok(played(world, file, text)?)
}

/// The failure that is in how it ended, if there is one.
pub(crate) fn failure(world: &str, file: &str, outcome: &Ending) -> Option<Failed> {
    match outcome {
        Ending::Passed => None,
        Ending::Failed(why) => Some(Failed::new(Kind::Failed, format!("on {world}: {why}"))),
        Ending::Excused(why) => {
            Some(Failed::unavailable(format!("{file} cannot be played on {world}")).help(format!("what there is not: {why}")))
        }
        Ending::Impossible(why) => {
            Some(Failed::unavailable(format!("{file} cannot be played here on {world}: {why}")).help("`netsession doctor` says more"))
        }
    }
}
