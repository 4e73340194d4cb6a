//! How is the kernel asked, and how is it told to change something? One function a request.

pub(crate) use super::refused::Refused;
use super::refused::{Made, made, taken_away};
use super::watch::{self, DefaultRoute, Told};
use futures::TryStreamExt;
use netsession_fsm::hub::Counters;
use rtnetlink::packet_route::address::{AddressAttribute, AddressFlags, AddressHeaderFlags, AddressMessage, CacheInfo};
use rtnetlink::packet_route::link::LinkAttribute;
use rtnetlink::packet_route::route::{RouteAttribute, RouteFlags, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType};
use rtnetlink::{Handle, LinkUnspec, RouteMessageBuilder};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

const ENOENT: i32 = 2;

/// Which routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Only {
    /// Those through a device.
    Through(u32),
    /// Those of a table.
    In(u32),
}

/// The request side of the kernel.
#[derive(Debug, Clone)]
pub(crate) struct Kernel(pub(crate) Handle);

impl Kernel {
    /// Sets a device up or down.
    pub(crate) async fn set_up(&self, index: u32, up: bool) -> Result<(), Refused> {
        let message = LinkUnspec::new_with_index(index);
        let message = if up { message.up() } else { message.down() }.build();
        let what = || format!("set interface {index} {}", if up { "up" } else { "down" });
        self.0.link().set(message).execute().await.map_err(|error| Refused::new(what(), error))
    }

    /// Adds an address, or renews it. IPv6 without duplicate address detection: a static address is the administrator's word.
    /// With a `lifetime` the kernel takes it away after that by itself, whatever becomes of us.
    pub(crate) async fn add_address(
        &self,
        index: u32,
        (address, prefix): (IpAddr, u8),
        lifetime: Option<Duration>,
        renew: bool,
    ) -> Result<Made, Refused> {
        let request = self.0.address().add(index, address, prefix);
        let mut request = if renew { request.replace() } else { request };
        if let Some(lifetime) = lifetime {
            let mut info = CacheInfo::default();
            info.ifa_valid = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
            info.ifa_preferred = info.ifa_valid;
            request.message_mut().attributes.push(AddressAttribute::CacheInfo(info));
        }
        if address.is_ipv6() {
            let message = request.message_mut();
            message.header.flags |= AddressHeaderFlags::Nodad;
            message.attributes.push(AddressAttribute::Flags(AddressFlags::Nodad));
        }
        let what = || format!("add {address}/{prefix} to interface {index}");
        made(request.execute().await.map_err(|error| Refused::new(what(), error)))
    }

    /// Removes an address.
    pub(crate) async fn remove_address(&self, index: u32, address: IpAddr, prefix: u8) -> Result<(), Refused> {
        let message = self.0.address().add(index, address, prefix).message_mut().clone();
        let what = || format!("remove {address}/{prefix} from interface {index}");
        taken_away(self.0.address().del(message).execute().await.map_err(|error| Refused::new(what(), error)))
    }

    /// Adds an address as it was dumped.
    pub(crate) async fn put_address(&self, message: AddressMessage) -> Result<Made, Refused> {
        let what = format!("put an address back on interface {}", message.header.index);
        let mut request = self.0.address().add(message.header.index, Ipv4Addr::UNSPECIFIED.into(), 0);
        *request.message_mut() = message;
        made(request.execute().await.map_err(|error| Refused::new(what, error)))
    }

    /// Adds a route as it was dumped.
    pub(crate) async fn put_route(&self, message: RouteMessage) -> Result<Made, Refused> {
        let result = self.0.route().add(message).execute().await;
        made(result.map_err(|error| Refused::new("put a route back".into(), error)))
    }

    /// Adds a default route; with `replace` it takes the place of the one with the same metric in one step. With `onlink` its next hop
    /// is believed to be on the link.
    pub(crate) async fn add_default(&self, route: DefaultRoute, replace: bool, onlink: bool) -> Result<Made, Refused> {
        let mut message = message(route);
        message.header.flags.set(RouteFlags::Onlink, onlink);
        let request = self.0.route().add(message);
        let request = if replace { request.replace() } else { request };
        let what = || format!("add a default route with metric {} through interface {}", route.metric, route.index);
        made(request.execute().await.map_err(|error| Refused::new(what(), error)))
    }

