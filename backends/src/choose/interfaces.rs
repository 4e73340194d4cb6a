//! Which interfaces does the kernel have? Asked once, without privileges.

use super::Interface;
use futures::TryStreamExt;
use netsession_fsm::words::Bearer;
use rtnetlink::packet_route::link::{InfoKind, LinkAttribute, LinkFlags, LinkInfo, LinkLayerType, LinkMessage};
use std::fs;

/// All interfaces of this network namespace but the loopback, or why the kernel does not say.
pub(super) async fn interfaces() -> Result<Vec<Interface>, String> {
    let (connection, handle, _) = rtnetlink::new_connection().map_err(|error| format!("has no socket of the kernel: {error}"))?;
    let connection = tokio::spawn(connection);
    let links: Result<Vec<_>, _> = handle.link().get().execute().try_collect().await;
    connection.abort();
    let links = links.map_err(|error| format!("is refused the list of interfaces by the kernel: {error}"))?;
    Ok(links.iter().filter_map(interface).collect())
}

fn interface(link: &LinkMessage) -> Option<Interface> {
    let flags = link.header.flags;
    if flags.contains(LinkFlags::Loopback) {
        return None;
    }
    let name = link.attributes.iter().find_map(|attribute| match attribute {
        LinkAttribute::IfName(name) => Some(name.clone()),
        _ => None,
    })?;
    let kind = link.attributes.iter().find_map(|attribute| match attribute {
        LinkAttribute::LinkInfo(infos) => infos.iter().find_map(|info| match info {
            LinkInfo::Kind(kind) => Some(kind),
            _ => None,
        }),
        _ => None,
    });
    let is_part = link.attributes.iter().any(|attribute| matches!(attribute, LinkAttribute::Controller(_)));
    let is_ethernet = link.header.link_layer_type == LinkLayerType::Ether;
    let is_device = matches!(kind, None | Some(InfoKind::Veth));
    Some(Interface {
        up: flags.contains(LinkFlags::Up),
        carrier: flags.contains(LinkFlags::LowerUp),
        leads_out: is_ethernet && is_device && !is_part,
        bearer: bearer(&name),
        name,
    })
}

/// By the type the driver gives its device (`DEVTYPE` of its uevent): `wlan`, `wwan`; none is what Ethernet has.
fn bearer(name: &str) -> Bearer {
    let told = fs::read_to_string(format!("/sys/class/net/{name}/uevent"));
    let Ok(told) = told else { return Bearer::Unknown };
    match told.lines().find_map(|line| line.strip_prefix("DEVTYPE=")) {
        Some("wlan") => Bearer::Wlan,
        Some(_) => Bearer::Unknown,
        None => Bearer::Ethernet,
    }
}
