//! What happens in which order? The one task that owns the sockets: takes orders, hears the kernel, reports.

use super::facts::Facts;
use super::link::Link;
use super::map;
use super::request::Kernel;
use super::watch::{DefaultRoute, Told, Watch};
use super::{Options, Profile};
use crate::executor::{Carrier, Event};
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::{ConfigurationState, OperationId};
use std::collections::VecDeque;
use std::io;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

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
    events: UnboundedSender<Event>,
    watch: Watch,
    /// How many things the kernel told.
    heard: u64,
    /// Events were lost: nothing is reported until everything was asked again.
    overrun: bool,
    /// Links whose counters are to be told.
    count: Vec<usize>,
}

impl Task {
    pub(super) fn new(
        options: Options,
        profiles: Vec<Profile>,
        (watch, kernel): (Watch, Kernel),
        orders: UnboundedReceiver<Order>,
        events: UnboundedSender<Event>,
    ) -> Self {
        let links = profiles.into_iter().map(Link::new).collect();
        let (facts, preferred, waiting, count) = (Facts::default(), Vec::new(), VecDeque::new(), Vec::new());
        Self { options, kernel, links, facts, preferred, waiting, orders, events, watch, heard: 0, overrun: true, count }
    }

    /// Works until told to end, or until nobody is there to tell it; then puts everything back.
    pub(super) async fn run(mut self) {
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
            tokio::select! {
                told = self.watch.next() => match told {
                    Ok(told) => self.take_in(&told, None),
                    Err(error) => {
                        tracing::error!(%error, "netlink: the kernel's events cannot be read any more; putting everything back");
                        break;
                    }
                },
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
            for at in std::mem::take(&mut self.count) {
                self.tell_counters(at).await;
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
                    self.absorb(None);
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

    fn hear(&mut self, told: &Told) {
        for link in &mut self.links {
            link.hear(told);
        }
        match told {
            Told::DefaultGone { route } => self.preferred.retain(|ours| ours != route),
            Told::LinkGone { index } | Told::Link { index, up: false, .. } => self.preferred.retain(|ours| ours.index != *index),
            Told::Default { route, replaced: true } => {
                self.preferred.retain(|ours| (ours.v6, ours.metric) != (route.v6, route.metric) || ours == route);
            }
            Told::Link { .. } | Told::Address { .. } | Told::AddressGone { .. } | Told::Default { .. } | Told::Overrun => {}
        }
        self.facts.apply(told);
    }

    /// Reports a link if there is something new to say of it. A raise under way is one change, reported when it ends; after lost
    /// events nothing is reported until everything was asked again.
    fn tell_news(&mut self, at: usize) {
        if self.overrun || self.links[at].raising.is_some() {
            return;
        }
        self.tell_carrier(at);
        let link = &mut self.links[at];
        let was_active = link.was_active();
        if let Some(report) = link.news(&self.facts) {
            if report.state == ConfigurationState::Active && !was_active {
                self.count.push(at);
            }
            self.tell(Event::Report(Report::Link(report)));
        }
    }

    /// Tells the carrier of an Active link, before the report that makes it Active and whenever it changes.
    fn tell_carrier(&mut self, at: usize) {
        let link = &mut self.links[at];
        let active = link.state(&self.facts).0 == ConfigurationState::Active;
        let carrier = active.then(|| map::carrier(&self.facts, &link.profile));
        let told = carrier.clone().filter(|carrier: &Carrier| link.carrier.as_ref() != Some(carrier));
        link.carrier = carrier;
        if let Some(carrier) = told {
            let access_point = link.profile.access_point;
            self.tell(Event::Carrier(access_point, carrier));
        }
    }

    /// Ends an operation on a link and reports it.
    pub(super) fn conclude(&mut self, at: usize, op: OperationId, failed: Option<netsession_fsm::words::Cause>) {
        self.absorb(Some(at));
        self.links[at].conclude(op, failed, &self.facts);
        self.tell_news(at);
    }

    /// Tells the counters of a link that is Active.
    pub(super) async fn tell_counters(&mut self, at: usize) {
        let link = &self.links[at];
        let access_point = link.profile.access_point;
        let Some((index, _)) = self.facts.by_name(&link.profile.interface).filter(|_| link.was_active()) else { return };
        if let Some(counters) = self.kernel.counters(index).await {
            self.tell(Event::Report(Report::Counters { access_point, counters }));
        }
    }

    /// Asks how everything stands and reports it in one `Resync` (C8). Events told meanwhile are newer than the answer.
    async fn resync(&mut self) {
        const ATTEMPTS: usize = 8;
        for _ in 0..ATTEMPTS {
            // what is queued is older than what we ask for now
            while matches!(self.watch.at_once(), Ok(Some(_))) {}
            self.overrun = false;
            if let Err(error) = self.ask_everything().await {
                tracing::error!(%error, "netlink: the kernel does not say how its links stand; what is reported may be out of date");
                break;
            }
            while let Ok(Some(told)) = self.watch.at_once() {
                for told in &told {
                    self.overrun |= *told == Told::Overrun;
                    self.hear(told);
                }
            }
            if !self.overrun {
                break;
            }
        }
        self.overrun = false;
        for at in 0..self.links.len() {
            self.tell_carrier(at);
        }
        let links = self.links.iter_mut().map(|link| link.again(&self.facts)).collect();
        self.tell(Event::Report(Report::Resync { executor: self.options.executor, links }));
        self.count.extend(0..self.links.len());
    }

    /// The kernel's answer replaces what we know; what of ours is not in it was taken away by others.
    async fn ask_everything(&mut self) -> Result<(), super::request::Refused> {
        let mut facts = Facts::default();
        for told in self.kernel.links().await? {
            facts.apply(&told);
        }
        for address in self.kernel.addresses().await? {
            if let Some(told) = super::watch::address(&address) {
                facts.apply(&told);
            }
        }
        let mut routes = self.kernel.default_routes(false).await?;
        routes.extend(self.kernel.default_routes(true).await?);
        self.facts = facts;
        self.preferred.retain(|ours| routes.contains(ours));
        for link in &mut self.links {
            link.found_again(&self.facts, &routes);
        }
        Ok(())
    }

    /// Tells the drive loop; if it is gone, the end of the channel of orders says so.
    pub(super) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

/// The socket for events, opened before the first question, and the one for requests.
pub(super) fn sockets(options: &Options) -> io::Result<(Watch, impl Future<Output = ()> + use<>, Kernel)> {
    let watch = Watch::open(options.receive_buffer)?;
    let (connection, handle, _) = rtnetlink::new_connection()?;
    Ok((watch, connection, Kernel(handle)))
}
