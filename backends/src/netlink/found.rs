//! How was a link before we touched it, and how does it get back there? (C6, C11, C12)

use super::policy::PROTOCOL;
use super::refused::Refused;
use super::request::{Kernel, Only};
use super::watch;
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::address::{AddressHeaderFlags, AddressMessage, AddressScope};
use rtnetlink::packet_route::route::{RouteAttribute, RouteFlags, RouteMessage, RouteProtocol, RouteScope};
use std::net::IpAddr;

/// What is on an interface.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    addresses: Vec<AddressMessage>,
    routes: Vec<RouteMessage>,
}

/// How a link was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Which device: another one of the same name is not this one.
    pub(super) index: u32,
    /// It was administratively up.
    pub(super) up: bool,
    /// It was Active: ours only to stop and to start again, not to take apart.
    pub(super) active: bool,
    /// What was on it.
    pub(super) contents: Contents,
}

impl Contents {
    /// Reads what is on an interface. Routes the kernel keeps by itself are left out, they come and go with addresses, and so are those
    /// of our own tables.
    pub(super) async fn read(kernel: &Kernel, index: u32) -> Result<Self, Refused> {
        let mut addresses = kernel.addresses().await?;
        addresses.retain(|address| address.header.index == index);
        let mut routes = kernel.routes(false, Only::Through(index)).await?;
        routes.extend(kernel.routes(true, Only::Through(index)).await?);
        routes.retain(|route| leaves_through(route, index) && !is_kernels(route));
        Ok(Self { addresses, routes: routes.into_iter().map(plain).collect() })
    }

    /// All of it, as the kernel would be asked for it.
    pub(super) fn messages(&self) -> impl Iterator<Item = RouteNetlinkMessage> {
        let addresses = self.addresses.iter().cloned().map(RouteNetlinkMessage::NewAddress);
        addresses.chain(self.routes.iter().cloned().map(RouteNetlinkMessage::NewRoute))
    }

    /// The other way round; what is not about this interface is left out.
    pub(super) fn of_messages(messages: impl Iterator<Item = RouteNetlinkMessage>, index: u32) -> Self {
        let mut contents = Self::default();
        for message in messages {
            match message {
                RouteNetlinkMessage::NewAddress(address) if address.header.index == index => contents.addresses.push(address),
                RouteNetlinkMessage::NewRoute(route) if leaves_through(&route, index) => contents.routes.push(route),
                _ => {}
            }
        }
        contents
    }

    /// The same without some addresses, and without the routes that are default routes with one of these metrics.
    pub(super) fn without(mut self, addresses: &[(IpAddr, u8)], default_metrics: &[(bool, u32)]) -> Self {
        self.addresses.retain(|message| {
            let key = watch::address_key(message);
            !key.is_some_and(|key| addresses.contains(&(key.address, key.prefix)))
        });
        self.routes.retain(|message| {
            let route = watch::default_route(message);
            !route.is_some_and(|route| default_metrics.contains(&(route.v6, route.metric)))
        });
        self
    }

    /// The global IPv6 addresses that end by themselves: the kernel made them of advertisements.
    pub(super) fn advertised(&self) -> impl Iterator<Item = (IpAddr, u8)> {
        let ends = |message: &&AddressMessage| {
            let v6 = message.header.family == rtnetlink::packet_route::AddressFamily::Inet6;
            v6 && message.header.scope == AddressScope::Universe && !message.header.flags.contains(AddressHeaderFlags::Permanent)
        };
        self.addresses.iter().filter(ends).filter_map(watch::address_key).map(|key| (key.address, key.prefix))
    }

    /// Puts back what is missing; tells how often the kernel refused.
    pub(super) async fn put_back(&self, kernel: &Kernel, index: u32, with_routes: bool) -> usize {
        let Ok(now) = Self::read(kernel, index).await else { return 1 };
        let mut refused = 0;
        for address in &self.addresses {
            let key = watch::address_key(address);
            let there = now.addresses.iter().any(|other| watch::address_key(other) == key);
            if !there && let Err(error) = kernel.put_address(without_state(address.clone())).await {
                tracing::warn!(%error, "netlink: what was found could not be put back");
                refused += 1;
            }
        }
        // routes within a network before those through a gateway in it
        let (links, gateways): (Vec<_>, Vec<_>) = self.routes.iter().partition(|route| route.header.scope == RouteScope::Link);
        for route in links.into_iter().chain(gateways).filter(|route| with_routes && !now.routes.contains(route)) {
            if let Err(error) = kernel.put_route(route.clone()).await {
                tracing::warn!(%error, "netlink: what was found could not be put back");
                refused += 1;
            }
        }
        refused
    }
}

/// The kernel does not take an address that calls itself tentative or failed.
fn without_state(mut address: AddressMessage) -> AddressMessage {
    address.header.flags.remove(AddressHeaderFlags::Tentative | AddressHeaderFlags::Dadfailed);
    address
}

fn leaves_through(route: &RouteMessage, index: u32) -> bool {
    route.attributes.iter().any(|attribute| matches!(attribute, RouteAttribute::Oif(oif) if *oif == index))
}

/// Made by the kernel itself, for an address, from a router's advertisement or a redirect; or by us, for policy routing.
fn is_kernels(route: &RouteMessage) -> bool {
    matches!(route.header.protocol, RouteProtocol::Kernel | RouteProtocol::Ra | RouteProtocol::IcmpRedirect | PROTOCOL)
}

/// A dumped route as it can be asked for again: without its age and without what only the kernel can say of it.
fn plain(mut route: RouteMessage) -> RouteMessage {
    route.header.flags &= RouteFlags::Onlink;
    route.attributes.retain(|attribute| !matches!(attribute, RouteAttribute::CacheInfo(_)));
    route
}
