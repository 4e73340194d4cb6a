//! May this process start and stop links through an executor? Asked before anything is tried.

use super::Backend;

/// What is known of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// It may.
    Granted,
    /// It may not: why, as the end of a sentence about the executor.
    Refused(String),
    /// Nobody can tell but by trying; why.
    Unknown(String),
}

/// May links be started and stopped through this executor?
///
/// netlink: `CAP_NET_ADMIN` (capabilities(7)). NetworkManager: `GetPermissions`, which asks polkit for
/// `org.freedesktop.NetworkManager.network-control`; `auth` counts as refused, nobody is asked for a password here. ConnMan: the
/// bus's policy decides at the call.
pub async fn rights(backend: Backend) -> Right {
    match backend {
        Backend::Sim => Right::Granted,
        Backend::Netlink if administrates() => Right::Granted,
        Backend::Netlink => Right::Refused("needs CAP_NET_ADMIN".to_owned()),
        Backend::Connman => Right::Unknown("the bus decides at the call".to_owned()),
        #[cfg(feature = "networkmanager")]
        Backend::NetworkManager => super::gather::soon(async { Ok(networkmanager().await) }).await.unwrap_or_else(Right::Unknown),
        #[cfg(not(feature = "networkmanager"))]
        Backend::NetworkManager => Right::Refused("is not in this build".to_owned()),
    }
}

fn administrates() -> bool {
    use rustix::thread::{CapabilitySet, capabilities};
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::NET_ADMIN))
}

/// <https://networkmanager.dev/docs/api/latest/gdbus-org.freedesktop.NetworkManager.html>
#[cfg(feature = "networkmanager")]
async fn networkmanager() -> Right {
    const NAME: &str = "org.freedesktop.NetworkManager";
    const CONTROL: &str = "org.freedesktop.NetworkManager.network-control";
    let asked = async {
        let connection = zbus::Connection::system().await?;
        // a call would start it where the bus can
        if !super::bus::names(&connection).await?.contains(NAME) {
            return Ok(None);
        }
        let answer = connection.call_method(Some(NAME), "/org/freedesktop/NetworkManager", Some(NAME), "GetPermissions", &()).await?;
        answer.body().deserialize::<std::collections::BTreeMap<String, String>>().map(Some)
    };
    match asked.await {
        Ok(None) => Right::Unknown("it does not run".to_owned()),
        Ok(Some(all)) => match all.get(CONTROL).map(String::as_str) {
            Some("yes") => Right::Granted,
            Some("auth") => Right::Refused("asks for a password first (polkit, network-control)".to_owned()),
            Some("no") => Right::Refused("refuses it to this user (polkit, network-control)".to_owned()),
            other => Right::Unknown(format!("it says {other:?} of network-control")),
        },
        Err(error) => Right::Unknown(format!("it cannot be asked: {error}")),
    }
}
