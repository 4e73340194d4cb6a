//! Who realises an access point that does not say so itself? Looked at once, when it is started, and told with the reason.
//!
//! For each access point the first of these that holds:
//!
//! 1. NetworkManager, if it runs and manages the interface or has the connection.
//! 2. ConnMan, if it runs and has the service, or some service on the interface.
//! 3. Where only a daemon could (no interface is named): that daemon, running or not; the access point is usable once it is.
//! 4. An interface that does not exist now, and without addresses of its own in the file: NetworkManager if it runs, since it
//!    takes what appears unless told not to. ConnMan in the same way, and also if the interface only lacks its carrier: ConnMan
//!    has no service on such a one.
//! 5. netlink: no daemon has the interface.
//! 6. The simulator, only where the kernel gives no netlink socket. [`Choice::is_simulated_by_chance`] says so, and whoever
//!    starts sessions must tell it: nothing that is sent goes anywhere.
//!
//! What the file or the user says goes before all that. A daemon that starts later changes nothing in a process that runs.

#[cfg(any(feature = "networkmanager", feature = "connman"))]
mod bus;
mod decide;
mod discover;
mod gather;
mod rights;
mod scene;

#[cfg(any(feature = "networkmanager", feature = "connman"))]
pub use bus::names_on_the_bus;
pub use decide::{Choice, Impossible};
pub use gather::survey;
pub use rights::{Right, rights};
pub use scene::{Connection, Device, Interface, Manager, Scene, Service, Services};

use crate::config::{CONNMAN, NETLINK, NETWORKMANAGER, SIM};
use netsession_fsm::words::ExecutorId;
use std::fmt;

/// An executor, as users name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Through NetworkManager.
    NetworkManager,
    /// Through ConnMan.
    Connman,
    /// The kernel's links, without a daemon.
    Netlink,
    /// In memory.
    Sim,
}

impl Backend {
    /// All of them, in order of preference.
    pub const ALL: [Self; 4] = [Self::NetworkManager, Self::Connman, Self::Netlink, Self::Sim];

    /// The id its executor has when a configuration starts it.
    #[must_use]
    pub const fn id(self) -> ExecutorId {
        match self {
            Self::NetworkManager => NETWORKMANAGER,
            Self::Connman => CONNMAN,
            Self::Netlink => NETLINK,
            Self::Sim => SIM,
        }
    }

    /// Its name in the configuration file and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetworkManager => "networkmanager",
            Self::Connman => "connman",
            Self::Netlink => "netlink",
            Self::Sim => "sim",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NetworkManager => "NetworkManager",
            Self::Connman => "ConnMan",
            Self::Netlink => "netlink",
            Self::Sim => "the simulator",
        })
    }
}
