//! How is an executor driven by hand? Commands in, events out, every one of them judged by the contract.

use crate::contract::{Breach, Contract};
use netsession_backends::executor::{Attributes, Carrier, Event, Executor};
use netsession_fsm::hub::{Command, Counters, LinkReport, Report};
use netsession_fsm::words::{AccessPointId, Capabilities, Cause, ConfigurationState, OperationId};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::time::{Duration, Instant};

/// Longer than anything in the lab takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a run on the bench ended badly.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The executor broke its contract.
    #[error("{breach}\nafter:\n{events}")]
    Breach {
        /// How.
        breach: Breach,
        /// Everything it told.
        events: String,
    },
    /// What was waited for did not happen.
    #[error("{what} did not happen; there was:\n{events}")]
    Never {
        /// What.
        what: String,
        /// Everything it told.
        events: String,
    },
}

/// An executor and everything it ever told.
#[derive(Debug)]
pub struct Bench<E> {
    executor: E,
    contract: Contract,
    events: Vec<(Instant, Event)>,
    /// How every link stands, by the newest report.
    links: BTreeMap<AccessPointId, LinkReport>,
    carriers: BTreeMap<AccessPointId, Carrier>,
    attributes: BTreeMap<AccessPointId, Attributes>,
    next: u64,
}

impl<E: Executor> Bench<E> {
    /// Puts an executor that has these links on the bench and waits for its first `Resync`.
    ///
    /// # Errors
    /// If it does not come.
    pub async fn new(executor: E, access_points: impl IntoIterator<Item = AccessPointId>) -> Result<Self, Trouble> {
        let contract = Contract::new(executor.id(), access_points);
        let mut bench = Self {
            executor,
            contract,
            events: Vec::new(),
            links: BTreeMap::new(),
            carriers: BTreeMap::new(),
            attributes: BTreeMap::new(),
            next: 1,
        };
        bench.until("the first Resync", |event| matches!(event, Event::Report(Report::Resync { .. })).then_some(())).await?;
        Ok(bench)
    }

    /// Gives a raise.
    pub fn raise(&mut self, access_point: AccessPointId) -> OperationId {
        self.command(|op| Command::Raise { op, access_point })
    }

    /// Gives a lower.
    pub fn lower(&mut self, access_point: AccessPointId) -> OperationId {
        self.command(|op| Command::Lower { op, access_point })
    }

    /// Gives a prefer.
    pub fn prefer(&mut self, access_point: Option<AccessPointId>) -> OperationId {
        self.command(|op| Command::Prefer { op, access_point })
    }

    /// Gives a refresh.
    pub fn refresh(&mut self) -> OperationId {
        let executor = self.executor.id();
        self.command(|op| Command::Refresh { op, executor })
    }

    fn command(&mut self, command: impl FnOnce(OperationId) -> Command) -> OperationId {
        let op = OperationId(self.next);
        self.next += 1;
        let command = command(op);
        self.contract.commanded(command);
        self.executor.act(command);
        op
    }

    /// Waits for the operation on a link to be done; gives the report that says so.
    ///
    /// # Errors
    /// If it does not happen.
    pub async fn done(&mut self, access_point: AccessPointId, op: OperationId) -> Result<LinkReport, Trouble> {
        let what = format!("{op} done on {access_point}");
        self.stands(&what, access_point, |link| link.done >= op).await
    }

    /// Waits until a link is in this state for this cause; gives the report that says so.
    ///
    /// # Errors
    /// If it does not happen.
    pub async fn becomes(&mut self, access_point: AccessPointId, state: ConfigurationState, cause: Cause) -> Result<LinkReport, Trouble> {
        let what = format!("{access_point} {state:?} ({cause:?})");
        self.stands(&what, access_point, |link| (link.state, link.cause) == (state, cause)).await
    }

    /// Waits for the answer to a `Prefer`.
    ///
    /// # Errors
    /// If it does not come.
    pub async fn route(&mut self, asked: OperationId) -> Result<Result<(), Cause>, Trouble> {
        let answer = |event: &Event| match event {
            Event::Report(Report::Route { op, result }) if *op == asked => Some(*result),
            _ => None,
        };
        self.until(&format!("the answer to {asked}"), answer).await
    }

    /// Raises a link and waits until it is Active; gives its carrier.
    ///
    /// # Errors
    /// If it does not become Active.
    pub async fn up(&mut self, access_point: AccessPointId) -> Result<Carrier, Trouble> {
        let op = self.raise(access_point);
        let link = self.done(access_point, op).await?;
        match self.carriers.get(&access_point) {
            Some(carrier) if link.state == ConfigurationState::Active => Ok(carrier.clone()),
            _ => Err(self.never(format!("{access_point} Active"))),
        }
    }

