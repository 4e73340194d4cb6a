//! Does a broker run, and whose sessions has it? For tools; applications have no need of it.

use super::bus::Wire;
use super::{Bus, ConnectError, Connection};
use crate::api::NAME;
use crate::api::decode::{self, Received, SessionFacts};
use std::time::Duration;
use zbus::{OwnedObjectPath, OwnedVariant};

/// A broker that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    /// On which bus.
    pub bus: Bus,
    /// Its user.
    pub uid: u32,
    /// Its process; 0 if the bus does not know.
    pub pid: u32,
}

/// A session of any process, as the broker lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its object.
    pub path: String,
    /// How it stands.
    pub facts: SessionFacts,
    /// The unique name of its owner.
    pub owner: String,
    /// Its owner's user.
    pub uid: u32,
    /// Its owner's process; 0 if that is not known.
    pub pid: u32,
    /// The name of the owner's program; empty if that is not known.
    pub process: String,
    /// Names of the access points it leases.
    pub leases: Vec<String>,
    /// How long until its offer or trial ends by itself.
    pub deadline: Option<Duration>,
}

/// The broker that runs on a bus; it is not started. `None` if there is none, or no bus.
pub async fn runs(to: impl Into<Connection> + Send) -> Option<Runs> {
    let Connection { bus, patience } = to.into();
    let wire = Wire::connect(&bus, patience).await.ok()?;
    let asked = wire.ask_bus("GetConnectionCredentials", &(NAME,)).await;
    wire.close().await;
    let mut known: Received = asked.ok()?.body().deserialize().ok()?;
    let mut number = |key: &str| known.remove(key).and_then(|value: OwnedVariant| u32::try_from(value).ok());
    Some(Runs { bus, uid: number("UnixUserID")?, pid: number("ProcessID").unwrap_or_default() })
}

/// The sessions of all processes that this user may see, in the order of their paths.
///
/// # Errors
/// [`ConnectError`].
pub async fn sessions(to: impl Into<Connection> + Send) -> Result<Vec<Listed>, ConnectError> {
    let Connection { bus, patience } = to.into();
    let wire = Wire::connect(&bus, patience).await?;
    let asked = async {
        let owner = wire.owner().await?;
        wire.ask::<Vec<(OwnedObjectPath, Received)>>(&owner, "ListSessions").await
    };
    let listed = asked.await;
    wire.close().await;
    listed?.into_iter().map(|(path, keys)| listed_session(path.to_string(), keys)).collect()
}

fn listed_session(path: String, mut keys: Received) -> Result<Listed, ConnectError> {
    let wrong = |key: &str| decode::Malformed::new(format!("{key} of {path}"), "it is missing, or has another type");
    let mut take = |key: &str| keys.remove(key).ok_or_else(|| wrong(key));
    let owner = String::try_from(take("owner")?).map_err(|_| wrong("owner"))?;
    let uid = u32::try_from(take("uid")?).map_err(|_| wrong("uid"))?;
    let pid = u32::try_from(take("pid")?).map_err(|_| wrong("pid"))?;
    let process = String::try_from(take("process")?).map_err(|_| wrong("process"))?;
    let leases = Vec::<String>::try_from(take("leases")?).map_err(|_| wrong("leases"))?;
    let deadline = u64::try_from(take("deadline")?).map_err(|_| wrong("deadline"))?;
    let deadline = Some(Duration::from_millis(deadline)).filter(|deadline| !deadline.is_zero());
    let facts = decode::session(&path, keys)?;
    Ok(Listed { path, facts, owner, uid, pid, process, leases, deadline })
}
