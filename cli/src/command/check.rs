//! `netsession check`: is the behaviour right in every reachable state of every world?

use crate::arguments::{Check, Searched};
use crate::command::{worlds, written};
use crate::error::{Failed, Kind};
use crate::output;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use netsession_model::check::{self, Engine, Progress, Report, Stage};
use netsession_model::world::World;
use netsession_model::{eventually, junit, properties};
use serde::Serialize;
use std::io::{self, IsTerminal};
use std::num::NonZero;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Serialize)]
struct Listed {
    name: &'static str,
    about: &'static str,
    /// Unique states, as pinned; 0: not pinned.
    states: usize,
}

#[derive(Debug, Serialize)]
struct Told<'a> {
    holds: bool,
    /// Properties that no world of this run put to the test.
    unwitnessed: Vec<&'static str>,
    worlds: &'a [check::WorldReport],
}

pub(crate) fn run(options: &Check) -> Result<ExitCode, Failed> {
    let worlds = if options.list && options.worlds.is_empty() { World::every() } else { worlds::chosen(&options.worlds)? };
    #[cfg(feature = "mutants")]
    let worlds = worlds::mistaken(worlds, options.mutant.as_deref())?;
    if options.list {
        return list(&worlds, options.json);
    }
    if let Some(path) = &options.graph {
        return written::graph(&worlds, path, options.depth);
    }
    let asked = properties(&options.properties)?;
    let how = check::Options {
        engine: match options.engine {
            Searched::Fast => Engine::Fast,
            Searched::Stateright => Engine::Stateright,
        },
        threads: options.threads,
        memory: options.memory.map(|gigabytes| (gigabytes * 1e9) as usize),
        states: options.states.map(NonZero::get),
        symmetry: options.symmetry,
        safety_only: !asked.is_empty() && asked.iter().all(|name| properties::ALL.iter().any(|property| property.name == *name)),
    };
    let mut shown = Shown::new();
    let report = check::run(&worlds, &how, &mut |progress| shown.update(&progress));
    shown.bar.finish_and_clear();
    let report = if asked.is_empty() { report } else { report.only(&asked) };
    print(&report, options)?;
    if let Some(path) = &options.junit {
        written::file(path, &junit::document(&report))?;
    }
    if let Some(directory) = &options.counterexamples {
        written::counterexamples(&report, &worlds, directory)?;
    }
    let unwitnessed = [report.unwitnessed(), report.untested_promises()].concat();
    if report.holds() && options.worlds.is_empty() && asked.is_empty() && !options.symmetry && !unwitnessed.is_empty() {
        let message = format!("never put to the test in any world: {}", unwitnessed.join(", "));
        return Err(
            Failed::new(Kind::Failed, message).help("a property that nothing speaks of proves nothing: the worlds lost what it is about")
        );
    }
    if report.holds() {
        return Ok(ExitCode::SUCCESS);
    }
    let failed: Vec<_> = report.worlds.iter().filter(|world| !world.faults().is_empty()).map(|world| world.name).collect();
    let faults: Vec<_> = report.worlds.iter().flat_map(check::WorldReport::faults).collect();
    Err(Failed::new(Kind::Failed, format!("the check failed in {}: {}", failed.join(", "), faults.join("; "))).help(
        if report.cut_short().is_empty() {
            "the shortest sequence that leads there is above, on standard output; --counterexamples DIRECTORY writes it as files"
        } else {
            "give it more: --memory, --states"
        },
    ))
}

/// Names as the properties have them, in whatever case they are given.
fn properties(names: &[String]) -> Result<Vec<&'static str>, Failed> {
    let known = || properties::ALL.iter().map(|property| property.name).chain(eventually::ALL.iter().map(|promise| promise.name));
    let find = |name: &String| {
        let found = known().find(|known| known.eq_ignore_ascii_case(name));
        found.ok_or_else(|| Failed::unknown("property", name, known().map(str::to_owned)))
    };
    names.iter().map(find).collect()
}

fn list(worlds: &[World], json: bool) -> Result<ExitCode, Failed> {
    let listed = worlds.iter().map(|world| Listed { name: world.name, about: world.about, states: world.states });
    if json {
        return output::all(&format!("{}\n", output::json(&listed.collect::<Vec<_>>())));
    }
    let lines: Vec<_> = listed.map(|world| format!("{:<10} {:>10} states  {}\n", world.name, world.states, world.about)).collect();
    output::all(&lines.concat())
}

fn print(report: &Report, options: &Check) -> Result<(), Failed> {
    let unwitnessed = [report.unwitnessed(), report.untested_promises()].concat();
    if options.json {
        let told = Told { holds: report.holds(), unwitnessed, worlds: &report.worlds };
        return output::line(&told).map(drop);
    }
    output::print(&report.to_string()).map(drop)
}

/// How often a search that lasts is spoken of where there is no terminal.
const NEWS: Duration = Duration::from_secs(60);

/// Progress on standard error: a line that changes on a terminal; elsewhere a line for each world and stage, and one a minute.
struct Shown {
    bar: ProgressBar,
    now: Option<(&'static str, Stage)>,
    /// When the next line is due, from the beginning of the stage.
    next: Duration,
}

impl Shown {
    fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {human_pos} states, {per_sec}, {msg}, {elapsed}") {
            bar.set_style(style);
        }
        Self { bar, now: None, next: NEWS }
    }

    fn update(&mut self, progress: &Progress<'_>) {
        let now = (progress.world.name, progress.stage);
        if self.now != Some(now) {
            self.now = Some(now);
            let stage = match progress.stage {
                Stage::Properties => "properties",
                Stage::Liveness => "liveness",
                Stage::Stateright => "stateright",
            };
            self.bar.reset();
            self.next = NEWS;
            self.bar.set_prefix(format!("{}, {stage}", progress.world.name));
            if !io::stderr().is_terminal() {
                output::complain(&format!("{}: {stage}", progress.world.name));
            }
        }
        let queue = progress.queue.map(|queue| format!(", {queue} to go on from")).unwrap_or_default();
        let memory = progress.bytes.map(|bytes| format!(", {:.2} GB", bytes as f64 / 1e9)).unwrap_or_default();
        let part = progress.part.map(|(done, of)| format!(", {:.0} %", 100.0 * done as f64 / of.max(1) as f64)).unwrap_or_default();
        let left = progress.left(self.bar.elapsed()).map(|left| format!(", {} left", HumanDuration(left))).unwrap_or_default();
        let message = format!("depth {}{queue}{memory}{part}{left}", progress.depth);
        let elapsed = self.bar.elapsed();
        if elapsed >= self.next && !io::stderr().is_terminal() {
            self.next = elapsed + NEWS;
            output::complain(&format!("{}: {} states, {message}, {}", self.bar.prefix(), progress.states, HumanDuration(elapsed)));
        }
        self.bar.set_message(message);
        self.bar.set_position(progress.states as u64);
    }
}
