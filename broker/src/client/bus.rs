//! Which bus, and who is the broker on it? The connection, what is heard on it, and whether the other side speaks this version.

use super::{Bus, ConnectError};
use crate::api::decode;
use crate::api::{MANAGER, NAME, OLDEST, PATH};
use futures::StreamExt as _;
use std::num::NonZeroUsize;
use std::time::Duration;
use zbus::message::Type;
use zbus::{Connection, Message, MessageStream};

/// The bus itself.
pub(super) const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";
/// The interface of properties.
pub(super) const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// Messages that may wait while the task is busy; then the bus waits.
const QUEUE: NonZeroUsize = NonZeroUsize::new(1024).expect("not zero");

/// A connection, and everything that is heard on it in the order of the bus.
#[derive(Debug)]
pub(super) struct Wire {
    connection: Connection,
    stream: MessageStream,
}

impl Wire {
    /// Connects, and listens before anything is asked.
    pub(super) async fn connect(bus: &Bus, patience: Duration) -> Result<Self, ConnectError> {
        let no_bus = |why: String| ConnectError::NoBus { bus: bus.clone(), why };
        let building = bus.builder().max_queued(QUEUE).method_timeout(patience).build();
        let connection = match tokio::time::timeout(patience, building).await {
            Ok(connection) => connection.map_err(|error| no_bus(error.to_string()))?,
            Err(_) => return Err(no_bus(format!("no answer within {patience:?}"))),
        };
        let stream = MessageStream::from(&connection);
        let wire = Self { connection, stream };
        for rule in rules() {
            wire.ask_bus("AddMatch", &(rule,)).await.map_err(|error| no_bus(error.to_string()))?;
        }
        Ok(wire)
    }

    /// Who the broker is; it is started if it can be and nobody is.
    pub(super) async fn owner(&self) -> Result<String, ConnectError> {
        let owner = self.ask_bus("GetNameOwner", &(NAME,)).await;
        let owner = match owner {
            Err(zbus::Error::FDO(error)) if matches!(*error, zbus::fdo::Error::NameHasNoOwner(_)) => {
                let started = self.ask_bus("StartServiceByName", &(NAME, 0_u32)).await;
                started.map_err(|error| ConnectError::NoBroker { why: error.to_string() })?;
                self.ask_bus("GetNameOwner", &(NAME,)).await
            }
            owner => owner,
        };
        let owner = owner.map_err(|error| ConnectError::NoBroker { why: error.to_string() })?;
        owner.body().deserialize().map_err(|error| ConnectError::NoBroker { why: error.to_string() })
    }

    /// Asks the bus to start the broker; it is heard of it when it runs.
    pub(super) async fn start(&self) -> zbus::Result<()> {
        let call = Message::method_call(BUS_PATH, "StartServiceByName").destination(BUS).interface(BUS);
        self.connection.send(&call.build(&(NAME, 0_u32))?).await
    }

    pub(super) async fn send(&self, message: &Message) -> zbus::Result<()> {
        self.connection.send(message).await
    }

    /// The next message; `None` when the connection is broken.
    pub(super) async fn next(&mut self) -> Option<Message> {
        match self.stream.next().await? {
            Ok(message) => Some(message),
            Err(error) => {
                tracing::info!(%error, "the connection to the bus broke");
                None
            }
        }
    }

    /// A call of the broker, and what it returns.
    pub(super) async fn ask<T>(&self, owner: &str, method: &str) -> Result<T, ConnectError>
    where
        T: for<'de> serde::Deserialize<'de> + zbus::Type,
    {
        let answer = self.connection.call_method(Some(owner), PATH, Some(MANAGER), method, &()).await;
        let answer = answer.map_err(|error| ConnectError::Refused { why: error.to_string() })?;
        answer.body().deserialize().map_err(|error| decode::Malformed::new(format!("the answer to {method}"), error).into())
    }

    /// Leaves the bus.
    pub(super) async fn close(self) {
        drop(self.stream);
        if let Err(error) = self.connection.close().await {
            tracing::info!(%error, "the connection to the bus was not closed in order");
        }
    }

    pub(super) async fn ask_bus<B: serde::Serialize + zbus::DynamicType>(&self, method: &str, body: &B) -> zbus::Result<Message> {
        self.connection.call_method(Some(BUS), BUS_PATH, Some(BUS), method, body).await
    }
}

/// What is to be brought: who the broker is, and what it tells all. What it tells this client alone comes anyway.
fn rules() -> [String; 2] {
    [
        format!("type='signal',sender='{BUS}',interface='{BUS}',member='NameOwnerChanged',arg0='{NAME}'"),
        format!("type='signal',sender='{NAME}',path='{PATH}'"),
    ]
}

/// A call of the broker.
pub(super) fn call<B>(owner: &str, path: &str, interface: &str, method: &str, body: &B) -> zbus::Result<Message>
where
    B: serde::Serialize + zbus::DynamicType,
{
    Message::method_call(path, method).destination(owner).interface(interface).build(body)
}

/// A call for all properties of an object.
pub(super) fn get_all(owner: &str, path: &str, interface: &str) -> zbus::Result<Message> {
    call(owner, path, PROPERTIES, "GetAll", &(interface,))
}

/// Whether the broker speaks a version that will do, by its properties.
pub(super) fn check(manager: &decode::ManagerFacts) -> Result<(), ConnectError> {
    match manager.version {
        Some(version) if version >= OLDEST => Ok(()),
        version => Err(ConnectError::TooOld { version: version.unwrap_or_default(), needed: OLDEST }),
    }
}

/// The new owner of the broker's name, if the message says that there is another one; the inner `None`: nobody.
pub(super) fn owner_changed(message: &Message) -> Option<Option<String>> {
    let header = message.header();
    let is = header.message_type() == Type::Signal
        && header.sender().is_some_and(|sender| sender.as_str() == BUS)
        && header.member().is_some_and(|member| member.as_str() == "NameOwnerChanged");
    if !is {
        return None;
    }
    let (name, _, owner): (String, String, String) = message.body().deserialize().ok()?;
    (name == NAME).then(|| Some(owner).filter(|owner| !owner.is_empty()))
}

/// A signal that says that properties of an interface are others, with those it only says to be others.
pub(super) fn properties_changed(message: &Message) -> Option<(String, decode::Received, Vec<String>)> {
    let header = message.header();
    let is = header.interface().is_some_and(|interface| interface.as_str() == PROPERTIES)
        && header.member().is_some_and(|member| member.as_str() == "PropertiesChanged");
    if is { message.body().deserialize().ok() } else { None }
}
