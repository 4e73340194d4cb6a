//! What happens in which order? The one task that owns the bus and the sockets: takes orders, hears everybody, reports.

use super::kernel::Facts;
use super::link::{Link, Want};
use super::note::Book;
use super::objects::{Managed, Objects};
use super::prefer::Routing;
use super::proxy::Bus;
use super::sync::{Presence, Sync};
use super::{Options, Profile, objects};
use crate::executor::{Event, Left, Notebook};
use crate::netlink::request::Kernel;
use crate::netlink::watch::{Told, Watch};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use netsession_fsm::hub::Command;
use netsession_fsm::words::{AccessPointId, OperationId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use zbus::MessageStream;
use zbus::message::{Message, Sequence};

/// What the front asks of the task.
#[derive(Debug)]
pub(super) enum Order {
    /// A command of the hub.
    Do(Command),
    /// Put everything back and end.
    End,
}

/// What comes of something that was asked.
pub(super) enum Answer {
    /// The bus was called, and said whether NetworkManager runs.
    Connected(zbus::Result<(Bus, MessageStream, bool)>),
    /// All objects, the answer's place among the signals, and who answered.
    Managed(zbus::Result<(Sequence, Managed, String)>),
    /// The settings of the profile at a path.
    Profile(String, zbus::Result<objects::Profile>),
    /// A link's activation was taken, or refused.
    Activated(usize, zbus::Result<String>),
    /// A link's deactivation was taken, or refused.
    Deactivated(usize, zbus::Result<()>),
    /// What an earlier process left of an access point that is no more was deactivated, or could not be.
    Dropped(zbus::Result<()>),
    /// The routes of the device at a path are being applied with other metrics.
    Reapplied(String, zbus::Result<()>),
    /// A device was asked to scan.
    Scanned(String, zbus::Result<()>),
}

/// What time brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// Try to reach the bus again.
    Connect,
    /// NetworkManager had time enough to take new devices.
    Fresh,
    /// NetworkManager had time enough to go.
    Leaving,
    /// Ask NetworkManager again.
    Ask,
    /// NetworkManager had time enough to find its devices.
    Startup,
    /// Scans had time enough.
    Scan,
    /// Routes had time enough to be applied.
    Reapply,
    /// The end has had time enough.
    End,
}

/// The executor's task.
pub(super) struct Task {
    pub(super) options: Options,
    pub(super) links: Vec<Link>,
    pub(super) objects: Objects,
    pub(super) facts: Facts,
    pub(super) kernel: Kernel,
    pub(super) routing: Routing,
    pub(super) presence: Presence,
    pub(super) sync: Sync,
    pub(super) bus: Option<Bus>,
    pub(super) stream: Option<MessageStream>,
    pub(super) timers: BTreeMap<Timer, Instant>,
    /// How long to wait before the bus is tried again.
    pub(super) patience: Duration,
    /// Answers to questions of an earlier era are of nobody's interest.
    pub(super) era: u64,
    pub(super) ending: bool,
    /// A refresh under way, and the devices that scan.
    pub(super) refresh: Option<(OperationId, BTreeSet<String>)>,
    /// Events of the kernel were lost.
    pub(super) overrun: bool,
    /// Where it is written down what the next process has to know if this one is killed.
    pub(super) notebook: Notebook,
    /// What an earlier process left, until NetworkManager has told what there is.
    pub(super) inherited: Option<(Left, Book)>,
    /// What an earlier process left, once that is said.
    begun: oneshot::Receiver<(Left, Notebook)>,
    calls: FuturesUnordered<BoxFuture<'static, (u64, Answer)>>,
    orders: UnboundedReceiver<Order>,
    events: UnboundedSender<Event>,
    watch: Watch,
    /// Links whose counters are to be told.
    count: Vec<usize>,
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
        Self {
            options,
            links: profiles.into_iter().map(Link::new).collect(),
            objects: Objects::default(),
            facts: Facts::default(),
            kernel,
            routing: Routing::default(),
            presence: Presence::Untold,
            sync: Sync::Without,
            bus: None,
            stream: None,
            timers: BTreeMap::new(),
            patience: Duration::ZERO,
            era: 0,
            ending: false,
            refresh: None,
            overrun: true,
            notebook: Notebook::closed(),
            inherited: None,
            begun,
            calls: FuturesUnordered::new(),
            orders,
            events,
            watch,
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
        self.connect();
        loop {
            self.settle().await;
            if self.ending && self.is_over() {
                break;
            }
            let active = self.links.iter().any(Link::was_active);
            let next = self.timers.values().min().copied();
            tokio::select! {
                told = self.watch.next() => match told {
                    Ok(told) => self.hear_kernel(&told),
                    Err(error) => {
                        tracing::error!(%error, "networkmanager: the kernel's events cannot be read any more; putting everything back");
                        break;
                    }
                },
                message = next_message(&mut self.stream) => {
                    self.absorb();
                    self.hear_bus(message);
                }
                Some((era, answer)) = self.calls.next(), if !self.calls.is_empty() => {
                    self.absorb();
                    self.drain();
                    if era == self.era {
                        self.take(answer);
                    }
                }
                order = self.orders.recv(), if !self.ending => self.accept(order.unwrap_or(Order::End)),
                _ = tick.tick(), if active => self.count.extend(0..self.links.len()),
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => self.ring(),
            }
        }
        self.end().await;
        self.note();
    }

