//! What happens in which order? The one task that owns the bus and the sockets: takes orders, hears everybody, reports.

use super::kernel::Facts;
use super::link::{Link, Want};
use super::map::{self, Activation, Line, View};
use super::objects::{Device, Managed, Objects};
use super::prefer::Routing;
use super::proxy::Bus;
use super::sync::{Presence, Sync};
use super::{Options, Profile, objects};
use crate::executor::{Attributes, Carrier, Connectivity, Event};
use crate::netlink::request::Kernel;
use crate::netlink::watch::{Told, Watch};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
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
    /// All objects, and the answer's place among the signals.
    Managed(zbus::Result<(Sequence, Managed)>),
    /// The settings of the profile at a path.
    Profile(String, zbus::Result<objects::Profile>),
    /// A link's activation was taken, or refused.
    Activated(usize, zbus::Result<String>),
    /// A link's deactivation was taken, or refused.
    Deactivated(usize, zbus::Result<()>),
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
            calls: FuturesUnordered::new(),
            orders,
            events,
            watch,
            count: Vec::new(),
        }
    }

    /// Works until told to end, or until nobody is there to tell it; then puts everything back.
    pub(super) async fn run(mut self) {
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
        for at in 0..self.links.len() {
            self.tell_news(at);
        }
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

    fn hear_kernel(&mut self, told: &[Told]) {
        for told in told {
            self.overrun |= *told == Told::Overrun;
            self.facts.apply(told);
            self.routing.hear(told);
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

    /// The device a link is on, or would be raised on.
    pub(super) fn device(&self, link: &Link) -> Option<(&str, &Device)> {
        let uuid = link.uuid.as_deref()?;
        let profile = self.objects.profile(uuid);
        let wanted = link.profile.interface.as_deref().or_else(|| profile.and_then(|(_, profile)| profile.interface.as_deref()));
        let active = self.objects.active(uuid, link.profile.interface.as_deref()).and_then(|(_, active)| active.device.as_ref());
        if let Some((path, device)) = active.and_then(|path| self.objects.devices.get_key_value(path)) {
            return Some((path, device));
        }
        match wanted {
            Some(interface) => self.objects.device_of(interface),
            None => self.objects.offering(profile?.0),
        }
    }

    /// How a link stands, and why.
    pub(super) fn state(&self, at: usize) -> (ConfigurationState, Cause) {
        map::state(&self.view(&self.links[at]))
    }

    fn view(&self, link: &Link) -> View {
        /// `NM_DEVICE_TYPE_BT`, `NM_DEVICE_TYPE_MODEM`: they have an interface only while they are connected.
        const WITHOUT_INTERFACE: [u32; 2] = [5, 8];
        let profile = link.uuid.as_deref().and_then(|uuid| self.objects.profile(uuid));
        // of a cable that was pulled out NetworkManager still has the device for a moment
        let device = self.device(link).map(|(_, device)| device).filter(|device| device.real || map::is_software(device.kind));
        let line = match device {
            Some(device) => match self.facts.line(device.line()) {
                Line::Missing if WITHOUT_INTERFACE.contains(&device.kind) => Line::Up,
                line => line,
            },
            None => Line::Missing,
        };
        let index = device.and_then(|device| self.facts.index(device.line()));
        let active = link.uuid.as_deref().and_then(|uuid| self.objects.active(uuid, link.profile.interface.as_deref()));
        View {
            daemon: self.sync == Sync::Done,
            profile: profile.is_some(),
            usable: profile.is_some_and(|(_, profile)| profile.usable()),
            activation: active.map(|(_, active)| active.activation),
            place: device.map(|device| self.objects.place(device, profile.map_or("", |(path, _)| path))),
            line,
            address: index.is_some_and(|index| !self.facts.addresses(index).is_empty()),
        }
    }

    /// Whether what comes and goes on a link is of our making: its routes are applied anew, and it did not lose its carrier.
    fn is_reapplying(&self, at: usize) -> bool {
        let view = self.view(&self.links[at]);
        self.links[at].reapplying && view.line == Line::Up && view.activation == Some(Activation::Activated)
    }

    /// Says what is new of a link: attributes, carrier, report, in this order.
    pub(super) fn tell_news(&mut self, at: usize) {
        match (self.presence, self.sync == Sync::Done) {
            (Presence::Here, true) | (Presence::Absent, false) => {}
            (Presence::Here, false) | (Presence::Untold | Presence::Absent | Presence::Gone, _) => return,
        }
        let state = self.state(at);
        self.tell_attributes(at, state.0);
        if self.links[at].work.is_some() || self.is_reapplying(at) {
            return;
        }
        self.tell_carrier(at, state.0);
        let was_active = self.links[at].was_active();
        if let Some(report) = self.links[at].news(state) {
            if report.state == ConfigurationState::Active && !was_active {
                self.count.push(at);
            }
            self.tell(Event::Report(Report::Link(report)));
        }
    }

    /// Tells the carrier of an Active link, before the report that makes it Active and whenever it changes.
    pub(super) fn tell_carrier(&mut self, at: usize, state: ConfigurationState) {
        let carrier = (state == ConfigurationState::Active).then(|| self.carrier(&self.links[at])).flatten();
        let link = &mut self.links[at];
        let told = carrier.clone().filter(|carrier| link.carrier.as_ref() != Some(carrier));
        link.carrier = carrier;
        if let Some(carrier) = told {
            let access_point = link.profile.access_point;
            self.tell(Event::Carrier(access_point, carrier));
        }
    }

    fn carrier(&self, link: &Link) -> Option<Carrier> {
        let (_, device) = self.device(link)?;
        let index = self.facts.index(device.line())?;
        let gateway = [false, true].into_iter().find_map(|v6| self.facts.way_out(index, v6)?.gateway);
        let (interface, addresses) = (device.line().to_owned(), self.facts.addresses(index));
        Some(Carrier { interface, index, addresses, gateway, dns: self.objects.name_servers(device) })
    }

    /// Tells the attributes of a link if they changed.
    pub(super) fn tell_attributes(&mut self, at: usize, state: ConfigurationState) {
        let link = &self.links[at];
        let profile = link.uuid.as_deref().and_then(|uuid| self.objects.profile(uuid)).map(|(_, profile)| profile);
        let device = self.device(link).map(|(_, device)| device);
        let active = state == ConfigurationState::Active;
        let metered = device.filter(|_| active).map(|device| device.metered).or_else(|| profile.map(|profile| profile.metered));
        let interface = link.profile.interface.clone().or_else(|| profile.and_then(|profile| profile.interface.clone()));
        let attributes = Attributes {
            bearer: map::bearer(device.map(|device| (device.kind, device.capabilities)), profile.map_or("", |profile| &profile.kind)),
            metered: map::metered(metered.unwrap_or_default()),
            connectivity: match device {
                Some(device) if active => map::connectivity(self.objects.checks, device.connectivity.0, device.connectivity.1),
                Some(_) | None => Connectivity::Unknown,
            },
            interface: device.map(|device| device.line().to_owned()).or(interface),
        };
        if link.attributes.as_ref() != Some(&attributes) {
            let access_point = link.profile.access_point;
            self.links[at].attributes = Some(attributes.clone());
            self.tell(Event::Attributes(access_point, attributes));
        }
    }

    /// Tells the counters of a link that is Active.
    pub(super) async fn tell_counters(&mut self, at: usize) {
        let link = &self.links[at];
        let access_point = link.profile.access_point;
        let index = link.carrier.as_ref().map(|carrier| carrier.index).filter(|_| link.was_active() && self.presence == Presence::Here);
        let Some(index) = index else { return };
        if let Some(counters) = self.kernel.counters(index).await {
            self.tell(Event::Report(Report::Counters { access_point, counters }));
        }
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
