//! Which access points are there without a configuration file? Those that daemons know, and the interfaces no daemon has.

use super::{Backend, Connection, Interface, Manager, Scene, Service};
use crate::config::{self, AccessPointEntry, Auto, Config, Realisation};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{AccessPoint, AccessPointId, Bearer};
use std::collections::BTreeSet;

impl Config {
    /// What there is on this machine when nobody says: every connection profile of NetworkManager, by its name; every service of
    /// ConnMan, by its name; every interface that leads out and that no daemon has, by its name, through netlink with DHCP. Where
    /// a name is taken, what identifies it is added to it. Nothing of it is touched before a session opens it.
    ///
    /// If one executor is wanted for all of them, only what that one knows; netlink then has the interfaces daemons have, too.
    #[must_use]
    pub fn discovered(scene: &Scene, wanted: Option<Backend>) -> Self {
        let asked = |backend| wanted.is_none_or(|wanted| wanted == backend || wanted == Backend::Sim);
        let mut found = Found::default();
        if let Some(manager) = scene.networkmanager.as_ref().ok().filter(|_| asked(Backend::NetworkManager)) {
            for connection in &manager.connections {
                found.connection(manager, connection);
            }
        }
        for service in scene.connman.iter().filter(|_| asked(Backend::Connman)).flat_map(|services| &services.services) {
            found.service(service);
        }
        let all = wanted == Some(Backend::Netlink);
        for interface in scene.interfaces.iter().filter(|_| asked(Backend::Netlink)).flatten() {
            if interface.leads_out && (all || is_left(scene, interface)) {
                found.interface(interface);
            }
        }
        Self {
            settings: Settings::default(),
            access_points: found.entries,
            service_networks: Vec::new(),
            user_choices: Vec::new(),
            default: None,
        }
    }
}

/// Whether no daemon has it. ConnMan shows no service on an interface without carrier.
fn is_left(scene: &Scene, interface: &Interface) -> bool {
    let managed = scene.networkmanager.as_ref().is_ok_and(|manager| manager.manages(&interface.name) == Some(true));
    let serviced = scene.connman.as_ref().is_ok_and(|services| services.is_on(&interface.name) || (interface.up && !interface.carrier));
    !managed && !serviced
}

/// Access points so far.
#[derive(Default)]
struct Found {
    entries: Vec<AccessPointEntry>,
    names: BTreeSet<String>,
}

impl Found {
    fn connection(&mut self, manager: &Manager, connection: &Connection) {
        // the only device it can be activated on is the one it shares with others
        let device = || {
            let mut fit = manager.devices.iter().filter(|device| device.managed && device.bearer == connection.bearer);
            fit.next().filter(|_| connection.bearer != Bearer::Unknown && fit.next().is_none()).map(|device| device.interface.clone())
        };
        let auto = Auto {
            connection: Some(connection.uuid.clone()),
            service: None,
            interface: connection.interface.clone().or_else(device),
            netlink: None,
        };
        let name = self.name(&connection.id, &connection.uuid);
        self.add(name, Bearer::Unknown, auto);
    }

    fn service(&mut self, service: &Service) {
        let auto =
            Auto { connection: None, service: Some(service.identifier.clone()), interface: service.interface.clone(), netlink: None };
        let name = self.name(&service.name, &service.identifier);
        self.add(name, Bearer::Unknown, auto);
    }

    fn interface(&mut self, interface: &Interface) {
        let netlink = Some(config::by_dhcp(self.next(), interface.name.clone()));
        let auto = Auto { connection: None, service: None, interface: Some(interface.name.clone()), netlink };
        let name = self.name(&interface.name, "netlink");
        self.add(name, interface.bearer, auto);
    }

    fn next(&self) -> AccessPointId {
        AccessPointId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX))
    }

    /// A name nobody has yet.
    fn name(&mut self, wished: &str, identity: &str) -> String {
        let name = match wished.trim() {
            "" => identity.to_owned(),
            free if !self.names.contains(free) => free.to_owned(),
            taken => format!("{taken} ({identity})"),
        };
        self.names.insert(name.clone());
        name
    }

    /// What the executor will tell of it is left open.
    fn add(&mut self, name: String, bearer: Bearer, auto: Auto) {
        let access_point = AccessPoint { bearer, executor: config::AUTO, ..AccessPoint::default() };
        self.entries.push(AccessPointEntry { name, access_point, realisation: Realisation::Auto(auto) });
    }
}
