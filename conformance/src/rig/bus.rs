//! Who carries the words between a client and a broker, where no lab has a bus? A message bus of its own, for one law.

use super::Trouble;
use crate::lab::daemons::Program;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A message bus without a file; it ends with the value, or with the thread that began it.
#[derive(Debug)]
pub(super) struct PrivateBus {
    daemon: Child,
    pub(super) address: String,
}

impl PrivateBus {
    /// Starts it and waits until it answers.
    pub(super) async fn start() -> Result<Self, Trouble> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        const TRIES: u32 = 1000;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let address = format!("unix:abstract=netsession-law-{}-{number}", std::process::id());
        let program = Program::DbusDaemon.path().ok_or_else(|| format!("{} is not installed", Program::DbusDaemon))?;
        let daemon = Command::new("setpriv")
            .args(["--pdeathsig", "KILL"])
            .arg(program)
            .args(["--session", "--nofork", "--nopidfile", "--nosyslog"])
            .arg(format!("--address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("setpriv (Debian package util-linux): {error}"))?;
        let mut bus = Self { daemon, address };
        for _ in 0..TRIES {
            if zbus::connection::Builder::address(bus.address.as_str()).build().await.is_ok() {
                return Ok(bus);
            }
            if let Some(status) = bus.daemon.try_wait()? {
                return Err(format!("the bus ended: {status}").into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err("the bus does not answer".into())
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
