//! Does the bus's policy let in whom it should? As it is installed, on a real bus.

use super::people::{ALICE, NETSESSION, ROOT, Somebody, bus};
use futures::StreamExt;
use netsession_broker::api::{MANAGER, NAME, PATH, SESSION};
use netsession_conformance::lab::Outcome;
use std::error::Error;
use std::time::Duration;
use zbus::message::Type;
use zbus::{Connection, DBusError, MessageStream};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);
const DBUS: &str = "org.freedesktop.DBus";
/// `DBUS_NAME_FLAG_DO_NOT_QUEUE`.
const NOT_QUEUED: u32 = 4;

async fn own(connection: &Connection) -> zbus::Result<u32> {
    connection.call_method(Some(DBUS), "/org/freedesktop/DBus", Some(DBUS), "RequestName", &(NAME, NOT_QUEUED)).await?.body().deserialize()
}

/// The name of the error that a call is answered with.
async fn refusal(connection: &Connection, interface: &str) -> String {
    match connection.call_method(Some(NAME), PATH, Some(interface), "Refresh", &()).await {
        Err(zbus::Error::FDO(error)) => error.name().to_string(),
        other => format!("{other:?}"),
    }
}

pub(crate) async fn only_the_broker_has_the_name() -> Outcome {
    let Some(_bus) = bus().await? else { return Ok(()) };
    let alice = Somebody::is(ALICE).await?;
    let error = own(&alice.connection).await.expect_err("alice is not the broker").to_string();
    assert!(error.contains("AccessDenied"), "{error}");
    let root = Somebody::is(ROOT).await?;
    assert_eq!(own(&root.connection).await?, 1, "root may be the broker");
    drop(root);
    let broker = Somebody::is(NETSESSION).await?;
    assert_eq!(own(&broker.connection).await?, 1, "the primary owner");
    let mut heard = MessageStream::from(&broker.connection);
    for interface in [MANAGER, SESSION, "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.Introspectable"] {
        let connection = alice.connection.clone();
        // nobody answers it
        tokio::spawn(async move { refusal(&connection, interface).await });
        let call = async {
            loop {
                let message = heard.next().await.ok_or("the bus is gone")??;
                if message.header().message_type() == Type::MethodCall {
                    return Ok::<_, Box<dyn Error>>(message);
                }
            }
        };
        let call = tokio::time::timeout(PATIENCE, call).await.map_err(|_| format!("a call of {interface} did not come"))??;
        assert_eq!(call.header().interface().map(|it| it.as_str()), Some(interface));
    }
    assert_eq!(refusal(&alice.connection, "org.example.Other").await, "org.freedesktop.DBus.Error.AccessDenied");
    Ok(())
}
