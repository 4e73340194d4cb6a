//! How does a link come by an IPv4 address of its network, and keep it? A DHCP client in a task of its own, one a link.
//!
//! The client is `mozim` 0.3.4: discovery, request, renewal (unicast at T1), rebinding (broadcast at T2), verification of a lease after
//! the cable was out (INIT-REBOOT), release. What it does not do, read in its source and measured, is done here:
//! - it drops every DHCPNAK but that of INIT-REBOOT: a refused request is repeated for ever, a refused renewal keeps the address until
//!   the lease runs out. `refusal.rs` hears them, and the client starts anew (RFC 2131 §3.1, §4.4.5);
//! - it retries for ever without permission for its packet socket: ours is opened first and tells;
//! - its time limit counts renewals too and forgets that the lease still holds: limits are kept here, by the clock that runs;
//! - it releases to `siaddr`, which is the next boot server and may be 0.0.0.0, and over a UDP socket whose packet waits for ARP and
//!   is lost when the link goes down: the release goes to the server identifier, over the packet socket.
//!
//! It waits up to 200 ms before its first discovery (RFC 2131 §4.4.1 wants up to ten seconds), 3 to 5 s before the second.
//! Within the last minute before T2, and before the end, it asks once: with leases of less than two minutes a lost renewal means a
//! rebinding, and a lost rebinding the end of the lease. Its timers count suspended time: a lease that ran out in one is lost at the
//! end of it.

mod lease;
mod refusal;
mod work;

pub(super) use lease::Lease;

use std::io;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use work::Work;

/// A release is one packet; it never takes this long.
const RELEASE: Duration = Duration::from_secs(1);

/// What a client tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// A lease was given, renewed or changed.
    Held(Lease),
    /// The lease ran out or was refused; a new one is being asked for.
    Lost,
    /// No lease in time; the client ended.
    GaveUp,
}

/// On whose behalf a client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Applicant {
    /// Index of the interface.
    pub(super) index: u32,
    /// Its address in the link layer.
    pub(super) hardware: [u8; 6],
}

/// A lease of a client before this one, and how long it still holds; `None`: for ever.
pub(super) type Taken = (Lease, Option<Duration>);

enum Order {
    Verify,
    Release,
}

/// A client under way. Dropped, it ends without a word to the server.
#[derive(Debug)]
pub(super) struct Client {
    /// Tells its news from those of the clients before it.
    pub(super) serial: u64,
    orders: UnboundedSender<Order>,
    task: JoinHandle<()>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Client {
    /// Starts to ask for a lease, and gives up after `patience` without one. A lease that was `taken` over from a client before is
    /// held, and it is asked whether it is good here.
    ///
    /// The error is that of the packet socket: `PermissionDenied` without `CAP_NET_RAW`.
    pub(super) fn start(
        serial: u64,
        interface: &str,
        applicant: Applicant,
        patience: Duration,
        taken: Option<Taken>,
        news: UnboundedSender<(u64, News)>,
    ) -> io::Result<Self> {
        let (orders, given) = unbounded_channel();
        let work = Work::new(interface, applicant, patience, taken, given)?;
        let tell = move |told| drop(news.send((serial, told)));
        Ok(Self { serial, orders, task: tokio::spawn(work.run(tell)) })
    }

    /// The cable was out: asks whether the lease still holds where it is now, or, without one, asks anew at once.
    pub(super) fn verify(&self) {
        let _ = self.orders.send(Order::Verify);
    }

    /// Gives the lease back, if there is one, and ends. The address must not be used any more.
    pub(super) async fn release(mut self) {
        let _ = self.orders.send(Order::Release);
        if timeout(RELEASE, &mut self.task).await.is_err() {
            tracing::warn!("netlink: a DHCP lease could not be given back in time; the server keeps it until it runs out");
        }
    }
}
