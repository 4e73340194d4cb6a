//! `netsession replay`: the steps of a counterexample again, with the hub of this program, and with the program around it.

mod puppet;
mod simulate;

use crate::arguments::Replay;
use crate::command::worlds;
use crate::error::{Failed, Kind};
use crate::output;
use netsession_model::story::Story;
use netsession_model::trace::{Trace, TraceError};
use serde::Serialize;
use std::fs;
use std::process::ExitCode;

#[derive(Serialize)]
struct Told<'a> {
    world: &'a str,
    /// Names of the properties the recorded run breaks.
    breaks: &'a [String],
    /// Every step was possible, and answered as recorded; the end breaks the same.
    same: bool,
    /// Where the hub parted from the recorded run.
    #[serde(skip_serializing_if = "Option::is_none")]
    divergence: Option<String>,
    /// How many inputs the program's own drive loop gave its hub, and got the recorded answers to; with --simulate.
    #[serde(skip_serializing_if = "Option::is_none")]
    simulated: Option<usize>,
    story: &'a Story,
}

pub(crate) fn run(options: &Replay) -> Result<ExitCode, Failed> {
    let shown = options.file.display().to_string();
    let text = fs::read_to_string(&options.file).map_err(|error| {
        Failed::unavailable(format!("cannot read {shown}: {error}"))
            .help("`netsession check --counterexamples DIRECTORY` writes such files")
    })?;
    let trace = Trace::parse(&text).map_err(|error| unreadable(&shown, &error))?;
    let world = match trace.world() {
        Some(world) => world,
        None => worlds::named(&trace.world)?,
    };
    if let Some(mutant) = trace.mutant.as_ref().filter(|_| cfg!(not(feature = "mutants"))) {
        output::complain(&format!("recorded with a hub that was made to make a mistake ({mutant}); this program's hub does not make it"));
    }
    let replay = trace.replay(&world);
    let mut divergence = replay.divergence.as_ref().map(ToString::to_string);
    let mut simulated = None;
    if options.simulate && divergence.is_none() {
        match simulate::run(&trace, &world) {
            Ok(inputs) => simulated = Some(inputs),
            Err(difference) => divergence = Some(format!("the hub does what was recorded, the program does not: {difference}")),
        }
    }
    if options.json {
        let (world, breaks) = (trace.world.as_str(), trace.breaks.as_slice());
        output::line(&Told { world, breaks, same: divergence.is_none(), divergence: divergence.clone(), simulated, story: &replay.story })?;
    } else if options.mermaid {
        output::print(&replay.story.mermaid())?;
    } else {
        output::print(&replay.story.to_string())?;
    }
    match divergence {
        Some(divergence) => Err(Failed::new(Kind::Failed, format!("{shown}: {divergence}"))
            .help("this hub does not do what was recorded: `netsession check` says whether the properties hold now")),
        None => {
            let breaks = if trace.breaks.is_empty() { "nothing".to_owned() } else { trace.breaks.join(", ") };
            output::complain(&format!("as recorded: {} steps, breaks {breaks}", trace.steps.len()));
            if let Some(inputs) = simulated {
                output::complain(&format!("so does the program: {inputs} inputs of its drive loop, answered as recorded"));
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn unreadable(shown: &str, error: &TraceError) -> Failed {
    let help = match error {
        TraceError::Format(_) => "write it anew with this program: `netsession check --counterexamples DIRECTORY`",
        TraceError::Malformed(_) | TraceError::Cycle { .. } => {
            "it is the file NAME.trace.json that `netsession check --counterexamples` wrote"
        }
    };
    Failed::new(Kind::Unavailable, format!("{shown}: {error}")).help(help)
}