    /// Removes a default route.
    pub(crate) async fn remove_default(&self, route: DefaultRoute) -> Result<(), Refused> {
        let what = || format!("remove the default route with metric {} through interface {}", route.metric, route.index);
        taken_away(self.0.route().del(message(route)).execute().await.map_err(|error| Refused::new(what(), error)))
    }

    /// All devices.
    pub(crate) async fn links(&self) -> Result<Vec<Told>, Refused> {
        let links: Vec<_> = self.0.link().get().execute().try_collect().await.map_err(|error| Refused::new("list links".into(), error))?;
        Ok(links.iter().filter_map(watch::link).collect())
    }

    /// All addresses.
    pub(crate) async fn addresses(&self) -> Result<Vec<AddressMessage>, Refused> {
        let addresses = self.0.address().get().execute().try_collect().await;
        addresses.map_err(|error| Refused::new("list addresses".into(), error))
    }

    /// Routes of a family that are so. The kernel itself leaves out the others: the socket has `NETLINK_GET_STRICT_CHK`.
    pub(crate) async fn routes(&self, v6: bool, only: Only) -> Result<Vec<RouteMessage>, Refused> {
        let any = if v6 { RouteMessageBuilder::<Ipv6Addr>::new().build() } else { RouteMessageBuilder::<Ipv4Addr>::new().build() };
        let any = any_protocol(any);
        let message = match only {
            Only::Through(index) => with(any, RouteAttribute::Oif(index)),
            Only::In(table) => with(any, RouteAttribute::Table(table)),
        };
        let routes: Result<Vec<RouteMessage>, _> = self.0.route().get(message).execute().try_collect().await;
        match routes {
            // a table nobody ever put a route into
            Err(rtnetlink::Error::NetlinkError(error)) if error.to_io().raw_os_error() == Some(ENOENT) => Ok(Vec::new()),
            routes => routes.map_err(|error| Refused::new("list routes".into(), error)),
        }
    }

    /// The default routes of a family in the main table.
    pub(crate) async fn default_routes(&self, v6: bool) -> Result<Vec<DefaultRoute>, Refused> {
        let main = Only::In(RouteHeader::RT_TABLE_MAIN.into());
        Ok(self.routes(v6, main).await?.iter().filter_map(watch::default_route).collect())
    }

    /// Adds a route of ours.
    pub(crate) async fn add_route(&self, message: RouteMessage) -> Result<Made, Refused> {
        let result = self.0.route().add(message).execute().await;
        made(result.map_err(|error| Refused::new("add a route to the link's own table".into(), error)))
    }

    /// Removes a route.
    pub(crate) async fn remove_route(&self, message: RouteMessage) -> Result<(), Refused> {
        taken_away(self.0.route().del(message).execute().await.map_err(|error| Refused::new("remove a route".into(), error)))
    }

    /// What went through a device since it exists; nothing if it is gone.
    pub(crate) async fn counters(&self, index: u32) -> Option<Counters> {
        let mut answer = std::pin::pin!(self.0.link().get().match_index(index).execute());
        let message = answer.try_next().await.ok()??;
        message.attributes.iter().find_map(|attribute| match attribute {
            LinkAttribute::Stats64(all) => Some(Counters { received: all.rx_bytes, sent: all.tx_bytes }),
            _ => None,
        })
    }
}

/// A question about routes, whoever made them.
fn any_protocol(mut message: RouteMessage) -> RouteMessage {
    (message.header.table, message.header.protocol) = (RouteHeader::RT_TABLE_UNSPEC, RouteProtocol::Unspec);
    (message.header.scope, message.header.kind) = (RouteScope::Universe, RouteType::Unspec);
    message
}

fn with(mut message: RouteMessage, attribute: RouteAttribute) -> RouteMessage {
    message.attributes.push(attribute);
    message
}

fn message(route: DefaultRoute) -> RouteMessage {
    match route.gateway {
        Some(IpAddr::V6(gateway)) => {
            RouteMessageBuilder::<Ipv6Addr>::new().gateway(gateway).output_interface(route.index).priority(route.metric).build()
        }
        Some(IpAddr::V4(gateway)) => {
            RouteMessageBuilder::<Ipv4Addr>::new().gateway(gateway).output_interface(route.index).priority(route.metric).build()
        }
        None if route.v6 => RouteMessageBuilder::<Ipv6Addr>::new().output_interface(route.index).priority(route.metric).build(),
        None => RouteMessageBuilder::<Ipv4Addr>::new().output_interface(route.index).priority(route.metric).build(),
    }
}
