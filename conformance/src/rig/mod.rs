//! What does a law need of an executor and its surroundings? Access points, faults, and a look at the system.
//!
//! A rig is one small file: how everything is set up for its executor, how the executor is made, and how somebody else interferes.
//! Everything else is the same for all of them.

mod broker;
mod bus;
mod cables;
mod connman;
mod ground;
mod netlink;
mod networkmanager;
mod sim;

pub use broker::Brokered;
pub use connman::ConnmanRig;
pub use ground::{Ground, Real, Virtual};
pub use netlink::NetlinkRig;
pub use networkmanager::NetworkManagerRig;
pub use sim::SimRig;

use crate::lab::Script;
use crate::lab::daemons::Program;
use netsession_backends::client::{Builder, Client};
use netsession_backends::executor::Executor;
use netsession_fsm::words::{Capabilities, Cause};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What raising an access point comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Raise {
    /// It comes up.
    #[default]
    Works,
    /// It fails soon, with [`Rig::FAILS`].
    Fails,
    /// Nothing happens for longer than anybody waits.
    Hangs,
    /// It comes up with a lease, for which [`Rig::leases`] says how it is given; where nothing is said, at once.
    Leased,
}

/// How an access point is to be when the executor comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Out of reach until its cable is mended; else within reach.
    pub away: bool,
    /// Up, by somebody else's doing.
    pub found_up: bool,
    /// What raising it comes to.
    pub raise: Raise,
}

/// Within reach, and works.
pub const USABLE: Place = Place { away: false, found_up: false, raise: Raise::Works };
/// Out of reach, and works.
pub const AWAY: Place = Place { away: true, ..USABLE };
/// Up before anybody asked.
pub const FOUND_UP: Place = Place { found_up: true, ..USABLE };
/// Within reach, and cannot be raised.
pub const FAILING: Place = Place { raise: Raise::Fails, ..USABLE };
/// Within reach; raising it does not end.
pub const HANGING: Place = Place { raise: Raise::Hangs, ..USABLE };

/// Within reach, and works with a lease.
pub const LEASED: Place = Place { raise: Raise::Leased, ..USABLE };

/// A law that cannot be shown on an executor, for a reason that is no capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excused {
    /// Name of the law, or its beginning: `daemons::` is all of them.
    pub law: &'static str,
    /// Why not.
    pub reason: &'static str,
}

/// What goes wrong while a rig is set up, or a law is played.
pub type Trouble = Box<dyn Error>;

/// How an executor is made, again and again.
pub type Maker = Arc<dyn Fn() -> Result<Box<dyn Executor>, Trouble> + Send + Sync>;

