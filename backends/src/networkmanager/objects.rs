//! What does NetworkManager have? Its devices, active connections, profiles and name servers, kept by its signals, found by path.

use super::map::Activation;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use zbus::{OwnedObjectPath, OwnedVariant};

/// Properties of one interface of an object.
pub(super) type Properties = HashMap<String, OwnedVariant>;
/// All interfaces of an object.
pub(super) type Interfaces = HashMap<String, Properties>;
/// All objects.
pub(super) type Managed = HashMap<OwnedObjectPath, Interfaces>;

pub(super) const MANAGER: &str = "org.freedesktop.NetworkManager";
pub(super) const DEVICE: &str = "org.freedesktop.NetworkManager.Device";
pub(super) const WIRELESS: &str = "org.freedesktop.NetworkManager.Device.Wireless";
const MODEM: &str = "org.freedesktop.NetworkManager.Device.Modem";
pub(super) const ACTIVE: &str = "org.freedesktop.NetworkManager.Connection.Active";
pub(super) const PROFILE: &str = "org.freedesktop.NetworkManager.Settings.Connection";
const IP4: &str = "org.freedesktop.NetworkManager.IP4Config";
const IP6: &str = "org.freedesktop.NetworkManager.IP6Config";
/// Interfaces whose properties are looked at.
pub(super) const TOLD: [&str; 7] = [MANAGER, DEVICE, WIRELESS, MODEM, ACTIVE, IP4, IP6];

/// A device.
#[derive(Debug, Default)]
pub(super) struct Device {
    /// Name of its control interface.
    pub(super) interface: String,
    /// Name of the interface that has the addresses, while it is another one (modems).
    ip_interface: String,
    /// `NMDeviceType`.
    pub(super) kind: u32,
    /// `NMDeviceState`.
    pub(super) state: u32,
    /// There is an interface to it.
    pub(super) real: bool,
    /// NetworkManager keeps it.
    pub(super) managed: bool,
    /// It came a moment ago.
    pub(super) fresh: bool,
    /// Path of its active connection.
    pub(super) active: String,
    /// Path of the one it had before: told of its end, a device has none any more.
    pub(super) active_before: String,
    /// Paths of the profiles that can be activated on it now.
    pub(super) offers: HashSet<String>,
    /// `NMMetered`.
    pub(super) metered: u32,
    /// `NMConnectivityState` of IPv4 and IPv6.
    pub(super) connectivity: (u32, u32),
    /// Paths of its configurations of IPv4 and IPv6.
    pub(super) configurations: [String; 2],
    /// `NMDeviceModemCapabilities`.
    pub(super) capabilities: u32,
    /// When it last scanned (milliseconds of `CLOCK_BOOTTIME`).
    last_scan: i64,
    /// It has scanned since that was asked last.
    pub(super) scanned: bool,
}

impl Device {
    /// The interface to watch and to send through.
    pub(super) fn line(&self) -> &str {
        if self.ip_interface.is_empty() { &self.interface } else { &self.ip_interface }
    }
}

/// An active connection.
#[derive(Debug, Default)]
pub(super) struct Active {
    /// UUID of its profile.
    pub(super) uuid: String,
    /// How it stands.
    pub(super) activation: Activation,
    /// Path of its device.
    pub(super) device: Option<String>,
}

/// A connection profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) uuid: String,
    pub(super) id: String,
    /// `connection.type`.
    pub(super) kind: String,
    /// `connection.interface-name`.
    pub(super) interface: Option<String>,
    /// `connection.autoconnect`.
    pub(super) autoconnect: bool,
    /// It belongs to a bridge, bond or the like.
    pub(super) port: bool,
    /// `connection.metered` (`NMMetered`).
    pub(super) metered: u32,
    /// `ipv4.route-metric`, `ipv6.route-metric`; negative: NetworkManager's choice.
    pub(super) metrics: [i64; 2],
    /// `ipv4.method`, `ipv6.method`.
    pub(super) methods: [String; 2],
}

