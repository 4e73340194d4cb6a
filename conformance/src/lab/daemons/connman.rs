//! How does a lab have a ConnMan? The real one, on the lab's bus, with the lab's configuration.

use super::bus::wait_for_name;
use super::{Bus, Daemon, PLACE, Program, eventually};
use crate::lab::{LabError, Plug};
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use zbus::{Connection, OwnedObjectPath, OwnedVariant};

/// Its name on the bus.
pub const CONNMAN: &str = "net.connman";

const STATE: &str = "/var/lib/connman";
const MANAGER: &str = "net.connman.Manager";
const SERVICE: &str = "net.connman.Service";

/// How ConnMan is configured.
#[derive(Debug, Clone, Default)]
pub struct ConnmanOptions {
    /// Whether it connects services by itself, as it does where nothing else is said.
    pub connects_by_itself: bool,
    /// Access points a user gave fixed addresses to, of both families. The others get a lease from a DHCP server.
    pub fixed: Vec<Plug>,
    /// Access points an administrator gave fixed addresses to, of both families. ConnMan connects them by itself, whatever else is
    /// said, and lets nobody change them (`Immutable`).
    pub provisioned: Vec<Plug>,
    /// More lines of section `General` of its configuration (connman.conf(5)).
    pub extra: String,
}

/// A service, as ConnMan lists it: object path and properties.
pub type Listed = (OwnedObjectPath, std::collections::HashMap<String, OwnedVariant>);

/// A ConnMan of the lab.
#[derive(Debug)]
pub struct Connman {
    connection: Connection,
    daemon: Option<Daemon>,
}

impl Connman {
    /// Writes its configuration, starts it and waits until it answers.
    ///
    /// # Errors
    /// If a file cannot be written, or it does not come up.
    pub async fn start(bus: &Bus, options: &ConnmanOptions) -> Result<Self, LabError> {
        let write = || {
            fs::create_dir_all(STATE)?;
            fs::write(configuration_file(), configuration(options))?;
            fs::write(Path::new(STATE).join("lab.config"), options.provisioned.iter().map(provision).collect::<String>())?;
            options.fixed.iter().try_for_each(|plug| {
                let directory = Path::new(STATE).join(Self::service(plug));
                fs::create_dir_all(&directory)?;
                fs::write(directory.join("settings"), settings(plug, options.connects_by_itself))
            })
        };
        write().map_err(LabError::system("write the configuration of ConnMan"))?;
        let mut this = Self { connection: bus.connection().clone(), daemon: None };
        this.start_again().await?;
        Ok(this)
    }

