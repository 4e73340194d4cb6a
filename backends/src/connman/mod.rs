//! Which executor works through ConnMan? This one: its services over D-Bus, told by ConnMan and by the kernel, never polling.
//!
//! Everything said of ConnMan here was measured on ConnMan 1.41, with cables (veth pairs) and a USB gadget's device, over D-Bus as
//! in its `doc/service-api.txt` and `doc/manager-api.txt`.
//!
//! # Access points
//! An access point is a service, by its identifier, its name or its interface; services and ConnMan itself come and go, so it is
//! found again whenever one comes. The table of states is in `map.rs`. A service that fails or is disconnected is `Discovered`, one
//! that is not listed `Defined` (with the kernel's reason), and everything is `Undefined` (BackendGone) while ConnMan is not there.
//! ConnMan says `configuration` on the way up and on the way down, and `ready` also when it found nobody to lease an address, after
//! 39 s, with a link-local one: that is not Active, and a raise that ends so failed (NoLease).
//!
//! # Who hears first
//! The kernel: a carrier that is lost, a device that goes, an address that is removed is reported when the kernel tells it, 4 ms before
//! ConnMan does. What ConnMan said of a cable before it was cut is history until it takes the service away and lists it anew.
//! `PropertyChanged` is heard of all services; of one that came less than 100 ms ago ConnMan sends none until `ServicesChanged`, so
//! such a service is asked. `ServicesChanged` is believed at its place in the stream of messages, and for the order.
//!
//! # Raise
//! `Service.Connect`. For a cable its answer comes when ConnMan has begun, so the outcome is what comes first of the states that
//! follow, the property `Error` and an error as an answer. What ConnMan is connecting already is waited for. If a service is
//! connected and has no address that can be used, it is disconnected first. Addresses are known at `ready`; the next hop of a lease
//! comes 14 ms later and is waited for where the link could not carry without it.
//!
//! # Lower
//! `Service.Disconnect`. ConnMan does not connect by itself what it was told to disconnect, until its cable is put in again;
//! `AutoConnect` is left as found. A service that was connected without us is held down by `AutoConnect=false` until it is raised, or
//! we end: then it is connected again. If we are killed meanwhile, or its cable is out when we end, `AutoConnect` stays false.
//! ConnMan forgets the IPv6 default route of a fixed address at times: after a raise of ours it is removed.
//!
//! # Both links carry
//! ConnMan makes one IPv4 default route, through its first connected service; sockets bound to another device reach its own network
//! only. So links get default routes of their own as soon as one is raised or preferred (`route.rs`), which nobody uses who is not
//! bound to the device, and which are removed again. Without `CAP_NET_ADMIN` they cannot be made: then [`Connman::capabilities`]
//! loses DirectConnectionRouting and ApplicationLevelRoaming. ConnMan itself loosens reverse path filtering when two are connected.
//!
//! # Default route, Prefer
//! The first connected service has it; `MoveBefore` and `MoveAfter` change the order. ConnMan removes the old default route and adds
//! the new one 0.05 to 0.1 ms later, and our own routes bridge that moment: nothing is lost. `Prefer` of nothing restores the order that
//! was found. Where services are of different types ConnMan sorts them anew whenever one is connected, and may give the default route
//! to a link that was only raised: it is moved back, before the raise ends or as soon as it is seen (`hold.rs`); for the 1 to 3 ms in
//! between it is where ConnMan put it. What is not ConnMan's it cannot be asked to keep: its first connected service goes before
//! default routes of other programs with a metric greater than 0. IPv6 default routes of fixed addresses do not move with the order.
//!
//! # Two links at once
//! Only with `SingleConnectedTechnology=false` (ConnMan's default) in `main.conf`; with it, the second `Connect` disconnects the first
//! service, even of the same technology. That is recognised when it happens: [`Connman::capabilities`] loses ApplicationLevelRoaming.
//! `PreferredTechnologies` only sorts. ConnMan's own failover connects another service 5 ms after a cut: that one is reported Active, as
//! found, not ours.
//!
//! # ConnMan restarts
//! It takes all links down, and connects again what has `AutoConnect`. `Gone` is told at once; the `Resync` when the services of
//! our links are listed again and none is on its way up, at most 2 s later. What was commanded meanwhile, or was under way, is carried
//! out after it. A bus that cannot be reached is tried again, every 5 s at last.
//!
//! # After a process that was killed
//! ConnMan goes on with what it was told. A service that is noted and connected, or on its way, is ours again, with how it was found,
//! its routes, and the order before the first `Prefer`; `Lower` disconnects it. ConnMan does not tell who connected a service: one that
//! others disconnected and connected again meanwhile counts as ours. A ConnMan that was started again since has another name on the
//! bus: what it has connected is not ours. Cautious reading, without a note: the service is ours and `AutoConnect` is as found; the
//! order of services stays as it is.
//!
//! # What it needs
//! The system bus, whose policy must let us call `net.connman.Service` (else commands end with `Cause::NotAuthorised`).
//!
//! # What it does not know
//! Costs (metered is `Unknown`), the generation of a cellular network, whether anybody looked how far `ready` reaches (only `online`
//! is `Full`).

mod act;
mod adopt;
mod carry;
mod end;
mod hold;
mod link;
mod lower;
mod map;
mod next;
mod note;
mod order;
mod prefer;
mod profile;
mod proxy;
mod reach;
mod report;
mod route;
mod service;
mod services;
mod survey;
mod task;
mod told;
mod watch;