impl Profile {
    /// Whether this executor raises such a thing: see the module's documentation.
    pub(super) fn usable(&self) -> bool {
        !self.port && !matches!(self.kind.as_str(), "vpn" | "loopback")
    }
}

/// Everything NetworkManager told.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// It is still looking for its devices.
    pub(super) starting: bool,
    /// It looks how far traffic gets.
    pub(super) checks: bool,
    pub(super) version: String,
    /// Whose they are: the unique name of this NetworkManager on the bus.
    pub(super) daemon: String,
    pub(super) devices: HashMap<String, Device>,
    pub(super) interfaces: HashMap<String, String>,
    pub(super) actives: HashMap<String, Active>,
    pub(super) by_uuid: HashMap<String, BTreeSet<String>>,
    /// Profiles by path, known when their settings were read.
    pub(super) profiles: HashMap<String, Profile>,
    pub(super) paths: HashMap<String, String>,
    /// Devices by the path of a profile they offer.
    pub(super) offered: HashMap<String, BTreeSet<String>>,
    pub(super) name_servers: HashMap<String, Vec<IpAddr>>,
}

/// Takes a property if it is there and of the type it should be.
fn take<T: TryFrom<OwnedVariant>>(properties: &mut Properties, name: &str, into: &mut T) {
    if let Some(value) = properties.remove(name).and_then(|value| T::try_from(value).ok()) {
        *into = value;
    }
}

/// A property that is an object path.
fn path(properties: &mut Properties, name: &str) -> Option<String> {
    properties.remove(name).and_then(|value| OwnedObjectPath::try_from(value).ok()).map(|path| path.to_string())
}

/// A property that is a list of object paths.
fn paths(properties: &mut Properties, name: &str) -> Option<Vec<String>> {
    let paths = properties.remove(name).and_then(|value| Vec::<OwnedObjectPath>::try_from(value).ok())?;
    Some(paths.iter().map(ToString::to_string).collect())
}

impl Objects {
    /// Everything anew.
    pub(super) fn new(managed: Managed) -> Self {
        let mut objects = Self::default();
        for (path, interfaces) in managed {
            objects.added(path.as_str(), interfaces);
        }
        objects
    }

    /// An object is there, or has more interfaces. Gives whether it is a profile, whose settings must be read.
    pub(super) fn added(&mut self, path: &str, interfaces: Interfaces) -> bool {
        let profile = interfaces.contains_key(PROFILE);
        for (interface, properties) in interfaces {
            self.changed(path, &interface, properties);
        }
        profile
    }

