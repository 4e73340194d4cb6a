//! Which executor works through NetworkManager? This one: connection profiles over D-Bus, told by its signals and by the kernel.
//!
//! All of it was measured on NetworkManager 1.42.4. An access point is a connection profile, known by its UUID: object paths are others
//! after a restart. What is needed of the daemon is kept by its signals; nothing is polled. `survey` asks once and changes nothing.
//!
//! # States
//! See `map.rs`. Activated with carrier and a usable address is `Active`; could be activated now: `Discovered`; no device, no carrier,
//! out of range: `Defined`; no such profile, device unmanaged, no daemon: `Undefined`. Carrier and addresses are the kernel's word:
//! NetworkManager hears of a lost carrier from the same message, tells it 2.4 ms later, and takes the connection down after 6 s, until
//! when its routes lead into the dead link. A carrier that is back before that makes the link Active again. Each change the kernel tells is
//! told, also when several are heard at once: a device that is deleted is taken down, then vanished.
//!
//! # Raise
//! `ActivateConnection`; its outcome is told by signals, many of which come before its reply. A profile that is active or on its way
//! up is joined, not activated again: that would tear it down. Without a carrier NetworkManager waits for one, as the hub does: until
//! `Lower`; an activation it calls off because the carrier is lost just then is asked for again. What it gives as the reason of a failure becomes the cause; a wrong 802.1X password takes it `auth-retries` times
//! `802-1x.auth-timeout` (75 s) to call one, which the hub does not wait for.
//!
//! A raised link pushes no default route aside: before it is activated, an additional default route is put before those that are
//! there, through the interface that has the default route, and stays as long as a link of ours is up and none is preferred. The
//! profile itself is never changed: to give it a metric in memory and to put it back means that NetworkManager rewrites the user's
//! file, and a crash in between would leave it changed.
//!
//! # Lower
//! `DeactivateConnection`, of a link of ours or (`stop`) of one that was active before. NetworkManager then does not activate the profile
//! by itself any more until somebody activates it. At the end links that were active before are activated again, those of ours
//! deactivated. What cannot be put back: a profile with `autoconnect` that had no carrier when it was raised is not activated by
//! NetworkManager itself after our `Lower`, before it is activated once or NetworkManager starts again; nothing else lifts that.
//!
//! # Prefer
//! See `prefer.rs`: NetworkManager's own `Reapply` with another metric where that interrupts nothing, else an additional default route
//! that NetworkManager leaves alone. What it needs: `CAP_NET_ADMIN` for the additional route, without it all is done by `Reapply`.
//!
//! # What NetworkManager and others do meanwhile
//! Followed, never fought: autoconnect, `nmcli`, a desktop's applet activating and deactivating (`TakenDown`, or Active and not ours),
//! another profile taking the device, a profile edited (used at the next activation) or deleted (`Removed`), a metric changed (the
//! preferred link is put before it again). Held off: autoconnect of a profile we lowered, by NetworkManager's own rule above.
//! NetworkManager has no failover of its own between links that are up but the order of metrics, and that is the hub's with `Prefer`.
//!
//! # The daemon
//! Lost: `Gone` once. A daemon that ends in order takes its objects away first; that is not a loss of every link. Back: all is asked
//! anew, again while it refuses (15 ms), told when it has looked for its devices (`Startup`), or after 3 s. What was under way is
//! carried on. No bus: it is tried again, at most every 5 s.
//!
//! # After a process that was killed
//! NetworkManager goes on with what it was told. An active connection that is noted, or one in its place after a restart of
//! NetworkManager, is ours again: joined while it is on its way up, deactivated by `Lower`. One that was activated by others since has
//! another path, and is left alone. Additional default routes and metrics are noted too. Cautious reading, without a note: the
//! connection is ours, default routes and metrics are not touched and go with it.
//!
//! # What is what
//! Ethernet, veth (type 20), bridges, bonds, VLANs and the like are `Ethernet`; a modem is named after the best it can; WireGuard,
//! tun and IP tunnels are `Vpn`. Profiles of VPN plugins (`vpn`) are listed and never raised: they have no device of their own
//! (`CannotStartStop`). The same for ports of bridges and bonds, which go with their controller, and for `lo`, which is always active.
//! Devices NetworkManager does not manage are left to others (`CannotStartStop`).

mod act;
mod adopt;
mod answer;
mod attributes;
mod dump;
mod end;
mod extra;
mod find;
mod hear;
mod kernel;
mod link;
mod map;
mod note;
mod objects;
mod prefer;
mod profile;
mod proxy;
mod reapply;
mod survey;
mod sync;
mod task;
mod tell;
mod watch;

pub use profile::Profile;
pub use survey::{Found, FoundDevice, Survey, survey};

use crate::executor::{Event, Executor, Left, Notebook};
use crate::left::Beginning;
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
    beginning: Beginning,
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
        let (beginning, begun) = Beginning::new();
        let task = Task::new(options, profiles, (watch, Kernel(handle)), begun, taken, told);
        runtime.spawn(async move {
            tokio::select! {
                () = connection => tracing::error!("networkmanager: the socket for requests to the kernel was closed"),
                () = task.run() => {}
            }
        });
        Ok(Self { executor: options.executor, beginning, orders, events })
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
