//! Is the configuration file fine, and who realises what? Also of interfaces it does not name.

use super::Check;
use crate::arguments::Source;
use crate::setup::{Origin, origin, read};
use netsession::choose::{Backend, Choice, Scene};
use netsession::config::{Config, Realisation};

const GROUP: &str = "configuration";

/// Whom the access points need.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needs {
    pub(super) networkmanager: bool,
    pub(super) connman: bool,
    pub(super) netlink: bool,
    /// netlink, with addresses from DHCP.
    pub(super) dhcp: bool,
}

/// The file, and each of its access points; and what they need.
pub(super) async fn checks(source: &Source, scene: &Scene) -> (Vec<Check>, Needs) {
    let wanted = source.backend.wanted();
    let (file, config) = match origin(source) {
        Origin::File(path) => match read(&path) {
            Ok(config) => (Check::ok(GROUP, "file", format!("{} is right", path.display())), config),
            Err(failed) => {
                let todo = "`netsession config --check FILE` shows the place, `netsession config` every key";
                return (vec![Check::bad(GROUP, "file", true, failed.to_string(), todo)], Needs::default());
            }
        },
        Origin::System(places) => {
            let looked: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
            let found = format!("none at {}: access points are those that daemons know, and interfaces without one", looked.join(", "));
            (Check::ok(GROUP, "file", found), Config::discovered(scene, wanted))
        }
    };
    let mut checks = vec![file];
    if config.access_points.is_empty() {
        let todo = "start NetworkManager or ConnMan, or write a file: `netsession config > netsession.toml`";
        checks.push(Check::bad(GROUP, "access points", true, "there are none", todo));
        return (checks, Needs::default());
    }
    let mut needs = Needs::default();
    match config.choose(scene, wanted) {
        Ok((chosen, choices)) => {
            for (entry, choice) in chosen.access_points.iter().zip(&choices) {
                needs.add(choice.executor, &entry.realisation);
                checks.push(access_point(choice, &entry.realisation, scene));
            }
        }
        Err(impossible) => {
            checks.push(Check::bad(GROUP, "access points", true, impossible.to_string(), "leave out --backend, or correct the file"));
        }
    }
    (checks, needs)
}

impl Needs {
    fn add(&mut self, executor: Backend, realisation: &Realisation) {
        match executor {
            Backend::NetworkManager => self.networkmanager = true,
            Backend::Connman => self.connman = true,
            Backend::Netlink => self.netlink = true,
            Backend::Sim => {}
        }
        self.dhcp |= realisation.profile().is_some_and(|profile| profile.dhcp);
    }
}

/// Whether its executor can do something with it now.
fn access_point(choice: &Choice, realisation: &Realisation, scene: &Scene) -> Check {
    let Choice { access_point, executor, because, .. } = choice;
    let found = format!("through {executor}: {because}");
    let bad = |needed, what: String, todo: &str| Check::bad(GROUP, access_point, needed, format!("{found}; {what}"), todo);
    match realisation {
        Realisation::NetworkManager(profile) => match (&scene.networkmanager, &profile.connection, &profile.interface) {
            (Err(why), _, _) => bad(true, format!("it {why}"), "start it: `systemctl start NetworkManager`"),
            (Ok(manager), Some(named), _) if manager.connection(named).is_none() => {
                bad(true, format!("it has no connection {named:?}, or several"), "`nmcli connection` lists them; a UUID is always unique")
            }
            (Ok(manager), _, Some(interface)) if manager.manages(interface) == Some(false) => {
                bad(true, format!("it does not manage {interface}"), "`nmcli device set INTERFACE managed yes`, or name another executor")
            }
            (Ok(_), _, _) => Check::ok(GROUP, access_point, found),
        },
        Realisation::Connman(profile) => match (&scene.connman, &profile.service) {
            (Err(why), _) => bad(true, format!("it {why}"), "start it: `systemctl start connman`"),
            (Ok(services), Some(named)) if services.service(named).is_none() => {
                bad(false, format!("it has no service {named:?} now"), "`connmanctl services` lists them; one out of reach is not there")
            }
            (Ok(_), _) => Check::ok(GROUP, access_point, found),
        },
        Realisation::Netlink(profile) => match &scene.interfaces {
            Err(why) => bad(true, format!("it {why}"), "see `kernel` above"),
            Ok(_) if scene.interface(&profile.interface).is_none() => {
                bad(false, format!("{} does not exist now", profile.interface), "plug it in, or correct its name: `ip link` lists them")
            }
            Ok(_) => Check::ok(GROUP, access_point, found),
        },
        Realisation::Sim(_) if choice.is_simulated_by_chance() => {
            bad(true, "nothing that is sent over it goes anywhere".to_owned(), "see `kernel` and `daemons` above")
        }
        Realisation::Sim(_) | Realisation::Auto(_) => Check::ok(GROUP, access_point, found),
    }
}

/// Who would realise an access point on each interface that leads out.
pub(super) fn interfaces(scene: &Scene) -> Vec<Check> {
    let out = scene.interfaces.iter().flatten().filter(|interface| interface.leads_out);
    out.map(|interface| {
        let choice = scene.choice(&interface.name);
        Check::ok("interfaces", &interface.name, format!("through {}: {}", choice.executor, choice.because))
    })
    .collect()
}
