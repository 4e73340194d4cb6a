//! What does ConnMan say of a service? Its properties, as the executor needs them (ConnMan `doc/service-api.txt`).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use zbus::OwnedVariant;

/// A dictionary of properties as it comes over the bus.
pub(super) type Properties = BTreeMap<String, OwnedVariant>;

/// State of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum State {
    /// Not in use; also every state of a ConnMan newer than this list.
    #[default]
    Idle,
    /// The last attempt failed.
    Failure,
    /// Getting on the network.
    Association,
    /// Getting an address. Also passed through on the way down.
    Configuration,
    /// Connected.
    Ready,
    /// Being disconnected.
    Disconnect,
    /// Connected, and the internet answered.
    Online,
}

impl State {
    /// By its name on the bus.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "failure" => Self::Failure,
            "association" => Self::Association,
            "configuration" => Self::Configuration,
            "ready" => Self::Ready,
            "disconnect" => Self::Disconnect,
            "online" => Self::Online,
            _ => Self::Idle,
        }
    }

    /// On the way up.
    pub(super) fn is_connecting(self) -> bool {
        matches!(self, Self::Association | Self::Configuration)
    }

    /// Up.
    pub(super) fn is_connected(self) -> bool {
        matches!(self, Self::Ready | Self::Online)
    }
}

/// An address ConnMan gave a service, with the next hop that came with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address {
    /// The address.
    pub(super) address: IpAddr,
    /// Its prefix length.
    pub(super) prefix: u8,
    /// Next hop of the default route.
    pub(super) gateway: Option<IpAddr>,
}

impl Address {
    /// Reaches nobody but neighbours: what ConnMan takes when no DHCP server answers (RFC 3927, RFC 4291).
    pub(super) fn is_link_local(self) -> bool {
        match self.address {
            IpAddr::V4(address) => address.is_link_local(),
            IpAddr::V6(address) => address.is_unicast_link_local(),
        }
    }

    fn read(properties: OwnedVariant) -> Option<Self> {
        let properties = Properties::try_from(properties).ok()?;
        let parsed = |name| text(properties.get(name)?).parse::<IpAddr>().ok();
        let address = parsed("Address")?;
        let prefix = match address {
            IpAddr::V4(_) => {
                let mask: Ipv4Addr = text(properties.get("Netmask")?).parse().ok()?;
                u8::try_from(u32::from(mask).leading_ones()).ok()?
            }
            IpAddr::V6(_) => u8::try_from(properties.get("PrefixLength")?).ok()?,
        };
        Some(Self { address, prefix, gateway: parsed("Gateway").filter(|gateway| !gateway.is_unspecified()) })
    }
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Service {
    /// Last part of its object path; outlives the service and the daemon.
    pub(super) id: String,
    /// What a person calls it.
    pub(super) name: String,
    /// `ethernet`, `wifi`, `cellular`, …
    pub(super) kind: String,
    /// How it stands.
    pub(super) state: State,
    /// Why it failed.
    pub(super) error: Option<String>,
    /// The device it is on.
    pub(super) interface: Option<String>,
    /// ConnMan connects it by itself.
    pub(super) auto_connect: bool,
    /// Address of each family.
    pub(super) v4: Option<Address>,
    /// The same for IPv6.
    pub(super) v6: Option<Address>,
    /// Next hop that a user or an administrator gave it for IPv6.
    pub(super) fixed_v6: Option<IpAddr>,
    /// Name servers in use.
    pub(super) dns: Vec<IpAddr>,
}

/// A string, or nothing.
pub(super) fn text(value: &OwnedVariant) -> String {
    value.try_clone().ok().and_then(|value| String::try_from(value).ok()).unwrap_or_default()
}

impl Service {
    /// A service of which nothing but its identifier is known.
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// All its properties, as it has them now: what is not among them it does not have.
    pub(super) fn replace(&mut self, properties: Properties) {
        *self = Self::new(&self.id);
        for (name, value) in properties {
            self.change(&name, value);
        }
    }

