//! Which executor does each access point get, and why? A function of the configuration, the scene, and what was asked for.

use super::{Backend, Scene};
use crate::config::{AccessPointEntry, Auto, Config, Realisation, by_dhcp};
use netsession_fsm::words::{AccessPointId, RadioId};
use std::collections::BTreeMap;

/// Who realises an access point, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Choice {
    /// Name of the access point.
    pub access_point: String,
    /// Who realises it.
    pub executor: Backend,
    /// Why: a sentence without its end.
    pub because: String,
    /// Somebody asked for this executor: the configuration file, or whoever runs the program.
    pub asked: bool,
}

impl Choice {
    /// Nobody asked for the simulator, and nothing real is possible. Never leave that unsaid.
    #[must_use]
    pub fn is_simulated_by_chance(&self) -> bool {
        self.executor == Backend::Sim && !self.asked
    }
}

/// An executor that was asked for cannot realise an access point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// It is not there, for any access point.
    #[error("{backend} {why}")]
    Absent {
        /// Which.
        backend: Backend,
        /// Why, as the end of a sentence.
        why: String,
    },
    /// The configuration file puts an access point on the simulator, and only real links were asked for.
    #[error("access point {access_point:?} is simulated, and {backend} was asked for")]
    Simulated {
        /// Name of the access point.
        access_point: String,
        /// What was asked for.
        backend: Backend,
    },
    /// It is there, and can do nothing with this access point.
    #[error("{backend} cannot realise access point {access_point:?}: {why}")]
    Unfit {
        /// Name of the access point.
        access_point: String,
        /// Which.
        backend: Backend,
        /// What is missing.
        why: String,
    },
}

impl Config {
    /// Whether every access point has its executor.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        !self.access_points.iter().any(|entry| matches!(entry.realisation, Realisation::Auto(_)))
    }

    /// Gives every access point its executor, and says which and why, in the order of the access points. `wanted` is for all that
    /// do not say it themselves; the simulator takes all of them, whatever they say: a rehearsal that touches no link.
    ///
    /// Access points of a daemon on one interface share a radio unless they name one: a daemon has one connection up on it.
    ///
    /// # Errors
    /// If `wanted` can do nothing with one of them, or nobody can.
    pub fn choose(&self, scene: &Scene, wanted: Option<Backend>) -> Result<(Self, Vec<Choice>), Impossible> {
        let mut chosen = self.clone();
        let mut choices = Vec::new();
        for (id, entry) in (0..).map(AccessPointId).zip(&mut chosen.access_points) {
            let (executor, because, asked) = match (&entry.realisation, wanted) {
                (_, Some(Backend::Sim)) => (Backend::Sim, "it was asked for, whatever the file says".to_owned(), true),
                (Realisation::Auto(auto), None) => {
                    let (backend, because) = decide(auto, scene);
                    (backend, because, false)
                }
                (Realisation::Auto(auto), Some(wanted)) => {
                    possible(auto, scene, &entry.name, wanted)?;
                    (wanted, "it was asked for".to_owned(), true)
                }
                (given, Some(backend)) if given.backend() == Some(Backend::Sim) => {
                    return Err(Impossible::Simulated { access_point: entry.name.clone(), backend });
                }
                (given, _) => (given.backend().unwrap_or(Backend::Netlink), "the configuration file says so".to_owned(), true),
            };
            realise(entry, id, executor)?;
            choices.push(Choice { access_point: entry.name.clone(), executor, because, asked });
        }
        chosen.share_radios();
        Ok((chosen, choices))
    }

    fn share_radios(&mut self) {
        let used = self.access_points.iter().filter_map(|entry| entry.access_point.radio).max();
        let free = used.map_or(0, |radio| radio.0 + 1);
        let mut on: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, entry) in self.access_points.iter().enumerate() {
            if let Some(interface) = entry.realisation.shared_interface() {
                on.entry(interface.to_owned()).or_default().push(at);
            }
        }
        for (radio, places) in (free..).map(RadioId).zip(on.into_values().filter(|places| places.len() > 1)) {
            let named = places.iter().find_map(|at| self.access_points[*at].access_point.radio);
            for at in places {
                self.access_points[at].access_point.radio.get_or_insert(named.unwrap_or(radio));
            }
        }
    }
}

impl Scene {
    /// Who would realise an access point that names nothing but this interface, and why.
    #[must_use]
    pub fn choice(&self, interface: &str) -> Choice {
        let name = interface.to_owned();
        let netlink = Some(by_dhcp(AccessPointId::default(), name.clone()));
        let (executor, because) = decide(&Auto { connection: None, service: None, interface: Some(name.clone()), netlink }, self);
        Choice { access_point: name, executor, because, asked: false }
    }
}

