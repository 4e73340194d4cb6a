//! Who carries the words between daemons and programs? A message bus of the lab's own, in the place of the system bus.

use super::{BUS_ADDRESS, Daemon, PLACE, Program, eventually, places};
use crate::lab::LabError;
use std::fs;
use std::path::{Path, PathBuf};
use zbus::Connection;
use zbus::fdo::DBusProxy;

/// The system bus of the lab, and the private places of everything on it. Nothing is started by the bus itself.
///
/// `zbus::Connection::system()` finds it, here and in every process started from here: the lab's process was started with
/// `DBUS_SYSTEM_BUS_ADDRESS`.
#[derive(Debug)]
pub struct Bus {
    daemon: Daemon,
    connection: Connection,
}

impl Bus {
    /// Puts the private places in place and starts the bus; the first thing in a lab with daemons, once.
    ///
    /// # Errors
    /// If something is refused, or the bus does not come up.
    pub async fn start() -> Result<Self, LabError> {
        places::settle()?;
        fs::write(configuration_file(), configuration()).map_err(LabError::system("write the configuration of the bus"))?;
        let (daemon, connection) = begin().await?;
        Ok(Self { daemon, connection })
    }

    /// Another bus in its place, when it was killed: nobody is on it.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn start_again(&mut self) -> Result<(), LabError> {
        // a bus does not take the place of a socket that is there
        let removed = fs::remove_file(BUS_ADDRESS.trim_start_matches("unix:path="));
        removed.map_err(LabError::system("remove the socket of the bus that was killed"))?;
        (self.daemon, self.connection) = begin().await?;
        Ok(())
    }

    /// The lab's own connection to it. Code under test opens one of its own.
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The process of the bus itself, to be killed: a bus that is gone.
    pub const fn daemon(&mut self) -> &mut Daemon {
        &mut self.daemon
    }

    /// Waits until somebody has this name (`held`), or nobody has.
    ///
    /// # Errors
    /// If that does not happen.
    pub async fn name(&self, name: &str, held: bool) -> Result<(), LabError> {
        wait_for_name(&self.connection, name, held).await
    }
}

fn configuration_file() -> PathBuf {
    Path::new(PLACE).join("bus.conf")
}

async fn begin() -> Result<(Daemon, Connection), LabError> {
    let mut command = Daemon::command(Program::DbusDaemon, "dbus-daemon")?;
    command.args(["--nofork", "--nopidfile", "--nosyslog"]).arg(format!("--config-file={}", configuration_file().display()));
    let daemon = Daemon::start("dbus-daemon", command)?;
    let connection = eventually("the lab's bus", async || Connection::system().await.ok()).await?;
    Ok((daemon, connection))
}

/// The same, for daemons that keep a connection.
pub(super) async fn wait_for_name(connection: &Connection, name: &str, held: bool) -> Result<(), LabError> {
    let told = |error: zbus::Error| LabError::Bus { what: format!("ask who has `{name}`"), source: Box::new(error) };
    let proxy = DBusProxy::new(connection).await.map_err(told)?;
    let known = zbus::names::BusName::try_from(name.to_owned()).map_err(told)?;
    let what = if held { format!("`{name}` on the bus") } else { format!("the end of `{name}` on the bus") };
    eventually(&what, async || (proxy.name_has_owner(known.clone()).await == Ok(held)).then_some(())).await
}

/// As on a Debian system, with the daemons' own policies, but for all that starts programs or changes users.
fn configuration() -> String {
    const LIMITS: [&str; 4] =
        ["max_connections_per_user", "max_pending_service_starts", "max_names_per_connection", "max_replies_per_connection"];
    let limits: String = LIMITS.iter().map(|limit| format!("  <limit name=\"{limit}\">100000</limit>\n")).collect();
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>{BUS_ADDRESS}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <includedir>/usr/share/dbus-1/system.d</includedir>
  <includedir>/etc/dbus-1/system.d</includedir>
{limits}</busconfig>
"#
    )
}
