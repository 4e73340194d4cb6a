//! Which real daemons can a lab have? The system bus, NetworkManager, ConnMan, and what answers them on the other side.
//!
//! Everything belongs to the lab: the daemons see their own `/run`, `/var/lib` and `/etc`, end with the lab's process however that
//! ends, and leave nothing. They work without root. What they say is printed when the lab fails.

mod authenticator;
mod bus;
pub(super) mod checksum;
mod clock;
mod connman;
mod dhcp;
mod keyfile;
mod networkmanager;
mod places;
mod polkit;
mod process;
mod program;

pub use authenticator::{Authenticator, Supplicant};
pub use bus::Bus;
pub use clock::{WallClock, with_wall_clock};
pub use connman::{CONNMAN, Connman, ConnmanOptions, Listed};
pub use dhcp::{Dhcp, DhcpOptions};
pub use keyfile::Keyfile;
pub use networkmanager::{NETWORK_MANAGER, NetworkManager, NetworkManagerOptions};
pub use places::{overlay, small, users};
pub use polkit::Polkit;
pub use process::{Daemon, log};
pub use program::Program;

pub(super) use places::private;
pub(super) use process::print_logs;

use super::LabError;
use std::time::Duration;

/// Where the lab keeps its files; in a file system of its own, that vanishes with it.
const PLACE: &str = "/run/netsession-lab";
/// Where the lab's bus is found, by everything that looks for the system bus.
pub(super) const BUS_ADDRESS: &str = "unix:path=/run/netsession-lab/bus";

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often something is looked at again that nobody tells.
const PACE: Duration = Duration::from_millis(2);

/// Waits until something is there.
async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> Result<T, LabError> {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(PACE).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.map_err(|_| LabError::Never(what.into()))
}
