//! From the shape of the file to a configuration that makes sense, or the first mistake.

use super::error::ConfigError;
use super::file::{self, Executor, File, Human};
use super::group::{Names, service_network, user_choice};
use super::keys::foreign_key;
#[cfg(feature = "netlink")]
use super::realise::real;
use super::{AUTO, AccessPointEntry, CONNMAN, Config, NETLINK, NETWORKMANAGER, Realisation, SIM};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{AccessPoint, AccessPointId, RadioId};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;

/// The text, to point into.
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn error(&self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> ConfigError {
        ConfigError::new(self.file, self.text, span, message.into(), help.into())
    }

    pub(super) fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }
}

pub(super) fn config(file: &str, text: &str) -> Result<Config, ConfigError> {
    let source = Source { file, text };
    let parsed: File = toml::from_str(text)
        .map_err(|error| ConfigError::unreadable(file, text, &error, "the sample configuration documents every key"))?;
    let settings = settings(&source, parsed.settings)?;
    let mut names = Names::default();
    let mut radios = BTreeMap::new();
    let mut interfaces = BTreeMap::new();
    let mut access_points = Vec::new();
    for entry in parsed.access_point {
        names.add_access_point(&source, &entry.get_ref().name)?;
        let id = (0..).map(AccessPointId).nth(access_points.len()).unwrap_or_default();
        access_points.push(access_point(&source, entry, id, &mut radios, &mut interfaces)?);
    }
    let networks: Result<Vec<_>, _> = parsed.service_network.into_iter().map(|entry| service_network(&source, &mut names, entry)).collect();
    let service_networks = networks?;
    let choices: Result<Vec<_>, _> = parsed.user_choice.into_iter().map(|entry| user_choice(&source, &mut names, entry)).collect();
    let user_choices = choices?;
    if let Some(default) = &parsed.default {
        names.any(&source, default)?;
    }
    if access_points.is_empty() {
        return Err(source.error(0..0, "there is no access point", "add one [[access-point]]; the sample configuration shows how"));
    }
    Ok(Config { settings, access_points, service_networks, user_choices, default: parsed.default.map(Spanned::into_inner) })
}

fn settings(source: &Source<'_>, given: file::Settings) -> Result<Settings, ConfigError> {
    let standard = Settings::default();
    let positive = |value: Option<Spanned<Human>>, standard: Duration| duration(source, value, standard);
    let limit = given.back_off_limit.as_ref().or(given.back_off.as_ref()).map(Spanned::span);
    let settings = Settings {
        offer_deadline: positive(given.offer_deadline, standard.offer_deadline)?,
        trial_deadline: positive(given.trial_deadline, standard.trial_deadline)?,
        commit_timeout: positive(given.commit_timeout, standard.commit_timeout)?,
        suppression: positive(given.suppression, standard.suppression)?,
        back_off: positive(given.back_off, standard.back_off)?,
        back_off_limit: positive(given.back_off_limit, standard.back_off_limit)?,
        settle: given.settle.map_or(standard.settle, |value| value.into_inner().0),
        grace: positive(given.grace, standard.grace)?,
        retry: positive(given.retry, standard.retry)?,
        refresh_timeout: positive(given.refresh_timeout, standard.refresh_timeout)?,
    };
    match limit {
        Some(span) if settings.back_off_limit < settings.back_off => {
            let message = format!(
                "back-off-limit ({}) is shorter than back-off ({})",
                humantime::format_duration(settings.back_off_limit),
                humantime::format_duration(settings.back_off)
            );
            Err(source.error(span, message, "doubling starts at back-off and ends at back-off-limit"))
        }
        _ => Ok(settings),
    }
}

fn duration(source: &Source<'_>, value: Option<Spanned<Human>>, standard: Duration) -> Result<Duration, ConfigError> {
    let Some(value) = value else { return Ok(standard) };
    if value.get_ref().0.is_zero() {
        return Err(source.error(value.span(), "no time at all", "give a duration greater than zero"));
    }
    Ok(value.into_inner().0)
}

/// Interfaces seen so far: name of the access point, and place of each.
pub(super) type Interfaces = BTreeMap<String, (String, usize)>;

