//! What happens in which order? The one task that owns the sockets: takes orders, hears the kernel, reports.

use super::dhcp::News;
use super::facts::Facts;
use super::link::Link;
use super::request::Kernel;
use super::watch::{DefaultRoute, Told, Watch};
use super::{Options, Profile};
use crate::executor::{Event, Left, Notebook};
use netsession_fsm::hub::{Command, Report};
use std::collections::VecDeque;
use std::io;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

/// What the front asks of the task.
#[derive(Debug)]
pub(super) enum Order {
    /// A command of the hub.
    Do(Command),
    /// Put everything back and end.
    End,
}

/// The executor's task.
pub(super) struct Task {
    pub(super) options: Options,
    pub(super) kernel: Kernel,
    pub(super) links: Vec<Link>,
    pub(super) facts: Facts,
    /// Default routes made by `Prefer`, at most one a family.
    pub(super) preferred: Vec<DefaultRoute>,
    /// Orders taken out of the channel and not carried out yet.
    waiting: VecDeque<Order>,
    orders: UnboundedReceiver<Order>,
    pub(super) events: UnboundedSender<Event>,
    pub(super) watch: Watch,
    /// What DHCP clients tell, with the number of the client.
    pub(super) news: UnboundedSender<(u64, News)>,
    leases: UnboundedReceiver<(u64, News)>,
    /// Number of the last DHCP client.
    pub(super) serial: u64,
    /// Strict reverse path filtering was looked for.
    pub(super) strictness_told: bool,
    /// It was said that there is no policy routing.
    pub(super) policy_refused: bool,
    /// Where it is written down what the next process has to know if this one is killed.
    pub(super) notebook: Notebook,
    /// What an earlier process left, once that is said.
    begun: oneshot::Receiver<(Left, Notebook)>,
    /// How many things the kernel told.
    heard: u64,
    /// Events were lost: nothing is reported until everything was asked again.
    pub(super) overrun: bool,
    /// Links whose counters are to be told.
    pub(super) count: Vec<usize>,
}

impl Task {
    pub(super) fn new(
        options: Options,
        profiles: Vec<Profile>,
        (watch, kernel): (Watch, Kernel),
        begun: oneshot::Receiver<(Left, Notebook)>,
        orders: UnboundedReceiver<Order>,
        events: UnboundedSender<Event>,
    ) -> Self {
        let links = profiles.into_iter().map(Link::new).collect();
        let (news, leases) = unbounded_channel();
        Self {
            options,
            kernel,
            links,
            facts: Facts::default(),
            preferred: Vec::new(),
            waiting: VecDeque::new(),
            orders,
            events,
            watch,
            news,
            leases,
            serial: 0,
            policy_refused: false,
            strictness_told: false,
            notebook: Notebook::closed(),
            begun,
            heard: 0,
            overrun: true,
            count: Vec::new(),
        }
    }

    /// Works until told to end, or until nobody is there to tell it; then puts everything back.
    pub(super) async fn run(mut self) {
        let Ok((left, notebook)) = (&mut self.begun).await else { return };
        self.adopt(left, notebook).await;
        let every = self.options.counters_every;
        let mut tick = interval_at(Instant::now() + every, every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.settle().await;
            if let Some(order) = self.waiting.pop_front() {
                let Order::Do(command) = order else { break };
                self.carry_out(command).await;
                continue;
            }
            let active = self.links.iter().any(Link::was_active);
            let overdue = self.next_to_give_up();
            tokio::select! {
                told = self.watch.next() => match told {
                    Ok(told) => self.take_in(&told, None),
                    Err(error) => {
                        tracing::error!(%error, "netlink: the kernel's events cannot be read any more; putting everything back");
                        break;
                    }
                },
                Some((serial, news)) = self.leases.recv() => self.hear_of_lease(serial, news).await,
                () = sleep_until(overdue.unwrap_or_else(Instant::now)), if overdue.is_some() => self.give_up_on_routers().await,
                order = self.orders.recv() => self.waiting.push_back(order.unwrap_or(Order::End)),
                _ = tick.tick(), if active => self.count.extend(0..self.links.len()),
            }
        }
        self.end().await;
    }

