//! Which executor works on real Linux links, without any daemon? This one: over rtnetlink, told by the kernel, never polling.
//!
//! # States
//! See `map.rs`: a missing interface is `Defined` (Vanished), an interface that is down is `Discovered`, up without carrier `Defined`
//! (CarrierLost), up with all addresses usable that the profile asks for `Active`. What leaves Active without our doing while the interface
//! has its carrier was `TakenDown`; nothing is put back against others. A raise under way is reported once, when it ended.
//! An unplugged device is first told as taken down, since the kernel sets it down first, and as vanished right after.
//!
//! # Raise
//! Remembers how the link was found; sets it up; waits for the carrier as long as the hub does; adds the addresses that are missing
//! (IPv6 without duplicate address detection) and a default route per family. Fails at once if the interface is missing, the kernel
//! refuses or another program takes the link down meanwhile, and then leaves nothing behind. The default route's metric is the
//! profile's, unless that is not greater than the best metric among the other default routes of the family: then it is one more than
//! that. A metric that is taken is never shared. So no default route is pushed aside, neither a foreign one nor that of a link raised
//! earlier.
//!
//! # Addresses the network gives
//! [`Profile::dhcp`]: a client of our own asks, renews, rebinds and gives back (`dhcp/`). No lease in time, or one that ran out or was
//! refused later, is [`Cause::NoLease`](netsession_fsm::words::Cause::NoLease); the client goes on asking, and a new lease is a return.
//! A changed one is a new carrier. [`Profile::slaac`]: the kernel heeds router advertisements (`slaac.rs`). Either way the default route
//! is as far behind as a static one, and name servers are told with the carrier. A DHCP link that has an IPv4 address when it is first
//! seen is somebody else's and Active. Leased addresses end in the kernel too, ten seconds after the lease: should nobody be left to
//! take them away.
//!
//! # Policy routing
//! What is sent from an address of a raised link goes through it, whoever has the default route, and whether or not the socket is bound
//! to the device: a table and rules of the link's own (`policy.rs`).
//!
//! # Lower
//! Removes the rules, addresses and routes we added, gives the lease back, and sets the link down if it was down before. A link that was
//! Active without us is set down whole; a later Raise, or the end, brings back its addresses and routes.
//!
//! # Prefer
//! One more default route per family, at [`Options::prefer_metric`] or just before the best other one if that is smaller. A switch
//! replaces it in one step. It follows the link's routers. A link that has no gateway, or an unbeatable default route of somebody else
//! (metric 0), is answered with `Cause::Route`.
//!
//! # After a process that was killed
//! Its note says how each link was found, and everything that was added to it (`note.rs`, `adopt.rs`). A link that is up is taken over:
//! a DHCP client takes up its lease, asks whether it still holds (INIT-REBOOT), renews it and gives it back in the end. What was being
//! raised or lowered, or nobody wants, is put back as found. A device that is another one by now, or on which nothing of what was added
//! is left and addresses of others are, is somebody else's. Cautious reading, without a note: the addresses and the default routes that
//! the profile names, and rules and tables by their protocol, were added; the device stays up, settings for advertisements stay as they
//! are, and a link whose addresses the network gave is somebody else's: a leased address ends with its lease.
//!
//! # What it needs
//! `CAP_NET_ADMIN` to raise, lower and prefer, and `CAP_NET_RAW` for DHCP; without them links are watched all the same and commands end
//! with `Cause::NotAuthorised`. Strict reverse path filtering (`net.ipv4.conf.*.rp_filter` = 1) is no obstacle to links that were raised
//! here; answers on one that was up before pass only while it has the default route.

mod act;
mod adopt;
mod bearer;
mod dhcp;
pub(crate) mod facts;
mod found;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod leases;
mod link;
mod map;
pub(crate) mod metric;
mod note;
#[cfg(feature = "connman")]
pub(crate) mod onlooker;
mod policy;
mod prefer;
mod profile;
pub(crate) mod refused;
mod report;
pub(crate) mod request;
mod rights;
mod slaac;
mod steer;
mod survey;
mod task;
mod undo;
pub(crate) mod watch;

pub use profile::Profile;
pub use survey::{Found, Survey, survey};

