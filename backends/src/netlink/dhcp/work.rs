//! What does a DHCP client do next, and what does it make of each answer? The task around `mozim`.

use super::lease::Lease;
use super::refusal::Refusals;
use super::{Applicant, News, Order, Taken};
use mozim::{DhcpError, DhcpV4Client, DhcpV4Config, DhcpV4Lease, DhcpV4State};
use std::future::pending;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

/// Between two attempts with a server that refuses, or gives what cannot be used.
const PAUSE: Duration = Duration::from_secs(1);

/// What the client is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// For a lease.
    Asking,
    /// Whether the lease it holds is good here.
    Verifying,
    /// Nothing, until T1.
    Holding,
    /// Its own server for more time.
    Renewing,
    /// Any server for more time.
    Rebinding,
}

/// A client at work.
pub(super) struct Work {
    config: DhcpV4Config,
    applicant: Applicant,
    client: DhcpV4Client,
    /// Open while an answer is expected.
    refusals: Option<Refusals>,
    /// The lease, as the server gave it over the packet socket: only then it tells where a release goes.
    held: Option<DhcpV4Lease>,
    /// When it is lost, or before there is one, when to give up.
    deadline: Option<Instant>,
    /// No packet before.
    not_before: Instant,
    /// The last answer was a refusal.
    refused_before: bool,
    phase: Phase,
    orders: UnboundedReceiver<Order>,
}

/// What the client is to do next.
enum Next {
    Order(Option<Order>),
    Refused(Option<Ipv4Addr>),
    Deadline,
    State(Result<DhcpV4State, DhcpError>),
}

impl Work {
    /// A client that has `patience` until its first lease. Opens its packet socket, which needs `CAP_NET_RAW`.
    pub(super) fn new(
        interface: &str,
        applicant: Applicant,
        patience: Duration,
        taken: Option<Taken>,
        orders: UnboundedReceiver<Order>,
    ) -> io::Result<Self> {
        let refusals = Refusals::open(applicant.index, applicant.hardware)?;
        let mut config = DhcpV4Config::new(interface);
        config.set_iface_index(applicant.index).set_iface_mac_raw(&applicant.hardware).map_err(io::Error::other)?;
        config.use_mac_as_client_id();
        Ok(Self {
            config,
            applicant,
            client: DhcpV4Client::default(),
            refusals: Some(refusals),
            held: taken.as_ref().map(|(lease, _)| lease.of_another_client()),
            deadline: match taken {
                Some((_, remaining)) => remaining.and_then(|remaining| Instant::now().checked_add(remaining)),
                None => Instant::now().checked_add(patience),
            },
            not_before: Instant::now(),
            refused_before: false,
            phase: Phase::Asking,
            orders,
        })
    }

    /// Works until told to release, or nobody is there to tell it, or no lease comes in time.
    pub(super) async fn run(mut self, tell: impl Fn(News)) {
        let mut had_one = self.held.is_some();
        self.begin(self.held.clone()).await;
        loop {
            match self.next().await {
                Next::Order(Some(Order::Verify)) => self.begin(self.held.clone()).await,
                Next::Order(Some(Order::Release)) => return self.give_back().await,
                Next::Order(None) => return,
                Next::Refused(server) => self.refused(server, &tell).await,
                Next::Deadline if !had_one => return tell(News::GaveUp),
                Next::Deadline => self.lose("the DHCP lease ran out", &tell).await,
                Next::State(Ok(DhcpV4State::Done(lease))) => {
                    (self.refusals, self.phase) = (None, Phase::Holding);
                    had_one |= self.take(*lease, &tell).await;
                }
                Next::State(Ok(DhcpV4State::Renewing)) => self.listen(Phase::Renewing),
                Next::State(Ok(DhcpV4State::Rebinding)) => self.listen(Phase::Rebinding),
                // nobody said whether the lease is good here: it is kept while a new one is asked for
                Next::State(Ok(DhcpV4State::InitReboot)) if self.phase == Phase::Rebinding => {
                    self.lose("the DHCP lease ran out", &tell).await
                }
                Next::State(Ok(DhcpV4State::InitReboot | DhcpV4State::Selecting)) => {}
                Next::State(Err(error)) => {
                    tracing::warn!(interface = self.config.iface_name, %error, "netlink: the DHCP client failed; starting it anew");
                    self.not_before = Instant::now() + PAUSE;
                    self.begin(self.held.clone()).await;
                }
            }
        }
    }

