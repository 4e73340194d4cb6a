//! Which keys of an access point mean something to whom? One that belongs to another executor is a mistake.

use super::check::Source;
use super::error::ConfigError;
use super::file::{self, Executor};
use std::ops::Range;
use toml::Spanned;

/// Who has a key.
struct Owner {
    /// As a person says it.
    called: &'static str,
    /// As the file says it.
    executor: &'static str,
    /// To whom it means something.
    known_to: &'static [Executor],
}

const REAL: Owner = Owner {
    called: "real links",
    executor: "auto",
    known_to: &[Executor::Auto, Executor::NetworkManager, Executor::Connman, Executor::Netlink],
};
const NETWORKMANAGER: Owner =
    Owner { called: "NetworkManager", executor: "networkmanager", known_to: &[Executor::Auto, Executor::NetworkManager] };
const CONNMAN: Owner = Owner { called: "ConnMan", executor: "connman", known_to: &[Executor::Auto, Executor::Connman] };
const NETLINK: Owner = Owner { called: "netlink", executor: "netlink", known_to: &[Executor::Auto, Executor::Netlink] };
const SIM: Owner = Owner { called: "the simulator", executor: "sim", known_to: &[Executor::Sim] };

/// The first key that means nothing to the executor of the access point.
pub(super) fn foreign_key(source: &Source<'_>, entry: &file::AccessPoint) -> Result<(), ConfigError> {
    fn span<T>(value: Option<&Spanned<T>>) -> Option<Range<usize>> {
        value.map(Spanned::span)
    }
    let keys = [
        ("connection", span(entry.connection.as_ref()), NETWORKMANAGER),
        ("service", span(entry.service.as_ref()), CONNMAN),
        ("interface", span(entry.interface.as_ref()), REAL),
        ("addresses", span(entry.addresses.as_ref()), NETLINK),
        ("gateway", span(entry.gateway.as_ref()), NETLINK),
        ("dhcp", span(entry.dhcp.as_ref()), NETLINK),
        ("slaac", span(entry.slaac.as_ref()), NETLINK),
        ("dns", span(entry.dns.as_ref()), NETLINK),
        ("metric", span(entry.metric.as_ref()), NETLINK),
        ("sim", span(entry.sim.as_ref()), SIM),
    ];
    let executor = entry.executor();
    let foreign = keys.into_iter().find_map(|(key, span, owner)| Some((key, span?, owner)).filter(|it| !it.2.known_to.contains(&executor)));
    let Some((key, span, owner)) = foreign else { return Ok(()) };
    let help = format!("remove it, or set executor = \"{}\"", owner.executor);
    Err(source.error(span, format!("{key} belongs to {}", owner.called), help))
}
