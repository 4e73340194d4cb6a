//! Which of NetworkManager's objects is meant? Profiles, active connections and devices, each found at once.

use super::map::{Activation, Place};
use super::objects::{Active, Device, Objects, Profile};
use std::net::IpAddr;

impl Objects {
    /// Path and settings of a profile.
    pub(super) fn profile(&self, uuid: &str) -> Option<(&str, &Profile)> {
        let path = self.paths.get(uuid)?;
        Some((path, self.profiles.get(path)?))
    }

    /// UUID of the profile that has this UUID, or this name if only one has it.
    pub(super) fn named(&self, name: &str) -> Option<String> {
        if self.paths.contains_key(name) {
            return Some(name.to_owned());
        }
        let mut named = self.profiles.values().filter(|profile| profile.id == name);
        let first = named.next()?;
        named.next().is_none().then(|| first.uuid.clone())
    }

    /// UUID of the profile that is active on an interface, else of the one NetworkManager itself would rather take for it: one it
    /// may activate by itself, bound to the interface, the first by name.
    pub(super) fn on_interface(&self, interface: &str) -> Option<String> {
        let (_, device) = self.device_of(interface)?;
        if let Some(active) = self.actives.get(&device.active) {
            return Some(active.uuid.clone());
        }
        let offered = device.offers.iter().filter_map(|path| self.profiles.get(path)).filter(|profile| profile.usable());
        let rank = |profile: &&Profile| (!profile.autoconnect, profile.interface.is_none(), profile.id.clone(), profile.uuid.clone());
        offered.min_by_key(rank).map(|profile| profile.uuid.clone())
    }

    /// The active connection of a profile; of several (`connection.multi-connect`) the one on this interface, of equals the newest
    /// that is not on its way down.
    pub(super) fn active(&self, uuid: &str, interface: Option<&str>) -> Option<(&str, &Active)> {
        let all = self.by_uuid.get(uuid)?.iter().filter_map(|path| Some((path.as_str(), self.actives.get(path)?)));
        let here = |active: &Active| {
            let device = active.device.as_ref().and_then(|path| self.devices.get(path));
            interface.is_none() || device.is_none_or(|device| Some(device.interface.as_str()) == interface)
        };
        let rank = |active: &Active| matches!(active.activation, Activation::Activating | Activation::Activated);
        all.filter(|(_, active)| here(active)).max_by_key(|(path, active)| (rank(active), path.len(), *path))
    }

    /// The device of an interface.
    pub(super) fn device_of(&self, interface: &str) -> Option<(&str, &Device)> {
        let path = self.interfaces.get(interface)?;
        Some((path, self.devices.get(path)?))
    }

    /// A device that offers a profile, the first by path.
    pub(super) fn offering(&self, profile: &str) -> Option<(&str, &Device)> {
        let path = self.offered.get(profile)?.first()?;
        Some((path, self.devices.get(path)?))
    }

    /// A device as a place for a profile.
    pub(super) fn place(&self, device: &Device, profile: &str) -> Place {
        Place { state: device.state, real: device.real, fresh: device.fresh, offered: device.offers.contains(profile) }
    }

    /// Whether a device has scanned since this was asked last.
    pub(super) fn take_scanned(&mut self, device: &str) -> bool {
        self.devices.get_mut(device).is_some_and(|device| std::mem::take(&mut device.scanned))
    }

    /// The name servers that belong to a device.
    pub(super) fn name_servers(&self, device: &Device) -> Vec<IpAddr> {
        device.configurations.iter().filter_map(|path| self.name_servers.get(path)).flatten().copied().collect()
    }
}
