//! What do the kernel's facts mean for an access point? Its state, the cause, and its carrier (SPEC §3).

use super::dhcp::Lease;
use super::facts::{Facts, Presence};
use super::profile::Profile;
use crate::executor::Carrier;
use netsession_fsm::words::{Cause, ConfigurationState};
use std::net::IpAddr;

/// What is known of a link besides the facts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing<'a> {
    /// False where a default route that belongs to the raised link was taken away: it carries no traffic then, and counts as an
    /// address that is missing.
    pub(super) routed: bool,
    /// It was raised here: addresses of others are not what was asked for.
    pub(super) ours: bool,
    /// What the DHCP server gave.
    pub(super) lease: Option<&'a Lease>,
    /// There was a lease, and it is lost.
    pub(super) lost: bool,
    /// Name servers of advertisements.
    pub(super) dns: &'a [IpAddr],
}

/// State of an access point, and why it is not Active as far as the kernel's facts tell.
///
/// | interface | carrier | addresses | state | cause |
/// |---|---|---|---|---|
/// | missing | | | Defined | Vanished |
/// | down | | | Discovered | |
/// | up | no | | Defined | CarrierLost |
/// | up | yes | not all usable | Discovered | |
/// | up | yes | the lease was lost | Discovered | NoLease |
/// | up | yes | all usable | Active | |
///
/// All are the static ones, and with DHCP that of the lease, or, on a link that was not raised here, any that others gave it.
/// With SLAAC alone any of a router's prefix will do.
pub(super) fn state(facts: &Facts, profile: &Profile, standing: Standing<'_>) -> (ConfigurationState, Cause) {
    match facts.by_name(&profile.interface) {
        None => (ConfigurationState::Defined, Cause::Vanished),
        Some((_, device)) if !device.up => (ConfigurationState::Discovered, Cause::Unknown),
        Some((_, device)) if !device.carrier => (ConfigurationState::Defined, Cause::CarrierLost),
        Some((index, _)) if is_usable(facts, profile, standing, index) => (ConfigurationState::Active, Cause::Unknown),
        Some(_) if standing.lost => (ConfigurationState::Discovered, Cause::NoLease),
        Some(_) => (ConfigurationState::Discovered, Cause::Unknown),
    }
}

fn is_usable(facts: &Facts, profile: &Profile, standing: Standing<'_>, index: u32) -> bool {
    let leased = match standing.lease {
        Some(lease) => facts.worst(index, &[lease.key()]) == Presence::Usable,
        None if profile.dhcp => !standing.ours && facts.global(index, false).next().is_some(),
        None => true,
    };
    let advertised = !profile.is_slaac_alone() || facts.global(index, true).next().is_some();
    standing.routed && leased && advertised && facts.worst(index, &profile.addresses) == Presence::Usable
}

/// Whom the link can be used from: the static addresses, that of the lease, those of advertisements.
pub(super) fn addresses(facts: &Facts, profile: &Profile, standing: Standing<'_>, index: u32) -> Vec<(IpAddr, u8)> {
    let mut all = profile.addresses.clone();
    all.extend(standing.lease.map(Lease::key));
    let leased_by_others = profile.dhcp && !standing.ours;
    let others = [(leased_by_others, false), (profile.slaac, true)];
    for (_, v6) in others.into_iter().filter(|(wanted, _)| *wanted) {
        let more: Vec<_> = facts.global(index, v6).filter(|address| !all.contains(address)).collect();
        all.extend(more);
    }
    all
}

/// Next hops of the link's default routes, at most one a family, IPv4 first.
pub(super) fn gateways(facts: &Facts, profile: &Profile, standing: Standing<'_>, index: u32) -> Vec<IpAddr> {
    let of = |v6: bool| {
        let fixed = profile.gateway.filter(|gateway| gateway.is_ipv6() == v6);
        let given = match (v6, standing.lease) {
            (false, Some(lease)) => lease.gateway.map(IpAddr::V4),
            (false, None) if profile.dhcp && !standing.ours => facts.gateway(index, false),
            (true, _) if profile.slaac => facts.gateway(index, true),
            _ => None,
        };
        fixed.or(given)
    };
    [of(false), of(true)].into_iter().flatten().collect()
}

