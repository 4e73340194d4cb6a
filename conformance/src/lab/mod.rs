//! How are executors shown on real links, without hardware, without root and without external programs? In a lab of namespaces.
//!
//! [`enter`] takes the process into namespaces of its own; [`Lab`] is what stands in them: a router in a namespace and thread of its
//! own, with one veth pair per access point and one service address that can be reached through each of them. Everything belongs to
//! the process and vanishes with it, however it ends. [`suite`] runs labs as tests, each in a process of its own.

mod alone;
mod bench;
pub mod daemons;
mod dump;
mod killed;
mod life;
mod listener;
mod namespace;
mod recordings;
mod router;
mod scripted;
mod services;
mod suite;
mod traffic;
mod transfer;
mod wire;

pub use bench::{Bench, Trouble};
pub use dump::Dump;
pub use killed::{Killed, stay_until_killed};
pub use life::{Death, Deed, Kept, Last, live};
pub use listener::{Heard, Listener};
pub use namespace::{become_stranger, become_user, can_become_stranger, enter, give_up_privileges};
pub use router::{Plug, Router};
pub use scripted::{Request, Script, ScriptedDhcp};
pub use services::{ECHO_PORT, PROBE_PORT, Probe, SERVICE_V4, SERVICE_V6};
pub use suite::{Case, Outcome, Outside, Run, cannot, is_inside, run_one, suite, suite_beside, suite_of};
pub use traffic::{Numbered, Tally};
pub use transfer::Transfer;
pub use wire::Wire;

use std::io;

/// What went wrong in the lab itself.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The kernel gives no namespaces.
    #[error("no lab: {step} was refused: {source}\n  {advice}")]
    Refused {
        /// What was asked of the kernel.
        step: &'static str,
        /// What it said.
        source: io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// A request to the kernel inside the lab failed.
    #[error("lab: cannot {what}: {source}")]
    Request {
        /// What was asked.
        what: String,
        /// What the kernel said.
        source: rtnetlink::Error,
    },
    /// A system call inside the lab failed.
    #[error("lab: cannot {what}: {source}")]
    System {
        /// What was asked.
        what: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// There is no access point of this name.
    #[error("lab: there is no access point `{0}`")]
    Unknown(String),
    /// A daemon of the lab does not do what it is there for.
    #[error("lab: {name}: {what}")]
    Daemon {
        /// Which.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A request over the lab's bus failed.
    #[error("lab: cannot {what}: {source}")]
    Bus {
        /// What was asked.
        what: String,
        /// What was answered.
        source: Box<zbus::Error>,
    },
    /// Something that was waited for did not happen.
    #[error("lab: {0} did not come")]
    Never(String),
    /// The router's thread ended.
    #[error("lab: the router is gone")]
    RouterGone,
}

impl LabError {
    pub(crate) fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::System { what, source }
    }

    pub(crate) fn request(what: impl Into<String>) -> impl FnOnce(rtnetlink::Error) -> Self {
        let what = what.into();
        move |source| Self::Request { what, source }
    }
}

/// The lab: this side of the links, and the router on the other.
#[derive(Debug)]
pub struct Lab {
    /// This side: the namespace the process entered.
    pub wire: Wire,
    /// The other side.
    pub router: Router,
}

impl Lab {
    /// Sets the lab up: `lo` up on this side, the router with its services on the other. Call [`enter`] first, and be in a tokio runtime.
    ///
    /// # Errors
    /// If the kernel refuses something.
    pub async fn new() -> Result<Self, LabError> {
        let wire = Wire::open()?;
        wire.set_up("lo", true).await?;
        let router = Router::start()?;
        Ok(Self { wire, router })
    }

    /// Plugs in an access point: a cable whose near end is `name` here (down, without addresses), its far end in the router.
    /// `subnet` (1 to 98) numbers its networks, `10.<subnet>.0.0/24` and `fd00:<subnet, in hexadecimal>::/64`.
    ///
    /// # Errors
    /// If the kernel refuses it.
    pub async fn plug_in(&self, name: &str, subnet: u8) -> Result<Plug, LabError> {
        self.router.add_access_point(name, subnet).await
    }
}
