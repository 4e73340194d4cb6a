//! Which keys of an access point mean something to whom? One that belongs to another executor is a mistake.

use super::check::Source;
use super::error::ConfigError;
use super::file::{self, Executor};
use std::ops::Range;
use toml::Spanned;

/// Who has a key, as a person and as the file says it.
struct Owner {
    called: &'static str,
    executor: &'static str,
}

const REAL: Owner = Owner { called: "real links", executor: "auto" };
const NETWORKMANAGER: Owner = Owner { called: "NetworkManager", executor: "networkmanager" };
const CONNMAN: Owner = Owner { called: "ConnMan", executor: "connman" };
const NETLINK: Owner = Owner { called: "netlink", executor: "netlink" };
const SIM: Owner = Owner { called: "the simulator", executor: "sim" };

/// The first key that means nothing to the executor of the access point.
pub(super) fn foreign_key(source: &Source<'_>, entry: &file::AccessPoint) -> Result<(), ConfigError> {
    fn span<T>(value: Option<&Spanned<T>>) -> Option<Range<usize>> {
        value.map(Spanned::span)
    }
    use Executor::{Auto, Connman, Netlink, NetworkManager, Sim};
    let keys: [(&str, Option<Range<usize>>, &[Executor], Owner); 8] = [
        ("connection", span(entry.connection.as_ref()), &[Auto, NetworkManager], NETWORKMANAGER),
        ("service", span(entry.service.as_ref()), &[Auto, Connman], CONNMAN),
        ("interface", span(entry.interface.as_ref()), &[Auto, NetworkManager, Connman, Netlink], REAL),
        ("addresses", span(entry.addresses.as_ref()), &[Auto, Netlink], NETLINK),
        ("gateway", span(entry.gateway.as_ref()), &[Auto, Netlink], NETLINK),
        ("dns", span(entry.dns.as_ref()), &[Auto, Netlink], NETLINK),
        ("metric", span(entry.metric.as_ref()), &[Auto, Netlink], NETLINK),
        ("sim", span(entry.sim.as_ref()), &[Sim], SIM),
    ];
    let executor = entry.executor();
    let foreign = keys.into_iter().find_map(|(key, span, owners, owner)| Some((key, span?, owner)).filter(|_| !owners.contains(&executor)));
    let Some((key, span, owner)) = foreign else { return Ok(()) };
    let help = format!("remove it, or set executor = \"{}\"", owner.executor);
    Err(source.error(span, format!("{key} belongs to {}", owner.called), help))
}
