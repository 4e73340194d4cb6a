//! What happens in which order? The one task that owns the sockets: takes orders, hears ConnMan and the kernel, reports.

use super::link::{Doing, Link};
use super::prefer::Preference;
use super::proxy::{Bus, Question};
use super::services::Services;
use super::told::Told;
use super::{Abilities, Options, Profile};
use crate::executor::Event;
use crate::netlink::onlooker::Onlooker;
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};
use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, sleep_until, timeout_at};

/// How long a ConnMan that has just come may take to list the services again that it had.
const STARTING: Duration = Duration::from_secs(2);
/// Time between two attempts to reach the bus, at first and at last.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// How long ConnMan may take to put everything back.
const ENDING: Duration = Duration::from_secs(10);

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

/// Something that happened.
enum Heard {
    /// The kernel told something.
    Kernel(std::io::Result<()>),
    /// A message came over the bus; `None`: the bus is gone.
    Told(Option<Told>),
    /// The bus was reached, or not.
    Reached(zbus::Result<Bus>),
    /// The front wants something.
    Order(Order),
    /// Counters are to be told.
    Tick,
    /// Time passed.
    Nothing,
}

type Reaching = Pin<Box<dyn Future<Output = zbus::Result<Bus>> + Send>>;

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
    bus: Option<Bus>,
    reaching: Option<Reaching>,
    back_off: Duration,
    /// The first `Resync` was told.
    begun: bool,
    /// `Gone` was told, and no `Resync` since.
    gone: bool,
    /// Orders not carried out yet.
    waiting: VecDeque<Order>,
    /// Scans under way, with the number of questions that are not answered.
    pub(super) scans: Vec<(OperationId, usize)>,
    orders: UnboundedReceiver<Order>,
    events: UnboundedSender<Event>,
    /// Counters of all links are to be told.
    count: bool,
}

