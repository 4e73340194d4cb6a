//! The configuration file: which access points, service networks and user choices there are, who realises them, and the deadlines.
//!
//! [`Config::sample`] documents every key. A mistake is reported with its line and column ([`ConfigError`]).

#[cfg(feature = "netlink")]
mod address;
mod check;
mod error;
mod file;
mod group;
#[cfg(feature = "netlink")]
mod netlink;
mod probe;
mod start;

pub use error::ConfigError;
pub use probe::{NoProbe, Probe};
pub use start::{Running, StartError};

use netsession_fsm::hub::Settings;
use netsession_fsm::words::{AccessPoint, ExecutorId, Purpose};

/// The id the simulator has when a configuration file starts it.
pub const SIM: ExecutorId = ExecutorId(0);
/// The id the netlink executor has when a configuration file starts it.
pub const NETLINK: ExecutorId = ExecutorId(1);
/// The id the NetworkManager executor has when a configuration file starts it.
pub const NETWORKMANAGER: ExecutorId = ExecutorId(2);
/// The id the ConnMan executor has when a configuration file starts it.
pub const CONNMAN: ExecutorId = ExecutorId(3);

/// A checked configuration file, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Deadlines and delays.
    pub settings: Settings,
    /// Access points.
    pub access_points: Vec<AccessPointEntry>,
    /// Service networks.
    pub service_networks: Vec<ServiceNetworkEntry>,
    /// User choices.
    pub user_choices: Vec<UserChoiceEntry>,
    /// Name of the default configuration.
    pub default: Option<String>,
}

/// One `[[access-point]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessPointEntry {
    /// What it is called.
    pub name: String,
    /// Its attributes.
    pub access_point: AccessPoint,
    /// Who realises it, and what that needs to know.
    pub realisation: Realisation,
}

/// Who realises an access point.
#[derive(Debug, Clone, PartialEq)]
pub enum Realisation {
    /// An interface of this machine.
    #[cfg(feature = "netlink")]
    Netlink(crate::netlink::Profile),
    /// The simulator.
    #[cfg(feature = "sim")]
    Sim(crate::sim::Behaviour),
}

/// One `[[service-network]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceNetworkEntry {
    /// What it is called.
    pub name: String,
    /// Who it is for.
    pub purpose: Purpose,
    /// Names of access points, best first.
    pub members: Vec<String>,
    /// How an application tests a candidate in a trial.
    pub probe: Option<Probe>,
}

/// One `[[user-choice]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserChoiceEntry {
    /// What it is called.
    pub name: String,
    /// Names of access points and service networks, in the user's order.
    pub options: Vec<String>,
}

impl Config {
    /// Reads and checks the text of a configuration file; `file` is what it is called in errors.
    ///
    /// # Errors
    /// The first mistake, with line and column.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        check::config(file, text)
    }

    /// A file that documents every key, line by line; it can be used as it is, on the simulator.
    #[must_use]
    pub fn sample() -> &'static str {
        include_str!("sample.toml")
    }

    /// What the netlink executor needs to know, with the ids the access points get in [`Config::builder`].
    #[cfg(feature = "netlink")]
    #[must_use]
    pub fn profiles(&self) -> Vec<crate::netlink::Profile> {
        netlink::profiles(self)
    }
}