pub use profile::Profile;
pub use survey::{Found, Survey, survey};

use crate::executor::{Event, Executor, Left, Notebook};
use crate::left::Beginning;
use crate::netlink::onlooker::Onlooker;
use netsession_fsm::hub::Command;
use netsession_fsm::words::{AccessPointId, Capabilities, ExecutorId};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use task::{Order, Task};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Settings of the executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Which executor it is in this process.
    pub executor: ExecutorId,
    /// Bytes the kernel may queue for us before it drops events (it takes no more than `net.core.rmem_max`).
    pub receive_buffer: usize,
    /// How often the counters of Active links are told.
    pub counters_every: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { executor: ExecutorId(0), receive_buffer: 4 << 20, counters_every: Duration::from_secs(5) }
    }
}

/// Why the executor could not be made, or ConnMan not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ConnmanError {
    /// A profile names nothing.
    #[error("the profile of {0} names neither a service nor an interface: give one of them (`connmanctl services` lists services)")]
    NoService(AccessPointId),
    /// Two profiles for one access point.
    #[error("{0} has two profiles: remove one, or give it a number of its own")]
    Twice(AccessPointId),
    /// Two access points that are the same service would take each other down.
    #[error("{first} and {second} are the same service: one service is one access point")]
    SharedService {
        /// The profile before.
        first: AccessPointId,
        /// The profile that is one too many.
        second: AccessPointId,
    },
    /// The counters' interval cannot be zero.
    #[error("`counters_every` is zero: give the interval between two reports of counters, e.g. 5 s")]
    NoInterval,
    /// There is no runtime to work in.
    #[error("connman needs a tokio runtime with I/O and time: make the executor inside of one")]
    NoRuntime,
    /// The kernel gives no netlink socket.
    #[error("cannot open a netlink route socket: {0}; the kernel or a sandbox may forbid the address family AF_NETLINK")]
    Socket(#[from] io::Error),
    /// The system bus cannot be reached.
    #[error("cannot reach the system bus: {0}; it is looked for at DBUS_SYSTEM_BUS_ADDRESS, else at /run/dbus/system_bus_socket")]
    Bus(String),
    /// ConnMan does not run.
    #[error("ConnMan does not run: nobody has the name net.connman on the system bus; start connmand")]
    Absent,
    /// ConnMan does not say what it has.
    #[error("{0}")]
    Refused(String),
    /// ConnMan does not answer.
    #[error("ConnMan did not answer within {0:?}")]
    Silent(Duration),
}

/// What the executor can do, as far as it knows by now; shared by the front and the task.
#[derive(Debug, Clone)]
struct Abilities(Arc<AtomicU8>);

impl Abilities {
    fn get(&self) -> Capabilities {
        Capabilities(self.0.load(Ordering::Relaxed))
    }

    fn lose(&self, lost: Capabilities) {
        self.0.store(self.get().without(lost).0, Ordering::Relaxed);
    }
}

/// The executor for links that ConnMan keeps. Its work is done by one task; dropping it puts everything back as `shutdown` does.
#[derive(Debug)]
pub struct Connman {
    executor: ExecutorId,
    abilities: Abilities,
    beginning: Beginning,
    orders: UnboundedSender<Order>,
    events: UnboundedReceiver<Event>,
}

impl Connman {
    /// Starts to watch the services of the profiles. ConnMan need not run yet. Nothing is changed before the first command.
    ///
    /// # Errors
    /// If a profile makes no sense, there is no tokio runtime, or the kernel gives no socket.
    pub fn new(options: Options, profiles: Vec<Profile>) -> Result<Self, ConnmanError> {
        profile::check(&profiles)?;
        if options.counters_every.is_zero() {
            return Err(ConnmanError::NoInterval);
        }
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| ConnmanError::NoRuntime)?;
        let (kernel, connection) = Onlooker::open(options.receive_buffer)?;
        let (orders, taken) = unbounded_channel();
        let (told, events) = unbounded_channel();
        let abilities = Abilities(Arc::new(AtomicU8::new(Capabilities::ALL.0)));
        let (beginning, begun) = Beginning::new();
        let task = Task::new(options, profiles, kernel, abilities.clone(), begun, (taken, told));
        runtime.spawn(async move {
            tokio::select! {
                () = connection => tracing::error!("connman: the socket for requests to the kernel was closed"),
                () = task.run() => {}
            }
        });
        Ok(Self { executor: options.executor, abilities, beginning, orders, events })
    }
}

impl Executor for Connman {
    fn name(&self) -> &'static str {
        "connman"
    }

    fn id(&self) -> ExecutorId {
        self.executor
    }

    /// Everything, less what was found not to work here: see the module's documentation.
    fn capabilities(&self) -> Capabilities {
        self.abilities.get()
    }

    fn adopt(&mut self, left: Left, notebook: Notebook) {
        self.beginning.with(left, notebook);
    }

    fn act(&mut self, command: Command) {
        self.beginning.now();
        // a task that ended has said so: `poll_event` gives `None`
        let _ = self.orders.send(Order::Do(command));
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.beginning.now();
        self.events.poll_recv(context)
    }

    fn shutdown(&mut self) {
        self.beginning.now();
        let _ = self.orders.send(Order::End);
    }
}
