//! What does the configuration file say about an access point on a real link?

use super::check::{Interfaces, Source};
use super::error::ConfigError;
use super::file::{self, Executor};
use super::{Auto, Realisation, netlink};
use netsession_fsm::words::AccessPointId;
use toml::Spanned;

/// An access point on a real link.
pub(super) fn real(
    source: &Source<'_>,
    entry: &file::AccessPoint,
    id: AccessPointId,
    interfaces: &mut Interfaces,
) -> Result<Realisation, ConfigError> {
    let text = |value: &Option<Spanned<String>>| value.as_ref().map(|value| value.get_ref().clone());
    for (key, value) in [("connection", &entry.connection), ("service", &entry.service)] {
        if let Some(value) = value.as_ref().filter(|value| value.get_ref().trim().is_empty()) {
            return Err(source.error(value.span(), format!("the {key} is empty"), "name one, or remove the key"));
        }
    }
    let interface = entry.interface.as_ref().map(|interface| interface_of(source, entry, interface, interfaces)).transpose()?;
    let missing =
        |what: &str, help: &str| source.error(entry.name.span(), format!("access point {:?} has no {what}", entry.name.get_ref()), help);
    match entry.executor() {
        Executor::NetworkManager if entry.connection.is_none() && interface.is_none() => {
            Err(missing("connection", "add connection = \"…\" (`nmcli connection` lists them), or interface = \"eth0\""))
        }
        Executor::Connman if entry.service.is_none() && interface.is_none() => {
            Err(missing("service", "add service = \"…\" (`connmanctl services` lists them), or interface = \"eth0\""))
        }
        Executor::NetworkManager => networkmanager(source, entry, id, interface),
        Executor::Connman => connman(source, entry, id, interface),
        Executor::Netlink => netlink::profile(source, entry, id, interface).map(Realisation::Netlink),
        Executor::Sim | Executor::Auto => {
            let known = [entry.connection.is_some(), entry.service.is_some(), interface.is_some()];
            if !known.contains(&true) {
                let help = "add interface = \"eth0\", a connection of NetworkManager, or a service of ConnMan";
                return Err(missing("interface", help));
            }
            let netlink = netlink::fallback(source, entry, id, interface.clone())?;
            Ok(Realisation::Auto(Auto { connection: text(&entry.connection), service: text(&entry.service), interface, netlink }))
        }
    }
}

#[cfg(feature = "networkmanager")]
fn networkmanager(
    _: &Source<'_>,
    entry: &file::AccessPoint,
    access_point: AccessPointId,
    interface: Option<String>,
) -> Result<Realisation, ConfigError> {
    let connection = entry.connection.as_ref().map(|connection| connection.get_ref().clone());
    Ok(Realisation::NetworkManager(crate::networkmanager::Profile { access_point, connection, interface }))
}

#[cfg(not(feature = "networkmanager"))]
fn networkmanager(source: &Source<'_>, entry: &file::AccessPoint, _: AccessPointId, _: Option<String>) -> Result<Realisation, ConfigError> {
    Err(source.error(entry.name.span(), "this build does not know NetworkManager", "build it with the feature \"networkmanager\""))
}

#[cfg(feature = "connman")]
fn connman(
    _: &Source<'_>,
    entry: &file::AccessPoint,
    access_point: AccessPointId,
    interface: Option<String>,
) -> Result<Realisation, ConfigError> {
    let service = entry.service.as_ref().map(|service| service.get_ref().clone());
    Ok(Realisation::Connman(crate::connman::Profile { access_point, service, interface }))
}

#[cfg(not(feature = "connman"))]
fn connman(source: &Source<'_>, entry: &file::AccessPoint, _: AccessPointId, _: Option<String>) -> Result<Realisation, ConfigError> {
    Err(source.error(entry.name.span(), "this build does not know ConnMan", "build it with the feature \"connman\""))
}

/// The name of the interface; whoever names nothing else has it alone.
fn interface_of(
    source: &Source<'_>,
    entry: &file::AccessPoint,
    interface: &Spanned<String>,
    interfaces: &mut Interfaces,
) -> Result<String, ConfigError> {
    let text = interface.get_ref();
    if text.is_empty() || text.len() > 15 || text.contains(|c: char| c == '/' || c.is_whitespace()) {
        return Err(source.error(interface.span(), format!("{text:?} is no name of an interface"), "`ip link` lists them"));
    }
    if entry.connection.is_none() && entry.service.is_none() {
        if let Some((first, at)) = interfaces.get(text) {
            let message = format!("interface {text:?} is already that of access point {first:?} (line {})", source.line(*at));
            return Err(source.error(interface.span(), message, "an interface carries one access point"));
        }
        interfaces.insert(text.clone(), (entry.name.get_ref().clone(), interface.span().start));
    }
    Ok(text.clone())
}
