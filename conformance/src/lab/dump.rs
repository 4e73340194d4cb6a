//! Is everything as it was? All links, addresses, routes and routing rules of a namespace as lines that can be compared.

use super::{LabError, Wire};
use futures::TryStreamExt;
use rtnetlink::packet_route::address::{AddressAttribute, AddressMessage};
use rtnetlink::packet_route::link::{LinkAttribute, LinkMessage};
use rtnetlink::packet_route::route::{RouteAttribute, RouteMessage};
use rtnetlink::packet_route::rule::RuleMessage;
use rtnetlink::{IpVersion, RouteMessageBuilder};
use std::collections::BTreeSet;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// How a namespace stands, without what changes by itself (ages, counters).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump(BTreeSet<String>);

impl Dump {
    /// What is in this one and not in `other`, and the other way round.
    #[must_use]
    pub fn difference(&self, other: &Self) -> String {
        let missing = self.0.difference(&other.0).map(|line| format!("- {line}\n"));
        let more = other.0.difference(&self.0).map(|line| format!("+ {line}\n"));
        missing.chain(more).collect()
    }

    /// No link got or lost a carrier that the kernel did not take note of yet.
    fn is_operational(&self) -> bool {
        self.0.iter().all(|line| line.contains("Running") == line.contains("LowerUp"))
    }

    /// The same without the lines that speak of one of these.
    #[must_use]
    pub fn without(&self, these: &[&str]) -> Self {
        Self(self.0.iter().filter(|line| !these.iter().any(|it| line.contains(it))).cloned().collect())
    }

    /// The lines that speak of something.
    pub fn about<'a>(&'a self, what: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(String::as_str).filter(move |line| line.contains(what))
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Wire {
    /// Every link, address, route of all tables, and routing rule.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub async fn dump(&self) -> Result<Dump, LabError> {
        let failed = || LabError::request("dump");
        let links: Vec<_> = self.handle.link().get().execute().try_collect().await.map_err(failed())?;
        let addresses: Vec<_> = self.handle.address().get().execute().try_collect().await.map_err(failed())?;
        let v4 = RouteMessageBuilder::<Ipv4Addr>::new().build();
        let v6 = RouteMessageBuilder::<Ipv6Addr>::new().build();
        let mut routes: Vec<RouteMessage> = self.handle.route().get(v4).execute().try_collect().await.map_err(failed())?;
        routes.extend(self.handle.route().get(v6).execute().try_collect::<Vec<_>>().await.map_err(failed())?);
        let lines = links.iter().map(link).chain(addresses.into_iter().map(address)).chain(routes.into_iter().map(route));
        let mut rules: Vec<RuleMessage> = self.handle.rule().get(IpVersion::V4).execute().try_collect().await.map_err(failed())?;
        rules.extend(self.handle.rule().get(IpVersion::V6).execute().try_collect::<Vec<_>>().await.map_err(failed())?);
        Ok(Dump(lines.chain(rules.into_iter().map(rule)).collect()))
    }

    /// The same when nothing changes any more: the kernel finishes some changes a moment later, and asks for two seconds at most whether
    /// an IPv6 address is anybody else's (RFC 4862 §5.4; without a carrier it does not).
    ///
    /// # Errors
    /// If the kernel does not say.
    pub async fn settled(&self) -> Result<Dump, LabError> {
        const ASKED: u32 = 30;
        let mut before = self.dump().await?;
        let mut looks = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = self.dump().await?;
            let asks = looks < ASKED && now.about("Tentative").next().is_some();
            if now == before && now.is_operational() && !asks {
                return Ok(now);
            }
            (before, looks) = (now, looks + 1);
        }
    }

    /// Waits until everything is as in `before`: the kernel finishes some changes a moment later.
    ///
    /// # Errors
    /// The difference, if it does not become so within ten seconds.
    pub async fn becomes(&self, before: &Dump) -> Result<(), Box<dyn std::error::Error>> {
        const TRIES: u32 = 200;
        let mut now = self.dump().await?;
        for _ in 0..TRIES {
            if now == *before {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            now = self.dump().await?;
        }
        Err(format!("not as it was before:\n{}", before.difference(&now)).into())
    }
}

fn link(link: &LinkMessage) -> String {
    // not the queueing discipline: the kernel attaches one when a device is first set up, and keeps it; nor the operational state,
    // which follows the flags up to a second late
    let lasting = link
        .attributes
        .iter()
        .filter(|attribute| matches!(attribute, LinkAttribute::IfName(_) | LinkAttribute::Mtu(_) | LinkAttribute::Address(_)));
    format!("link {} {:?} {:?}", link.header.index, link.header.flags, lasting.collect::<Vec<_>>())
}

fn address(mut address: AddressMessage) -> String {
    address.attributes.retain(|attribute| !matches!(attribute, AddressAttribute::CacheInfo(_)));
    format!("address {:?} {:?}", address.header, address.attributes)
}

fn route(mut route: RouteMessage) -> String {
    route.attributes.retain(|attribute| !matches!(attribute, RouteAttribute::CacheInfo(_)));
    format!("route {:?} {:?}", route.header, route.attributes)
}

fn rule(rule: RuleMessage) -> String {
    format!("rule {:?} {:?}", rule.header, rule.attributes)
}
