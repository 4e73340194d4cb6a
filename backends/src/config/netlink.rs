//! What the configuration file says about interfaces of this machine, as plain data for the netlink executor.

use super::{Config, Realisation};
use netsession_fsm::words::AccessPointId;
use std::net::IpAddr;

/// How an access point is realised on an interface of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Name of the interface.
    pub interface: String,
    /// Addresses with their prefix lengths; at least one.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Next hop of the default route, in the subnet of one of the addresses.
    pub gateway: Option<IpAddr>,
    /// Name servers that belong to the link.
    pub dns: Vec<IpAddr>,
    /// Metric of the default route while the link is not preferred; a lower one wins.
    pub metric: u32,
}

/// The profiles of a configuration, each with its access point's id.
pub(super) fn profiles(config: &Config) -> Vec<(AccessPointId, Profile)> {
    let realised = (0..).map(AccessPointId).zip(&config.access_points);
    realised.filter_map(|(id, entry)| Some((id, entry.realisation.profile()?.clone()))).collect()
}

impl Realisation {
    /// What the netlink executor needs to know; `None` if another one realises it.
    #[must_use]
    pub const fn profile(&self) -> Option<&Profile> {
        match self {
            Self::Netlink(profile) => Some(profile),
            #[cfg(feature = "sim")]
            Self::Sim(_) => None,
        }
    }
}
