//! Who is on the system bus?

use std::collections::BTreeSet;
use zbus::Connection;

const BUS: &str = "org.freedesktop.DBus";

/// The names that somebody has on the system bus. Starts nothing.
///
/// # Errors
/// Why it cannot be asked: the end of a sentence about the system bus.
pub async fn names_on_the_bus() -> Result<BTreeSet<String>, String> {
    let listed = async { names(&Connection::system().await?).await };
    super::gather::soon(async { listed.await.map_err(|error| format!("cannot be asked: {error}")) }).await
}

pub(super) async fn names(connection: &Connection) -> zbus::Result<BTreeSet<String>> {
    let answer = connection.call_method(Some(BUS), "/org/freedesktop/DBus", Some(BUS), "ListNames", &()).await?;
    let names: Vec<String> = answer.body().deserialize()?;
    Ok(names.into_iter().filter(|name| !name.starts_with(':')).collect())
}
