//! How does somebody else change links here? Requests by name, as another program would make them.

use super::LabError;
use futures::TryStreamExt;
use rtnetlink::packet_route::address::{AddressAttribute, AddressFlags, AddressHeaderFlags};
use rtnetlink::packet_route::link::{LinkAttribute, LinkMessage};
use rtnetlink::packet_route::route::RouteAttribute;
use rtnetlink::{Handle, LinkUnspec, RouteMessageBuilder};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

/// A request socket in the namespace of the thread that opened it. Not the executor's: what goes through here was done by others.
#[derive(Debug, Clone)]
pub struct Wire {
    pub(super) handle: Handle,
}

impl Wire {
    /// Opens it, in a tokio runtime.
    ///
    /// # Errors
    /// If the kernel gives no netlink socket.
    pub fn open() -> Result<Self, LabError> {
        let (connection, handle, _) = rtnetlink::new_connection().map_err(LabError::system("open a netlink socket"))?;
        tokio::spawn(connection);
        Ok(Self { handle })
    }

    /// The link of this name.
    ///
    /// # Errors
    /// If there is none.
    pub async fn link(&self, name: &str) -> Result<LinkMessage, LabError> {
        let links = self.handle.link().get().match_name(name).execute().try_next().await;
        links.map_err(LabError::request(format!("find `{name}`")))?.ok_or_else(|| LabError::Unknown(name.into()))
    }

    /// Index of the link of this name.
    ///
    /// # Errors
    /// If there is none.
    pub async fn index(&self, name: &str) -> Result<u32, LabError> {
        Ok(self.link(name).await?.header.index)
    }

    /// Sets a link up or down; tells when the kernel was asked.
    ///
    /// # Errors
    /// If there is none, or the kernel refuses.
    pub async fn set_up(&self, name: &str, up: bool) -> Result<Instant, LabError> {
        let message = LinkUnspec::new_with_index(self.index(name).await?);
        let message = if up { message.up() } else { message.down() }.build();
        let asked = Instant::now();
        self.handle.link().set(message).execute().await.map_err(LabError::request(format!("set `{name}` up={up}")))?;
        Ok(asked)
    }

    /// Gives a link that is down another name.
    ///
    /// # Errors
    /// If there is none, or the kernel refuses.
    pub async fn rename(&self, name: &str, to: &str) -> Result<(), LabError> {
        let message = LinkUnspec::new_with_index(self.index(name).await?).name(to).build();
        self.handle.link().set(message).execute().await.map_err(LabError::request(format!("rename `{name}` to `{to}`")))
    }

    /// Deletes a link; tells when the kernel was asked.
    ///
    /// # Errors
    /// If there is none, or the kernel refuses.
    pub async fn delete(&self, name: &str) -> Result<Instant, LabError> {
        let index = self.index(name).await?;
        let asked = Instant::now();
        self.handle.link().del(index).execute().await.map_err(LabError::request(format!("delete `{name}`")))?;
        Ok(asked)
    }

    /// Adds an address (IPv6 without duplicate address detection).
    ///
    /// # Errors
    /// If the link is missing, or the kernel refuses.
    pub async fn add_address(&self, name: &str, address: IpAddr, prefix: u8) -> Result<(), LabError> {
        let mut request = self.handle.address().add(self.index(name).await?, address, prefix);
        if address.is_ipv6() {
            request.message_mut().header.flags |= AddressHeaderFlags::Nodad;
            request.message_mut().attributes.push(AddressAttribute::Flags(AddressFlags::Nodad));
        }
        request.execute().await.map_err(LabError::request(format!("add {address}/{prefix} to `{name}`")))
    }

    /// Removes an address; tells when the kernel was asked.
    ///
    /// # Errors
    /// If it is not there.
    pub async fn remove_address(&self, name: &str, address: IpAddr, prefix: u8) -> Result<Instant, LabError> {
        let message = self.handle.address().add(self.index(name).await?, address, prefix).message_mut().clone();
        let asked = Instant::now();
        let result = self.handle.address().del(message).execute().await;
        result.map_err(LabError::request(format!("remove {address}/{prefix} from `{name}`")))?;
        Ok(asked)
    }

    /// Adds a default route.
    ///
    /// # Errors
    /// If the link is missing, or the kernel refuses.
    pub async fn add_default(&self, name: &str, gateway: IpAddr, metric: u32) -> Result<(), LabError> {
        let message = self.default(name, gateway, metric).await?;
        self.handle.route().add(message).execute().await.map_err(LabError::request(format!("add a default route through {gateway}")))
    }

    /// Removes a default route; tells when the kernel was asked.
    ///
    /// # Errors
    /// If it is not there.
    pub async fn remove_default(&self, name: &str, gateway: IpAddr, metric: u32) -> Result<Instant, LabError> {
        let message = self.default(name, gateway, metric).await?;
        let asked = Instant::now();
        let result = self.handle.route().del(message).execute().await;
        result.map_err(LabError::request(format!("remove the default route through {gateway}")))?;
        Ok(asked)
    }

    /// Name of the interface that traffic of unbound sockets to this address goes out through; `None`: the kernel has no route.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub async fn route_to(&self, address: Ipv4Addr) -> Result<Option<String>, LabError> {
        let message = RouteMessageBuilder::<Ipv4Addr>::new().destination_prefix(address, 32).build();
        let route = self.handle.route().get(message).execute().try_next().await;
        let Ok(Some(route)) = route else { return Ok(None) };
        let index = route.attributes.iter().find_map(|attribute| match attribute {
            RouteAttribute::Oif(index) => Some(*index),
            _ => None,
        });
        let links = self.handle.link().get().match_index(index.unwrap_or_default()).execute().try_next().await;
        let link = links.map_err(LabError::request(format!("find the interface of the route to {address}")))?;
        Ok(link.iter().flat_map(|link| &link.attributes).find_map(|attribute| match attribute {
            LinkAttribute::IfName(name) => Some(name.clone()),
            _ => None,
        }))
    }

    async fn default(&self, name: &str, gateway: IpAddr, metric: u32) -> Result<rtnetlink::packet_route::route::RouteMessage, LabError> {
        let index = self.index(name).await?;
        Ok(match gateway {
            IpAddr::V4(gateway) => RouteMessageBuilder::<Ipv4Addr>::new().gateway(gateway).output_interface(index).priority(metric).build(),
            IpAddr::V6(gateway) => RouteMessageBuilder::<Ipv6Addr>::new().gateway(gateway).output_interface(index).priority(metric).build(),
        })
    }
}
