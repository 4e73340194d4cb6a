//! How do the machines look? Charts and matrices of every machine, all drawn from its walk, and the document that holds them.

pub mod alr;
pub mod dot;
pub mod json;
pub mod machine;
pub mod matrix;
pub mod mermaid;
pub mod scxml;

use crate::walk::Fault;
use core::fmt;
use machine::Machine;
use mermaid::Labels;
use netsession_fsm::link::LinkMemory;
use netsession_fsm::roaming::RoamMemory;
use netsession_fsm::session::HoldMemory;

/// Every machine there is a picture of, in the order of the document. `alr` is `roaming` with Qt's names.
pub const NAMES: [&str; 4] = ["session", "link", "roaming", "alr"];

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// A GraphViz digraph.
    Dot,
    /// A Mermaid state diagram.
    Mermaid,
    /// For other programs.
    Json,
    /// The matrix and the effects as Markdown tables.
    Matrix,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Dot, Self::Mermaid, Self::Json, Self::Matrix];

    /// What it is called on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Mermaid => "mermaid",
            Self::Json => "json",
            Self::Matrix => "matrix",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no machine of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no machine is called {0:?}; there are: {known}", known = NAMES.join(", "))]
pub struct UnknownMachine(pub String);

/// Where a document is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is {}, should be {}", shown(.current.as_deref()), shown(.expected.as_deref()))]
pub struct Drift {
    /// Number of the first line that differs, from 1.
    pub line: usize,
    /// What stands there; `None`: the document ends before.
    pub current: Option<String>,
    /// What should stand there; `None`: it should end before.
    pub expected: Option<String>,
}

fn shown(line: Option<&str>) -> String {
    line.map_or_else(|| "missing".to_owned(), |line| format!("{line:?}"))
}

/// One machine in one format.
///
/// # Errors
///
/// If there is no such machine; the error lists those there are.
///
/// # Panics
///
/// If the machine breaks a law of [`crate::walk`]; its tests would, too.
pub fn machine(name: &str, format: Format) -> Result<String, UnknownMachine> {
    let machine = named(name).ok_or_else(|| UnknownMachine(name.to_owned()))?;
    let labels = if name == "alr" { Labels::EventsAndEffects } else { Labels::Events };
    Ok(match format {
        Format::Dot => dot::draw(&machine, labels),
        Format::Mermaid => mermaid::draw(&machine, labels),
        Format::Json => json::document(&machine),
        Format::Matrix => format!("{}\n{}", matrix::states(&machine), matrix::effects(&machine)),
    })
}

fn named(name: &str) -> Option<Machine> {
    let walked: Result<Machine, Fault> = match name {
        "session" => Machine::of::<HoldMemory>(),
        "link" => Machine::of::<LinkMemory>(),
        "roaming" => Machine::of::<RoamMemory>(),
        "alr" => alr::machine(),
        _ => return None,
    };
    Some(walked.unwrap_or_else(|fault| panic!("{fault}")))
}

/// What each machine is about, under its heading.
const fn caption(name: &str) -> (&'static str, &'static str) {
    match name.as_bytes() {
        b"session" => ("Session", "A session's hold on its configuration (SPEC §4, §5)."),
        b"link" => ("Link", "One link, from absent to up and back, by command or by itself (SPEC §3, §7.1)."),
        _ => ("Roaming", "The handshake of one session (SPEC §6.3). `Seeking` is passed through within one step; nobody sees it."),
    }
}

/// The whole of `DIAGRAMS.md`: charts, matrices, the handshake with Qt's names, the sequence charts given (title, Mermaid text) and
/// the state counts given (Markdown).
///
/// # Panics
///
/// If a machine breaks a law of [`crate::walk`]; its tests would, too.
#[must_use]
pub fn document(sequences: &[(String, String)], counts: &str) -> String {
    let mut sections: Vec<(String, String)> = Vec::new();
    for name in ["session", "link", "roaming"] {
        let machine = named(name).expect("it is one of NAMES");
        let (title, about) = caption(name);
        let chart = fenced(&mermaid::chart(&machine));
        let matrix = format!("### {title}: every event in every state\n\n{}\n{}", matrix::LEGEND, matrix::states(&machine));
        let effects = format!("### {title}: what each step asks for\n\n{}", matrix::effects(&machine));
        sections.push((format!("{title} machine"), format!("{about}\n\n{chart}\n{matrix}\n{effects}")));
    }
    let handshake = alr::machine().unwrap_or_else(|fault| panic!("{fault}"));
    let about = "The roaming machine with the names of Qt's `QNetworkSession`: slots and what happens before the slash, signals after it.";
    let chart = fenced(&mermaid::draw(&handshake, Labels::EventsAndEffects));
    sections.push(("Application level roaming, with Qt's names".to_owned(), format!("{about}\n\n{chart}\n{}", alr::names())));
    if !sequences.is_empty() {
        let charts: Vec<String> = sequences.iter().map(|(title, chart)| format!("### {title}\n\n{}", fenced(chart))).collect();
        sections.push(("Sequences".to_owned(), charts.join("\n")));
    }
    if !counts.trim().is_empty() {
        sections.push(("State counts".to_owned(), format!("{}\n", counts.trim())));
    }
    let mut text = String::from("Generated by `netsession diagrams` from the machines themselves; do not edit.\n\n# Diagrams\n\n");
    for (title, _) in &sections {
        text.push_str(&format!("- [{title}](#{})\n", anchor(title)));
    }
    for (title, body) in &sections {
        text.push_str(&format!("\n## {title}\n\n{body}"));
    }
    text
}

fn fenced(chart: &str) -> String {
    format!("```mermaid\n{}\n```\n", chart.trim_end())
}

/// A heading's anchor, as forges make it.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.map(|letter| if letter == ' ' { '-' } else { letter.to_ascii_lowercase() }).collect()
}

/// Whether a document is as it should be, to the byte.
///
/// # Errors
///
/// The first line that differs.
pub fn check(current: &str, expected: &str) -> Result<(), Drift> {
    let (mut ours, mut theirs) = (current.split('\n'), expected.split('\n'));
    for line in 1.. {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (one, other) if one == other => {}
            (one, other) => return Err(Drift { line, current: one.map(str::to_owned), expected: other.map(str::to_owned) }),
        }
    }
    Ok(())
}