/// An executor with its surroundings: up to three access points, the best first.
///
/// What somebody else does to a link ([`Rig::cut`], [`Rig::take_down`], …) is done when the call returns; that the executor tells of it
/// is waited for by the law.
pub trait Rig: fmt::Debug + Sized + 'static {
    /// Where it stands: [`Virtual`] or [`Real`] time in this process, or a [`crate::lab::Lab`] of its own for every law.
    type Ground: Ground;
    /// How everything was found.
    type Found: fmt::Debug;

    /// What its executor can do (SPEC §10): a law that needs more is excused by that. What it says itself must agree.
    const CAN: Capabilities = Capabilities::ALL;
    /// Why the raise of a place fails that is to fail.
    const FAILS: Cause;
    /// How long raising an access point may take, unless a law says otherwise: longer than a failure takes.
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
    /// Whether links stay up while its daemon is killed and started again.
    const KEEPS_LINKS: bool = true;

    /// What its laws are called by: the name of its executor.
    fn name() -> String;

    /// Programs it starts.
    #[must_use]
    fn needs() -> Vec<Program> {
        Vec::new()
    }

    /// Laws its executor cannot show.
    #[must_use]
    fn excused() -> Vec<Excused> {
        Vec::new()
    }

    /// Sets up the access points, and everything their executor needs.
    ///
    /// # Errors
    /// If something of it does not come about.
    fn build(ground: Self::Ground, places: &[Place]) -> impl Future<Output = Result<Self, Trouble>>;

    /// How the executor is made, for the access points in their order. One at a time; one that is dropped may be followed by another.
    fn maker(&self) -> Maker;

    /// The client of a hub that is built like this, with the executor in it.
    ///
    /// # Errors
    /// If it does not start.
    fn client(&mut self, builder: Builder) -> impl Future<Output = Result<Client, Trouble>> {
        async { Ok(builder.start().await?) }
    }

    /// The client was shut down: ends what stood between it and the executor.
    fn end(&mut self) -> impl Future<Output = ()> {
        async {}
    }

    /// Name of the interface of a place, as its carrier has it.
    fn interface(&self, place: usize) -> String;

    /// Whether the link of a place is up, as the system has it.
    ///
    /// # Errors
    /// If the system does not say.
    fn is_up(&self, place: usize) -> impl Future<Output = Result<bool, Trouble>>;

    /// The place that traffic of unbound sockets goes through; `None`: none of them.
    ///
    /// # Errors
    /// If the system does not say.
    fn default_route(&self) -> impl Future<Output = Result<Option<usize>, Trouble>>;

    /// How everything stands before the executor comes.
    ///
    /// # Errors
    /// If the system does not say.
    fn found(&self) -> impl Future<Output = Result<Self::Found, Trouble>>;

    /// Waits until everything is as it was found.
    ///
    /// # Errors
    /// What is not.
    fn becomes(&self, found: &Self::Found) -> impl Future<Output = Result<(), Trouble>>;

    /// Cuts the cable of a place: its link, if it was up, is lost by [`Cause::CarrierLost`], and it is out of reach.
    ///
    /// # Errors
    /// If that is not possible.
    fn cut(&self, place: usize) -> impl Future<Output = Result<(), Trouble>>;

    /// The same, and does not wait until anybody notices.
    ///
    /// # Errors
    /// If that is not possible.
    fn unplug(&self, place: usize) -> impl Future<Output = Result<(), Trouble>> {
        self.cut(place)
    }

    /// Mends the cable of a place: it is in reach again, and down.
    ///
    /// # Errors
    /// If that is not possible.
    fn mend(&self, place: usize) -> impl Future<Output = Result<(), Trouble>>;

    /// Another program takes the link of a place down, which stays in reach: [`Cause::TakenDown`].
    ///
    /// # Errors
    /// If it is not up.
    fn take_down(&self, place: usize) -> impl Future<Output = Result<(), Trouble>>;

    /// From now on the executor cannot switch the default route to any place but the last: [`Cause::Route`].
    ///
    /// # Errors
    /// If it cannot be brought about.
    fn nail_route(&self) -> impl Future<Output = Result<(), Trouble>> {
        async { Err("the default route cannot be nailed down".into()) }
    }

    /// Takes back what [`Rig::nail_route`] did.
    ///
    /// # Errors
    /// If it was not done.
    fn free_route(&self) -> impl Future<Output = Result<(), Trouble>> {
        async { Ok(()) }
    }

    /// How requests for leases are answered from now on in a place that needs one.
    ///
    /// # Errors
    /// If it needs none.
    fn leases(&self, _place: usize, _script: Script) -> Result<(), Trouble> {
        Err("there are no leases".into())
    }

    /// Holds up whoever does the executor's work: nothing is answered until [`Rig::thaw`].
    ///
    /// # Errors
    /// If there is nobody.
    fn freeze(&mut self) -> Result<(), Trouble> {
        Err("there is nobody to hold up".into())
    }

    /// Lets them go on.
    ///
    /// # Errors
    /// If there is nobody.
    fn thaw(&mut self) -> Result<(), Trouble> {
        Ok(())
    }

    /// Kills the daemon, held up or not, and waits until it is gone.
    ///
    /// # Errors
    /// If there is none.
    fn kill_daemon(&mut self) -> impl Future<Output = Result<(), Trouble>> {
        async { Err("there is no daemon".into()) }
    }

    /// Starts it again, and waits until it answers.
    ///
    /// # Errors
    /// If there is none, or it does not come up.
    fn start_daemon(&mut self) -> impl Future<Output = Result<(), Trouble>> {
        async { Err("there is no daemon".into()) }
    }
}

/// A rig without a daemon is excused from these.
pub const WITHOUT_DAEMON: [Excused; 2] = [
    Excused { law: "daemons::", reason: "there is no daemon that could be killed" },
    Excused { law: "contract::c9_", reason: "there is no daemon that could be killed" },
];
