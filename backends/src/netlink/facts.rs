//! How do links, addresses and default routes stand in the kernel? A table kept by its events alone.

use super::bearer::Hardware;
use super::watch::{DefaultRoute, Told};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// An address on an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AddressKey {
    /// Index of the interface.
    pub(crate) index: u32,
    /// The address.
    pub(crate) address: IpAddr,
    /// Its prefix length: the same address with another one is another address.
    pub(crate) prefix: u8,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    /// Its name now.
    pub(crate) name: String,
    /// Administratively up.
    pub(crate) up: bool,
    /// Something at the other end.
    pub(crate) carrier: bool,
    /// What it is.
    pub(crate) hardware: Hardware,
}

/// Whether an address can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Presence {
    /// Not on the interface.
    Missing,
    /// Somebody else on the network has it.
    Failed,
    /// There, still being checked for duplicates.
    Tentative,
    /// There.
    Usable,
}

/// Everything known of the kernel's links and addresses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    devices: BTreeMap<u32, Device>,
    addresses: BTreeMap<AddressKey, Presence>,
    /// Default routes of the main table. IPv4 ones may be missing that the kernel took away together with an address or a device:
    /// it does not tell of those.
    defaults: BTreeSet<DefaultRoute>,
}

impl Facts {
    /// Takes in what the kernel told.
    pub(crate) fn apply(&mut self, told: &Told) {
        match told {
            Told::Link { index, name, up, carrier, hardware } => {
                let device = Device { name: name.clone(), up: *up, carrier: *up && *carrier, hardware: hardware.clone() };
                self.devices.insert(*index, device);
                if !up {
                    self.defaults.retain(|route| route.index != *index);
                }
            }
            Told::LinkGone { index } => {
                self.devices.remove(index);
                self.addresses.retain(|key, _| key.index != *index);
                self.defaults.retain(|route| route.index != *index);
            }
            Told::Address { key, usable, failed } => {
                let presence = match (usable, failed) {
                    (_, true) => Presence::Failed,
                    (true, false) => Presence::Usable,
                    (false, false) => Presence::Tentative,
                };
                self.addresses.insert(*key, presence);
            }
            Told::AddressGone { key } => {
                self.addresses.remove(key);
                if !self.addresses_of(key.index).any(|(address, ..)| address.is_ipv4() == key.address.is_ipv4()) {
                    self.defaults.retain(|route| route.index != key.index || route.v6 != key.address.is_ipv6());
                }
            }
            Told::Default { route, replaced } => {
                if *replaced {
                    self.defaults.retain(|other| (other.v6, other.metric) != (route.v6, route.metric));
                }
                self.defaults.insert(*route);
            }
            Told::DefaultGone { route } => {
                self.defaults.remove(route);
            }
            Told::NameServers { .. } | Told::Overrun => {}
        }
    }

    /// The device that has this name now.
    pub(crate) fn by_name(&self, name: &str) -> Option<(u32, &Device)> {
        self.devices.iter().find(|(_, device)| device.name == name).map(|(index, device)| (*index, device))
    }

    /// All devices, by index.
    pub(super) fn devices(&self) -> impl Iterator<Item = (u32, &Device)> {
        self.devices.iter().map(|(index, device)| (*index, device))
    }

    /// The device with this index.
    pub(crate) fn device(&self, index: u32) -> Option<&Device> {
        self.devices.get(&index)
    }

    /// The addresses on an interface, how they stand, in order.
    pub(crate) fn addresses_of(&self, index: u32) -> impl Iterator<Item = (IpAddr, u8, Presence)> {
        self.addresses.iter().filter(move |(key, _)| key.index == index).map(|(key, presence)| (key.address, key.prefix, *presence))
    }

    /// The usable addresses on an interface that somebody elsewhere can answer to: none of a host or a link alone.
    pub(crate) fn global(&self, index: u32, v6: bool) -> impl Iterator<Item = (IpAddr, u8)> {
        let fits = move |address: &IpAddr| match address {
            IpAddr::V4(address) => !v6 && !address.is_link_local() && !address.is_loopback(),
            IpAddr::V6(address) => v6 && !address.is_unicast_link_local() && !address.is_loopback(),
        };
        let usable = self.addresses_of(index).filter(|(_, _, presence)| *presence == Presence::Usable);
        usable.map(|(address, prefix, _)| (address, prefix)).filter(move |(address, _)| fits(address))
    }

