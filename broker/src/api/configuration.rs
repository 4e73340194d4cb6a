//! What does a configuration look like on the bus?

use super::words::Word;
use super::{Dictionary, path};
use netsession_backends::client::Configuration;
use netsession_backends::executor::Carrier;
use netsession_fsm::words::{ConfigurationId, SessionId};
use std::sync::Arc;
use zbus::{ObjectPath, Variant};

/// All keys but `holders`; `name_of` says what members are called.
#[must_use]
pub fn encode<'a>(it: &'a Configuration, name_of: impl Fn(ConfigurationId) -> Arc<str>) -> Dictionary<'a> {
    let number = match it.id {
        ConfigurationId::AccessPoint(id) => id.0,
        ConfigurationId::ServiceNetwork(id) => id.0,
        ConfigurationId::UserChoice(id) => id.0,
    };
    let members: Vec<String> = it.members.iter().map(|id| name_of(*id).to_string()).collect();
    let timeout = u64::try_from(it.connect_timeout.as_millis()).unwrap_or(u64::MAX);
    let mut keys = Dictionary::from([
        ("name", Variant::new(&*it.name)),
        ("kind", Variant::new(it.kind.word())),
        ("number", Variant::new(number)),
        ("state", Variant::new(it.state.word())),
        ("bearer", Variant::new(it.bearer.word())),
        ("purpose", Variant::new(it.purpose.word())),
        ("metered", Variant::new(it.metered.word())),
        ("connect_timeout", Variant::new(timeout)),
        ("roaming_available", Variant::new(it.roaming_available)),
        ("capabilities", Variant::new(u32::from(it.capabilities.0))),
        ("members", Variant::new(members)),
        ("connectivity", Variant::new(it.connectivity.word())),
        ("received", Variant::new(it.counters.received)),
        ("sent", Variant::new(it.counters.sent)),
    ]);
    if let Some(radio) = it.radio {
        keys.insert("radio", Variant::new(radio.0));
    }
    if let Some(executor) = &it.executor {
        keys.insert("executor", Variant::new(&**executor));
    }
    if let Some(interface) = &it.expected_interface {
        keys.insert("expected_interface", Variant::new(interface.as_str()));
    }
    if let Some(carrier) = &it.carrier {
        keys.insert("carrier", self::carrier(carrier));
    }
    keys
}

/// The key `holders`: sessions as objects.
#[must_use]
pub fn holders(sessions: impl IntoIterator<Item = SessionId>) -> Variant<'static> {
    let paths: Vec<_> = sessions.into_iter().map(|session| ObjectPath::from_string_unchecked(path::of_session(session))).collect();
    Variant::new(paths)
}

/// The usable side of a link.
fn carrier(it: &Carrier) -> Variant<'_> {
    let texts = |addresses: &[std::net::IpAddr]| addresses.iter().map(ToString::to_string).collect::<Vec<_>>();
    let keys = Dictionary::from([
        ("interface", Variant::new(it.interface.as_str())),
        ("index", Variant::new(it.index)),
        ("addresses", Variant::new(texts(&it.addresses))),
        ("gateway", Variant::new(it.gateway.map_or_else(String::new, |gateway| gateway.to_string()))),
        ("dns", Variant::new(texts(&it.dns))),
    ]);
    Variant::new(keys)
}
