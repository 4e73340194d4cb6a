//! What the configuration file says about interfaces of this machine: profiles, and the executor that realises them.

use super::address::{plain, same_subnet, with_prefix};
use super::check::{Interfaces, Source};
use super::error::ConfigError;
use super::file;
use super::{Config, NETLINK, Realisation, StartError};
use crate::executor::Executor;
use crate::netlink::{Netlink, Options, Profile};
use netsession_fsm::words::AccessPointId;
use toml::Spanned;

/// The metric of a link whose file gives none: behind what system services use.
const METRIC: u32 = 1000;

/// The profiles of a configuration, in the order of the file.
pub(super) fn profiles(config: &Config) -> Vec<Profile> {
    config.access_points.iter().filter_map(|entry| entry.realisation.profile().cloned()).collect()
}

/// The executor for the profiles of a configuration; `None` if it has none.
pub(super) fn executor(config: &Config) -> Result<Option<Box<dyn Executor>>, StartError> {
    let profiles = profiles(config);
    if profiles.is_empty() {
        return Ok(None);
    }
    let options = Options { executor: NETLINK, ..Options::default() };
    Ok(Some(Box::new(Netlink::new(options, profiles)?)))
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

/// An access point on an interface of this machine.
pub(super) fn real(
    source: &Source<'_>,
    entry: &file::AccessPoint,
    id: AccessPointId,
    interfaces: &mut Interfaces,
) -> Result<Realisation, ConfigError> {
    let name = entry.name.get_ref();
    if let Some(sim) = &entry.sim {
        return Err(source.error(sim.span(), "sim belongs to the simulator", "remove it, or set executor = \"sim\""));
    }
    let missing = |what: &str, help: &str| source.error(entry.name.span(), format!("access point {name:?} has no {what}"), help);
    let interface = entry.interface.as_ref().ok_or_else(|| missing("interface", "add interface = \"eth0\", or whatever it is called"))?;
    let text = interface.get_ref();
    if text.is_empty() || text.len() > 15 || text.contains(|c: char| c == '/' || c.is_whitespace()) {
        return Err(source.error(interface.span(), format!("{text:?} is no name of an interface"), "`ip link` lists them"));
    }
    if let Some((first, at)) = interfaces.get(text) {
        let message = format!("interface {text:?} is already that of access point {first:?} (line {})", source.line(*at));
        return Err(source.error(interface.span(), message, "an interface carries one access point"));
    }
    interfaces.insert(text.clone(), (name.clone(), interface.span().start));
    let (dhcp, slaac) = (entry.dhcp.as_ref().is_some_and(|it| *it.get_ref()), entry.slaac.as_ref().is_some_and(|it| *it.get_ref()));
    let no_address = "add addresses = [\"192.0.2.10/24\"], dhcp = true or slaac = true";
    match &entry.addresses {
        None if !dhcp && !slaac => return Err(missing("addresses", no_address)),
        Some(given) if given.get_ref().is_empty() => return Err(source.error(given.span(), "no address", no_address)),
        None | Some(_) => {}
    }
    let at = |value: &Spanned<String>| {
        let span = value.span();
        move |(message, help): (String, String)| source.error(span, message, help)
    };
    let mut addresses = Vec::new();
    for value in entry.addresses.iter().flat_map(Spanned::get_ref) {
        let address = with_prefix(value.get_ref()).map_err(at(value))?;
        if addresses.contains(&address) {
            return Err(source.error(value.span(), format!("{} is listed twice", value.get_ref()), "remove one of them"));
        }
        if dhcp && address.0.is_ipv4() {
            return Err(source.error(
                value.span(),
                "an IPv4 address beside dhcp = true",
                "remove one of them; dhcp gives the IPv4 address",
            ));
        }
        addresses.push(address);
    }
    let mut gateway = None;
    if let Some(value) = &entry.gateway {
        let address = plain(value.get_ref()).map_err(at(value))?;
        if addresses.iter().any(|&(own, _)| own == address) {
            let message = format!("gateway {address} is the access point's own address");
            return Err(source.error(value.span(), message, "give the address of the router"));
        }
        if dhcp && address.is_ipv4() {
            return Err(source.error(value.span(), "an IPv4 gateway beside dhcp = true", "remove one of them; dhcp names the router"));
        }
        if !addresses.iter().any(|&(own, prefix)| same_subnet(own, prefix, address)) {
            let message = format!("gateway {address} is in none of the subnets of {name:?}");
            return Err(source.error(value.span(), message, "give a router that the addresses can reach, or correct their prefix length"));
        }
        gateway = Some(address);
    }
    let servers = entry.dns.iter().flat_map(Spanned::get_ref);
    let dns: Result<Vec<_>, _> = servers.map(|value| plain(value.get_ref()).map_err(at(value))).collect();
    let metric = entry.metric.as_ref().map_or(METRIC, |metric| *metric.get_ref());
    let profile = Profile { access_point: id, interface: text.clone(), addresses, gateway, dhcp, slaac, dns: dns?, metric };
    // what is wrong for the kernel only
    profile.mistake().map_or(Ok(()), |what| Err(source.error(entry.name.span(), what, "correct this access point")))?;
    Ok(Realisation::Netlink(profile))
}
