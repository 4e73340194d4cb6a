//! `netsession replay`: the steps of a counterexample again, with the hub of this program, and with the program around it.

mod puppet;
mod simulate;

use crate::arguments::{Backend, Replay};
use crate::command::runs::{self, Recorded};
use crate::command::{judge, scenario, written};
use crate::error::{Failed, Kind};
use crate::output;
use netsession_conformance::scenario::on_cables;
use netsession_model::shorter::shorter;
use netsession_model::story::Story;
use netsession_model::trace::Trace;
use netsession_model::world::World;
use serde::Serialize;
use std::process::ExitCode;

/// A run that was played as a scenario.
#[derive(Serialize)]
struct Played<'a> {
    backend: &'a str,
    verdict: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    why: &'a str,
    scenario: &'a str,
}

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

pub(crate) fn run(backend: Backend, options: &Replay) -> Result<ExitCode, Failed> {
    let recorded = runs::read(&options.file)?;
    if backend != Backend::Auto {
        if options.mermaid || options.shrink.is_some() {
            return Err(Failed::usage("--mermaid and --shrink are for the run itself").help("leave --backend out"));
        }
        return on_links(scenario::world(backend), &recorded, options);
    }
    match &recorded {
        Recorded::Trace(of) => trace(&of.0, &of.1, options),
        Recorded::Recording(_) => {
            judge::run(&judged(options))?;
            if options.simulate { on_links(scenario::SIMULATOR, &recorded, options) } else { Ok(ExitCode::SUCCESS) }
        }
    }
}

/// A recording is stepped through the machine as `judge` does it.
fn judged(options: &Replay) -> crate::arguments::Judge {
    let Replay { file, mermaid, shrink, json, .. } = options;
    crate::arguments::Judge { files: vec![file.clone()], mermaid: *mermaid, itf: None, shrink: shrink.clone(), json: *json }
}

/// The run as a scenario, which is printed, and played.
fn on_links(world: &'static str, recorded: &Recorded, options: &Replay) -> Result<ExitCode, Failed> {
    let file = options.file.display().to_string();
    let whole = recorded.scenario(&options.file, options.anyway)?;
    let scenario = if world == scenario::SIMULATOR { whole.clone() } else { on_cables(&whole) };
    if scenario != whole {
        output::complain("in a lab there are cables: bearers, tariffs and usage policies are left out");
    }
    let text = scenario.to_string();
    let outcome = runs::play(world, &file, &text)?;
    if options.json {
        output::line(&Played { backend: world, verdict: outcome.word(), why: &outcome.why(), scenario: &text })?;
    } else {
        output::print(&text)?;
    }
    if let Some(failure) = runs::failure(world, &file, &outcome) {
        return Err(failure);
    }
    output::complain(&format!("so it is on {world}"));
    Ok(ExitCode::SUCCESS)
}

fn trace(trace: &Trace, world: &World, options: &Replay) -> Result<ExitCode, Failed> {
    let shown = options.file.display().to_string();
    let replay = trace.replay(world);
    let mut divergence = replay.divergence.as_ref().map(ToString::to_string);
    let mut simulated = None;
    if options.simulate && divergence.is_none() {
        match simulate::run(trace, world) {
            Ok(inputs) => simulated = Some(inputs),
            Err(difference) => divergence = Some(format!("the hub does what was recorded, the program does not: {difference}")),
        }
    }
    if let Some(out) = &options.shrink {
        shrink(trace, world, out)?;
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

/// The shortest run that breaks the same, as a file.
fn shrink(trace: &Trace, world: &World, out: &std::path::Path) -> Result<(), Failed> {
    let Some(shorter) = shorter(trace, world) else {
        output::complain("nothing is shrunk: with this hub the run breaks none of S1 to S19");
        return Ok(());
    };
    written::file(out, &shorter.json())?;
    let (steps, all, breaks) = (shorter.steps.len(), trace.steps.len(), shorter.breaks.join(", "));
    output::complain(&format!("{steps} of {all} steps break {breaks}, too: {}", out.display()));
    Ok(())
}
