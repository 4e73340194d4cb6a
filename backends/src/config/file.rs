//! The shape of the configuration file: keys and their types, each value with its place in the text.

use netsession_fsm::words::{Bearer, ConfigurationState, Metered, Purpose};
use serde::{Deserialize, Deserializer, de};
use std::time::Duration;
use toml::Spanned;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct File {
    pub(super) default: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) settings: Settings,
    #[serde(default)]
    pub(super) access_point: Vec<Spanned<AccessPoint>>,
    #[serde(default)]
    pub(super) service_network: Vec<Spanned<ServiceNetwork>>,
    #[serde(default)]
    pub(super) user_choice: Vec<Spanned<UserChoice>>,
}

/// `[settings]`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Settings {
    pub(super) offer_deadline: Option<Spanned<Human>>,
    pub(super) trial_deadline: Option<Spanned<Human>>,
    pub(super) commit_timeout: Option<Spanned<Human>>,
    pub(super) suppression: Option<Spanned<Human>>,
    pub(super) back_off: Option<Spanned<Human>>,
    pub(super) back_off_limit: Option<Spanned<Human>>,
    pub(super) settle: Option<Spanned<Human>>,
    pub(super) grace: Option<Spanned<Human>>,
    pub(super) retry: Option<Spanned<Human>>,
    pub(super) refresh_timeout: Option<Spanned<Human>>,
}

/// `[[access-point]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AccessPoint {
    pub(super) name: Spanned<String>,
    pub(super) executor: Spanned<Executor>,
    #[serde(default)]
    pub(super) bearer: Bearer,
    #[serde(default)]
    pub(super) purpose: Purpose,
    #[serde(default)]
    pub(super) metered: Metered,
    pub(super) connect_timeout: Option<Spanned<Human>>,
    pub(super) radio: Option<String>,
    pub(super) interface: Option<Spanned<String>>,
    pub(super) addresses: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) gateway: Option<Spanned<String>>,
    pub(super) dhcp: Option<Spanned<bool>>,
    pub(super) slaac: Option<Spanned<bool>>,
    pub(super) dns: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) metric: Option<Spanned<u32>>,
    pub(super) sim: Option<Spanned<Sim>>,
}

/// Who realises an access point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Executor {
    Netlink,
    Sim,
}

/// `sim = { … }` of an access point.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Sim {
    pub(super) state: Option<ConfigurationState>,
    pub(super) raise: Option<Spanned<String>>,
    pub(super) raise_delay: Option<Human>,
    pub(super) lower: Option<Spanned<String>>,
    pub(super) lower_delay: Option<Human>,
    pub(super) prefer: Option<Spanned<String>>,
    pub(super) prefer_delay: Option<Human>,
    pub(super) reachable: Option<bool>,
}

/// `[[service-network]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ServiceNetwork {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) purpose: Purpose,
    pub(super) members: Spanned<Vec<Spanned<String>>>,
    pub(super) probe: Option<Spanned<toml::Value>>,
}

/// `[[user-choice]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct UserChoice {
    pub(super) name: Spanned<String>,
    pub(super) options: Spanned<Vec<Spanned<String>>>,
}

/// A duration as people write it: `"30s"`, `"5min"`, `"250ms"`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Human(pub(super) Duration);

impl<'de> Deserialize<'de> for Human {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match humantime::parse_duration(&text) {
            Ok(duration) => Ok(Self(duration)),
            Err(_) => Err(de::Error::custom(format_args!("{text:?} is no duration such as \"30s\", \"5min\" or \"250ms\""))),
        }
    }
}
