//! What happens in which order? The one task that owns the sockets: takes orders, hears ConnMan and the kernel, reports.

use super::link::Link;
use super::note::Book;
use super::prefer::Preference;
use super::proxy::{Bus, Question};
use super::reach::BACK_OFF;
use super::services::Services;
use super::{Abilities, Options, Profile};
use crate::executor::{Event, Left, Notebook};
use crate::netlink::onlooker::Onlooker;
use netsession_fsm::hub::Command;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};
use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// What the front asks of the task.
#[derive(Debug)]
pub(super) enum Order {
    /// A command of the hub.
    Do(Command),
    /// Put everything back and end.
    End,
}

/// Whether ConnMan is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nobody knows yet.
    Unknown,
    /// It is not.
    Away,
    /// It has come; what it lists may not be all until then.
    Starting { until: Instant, listed: bool },
    /// It is.
    There,
}

/// An attempt to reach the bus.
pub(super) type Reaching = Pin<Box<dyn Future<Output = zbus::Result<Bus>> + Send>>;

/// The executor's task.
pub(super) struct Task {
    pub(super) options: Options,
    pub(super) kernel: Onlooker,
    pub(super) links: Vec<Link>,
    pub(super) services: Services,
    pub(super) preference: Preference,
    pub(super) stage: Stage,
    pub(super) abilities: Abilities,
    /// When a raise last ended well: what ConnMan disconnects right after it makes room for it.
    pub(super) raised_at: Option<(Instant, String)>,
    /// Everything is being put back.
    pub(super) ending: bool,
    /// Services whose `AutoConnect` is being put back and that nothing else is done to.
    pub(super) restoring: usize,
    pub(super) bus: Option<Box<Bus>>,
    pub(super) reaching: Option<Reaching>,
    pub(super) back_off: Duration,
    /// The first `Resync` was told.
    pub(super) begun: bool,
    /// `Gone` was told, and no `Resync` since.
    pub(super) gone: bool,
    /// Orders not carried out yet.
    pub(super) waiting: VecDeque<Order>,
    /// Scans under way, with the number of questions that are not answered.
    pub(super) scans: Vec<(OperationId, usize)>,
    pub(super) orders: UnboundedReceiver<Order>,
    events: UnboundedSender<Event>,
    /// Counters of all links are to be told.
    pub(super) count: bool,
    /// Where it is written down what the next process has to know if this one is killed.
    pub(super) notebook: Notebook,
    /// What an earlier process left, and its note, until ConnMan has listed its services.
    pub(super) inherited: Option<(Left, Option<Book>)>,
    /// What an earlier process left, once that is said.
    beginning: oneshot::Receiver<(Left, Notebook)>,
}

impl Task {
    pub(super) fn new(
        options: Options,
        profiles: Vec<Profile>,
        kernel: Onlooker,
        abilities: Abilities,
        begun: oneshot::Receiver<(Left, Notebook)>,
        (orders, events): (UnboundedReceiver<Order>, UnboundedSender<Event>),
    ) -> Self {
        Self {
            options,
            kernel,
            links: profiles.into_iter().map(Link::new).collect(),
            services: Services::default(),
            preference: Preference::default(),
            stage: Stage::Unknown,
            abilities,
            raised_at: None,
            ending: false,
            restoring: 0,
            bus: None,
            reaching: Some(Box::pin(Bus::reach())),
            back_off: BACK_OFF.0,
            begun: false,
            gone: false,
            waiting: VecDeque::new(),
            scans: Vec::new(),
            orders,
            events,
            count: false,
            notebook: Notebook::closed(),
            inherited: None,
            beginning: begun,
        }
    }

    /// Works until told to end, or until nobody is there to tell it; then puts everything back.
    pub(super) async fn run(mut self) {
        let Ok((left, notebook)) = (&mut self.beginning).await else { return };
        self.adopt(left, notebook);
        let every = self.options.counters_every;
        let mut tick = interval_at(Instant::now() + every, every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.settle().await;
            if let Some(order) = self.next_order() {
                let Order::Do(command) = order else { break };
                self.carry_out(command).await;
                continue;
            }
            if self.ends_without_connman() {
                break;
            }
            let heard = self.next(Some(&mut tick)).await;
            if !self.take_in(heard).await {
                break;
            }
        }
        self.end().await;
        self.note();
    }

    /// The next order, if orders can be carried out: not between `Gone` and `Resync`, and not before it is known how things stand.
    fn next_order(&mut self) -> Option<Order> {
        let ready = self.begun && !self.gone && !matches!(self.stage, Stage::Starting { .. });
        if ready { self.waiting.pop_front() } else { None }
    }

    /// Whether the end waits and ConnMan is not there to put anything back.
    fn ends_without_connman(&self) -> bool {
        let absent = match self.stage {
            Stage::Starting { until, .. } => Instant::now() >= until,
            Stage::Unknown => true,
            Stage::Away | Stage::There => self.gone,
        };
        absent && self.waiting.iter().any(|order| matches!(order, Order::End))
    }

