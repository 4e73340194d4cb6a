//! How does a link carry whose service has not the default route? Through a default route of its own, where ConnMan does not look.
//!
//! ConnMan gives the first connected service the only IPv4 default route of the main table (metric 0); the others reach their own
//! network and nothing else, even through a socket bound to them (measured on ConnMan 1.41). A second default route in the main table
//! does not last: when the order changes ConnMan removes whatever default route goes through the same device and gateway, of any
//! metric. So ours is in the table `default` (253), which the kernel asks last of all by a rule of its own: a socket bound to the
//! device finds it, anybody else only where no other table has a route. IPv6 has no such rule; there it is in the main table, far
//! behind ConnMan's (metric 1024), where ConnMan leaves it alone (measured).

use netsession_fsm::words::Cause;
use rtnetlink::packet_route::route::{RouteMessage, RouteProtocol};
use rtnetlink::{Handle, RouteMessageBuilder};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The kernel's `RT_TABLE_DEFAULT`.
const TABLE_DEFAULT: u32 = 253;
/// Metric of the first link's route; each link has its own.
const METRIC: u32 = 2000;
/// Metric before all of ours.
const FIRST: u32 = 1;

/// Metric of ConnMan's IPv6 default route.
const CONNMAN_IPV6: u32 = 1024;

const EPERM: i32 = 1;
const ESRCH: i32 = 3;
const ENODEV: i32 = 19;
const EEXIST: i32 = 17;
const ENETUNREACH: i32 = 101;

/// A default route of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct OwnRoute {
    index: u32,
    gateway: IpAddr,
    metric: u32,
}

impl OwnRoute {
    /// The lasting one of the link at a place in the list of links.
    pub(super) fn of(at: usize, index: u32, gateway: IpAddr) -> Self {
        Self { index, gateway, metric: METRIC.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)) }
    }

    /// The same before all others of ours.
    pub(super) fn first(self) -> Self {
        Self { metric: FIRST, ..self }
    }

    /// The one ConnMan 1.41 makes for a service with a fixed IPv6 address, and does not always remove when it is disconnected
    /// (measured: the second time it is, and when its cable is cut).
    pub(super) fn forgotten(index: u32, gateway: IpAddr) -> Self {
        Self { index, gateway, metric: CONNMAN_IPV6 }
    }

    /// Of which device.
    pub(super) const fn index(self) -> u32 {
        self.index
    }

    /// Its next hop.
    pub(super) const fn gateway(self) -> IpAddr {
        self.gateway
    }

    fn message(self) -> RouteMessage {
        let mut message = self.default_route();
        if self.metric == CONNMAN_IPV6 {
            // not of our making
            message.header.protocol = RouteProtocol::Unspec;
        }
        message
    }

    fn default_route(self) -> RouteMessage {
        match self.gateway {
            IpAddr::V4(gateway) => RouteMessageBuilder::<Ipv4Addr>::new()
                .table_id(TABLE_DEFAULT)
                .gateway(gateway)
                .output_interface(self.index)
                .priority(self.metric)
                .build(),
            IpAddr::V6(gateway) => {
                RouteMessageBuilder::<Ipv6Addr>::new().gateway(gateway).output_interface(self.index).priority(self.metric).build()
            }
        }
    }

    /// Adds it, unless it is there.
    ///
    /// # Errors
    /// Why it is not: `NotAuthorised` without `CAP_NET_ADMIN`, else `Route`.
    pub(super) async fn add(self, handle: &Handle) -> Result<(), Cause> {
        match number(handle.route().add(self.message()).execute().await) {
            Ok(()) | Err(EEXIST) => Ok(()),
            Err(EPERM) => Err(Cause::NotAuthorised),
            // the address went a moment ago
            Err(ENETUNREACH) => Err(Cause::Route),
            Err(number) => {
                let error = io::Error::from_raw_os_error(number);
                tracing::warn!(route = ?self, %error, "connman: a link without default route of its own");
                Err(Cause::Route)
            }
        }
    }

    /// Removes it, if it is there.
    pub(super) async fn remove(self, handle: &Handle) {
        match number(handle.route().del(self.message()).execute().await) {
            Ok(()) | Err(ESRCH | ENODEV) => {}
            Err(number) => {
                let error = io::Error::from_raw_os_error(number);
                tracing::warn!(route = ?self, %error, "connman: a default route of ours could not be removed");
            }
        }
    }
}

/// The kernel's number of an error.
fn number(result: Result<(), rtnetlink::Error>) -> Result<(), i32> {
    result.map_err(|error| match error {
        rtnetlink::Error::NetlinkError(message) => message.to_io().raw_os_error().unwrap_or_default(),
        _ => 0,
    })
}
