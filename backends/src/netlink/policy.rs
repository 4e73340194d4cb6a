//! What lets a socket that is bound to a link's address, not to its device, go through that link? A routing table of the link's own.
//!
//! | | |
//! |---|---|
//! | rule, one per address | `from <address> lookup <table>`, at [`Options::rule_priority`](super::Options::rule_priority) |
//! | table | [`Options::table_base`](super::Options::table_base) + index of the interface, or the next one nobody uses |
//! | in it | the network of each address, `fe80::/64`, and a default route per family that has a router |
//! | protocol | 78, of rules and routes: by it they are told from others', also those a killed process left |
//!
//! Everything sent from an address of the link goes by this table, before the main one: also to a network that is connected to
//! another link too, and past special routes of the main table. Where the link has no router for a family, the main table decides.
//!
//! Reverse path filtering asks the same rules, with the local address as source: measured on Linux 6.18 with
//! `net.ipv4.conf.all.rp_filter` = 1, answers come in on every link of ours, whoever has the default route.
//!
//! What is there is compared with what ought to be, and mended, whenever addresses, routers or the device change. Rules that others
//! delete are not put back before that.

use super::refused::{Refused, made, taken_away};
use super::request::{Kernel, Only};
use futures::TryStreamExt;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::route::{RouteAddress, RouteAttribute, RouteFlags, RouteMessage, RouteProtocol, RouteScope, RouteType};
use rtnetlink::packet_route::rule::{RuleAction, RuleAttribute, RuleMessage};
use rtnetlink::{IpVersion, RouteMessageBuilder};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whose rules and routes these are.
pub(super) const PROTOCOL: RouteProtocol = RouteProtocol::Other(78);

/// What a link's policy routing is to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Policy {
    /// Whom it is for.
    pub(super) sources: Vec<IpAddr>,
    /// What is in its table.
    pub(super) ways: Vec<Way>,
}

/// A route of a link's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    destination: (IpAddr, u8),
    gateway: Option<IpAddr>,
    /// The gateway is in none of the networks.
    onlink: bool,
}

impl Policy {
    /// For addresses with their prefix lengths and routers; `is_off_link` tells of routers that are in none of the networks.
    pub(super) fn new(addresses: &[(IpAddr, u8)], gateways: &[IpAddr], is_off_link: impl Fn(IpAddr) -> bool) -> Self {
        let mut ways: Vec<Way> = Vec::new();
        let link_local = (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0).into(), 64);
        let has_v6 = addresses.iter().any(|(address, _)| address.is_ipv6());
        let alone = |address: &IpAddr, prefix: u8| prefix == if address.is_ipv4() { 32 } else { 128 };
        let shared = addresses.iter().filter(|(address, prefix)| !alone(address, *prefix));
        let networks = shared.map(|(address, prefix)| (network(*address, *prefix), *prefix));
        for destination in networks.chain(has_v6.then_some(link_local)) {
            let way = Way { destination, gateway: None, onlink: false };
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
        for gateway in gateways.iter().filter(|gateway| addresses.iter().any(|(address, _)| address.is_ipv4() == gateway.is_ipv4())) {
            let any: IpAddr = if gateway.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
            ways.push(Way { destination: (any, 0), gateway: Some(*gateway), onlink: is_off_link(*gateway) });
        }
        Self { sources: addresses.iter().map(|(address, _)| *address).collect(), ways }
    }
}