    /// Goes on with everything that can go on.
    pub(super) async fn settle(&mut self) {
        let mut all = false;
        if self.kernel.is_behind() {
            self.kernel.ask_everything().await;
            all = self.begun && !self.gone;
        }
        self.identify();
        if self.links.iter().any(Link::is_overdue) {
            self.links.iter_mut().for_each(Link::is_fresh);
            self.ask(Question::Services).await;
        }
        if self.is_silent() {
            self.resync();
        }
        if self.has_started() {
            self.stage = Stage::There;
            self.take_over().await;
            all = true;
        }
        if self.stage == Stage::There {
            while self.advance_all().await {}
        }
        if all && !matches!(self.stage, Stage::Starting { .. }) {
            self.resync();
            self.count = true;
        }
        if self.begun && !self.gone && !matches!(self.stage, Stage::Starting { .. }) {
            for at in 0..self.links.len() {
                self.tell_news(at);
            }
        }
        if self.stage == Stage::There {
            self.keep_routes().await;
            self.hold().await;
        }
        self.note();
        if std::mem::take(&mut self.count) {
            for at in 0..self.links.len() {
                self.tell_counters(at).await;
            }
        }
    }

    /// Whether a ConnMan that has just come has settled: it has listed the services, and none of ours is missing or on its way up.
    fn has_started(&self) -> bool {
        let Stage::Starting { until, listed: true } = self.stage else { return false };
        let steady = |link: &Link| {
            let (state, cause) = link.state(&self.services, &self.kernel);
            let connecting = link.service(&self.services).is_none_or(|service| service.state.is_connecting());
            state == ConfigurationState::Active || (!connecting && cause != Cause::CarrierLost)
        };
        Instant::now() >= until || !self.begun || self.links.iter().all(steady)
    }

    /// Whether nothing was told yet because ConnMan has its name and does not say what it lists.
    fn is_silent(&self) -> bool {
        let Stage::Starting { until, listed: false } = self.stage else { return false };
        !self.begun && Instant::now() >= until
    }

    async fn advance_all(&mut self) -> bool {
        let mut moved = false;
        for at in 0..self.links.len() {
            moved |= self.advance(at).await;
        }
        moved | self.advance_preference().await
    }

    async fn carry_out(&mut self, command: Command) {
        self.kernel.absorb();
        match command {
            Command::Raise { op, access_point } => match self.find(access_point) {
                Some(at) => self.raise(at, op).await,
                None => tracing::error!(%access_point, "connman: told to raise an access point of somebody else"),
            },
            Command::Lower { op, access_point } => match self.find(access_point) {
                Some(at) => self.lower(at, op).await,
                None => tracing::error!(%access_point, "connman: told to lower an access point of somebody else"),
            },
            Command::Prefer { op, access_point } => self.prefer(op, access_point).await,
            Command::Refresh { op, .. } => self.refresh(op).await,
        }
    }

    /// Whether no newer `Prefer` waits (C10: only the newest is answered).
    pub(super) fn is_newest_prefer(&mut self) -> bool {
        while let Ok(order) = self.orders.try_recv() {
            self.waiting.push_back(order);
        }
        !self.waiting.iter().any(|order| matches!(order, Order::Do(Command::Prefer { .. })))
    }

    pub(super) fn find(&self, access_point: AccessPointId) -> Option<usize> {
        self.links.iter().position(|link| link.profile.access_point == access_point)
    }

    /// Finds the services of all links, and which of them are history.
    pub(super) fn identify(&mut self) {
        for interface in self.kernel.lost() {
            for link in &mut self.links {
                link.lost(&interface, &self.services);
            }
        }
        for link in &mut self.links {
            link.identify(&self.services);
        }
    }

    /// State of a link, and why.
    pub(super) fn state(&self, at: usize) -> (ConfigurationState, Cause) {
        match self.stage {
            Stage::There | Stage::Starting { listed: true, .. } => self.links[at].state(&self.services, &self.kernel),
            Stage::Unknown | Stage::Away | Stage::Starting { listed: false, .. } => (ConfigurationState::Undefined, Cause::BackendGone),
        }
    }

    /// Unique name of the ConnMan that is there.
    pub(super) fn daemon(&self) -> String {
        self.bus.as_ref().map(|bus| bus.daemon.clone()).unwrap_or_default()
    }

    /// Asks ConnMan; a bus that is gone says so by itself.
    pub(super) async fn ask(&mut self, question: Question) {
        if let Some(bus) = &mut self.bus
            && let Err(error) = bus.ask(question).await
        {
            tracing::warn!(%error, "connman: a message could not be sent");
        }
    }

    /// Tells the drive loop; if it is gone, the end of the channel of orders says so.
    pub(super) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

/// Number of a command's operation.
pub(super) fn number(command: Command) -> OperationId {
    match command {
        Command::Raise { op, .. } | Command::Lower { op, .. } | Command::Prefer { op, .. } | Command::Refresh { op, .. } => op,
    }
}
