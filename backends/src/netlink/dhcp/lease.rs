//! What does a DHCP server's word amount to? An address, a router, name servers; or nothing that could be used.

use mozim::DhcpV4Lease;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// `0xffffffff` seconds: for ever (RFC 2131 §3.3).
const FOR_EVER: u32 = u32::MAX;

/// What is taken from a lease.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(in crate::netlink) struct Lease {
    /// Who gave it.
    pub(in crate::netlink) server: Ipv4Addr,
    /// The address.
    pub(in crate::netlink) address: Ipv4Addr,
    /// Length of its prefix.
    pub(in crate::netlink) prefix: u8,
    /// Next hop of the default route; `None`: the server named no router.
    pub(in crate::netlink) gateway: Option<Ipv4Addr>,
    /// Name servers.
    pub(in crate::netlink) dns: Vec<IpAddr>,
    /// How long it may be used from the moment it was given or renewed; `None`: for ever.
    pub(in crate::netlink) lifetime: Option<Duration>,
}

impl Lease {
    /// Reads a lease; the error says what is wrong with it.
    ///
    /// A server that names no mask (or 0.0.0.0) means that of the address's class, as other clients take it. Routes of option 121
    /// replace the router (RFC 3442); of them the default route is taken, the others are left to whoever administrates the machine.
    pub(in crate::netlink) fn read(lease: &DhcpV4Lease) -> Result<Self, String> {
        let address = lease.yiaddr;
        if !is_of_a_host(address) {
            return Err(format!("{address} is no address of a host"));
        }
        let mask = lease.subnet_mask;
        let prefix = match mask.to_bits() {
            0 => class(address),
            bits if bits.leading_ones() == bits.count_ones() => lease.prefix_length(),
            _ => return Err(format!("{mask} is no mask of a network")),
        };
        let router = match &lease.classless_routes {
            Some(routes) => routes.iter().find(|route| route.prefix_length == 0).map(|route| route.router),
            None => lease.gateways.as_ref().and_then(|gateways| gateways.first().copied()),
        };
        let gateway = router.filter(|router| is_of_a_host(*router) && *router != address);
        let dns = lease.dns_srvs.iter().flatten().copied().filter(|server| !server.is_unspecified()).map(IpAddr::V4).collect();
        let seconds = lease.lease_time_sec;
        let lifetime = (seconds != FOR_EVER).then(|| Duration::from_secs(seconds.into()));
        Ok(Self { server: lease.srv_id, address, prefix, gateway, dns, lifetime })
    }

    /// The lease as a client takes it up that did not get it itself: enough to ask whether it still holds, and to give it back.
    pub(super) fn of_another_client(&self) -> DhcpV4Lease {
        let mut lease = DhcpV4Lease::default();
        (lease.yiaddr, lease.srv_id) = (self.address, self.server);
        lease.lease_time_sec = self.lifetime.map_or(FOR_EVER, |lifetime| u32::try_from(lifetime.as_secs()).unwrap_or(FOR_EVER));
        lease
    }

    /// The address as the interface has it.
    pub(in crate::netlink) fn key(&self) -> (IpAddr, u8) {
        (self.address.into(), self.prefix)
    }

    /// The router can be reached only by saying that it is on the link: it is outside of the prefix (usual where every host is alone).
    pub(in crate::netlink) fn is_off_link(&self, gateway: IpAddr) -> bool {
        let IpAddr::V4(gateway) = gateway else { return false };
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
        self.gateway == Some(gateway) && gateway.to_bits() & mask != self.address.to_bits() & mask
    }
}

fn is_of_a_host(address: Ipv4Addr) -> bool {
    !(address.is_unspecified() || address.is_multicast() || address.is_broadcast() || address.is_loopback() || address.octets()[0] == 0)
}

/// Prefix length of a network by its class (RFC 791).
fn class(address: Ipv4Addr) -> u8 {
    match address.octets()[0] {
        0..=127 => 8,
        128..=191 => 16,
        192.. => 24,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> DhcpV4Lease {
        let mut lease = DhcpV4Lease::default();
        lease.yiaddr = Ipv4Addr::new(192, 0, 2, 7);
        lease.subnet_mask = Ipv4Addr::new(255, 255, 255, 128);
        lease.gateways = Some(vec![Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2)]);
        lease.dns_srvs = Some(vec![Ipv4Addr::new(192, 0, 2, 53), Ipv4Addr::UNSPECIFIED]);
        lease.lease_time_sec = 120;
        lease.srv_id = Ipv4Addr::new(192, 0, 2, 3);
        lease
    }

    #[test]
    fn a_whole_lease_is_taken_whole() {
        let expected = Lease {
            server: Ipv4Addr::new(192, 0, 2, 3),
            address: Ipv4Addr::new(192, 0, 2, 7),
            prefix: 25,
            gateway: Some(Ipv4Addr::new(192, 0, 2, 1)),
            dns: vec![Ipv4Addr::new(192, 0, 2, 53).into()],
            lifetime: Some(Duration::from_secs(120)),
        };
        assert_eq!(Lease::read(&given()), Ok(expected.clone()));
        assert!(!expected.is_off_link(Ipv4Addr::new(192, 0, 2, 1).into()));
    }

    #[test]
    fn what_is_missing_or_broken_is_handled() {
        type Spoil = fn(&mut DhcpV4Lease);
        type Read = Result<(u8, Option<Ipv4Addr>), &'static str>;
        let cases: [(Spoil, Read); 9] = [
            (|lease| lease.subnet_mask = Ipv4Addr::UNSPECIFIED, Ok((24, Some(Ipv4Addr::new(192, 0, 2, 1))))),
            (|lease| lease.gateways = None, Ok((25, None))),
            (|lease| lease.gateways = Some(Vec::new()), Ok((25, None))),
            (|lease| lease.gateways = Some(vec![Ipv4Addr::UNSPECIFIED]), Ok((25, None))),
            (|lease| lease.gateways = Some(vec![lease.yiaddr]), Ok((25, None))),
            (|lease| lease.classless_routes = Some(Vec::new()), Ok((25, None))),
            (|lease| lease.subnet_mask = Ipv4Addr::new(255, 0, 255, 0), Err("no mask")),
            (|lease| lease.yiaddr = Ipv4Addr::UNSPECIFIED, Err("no address of a host")),
            (|lease| lease.yiaddr = Ipv4Addr::BROADCAST, Err("no address of a host")),
        ];
        for (spoil, expected) in cases {
            let mut lease = given();
            spoil(&mut lease);
            match (Lease::read(&lease), expected) {
                (Ok(read), Ok(expected)) => assert_eq!((read.prefix, read.gateway), expected),
                (Err(said), Err(expected)) => assert!(said.contains(expected), "{said}"),
                (read, expected) => panic!("{read:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn a_lease_for_ever_and_a_router_elsewhere() {
        let mut lease = given();
        lease.lease_time_sec = FOR_EVER;
        lease.subnet_mask = Ipv4Addr::BROADCAST;
        let read = Lease::read(&lease).unwrap();
        assert_eq!((read.lifetime, read.prefix), (None, 32));
        assert!(read.is_off_link(Ipv4Addr::new(192, 0, 2, 1).into()));
        assert!(!read.is_off_link(Ipv4Addr::new(192, 0, 2, 2).into()), "not the lease's router");
    }
}
