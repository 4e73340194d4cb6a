//! `netsession scenario`: is everything so that a scenario says? And what is a run, as a scenario?

use crate::arguments::{Backend, Scenario as Options};
use crate::command::{runs, written};
use crate::error::{Failed, Kind};
use crate::output::{self, ATTENTION, ERROR, FAINT, GOOD};
use netsession_conformance::scenario::{Ending, Scenario, shorter};
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, Serialize)]
struct Told<'a> {
    file: &'a str,
    backend: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    why: &'a str,
}

pub(crate) fn run(backend: Backend, options: &Options) -> Result<ExitCode, Failed> {
    if let Some(path) = &options.from {
        let scenario = runs::read(path)?.scenario(path, options.anyway)?;
        return output::all(&scenario.to_string());
    }
    if options.files.len() > 1 && options.shrink.is_some() {
        return Err(Failed::usage(format!("--shrink writes one file, and there are {} scenarios", options.files.len())));
    }
    let world = world(backend);
    let (mut failed, mut played) = (Vec::new(), 0);
    for path in &options.files {
        let (file, text) = read(path)?;
        let outcome = runs::play(world, &file, &text)?;
        tell(&file, world, &outcome, options.json)?;
        match runs::failure(world, &file, &outcome) {
            Some(failure) if matches!(outcome, Ending::Failed(_)) => {
                failed.push(failure);
                if let Some(out) = &options.shrink {
                    shrink(&file, &text, out)?;
                }
            }
            Some(failure) if options.files.len() == 1 => return Err(failure),
            Some(_) => {}
            None => played += 1,
        }
    }
    let all = options.files.len();
    match failed.pop() {
        Some(failure) if all == 1 => Err(failure),
        Some(_) => Err(Failed::new(Kind::Failed, format!("{} of {all} scenarios are not so", failed.len() + 1))),
        None if played == 0 => Err(Failed::unavailable(format!("none of {all} scenarios can be played on {world}"))),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// What the simulator is called.
pub(crate) const SIMULATOR: &str = "sim";

/// What worlds are called; where nobody asked for one, it is the simulator.
pub(crate) fn world(backend: Backend) -> &'static str {
    match backend {
        Backend::Auto | Backend::Sim => SIMULATOR,
        Backend::Netlink => "netlink",
        Backend::Networkmanager => "networkmanager",
        Backend::Connman => "connman",
        Backend::Broker => "broker",
    }
}

fn read(path: &Path) -> Result<(String, String), Failed> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| Failed::unavailable(format!("cannot read {shown}: {error}")))?;
    Ok((shown, text))
}

/// The fewest steps that fail in the same way on the simulator, as a file.
fn shrink(file: &str, text: &str, out: &Path) -> Result<(), Failed> {
    let scenario = Scenario::read(file, text)?;
    let Some(shorter) = shorter(&scenario) else {
        output::complain("nothing is shrunk: it does not fail on the simulator");
        return Ok(());
    };
    written::file(out, &shorter.to_string())?;
    output::complain(&format!("{} of {} steps fail in the same way: {}", shorter.steps.len(), scenario.steps.len(), out.display()));
    Ok(())
}

fn tell(file: &str, backend: &str, outcome: &Ending, json: bool) -> Result<(), Failed> {
    let (verdict, why) = (outcome.word(), outcome.why());
    if json {
        output::line(&Told { file, backend, verdict, why: &why })?;
        return Ok(());
    }
    let style = match outcome {
        Ending::Passed => GOOD,
        Ending::Failed(_) => ERROR,
        Ending::Excused(_) => FAINT,
        Ending::Impossible(_) => ATTENTION,
    };
    let why = why.lines().next().unwrap_or_default();
    output::print(&format!("{style}{verdict:<10}{style:#}  {file} on {backend}{}{why}\n", if why.is_empty() { "" } else { ": " }))?;
    Ok(())
}
