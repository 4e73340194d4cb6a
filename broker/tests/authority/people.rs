//! Who is on the lab's bus? Connections of several users, each opened by a thread that is that user.

use netsession_broker::authority::Subject;
use netsession_conformance::lab::daemons::{Bus, overlay, users};
use netsession_conformance::lab::{LabError, become_user, can_become_stranger};
use std::error::Error;
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use zbus::Connection;

pub(crate) const ROOT: u32 = 0;
const POLKITD: u32 = 2;
pub(crate) const NETSESSION: u32 = 3;
pub(crate) const ALICE: u32 = 4;
pub(crate) const BOB: u32 = 5;
/// A member of the group of the broker.
pub(crate) const CAROL: u32 = 6;

/// The bus of a lab with these users, and with the broker's policy as it is installed. `None` where nobody can be several users: not
/// entered by root.
pub(crate) async fn bus() -> Result<Option<Bus>, LabError> {
    if !can_become_stranger() {
        println!("*** SKIPPED: only root can be several users in a lab ***");
        return Ok(None);
    }
    let people = [("polkitd", POLKITD), ("netsession", NETSESSION), ("alice", ALICE), ("bob", BOB), ("carol", CAROL)];
    users(&people, &[("netsession", NETSESSION, &["carol"])])?;
    let policy = include_str!("../../data/org.netsession.Broker1.conf");
    overlay("/usr/share/dbus-1/system.d", &[("org.netsession.Broker1.conf", policy)])?;
    Bus::start().await.map(Some)
}

/// A connection of some user's. It leaves the bus when it is dropped.
pub(crate) struct Somebody {
    pub(crate) connection: Connection,
    uid: u32,
    stay: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Somebody {
    /// A connection of this user's.
    pub(crate) async fn is(uid: u32) -> Result<Self, Box<dyn Error>> {
        let (tell, told) = oneshot::channel();
        let (leave, left) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let connect = || -> Result<_, Box<dyn Error>> {
                if uid != ROOT {
                    become_user(uid)?;
                }
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let connection = runtime.block_on(Connection::system())?;
                Ok((runtime, connection))
            };
            match connect().map_err(|error| error.to_string()) {
                Ok((runtime, connection)) => {
                    let _ = tell.send(Ok(connection));
                    let _ = runtime.block_on(left);
                }
                Err(error) => drop(tell.send(Err(error))),
            }
        });
        Ok(Self { connection: told.await??, uid, stay: Some((leave, thread)) })
    }

    /// As the broker knows it.
    pub(crate) fn subject(&self) -> Subject {
        let name = self.connection.unique_name().map(ToString::to_string).unwrap_or_default();
        Subject { bus_name: name.into(), uid: self.uid, pid: std::process::id() }
    }
}

impl Drop for Somebody {
    fn drop(&mut self) {
        if let Some((leave, thread)) = self.stay.take() {
            drop(leave);
            let _ = thread.join();
        }
    }
}
