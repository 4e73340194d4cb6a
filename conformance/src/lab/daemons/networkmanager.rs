//! How does a lab have a NetworkManager? The real one, on the lab's bus, with the lab's configuration and profiles.

use super::bus::wait_for_name;
use super::{Bus, Daemon, Keyfile, Program, eventually};
use crate::lab::{LabError, PROBE_PORT, SERVICE_V4};
use std::fs;
use zbus::Connection;
use zbus::{ObjectPath, OwnedObjectPath};

/// Its name on the bus.
pub const NETWORK_MANAGER: &str = "org.freedesktop.NetworkManager";

const ROOT: &str = "/org/freedesktop/NetworkManager";
const SETTINGS: &str = "/org/freedesktop/NetworkManager/Settings";
const SETTINGS_INTERFACE: &str = "org.freedesktop.NetworkManager.Settings";
const ACTIVE: &str = "org.freedesktop.NetworkManager.Connection.Active";
const DEVICE: &str = "org.freedesktop.NetworkManager.Device";
/// `NM_DEVICE_STATE_DISCONNECTED`: could be activated.
const DISCONNECTED: u32 = 30;
const CONFIGURATION: &str = "/etc/NetworkManager/NetworkManager.conf";

/// How NetworkManager is configured.
#[derive(Debug, Clone, Default)]
pub struct NetworkManagerOptions {
    /// Whether only root may change anything (`auth-polkit=root-only`); everybody else gets `PermissionDenied`. Else everybody may.
    pub root_only: bool,
    /// Whether it looks how far traffic gets, by asking the router's probe (`Router::probe` says what it answers).
    pub connectivity: bool,
    /// More lines of its configuration, with the headings of their sections.
    pub extra: String,
}

/// A NetworkManager of the lab.
#[derive(Debug)]
pub struct NetworkManager {
    connection: Connection,
    daemon: Option<Daemon>,
}

impl NetworkManager {
    /// Writes its configuration and these profiles, starts it, and waits until it answers and knows its devices. Access points that
    /// are plugged in later are managed as well.
    ///
    /// # Errors
    /// If a file cannot be written, or it does not come up.
    pub async fn start(bus: &Bus, options: &NetworkManagerOptions, profiles: &[&Keyfile]) -> Result<Self, LabError> {
        let written = fs::write(CONFIGURATION, configuration(options));
        written.map_err(LabError::system(format!("write {CONFIGURATION}")))?;
        profiles.iter().try_for_each(|profile| profile.write())?;
        let mut this = Self { connection: bus.connection().clone(), daemon: None };
        this.start_again().await?;
        Ok(this)
    }

