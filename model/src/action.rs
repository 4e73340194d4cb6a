//! What can happen next in a world: clients ask, executors report, timers fire, the world changes.

use netsession_fsm::hub::{Call, Timer};
use netsession_fsm::words::{AccessPointId, ConfigurationId, ConfigurationState, Mode};
use std::fmt;

/// A step of the environment or of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A client asks something.
    Ask(u8, Ask),
    /// A client tries everything that does not fit the phase; must change nothing (S9).
    Misuse(u8),
    /// A session's owner dies, and with it every session of the process.
    Die(u8),
    /// An owner that died comes back and has its session created again.
    Returns(u8),
    /// The access point's real state changes by itself: it appears, vanishes, or another program takes it up or down.
    Becomes(AccessPointId, ConfigurationState),
    /// The executor finished the operation it works on, well or not.
    Finishes(AccessPointId, bool),
    /// A report arrives; newer ones first is possible. The same report arrives once more, and every older one late.
    Arrives(AccessPointId, u8),
    /// A report is lost.
    IsLost(AccessPointId, u8),
    /// The executor says how everything stands.
    Resync,
    /// The executor loses its daemon.
    Gone,
    /// The process of the hub crashes, its executor with it, and starts again.
    Crash,
    /// The executor finished switching the default route, well or not.
    Routed(bool),
    /// A configuration is removed.
    Removes(ConfigurationId),
    /// A configuration that was removed is defined again.
    Defines(ConfigurationId),
    /// Somebody asks for a scan.
    Refresh,
    /// The executor ends a scan: the newest, or one before it.
    Scanned(bool),
    /// A timer fires.
    Fires(Timer),
}

/// What a client asks; answers name the pending offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Open.
    Open,
    /// Open this option of the user choice.
    Choose(u8),
    /// Close.
    Close,
    /// Stop.
    Stop,
    /// Migrate.
    Migrate,
    /// Ignore.
    Ignore,
    /// Accept.
    Accept,
    /// Reject.
    Reject,
    /// Ask for another carrier.
    RequestRoam,
    /// Change the mode.
    SetMode(Mode),
    /// Open or end a suppression window.
    Suppress(bool),
    /// Prohibit or allow the first access point's bearer.
    Prohibit(bool),
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::Choose(option) => write!(f, "open option {option}"),
            Self::Close => f.write_str("close"),
            Self::Stop => f.write_str("stop"),
            Self::Migrate => f.write_str("migrate"),
            Self::Ignore => f.write_str("ignore"),
            Self::Accept => f.write_str("accept"),
            Self::Reject => f.write_str("reject"),
            Self::RequestRoam => f.write_str("request_roam"),
            Self::SetMode(mode) => write!(f, "set mode {mode:?}"),
            Self::Suppress(true) => f.write_str("open a suppression window"),
            Self::Suppress(false) => f.write_str("end the suppression window"),
            Self::Prohibit(true) => f.write_str("prohibit the first bearer"),
            Self::Prohibit(false) => f.write_str("allow the first bearer"),
        }
    }
}

/// Name of a call, as stories show it.
#[must_use]
pub fn call_name(call: &Call) -> &'static str {
    match call {
        Call::Open { .. } => "open",
        Call::Close => "close",
        Call::Stop => "stop",
        Call::Migrate(_) => "migrate",
        Call::Ignore(_) => "ignore",
        Call::Accept(_) => "accept",
        Call::Reject(_) => "reject",
        Call::RequestRoam => "request_roam",
        Call::SetMode(_) => "set mode",
        Call::SetRequirements(_) => "set requirements",
        Call::Suppress(_) => "suppress",
    }
}