fn network(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl Way {
    fn message(self, index: u32, table: u32) -> RouteMessage {
        let (destination, prefix) = self.destination;
        let mut message = match destination {
            IpAddr::V4(network) => RouteMessageBuilder::<Ipv4Addr>::new().destination_prefix(network, prefix).build(),
            IpAddr::V6(network) => RouteMessageBuilder::<Ipv6Addr>::new().destination_prefix(network, prefix).build(),
        };
        message.header.protocol = PROTOCOL;
        if self.gateway.is_none() && destination.is_ipv4() {
            message.header.scope = RouteScope::Link;
        }
        message.header.flags.set(RouteFlags::Onlink, self.onlink);
        let gateway = self.gateway.map(|gateway| match gateway {
            IpAddr::V4(gateway) => RouteAttribute::Gateway(RouteAddress::Inet(gateway)),
            IpAddr::V6(gateway) => RouteAttribute::Gateway(RouteAddress::Inet6(gateway)),
        });
        message.attributes.extend(gateway.into_iter().chain([RouteAttribute::Oif(index), RouteAttribute::Table(table)]));
        message
    }

    /// Reads a route of ours through a device; `None`: it is somebody else's, or nothing we would have made.
    fn read(message: &RouteMessage, index: u32) -> Option<Self> {
        if message.header.protocol != PROTOCOL || message.header.kind != RouteType::Unicast {
            return None;
        }
        let v6 = message.header.address_family == AddressFamily::Inet6;
        let any: IpAddr = if v6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
        let (mut destination, mut gateway, mut through) = (any, None, None);
        let address = |address: &RouteAddress| match address {
            RouteAddress::Inet(address) => Some(IpAddr::V4(*address)),
            RouteAddress::Inet6(address) => Some(IpAddr::V6(*address)),
            _ => None,
        };
        for attribute in &message.attributes {
            match attribute {
                RouteAttribute::Destination(to) => destination = address(to)?,
                RouteAttribute::Gateway(via) => gateway = Some(address(via)?),
                RouteAttribute::Oif(oif) => through = Some(*oif),
                _ => {}
            }
        }
        let onlink = message.header.flags.contains(RouteFlags::Onlink);
        (through == Some(index)).then_some(Self { destination: (destination, message.header.destination_prefix_length), gateway, onlink })
    }
}

/// A rule of somebody's, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// Made by us.
    pub(super) ours: bool,
    /// What is to be from there.
    pub(super) source: Option<IpAddr>,
    pub(super) table: u32,
    pub(super) priority: u32,
    message: RuleMessage,
}

impl Rule {
    fn read(message: RuleMessage) -> Self {
        let (mut source, mut priority, mut ours) = (None, 0, false);
        let mut table = message.header.table.into();
        for attribute in &message.attributes {
            match attribute {
                RuleAttribute::Source(address) => source = Some(*address),
                RuleAttribute::Priority(number) => priority = *number,
                RuleAttribute::Table(number) => table = *number,
                RuleAttribute::Protocol(protocol) => ours = *protocol == PROTOCOL,
                _ => {}
            }
        }
        Self { ours, source, table, priority, message }
    }

    fn message(source: IpAddr, table: u32, priority: u32) -> RuleMessage {
        let mut message = RuleMessage::default();
        (message.header.family, message.header.src_len) =
            if source.is_ipv4() { (AddressFamily::Inet, 32) } else { (AddressFamily::Inet6, 128) };
        message.header.action = RuleAction::ToTable;
        let what = [RuleAttribute::Source(source), RuleAttribute::Priority(priority), RuleAttribute::Table(table)];
        message.attributes.extend(what);
        message.attributes.push(RuleAttribute::Protocol(PROTOCOL));
        message
    }
}

impl Kernel {
    /// All rules of both families.
    pub(super) async fn rules(&self) -> Result<Vec<Rule>, Refused> {
        let mut rules = Vec::new();
        for family in [IpVersion::V4, IpVersion::V6] {
            let all: Result<Vec<_>, _> = self.0.rule().get(family).execute().map_ok(Rule::read).try_collect().await;
            rules.extend(all.map_err(|error| Refused::new("list routing rules".into(), error))?);
        }
        Ok(rules)
    }

    async fn remove_rule(&self, rule: Rule) -> Result<(), Refused> {
        let result = self.0.rule().del(rule.message).execute().await;
        taken_away(result.map_err(|error| Refused::new(format!("remove the rule of table {}", rule.table), error)))
    }

    async fn table(&self, table: u32) -> Result<Vec<RouteMessage>, Refused> {
        let mut routes = self.routes(false, Only::In(table)).await?;
        routes.extend(self.routes(true, Only::In(table)).await?);
        // a socket without strict checking is given all tables
        routes.retain(|route| route.attributes.contains(&RouteAttribute::Table(table)));
        Ok(routes)
    }

    /// The first table from `from` on that is used by nobody else: neither routes nor rules of others are about it.
    pub(super) async fn free_table(&self, from: u32, rules: &[Rule], taken: &[u32]) -> Result<Option<u32>, Refused> {
        const ATTEMPTS: u32 = 64;
        for table in from..from.saturating_add(ATTEMPTS) {
            let by_rule = rules.iter().any(|rule| rule.table == table && !rule.ours);
            if !by_rule && !taken.contains(&table) && self.table(table).await?.iter().all(|route| route.header.protocol == PROTOCOL) {
                return Ok(Some(table));
            }
        }
        Ok(None)
    }

