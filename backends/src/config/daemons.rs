//! Which executors for daemons does a configuration need? One each, with the profiles of all its access points.

use super::{Config, Realisation};
use crate::executor::Executor;

/// The executor for NetworkManager; `None` if nothing needs it.
#[cfg(feature = "networkmanager")]
pub(super) fn networkmanager(config: &Config) -> Result<Option<Box<dyn Executor>>, crate::networkmanager::NetworkManagerError> {
    use crate::networkmanager::{NetworkManager, Options};
    let profiles = config.access_points.iter().filter_map(|entry| match &entry.realisation {
        Realisation::NetworkManager(profile) => Some(profile.clone()),
        _ => None,
    });
    let profiles: Vec<_> = profiles.collect();
    if profiles.is_empty() {
        return Ok(None);
    }
    let options = Options { executor: super::NETWORKMANAGER, ..Options::default() };
    Ok(Some(Box::new(NetworkManager::new(options, profiles)?)))
}

/// The executor for ConnMan; `None` if nothing needs it.
#[cfg(feature = "connman")]
pub(super) fn connman(config: &Config) -> Result<Option<Box<dyn Executor>>, crate::connman::ConnmanError> {
    use crate::connman::{Connman, Options};
    let profiles = config.access_points.iter().filter_map(|entry| match &entry.realisation {
        Realisation::Connman(profile) => Some(profile.clone()),
        _ => None,
    });
    let profiles: Vec<_> = profiles.collect();
    if profiles.is_empty() {
        return Ok(None);
    }
    let options = Options { executor: super::CONNMAN, ..Options::default() };
    Ok(Some(Box::new(Connman::new(options, profiles)?)))
}
