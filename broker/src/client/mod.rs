//! The port to a broker: the client API of this process over a hub in another one (SPEC §8).
//!
//! [`connect`] gives the same [`Client`] as a hub in this process does; everything after it is the same. One task owns the connection.
//! It keeps a mirror of the configurations and of this client's sessions, from which all reading is done: what a change announced
//! is already readable (SPEC §11).
//!
//! What is otherwise than within one process, and only this:
//! - *Holders* of a configuration are sessions of this client, and only open ones: the others are nobody's business here.
//!   [`sessions`] asks the broker for all that one may see.
//! - *Counters* are those that came with the last change of the session or the configuration.
//! - *Ids* of sessions, offers and configurations are this client's own: a broker that starts again may count otherwise, and handles
//!   stay what they are.
//! - [`Client::shutdown`] and the drop of the last handle close this client's sessions and leave the bus. Links come down when nobody
//!   else holds them, and it is not waited for that.
//! - Requests can end with a [`BrokerError`]: nobody is the broker for longer than a request waits, or it went away before it answered.
//!
//! **When the broker goes**, sessions read as they stood last, and requests wait for the next one. When it is there, each session it
//! still knows goes on: what changed meanwhile is told by the ordinary changes, and with the error that the broker has of it if it was lost
//! meanwhile. One that it does not know was lost: `closed` and
//! `error(SessionAborted, backend gone)` if it was open, and the handle is a closed session of the new broker, made with the same
//! options. When the *bus* goes, the broker has closed every session of this client: they are told so at once, and made again when the
//! bus is back.

mod bus;
mod calls;
mod hear;
mod mirror;
mod pending;
mod port;
mod put;
mod status;
mod sync;
mod task;

pub use crate::api::Bus;
pub use status::{Listed, Runs, runs, sessions};

use crate::api::NAME;
use crate::api::decode::Malformed;
use mirror::Mirror;
use netsession_backends::client::{BrokerError, Client};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;

/// How a broker is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Where it is.
    pub bus: Bus,
    /// How long a request waits for a broker that is away, and connecting for each answer: 25 s unless set, as libdbus and GLib wait.
    pub patience: Duration,
}

impl From<Bus> for Connection {
    fn from(bus: Bus) -> Self {
        Self { bus, patience: Duration::from_secs(25) }
    }
}

/// Why there is no client of a broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The bus cannot be reached, or did not let this program in.
    #[error("cannot connect to {bus}: {why}{}", hint(bus))]
    NoBus {
        /// Which.
        bus: Bus,
        /// What went wrong.
        why: String,
    },
    /// Nobody is the broker, and nobody could be started.
    #[error("{NAME} is not there: {why}; start it with `systemctl start netsession`, or `netsession broker` by hand")]
    NoBroker {
        /// What the bus said.
        why: String,
    },
    /// The broker that was there went away, and no other one came for as long as a request waits.
    #[error("{NAME} went away while it was asked, and no other one came in time; `systemctl status netsession` says why")]
    WentAway,
    /// The bus, or the broker, does not let this program talk to it.
    #[error("{NAME} may not be asked: {why}; see its policy in /usr/share/dbus-1/system.d/{NAME}.conf")]
    Refused {
        /// What was said.
        why: String,
    },
    /// The broker does not have what this client needs.
    #[error("{NAME} has version {version} of its interface and this program needs {needed}: update the broker and start it again")]
    TooOld {
        /// What it has.
        version: u32,
        /// What is needed.
        needed: u32,
    },
    /// The broker says something that its interface does not have.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

const fn hint(bus: &Bus) -> &'static str {
    match bus {
        Bus::System => "; is dbus running?",
        Bus::Session => "; is DBUS_SESSION_BUS_ADDRESS set?",
        Bus::Address(_) => "",
    }
}

/// Connects to the broker on a bus; it is started if the bus can. If it goes away meanwhile the next one is waited for, as a request does.
/// Needs a tokio runtime with time and I/O.
///
/// # Errors
/// [`ConnectError`] names what is wrong: no bus, no broker, one that went, refused by policy, too old.
pub async fn connect(to: impl Into<Connection> + Send) -> Result<Client, ConnectError> {
    let Connection { bus, patience } = to.into();
    let (requests, inbox) = mpsc::unbounded_channel();
    let mirror = Arc::new(Mutex::new(Mirror::default()));
    let task = task::Task::begin(bus, patience, Arc::clone(&mirror), inbox).await?;
    tokio::spawn(task.run());
    Ok(Client::new(Arc::new(port::Remote::new(requests, mirror))))
}

/// What a request is answered that waited in vain.
fn unreachable(waited: Duration) -> BrokerError {
    BrokerError::Unreachable { name: NAME.into(), waited }
}
