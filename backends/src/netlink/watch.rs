//! What does the kernel say of its own accord? Links, addresses, default routes, advertised name servers, over a multicast socket.
//!
//! The socket is separate from the one for requests and read by nobody else: `ENOBUFS` reaches us as [`Told::Overrun`] in its
//! place in the stream, and the size of its buffer is ours to choose.

use super::bearer::{self, Hardware};
use super::facts::AddressKey;
use rtnetlink::packet_core::{NetlinkMessage, NetlinkPayload};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::address::{AddressAttribute, AddressFlags, AddressMessage};
use rtnetlink::packet_route::link::{LinkAttribute, LinkFlags, LinkMessage};
use rtnetlink::packet_route::route::{RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteType};
use rtnetlink::sys::{AsyncSocket, AsyncSocketExt, SocketAddr, TokioSocket, protocols::NETLINK_ROUTE};
use std::io;
use std::net::IpAddr;

/// Groups we listen to: links, addresses and routes of both families, options of advertisements that are not the kernel's business
/// (numbers of `RTNLGRP_*`, as a mask for `bind`).
const GROUPS: u32 = group(1) | group(5) | group(7) | group(9) | group(11) | group(20);

/// Message types of those groups: RTM_NEWLINK, DELLINK, NEWADDR, DELADDR, NEWROUTE, DELROUTE.
const TYPES: [u16; 6] = [16, 17, 20, 21, 24, 25];

/// RTM_NEWNDUSEROPT: an option of a router's advertisement.
const OPTION: u16 = 68;

/// `NLM_F_REPLACE` on an event: a route took the place of another one.
const REPLACED: u16 = 0x100;

/// More than any event is long.
const LONGEST_EVENT: usize = 64 * 1024;

/// The kernel's port number on a netlink socket.
const KERNEL: u32 = 0;

const fn group(number: u32) -> u32 {
    1 << (number - 1)
}

/// One thing the kernel told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// A link is new or changed.
    Link { index: u32, name: String, up: bool, carrier: bool, hardware: Hardware },
    /// A link is gone.
    LinkGone { index: u32 },
    /// An address is new or changed.
    Address { key: AddressKey, usable: bool, failed: bool },
    /// An address is gone.
    AddressGone { key: AddressKey },
    /// A default route of the main table is new or took another one's place.
    Default { route: DefaultRoute, replaced: bool },
    /// A default route of the main table is gone.
    DefaultGone { route: DefaultRoute },
    /// A router advertised name servers (RFC 8106).
    NameServers { index: u32, servers: Vec<IpAddr> },
    /// Events were lost.
    Overrun,
}

/// A default route of the main table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) struct DefaultRoute {
    /// IPv6, else IPv4.
    pub(crate) v6: bool,
    /// Index of the interface, 0 if it has several.
    pub(crate) index: u32,
    /// Next hop.
    pub(crate) gateway: Option<IpAddr>,
    /// Metric.
    pub(crate) metric: u32,
}

/// The socket the kernel's events arrive on.
pub(crate) struct Watch {
    socket: TokioSocket,
    buffer: Vec<u8>,
}

impl Watch {
    /// Opens the socket and joins the groups; from then on nothing is missed without an [`Told::Overrun`].
    pub(crate) fn open(receive_buffer: usize) -> io::Result<Self> {
        let mut socket = TokioSocket::new(NETLINK_ROUTE)?;
        let size = i32::try_from(receive_buffer).unwrap_or(i32::MAX);
        socket.socket_mut().set_rx_buf_sz(size)?;
        socket.socket_mut().bind(&SocketAddr::new(0, GROUPS))?;
        Ok(Self { socket, buffer: Vec::with_capacity(LONGEST_EVENT) })
    }

    /// Waits for the next events. May be cancelled: nothing read is lost.
    pub(crate) async fn next(&mut self) -> io::Result<Vec<Told>> {
        self.buffer.clear();
        let received = self.socket.recv_from(&mut self.buffer).await;
        self.understand(received)
    }

