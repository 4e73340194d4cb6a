//! Why did the demo not end well, and with which exit status does the program say so?

use netsession::bind::BindError;
use netsession::{RequestError, RoamError, StartError};
use netsession_conformance::lab::LabError;
use std::io;

/// Why the demo ended early, or badly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// No namespaces or no veth links here.
    #[error("no real links here: {0}\n  `--backend sim` plays the same scenes on simulated links")]
    Refused(LabError),
    /// The lab was built and failed later.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// The system gave no thread, timer or signal handler.
    #[error("the demo cannot run: {0}")]
    Runtime(io::Error),
    /// The executor could not be made.
    #[error(transparent)]
    Executor(#[from] netsession::netlink::NetlinkError),
    /// The client could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A request of the session failed.
    #[error("the session: {0}")]
    Request(#[from] RequestError),
    /// A handshake failed.
    #[error("roaming: {0}")]
    Roam(#[from] RoamError),
    /// No socket could be bound to a carrier.
    #[error("the transfer: {0}")]
    Bind(#[from] BindError),
    /// Something that had to happen did not.
    #[error("{0} did not happen within {limit} s", limit = super::scenes::PATIENCE.as_secs())]
    Never(&'static str),
    /// The document could not be written.
    #[error("cannot write the document: {0}")]
    Write(io::Error),
    /// All scenes were played and something that must hold does not.
    #[error("does not hold: {0}")]
    DoesNotHold(String),
    /// The user or the system asked the program to end.
    #[error("ended by {0}; everything was put back")]
    Interrupted(&'static str),
    /// It ended early, and not even everything was put back.
    #[error("{error}\nleft behind: {left}")]
    LeftBehind {
        /// Why it ended.
        error: Box<Self>,
        /// What is left.
        left: String,
    },
}

impl DemoError {
    /// 5: real links were asked for and are not permitted here; 130 and 143: ended by SIGINT or SIGTERM, as a shell has it; else 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) => 5,
            Self::Interrupted("SIGTERM") => 143,
            Self::Interrupted(_) => 130,
            Self::Lab(_)
            | Self::Runtime(_)
            | Self::Executor(_)
            | Self::Start(_)
            | Self::Request(_)
            | Self::Roam(_)
            | Self::Bind(_)
            | Self::Never(_)
            | Self::Write(_)
            | Self::DoesNotHold(_)
            | Self::LeftBehind { .. } => 1,
        }
    }
}