impl Task {
    pub(super) fn new(
        options: Options,
        profiles: Vec<Profile>,
        kernel: Onlooker,
        abilities: Abilities,
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
        }
    }

    /// Works until told to end, or until nobody is there to tell it; then puts everything back.
    pub(super) async fn run(mut self) {
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
            if self.gone && self.waiting.iter().any(|order| matches!(order, Order::End)) {
                break;
            }
            let heard = self.next(Some(&mut tick)).await;
            if !self.take_in(heard).await {
                break;
            }
        }
        self.end().await;
    }

    /// Waits for what happens next; without a clock, for no more orders. May be cancelled: nothing is lost.
    async fn next(&mut self, clock: Option<&mut Interval>) -> Heard {
        let starting = match self.stage {
            Stage::Starting { until, listed: true } => Some(until),
            _ => None,
        };
        let deadline = self.links.iter().filter_map(Link::deadline).chain(starting).min();
        let (active, takes_orders) = (self.links.iter().any(Link::was_active), clock.is_some());
        tokio::select! {
            biased;
            heard = self.kernel.heard() => Heard::Kernel(heard),
            told = told(&mut self.bus) => Heard::Told(told),
            reached = reached(&mut self.reaching) => Heard::Reached(reached),
            () = passed(deadline) => Heard::Nothing,
            order = self.orders.recv(), if takes_orders => Heard::Order(order.unwrap_or(Order::End)),
            () = ticked(clock), if active => Heard::Tick,
        }
    }

    /// Takes in what happened; false: the kernel says nothing any more.
    async fn take_in(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Kernel(Ok(())) | Heard::Nothing => {}
            Heard::Kernel(Err(error)) => {
                tracing::error!(%error, "connman: the kernel's events cannot be read any more; putting everything back");
                return false;
            }
            Heard::Told(told) => {
                // ConnMan hears of a link from the kernel, as we do
                self.kernel.absorb();
                self.identify();
                match told {
                    Some(told) => self.understand(told).await,
                    None => self.lose_bus(),
                }
            }
            Heard::Reached(reached) => self.take_bus(reached),
            Heard::Order(order) => self.waiting.push_back(order),
            Heard::Tick => self.count = true,
        }
        true
    }

    fn take_bus(&mut self, reached: zbus::Result<Bus>) {
        match reached {
            Ok(bus) => {
                (self.bus, self.reaching, self.back_off) = (Some(bus), None, BACK_OFF.0);
            }
            Err(error) => {
                tracing::debug!(%error, "connman: the system bus cannot be reached");
                self.try_again();
                if self.stage == Stage::Unknown {
                    tracing::warn!(%error, "connman: the system bus cannot be reached; trying again until it can");
                    self.set_away();
                }
            }
        }
    }

    fn lose_bus(&mut self) {
        tracing::warn!("connman: the connection to the system bus is gone");
        self.bus = None;
        self.try_again();
        self.set_away();
    }

    fn try_again(&mut self) {
        let pause = self.back_off;
        self.back_off = (self.back_off * 2).min(BACK_OFF.1);
        self.reaching = Some(Box::pin(async move {
            sleep(pause).await;
            Bus::reach().await
        }));
    }

    /// ConnMan came: ask what it has.
    pub(super) async fn set_there(&mut self) {
        let pause = if self.begun { STARTING } else { Duration::ZERO };
        self.stage = Stage::Starting { until: Instant::now() + pause, listed: false };
        self.ask(Question::Services).await;
    }

    /// ConnMan is not there, or is no more.
    pub(super) fn set_away(&mut self) {
        let before = std::mem::replace(&mut self.stage, Stage::Away);
        self.services = Services::default();
        self.restoring = 0;
        if before == Stage::There {
            self.put_aside();
            self.gone = true;
            self.tell(Event::Report(Report::Gone { executor: self.options.executor }));
        } else if !self.begun {
            self.resync();
        }
    }

    /// What was under way is begun again when ConnMan is back; raises that had failed already end then.
    fn put_aside(&mut self) {
        let mut again: Vec<Command> = self.preference.put_aside().into_iter().collect();
        let executor = self.options.executor;
        again.extend(std::mem::take(&mut self.scans).into_iter().map(|(op, _)| Command::Refresh { op, executor }));
        for link in &mut self.links {
            let access_point = link.profile.access_point;
            again.extend(link.next.take().map(|op| Command::Raise { op, access_point }));
            match std::mem::take(&mut link.doing) {
                Doing::Nothing => {}
                Doing::Raising(raising) => again.push(Command::Raise { op: raising.op, access_point }),
                Doing::Lowering(lowering) if lowering.failed.is_some() => link.ended = Some((lowering.op, lowering.failed)),
                Doing::Lowering(lowering) => again.push(Command::Lower { op: lowering.op, access_point }),
            }
        }
        again.retain(|command| number(*command) != OperationId(0));
        again.sort_by_key(|command| number(*command));
        for command in again.into_iter().rev() {
            self.waiting.push_front(Order::Do(command));
        }
    }

    /// The next order, if orders can be carried out: not between `Gone` and `Resync`, and not before it is known how things stand.
    fn next_order(&mut self) -> Option<Order> {
        let ready = self.begun && !self.gone && !matches!(self.stage, Stage::Starting { .. });
        if ready { self.waiting.pop_front() } else { None }
    }

    /// Goes on with everything that can go on.
    async fn settle(&mut self) {
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
        if self.has_started() {
            self.stage = Stage::There;
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
        }
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
        Instant::now() >= until || self.links.iter().all(steady)
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
            Stage::There | Stage::Starting { .. } => self.links[at].state(&self.services, &self.kernel),
            Stage::Unknown | Stage::Away => (ConfigurationState::Undefined, Cause::BackendGone),
        }
    }

    /// Asks ConnMan; a bus that is gone says so by itself.
    pub(super) async fn ask(&mut self, question: Question) {
        if let Some(bus) = &mut self.bus
            && let Err(error) = bus.ask(question).await
        {
            tracing::warn!(%error, "connman: a message could not be sent");
        }
    }

    /// Reports a link if there is something new to say of it. An operation under way is one change, reported when it ends.
    fn tell_news(&mut self, at: usize) {
        self.tell_attributes(at);
        if self.links[at].doing != Doing::Nothing {
            return;
        }
        let state = self.state(at);
        self.tell_carrier(at, state.0 == ConfigurationState::Active);
        let was_active = self.links[at].was_active();
        if let Some(report) = self.links[at].news(state) {
            self.count |= report.state == ConfigurationState::Active && !was_active;
            self.tell(Event::Report(Report::Link(report)));
        }
    }

    fn tell_attributes(&mut self, at: usize) {
        let link = &mut self.links[at];
        let access_point = link.profile.access_point;
        if let Some(attributes) = link.new_attributes(&self.services) {
            self.tell(Event::Attributes(access_point, attributes));
        }
    }

    fn tell_carrier(&mut self, at: usize, active: bool) {
        let link = &mut self.links[at];
        let access_point = link.profile.access_point;
        if let Some(carrier) = link.new_carrier(active, &self.services, &self.kernel) {
            self.tell(Event::Carrier(access_point, carrier));
        }
    }

    /// Ends an operation on a link and reports it.
    pub(super) fn conclude(&mut self, at: usize, op: OperationId, failed: Option<Cause>) {
        self.kernel.absorb();
        let (state, _) = self.state(at);
        self.links[at].conclude(op, state, failed);
        self.tell_news(at);
    }

    /// Tells the counters of a link that is Active.
    pub(super) async fn tell_counters(&mut self, at: usize) {
        let link = &self.links[at];
        let access_point = link.profile.access_point;
        let Some(device) = link.device(&self.kernel).filter(|_| link.was_active() && !self.gone) else { return };
        if let Some(counters) = self.kernel.counters(device.index).await {
            self.tell(Event::Report(Report::Counters { access_point, counters }));
        }
    }

    /// Reports how everything stands (C8).
    fn resync(&mut self) {
        (self.begun, self.gone) = (true, false);
        for at in 0..self.links.len() {
            self.tell_attributes(at);
            let active = self.state(at).0 == ConfigurationState::Active;
            self.tell_carrier(at, active);
        }
        let states: Vec<_> = (0..self.links.len()).map(|at| self.state(at)).collect();
        let links = self.links.iter_mut().zip(states).map(|(link, state)| link.again(state)).collect();
        self.tell(Event::Report(Report::Resync { executor: self.options.executor, links }));
    }

    /// Puts everything back as found (C12).
    async fn end(&mut self) {
        if self.stage == Stage::There {
            let deadline = Instant::now() + ENDING;
            self.ending = true;
            self.begin_end().await;
            while self.is_busy() {
                let heard = timeout_at(deadline, self.next(None)).await;
                let alive = match heard {
                    Ok(heard) => self.take_in(heard).await,
                    Err(_) => false,
                };
                if !alive || self.stage != Stage::There {
                    tracing::warn!("connman: ConnMan did not put everything back");
                    break;
                }
                self.settle().await;
            }
        }
        self.end_of_routes().await;
        self.end_of_operations();
    }

    /// Whether ConnMan still has to answer something.
    fn is_busy(&self) -> bool {
        self.restoring > 0 || self.preference.is_busy() || self.links.iter().any(|link| link.doing != Doing::Nothing)
    }

    /// Answers every command that was not carried out.
    fn end_of_operations(&mut self) {
        let mut newest_prefer = None;
        if self.stage == Stage::There && !self.gone {
            newest_prefer = self.preference.put_aside();
        } else {
            self.put_aside();
        }
        let left: Vec<Command> = std::mem::take(&mut self.waiting).into_iter().filter_map(command).collect();
        for link in &mut self.links {
            let open = match &link.doing {
                Doing::Raising(raising) => Some(raising.op),
                Doing::Lowering(lowering) => Some(lowering.op),
                Doing::Nothing => None,
            };
            let mine = left.iter().filter(|command| on(**command) == Some(link.profile.access_point)).map(|command| number(*command));
            if let Some(op) = mine.chain(open).chain(link.next).max() {
                (link.doing, link.ended) = (Doing::Nothing, Some((op, Some(Cause::Cancelled))));
            }
        }
        if self.gone || self.links.iter().any(|link| link.ended.is_some()) {
            self.resync();
        }
        let executor = self.options.executor;
        for command in left {
            match command {
                Command::Prefer { .. } => newest_prefer = Some(command),
                Command::Refresh { op, .. } => self.tell(Event::Report(Report::Refreshed { op, executor })),
                Command::Raise { .. } | Command::Lower { .. } => {}
            }
        }
        if let Some(Command::Prefer { op, .. }) = newest_prefer {
            self.tell(Event::Report(Report::Route { op, result: Err(Cause::Cancelled) }));
        }
        for (op, _) in std::mem::take(&mut self.scans) {
            self.tell(Event::Report(Report::Refreshed { op, executor }));
        }
    }

    /// Tells the drive loop; if it is gone, the end of the channel of orders says so.
    pub(super) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

async fn told(bus: &mut Option<Bus>) -> Option<Told> {
    match bus {
        Some(bus) => bus.told().await,
        None => std::future::pending().await,
    }
}

async fn reached(reaching: &mut Option<Reaching>) -> zbus::Result<Bus> {
    match reaching {
        Some(reaching) => reaching.await,
        None => std::future::pending().await,
    }
}

async fn ticked(clock: Option<&mut Interval>) {
    match clock {
        Some(clock) => drop(clock.tick().await),
        None => std::future::pending().await,
    }
}

async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn command(order: Order) -> Option<Command> {
    match order {
        Order::Do(command) => Some(command),
        Order::End => None,
    }
}

/// Number of a command's operation.
fn number(command: Command) -> OperationId {
    match command {
        Command::Raise { op, .. } | Command::Lower { op, .. } | Command::Prefer { op, .. } | Command::Refresh { op, .. } => op,
    }
}

/// The link a command raises or lowers.
fn on(command: Command) -> Option<AccessPointId> {
    match command {
        Command::Raise { access_point, .. } | Command::Lower { access_point, .. } => Some(access_point),
        Command::Prefer { .. } | Command::Refresh { .. } => None,
    }
}