    /// Properties of an object have these values now. Gives whether an access point may look at one of them.
    pub(super) fn changed(&mut self, at: &str, interface: &str, mut properties: Properties) -> bool {
        match interface {
            MANAGER => {
                take(&mut properties, "Startup", &mut self.starting);
                take(&mut properties, "ConnectivityCheckEnabled", &mut self.checks);
                take(&mut properties, "Version", &mut self.version);
            }
            DEVICE | MODEM | WIRELESS => self.device_changed(at, properties),
            ACTIVE => self.active_changed(at, properties),
            IP4 => {
                let servers = properties.remove("NameserverData").and_then(|value| Vec::<Properties>::try_from(value).ok());
                let Some(servers) = servers else { return false };
                let address = |mut server: Properties| String::try_from(server.remove("address")?).ok()?.parse().ok();
                self.name_servers.insert(at.into(), servers.into_iter().filter_map(address).collect());
            }
            IP6 => {
                let servers = properties.remove("Nameservers").and_then(|value| Vec::<Vec<u8>>::try_from(value).ok());
                let Some(servers) = servers else { return false };
                let address = |bytes: Vec<u8>| Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into());
                self.name_servers.insert(at.into(), servers.into_iter().filter_map(address).collect());
            }
            _ => return false,
        }
        true
    }

    fn device_changed(&mut self, at: &str, mut properties: Properties) {
        let properties = &mut properties;
        let device = self.devices.entry(at.into()).or_default();
        let before = device.interface.clone();
        take(properties, "Interface", &mut device.interface);
        take(properties, "IpInterface", &mut device.ip_interface);
        take(properties, "DeviceType", &mut device.kind);
        take(properties, "State", &mut device.state);
        take(properties, "Real", &mut device.real);
        take(properties, "Managed", &mut device.managed);
        take(properties, "Metered", &mut device.metered);
        take(properties, "Ip4Connectivity", &mut device.connectivity.0);
        take(properties, "Ip6Connectivity", &mut device.connectivity.1);
        take(properties, "CurrentCapabilities", &mut device.capabilities);
        let last_scan = device.last_scan;
        take(properties, "LastScan", &mut device.last_scan);
        device.scanned |= device.last_scan != last_scan;
        if let Some(active) = path(properties, "ActiveConnection").filter(|active| *active != device.active) {
            device.active_before = std::mem::replace(&mut device.active, active);
        }
        for (place, name) in device.configurations.iter_mut().zip(["Ip4Config", "Ip6Config"]) {
            if let Some(path) = path(properties, name) {
                *place = path;
            }
        }
        if device.interface != before {
            self.interfaces.insert(device.interface.clone(), at.into());
            self.forget_interface(&before, at);
        }
        if let Some(offers) = paths(properties, "AvailableConnections") {
            self.offers(at, offers.into_iter().collect());
        }
    }

    fn forget_interface(&mut self, name: &str, at: &str) {
        if self.interfaces.get(name).is_some_and(|path| path == at) {
            self.interfaces.remove(name);
        }
    }

    fn offers(&mut self, at: &str, offers: HashSet<String>) {
        let Some(device) = self.devices.get_mut(at) else { return };
        let before = std::mem::replace(&mut device.offers, offers);
        for gone in before.difference(&device.offers) {
            if let Some(devices) = self.offered.get_mut(gone) {
                devices.remove(at);
            }
        }
        for new in device.offers.difference(&before) {
            self.offered.entry(new.clone()).or_default().insert(at.into());
        }
    }

    fn active_changed(&mut self, at: &str, mut properties: Properties) {
        let active = self.actives.entry(at.into()).or_default();
        if let Some(uuid) = properties.remove("Uuid").and_then(|value| String::try_from(value).ok()) {
            active.uuid.clone_from(&uuid);
            self.by_uuid.entry(uuid).or_default().insert(at.into());
        }
        let mut state = None;
        if let Some(now) = properties.remove("State").and_then(|value| u32::try_from(value).ok()) {
            state = Some(Activation::new(now));
        }
        active.activation = state.unwrap_or(active.activation);
        // one that is over has no devices any more; which it had still matters
        if let Some(device) = paths(&mut properties, "Devices").and_then(|paths| paths.into_iter().next()) {
            active.device = Some(device);
        }
    }

    /// Interfaces of an object are gone.
    pub(super) fn removed(&mut self, at: &str, interfaces: &[String]) {
        let gone = |name: &str| interfaces.iter().any(|interface| interface == name);
        if gone(DEVICE) {
            self.offers(at, HashSet::new());
            if let Some(device) = self.devices.remove(at) {
                self.forget_interface(&device.interface, at);
            }
        }
        if gone(ACTIVE)
            && let Some(active) = self.actives.remove(at)
            && let Some(paths) = self.by_uuid.get_mut(&active.uuid)
        {
            paths.remove(at);
            if paths.is_empty() {
                self.by_uuid.remove(&active.uuid);
            }
        }
        if gone(PROFILE)
            && let Some(profile) = self.profiles.remove(at)
            && self.paths.get(&profile.uuid).is_some_and(|path| path == at)
        {
            self.paths.remove(&profile.uuid);
        }
        if gone(IP4) || gone(IP6) {
            self.name_servers.remove(at);
        }
    }

    /// The settings of a profile were read.
    pub(super) fn profile_read(&mut self, at: &str, profile: Profile) {
        if let Some(before) = self.profiles.get(at).filter(|before| before.uuid != profile.uuid) {
            self.paths.remove(&before.uuid);
        }
        self.paths.insert(profile.uuid.clone(), at.into());
        self.profiles.insert(at.into(), profile);
    }
}