    /// Makes rules and a table what they are to be; others' rules and routes stay as they are.
    pub(super) async fn set_policy(&self, index: u32, table: u32, priority: u32, policy: &Policy) -> Result<(), Refused> {
        let rules: Vec<Rule> = self.rules().await?.into_iter().filter(|rule| rule.ours && rule.table == table).collect();
        let wanted = |rule: &Rule| rule.priority == priority && rule.source.is_some_and(|source| policy.sources.contains(&source));
        let routes = self.table(table).await?;
        for rule in rules.iter().filter(|rule| !wanted(rule)) {
            self.remove_rule(rule.clone()).await?;
        }
        let there: Vec<Way> = routes.iter().filter_map(|route| Way::read(route, index)).collect();
        for route in routes.into_iter().filter(|route| route.header.protocol == PROTOCOL) {
            if !Way::read(&route, index).is_some_and(|way| policy.ways.contains(&way)) {
                self.remove_route(route).await?;
            }
        }
        // the routes first: a rule without them would do nothing
        for way in policy.ways.iter().filter(|way| !there.contains(way)) {
            self.add_route(way.message(index, table)).await?;
        }
        for source in policy.sources.iter().filter(|source| !rules.iter().any(|rule| wanted(rule) && rule.source == Some(**source))) {
            let mut request = self.0.rule().add();
            *request.message_mut() = Rule::message(*source, table, priority);
            let what = || format!("add a rule for {source} and table {table}");
            made(request.execute().await.map_err(|error| Refused::new(what(), error)))?;
        }
        Ok(())
    }

    /// Removes rules of ours that fit.
    pub(super) async fn remove_rules(&self, fits: impl Fn(&Rule) -> bool) -> Result<(), Refused> {
        for rule in self.rules().await?.into_iter().filter(|rule| rule.ours && fits(rule)) {
            self.remove_rule(rule).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(all: &[(&str, u8)]) -> Vec<(IpAddr, u8)> {
        all.iter().map(|(address, prefix)| (address.parse().unwrap(), *prefix)).collect()
    }

    #[test]
    fn a_table_has_the_networks_and_the_ways_out() {
        let own = addresses(&[("192.0.2.130", 25), ("192.0.2.131", 25), ("2001:db8:0:1::7", 64), ("203.0.113.9", 32)]);
        let gateways: Vec<IpAddr> = ["192.0.2.129", "fe80::1"].map(|gateway| gateway.parse().unwrap()).to_vec();
        let policy = Policy::new(&own, &gateways, |gateway| gateway == gateways[0]);
        assert_eq!(policy.sources, own.iter().map(|(address, _)| *address).collect::<Vec<_>>());
        let ways: Vec<_> = policy
            .ways
            .iter()
            .map(|way| {
                let via = way.gateway.map(|gateway| format!(" via {gateway}")).unwrap_or_default();
                format!("{}/{}{via}{}", way.destination.0, way.destination.1, if way.onlink { " onlink" } else { "" })
            })
            .collect();
        let expected = ["192.0.2.128/25", "2001:db8:0:1::/64", "fe80::/64", "0.0.0.0/0 via 192.0.2.129 onlink", "::/0 via fe80::1"];
        assert_eq!(ways, expected);
    }

    #[test]
    fn a_way_out_of_a_family_without_addresses_is_none() {
        let policy = Policy::new(&addresses(&[("192.0.2.130", 25)]), &["fe80::1".parse().unwrap()], |_| false);
        assert_eq!(policy.ways.len(), 1);
        assert_eq!(Policy::new(&[], &[], |_| false), Policy::default());
    }

    #[test]
    fn what_was_asked_for_is_read_as_such() {
        let own = addresses(&[("192.0.2.130", 25), ("2001:db8:0:1::7", 64)]);
        let gateways: Vec<IpAddr> = ["192.0.2.129", "fe80::1"].map(|gateway| gateway.parse().unwrap()).to_vec();
        for way in Policy::new(&own, &gateways, |gateway| gateway.is_ipv4()).ways {
            assert_eq!(Way::read(&way.message(7, 7707), 7), Some(way));
            assert_eq!(Way::read(&way.message(7, 7707), 8), None, "through another device");
        }
        let rule = Rule::read(Rule::message(own[1].0, 7707, 99));
        assert_eq!((rule.ours, rule.source, rule.table, rule.priority), (true, Some(own[1].0), 7707, 99));
    }
}
