//! `netsession stop`: takes down what is up of a configuration, whoever uses it, and leaves it down.

use crate::arguments::{Source, Stop};
use crate::error::Failed;
use crate::output;
use crate::setup::{Plan, Told};
use crate::signals::{Signals, exit_code};
use netsession::choose::{Backend, Choice, Right, rights};
use netsession::config::Running;
use netsession::{Configuration, ConfigurationState, Kind, Mode, Session, SessionOptions, SessionState};
use serde::Serialize;
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

/// What happened, for programs.
#[derive(Debug, Serialize)]
struct Ended {
    /// Access points that were up and no longer are.
    stopped: Vec<String>,
}

pub(crate) async fn run(source: Source, told: Told, options: Stop) -> Result<ExitCode, Failed> {
    let mut signals = Signals::listen()?;
    let stopped = tokio::select! {
        stopped = stop(&source, told, &options) => stopped?,
        signal = signals.next() => return Ok(exit_code(signal.as_raw()).into()),
    };
    if options.json {
        return output::all(&format!("{}\n", output::json(&Ended { stopped })));
    }
    if stopped.is_empty() {
        return output::all(&format!("{}: nothing of it is up\n", options.configuration));
    }
    output::all(&stopped.iter().map(|name| format!("{name}: stopped\n")).collect::<String>())
}

/// The executors are not shut down in the end: that puts everything back as it was found, and what was stopped is to stay so.
async fn stop(source: &Source, told: Told, options: &Stop) -> Result<Vec<String>, Failed> {
    let mut plan = Plan::make(source, told).await?;
    let name = plan.network(&options.configuration)?;
    let running = plan.start(told).await?;
    let up = up(&running, &name)?;
    for access_point in &up {
        permit(&running.choices, access_point).await?;
    }
    let mut stopped = Vec::new();
    for access_point in up {
        down(&running, &access_point, options.timeout).await?;
        stopped.push(access_point);
    }
    Ok(stopped)
}

/// The access points of a configuration that are up, or on their way.
fn up(running: &Running, name: &str) -> Result<Vec<String>, Failed> {
    let client = &running.client;
    let names = || client.configurations().into_iter().map(|configuration| configuration.name.to_string());
    let configuration = client.configuration(name).map_err(|error| Failed::request(&error, names()))?;
    let mut links = BTreeSet::new();
    let mut open = vec![configuration];
    while let Some(Configuration { kind, id, members, .. }) = open.pop() {
        if kind == Kind::AccessPoint {
            links.insert(id);
        }
        open.extend(members.into_iter().filter_map(|member| client.configuration(member).ok()));
    }
    let links = links.into_iter().filter_map(|id| client.configuration(id).ok());
    Ok(links.filter(|link| link.state == ConfigurationState::Active).map(|link| link.name.to_string()).collect())
}

/// Refuses before anything is touched.
async fn permit(choices: &[Choice], access_point: &str) -> Result<(), Failed> {
    let executor = choices.iter().find(|choice| choice.access_point == access_point).map_or(Backend::Sim, |choice| choice.executor);
    match rights(executor).await {
        Right::Granted | Right::Unknown(_) => Ok(()),
        Right::Refused(why) => {
            Err(Failed::refused_by(executor, format!("cannot stop {access_point:?}: not supported here, {executor} {why}")))
        }
    }
}

/// Stops one access point and waits until it is down.
async fn down(running: &Running, access_point: &str, patience: Duration) -> Result<(), Failed> {
    let options = SessionOptions { mode: Mode::Off, ..SessionOptions::default() };
    let nothing = std::iter::empty::<String>;
    let session = running.client.session(access_point, options).await.map_err(|error| Failed::request(&error, nothing()))?;
    session.stop().await.map_err(|error| Failed::request(&error, nothing()))?;
    tokio::time::timeout(patience, is_down(&session)).await.map_err(|_| {
        let within = humantime::format_duration(patience);
        Failed::unavailable(format!("{access_point:?} was not down within {within}"))
            .help("`-v` says what its executor says, `netsession doctor` what may be wrong")
    })
}

async fn is_down(session: &Session) {
    let mut changes = session.changes();
    while matches!(session.state(), SessionState::Connected | SessionState::Connecting | SessionState::Closing) {
        if changes.next().await.is_none() {
            return;
        }
    }
}