/// What an application needs to send through the link.
pub(super) fn carrier(facts: &Facts, profile: &Profile, standing: Standing<'_>) -> Carrier {
    let index = facts.by_name(&profile.interface).map_or(0, |(index, _)| index);
    let mut dns = profile.dns.clone();
    for server in standing.lease.iter().flat_map(|lease| &lease.dns).chain(standing.dns) {
        if !dns.contains(server) {
            dns.push(*server);
        }
    }
    let gateways = gateways(facts, profile, standing, index);
    Carrier {
        interface: profile.interface.clone(),
        index,
        addresses: addresses(facts, profile, standing, index).into_iter().map(|(address, _)| address).collect(),
        gateway: profile.gateway.or_else(|| gateways.first().copied()),
        dns,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::bearer::Hardware;
    use crate::netlink::facts::AddressKey;
    use crate::netlink::watch::{DefaultRoute, Told};
    use std::net::Ipv4Addr;

    const FOUND: Standing<'_> = Standing { routed: true, ours: false, lease: None, lost: false, dns: &[] };
    const RAISED: Standing<'_> = Standing { ours: true, ..FOUND };

    fn link(up: bool, carrier: bool) -> Told {
        Told::Link { index: 2, name: "wan".into(), up, carrier, hardware: Hardware::default() }
    }

    fn address(address: &str, usable: bool) -> Told {
        let key = AddressKey { index: 2, address: address.parse().unwrap(), prefix: if address.contains(':') { 64 } else { 24 } };
        Told::Address { key, usable, failed: false }
    }

    fn up() -> Facts {
        let mut facts = Facts::default();
        facts.apply(&link(true, true));
        facts
    }

    #[test]
    fn every_row_of_the_table() {
        let profile =
            Profile { interface: "wan".into(), addresses: vec![("192.0.2.2".parse().unwrap(), 24)], metric: 100, ..Profile::default() };
        let mut facts = Facts::default();
        let mut told = |told: &Told, routed| {
            facts.apply(told);
            state(&facts, &profile, Standing { routed, ..RAISED })
        };
        use ConfigurationState::{Active, Defined, Discovered};
        assert_eq!(told(&Told::LinkGone { index: 2 }, true), (Defined, Cause::Vanished));
        assert_eq!(told(&link(false, false), true), (Discovered, Cause::Unknown));
        assert_eq!(told(&link(true, false), true), (Defined, Cause::CarrierLost));
        assert_eq!(told(&link(true, true), true), (Discovered, Cause::Unknown));
        assert_eq!(told(&address("192.0.2.2", false), true), (Discovered, Cause::Unknown));
        assert_eq!(told(&address("192.0.2.2", true), true), (Active, Cause::Unknown));
        assert_eq!(told(&address("192.0.2.2", true), false), (Discovered, Cause::Unknown));
        assert_eq!(told(&link(true, false), true), (Defined, Cause::CarrierLost));
    }

    #[test]
    fn a_lease_is_what_counts_where_it_was_asked_for_here() {
        use ConfigurationState::{Active, Discovered};
        let profile = Profile { interface: "wan".into(), dhcp: true, ..Profile::default() };
        let lease = Lease {
            server: Ipv4Addr::new(192, 0, 2, 1),
            address: Ipv4Addr::new(192, 0, 2, 7),
            prefix: 24,
            gateway: Some(Ipv4Addr::new(192, 0, 2, 1)),
            dns: vec![Ipv4Addr::new(192, 0, 2, 53).into()],
            lifetime: None,
        };
        let mut facts = up();
        assert_eq!(state(&facts, &profile, FOUND), (Discovered, Cause::Unknown));
        facts.apply(&address("192.0.2.9", true));
        assert_eq!(state(&facts, &profile, FOUND), (Active, Cause::Unknown), "somebody else's client was there before");
        assert_eq!(carrier(&facts, &profile, FOUND).addresses, ["192.0.2.9".parse::<IpAddr>().unwrap()]);
        assert_eq!(state(&facts, &profile, RAISED), (Discovered, Cause::Unknown));
        assert_eq!(state(&facts, &profile, Standing { lost: true, ..RAISED }), (Discovered, Cause::NoLease));
        let leased = Standing { lease: Some(&lease), ..RAISED };
        assert_eq!(state(&facts, &profile, leased), (Discovered, Cause::Unknown));
        facts.apply(&address("192.0.2.7", true));
        assert_eq!(state(&facts, &profile, leased), (Active, Cause::Unknown));
        let carrier = carrier(&facts, &profile, leased);
        assert_eq!((carrier.addresses, carrier.gateway), (vec![lease.address.into()], lease.gateway.map(IpAddr::V4)));
        assert_eq!(carrier.dns, lease.dns);
    }

    #[test]
    fn advertisements_are_waited_for_only_alone() {
        use ConfigurationState::{Active, Discovered};
        let alone = Profile { interface: "wan".into(), slaac: true, ..Profile::default() };
        let beside = Profile { addresses: vec![("192.0.2.2".parse().unwrap(), 24)], ..alone.clone() };
        let mut facts = up();
        facts.apply(&address("192.0.2.2", true));
        facts.apply(&address("fe80::2", true));
        assert_eq!(state(&facts, &alone, RAISED).0, Discovered);
        assert_eq!(state(&facts, &beside, RAISED).0, Active);
        facts.apply(&address("2001:db8::2", true));
        assert_eq!(state(&facts, &alone, RAISED).0, Active);
        let router: IpAddr = "fe80::1".parse().unwrap();
        let route = DefaultRoute { v6: true, index: 2, gateway: Some(router), metric: 101 };
        facts.apply(&Told::Default { route, replaced: false });
        let servers = ["2001:db8::53".parse().unwrap()];
        let carrier = carrier(&facts, &beside, Standing { dns: &servers, ..RAISED });
        assert_eq!(carrier.addresses, ["192.0.2.2".parse::<IpAddr>().unwrap(), "2001:db8::2".parse().unwrap()]);
        assert_eq!((carrier.gateway, carrier.dns.as_slice()), (Some(router), servers.as_slice()));
    }
}
