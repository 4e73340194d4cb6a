//! What does a row of the contract need of an executor and its surroundings? Access points, faults, and a look at the system.
//!
//! A rig is one small file: how the lab is set up for its executor, how the executor is made, and how somebody else interferes.
//! Everything else is the same for all of them.

mod connman;
mod netlink;
mod networkmanager;

pub use connman::ConnmanRig;
pub use netlink::NetlinkRig;
pub use networkmanager::NetworkManagerRig;

use crate::lab::daemons::Program;
use crate::lab::{Dump, Lab, LabError, Plug, SERVICE_V4};
use netsession_backends::executor::Executor;
use netsession_fsm::words::Cause;
use std::error::Error;
use std::fmt;
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

/// A row that cannot be shown on an executor, with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excused {
    /// Name of the row.
    pub row: &'static str,
    /// Why not.
    pub reason: &'static str,
}

/// What goes wrong while a rig is set up.
pub type Trouble = Box<dyn Error>;

/// An executor of real links with its surroundings: any number of access points, the best first.
pub trait Rig: fmt::Debug + Sized + 'static {
    /// What its executor is called.
    const NAME: &'static str;
    /// Programs it starts.
    const NEEDS: &'static [Program];
    /// Rows its executor cannot show.
    const EXCUSED: &'static [Excused];
    /// Why the raise of a place fails that is to fail.
    const FAILS: Cause;
    /// How long raising an access point may take, unless a row says otherwise: longer than a failure takes.
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

    /// Whether links stay up while its daemon is killed and started again.
    const KEEPS_LINKS: bool = true;

    /// Sets up the access points, and everything their executor needs.
    ///
    /// # Errors
    /// If something of it does not come about.
    fn build(lab: Lab, places: &[Place]) -> impl Future<Output = Result<Self, Trouble>>;

    /// The executor, for the access points in their order. Asked for once.
    ///
    /// # Errors
    /// If it refuses what it is given.
    fn executor(&self) -> Result<Box<dyn Executor>, Trouble>;

    /// The lab it stands in.
    fn lab(&self) -> &Lab;

    /// The access points.
    fn plugs(&self) -> &[Plug];

    /// Another program takes the link of a place down.
    ///
    /// # Errors
    /// If it is not up.
    fn take_down(&self, place: usize) -> impl Future<Output = Result<(), Trouble>>;

    /// From now on the executor cannot switch the default route: [`Cause::Route`].
    ///
    /// # Errors
    /// If it cannot be brought about.
    fn nail_route(&self) -> impl Future<Output = Result<(), Trouble>>;

    /// Takes back what [`Rig::nail_route`] did.
    ///
    /// # Errors
    /// If it was not done.
    fn free_route(&self) -> impl Future<Output = Result<(), Trouble>>;

    /// Holds up whoever does the executor's work: nothing is answered until [`Rig::thaw`].
    ///
    /// # Errors
    /// If there is nobody.
    fn freeze(&mut self) -> Result<(), Trouble>;

    /// Lets them go on.
    ///
    /// # Errors
    /// If there is nobody.
    fn thaw(&mut self) -> Result<(), Trouble>;

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

    /// Cuts the cable of a place.
    ///
    /// # Errors
    /// If there is none.
    fn cut(&self, place: usize) -> impl Future<Output = Result<(), LabError>> {
        async move { self.lab().router.cut(&self.plugs()[place].name).await.map(drop) }
    }

    /// Mends the cable of a place.
    ///
    /// # Errors
    /// If there is none.
    fn mend(&self, place: usize) -> impl Future<Output = Result<(), LabError>> {
        async move { self.lab().router.mend(&self.plugs()[place].name).await.map(drop) }
    }

    /// Whether the link of a place is up, as the kernel sees it: the interface has an IPv4 address of its network.
    ///
    /// # Errors
    /// If the kernel does not say.
    fn is_up(&self, place: usize) -> impl Future<Output = Result<bool, LabError>> {
        async move {
            let subnet = self.plugs()[place].subnet;
            Ok(self.lab().wire.dump().await?.about(&format!("Local(10.{subnet}.0.")).any(|line| line.starts_with("address")))
        }
    }

    /// The place that traffic of unbound sockets goes through, as the kernel routes it; `None`: nowhere.
    ///
    /// # Errors
    /// If the kernel does not say.
    fn default_route(&self) -> impl Future<Output = Result<Option<usize>, LabError>> {
        async move {
            let interface = self.lab().wire.route_to(SERVICE_V4).await?;
            Ok(interface.and_then(|name| self.plugs().iter().position(|plug| plug.name == name)))
        }
    }

    /// Waits until everything is as it was before the executor came.
    ///
    /// # Errors
    /// What is not.
    fn becomes(&self, found: &Dump) -> impl Future<Output = Result<(), Trouble>> {
        async move { self.lab().wire.becomes(found).await }
    }
}

/// Names of the interfaces, by place.
pub(crate) const NAMES: [&str; 3] = ["wifi0", "lte0", "eth0"];

/// Plugs in the cables of the places.
pub(crate) async fn plug_in(lab: &Lab, places: &[Place]) -> Result<Vec<Plug>, LabError> {
    let mut plugs = Vec::new();
    for (name, subnet) in NAMES.into_iter().zip(1..).take(places.len()) {
        plugs.push(lab.plug_in(name, subnet).await?);
    }
    Ok(plugs)
}

/// Waits until everything is as it was found, but for lines that contain one of these.
pub(crate) async fn resembles(lab: &Lab, found: &Dump, but: &[&str]) -> Result<(), Trouble> {
    const TRIES: u32 = 200;
    let found = found.without(but);
    let mut now = lab.wire.dump().await?.without(but);
    for _ in 0..TRIES {
        if now == found {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        now = lab.wire.dump().await?.without(but);
    }
    Err(format!("not as it was found:\n{}", found.difference(&now)).into())
}