    /// Goes on with everything that can go on: a new start after lost events, raises under way, counters.
    async fn settle(&mut self) {
        loop {
            if self.overrun {
                self.resync().await;
            }
            let heard = self.heard;
            for at in 0..self.links.len() {
                self.advance(at).await;
            }
            self.let_go_of_lost().await;
            self.mend_policies().await;
            for at in std::mem::take(&mut self.count) {
                self.arrive(at).await;
            }
            if heard == self.heard && !self.overrun && self.count.is_empty() {
                return;
            }
        }
    }

    async fn carry_out(&mut self, command: Command) {
        self.absorb(None);
        match command {
            Command::Raise { op, access_point } => match self.find(access_point) {
                Some(at) => self.raise(at, op).await,
                None => tracing::error!(%access_point, "netlink: told to raise an access point of somebody else"),
            },
            Command::Lower { op, access_point } => match self.find(access_point) {
                Some(at) => self.lower(at, op).await,
                None => tracing::error!(%access_point, "netlink: told to lower an access point of somebody else"),
            },
            Command::Prefer { op, access_point } => {
                if self.is_newest_prefer() {
                    let result = self.prefer(access_point).await;
                    // a session that moves on leaves the old link with what it counted there
                    for at in 0..self.links.len() {
                        self.tell_counters(at).await;
                    }
                    self.absorb(None);
                    self.note();
                    if self.is_newest_prefer() {
                        self.tell(Event::Report(Report::Route { op, result }));
                    }
                }
            }
            // the kernel tells of every link by itself: there is nothing to scan, and all of it was heard just now
            Command::Refresh { op, executor } => self.tell(Event::Report(Report::Refreshed { op, executor })),
        }
    }

    /// Whether no newer `Prefer` waits (C10: only the newest is answered).
    fn is_newest_prefer(&mut self) -> bool {
        while let Ok(order) = self.orders.try_recv() {
            self.waiting.push_back(order);
        }
        !self.waiting.iter().any(|order| matches!(order, Order::Do(Command::Prefer { .. })))
    }

    fn find(&self, access_point: netsession_fsm::words::AccessPointId) -> Option<usize> {
        self.links.iter().position(|link| link.profile.access_point == access_point)
    }

    /// Hears what the kernel told up to now; the link that is `busy` with a command reports when that is done, all others at once.
    pub(super) fn absorb(&mut self, busy: Option<usize>) {
        loop {
            match self.watch.at_once() {
                Ok(Some(told)) => self.take_in(&told, busy),
                // an error will be met again, and dealt with, by whoever waits for the next event
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn take_in(&mut self, told: &[Told], busy: Option<usize>) {
        for told in told {
            self.heard += 1;
            self.overrun |= *told == Told::Overrun;
            self.hear(told);
            for at in (0..self.links.len()).filter(|at| Some(*at) != busy) {
                self.tell_news(at);
            }
        }
    }

    pub(super) fn hear(&mut self, told: &Told) {
        for link in &mut self.links {
            link.hear(told, &self.facts);
        }
        match told {
            Told::DefaultGone { route } => self.preferred.retain(|ours| ours != route),
            Told::LinkGone { index } | Told::Link { index, up: false, .. } => self.preferred.retain(|ours| ours.index != *index),
            Told::Default { route, replaced: true } => {
                self.preferred.retain(|ours| (ours.v6, ours.metric) != (route.v6, route.metric) || ours == route);
            }
            Told::Link { .. }
            | Told::Address { .. }
            | Told::AddressGone { .. }
            | Told::Default { .. }
            | Told::NameServers { .. }
            | Told::Overrun => {}
        }
        self.facts.apply(told);
    }
}

/// The socket for events, opened before the first question, and the one for requests.
pub(super) fn sockets(options: &Options) -> io::Result<(Watch, impl Future<Output = ()> + use<>, Kernel)> {
    let watch = Watch::open(options.receive_buffer)?;
    let (connection, handle, _) = rtnetlink::new_connection_with_strict_check()?;
    Ok((watch, connection, Kernel(handle)))
}