    /// Starts it when it was stopped or killed, and waits until it answers and is done with what it takes over.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn start_again(&mut self) -> Result<(), LabError> {
        self.comes(|startup| !startup).await
    }

    /// The same, and waits only until it answers: a link that it takes over may want a lease that nobody gives.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn answers_again(&mut self) -> Result<(), LabError> {
        self.comes(|_| true).await
    }

    async fn comes(&mut self, fits: impl Fn(bool) -> bool) -> Result<(), LabError> {
        let mut command = Daemon::command(Program::NetworkManager, "NetworkManager")?;
        command.args(["--debug", "--log-level=INFO"]);
        let daemon = self.daemon.insert(Daemon::start("NetworkManager", command)?);
        let connection = &self.connection;
        let started = async || {
            let startup = property::<bool>(connection, ROOT, NETWORK_MANAGER, "Startup").await;
            if daemon.ended().is_err() { Some(Err(daemon.ended())) } else { startup.is_ok_and(&fits).then_some(Ok(())) }
        };
        eventually("NetworkManager", started).await?.or_else(|ended| ended)
    }

    /// Ends it as the system would, and waits until its name is gone. The links it keeps stay up.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn stop(&mut self) -> Result<(), LabError> {
        self.daemon()?.stop().await?;
        self.gone().await
    }

    /// Kills it, and waits until its name is gone.
    ///
    /// # Errors
    /// If it had ended before.
    pub async fn kill(&mut self) -> Result<(), LabError> {
        self.daemon()?.kill().await?;
        self.gone().await
    }

    /// Stops it and starts it again.
    ///
    /// # Errors
    /// If it does not end, or does not come up.
    pub async fn restart(&mut self) -> Result<(), LabError> {
        self.stop().await?;
        self.start_again().await
    }

    /// Its process.
    ///
    /// # Errors
    /// If it is stopped.
    pub fn daemon(&mut self) -> Result<&mut Daemon, LabError> {
        let stopped = || LabError::Daemon { name: "NetworkManager".into(), what: "it is not running".into() };
        self.daemon.as_mut().ok_or_else(stopped)
    }

    async fn gone(&mut self) -> Result<(), LabError> {
        self.daemon = None;
        wait_for_name(&self.connection, NETWORK_MANAGER, false).await
    }

    /// Writes a profile and has it taken, new or changed.
    ///
    /// # Errors
    /// If NetworkManager refuses it.
    pub async fn add(&self, profile: &Keyfile) -> Result<(), LabError> {
        profile.write()?;
        let file = profile.path().display().to_string();
        let (taken, refused): (bool, Vec<String>) = self.settings("LoadConnections", &(vec![file],)).await?;
        if taken && refused.is_empty() {
            return Ok(());
        }
        Err(LabError::Daemon { name: "NetworkManager".into(), what: format!("it refuses {refused:?}:\n{profile}") })
    }

    /// Deletes a profile, as a user of `nmcli` would.
    ///
    /// # Errors
    /// If there is none.
    pub async fn delete(&self, profile: &Keyfile) -> Result<(), LabError> {
        let path = self.profile(profile.uuid()).await?;
        let interface = "org.freedesktop.NetworkManager.Settings.Connection";
        self.call(path.as_str(), interface, "Delete", &()).await
    }

    /// Activates a profile, as a user of `nmcli` would; returns when NetworkManager has taken it.
    ///
    /// # Errors
    /// If there is none, or NetworkManager refuses it.
    pub async fn activate(&self, uuid: &str) -> Result<OwnedObjectPath, LabError> {
        let profile = self.profile(uuid).await?;
        let any = ObjectPath::from_static_str_unchecked("/");
        self.call(ROOT, NETWORK_MANAGER, "ActivateConnection", &(profile, &any, &any)).await
    }

    /// Deactivates a profile, as a user of `nmcli` would; returns when NetworkManager has taken it.
    ///
    /// # Errors
    /// If it is not active.
    pub async fn deactivate(&self, uuid: &str) -> Result<(), LabError> {
        let inactive = || LabError::Daemon { name: "NetworkManager".into(), what: format!("{uuid} is not active") };
        let (path, _) = self.active(uuid).await?.ok_or_else(inactive)?;
        self.call(ROOT, NETWORK_MANAGER, "DeactivateConnection", &(path,)).await
    }

    /// The active connection of a profile and its state (`NMActiveConnectionState`: 1 activating, 2 activated, 3 deactivating,
    /// 4 deactivated); `None` if there is none.
    ///
    /// # Errors
    /// If NetworkManager does not answer.
    pub async fn active(&self, uuid: &str) -> Result<Option<(OwnedObjectPath, u32)>, LabError> {
        let all: Vec<OwnedObjectPath> = property(&self.connection, ROOT, NETWORK_MANAGER, "ActiveConnections").await?;
        for path in all {
            // one that is just going away answers no more
            let Ok(of) = property::<String>(&self.connection, path.as_str(), ACTIVE, "Uuid").await else { continue };
            if of == uuid {
                let state = property(&self.connection, path.as_str(), ACTIVE, "State").await?;
                return Ok(Some((path, state)));
            }
        }
        Ok(None)
    }

    /// Waits until the active connection of a profile is in this state; `None`: until there is none.
    ///
    /// # Errors
    /// If that does not happen.
    pub async fn becomes(&self, uuid: &str, state: Option<u32>) -> Result<(), LabError> {
        let now = async || self.active(uuid).await.ok().filter(|active| active.as_ref().map(|(_, state)| *state) == state);
        eventually(&format!("{state:?} of the profile {uuid}"), now).await.map(drop)
    }

    /// How far traffic gets (`NMConnectivityState`: 1 nowhere, 2 portal, 3 limited, 4 full), as it finds when asked to look now.
    ///
    /// # Errors
    /// If NetworkManager does not answer.
    pub async fn connectivity(&self) -> Result<u32, LabError> {
        self.call(ROOT, NETWORK_MANAGER, "CheckConnectivity", &()).await
    }

    /// Waits until it has noticed that the cable of an interface it has no connection on is cut: the device is unavailable.
    ///
    /// # Errors
    /// If it does not notice.
    pub async fn notices_cut(&self, interface: &str) -> Result<(), LabError> {
        let device: OwnedObjectPath = self.call(ROOT, NETWORK_MANAGER, "GetDeviceByIpIface", &(interface,)).await?;
        let state = async || property::<u32>(&self.connection, device.as_str(), DEVICE, "State").await;
        eventually(&format!("`{interface}` unavailable"), async || state().await.is_ok_and(|state| state != DISCONNECTED).then_some(()))
            .await
    }

    async fn profile(&self, uuid: &str) -> Result<OwnedObjectPath, LabError> {
        self.settings("GetConnectionByUuid", &(uuid,)).await
    }

    async fn settings<B, R>(&self, method: &str, body: &B) -> Result<R, LabError>
    where
        B: serde::Serialize + zbus::DynamicType,
        R: serde::de::DeserializeOwned + zbus::Type,
    {
        self.call(SETTINGS, SETTINGS_INTERFACE, method, body).await
    }

    async fn call<B, R>(&self, path: &str, interface: &str, method: &str, body: &B) -> Result<R, LabError>
    where
        B: serde::Serialize + zbus::DynamicType,
        R: serde::de::DeserializeOwned + zbus::Type,
    {
        let failed = |error: zbus::Error| LabError::Bus { what: format!("call {interface}.{method}"), source: Box::new(error) };
        let reply = self.connection.call_method(Some(NETWORK_MANAGER), path, Some(interface), method, body).await.map_err(failed)?;
        reply.body().deserialize().map_err(failed)
    }
}