    /// Goes on with everything that can go on, then says what is new.
    async fn settle(&mut self) {
        if std::mem::take(&mut self.overrun) {
            self.ask_kernel().await;
        }
        for at in 0..self.links.len() {
            self.advance(at).await;
        }
        self.steer().await;
        self.note();
        self.tell_all_news();
        for at in std::mem::take(&mut self.count) {
            self.tell_counters(at).await;
        }
    }

    /// Asks something; the answer comes when it comes.
    pub(super) fn ask(&self, answer: impl Future<Output = Answer> + Send + 'static) {
        let era = self.era;
        self.calls.push(answer.map(move |answer| (era, answer)).boxed());
    }

    /// Hears what the kernel told up to now: NetworkManager tells of things after they were done.
    pub(super) fn absorb(&mut self) {
        while let Ok(Some(told)) = self.watch.at_once() {
            self.hear_kernel(&told);
        }
    }

    /// What becomes of links by it is told at once: of things that happen one after the other each is told, however many are heard together.
    fn hear_kernel(&mut self, told: &[Told]) {
        for told in told {
            self.overrun |= *told == Told::Overrun;
            self.facts.apply(told);
            self.routing.hear(told);
        }
        if !self.overrun {
            self.tell_all_news();
        }
    }

    /// Hears what the bus brought up to now: what was said before an answer comes before it.
    fn drain(&mut self) {
        while let Some(message) = self.stream.as_mut().and_then(|stream| stream.next().now_or_never()) {
            self.hear_bus(message);
        }
    }

    fn hear_bus(&mut self, message: Option<zbus::Result<Message>>) {
        match message {
            Some(Ok(message)) => self.hear(&message),
            Some(Err(error)) => self.disconnected(&error.to_string()),
            None => self.disconnected("the connection was closed"),
        }
    }

    fn accept(&mut self, order: Order) {
        let command = match order {
            Order::Do(command) => command,
            Order::End => return self.begin_end(),
        };
        match command {
            Command::Raise { op, access_point } => self.want(access_point, op, Want::Up),
            Command::Lower { op, access_point } => self.want(access_point, op, Want::Down),
            Command::Prefer { op, access_point } => self.routing.ask(op, access_point),
            Command::Refresh { op, .. } => self.scan(op),
        }
    }

    fn want(&mut self, access_point: AccessPointId, op: OperationId, want: Want) {
        match self.links.iter_mut().find(|link| link.profile.access_point == access_point) {
            Some(link) => link.waiting.push_back((op, want)),
            None => tracing::error!(%access_point, "networkmanager: told of an access point of somebody else"),
        }
    }

    /// Counters of a link are to be told.
    pub(super) fn count_again(&mut self, at: usize) {
        self.count.push(at);
    }

    /// Counters of all links are to be told.
    pub(super) fn count_all(&mut self) {
        self.count.extend(0..self.links.len());
    }

    /// Whether anything asked has not been answered.
    pub(super) fn is_asking(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Forgets what was asked.
    pub(super) fn forget_calls(&mut self) {
        self.calls.clear();
        self.era += 1;
    }

    /// Tells the drive loop; if it is gone, the end of the channel of orders says so.
    pub(super) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

/// The next message, if there is a bus.
async fn next_message(stream: &mut Option<MessageStream>) -> Option<zbus::Result<Message>> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}
