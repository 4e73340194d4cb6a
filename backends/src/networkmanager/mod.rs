//! Which executor works through NetworkManager? This one: connection profiles over D-Bus, told by its signals and by the kernel.

mod act;
mod end;
mod kernel;
mod link;
mod map;
mod objects;
mod prefer;
mod profile;
mod proxy;
mod reapply;
mod survey;
mod sync;
mod task;
mod watch;

pub use profile::Profile;
pub use survey::{Found, FoundDevice, Survey, survey};

use crate::executor::{Event, Executor};
use crate::netlink::request::Kernel;
use crate::netlink::watch::Watch;
use netsession_fsm::hub::Command;
use netsession_fsm::words::{AccessPointId, Capabilities, ExecutorId};
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;
use task::{Order, Task};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Settings of the executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Which executor it is in this process.
    pub executor: ExecutorId,
    /// Metric of the preferred link's default route; smaller where another default route is better.
    pub prefer_metric: u32,
    /// Bytes the kernel may queue for us before it drops events (it takes no more than `net.core.rmem_max`).
    pub receive_buffer: usize,
    /// How often the counters of Active links are told.
    pub counters_every: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { executor: ExecutorId(0), prefer_metric: 50, receive_buffer: 4 << 20, counters_every: Duration::from_secs(5) }
    }
}

/// Why the executor could not be made, or NetworkManager not be asked.
#[derive(Debug, thiserror::Error)]
pub enum NetworkManagerError {
    /// A profile names nothing.
    #[error("{0} names no connection profile: give `connection` or `interface`")]
    Nameless(AccessPointId),
    /// Two profiles for one access point.
    #[error("{0} has two profiles: remove one, or give it a number of its own")]
    Twice(AccessPointId),
    /// Two access points that are one.
    #[error("{first} and {second} are the same connection: one connection carries one access point")]
    Shared {
        /// The profile before.
        first: AccessPointId,
        /// The profile that is one too many.
        second: AccessPointId,
    },
    /// The counters' interval cannot be zero.
    #[error("`counters_every` is zero: give the interval between two reports of counters, e.g. 5 s")]
    NoInterval,
    /// There is no runtime to work in.
    #[error("networkmanager needs a tokio runtime with I/O and time: make the executor inside of one")]
    NoRuntime,
    /// The kernel gives no netlink socket.
    #[error("cannot open a netlink route socket: {0}; the kernel or a sandbox may forbid the address family AF_NETLINK")]
    Socket(#[from] io::Error),
    /// The system bus cannot be reached, or refuses something.
    #[error("the system bus (DBUS_SYSTEM_BUS_ADDRESS, else /run/dbus/system_bus_socket): {0}; is dbus running?")]
    Bus(Box<zbus::Error>),
    /// Nobody has the name.
    #[error("{0} is not on the system bus: NetworkManager does not run; start it (systemctl start NetworkManager)")]
    NotRunning(&'static str),
    /// No answer.
    #[error("NetworkManager runs and did not answer within {0:?}")]
    Silent(Duration),
}

/// The executor for links NetworkManager keeps. Its work is done by one task; dropping it puts everything back as `shutdown` does.
#[derive(Debug)]
pub struct NetworkManager {
    executor: ExecutorId,
    orders: UnboundedSender<Order>,
    events: UnboundedReceiver<Event>,
}

impl NetworkManager {
    /// Starts to watch the connection profiles of these profiles, on the system bus and in the current network namespace. Nothing is
    /// changed before the first command. NetworkManager, or the bus, need not be there yet: links are Undefined until it is.
    ///
    /// # Errors
    /// If a profile makes no sense, there is no tokio runtime, or the kernel gives no socket.
    pub fn new(options: Options, profiles: Vec<Profile>) -> Result<Self, NetworkManagerError> {
        profile::check(&profiles)?;
        if options.counters_every.is_zero() {
            return Err(NetworkManagerError::NoInterval);
        }
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| NetworkManagerError::NoRuntime)?;
        let watch = Watch::open(options.receive_buffer)?;
        let (connection, handle, _) = rtnetlink::new_connection()?;
        let (orders, taken) = unbounded_channel();
        let (told, events) = unbounded_channel();
        let task = Task::new(options, profiles, (watch, Kernel(handle)), taken, told);
        runtime.spawn(async move {
            tokio::select! {
                () = connection => tracing::error!("networkmanager: the socket for requests to the kernel was closed"),
                () = task.run() => {}
            }
        });
        Ok(Self { executor: options.executor, orders, events })
    }
}

impl Executor for NetworkManager {
    fn name(&self) -> &'static str {
        "networkmanager"
    }

    fn id(&self) -> ExecutorId {
        self.executor
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    fn act(&mut self, command: Command) {
        // a task that ended has said so: `poll_event` gives `None`
        let _ = self.orders.send(Order::Do(command));
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.events.poll_recv(context)
    }

    fn shutdown(&mut self) {
        let _ = self.orders.send(Order::End);
    }
}