    /// A property changed.
    pub(super) fn change(&mut self, name: &str, value: OwnedVariant) {
        match name {
            "State" => {
                self.state = State::named(&text(&value));
                if self.state != State::Failure {
                    self.error = None;
                }
            }
            "Error" => self.error = Some(text(&value)).filter(|error| !error.is_empty()),
            "Name" => self.name = text(&value),
            "Type" => self.kind = text(&value),
            "AutoConnect" => self.auto_connect = bool::try_from(value).unwrap_or_default(),
            "Ethernet" => {
                let properties = Properties::try_from(value).unwrap_or_default();
                self.interface = properties.get("Interface").map(text).filter(|interface| !interface.is_empty());
            }
            "IPv4" => self.v4 = Address::read(value),
            "IPv6" => self.v6 = Address::read(value),
            "IPv6.Configuration" => self.fixed_v6 = Address::read(value).and_then(|address| address.gateway),
            "Nameservers" => {
                let servers = Vec::<String>::try_from(value).unwrap_or_default();
                self.dns = servers.iter().filter_map(|server| server.parse().ok()).collect();
            }
            _ => {}
        }
    }

    /// Its addresses.
    pub(super) fn addresses(&self) -> impl Iterator<Item = Address> {
        self.v4.into_iter().chain(self.v6)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use zbus::Variant;

    /// Properties from pairs.
    pub(in super::super) fn properties<const N: usize>(pairs: [(&str, Variant<'static>); N]) -> Properties {
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.try_into_owned().unwrap())).collect()
    }

    #[test]
    fn properties_are_read() {
        let v4 = properties([
            ("Method", "dhcp".into()),
            ("Address", "10.1.0.184".into()),
            ("Netmask", "255.255.255.0".into()),
            ("Gateway", "10.1.0.1".into()),
        ]);
        let v6 = properties([("Address", "fd00:1::2".into()), ("PrefixLength", 64_u8.into()), ("Gateway", "::".into())]);
        let mut service = Service::new("ethernet_1_cable");
        service.replace(properties([
            ("Type", "ethernet".into()),
            ("Name", "Wired".into()),
            ("State", "ready".into()),
            ("AutoConnect", true.into()),
            ("Ethernet", properties([("Interface", "a0".into())]).into()),
            ("IPv4", v4.into()),
            ("IPv6", v6.into()),
            ("Nameservers", vec!["10.1.0.53", "nonsense"].into()),
        ]));
        let address = |address: &str, prefix, gateway: Option<&str>| {
            Some(Address { address: address.parse().unwrap(), prefix, gateway: gateway.map(|gateway| gateway.parse().unwrap()) })
        };
        let expected = Service {
            id: "ethernet_1_cable".into(),
            name: "Wired".into(),
            kind: "ethernet".into(),
            state: State::Ready,
            error: None,
            interface: Some("a0".into()),
            auto_connect: true,
            v4: address("10.1.0.184", 24, Some("10.1.0.1")),
            v6: address("fd00:1::2", 64, None),
            fixed_v6: None,
            dns: vec!["10.1.0.53".parse().unwrap()],
        };
        assert_eq!(service, expected);
        service.change("IPv4", Properties::new().into());
        assert_eq!(service.v4, None, "an empty dictionary is no address");
        service.replace(properties([("State", "idle".into())]));
        assert_eq!(service, Service::new("ethernet_1_cable"));
    }

    #[test]
    fn an_error_lasts_as_long_as_the_failure() {
        let mut service = Service::new("wifi_1");
        service.change("Error", OwnedVariant::try_from(Variant::from("invalid-key")).unwrap());
        service.change("State", OwnedVariant::try_from(Variant::from("failure")).unwrap());
        assert_eq!(service.error.as_deref(), Some("invalid-key"));
        service.change("State", OwnedVariant::try_from(Variant::from("idle")).unwrap());
        assert_eq!(service.error, None);
    }
}