    async fn next(&mut self) -> Next {
        let deadline = async {
            match self.deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => pending().await,
            }
        };
        let refused = async {
            match &self.refusals {
                Some(refusals) => refusals.next().await,
                None => pending().await,
            }
        };
        // losing the future of `run` loses nothing: it begins where its state says, with a new packet
        let state = async {
            sleep_until(self.not_before).await;
            self.client.run().await
        };
        let refused = tokio::select! {
            biased;
            order = self.orders.recv() => return Next::Order(order),
            () = deadline => return Next::Deadline,
            refused = refused => refused,
            state = state => return Next::State(state),
        };
        match refused {
            Ok(server) => Next::Refused(server),
            Err(error) => {
                tracing::warn!(interface = self.config.iface_name, %error, "netlink: refusals of DHCP servers cannot be heard");
                self.refusals = None;
                Box::pin(self.next()).await
            }
        }
    }

    /// A new client: verifies `lease`, or discovers one.
    async fn begin(&mut self, lease: Option<DhcpV4Lease>) {
        self.listen(if lease.is_some() { Phase::Verifying } else { Phase::Asking });
        match DhcpV4Client::init(self.config.clone(), lease).await {
            Ok(client) => self.client = client,
            Err(error) => tracing::error!(interface = self.config.iface_name, %error, "netlink: no DHCP client"),
        }
    }

    /// An answer is expected.
    fn listen(&mut self, phase: Phase) {
        self.phase = phase;
        if self.refusals.is_none() {
            let opened = Refusals::open(self.applicant.index, self.applicant.hardware);
            self.refusals = opened.inspect_err(|error| tracing::warn!(%error, "netlink: refusals of DHCP servers cannot be heard")).ok();
        }
    }

    /// Takes a lease, unless it is of no use; tells whether there is one.
    async fn take(&mut self, given: DhcpV4Lease, tell: &impl Fn(News)) -> bool {
        let lease = match Lease::read(&given) {
            Ok(lease) => lease,
            Err(what) => {
                let (server, interface) = (given.srv_id, &self.config.iface_name);
                tracing::warn!(interface, %server, what, "netlink: a DHCP lease that cannot be used; asking again");
                let held = self.held.replace(given).is_some();
                self.give_back().await;
                self.not_before = Instant::now() + PAUSE;
                if held {
                    self.lose("the DHCP lease became unusable", tell).await;
                } else {
                    self.begin(None).await;
                }
                return false;
            }
        };
        self.refused_before = false;
        self.deadline = lease.lifetime.and_then(|lifetime| Instant::now().checked_add(lifetime));
        // what a renewal by unicast gave does not tell where the server is: the first answer did
        let same = |held: &DhcpV4Lease| (held.srv_id, held.yiaddr) == (given.srv_id, given.yiaddr);
        if !self.held.as_ref().is_some_and(same) {
            self.held = Some(given);
        }
        tell(News::Held(lease));
        true
    }

    async fn refused(&mut self, server: Option<Ipv4Addr>, tell: &impl Fn(News)) {
        let of_another = matches!((&self.held, server), (Some(held), Some(server)) if held.srv_id != server);
        if of_another && self.phase == Phase::Renewing {
            return;
        }
        // the first one is an answer; a server that goes on refusing is not asked as fast as it answers
        if std::mem::replace(&mut self.refused_before, true) {
            self.not_before = Instant::now() + PAUSE;
        }
        if self.held.is_some() {
            self.lose("a DHCP server refused the lease", tell).await;
        } else {
            tracing::warn!(interface = self.config.iface_name, ?server, "netlink: a DHCP server refused what it offered; asking anew");
            self.begin(None).await;
        }
    }

    async fn lose(&mut self, why: &str, tell: &impl Fn(News)) {
        tracing::warn!(interface = self.config.iface_name, "netlink: {why}");
        (self.held, self.deadline) = (None, None);
        tell(News::Lost);
        self.begin(None).await;
    }

    async fn give_back(&mut self) {
        let Some(mut lease) = self.held.take() else { return };
        if !lease.srv_id.is_unspecified() {
            lease.siaddr = lease.srv_id;
        }
        // without a lease of its own the client uses its packet socket
        self.client.clean_up();
        if let Err(error) = self.client.release(&lease).await {
            tracing::warn!(interface = self.config.iface_name, %error, "netlink: a DHCP lease could not be given back");
        }
    }
}