    /// Waits until a report of this link fits, the newest one included; gives it.
    ///
    /// # Errors
    /// If none does.
    pub async fn stands(
        &mut self,
        what: &str,
        access_point: AccessPointId,
        fits: impl Fn(&LinkReport) -> bool,
    ) -> Result<LinkReport, Trouble> {
        if let Some(link) = self.links.get(&access_point).filter(|link| fits(link)) {
            return Ok(*link);
        }
        let fitting = |event: &Event| match event {
            Event::Report(Report::Link(link)) if link.access_point == access_point && fits(link) => Some(*link),
            Event::Report(Report::Resync { links, .. }) => {
                links.iter().find(|link| link.access_point == access_point && fits(link)).copied()
            }
            _ => None,
        };
        self.until(what, fitting).await
    }

    /// Waits for an event that fits; judges everything that comes before it as well.
    ///
    /// # Errors
    /// If it does not come, or the contract is broken on the way.
    pub async fn until<T>(&mut self, what: &str, mut fits: impl FnMut(&Event) -> Option<T>) -> Result<T, Trouble> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let next = poll_fn(|context| self.executor.poll_event(context));
            let Ok(Some(event)) = tokio::time::timeout_at(deadline, next).await else { return Err(self.never(what.into())) };
            let fit = fits(&event);
            self.take(event)?;
            if let Some(fit) = fit {
                return Ok(fit);
            }
        }
    }

    /// Tells the executor to shut down and hears it to its end.
    ///
    /// # Errors
    /// If it does not end, or leaves a command unanswered.
    pub async fn shut_down(mut self) -> Result<Vec<Event>, Trouble> {
        self.executor.shutdown();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let next = poll_fn(|context| self.executor.poll_event(context));
            match tokio::time::timeout_at(deadline, next).await {
                Ok(Some(event)) => self.take(event)?,
                Ok(None) => break,
                Err(_) => return Err(self.never("the end after shutdown".into())),
            }
        }
        match self.contract.finish() {
            Ok(()) => Ok(self.events.into_iter().map(|(_, event)| event).collect()),
            Err(breach) => Err(Trouble::Breach { breach, events: self.said() }),
        }
    }

    /// Everything told so far, with the moment it arrived.
    #[must_use]
    pub fn events(&self) -> &[(Instant, Event)] {
        &self.events
    }

    /// How a link stands, by the newest report that was taken.
    #[must_use]
    pub fn link(&self, access_point: AccessPointId) -> Option<LinkReport> {
        self.links.get(&access_point).copied()
    }

    /// The newest carrier of a link.
    #[must_use]
    pub fn carrier(&self, of: AccessPointId) -> Option<&Carrier> {
        self.carriers.get(&of)
    }

    /// What the executor knows of an access point, by the newest it told.
    #[must_use]
    pub fn attributes(&self, of: AccessPointId) -> Option<&Attributes> {
        self.attributes.get(&of)
    }

    /// What the executor can do, as far as it knows by now.
    pub fn capabilities(&self) -> Capabilities {
        self.executor.capabilities()
    }

    /// How many `Resync`s came so far.
    #[must_use]
    pub fn resyncs(&self) -> usize {
        self.events.iter().filter(|(_, event)| matches!(event, Event::Report(Report::Resync { .. }))).count()
    }

    /// The newest counters of a link.
    #[must_use]
    pub fn counters(&self, of: AccessPointId) -> Option<Counters> {
        self.events.iter().rev().find_map(|(_, event)| match event {
            Event::Report(Report::Counters { access_point, counters }) if *access_point == of => Some(*counters),
            _ => None,
        })
    }

    fn take(&mut self, event: Event) -> Result<(), Trouble> {
        let judged = self.contract.heard(&event);
        match &event {
            Event::Carrier(access_point, carrier) => drop(self.carriers.insert(*access_point, carrier.clone())),
            Event::Report(Report::Link(link)) => drop(self.links.insert(link.access_point, *link)),
            Event::Report(Report::Resync { links, .. }) => self.links.extend(links.iter().map(|link| (link.access_point, *link))),
            Event::Attributes(access_point, attributes) => drop(self.attributes.insert(*access_point, attributes.clone())),
            Event::Report(_) => {}
        }
        self.events.push((Instant::now(), event));
        judged.map_err(|breach| Trouble::Breach { breach, events: self.said() })
    }

    fn never(&self, what: String) -> Trouble {
        Trouble::Never { what, events: self.said() }
    }

    fn said(&self) -> String {
        let Some((start, _)) = self.events.first() else { return "  nothing".into() };
        let line = |(at, event): &(Instant, Event)| format!("  {:9.3} ms {event:?}", (*at - *start).as_secs_f64() * 1e3);
        self.events.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