fn access_point(
    source: &Source<'_>,
    entry: Spanned<file::AccessPoint>,
    id: AccessPointId,
    radios: &mut BTreeMap<String, RadioId>,
    interfaces: &mut Interfaces,
) -> Result<AccessPointEntry, ConfigError> {
    let entry = entry.into_inner();
    let next = RadioId(u16::try_from(radios.len()).unwrap_or(u16::MAX));
    let radio = entry.radio.clone().map(|name| *radios.entry(name).or_insert(next));
    let standard = AccessPoint::default();
    let executor = match entry.executor() {
        Executor::Auto => AUTO,
        Executor::NetworkManager => NETWORKMANAGER,
        Executor::Connman => CONNMAN,
        Executor::Netlink => NETLINK,
        Executor::Sim => SIM,
    };
    let access_point = AccessPoint {
        bearer: entry.bearer,
        purpose: entry.purpose,
        metered: entry.metered,
        connect_timeout: duration(source, entry.connect_timeout.clone(), standard.connect_timeout)?,
        radio,
        executor,
        capabilities: standard.capabilities,
    };
    let name = entry.name.get_ref().clone();
    foreign_key(source, &entry)?;
    let realisation = match entry.executor() {
        Executor::Auto | Executor::NetworkManager | Executor::Connman | Executor::Netlink => real(source, &entry, id, interfaces)?,
        Executor::Sim => simulated(source, &entry, radio)?,
    };
    Ok(AccessPointEntry { name, access_point, realisation })
}

#[cfg(not(feature = "netlink"))]
fn real(
    source: &Source<'_>,
    entry: &file::AccessPoint,
    _id: AccessPointId,
    _interfaces: &mut Interfaces,
) -> Result<Realisation, ConfigError> {
    let help = "build it with the feature \"netlink\", or use executor = \"sim\"";
    Err(source.error(entry.name.span(), "this build has no executor for real links", help))
}

#[cfg(feature = "sim")]
fn simulated(source: &Source<'_>, entry: &file::AccessPoint, radio: Option<RadioId>) -> Result<Realisation, ConfigError> {
    use crate::sim::{Behaviour, Outcome};
    let outcome = |value: Option<&Spanned<String>>| match value.map(|value| (value.get_ref().as_str(), value.span())) {
        None | Some(("succeeds", _)) => Ok(Outcome::Succeeds),
        Some(("never-answers", _)) => Ok(Outcome::NeverAnswers),
        Some((text, span)) => cause(text).map(Outcome::Fails).ok_or_else(|| {
            let message = format!("{text:?} is no outcome");
            source.error(span, message, "use \"succeeds\", \"never-answers\", or a cause such as \"authentication\" or \"no-lease\"")
        }),
    };
    let standard = Behaviour::default();
    let given = entry.sim.as_ref().map(Spanned::get_ref);
    let delay = |value: Option<Human>, standard: Duration| value.map_or(standard, |value| value.0);
    Ok(Realisation::Sim(Behaviour {
        state: given.and_then(|sim| sim.state).unwrap_or(standard.state),
        raise: outcome(given.and_then(|sim| sim.raise.as_ref()))?,
        raise_delay: delay(given.and_then(|sim| sim.raise_delay), standard.raise_delay),
        lower: outcome(given.and_then(|sim| sim.lower.as_ref()))?,
        lower_delay: delay(given.and_then(|sim| sim.lower_delay), standard.lower_delay),
        prefer: outcome(given.and_then(|sim| sim.prefer.as_ref()))?,
        prefer_delay: delay(given.and_then(|sim| sim.prefer_delay), standard.prefer_delay),
        reachable: given.and_then(|sim| sim.reachable).unwrap_or(standard.reachable),
        radio,
    }))
}

#[cfg(not(feature = "sim"))]
fn simulated(source: &Source<'_>, entry: &file::AccessPoint, _radio: Option<RadioId>) -> Result<Realisation, ConfigError> {
    Err(source.error(entry.name.span(), "this build has no simulator", "build it with the feature \"sim\", or use executor = \"netlink\""))
}

/// The cause with this name.
#[cfg(feature = "sim")]
fn cause(text: &str) -> Option<netsession_fsm::words::Cause> {
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StringDeserializer};
    let name: StringDeserializer<Error> = text.replace('-', "_").into_deserializer();
    netsession_fsm::words::Cause::deserialize(name).ok()
}
