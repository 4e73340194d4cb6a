//! What does NetworkManager have, for whoever chooses an executor or lists connections? Asked once, nothing is changed.

use super::attributes;
use super::objects::Objects;
use super::proxy::{Bus, NAME};
use super::{NetworkManagerError, objects};
use netsession_fsm::words::{Bearer, Metered};
use std::time::Duration;

/// How long NetworkManager is given: it answers in 3 ms (measured on 1.42.4).
const PATIENCE: Duration = Duration::from_secs(5);

/// NetworkManager, its devices and its connection profiles.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Survey {
    /// Its version.
    pub version: String,
    /// Its devices, by interface.
    pub devices: Vec<FoundDevice>,
    /// Its connection profiles, by name.
    pub profiles: Vec<Found>,
}

/// A device NetworkManager knows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FoundDevice {
    /// Name of its interface.
    pub interface: String,
    /// NetworkManager keeps it; others are left alone by it.
    pub managed: bool,
    /// `NMDeviceType`: 1 Ethernet, 2 Wi-Fi, 8 modem, 20 veth, 32 loopback, …
    pub device_type: u32,
    /// `NMDeviceState`: 10 unmanaged, 20 unavailable, 30 disconnected, 100 activated, …
    pub state: u32,
}

/// A connection profile NetworkManager has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Found {
    /// What identifies it, also after NetworkManager was started again.
    pub uuid: String,
    /// Its name (`connection.id`); several may have the same.
    pub id: String,
    /// The interface it is bound to, or active on.
    pub interface: Option<String>,
    /// What carries it.
    pub bearer: Bearer,
    /// Whether it costs by volume, as far as the profile or its device says.
    pub metered: Metered,
    /// It can be raised by the executor: no VPN plugin's, no port of a bridge or bond, not the loopback's.
    pub usable: bool,
}

/// Asks NetworkManager for its version, devices and connection profiles.
///
/// # Errors
/// If there is no system bus, NetworkManager does not run on it, or it does not answer.
pub async fn survey() -> Result<Survey, NetworkManagerError> {
    tokio::time::timeout(PATIENCE, ask()).await.unwrap_or(Err(NetworkManagerError::Silent(PATIENCE)))
}

async fn ask() -> Result<Survey, NetworkManagerError> {
    let failed = |source: zbus::Error| NetworkManagerError::Bus(Box::new(source));
    let (bus, stream) = Bus::connect().await.map_err(failed)?;
    drop(stream);
    if !bus.runs().await.map_err(failed)? {
        return Err(NetworkManagerError::NotRunning(NAME));
    }
    let (_, managed, _) = bus.managed().await.map_err(failed)?;
    let paths: Vec<String> =
        managed.iter().filter(|(_, has)| has.contains_key(objects::PROFILE)).map(|(path, _)| path.to_string()).collect();
    let mut objects = Objects::new(managed);
    for (path, read) in futures::future::join_all(paths.into_iter().map(async |path| (path.clone(), bus.profile(&path).await))).await {
        // one that is just being deleted, or another user's
        if let Ok(profile) = read {
            objects.profile_read(&path, profile);
        }
    }
    Ok(summary(&objects))
}

fn summary(objects: &Objects) -> Survey {
    let device = |device: &objects::Device| FoundDevice {
        interface: device.interface.clone(),
        managed: device.managed,
        device_type: device.kind,
        state: device.state,
    };
    let profile = |path: &String, profile: &objects::Profile| {
        let active = objects.active(&profile.uuid, None).and_then(|(_, active)| objects.devices.get(active.device.as_ref()?));
        let bound = profile.interface.as_deref().and_then(|interface| objects.device_of(interface)).map(|(_, device)| device);
        let device = active.or(bound).or_else(|| objects.offering(path).map(|(_, device)| device));
        let metered = active.map_or(profile.metered, |device| device.metered);
        Found {
            uuid: profile.uuid.clone(),
            id: profile.id.clone(),
            interface: active.map(|device| device.line().to_owned()).or_else(|| profile.interface.clone()),
            bearer: attributes::bearer(device.map(|device| (device.kind, device.capabilities)), &profile.kind),
            metered: attributes::metered(metered),
            usable: profile.usable(),
        }
    };
    let mut devices: Vec<_> = objects.devices.values().map(device).collect();
    devices.sort_by(|one, other| one.interface.cmp(&other.interface));
    let mut profiles: Vec<_> = objects.profiles.iter().map(|(path, settings)| profile(path, settings)).collect();
    profiles.sort_by(|one, other| (&one.id, &one.uuid).cmp(&(&other.id, &other.uuid)));
    Survey { version: objects.version.clone(), devices, profiles }
}
