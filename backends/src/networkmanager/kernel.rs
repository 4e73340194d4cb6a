//! What does the kernel say of interfaces, addresses and default routes? A table kept by its events alone, each found at once.

use super::map::Line;
use crate::netlink::watch::{DefaultRoute, Told};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

#[derive(Debug)]
struct Device {
    name: String,
    up: bool,
    carrier: bool,
}

/// Everything known of the kernel.
#[derive(Debug, Default)]
pub(super) struct Facts {
    devices: HashMap<u32, Device>,
    names: HashMap<String, u32>,
    /// Addresses by interface, and whether they can be used (no duplicate address detection under way, or lost).
    addresses: HashMap<u32, BTreeMap<(IpAddr, u8), bool>>,
    /// Default routes of the main table.
    pub(super) routes: Vec<DefaultRoute>,
}

impl Facts {
    /// Takes in what the kernel told.
    pub(super) fn apply(&mut self, told: &Told) {
        match told {
            Told::Link { index, name, up, carrier, .. } => {
                let before = self.devices.insert(*index, Device { name: name.clone(), up: *up, carrier: *up && *carrier });
                if let Some(before) = before.filter(|before| before.name != *name)
                    && self.names.get(&before.name) == Some(index)
                {
                    self.names.remove(&before.name);
                }
                self.names.insert(name.clone(), *index);
                if !up {
                    // the kernel does not tell of IPv4 routes that go because their interface is set down
                    self.routes.retain(|route| route.index != *index);
                }
            }
            Told::LinkGone { index } => {
                if let Some(device) = self.devices.remove(index)
                    && self.names.get(&device.name) == Some(index)
                {
                    self.names.remove(&device.name);
                }
                self.addresses.remove(index);
                self.routes.retain(|route| route.index != *index);
            }
            Told::Address { key, usable, .. } => {
                self.addresses.entry(key.index).or_default().insert((key.address, key.prefix), *usable);
            }
            Told::AddressGone { key } => {
                if let Some(addresses) = self.addresses.get_mut(&key.index) {
                    addresses.remove(&(key.address, key.prefix));
                    // nor of those that go with the last address of their interface
                    if key.address.is_ipv4() && !addresses.keys().any(|(address, _)| address.is_ipv4()) {
                        self.routes.retain(|route| route.index != key.index || route.v6);
                    }
                }
            }
            Told::Default { route, replaced } => {
                if *replaced {
                    self.routes.retain(|other| (other.v6, other.metric) != (route.v6, route.metric));
                }
                if !self.routes.contains(route) {
                    self.routes.push(*route);
                }
            }
            Told::DefaultGone { route } => self.routes.retain(|other| other != route),
            Told::NameServers { .. } | Told::Overrun => {}
        }
    }

    /// Index of the interface that has this name now.
    pub(super) fn index(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// Name of an interface.
    pub(super) fn name(&self, index: u32) -> Option<&str> {
        self.devices.get(&index).map(|device| device.name.as_str())
    }

    /// How an interface stands.
    pub(super) fn line(&self, name: &str) -> Line {
        match self.index(name).and_then(|index| self.devices.get(&index)) {
            None => Line::Missing,
            Some(device) if !device.up => Line::Down,
            Some(device) if !device.carrier => Line::Cut,
            Some(_) => Line::Up,
        }
    }

    /// The addresses on an interface that can be used; those that reach no further than the cable only if there are no others.
    pub(super) fn addresses(&self, index: u32) -> Vec<IpAddr> {
        let usable = self.addresses.get(&index).into_iter().flatten().filter(|(_, usable)| **usable).map(|((address, _), _)| *address);
        let (near, far): (Vec<_>, Vec<_>) = usable.partition(is_link_local);
        if far.is_empty() { near } else { far }
    }

    /// Whether an interface has an address of a family that reaches further than the cable, be it usable yet or not.
    pub(super) fn has_address(&self, index: u32, v6: bool) -> bool {
        let all = self.addresses.get(&index).into_iter().flat_map(BTreeMap::keys);
        all.map(|(address, _)| address).any(|address| address.is_ipv6() == v6 && !is_link_local(address))
    }

    /// The best default route of a family through an interface.
    pub(super) fn way_out(&self, index: u32, v6: bool) -> Option<DefaultRoute> {
        self.routes.iter().filter(|route| route.index == index && route.v6 == v6).min_by_key(|route| route.metric).copied()
    }
}

fn is_link_local(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::facts::AddressKey;

    fn link(index: u32, name: &str, up: bool, carrier: bool) -> Told {
        Told::Link { index, name: name.into(), up, carrier, hardware: Default::default() }
    }

    fn address(text: &str, usable: bool) -> Told {
        Told::Address { key: AddressKey { index: 2, address: text.parse().unwrap(), prefix: 64 }, usable, failed: false }
    }

    fn route(index: u32, metric: u32) -> DefaultRoute {
        DefaultRoute { v6: false, index, gateway: Some("192.0.2.1".parse().unwrap()), metric }
    }

    #[test]
    fn lines_follow_names() {
        let mut facts = Facts::default();
        assert_eq!(facts.line("wan"), Line::Missing);
        facts.apply(&link(2, "wan", false, false));
        assert_eq!(facts.line("wan"), Line::Down);
        facts.apply(&link(2, "wan", true, false));
        assert_eq!(facts.line("wan"), Line::Cut);
        facts.apply(&link(2, "wan", true, true));
        assert_eq!(facts.line("wan"), Line::Up);
        facts.apply(&link(2, "old", true, true));
        assert_eq!((facts.line("wan"), facts.line("old")), (Line::Missing, Line::Up));
        facts.apply(&link(3, "wan", true, true));
        facts.apply(&Told::LinkGone { index: 2 });
        assert_eq!((facts.line("wan"), facts.line("old")), (Line::Up, Line::Missing));
    }

    #[test]
    fn addresses_that_reach_far_go_first() {
        let mut facts = Facts::default();
        facts.apply(&address("fe80::1", true));
        facts.apply(&address("2001:db8::1", false));
        assert_eq!(facts.addresses(2), ["fe80::1".parse::<IpAddr>().unwrap()]);
        assert!(facts.has_address(2, true) && !facts.has_address(2, false));
        facts.apply(&address("2001:db8::1", true));
        assert_eq!(facts.addresses(2), ["2001:db8::1".parse::<IpAddr>().unwrap()]);
        facts.apply(&Told::LinkGone { index: 2 });
        assert!(facts.addresses(2).is_empty());
    }

    #[test]
    fn routes_go_with_their_interface_or_are_replaced() {
        let mut facts = Facts::default();
        facts.apply(&link(2, "wan", true, true));
        for (of, replaced) in [(route(2, 100), false), (route(2, 50), false), (route(3, 100), false), (route(3, 50), true)] {
            facts.apply(&Told::Default { route: of, replaced });
        }
        assert_eq!(facts.routes, [route(2, 100), route(3, 100), route(3, 50)]);
        assert_eq!(facts.way_out(3, false), Some(route(3, 50)));
        facts.apply(&link(2, "wan", false, false));
        assert_eq!(facts.way_out(2, false), None);
    }
}
