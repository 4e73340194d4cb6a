//! Whose sessions are used: those of the broker that runs, or this process's own? And saying so.

use super::Told;
use crate::arguments::{Backend, Source, Through};
use crate::error::{Failed, Kind};
use crate::output::{self, FAINT};
use netsession::Client;
use netsession::broker::{Bus, ConnectError, Connection, Runs, connect, runs};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often a broker that was there a moment ago is looked for again.
const PACE: Duration = Duration::from_millis(100);

/// How long a bus may take to say whether a broker is there.
const PATIENCE: Duration = Duration::from_secs(5);

/// The broker that runs on this bus, or else on the system bus or that of the session.
pub(crate) async fn running(given: Option<&Bus>) -> Option<Runs> {
    let places = given.map_or_else(|| vec![Bus::System, Bus::Session], |bus| vec![bus.clone()]);
    for bus in places {
        if let Some(found) = runs(Connection { bus, patience: PATIENCE }).await {
            return Some(found);
        }
    }
    None
}

/// The broker's sessions, if they are to be used.
pub(super) async fn client(source: &Source, told: Told) -> Result<Option<Client>, Failed> {
    let own = source.config.is_some() || source.backend != Backend::Auto;
    let found = match source.through {
        Through::Process => None,
        Through::Auto if own => None,
        Through::Auto => running(None).await,
        Through::Broker if own => {
            return Err(Failed::usage("the broker has its own configuration: --config and --backend say nothing to it")
                .help("leave them out, or take --through process"));
        }
        Through::Broker => match running(None).await {
            Some(found) => Some(found),
            None => {
                let client = connect(Bus::System).await?;
                say(told, &Used { event: "through", bus: Bus::System.to_string(), uid: None, pid: None });
                return Ok(Some(client));
            }
        },
    };
    let Some(Runs { bus, uid, pid }) = found else { return Ok(None) };
    let client = to_the_found(&bus).await?;
    say(told, &Used { event: "through", bus: bus.to_string(), uid: Some(uid), pid: Some(pid) });
    Ok(Some(client))
}

/// Connects to the broker that was found. If that has gone since the next one is waited for, for as long as a request waits.
async fn to_the_found(bus: &Bus) -> Result<Client, ConnectError> {
    let to = Connection::from(bus.clone());
    let until = Instant::now() + to.patience;
    loop {
        match connect(to.clone()).await {
            Err(ConnectError::NoBroker { .. }) if Instant::now() < until => sleep(PACE).await,
            Err(ConnectError::NoBroker { .. }) => return Err(ConnectError::WentAway),
            connected => return connected,
        }
    }
}

/// Which broker is used.
#[derive(Debug, Serialize)]
struct Used {
    event: &'static str,
    bus: String,
    uid: Option<u32>,
    pid: Option<u32>,
}

fn say(told: Told, used: &Used) {
    if told.json {
        if told.verbose {
            output::complain(&output::json(used));
        }
    } else {
        output::complain(&format!("{FAINT}netsession: through the broker on {}{FAINT:#}", used.bus));
    }
}

impl From<ConnectError> for Failed {
    fn from(error: ConnectError) -> Self {
        match &error {
            ConnectError::Refused { .. } => Self::new(Kind::NotPermitted, error.to_string()),
            ConnectError::NoBus { .. }
            | ConnectError::NoBroker { .. }
            | ConnectError::WentAway
            | ConnectError::TooOld { .. }
            | ConnectError::Malformed(_) => Self::unavailable(error.to_string()).help("`--through process` does without the broker"),
        }
    }
}
