//! What runs on this machine, as far as choosing an executor needs to know?

use netsession_fsm::words::Bearer;

/// Daemons and interfaces at one moment. Whatever could not be asked says why, as the end of a sentence about it:
/// "does not run", "gives no answer within 5s".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// NetworkManager.
    pub networkmanager: Result<Manager, String>,
    /// ConnMan.
    pub connman: Result<Services, String>,
    /// The kernel's interfaces in this network namespace.
    pub interfaces: Result<Vec<Interface>, String>,
}

/// NetworkManager, running.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manager {
    /// Its version.
    pub version: String,
    /// Its devices.
    pub devices: Vec<Device>,
    /// Its connection profiles that are ways to get on a network.
    pub connections: Vec<Connection>,
}

/// A device of NetworkManager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its interface.
    pub interface: String,
    /// NetworkManager may touch it.
    pub managed: bool,
    /// What it carries.
    pub bearer: Bearer,
}

/// A connection profile of NetworkManager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// What identifies it.
    pub uuid: String,
    /// What it is called; others may be called the same.
    pub id: String,
    /// The interface it is bound to, or active on.
    pub interface: Option<String>,
    /// What carries it.
    pub bearer: Bearer,
}

/// ConnMan, running.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Services {
    /// Its services.
    pub services: Vec<Service>,
}

/// A service of ConnMan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// What identifies it.
    pub identifier: String,
    /// What it is called; empty for a hidden network, and others may be called the same.
    pub name: String,
    /// Its interface.
    pub interface: Option<String>,
}

/// An interface of the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Administratively up.
    pub up: bool,
    /// Something at the other end, as far as an interface that is up tells.
    pub carrier: bool,
    /// A way out of the machine by itself: Ethernet-like, no part of a bridge or bond, and none itself, nor a tunnel or VLAN.
    pub leads_out: bool,
    /// What carries it.
    pub bearer: Bearer,
}

impl Scene {
    /// Nothing but the kernel's interfaces.
    #[must_use]
    pub fn without_daemons(interfaces: Vec<Interface>) -> Self {
        let absent = || "does not run".to_owned();
        Self { networkmanager: Err(absent()), connman: Err(absent()), interfaces: Ok(interfaces) }
    }

    /// The interface with this name.
    #[must_use]
    pub fn interface(&self, name: &str) -> Option<&Interface> {
        self.interfaces.as_ref().ok()?.iter().find(|interface| interface.name == name)
    }
}

impl Manager {
    /// Whether it manages the interface; `None` if it does not know it.
    #[must_use]
    pub fn manages(&self, interface: &str) -> Option<bool> {
        self.devices.iter().find(|device| device.interface == interface).map(|device| device.managed)
    }

    /// The connection with this UUID, or else the only one with this name.
    #[must_use]
    pub fn connection(&self, named: &str) -> Option<&Connection> {
        let by_uuid = self.connections.iter().find(|connection| connection.uuid == named);
        by_uuid.or_else(|| only(self.connections.iter().filter(|connection| connection.id == named)))
    }
}

impl Services {
    /// The service with this identifier, or else the only one with this name.
    #[must_use]
    pub fn service(&self, named: &str) -> Option<&Service> {
        let by_identifier = self.services.iter().find(|service| service.identifier == named);
        by_identifier.or_else(|| only(self.services.iter().filter(|service| service.name == named)))
    }

    /// Whether some service is on the interface.
    #[must_use]
    pub fn is_on(&self, interface: &str) -> bool {
        self.services.iter().any(|service| service.interface.as_deref() == Some(interface))
    }
}

fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    let first = found.next()?;
    found.next().is_none().then_some(first)
}
