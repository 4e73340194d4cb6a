//! What does the demo look like? Live lines, colours only on a terminal, the table at the end; or one JSON document.

use super::report::Report;
use super::timeline::{Entry, Lane};
use super::{Backend, DemoError, table};
use anstyle::{AnsiColor, Style};
use std::io::Write;

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Writes a line. A reader that went away is no reason to leave links behind.
fn line(text: std::fmt::Arguments<'_>) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Says what follows, and why not on real links.
pub(super) fn begin(backend: Backend, reason: Option<&str>) {
    match (backend, reason) {
        (Backend::Netlink, _) => line(format_args!("{BOLD}netsession demo{BOLD:#}: real veth links, in private network namespaces\n")),
        (Backend::Sim, None) => line(format_args!("{BOLD}netsession demo{BOLD:#}: SIMULATED links; times say nothing about real ones\n")),
        (Backend::Sim, Some(reason)) => line(format_args!(
            "{BAD}no real links here{BAD:#}: {reason}\n\n\
             {BOLD}netsession demo{BOLD:#}: the same scenes on SIMULATED links; times say nothing about real ones\n"
        )),
    }
}

/// One entry of the timeline.
pub(super) fn entry(entry: &Entry) {
    let (word, style) = match entry.lane {
        Lane::Scene => return line(format_args!("\n{BOLD}{}{BOLD:#}", entry.text)),
        Lane::App => ("app", AnsiColor::Green.on_default()),
        Lane::Hub => ("hub", AnsiColor::Cyan.on_default()),
        Lane::Link => ("link", AnsiColor::Blue.on_default()),
        Lane::Net => ("net", AnsiColor::Yellow.on_default()),
        Lane::Transfer => ("transfer", AnsiColor::Magenta.on_default()),
    };
    line(format_args!("{:9.1} ms  {style}{word:<8}{style:#}  {}", entry.at_ms, entry.text));
}

/// The table, the targets and the verdict.
pub(super) fn end(report: &Report) {
    line(format_args!("\n{}", table::of(report)));
    line(format_args!("bytes lost were sent again; missing at the end: {}", report.transfer.bytes_missing));
    if report.backend == Backend::Sim {
        line(format_args!("SIMULATED: the times are those of the simulator, chosen, not measured on links"));
    }
    for target in &report.targets {
        let (style, word) = if target.met { (GOOD, "met") } else { (BAD, "missed") };
        let measured = target.measured_ms.map_or("not measured".to_owned(), |measured| format!("{measured:.1} ms"));
        line(format_args!("{style}{word}{style:#}: {}: {measured} (target: under {} ms)", target.what, target.target_ms));
    }
    for check in report.checks.iter().filter(|check| !check.holds) {
        line(format_args!("{BAD}DOES NOT HOLD{BAD:#}: {}", check.what));
    }
    if report.holds() {
        line(format_args!("{GOOD}all {} things that must hold do{GOOD:#}", report.checks.len()));
    }
}

/// The document.
pub(super) fn json(report: &Report) -> Result<(), DemoError> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, report).map_err(|error| DemoError::Write(error.into()))?;
    writeln!(out).map_err(DemoError::Write)
}
