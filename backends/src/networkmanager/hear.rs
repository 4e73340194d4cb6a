//! What does a signal of NetworkManager change? What is known of its objects, and why a link ended.

use super::map;
use super::objects::{ACTIVE, DEVICE, Interfaces};
use super::sync::Sync;
use super::task::{Task, Timer};
use super::watch::Said;
use netsession_fsm::words::Cause;
use std::time::Duration;
use tokio::time::Instant;

/// How long it may take from the first object it takes away to its end: 35 ms (measured on 1.42.4).
const LEAVING: Duration = Duration::from_secs(2);
/// How long a device may be unmanaged before that means that it stays so: 5 ms (measured on 1.42.4).
const FRESH: Duration = Duration::from_millis(500);

impl Task {
    /// Takes in what was said.
    pub(super) fn heard(&mut self, said: Said) {
        match said {
            Said::Owner(_) => {}
            Said::Added(path, interfaces) => self.added(path, interfaces),
            // an interface that vanishes is unreal before its device goes
            Said::Removed(path, interfaces) if self.is_leaving(&path, &interfaces) => {
                self.sync = Sync::Leaving;
                self.timers.insert(Timer::Leaving, Instant::now() + LEAVING);
            }
            Said::Removed(path, interfaces) => {
                if let Some(active) = self.objects.actives.get(&path).filter(|_| interfaces.iter().any(|name| name == ACTIVE)) {
                    let uuid = active.uuid.clone();
                    self.ended(&uuid, None);
                }
                self.objects.removed(&path, &interfaces);
                self.resolve();
            }
            Said::Changed(path, interface, properties) => {
                if self.objects.changed(&path, &interface, properties) {
                    self.scanned(&path);
                    self.resolve();
                }
            }
            Said::Activation { path, state, reason } => {
                let Some(active) = self.objects.actives.get_mut(&path) else { return };
                active.activation = map::Activation::new(state);
                if matches!(active.activation, map::Activation::Deactivating | map::Activation::Deactivated) {
                    let uuid = active.uuid.clone();
                    self.ended(&uuid, Some(map::active_cause(reason)));
                }
            }
            Said::Device { path, state, reason } => {
                let Some(device) = self.objects.devices.get_mut(&path) else { return };
                device.state = state;
                let failed = map::device_cause(reason);
                let active = self.objects.actives.get(&device.active).or_else(|| self.objects.actives.get(&device.active_before));
                if let Some(uuid) = active.map(|active| active.uuid.clone()).filter(|_| failed != Cause::Unknown) {
                    self.links.iter_mut().filter(|link| link.uuid.as_ref() == Some(&uuid)).for_each(|link| link.why = failed);
                }
            }
            Said::Updated(path) => self.read(path),
        }
    }

    /// Whether NetworkManager takes its devices away because it ends: they are still there, links stay up, and are not to be told
    /// as lost one by one.
    fn is_leaving(&self, path: &str, interfaces: &[String]) -> bool {
        self.sync == Sync::Done && interfaces.iter().any(|name| name == DEVICE) && self.objects.devices.get(path).is_some_and(|it| it.real)
    }

    fn added(&mut self, path: String, interfaces: Interfaces) {
        let device = interfaces.contains_key(DEVICE);
        if self.objects.added(&path, interfaces) {
            self.read(path);
        } else if device && let Some(device) = self.objects.devices.get_mut(&path) {
            device.fresh = true;
            self.timers.insert(Timer::Fresh, Instant::now() + FRESH);
        }
        self.resolve();
    }

    /// An active connection of a profile ends, or is gone (`cause`: as far as it says why).
    fn ended(&mut self, uuid: &str, cause: Option<Cause>) {
        for link in self.links.iter_mut().filter(|link| link.uuid.as_deref() == Some(uuid)) {
            match cause {
                Some(cause) if link.why == Cause::Unknown => link.why = cause,
                Some(_) => {}
                None => link.ours = false,
            }
        }
    }

    /// Finds out which connection profile an access point is, where the user did not name it by UUID.
    pub(super) fn resolve(&mut self) {
        for at in 0..self.links.len() {
            let link = &self.links[at];
            if link.work.is_some() || link.uuid.as_ref().is_some_and(|uuid| link.profile.connection.as_ref() == Some(uuid)) {
                continue;
            }
            let found = match (&link.profile.connection, &link.profile.interface) {
                (Some(name), _) => self.objects.named(name),
                (None, Some(interface)) => self.objects.on_interface(interface),
                (None, None) => None,
            };
            // one that was deleted is told as removed, not as another one
            if let Some(uuid) = found {
                self.links[at].uuid = Some(uuid);
            }
        }
    }
}
