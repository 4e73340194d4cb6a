//! `netsession judge`: did the hub of a recorded run do what the machine says, and what happened in it?

use crate::arguments::Judge;
use crate::error::{Failed, Kind};
use crate::output;
use netsession_model::judge::{Fault, Judged, States, Statistics, recording, shrink};
use netsession_model::story::Story;
use serde::Serialize;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

#[derive(Serialize)]
struct Told<'a> {
    file: &'a str,
    /// `good`, or what is wrong, in a word.
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    /// The step that is wrong, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u64>,
    /// The property that is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    property: Option<&'static str>,
    /// The program gave its hub up as it stood.
    given_up: bool,
    /// What was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<&'a str>,
    statistics: &'a Statistics,
    /// The step that is wrong and those before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<&'a Story>,
}

pub(crate) fn run(options: &Judge) -> Result<ExitCode, Failed> {
    let mut files = Vec::new();
    for path in &options.files {
        if path.is_dir() { files.extend(within(path)?) } else { files.push(path.clone()) }
    }
    if files.len() > 1 && (options.shrink.is_some() || options.itf.is_some()) {
        return Err(Failed::usage(format!("--shrink and --itf write one file, and there are {} recordings", files.len())));
    }
    let (mut bad, mut unreadable) = (0, 0);
    for file in &files {
        let judged = judge(file, options.itf.as_deref())?;
        tell(&file.display().to_string(), &judged, options)?;
        if let Some(out) = options.shrink.as_deref().filter(|_| judged.fault.is_some()) {
            shrunk(file, out)?;
        }
        match judged.fault {
            None => {}
            Some(Fault::Unreadable { .. }) => unreadable += 1,
            Some(_) => bad += 1,
        }
    }
    let all = files.len();
    match (bad, unreadable) {
        (0, 0) => Ok(ExitCode::SUCCESS),
        (0, _) => Err(Failed::usage(format!("{unreadable} of {all} files cannot be read as recordings")).help(HELP)),
        (_, _) => Err(Failed::new(Kind::Failed, format!("{} of {all} recordings are not good", bad + unreadable))),
    }
}

const HELP: &str = "a program records with NETSESSION_RECORD=FILE in its environment";

fn cannot_read(path: &Path, error: &io::Error) -> Failed {
    Failed::usage(format!("cannot read {}: {error}", path.display())).help(HELP)
}

/// Every recording in a directory; that there is none is a failure.
fn within(directory: &Path) -> Result<Vec<PathBuf>, Failed> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| cannot_read(directory, &error))?;
    let mut files: Vec<_> = entries.iter().map(fs::DirEntry::path).filter(|path| path.is_file()).collect();
    files.sort();
    if files.is_empty() {
        return Err(Failed::new(Kind::Failed, format!("{}: nothing was recorded here", directory.display())).help(HELP));
    }
    Ok(files)
}

fn judge(path: &Path, itf: Option<&Path>) -> Result<Judged, Failed> {
    let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
    let text = BufReader::with_capacity(1 << 16, file);
    let Some(itf) = itf else { return Ok(recording(text, &mut |_| {})) };
    let cannot_write = |error: io::Error| Failed::write(&itf.display().to_string(), &error);
    let document = File::create(itf).map_err(cannot_write)?;
    let mut states = States::new(BufWriter::new(document), &path.display().to_string()).map_err(cannot_write)?;
    let mut written = Ok(());
    let judged = recording(text, &mut |seen| {
        if written.is_ok() {
            written = states.state(seen);
        }
    });
    written.and_then(|()| states.end()).map_err(cannot_write)?;
    Ok(judged)
}

/// Writes the shortest recording with the same fault.
fn shrunk(path: &Path, out: &Path) -> Result<(), Failed> {
    let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
    let Some(lines) = shrink(BufReader::new(file)) else {
        output::complain("nothing is shrunk: no step is at fault");
        return Ok(());
    };
    let text: String = lines.iter().map(|line| output::json(line) + "\n").collect();
    fs::write(out, text).map_err(|error| Failed::write(&out.display().to_string(), &error))?;
    output::complain(&format!("{} steps have the same fault: {}", lines.len() - 2, out.display()));
    Ok(())
}

fn tell(file: &str, judged: &Judged, options: &Judge) -> Result<(), Failed> {
    let fault = judged.fault.as_ref();
    if options.json {
        let property = fault.and_then(|fault| match fault {
            Fault::Broken { breach, .. } => Some(breach.property),
            _ => None,
        });
        output::line(&Told {
            file,
            verdict: fault.map_or("good", Fault::word),
            fault: fault.map(ToString::to_string),
            step: fault.and_then(Fault::step),
            property,
            given_up: judged.given_up,
            program: judged.header.as_ref().map(|header| header.program.as_str()),
            statistics: &judged.statistics,
            story: fault.map(|_| &judged.story),
        })?;
    } else if options.mermaid {
        output::print(&judged.story.mermaid())?;
    } else {
        output::print(&text(file, judged))?;
    }
    Ok(())
}

fn text(file: &str, judged: &Judged) -> String {
    let Statistics { steps, duration, sessions, opened, errors, inputs, handshakes, phases, lost, .. } = &judged.statistics;
    let (good, bad) = (output::GOOD, output::ERROR);
    let mut text = match &judged.fault {
        None => format!("{file}: {good}good{good:#}"),
        Some(fault) => format!("{file}: {bad}{}{bad:#}", fault.word()),
    };
    if let Some(header) = &judged.header {
        let up = if judged.given_up { ", which gave its hub up as it stood" } else { "" };
        let _ = write!(text, ", {steps} steps in {} of {}{up}", time(*duration), header.program);
    }
    text.push('\n');
    if *steps > 0 {
        let _ = writeln!(text, "  sessions    {sessions}, opened {opened} times, {errors} errors");
        let _ = writeln!(text, "  inputs      {}", counted(inputs));
    }
    if !handshakes.is_empty() {
        let _ = writeln!(text, "  handshakes  {}", counted(handshakes));
    }
    if !phases.is_empty() {
        let phases: Vec<_> = phases.iter().map(|(phase, took)| format!("{phase} {}", time(*took))).collect();
        let _ = writeln!(text, "  phases      {}", phases.join(", "));
    }
    if lost.times > 0 {
        let _ = write!(text, "  links lost  {} by open sessions, {} times on a link again", lost.times, lost.reconnected);
        if let (Some(median), Some(worst)) = (lost.median, lost.worst) {
            let _ = write!(text, " after {} (median), {} (worst)", time(median), time(worst));
        }
        text.push('\n');
    }
    if judged.fault.is_some() {
        let _ = write!(text, "\n{}", judged.story);
    }
    text
}

fn counted(counts: &std::collections::BTreeMap<&'static str, u64>) -> String {
    counts.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>().join(", ")
}

/// To the microsecond.
fn time(nanoseconds: u64) -> String {
    humantime::format_duration(Duration::from_micros(nanoseconds / 1000)).to_string()
}