async fn property<T>(connection: &Connection, path: &str, interface: &str, name: &str) -> Result<T, LabError>
where
    T: TryFrom<zbus::OwnedVariant>,
    T::Error: Into<zbus::Error>,
{
    let failed = |error: zbus::Error| LabError::Bus { what: format!("read {interface}.{name}"), source: Box::new(error) };
    let properties = zbus::Proxy::new(connection, NETWORK_MANAGER, path, "org.freedesktop.DBus.Properties").await.map_err(failed)?;
    let value: zbus::OwnedVariant = properties.call("Get", &(interface, name)).await.map_err(failed)?;
    T::try_from(value).map_err(|error| failed(error.into()))
}

fn configuration(options: &NetworkManagerOptions) -> String {
    let polkit = if options.root_only { "root-only" } else { "false" };
    let connectivity = if options.connectivity {
        format!("enabled=true\nuri=http://{SERVICE_V4}:{PROBE_PORT}/\nresponse=\ninterval=60\n")
    } else {
        "enabled=false\n".into()
    };
    format!(
        "[main]\nplugins=keyfile\nauth-polkit={polkit}\ndns=none\nrc-manager=unmanaged\nsystemd-resolved=false\nno-auto-default=*\ndhcp=internal\n\
         [connectivity]\n{connectivity}{}",
        options.extra
    )
}