    /// The next events if some are there already, without waiting. Asks the kernel itself, so that events caused by a request
    /// that was answered are sure to be seen.
    pub(crate) fn at_once(&mut self) -> io::Result<Option<Vec<Told>>> {
        self.buffer.clear();
        let received = self.socket.socket_ref().recv_from(&mut self.buffer, 0).map(|(_, from)| from);
        match self.understand(received) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            understood => understood.map(Some),
        }
    }

    fn understand(&self, received: io::Result<SocketAddr>) -> io::Result<Vec<Told>> {
        match received {
            Ok(from) if from.port_number() == KERNEL => Ok(events(&self.buffer)),
            Ok(_) => Ok(Vec::new()),
            Err(error) if is_overrun(&error) => Ok(vec![Told::Overrun]),
            Err(error) => Err(error),
        }
    }
}

/// `ENOBUFS`, which std has no kind for.
fn is_overrun(error: &io::Error) -> bool {
    const ENOBUFS: i32 = 105;
    error.raw_os_error() == Some(ENOBUFS)
}

/// Takes a datagram apart. An event of ours that cannot be read counts as lost.
pub(super) fn events(mut bytes: &[u8]) -> Vec<Told> {
    const HEADER: usize = 16;
    let mut told = Vec::new();
    while let Some(header) = bytes.get(..HEADER) {
        let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let kind = u16::from_ne_bytes([header[4], header[5]]);
        let Some(message) = bytes.get(..length).filter(|_| length >= HEADER) else {
            told.push(Told::Overrun);
            break;
        };
        // routes other than default routes are of no interest: not even taken apart (a routing daemon sends thousands)
        let default_or_no_route = kind < 24 || message.get(HEADER + 1) == Some(&0);
        if kind == OPTION {
            told.extend(name_servers(&message[HEADER..]));
        } else if TYPES.contains(&kind) && default_or_no_route {
            match NetlinkMessage::<RouteNetlinkMessage>::deserialize(message) {
                Ok(message) => told.extend(event(&message)),
                Err(error) => {
                    tracing::warn!(kind, %error, "netlink: an event of the kernel could not be read; asking how everything stands");
                    told.push(Told::Overrun);
                }
            }
        }
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    told
}

fn event(message: &NetlinkMessage<RouteNetlinkMessage>) -> Option<Told> {
    let NetlinkPayload::InnerMessage(inner) = &message.payload else { return None };
    match inner {
        RouteNetlinkMessage::NewLink(link) => self::link(link),
        RouteNetlinkMessage::DelLink(link) => is_device(link).then_some(Told::LinkGone { index: link.header.index }),
        RouteNetlinkMessage::NewAddress(address) => self::address(address),
        RouteNetlinkMessage::DelAddress(address) => Some(Told::AddressGone { key: address_key(address)? }),
        RouteNetlinkMessage::NewRoute(route) => {
            let replaced = message.header.flags & REPLACED != 0;
            default_route(route).map(|route| Told::Default { route, replaced })
        }
        RouteNetlinkMessage::DelRoute(route) => default_route(route).map(|route| Told::DefaultGone { route }),
        _ => None,
    }
}

/// Bridges tell of their ports in messages that look like links: only family unspecified speaks of the device itself.
fn is_device(link: &LinkMessage) -> bool {
    link.header.interface_family == rtnetlink::packet_route::AddressFamily::Unspec
}

/// What a link message says.
pub(crate) fn link(link: &LinkMessage) -> Option<Told> {
    let name = link.attributes.iter().find_map(|attribute| match attribute {
        LinkAttribute::IfName(name) => Some(name.clone()),
        _ => None,
    })?;
    let flags = link.header.flags;
    let up = flags.contains(LinkFlags::Up);
    let carrier = flags.contains(LinkFlags::LowerUp) && flags.contains(LinkFlags::Running);
    is_device(link).then(|| Told::Link { index: link.header.index, name, up, carrier, hardware: bearer::hardware(link) })
}

/// The name servers of an option, if it is RDNSS: `nduseroptmsg` of `linux/rtnetlink.h`, then the option as it was received.
fn name_servers(message: &[u8]) -> Option<Told> {
    const HEADER: usize = 16;
    const RDNSS: u8 = 25;
    let index = u32::from_ne_bytes(message.get(4..8)?.try_into().ok()?);
    let option = message.get(HEADER..)?;
    let (kind, eights) = (*option.first()?, usize::from(*option.get(1)?));
    if kind != RDNSS {
        return None;
    }
    let lifetime = u32::from_be_bytes(option.get(4..8)?.try_into().ok()?);
    let servers = option.get(8..eights * 8)?.chunks_exact(16).filter_map(|server| <[u8; 16]>::try_from(server).ok()).map(IpAddr::from);
    Some(Told::NameServers { index, servers: servers.filter(|_| lifetime != 0).collect() })
}

/// What an address message says.
pub(crate) fn address(message: &AddressMessage) -> Option<Told> {
    let mut flags = AddressFlags::from_bits_retain(u32::from(message.header.flags.bits()));
    for attribute in &message.attributes {
        if let AddressAttribute::Flags(all) = attribute {
            flags = *all;
        }
    }
    let failed = flags.contains(AddressFlags::Dadfailed);
    let usable = !failed && (!flags.contains(AddressFlags::Tentative) || flags.contains(AddressFlags::Optimistic));
    Some(Told::Address { key: address_key(message)?, usable, failed })
}

/// Which address a message is about: the local one where it differs from the other end's.
pub(crate) fn address_key(message: &AddressMessage) -> Option<AddressKey> {
    let mut found = None;
    for attribute in &message.attributes {
        match attribute {
            AddressAttribute::Local(address) => found = Some(*address),
            AddressAttribute::Address(address) => found = found.or(Some(*address)),
            _ => {}
        }
    }
    found.map(|address| AddressKey { index: message.header.index, address, prefix: message.header.prefix_len })
}

/// How many seconds an address lasts if nobody renews it; `None`: for ever.
pub(crate) fn lasts(message: &AddressMessage) -> Option<u32> {
    let valid = message.attributes.iter().find_map(|attribute| match attribute {
        AddressAttribute::CacheInfo(info) => Some(info.ifa_valid),
        _ => None,
    });
    valid.filter(|seconds| *seconds != u32::MAX)
}

/// Whether a route ends by itself.
pub(crate) fn expires(route: &RouteMessage) -> bool {
    route.attributes.iter().any(|attribute| matches!(attribute, RouteAttribute::CacheInfo(info) if info.expires != 0))
}

/// The default route of the main table a message is about, if it is about one.
pub(crate) fn default_route(message: &RouteMessage) -> Option<DefaultRoute> {
    let header = &message.header;
    let v6 = header.address_family == rtnetlink::packet_route::AddressFamily::Inet6;
    let main = header.table == RouteHeader::RT_TABLE_MAIN;
    if !main || header.destination_prefix_length != 0 || header.kind != RouteType::Unicast {
        return None;
    }
    let mut route = DefaultRoute { v6, index: 0, gateway: None, metric: 0 };
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Oif(index) => route.index = *index,
            RouteAttribute::Priority(metric) => route.metric = *metric,
            RouteAttribute::Gateway(RouteAddress::Inet(address)) => route.gateway = Some((*address).into()),
            RouteAttribute::Gateway(RouteAddress::Inet6(address)) => route.gateway = Some((*address).into()),
            _ => {}
        }
    }
    Some(route)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_of_an_advertisement() {
        let server: std::net::Ipv6Addr = "2001:db8::53".parse().unwrap();
        let mut message = vec![10, 0, 24, 0];
        message.extend(7_u32.to_ne_bytes());
        message.extend([134, 0, 0, 0, 0, 0, 0, 0, 25, 3, 0, 0, 0, 0, 0, 60]);
        message.extend(server.octets());
        assert_eq!(name_servers(&message), Some(Told::NameServers { index: 7, servers: vec![server.into()] }));
        for length in 0..message.len() {
            assert_eq!(name_servers(&message[..length]), None, "{length} bytes");
        }
        message[23] = 0;
        assert_eq!(name_servers(&message), Some(Told::NameServers { index: 7, servers: Vec::new() }), "no longer");
        message[16] = 31;
        assert_eq!(name_servers(&message), None, "search domains");
    }
}
