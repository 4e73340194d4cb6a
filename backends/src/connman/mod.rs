//! Which executor works through ConnMan? This one.

mod act;
mod carry;
mod end;
mod hold;
mod link;
mod lower;
mod map;
mod next;
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

use crate::executor::{Event, Executor};
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
        let task = Task::new(options, profiles, kernel, abilities.clone(), (taken, told));
        runtime.spawn(async move {
            tokio::select! {
                () = connection => tracing::error!("connman: the socket for requests to the kernel was closed"),
                () = task.run() => {}
            }
        });
        Ok(Self { executor: options.executor, abilities, orders, events })
    }
}

impl Executor for Connman {
    fn name(&self) -> &'static str {
        "connman"
    }

    fn id(&self) -> ExecutorId {
        self.executor
    }

    fn capabilities(&self) -> Capabilities {
        self.abilities.get()
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
