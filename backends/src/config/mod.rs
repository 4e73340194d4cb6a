//! The configuration file: which access points, service networks and user choices there are, who realises them, and the deadlines.
//!
//! [`Config::sample`] documents every key. A mistake is reported with its line and column ([`ConfigError`]).

#[cfg(feature = "netlink")]
mod address;
mod check;
#[cfg(any(feature = "networkmanager", feature = "connman"))]
mod daemons;
mod error;
mod file;
mod group;
mod keys;
#[cfg(feature = "netlink")]
mod netlink;
mod probe;
#[cfg(feature = "netlink")]
mod realise;
mod start;

pub use error::ConfigError;
#[cfg(feature = "netlink")]
pub(crate) use netlink::by_dhcp;
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

/// The id of an access point's executor before it is chosen: no executor has it, see [`Config::choose`].
pub const AUTO: ExecutorId = ExecutorId(u8::MAX);

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
    /// NetworkManager.
    #[cfg(feature = "networkmanager")]
    NetworkManager(crate::networkmanager::Profile),
    /// ConnMan.
    #[cfg(feature = "connman")]
    Connman(crate::connman::Profile),
    /// An interface of this machine, without any daemon.
    #[cfg(feature = "netlink")]
    Netlink(crate::netlink::Profile),
    /// The simulator.
    #[cfg(feature = "sim")]
    Sim(crate::sim::Behaviour),
    /// Whoever can, decided when it is started; see [`crate::choose`].
    #[cfg(feature = "netlink")]
    Auto(Auto),
}

/// What is known of an access point whose executor is still to be chosen. At least one of the first three is there.
#[cfg(feature = "netlink")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auto {
    /// A connection profile of NetworkManager: UUID or name.
    pub connection: Option<String>,
    /// A service of ConnMan: identifier or name.
    pub service: Option<String>,
    /// Name of the interface.
    pub interface: Option<String>,
    /// What netlink does with the interface if no daemon has it; `None` if it can do nothing.
    pub netlink: Option<crate::netlink::Profile>,
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

    /// What a program has that leaves everything to a broker: nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            settings: Settings::default(),
            access_points: Vec::new(),
            service_networks: Vec::new(),
            user_choices: Vec::new(),
            default: None,
        }
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

#[cfg(feature = "netlink")]
impl Realisation {
    /// Who realises it; `None` where that is still to be chosen.
    #[must_use]
    pub const fn backend(&self) -> Option<crate::choose::Backend> {
        use crate::choose::Backend;
        match self {
            #[cfg(feature = "networkmanager")]
            Self::NetworkManager(_) => Some(Backend::NetworkManager),
            #[cfg(feature = "connman")]
            Self::Connman(_) => Some(Backend::Connman),
            Self::Netlink(_) => Some(Backend::Netlink),
            #[cfg(feature = "sim")]
            Self::Sim(_) => Some(Backend::Sim),
            Self::Auto(_) => None,
        }
    }

    /// The interface, where one access point that is up there takes another one down.
    pub(crate) fn shared_interface(&self) -> Option<&str> {
        match self {
            #[cfg(feature = "networkmanager")]
            Self::NetworkManager(profile) => profile.interface.as_deref(),
            #[cfg(feature = "connman")]
            Self::Connman(profile) => profile.interface.as_deref(),
            #[cfg(feature = "sim")]
            Self::Sim(_) => None,
            Self::Netlink(_) | Self::Auto(_) => None,
        }
    }
}
