//! `netsession status`: the broker, and the sessions of all programs that one may see.

use crate::arguments::{Source, Status};
use crate::error::Failed;
use crate::output;
use crate::row::{lower, word};
use crate::setup::through;
use comfy_table::{Table, presets};
use netsession::broker::{Connection, Listed, Runs, sessions};
use netsession::{Mode, Phase};
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;

/// A session as `--json` shows it.
#[derive(Debug, Serialize)]
struct Row {
    session: String,
    configuration: String,
    chosen: Option<String>,
    state: String,
    open: bool,
    active: Option<String>,
    candidate: Option<String>,
    phase: String,
    /// The pending offer's access point.
    offer: Option<String>,
    /// Seconds until the offer or the trial ends by itself.
    deadline: Option<f64>,
    mode: Mode,
    leases: Vec<String>,
    received: u64,
    sent: u64,
    owner: String,
    uid: u32,
    pid: u32,
    process: String,
}

impl Row {
    fn new(listed: Listed) -> Self {
        let Listed { path, facts, owner, uid, pid, process, leases, deadline } = listed;
        let name = |name: Option<String>| name.filter(|name| !name.is_empty());
        let counters = facts.counters.unwrap_or_default();
        Self {
            session: path.rsplit('/').next().unwrap_or_default().to_owned(),
            configuration: facts.configuration.unwrap_or_default(),
            chosen: name(facts.chosen),
            state: lower(&facts.state.unwrap_or_default()),
            open: facts.open.unwrap_or_default(),
            active: name(facts.active),
            candidate: name(facts.candidate),
            phase: lower(&facts.phase.unwrap_or_default()),
            offer: facts.offer.flatten().map(|offer| offer.access_point),
            deadline: deadline.as_ref().map(Duration::as_secs_f64),
            mode: facts.mode.unwrap_or_default(),
            leases,
            received: counters.received,
            sent: counters.sent,
            owner,
            uid,
            pid,
            process,
        }
    }

    /// Where the handshake is: the phase, on what, and how long that lasts.
    fn handshake(&self) -> String {
        if self.phase == lower(&Phase::Stable) {
            return String::new();
        }
        let on = self.offer.as_deref().or(self.candidate.as_deref()).map(|on| format!(" {on}")).unwrap_or_default();
        let ends = self.deadline.map(|left| format!(", {left:.0} s")).unwrap_or_default();
        format!("{}{on}{ends}", self.phase)
    }
}

#[derive(Debug, Serialize)]
struct Shown {
    bus: String,
    uid: u32,
    pid: u32,
    sessions: Vec<Row>,
}

pub(crate) async fn run(_: Source, options: Status) -> Result<ExitCode, Failed> {
    let given = options.bus.map(|place| place.0);
    let Some(Runs { bus, uid, pid }) = through::running(given.as_ref()).await else {
        let on = given.map_or_else(|| "the system bus or the session bus".to_owned(), |bus| bus.to_string());
        return Err(Failed::unavailable(format!("no broker runs on {on}"))
            .help("`systemctl start netsession`, or `netsession broker`; without one each program has its sessions to itself"));
    };
    let listed = sessions(Connection::from(bus.clone())).await?;
    let shown = Shown { bus: bus.to_string(), uid, pid, sessions: listed.into_iter().map(Row::new).collect() };
    if options.json { output::all(&format!("{}\n", output::json(&shown))) } else { output::all(&text(&shown)) }
}

fn text(shown: &Shown) -> String {
    let Shown { bus, uid, pid, sessions } = shown;
    let head = format!("broker on {bus}: process {pid} of user {uid}, {} sessions shown\n", sessions.len());
    if sessions.is_empty() {
        return head;
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).force_no_tty();
    table.set_header(["SESSION", "CONFIGURATION", "STATE", "OPEN", "ACTIVE", "LEASES", "HANDSHAKE", "MODE", "USER", "PROCESS"]);
    for row in sessions {
        let process = if row.process.is_empty() { row.owner.clone() } else { format!("{} ({})", row.process, row.pid) };
        table.add_row([
            row.session.clone(),
            row.configuration.clone(),
            row.state.clone(),
            if row.open { "yes" } else { "no" }.to_owned(),
            row.active.clone().unwrap_or_default(),
            row.leases.join(" "),
            row.handshake(),
            word(&row.mode),
            row.uid.to_string(),
            process,
        ]);
    }
    let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    format!("{head}{}\n", lines.join("\n"))
}