    /// Starts it when it was stopped or killed, and waits until it answers.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn start_again(&mut self) -> Result<(), LabError> {
        let mut command = Daemon::command(Program::Connmand, "connmand")?;
        command.args(["-n", "--nodnsproxy"]).arg(format!("--config={}", configuration_file().display()));
        let daemon = self.daemon.insert(Daemon::start("connmand", command)?);
        let connection = &self.connection;
        let started = async || {
            let answer = connection.call_method(Some(CONNMAN), "/", Some(MANAGER), "GetProperties", &()).await;
            if daemon.ended().is_err() { Some(daemon.ended()) } else { answer.is_ok().then_some(Ok(())) }
        };
        eventually("ConnMan", started).await?
    }

    /// Ends it as the system would, and waits until its name is gone. It takes its links down.
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
        let stopped = || LabError::Daemon { name: "connmand".into(), what: "it is not running".into() };
        self.daemon.as_mut().ok_or_else(stopped)
    }

    async fn gone(&mut self) -> Result<(), LabError> {
        self.daemon = None;
        wait_for_name(&self.connection, CONNMAN, false).await
    }

    /// The identifier of the service of an access point, as ConnMan makes it.
    #[must_use]
    pub fn service(plug: &Plug) -> String {
        let address: String = plug.mac.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("ethernet_{address}_cable")
    }

    /// All services.
    ///
    /// # Errors
    /// If ConnMan does not answer.
    pub async fn services(&self) -> Result<Vec<Listed>, LabError> {
        let failed = |error: zbus::Error| LabError::Bus { what: "list ConnMan's services".into(), source: Box::new(error) };
        let reply = self.connection.call_method(Some(CONNMAN), "/", Some(MANAGER), "GetServices", &()).await.map_err(failed)?;
        reply.body().deserialize().map_err(failed)
    }

    /// The state of a service (`idle`, `association`, `configuration`, `ready`, `disconnect`, `online`, `failure`); `None` if there is
    /// no such service.
    ///
    /// # Errors
    /// If ConnMan does not answer.
    pub async fn state(&self, service: &str) -> Result<Option<String>, LabError> {
        let all = self.services().await?;
        let of_it = all.into_iter().find(|(path, _)| path.as_str().ends_with(&format!("/{service}")));
        Ok(of_it.and_then(|(_, mut properties)| String::try_from(properties.remove("State")?).ok()))
    }

    /// Waits until a service is in this state; `None`: until it is gone.
    ///
    /// # Errors
    /// If that does not happen.
    pub async fn becomes(&self, service: &str, state: Option<&str>) -> Result<(), LabError> {
        let now = async || (self.state(service).await.ok()?.as_deref() == state).then_some(());
        eventually(&format!("{state:?} of the service {service}"), now).await
    }

    /// Connects a service, as a user of `connmanctl` would; returns when ConnMan says that it is connected.
    ///
    /// # Errors
    /// If ConnMan refuses it, or fails.
    pub async fn connect(&self, service: &str) -> Result<(), LabError> {
        self.call(service, "Connect").await
    }

    /// Disconnects a service, as a user of `connmanctl` would.
    ///
    /// # Errors
    /// If it is not connected.
    pub async fn disconnect(&self, service: &str) -> Result<(), LabError> {
        self.call(service, "Disconnect").await
    }

    async fn call(&self, service: &str, method: &str) -> Result<(), LabError> {
        let path = format!("/net/connman/service/{service}");
        let called = self.connection.call_method(Some(CONNMAN), path.as_str(), Some(SERVICE), method, &()).await;
        called.map(drop).map_err(|error| LabError::Bus { what: format!("{method} the service {service}"), source: Box::new(error) })
    }
}

fn configuration_file() -> std::path::PathBuf {
    Path::new(PLACE).join("connman.conf")
}

/// ConnMan leaves interfaces alone whose names begin with one of its blacklist, `ve-` and `veth` among them where nothing else is
/// said: here only `lo`.
fn configuration(options: &ConnmanOptions) -> String {
    // a list that names a technology that is not there is the only one that is not the default
    let by_itself = if options.connects_by_itself { "" } else { "DefaultAutoConnectTechnologies=wifi\n" };
    format!(
        "[General]\nEnableOnlineCheck=false\nAllowHostnameUpdates=false\nAllowDomainnameUpdates=false\nSingleConnectedTechnology=false\n\
         NetworkInterfaceBlacklist=lo\n{by_itself}{}",
        options.extra
    )
}

/// What ConnMan writes down of a service when a user has set its addresses.
fn settings(plug: &Plug, connects_by_itself: bool) -> String {
    let family = |name, (address, prefix), gateway| {
        format!("{name}.method=manual\n{name}.netmask_prefixlen={prefix}\n{name}.local_address={address}\n{name}.gateway={gateway}\n")
    };
    let (v4, v6) = (family("IPv4", plug.v4, plug.gateway_v4), family("IPv6", plug.v6, plug.gateway_v6));
    format!("[{}]\nName=Wired\nFavorite=true\nAutoConnect={connects_by_itself}\n{v4}{v6}", Connman::service(plug))
}

/// A service with addresses an administrator has set (connman-service.config(5)).
fn provision(plug: &Plug) -> String {
    let mask = |prefix: u8| std::net::Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0));
    let (IpAddr::V4(v4), IpAddr::V6(v6)) = (plug.v4.0, plug.v6.0) else { return String::new() };
    let (gateway_v4, gateway_v6) = (plug.gateway_v4, plug.gateway_v6);
    format!(
        "[service_{name}]\nType=ethernet\nDeviceName={name}\nIPv4={v4}/{mask}/{gateway_v4}\nIPv6={v6}/{prefix}/{gateway_v6}\n\n",
        name = plug.name,
        mask = mask(plug.v4.1),
        prefix = plug.v6.1
    )
}
