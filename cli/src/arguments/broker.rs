//! What can be asked for of the broker, and whether it is used.

use clap::{Args, ValueEnum, ValueHint};
use netsession::broker::Bus;
use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Through {
    /// The broker if it runs, on the system bus or else on that of the user's session; this process with --config or --backend.
    #[default]
    Auto,
    /// The broker, which is started if the bus can.
    Broker,
    /// This process, whatever runs.
    Process,
}

/// A bus on the command line.
#[derive(Debug, Clone)]
pub(crate) struct Place(pub(crate) Bus);

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(match text {
            "system" => Bus::System,
            "session" => Bus::Session,
            address => Bus::Address(address.to_owned()),
        }))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Broker {
    /// On which bus: that of the system, of this user's session, or the one at this D-Bus address.
    #[arg(long, value_name = "system|session|ADDRESS", default_value = "system")]
    pub(crate) bus: Place,
    /// Where what holds is kept over a crash; a directory that ends with the machine's uptime. Without it $RUNTIME_DIRECTORY, or
    /// /run/netsession for root, or $XDG_RUNTIME_DIR/netsession.
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub(crate) state: Option<PathBuf>,
    /// Who may do what where polkit does not decide, and how much each user may have; /etc/netsession/policy.toml if that is there.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
    /// Tell counters as Prometheus text to whoever connects to this local socket and asks over HTTP.
    #[arg(long, value_name = "SOCKET", value_hint = ValueHint::FilePath)]
    pub(crate) metrics: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// On which bus the broker is; without it the first that has one: that of the system, that of this user's session.
    #[arg(long, value_name = "system|session|ADDRESS")]
    pub(crate) bus: Option<Place>,
    /// For programs: JSON on standard output, errors as JSON on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}
