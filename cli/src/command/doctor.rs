//! `netsession doctor`: what works here, what does not, and what to do about it.

use crate::arguments::{Doctor, Source};
use crate::doctor::{Check, Status, examine};
use crate::error::{Failed, Kind};
use crate::output::{self, ATTENTION, ERROR, FAINT, GOOD};
use indicatif::ProgressBar;
use netsession_conformance::lab;
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;

/// Probing that takes longer says what it is at.
const SILENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize)]
struct Report {
    /// No problem was found.
    works: bool,
    checks: Vec<Check>,
}

pub(crate) async fn run(source: Source, options: Doctor) -> Result<ExitCode, Failed> {
    let checks = with_progress(examine(&source)).await;
    let works = checks.iter().all(|check| check.status != Status::Problem);
    let code = if works { ExitCode::SUCCESS } else { ExitCode::from(Kind::Failed as u8) };
    let report = Report { works, checks };
    if options.json {
        output::line(&report)?;
    } else {
        output::print(&text(&report))?;
    }
    Ok(code)
}

/// Tries to enter namespaces of its own and ends. Call it before there is any other thread.
pub(crate) fn try_namespaces() -> Result<ExitCode, Failed> {
    lab::enter().map(|()| ExitCode::SUCCESS).map_err(|error| Failed::new(Kind::NotPermitted, error.to_string()))
}

/// A line that says that it goes on, once it takes longer than a moment.
async fn with_progress<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(SILENCE, &mut work).await {
        return done;
    }
    let what = "asking the kernel and the system bus";
    let bar = ProgressBar::new_spinner().with_message(what);
    if bar.is_hidden() {
        output::complain(what);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    let done = work.await;
    bar.finish_and_clear();
    done
}

fn text(report: &Report) -> String {
    let wide = report.checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
    let mut lines = Vec::new();
    let mut group = "";
    for check in &report.checks {
        if check.group != group {
            group = check.group;
            lines.push(group.to_owned());
        }
        let (style, status) = match check.status {
            Status::Ok => (GOOD, "ok"),
            Status::Warning => (ATTENTION, "warning"),
            Status::Problem => (ERROR, "problem"),
        };
        lines.push(format!("  {style}{status:<7}{style:#}  {:<wide$}  {}", check.name, check.found));
        lines.extend(check.todo.iter().map(|todo| format!("  {:<7}  {:<wide$}  {FAINT}= {todo}{FAINT:#}", "", "")));
    }
    let count = |status, what: &str| match report.checks.iter().filter(|check| check.status == status).count() {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let verdict = if report.works { "sessions work here" } else { "not all sessions work here" };
    lines.push(format!("{}, {}: {verdict}", count(Status::Problem, "problem"), count(Status::Warning, "warning")));
    lines.join("\n") + "\n"
}
