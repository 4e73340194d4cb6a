//! How do links and addresses stand in the kernel? A table kept by its events alone.

use super::watch::Told;
use std::collections::BTreeMap;
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
pub(super) struct Device {
    /// Its name now.
    pub(super) name: String,
    /// Administratively up.
    pub(super) up: bool,
    /// Something at the other end.
    pub(super) carrier: bool,
}

/// Whether an address can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Presence {
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
pub(super) struct Facts {
    devices: BTreeMap<u32, Device>,
    addresses: BTreeMap<AddressKey, Presence>,
}

impl Facts {
    /// Takes in what the kernel told.
    pub(super) fn apply(&mut self, told: &Told) {
        match told {
            Told::Link { index, name, up, carrier } => {
                self.devices.insert(*index, Device { name: name.clone(), up: *up, carrier: *up && *carrier });
            }
            Told::LinkGone { index } => {
                self.devices.remove(index);
                self.addresses.retain(|key, _| key.index != *index);
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
            }
            Told::Default { .. } | Told::DefaultGone { .. } | Told::Overrun => {}
        }
    }

    /// The device that has this name now.
    pub(super) fn by_name(&self, name: &str) -> Option<(u32, &Device)> {
        self.devices.iter().find(|(_, device)| device.name == name).map(|(index, device)| (*index, device))
    }

    /// The device with this index.
    pub(super) fn device(&self, index: u32) -> Option<&Device> {
        self.devices.get(&index)
    }

    /// How an address stands.
    pub(super) fn presence(&self, key: AddressKey) -> Presence {
        self.addresses.get(&key).copied().unwrap_or(Presence::Missing)
    }

    /// The worst of the addresses on an interface: all of them have to be there.
    pub(super) fn worst(&self, index: u32, addresses: &[(IpAddr, u8)]) -> Presence {
        let presences = addresses.iter().map(|(address, prefix)| self.presence(AddressKey { index, address: *address, prefix: *prefix }));
        presences.min().unwrap_or(Presence::Usable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(index: u32, name: &str) -> Told {
        Told::Link { index, name: name.into(), up: true, carrier: true }
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
