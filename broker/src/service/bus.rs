//! What is asked of the bus itself?

use super::StartError;
use crate::api::{self, Bus};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;
use zbus::{Connection, DynamicType, Message, OwnedVariant};

/// The bus's own name.
pub(super) const NAME: &str = "org.freedesktop.DBus";
const PATH: &str = "/org/freedesktop/DBus";
/// How long the bus may take for an answer of its own.
const PATIENCE: Duration = Duration::from_secs(25);
/// How many messages may wait for the receiver.
const QUEUE: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

impl Bus {
    /// A connection to it.
    ///
    /// # Errors
    /// What the bus, or the way to it, said.
    pub async fn connect(&self) -> zbus::Result<Connection> {
        let builder = self.builder();
        builder.method_timeout(PATIENCE).max_queued(QUEUE).build().await
    }
}

/// Asks to be told who leaves.
pub(super) async fn watch_names(connection: &Connection) -> zbus::Result<()> {
    let rule = format!("type='signal',sender='{NAME}',path='{PATH}',interface='{NAME}',member='NameOwnerChanged'");
    call(connection, "AddMatch", &rule.as_str()).await.map(drop)
}

/// Takes the broker's name.
pub(super) async fn take_name(connection: &Connection, bus: &Bus) -> Result<(), StartError> {
    const DO_NOT_QUEUE: u32 = 4;
    const OWNER: u32 = 1;
    let refused = |source: zbus::Error| StartError::Refused { bus: bus.clone(), source: Box::new(source) };
    let answer = call(connection, "RequestName", &(api::NAME, DO_NOT_QUEUE)).await.map_err(refused)?;
    if answer.body().deserialize::<u32>().map_err(refused)? == OWNER {
        return Ok(());
    }
    let owner = call(connection, "GetNameOwner", &api::NAME).await.and_then(|answer| answer.body().deserialize::<String>());
    let by = match owner {
        Ok(owner) => match credentials(connection, &owner).await {
            Ok((uid, pid)) => format!("process {pid} ({}) of user {uid}", process(pid)),
            Err(_) => owner,
        },
        Err(_) => "somebody who has left since".to_owned(),
    };
    Err(StartError::Taken { bus: bus.clone(), by })
}

/// Gives the broker's name back.
pub(super) async fn give_name(connection: &Connection) -> zbus::Result<()> {
    call(connection, "ReleaseName", &api::NAME).await.map(drop)
}

/// The id of a bus: another one each time it is started.
pub(super) async fn id(connection: &Connection) -> zbus::Result<String> {
    call(connection, "GetId", &()).await?.body().deserialize()
}

/// User and process of a connection; process 0 if the bus does not know.
pub(super) async fn credentials(connection: &Connection, name: &str) -> zbus::Result<(u32, u32)> {
    let answer = call(connection, "GetConnectionCredentials", &name).await?;
    let mut known: BTreeMap<String, OwnedVariant> = answer.body().deserialize()?;
    let mut number = |key: &str| known.remove(key).and_then(|value| u32::try_from(value).ok());
    let uid = number("UnixUserID").ok_or(zbus::Error::InvalidReply)?;
    Ok((uid, number("ProcessID").unwrap_or(0)))
}

/// Name of a process's program, as the kernel says; empty if that is not known.
pub(super) fn process(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).map(|name| name.trim_end().to_owned()).unwrap_or_default()
}

async fn call<B>(connection: &Connection, method: &str, body: &B) -> zbus::Result<Message>
where
    B: serde::Serialize + DynamicType,
{
    connection.call_method(Some(NAME), PATH, Some(NAME), method, body).await
}
