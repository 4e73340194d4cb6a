//! How is it found out what runs here? By asking once, all at the same time; nothing is started, scanned or changed by it.

#[cfg(feature = "connman")]
use super::Service;
#[cfg(feature = "networkmanager")]
use super::{Connection, Device};
use super::{Interface, Manager, Scene, Services};
use crate::netlink::{self, NetlinkError};
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// Longer than a daemon that is alive takes, also right after its start.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the system bus who is on it, NetworkManager and ConnMan if they are, and the kernel for its interfaces.
pub async fn survey() -> Scene {
    let (daemons, interfaces) = tokio::join!(daemons(), soon(interfaces()));
    let (networkmanager, connman) = daemons;
    Scene { networkmanager, connman, interfaces }
}

#[cfg(any(feature = "networkmanager", feature = "connman"))]
async fn daemons() -> (Result<Manager, String>, Result<Services, String>) {
    let Ok(names) = super::names_on_the_bus().await else {
        let unreached = || "is out of reach without a system bus".to_owned();
        return (Err(unreached()), Err(unreached()));
    };
    let runs = |name: &str| if names.contains(name) { Ok(()) } else { Err("does not run".to_owned()) };
    let networkmanager = async {
        runs("org.freedesktop.NetworkManager")?;
        soon(networkmanager()).await
    };
    let connman = async {
        runs("net.connman")?;
        soon(connman()).await
    };
    tokio::join!(networkmanager, connman)
}

#[cfg(not(any(feature = "networkmanager", feature = "connman")))]
async fn daemons() -> (Result<Manager, String>, Result<Services, String>) {
    tokio::join!(networkmanager(), connman())
}

pub(super) async fn soon<T>(asked: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(format!("gives no answer within {}", humantime::format_duration(PATIENCE))))
}

#[cfg(feature = "networkmanager")]
async fn networkmanager() -> Result<Manager, String> {
    use crate::networkmanager::{NetworkManagerError, survey};
    use netsession_fsm::words::Bearer;
    let found = survey().await.map_err(|error| match error {
        NetworkManagerError::NotRunning(_) => "does not run".to_owned(),
        NetworkManagerError::Bus(source) => format!("cannot be asked: {source}"),
        error => format!("cannot be asked: {error}"),
    })?;
    // NMDeviceType: 1 Ethernet, 2 Wi-Fi, 5 Bluetooth, 20 veth
    let bearer = |device_type| match device_type {
        1 | 20 => Bearer::Ethernet,
        2 => Bearer::Wlan,
        5 => Bearer::Bluetooth,
        _ => Bearer::Unknown,
    };
    let devices = found.devices.into_iter().map(|device| Device {
        bearer: bearer(device.device_type),
        interface: device.interface,
        managed: device.managed,
    });
    let usable = found.profiles.into_iter().filter(|profile| profile.usable);
    let connections =
        usable.map(|profile| Connection { uuid: profile.uuid, id: profile.id, interface: profile.interface, bearer: profile.bearer });
    Ok(Manager { version: found.version, devices: devices.collect(), connections: connections.collect() })
}

#[cfg(not(feature = "networkmanager"))]
async fn networkmanager() -> Result<Manager, String> {
    Err("is not in this build".to_owned())
}

#[cfg(feature = "connman")]
async fn connman() -> Result<Services, String> {
    use crate::connman::{ConnmanError, survey};
    let found = survey().await.map_err(|error| match error {
        ConnmanError::Absent => "does not run".to_owned(),
        error => format!("cannot be asked: {error}"),
    })?;
    let service = |found: crate::connman::Found| Service { identifier: found.identifier, name: found.name, interface: found.interface };
    Ok(Services { services: found.services.into_iter().map(service).collect() })
}

#[cfg(not(feature = "connman"))]
async fn connman() -> Result<Services, String> {
    Err("is not in this build".to_owned())
}

/// All interfaces of this network namespace but the loopback.
async fn interfaces() -> Result<Vec<Interface>, String> {
    let found = netlink::survey().await.map_err(|error| match error {
        NetlinkError::Socket(error) => format!("gets no socket from the kernel: {error}"),
        error => format!("cannot be asked: {error}"),
    })?;
    let others = found.interfaces.into_iter().filter(|found| found.name != "lo");
    let interface = |found: netlink::Found| Interface {
        name: found.name,
        up: found.up,
        carrier: found.carrier,
        leads_out: found.leads_out,
        bearer: found.bearer,
    };
    Ok(others.map(interface).collect())
}