use crate::executor::{Event, Executor, Left, Notebook};
use crate::left::Beginning;
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
    /// Metric of the preferred link's additional default route; smaller where another default route is better.
    pub prefer_metric: u32,
    /// Bytes the kernel may queue for us before it drops events (it takes no more than `net.core.rmem_max`).
    pub receive_buffer: usize,
    /// How often the counters of Active links are told.
    pub counters_every: Duration,
    /// How long a raise waits for a DHCP server, or for a router where SLAAC is all there is, before it ends with `Cause::NoLease`.
    /// Shorter than the connect timeout of the access point, or that one ends it first.
    pub lease_timeout: Duration,
    /// Routing table of a raised link, less the index of its interface; the next one nobody uses if others use that. Tables below 256
    /// belong to the system (`/etc/iproute2/rt_tables`).
    pub table_base: u32,
    /// Priority of the rules that send what comes from a link's address to its table: before the main table's 32766.
    pub rule_priority: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            executor: ExecutorId(0),
            prefer_metric: 50,
            receive_buffer: 4 << 20,
            counters_every: Duration::from_secs(5),
            lease_timeout: Duration::from_secs(20),
            table_base: 7700,
            rule_priority: 7700,
        }
    }
}

/// Why the executor could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NetlinkError {
    /// A profile asks for something no kernel would do.
    #[error("profile of {access_point}: {what}")]
    Profile {
        /// Whose.
        access_point: AccessPointId,
        /// What is wrong and what to do.
        what: String,
    },
    /// Two profiles for one access point.
    #[error("{0} has two profiles: remove one, or give it a number of its own")]
    Twice(AccessPointId),
    /// Two access points on one interface would take each other's settings away.
    #[error("{first} and {second} are both on interface `{interface}`: one interface carries one access point")]
    SharedInterface {
        /// Which interface.
        interface: String,
        /// The profile before.
        first: AccessPointId,
        /// The profile that is one too many.
        second: AccessPointId,
    },
    /// The counters' interval cannot be zero.
    #[error("`counters_every` is zero: give the interval between two reports of counters, e.g. 5 s")]
    NoInterval,
    /// There is no runtime to work in.
    #[error("netlink needs a tokio runtime with I/O and time: make the executor inside of one")]
    NoRuntime,
    /// The kernel does not say how its links stand.
    #[error("the kernel does not say how its links stand: {0}")]
    Unanswered(String),
    /// The kernel gives no netlink socket.
    #[error("cannot open a netlink route socket: {0}; the kernel or a sandbox may forbid the address family AF_NETLINK")]
    Socket(#[from] io::Error),
}

/// The executor for real Linux links. Its work is done by one task; dropping it puts everything back as `shutdown` does.
#[derive(Debug)]
pub struct Netlink {
    executor: ExecutorId,
    capabilities: Capabilities,
    beginning: Beginning,
    orders: UnboundedSender<Order>,
    events: UnboundedReceiver<Event>,
}

impl Netlink {
    /// Starts to watch the interfaces of the profiles in the current network namespace. Nothing is changed before the first command.
    ///
    /// # Errors
    /// If a profile makes no sense, there is no tokio runtime, or the kernel gives no socket.
    pub fn new(options: Options, profiles: Vec<Profile>) -> Result<Self, NetlinkError> {
        profile::check(&profiles)?;
        if options.counters_every.is_zero() {
            return Err(NetlinkError::NoInterval);
        }
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| NetlinkError::NoRuntime)?;
        let (watch, connection, kernel) = task::sockets(&options)?;
        let (orders, taken) = unbounded_channel();
        let (told, events) = unbounded_channel();
        let (beginning, begun) = Beginning::new();
        let task = Task::new(options, profiles, (watch, kernel), begun, taken, told);
        runtime.spawn(async move {
            tokio::select! {
                () = connection => tracing::error!("netlink: the socket for requests was closed"),
                () = task.run() => {}
            }
        });
        let capabilities = rights::offered(rights::may_administrate());
        Ok(Self { executor: options.executor, capabilities, beginning, orders, events })
    }
}

impl Executor for Netlink {
    fn name(&self) -> &'static str {
        "netlink"
    }

    fn id(&self) -> ExecutorId {
        self.executor
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
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
