//! What do COMMAND and a probe's command learn of the session? Environment variables.

use netsession::executor::Carrier;
use std::collections::BTreeMap;

/// Variables with their values; those without are unset.
pub(super) type Variables = BTreeMap<&'static str, Option<String>>;

/// What is known of the access point that is in use, or tested.
pub(super) fn variables(configuration: &str, access_point: &str, carrier: &Carrier) -> Variables {
    let listed = |all: &[std::net::IpAddr]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let known = [
        ("NETSESSION_CONFIGURATION", configuration.to_owned()),
        ("NETSESSION_ACCESS_POINT", access_point.to_owned()),
        ("NETSESSION_INTERFACE", carrier.interface.clone()),
        ("NETSESSION_ADDRESS", carrier.addresses.first().map(ToString::to_string).unwrap_or_default()),
        ("NETSESSION_ADDRESSES", listed(&carrier.addresses)),
        ("NETSESSION_GATEWAY", carrier.gateway.map(|gateway| gateway.to_string()).unwrap_or_default()),
        ("NETSESSION_DNS", listed(&carrier.dns)),
    ];
    known.into_iter().map(|(name, value)| (name, Some(value).filter(|value| !value.is_empty()))).collect()
}

/// Gives them to a program, and nothing stale of an outer session.
pub(super) fn give(command: &mut tokio::process::Command, variables: &Variables) {
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
}
