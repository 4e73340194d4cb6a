//! What went wrong, where, what to do about it, and which exit code says so.

use crate::output;
use netsession::choose::{Backend, Impossible};
use netsession::config::{ConfigError, StartError};
use netsession::connman::ConnmanError;
use netsession::netlink::NetlinkError;
use netsession::networkmanager::NetworkManagerError;
use netsession::{BrokerError, Cause, RequestError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// Exit codes; 0 is success, 2 is also clap's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// A check failed, a file drifted, a session was lost.
    Failed = 1,
    /// The arguments make no sense.
    Usage = 2,
    /// The configuration file is missing or wrong.
    Configuration = 3,
    /// There is no such configuration, machine or world.
    UnknownName = 4,
    /// The system does not permit it.
    NotPermitted = 5,
    /// It could not be opened, started, read or written.
    Unavailable = 6,
}

/// A failure of the program.
#[derive(Debug, Serialize)]
pub(crate) struct Failed {
    code: u8,
    kind: Kind,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(flatten)]
    place: Option<Box<Place>>,
}

/// Where the mistake in a configuration file is.
#[derive(Debug, Serialize)]
struct Place {
    file: String,
    line: usize,
    column: usize,
    /// What a person sees instead of the message.
    #[serde(skip)]
    shown: String,
}

impl Failed {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { code: kind as u8, kind, message: message.into(), help: None, place: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, message)
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Another exit code than the kind's: that of a shell.
    #[must_use]
    pub(crate) fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// Says it on standard error, as text or as one line of JSON.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        if json {
            output::complain(&output::json(&BTreeMap::from([("error", self)])));
        } else {
            let red = output::ERROR;
            output::complain(&format!("{red}error:{red:#} {self}"));
        }
        ExitCode::from(self.code)
    }

    /// Nobody permitted it: what to do about it.
    pub(crate) fn not_permitted(message: impl Into<String>) -> Self {
        Self::new(Kind::NotPermitted, message).help(
            "changing links needs CAP_NET_ADMIN: run it as root, or once `sudo setcap cap_net_admin+ep \"$(command -v netsession)\"`; \
             a daemon asks polkit, or the bus's policy: `netsession doctor` says what they say",
        )
    }

    /// The executor says it is not permitted.
    pub(crate) fn refused_by(executor: Backend, message: impl Into<String>) -> Self {
        let failed = Self::not_permitted(message);
        match executor {
            Backend::NetworkManager => failed.help("log in at the machine itself, run it as root, or allow it in polkit's rules"),
            Backend::Connman => failed.help("run it as root, or allow it in the system bus's policy for net.connman"),
            Backend::Netlink | Backend::Sim => failed,
        }
    }

    /// Why a session could not be opened, or a request was not carried out.
    pub(crate) fn request(error: &RequestError, names: impl IntoIterator<Item = String>) -> Self {
        match error {
            RequestError::UnknownConfiguration(name) => Self::unknown("configuration", name, names),
            RequestError::Failed(failure) => {
                let message = format!("cannot {failure}");
                match failure.error.cause {
                    Cause::NotAuthorised => Self::not_permitted(message),
                    cause => Self::unavailable(message).help(advice(cause)),
                }
            }
            RequestError::Broker(BrokerError::NotAuthorised(_)) => Self::not_permitted(error.to_string()),
            RequestError::Refused(_) | RequestError::Broker(_) | RequestError::Ended => Self::unavailable(error.to_string()),
        }
    }

    /// A name that nothing has, with those there are.
    pub(crate) fn unknown(what: &str, name: &str, names: impl IntoIterator<Item = String>) -> Self {
        let names: Vec<_> = names.into_iter().collect();
        Self::new(Kind::UnknownName, format!("there is no {what} {name:?}")).help(format!("known: {}", names.join(", ")))
    }

    /// A file or stream that could not be written.
    pub(crate) fn write(what: &str, error: &io::Error) -> Self {
        Self::unavailable(format!("cannot write {what}: {error}"))
    }
}

/// What a person can do about a failed open.
fn advice(cause: Cause) -> &'static str {
    match cause {
        Cause::Timeout | Cause::CarrierLost => {
            "is the cable in, is the network in reach? `connect-timeout` in the configuration file says how long to wait"
        }
        Cause::Vanished => "the interface does not exist now: `ip link` lists those there are",
        Cause::RadioBusy => "close the session that uses the radio first",
        Cause::Route => "the kernel refused a route: is the gateway in the subnet of an address of the access point?",
        _ => "`netsession list` shows what is usable now, `-v` says more",
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.place, &self.help) {
            (Some(place), _) => f.write_str(&place.shown),
            (None, Some(help)) => write!(f, "{}\n  = {help}", self.message),
            (None, None) => f.write_str(&self.message),
        }
    }
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        let shown = error.to_string();
        let help = Some(error.help).filter(|help| !help.is_empty());
        let place = Place { file: error.file, line: error.line, column: error.column, shown };
        Self { help, place: Some(Box::new(place)), ..Self::new(Kind::Configuration, error.message) }
    }
}

impl From<StartError> for Failed {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Client(error) => Self::new(Kind::Configuration, error.to_string()),
            StartError::Netlink(error @ NetlinkError::Socket(_)) => Self::unavailable(error.to_string()),
            StartError::Netlink(error) => Self::new(Kind::Configuration, error.to_string()),
            StartError::NetworkManager(error @ NetworkManagerError::Socket(_)) => Self::unavailable(error.to_string()),
            StartError::NetworkManager(error) => Self::new(Kind::Configuration, error.to_string()),
            StartError::Connman(error @ ConnmanError::Socket(_)) => Self::unavailable(error.to_string()),
            StartError::Connman(error) => Self::new(Kind::Configuration, error.to_string()),
            StartError::Impossible(error) => error.into(),
        }
    }
}

impl From<Impossible> for Failed {
    fn from(error: Impossible) -> Self {
        let message = error.to_string();
        match error {
            Impossible::Absent { .. } => Self::unavailable(message).help("leave out --backend, or see `netsession doctor`"),
            Impossible::Unfit { .. } => {
                Self::usage(message).help("leave out --backend, or give it what is missing in the configuration file")
            }
            Impossible::Simulated { .. } => {
                Self::usage(message).help("leave out --backend, or leave out its executor = \"sim\" in the configuration file")
            }
        }
    }
}
