//! What does an access point need of a real link? An interface, addresses or who gives them, a gateway: checked before use.

use super::NetlinkError;
use netsession_fsm::words::AccessPointId;
use std::net::IpAddr;

/// How an access point is realised on this machine: with addresses known beforehand, addresses the network gives, or both.
///
/// The link is Active when all of `addresses` are usable and, with `dhcp`, a lease is held. With `slaac` alone it is Active when an
/// address of a router's prefix is usable; beside other addresses those of `slaac` are added to the carrier as they come, and a
/// network without IPv6 routers holds nobody up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// Which access point.
    pub access_point: AccessPointId,
    /// Name of the interface, e.g. `eth0`. The device may come and go, or be another one tomorrow: the name counts.
    pub interface: String,
    /// Static addresses with their prefix lengths; with `dhcp` of IPv6 only.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Next hop of the default route. Without one, and without `dhcp` or `slaac`, the link reaches its own networks only and cannot
    /// be preferred.
    pub gateway: Option<IpAddr>,
    /// Take an IPv4 address, router and name servers from a DHCP server.
    pub dhcp: bool,
    /// Take IPv6 addresses and the router from the router's advertisements (by the kernel, RFC 4862).
    pub slaac: bool,
    /// Name servers, told with the carrier, before those the network names. Resolver configuration is not touched.
    pub dns: Vec<IpAddr>,
    /// Metric its default route has at least; raised where needed so that no other default route is pushed aside.
    pub metric: u32,
}

/// Longest name of an interface (IFNAMSIZ without the terminating zero).
const LONGEST_NAME: usize = 15;

impl Profile {
    /// Advertisements are all it gets addresses from.
    pub(super) fn is_slaac_alone(&self) -> bool {
        self.slaac && !self.dhcp && self.addresses.is_empty()
    }

    /// Refuses what the kernel would refuse later, with words instead of numbers.
    pub(super) fn check(&self) -> Result<(), NetlinkError> {
        self.mistake().map_or(Ok(()), |what| Err(NetlinkError::Profile { access_point: self.access_point, what }))
    }

    /// What the kernel would refuse; `None`: nothing.
    pub(crate) fn mistake(&self) -> Option<String> {
        let refuse = Some;
        let name = &self.interface;
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains(|c: char| c == '/' || c == ':' || c.is_whitespace()) {
            return refuse(format!("`{name}` is no name of an interface: 1 to {LONGEST_NAME} bytes, no blanks, `/` or `:`"));
        }
        if self.addresses.is_empty() && !self.dhcp && !self.slaac {
            return refuse(format!("no addresses for `{name}`: give at least one, e.g. 192.0.2.2/24, or dhcp or slaac"));
        }
        if self.dhcp && self.addresses.iter().any(|(address, _)| address.is_ipv4()) {
            return refuse(format!("`{name}` has IPv4 addresses and dhcp: give one or the other"));
        }
        for (address, prefix) in &self.addresses {
            let longest = if address.is_ipv4() { 32 } else { 128 };
            if *prefix > longest {
                return refuse(format!("{address}/{prefix} on `{name}`: the prefix is at most {longest}"));
            }
            if address.is_unspecified() || address.is_multicast() {
                return refuse(format!("{address} on `{name}` is no address of an interface"));
            }
        }
        match self.gateway {
            Some(gateway) if gateway.is_unspecified() || gateway.is_multicast() => {
                refuse(format!("gateway {gateway} of `{name}` is no next hop"))
            }
            Some(gateway) if !self.addresses.iter().any(|(address, _)| address.is_ipv4() == gateway.is_ipv4()) => {
                refuse(format!("gateway {gateway} of `{name}` is of a family the interface has no address of"))
            }
            Some(_) | None => None,
        }
    }
}

/// Checks all profiles, also against each other.
pub(super) fn check(profiles: &[Profile]) -> Result<(), NetlinkError> {
    for (at, profile) in profiles.iter().enumerate() {
        profile.check()?;
        for other in &profiles[..at] {
            if other.access_point == profile.access_point {
                return Err(NetlinkError::Twice(profile.access_point));
            }
            if other.interface == profile.interface {
                return Err(NetlinkError::SharedInterface {
                    interface: profile.interface.clone(),
                    first: other.access_point,
                    second: profile.access_point,
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile {
            access_point: AccessPointId(3),
            interface: "eth0".into(),
            addresses: vec![("192.0.2.2".parse().unwrap(), 24)],
            gateway: Some("192.0.2.1".parse().unwrap()),
            metric: 100,
            ..Profile::default()
        }
    }

    #[test]
    fn a_good_profile_passes() {
        profile().check().unwrap();
        let given = Profile { interface: "eth0".into(), dhcp: true, ..Profile::default() };
        given.check().unwrap();
        Profile { addresses: vec![("2001:db8::2".parse().unwrap(), 64)], ..given.clone() }.check().unwrap();
        Profile { dhcp: false, slaac: true, ..given }.check().unwrap();
    }

    #[test]
    fn each_mistake_is_named() {
        type Mistake = fn(&mut Profile);
        let cases: [(Mistake, &str); 8] = [
            (|p| p.interface = "a name much too long".into(), "1 to 15 bytes"),
            (|p| p.interface = String::new(), "no name of an interface"),
            (|p| p.addresses.clear(), "at least one"),
            (|p| p.dhcp = true, "one or the other"),
            (|p| p.addresses[0].1 = 33, "at most 32"),
            (|p| p.addresses[0].0 = "224.0.0.1".parse().unwrap(), "no address of an interface"),
            (|p| p.gateway = Some("fe80::1".parse().unwrap()), "family"),
            (|p| p.gateway = Some("0.0.0.0".parse().unwrap()), "no next hop"),
        ];
        for (spoil, says) in cases {
            let mut profile = profile();
            spoil(&mut profile);
            let error = profile.check().unwrap_err().to_string();
            assert!(error.contains(says) && error.contains("access point 3"), "{error}");
        }
    }

    #[test]
    fn profiles_do_not_share_an_interface_or_a_number() {
        let mut other = profile();
        other.access_point = AccessPointId(4);
        assert!(matches!(check(&[profile(), other]), Err(NetlinkError::SharedInterface { .. })));
        assert!(matches!(check(&[profile(), profile()]), Err(NetlinkError::Twice(AccessPointId(3)))));
    }
}