    /// Next hop of the best default route through an interface, as far as the kernel told.
    pub(crate) fn gateway(&self, index: u32, v6: bool) -> Option<IpAddr> {
        let through = self.defaults.iter().filter(|route| route.index == index && route.v6 == v6);
        through.min_by_key(|route| route.metric).and_then(|route| route.gateway)
    }

    /// Whether an address is on any interface.
    pub(crate) fn has(&self, address: IpAddr) -> bool {
        self.addresses.keys().any(|key| key.address == address)
    }

    /// How an address stands.
    pub(crate) fn presence(&self, key: AddressKey) -> Presence {
        self.addresses.get(&key).copied().unwrap_or(Presence::Missing)
    }

    /// The worst of the addresses on an interface: all of them have to be there.
    pub(crate) fn worst(&self, index: u32, addresses: &[(IpAddr, u8)]) -> Presence {
        let presences = addresses.iter().map(|(address, prefix)| self.presence(AddressKey { index, address: *address, prefix: *prefix }));
        presences.min().unwrap_or(Presence::Usable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(index: u32, name: &str) -> Told {
        Told::Link { index, name: name.into(), up: true, carrier: true, hardware: Hardware::default() }
    }

    #[test]
    fn default_routes_go_with_what_carries_them() {
        let gateway: IpAddr = "192.0.2.1".parse().unwrap();
        let route = |metric| DefaultRoute { v6: false, index: 2, gateway: Some(gateway), metric };
        let key = AddressKey { index: 2, address: "192.0.2.2".parse().unwrap(), prefix: 24 };
        let mut facts = Facts::default();
        let add = [
            link(2, "wan"),
            Told::Address { key, usable: true, failed: false },
            Told::Default { route: route(7), replaced: false },
            Told::Default { route: DefaultRoute { gateway: None, ..route(3) }, replaced: false },
        ];
        add.iter().for_each(|told| facts.apply(told));
        assert_eq!(facts.gateway(2, false), None, "the best one has none");
        facts.apply(&Told::Default { route: route(3), replaced: true });
        assert_eq!(facts.gateway(2, false), Some(gateway));
        assert_eq!((facts.gateway(2, true), facts.gateway(3, false)), (None, None));
        facts.apply(&Told::AddressGone { key });
        assert_eq!(facts.gateway(2, false), None);
    }

    #[test]
    fn only_addresses_with_a_way_out_are_global() {
        let mut facts = Facts::default();
        for address in ["169.254.0.2", "192.0.2.2", "fe80::2", "fd00::2", "2001:db8::2"] {
            let key = AddressKey { index: 2, address: address.parse().unwrap(), prefix: 24 };
            facts.apply(&Told::Address { key, usable: true, failed: false });
        }
        let global = |v6| facts.global(2, v6).map(|(address, _)| address.to_string()).collect::<Vec<_>>();
        assert_eq!(global(false), ["192.0.2.2"]);
        assert_eq!(global(true), ["2001:db8::2", "fd00::2"]);
    }

    #[test]
    fn a_name_follows_renames_and_indices() {
        let mut facts = Facts::default();
        facts.apply(&link(2, "wan"));
        assert_eq!(facts.by_name("wan").unwrap().0, 2);
        facts.apply(&link(2, "old"));
        assert!(facts.by_name("wan").is_none());
        facts.apply(&link(9, "wan"));
        assert_eq!(facts.by_name("wan").unwrap().0, 9);
        facts.apply(&Told::LinkGone { index: 2 });
        assert!(facts.by_name("old").is_none());
    }

    #[test]
    fn addresses_go_with_their_device_and_the_worst_counts() {
        let mut facts = Facts::default();
        let wanted: [(IpAddr, u8); 2] = [("192.0.2.2".parse().unwrap(), 24), ("2001:db8::2".parse().unwrap(), 64)];
        let key = |at: usize| AddressKey { index: 2, address: wanted[at].0, prefix: wanted[at].1 };
        facts.apply(&link(2, "wan"));
        facts.apply(&Told::Address { key: key(0), usable: true, failed: false });
        assert_eq!(facts.worst(2, &wanted), Presence::Missing);
        facts.apply(&Told::Address { key: key(1), usable: false, failed: false });
        assert_eq!(facts.worst(2, &wanted), Presence::Tentative);
        facts.apply(&Told::Address { key: key(1), usable: true, failed: false });
        assert_eq!(facts.worst(2, &wanted), Presence::Usable);
        facts.apply(&Told::LinkGone { index: 2 });
        assert_eq!(facts.worst(2, &wanted), Presence::Missing);
    }
}
