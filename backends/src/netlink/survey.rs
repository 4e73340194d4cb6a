//! What interfaces are there, and what may be done with them? For whoever lists them; asked once, nothing is changed.

use super::facts::Facts;
use super::request::Kernel;
use super::{NetlinkError, bearer, rights, watch};
use netsession_fsm::words::Bearer;
use std::net::IpAddr;

/// The interfaces of a network namespace, and what this thread may do there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Survey {
    /// `CAP_NET_ADMIN`: links can be raised, lowered and preferred.
    pub may_administrate: bool,
    /// `CAP_NET_RAW`: DHCP leases can be asked for.
    pub may_lease: bool,
    /// Its interfaces, by index.
    pub interfaces: Vec<Found>,
}

/// An interface.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Found {
    /// Its index.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// What carries it; `Unknown` where that is not sure, as for `lo`.
    pub bearer: Bearer,
    /// Administratively up.
    pub up: bool,
    /// Something at the other end.
    pub carrier: bool,
    /// It has an Ethernet address: it can have a DHCP lease.
    pub ethernet: bool,
    /// Its addresses with their prefix lengths, usable or not.
    pub addresses: Vec<(IpAddr, u8)>,
}

/// Asks the kernel for the interfaces of the current network namespace.
///
/// # Errors
/// If there is no tokio runtime with I/O, or the kernel gives no socket or no answer.
pub async fn survey() -> Result<Survey, NetlinkError> {
    tokio::runtime::Handle::try_current().map_err(|_| NetlinkError::NoRuntime)?;
    let (connection, handle, _) = rtnetlink::new_connection_with_strict_check()?;
    let kernel = Kernel(handle);
    let facts = tokio::select! {
        () = connection => return Err(NetlinkError::Unanswered("the socket was closed".into())),
        facts = ask(&kernel) => facts?,
    };
    let interfaces = facts.devices().map(|(index, device)| Found {
        index,
        name: device.name.clone(),
        bearer: bearer::of(index, &device.name, &device.hardware),
        up: device.up,
        carrier: device.carrier,
        ethernet: device.hardware.is_ethernet(),
        addresses: facts.addresses_of(index).map(|(address, prefix, _)| (address, prefix)).collect(),
    });
    Ok(Survey { may_administrate: rights::may_administrate(), may_lease: rights::may_lease(), interfaces: interfaces.collect() })
}

async fn ask(kernel: &Kernel) -> Result<Facts, NetlinkError> {
    let unanswered = |refused: super::refused::Refused| NetlinkError::Unanswered(refused.to_string());
    let mut facts = Facts::default();
    for told in kernel.links().await.map_err(unanswered)? {
        facts.apply(&told);
    }
    for told in kernel.addresses().await.map_err(unanswered)?.iter().filter_map(watch::address) {
        facts.apply(&told);
    }
    Ok(facts)
}