/// The first that can, and why.
fn decide(auto: &Auto, scene: &Scene) -> (Backend, String) {
    let manager = networkmanager(auto, scene);
    let services = connman(auto, scene);
    let (no_manager, no_services) = match (manager, services) {
        (Ok(because), _) => return (Backend::NetworkManager, because),
        (_, Ok(because)) => return (Backend::Connman, because),
        (Err(no_manager), Err(no_services)) => (no_manager, no_services),
    };
    let neither = format!("{no_manager}, {no_services}");
    let (runs_manager, runs_services) = (scene.networkmanager.is_ok(), scene.connman.is_ok());
    let Some(name) = &auto.interface else {
        return match (&auto.connection, &auto.service) {
            (Some(_), Some(_)) if !runs_manager && runs_services => (Backend::Connman, format!("{neither}; it is what runs")),
            (Some(_), _) => (Backend::NetworkManager, format!("only NetworkManager has connections ({no_manager})")),
            (None, _) => (Backend::Connman, format!("only ConnMan has services ({no_services})")),
        };
    };
    let has_addresses = auto.netlink.as_ref().is_some_and(|profile| !profile.addresses.is_empty());
    let interface = scene.interface(name);
    if interface.is_none() && scene.interfaces.is_ok() && !has_addresses {
        let absent = format!("{name} does not exist now");
        if runs_manager {
            return (Backend::NetworkManager, format!("{absent}, and NetworkManager takes what appears"));
        }
        if runs_services {
            return (Backend::Connman, format!("{absent}, and ConnMan takes what appears"));
        }
    }
    if interface.is_some_and(|interface| interface.up && !interface.carrier) && runs_services && !has_addresses {
        return (Backend::Connman, format!("{name} has no carrier, and ConnMan has no service until it has ({no_manager})"));
    }
    match (&scene.interfaces, &auto.netlink) {
        (Ok(_), Some(_)) => (Backend::Netlink, neither),
        (Ok(_), None) => (Backend::Sim, format!("{neither}, and netlink has no addresses for {name}")),
        (Err(why), _) => (Backend::Sim, format!("{neither}, and netlink {why}")),
    }
}

/// Why NetworkManager has it, or why not.
fn networkmanager(auto: &Auto, scene: &Scene) -> Result<String, String> {
    let manager = scene.networkmanager.as_ref().map_err(|why| format!("NetworkManager {why}"))?;
    let version = &manager.version;
    if let Some(connection) = auto.connection.as_ref().and_then(|named| manager.connection(named)) {
        return Ok(format!("NetworkManager {version} has the connection {:?}", connection.id));
    }
    match &auto.interface {
        Some(name) if manager.manages(name) == Some(true) => Ok(format!("NetworkManager {version} manages {name}")),
        Some(name) => Err(format!("NetworkManager {version} does not manage {name}")),
        None => Err(match &auto.connection {
            Some(named) => format!("NetworkManager {version} has no connection {named:?}, or several"),
            None => "no connection of NetworkManager is named".to_owned(),
        }),
    }
}

/// Why ConnMan has it, or why not.
fn connman(auto: &Auto, scene: &Scene) -> Result<String, String> {
    let services = scene.connman.as_ref().map_err(|why| format!("ConnMan {why}"))?;
    if let Some(service) = auto.service.as_ref().and_then(|named| services.service(named)) {
        return Ok(format!("ConnMan has the service {:?}", service.identifier));
    }
    match &auto.interface {
        Some(name) if services.is_on(name) => Ok(format!("ConnMan has a service on {name}")),
        Some(name) => Err(format!("ConnMan has no service on {name}")),
        None => Err(match &auto.service {
            Some(named) => format!("ConnMan has no service {named:?} now, or several"),
            None => "no service of ConnMan is named".to_owned(),
        }),
    }
}

/// Whether what was asked for can realise it.
fn possible(auto: &Auto, scene: &Scene, access_point: &str, backend: Backend) -> Result<(), Impossible> {
    let absent = |why: &String| Impossible::Absent { backend, why: why.clone() };
    let unfit = |why: String| Err(Impossible::Unfit { access_point: access_point.to_owned(), backend, why });
    match backend {
        Backend::NetworkManager => {
            let manager = scene.networkmanager.as_ref().map_err(absent)?;
            match &auto.interface {
                None if auto.connection.is_none() => unfit("it names neither a connection nor an interface".to_owned()),
                Some(name) if manager.manages(name) == Some(false) => unfit(format!("NetworkManager does not manage {name}")),
                Some(_) | None => Ok(()),
            }
        }
        Backend::Connman => {
            scene.connman.as_ref().map_err(absent)?;
            let named = auto.service.is_some() || auto.interface.is_some();
            if named { Ok(()) } else { unfit("it names neither a service nor an interface".to_owned()) }
        }
        Backend::Netlink => {
            scene.interfaces.as_ref().map_err(absent)?;
            match (&auto.interface, &auto.netlink) {
                (None, _) => unfit("it names no interface".to_owned()),
                (Some(_), None) => unfit("it names no addresses".to_owned()),
                (Some(_), Some(_)) => Ok(()),
            }
        }
        Backend::Sim => Ok(()),
    }
}

/// Gives the access point to its executor.
fn realise(entry: &mut AccessPointEntry, id: AccessPointId, backend: Backend) -> Result<(), Impossible> {
    let unbuilt = || Impossible::Absent { backend, why: "is not in this build".to_owned() };
    entry.access_point.executor = backend.id();
    if entry.realisation.backend() == Some(backend) {
        return Ok(());
    }
    let auto = match &entry.realisation {
        Realisation::Auto(auto) => Some(auto.clone()),
        _ => None,
    };
    let realisation = match (backend, auto) {
        #[cfg(feature = "networkmanager")]
        (Backend::NetworkManager, Some(Auto { connection, interface, .. })) => {
            Some(Realisation::NetworkManager(crate::networkmanager::Profile { access_point: id, connection, interface }))
        }
        #[cfg(feature = "connman")]
        (Backend::Connman, Some(Auto { service, interface, .. })) => {
            Some(Realisation::Connman(crate::connman::Profile { access_point: id, service, interface }))
        }
        (Backend::Netlink, Some(Auto { netlink: Some(profile), .. })) => {
            Some(Realisation::Netlink(crate::netlink::Profile { access_point: id, ..profile }))
        }
        #[cfg(feature = "sim")]
        (Backend::Sim, _) => {
            let radio = entry.access_point.radio;
            Some(Realisation::Sim(crate::sim::Behaviour { radio, ..crate::sim::Behaviour::default() }))
        }
        _ => None,
    };
    entry.realisation = realisation.ok_or_else(unbuilt)?;
    Ok(())
}
