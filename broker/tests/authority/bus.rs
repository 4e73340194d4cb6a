//! Does the bus's policy let in whom it should? As it is installed, on a real bus.

use super::people::{ALICE, NETSESSION, ROOT, Somebody, bus};
use netsession_broker::api::{MANAGER, NAME, PATH};
use netsession_conformance::lab::Outcome;
use zbus::Connection;

const DBUS: &str = "org.freedesktop.DBus";
/// `DBUS_NAME_FLAG_DO_NOT_QUEUE`.
const NOT_QUEUED: u32 = 4;

async fn own(connection: &Connection) -> zbus::Result<u32> {
    connection.call_method(Some(DBUS), "/org/freedesktop/DBus", Some(DBUS), "RequestName", &(NAME, NOT_QUEUED)).await?.body().deserialize()
}

/// The name of the error that a call is answered with.
async fn refusal(connection: &Connection, interface: &str) -> String {
    match connection.call_method(Some(NAME), PATH, Some(interface), "Refresh", &()).await {
        Err(zbus::Error::MethodError(name, _, _)) => name.to_string(),
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
    // nothing is served here: what gets there is answered by zbus, what does not by the bus
    let object = broker.connection.object_server();
    object.at(PATH, Nothing).await?;
    for interface in [MANAGER, "org.netsession.Session1", "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.Introspectable"] {
        let refused = refusal(&alice.connection, interface).await;
        assert!(!refused.contains("AccessDenied") && refused.starts_with("org.freedesktop.DBus.Error.Unknown"), "{interface}: {refused}");
    }
    assert_eq!(refusal(&alice.connection, "org.example.Other").await, "org.freedesktop.DBus.Error.AccessDenied");
    Ok(())
}

struct Nothing;

#[zbus::interface(name = "org.netsession.Nothing")]
impl Nothing {}
