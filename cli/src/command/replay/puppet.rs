//! An executor on strings: it does nothing, and reports what it is told to report.

use netsession::executor::{Carrier, Event, Executor, Left, Notebook};
use netsession::fsm::hub::{Command, LinkReport, Report};
use netsession::fsm::words::OperationId;
use netsession::{AccessPointId, Capabilities, Cause, ConfigurationState, ExecutorId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

const EXECUTOR: ExecutorId = ExecutorId(0);

#[derive(Debug, Default)]
struct Stage {
    events: VecDeque<Event>,
    /// Newest operation given on each link.
    newest: BTreeMap<AccessPointId, OperationId>,
    prefer: OperationId,
    refresh: OperationId,
    generation: u64,
    ended: bool,
    waker: Option<Waker>,
}

/// The executor.
#[derive(Debug)]
pub(super) struct Puppet(Arc<Mutex<Stage>>);

/// What moves it.
#[derive(Debug)]
pub(super) struct Strings(Arc<Mutex<Stage>>);

fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Puppet {
    /// One that knows nothing of its links yet.
    pub(super) fn new(links: usize) -> (Self, Strings) {
        let stage = Arc::new(Mutex::new(Stage::default()));
        let unknown = |id: u32| LinkReport {
            access_point: AccessPointId(id),
            generation: 0,
            state: ConfigurationState::Undefined,
            done: OperationId(0),
            cause: Cause::Unknown,
        };
        let links = (0..links as u32).map(unknown).collect();
        lock(&stage).events.push_back(Event::Report(Report::Resync { executor: EXECUTOR, links }));
        (Self(Arc::clone(&stage)), Strings(stage))
    }
}

impl Strings {
    /// Whether the newest `Prefer` that the executor was given is this one.
    pub(super) fn was_asked_to_prefer(&self, op: OperationId) -> bool {
        lock(&self.0).prefer == op
    }

    /// Reports what was recorded, with numbers of this run: `done` is 1 where it covered the newest operation.
    pub(super) fn report(&self, recorded: &Report) {
        let mut stage = lock(&self.0);
        let mut of_link = |link: &LinkReport| {
            let newest = stage.newest.get(&link.access_point).copied().unwrap_or_default();
            stage.generation += 1;
            let done = if link.done.0 > 0 { newest } else { OperationId(newest.0.saturating_sub(1)) };
            LinkReport { generation: stage.generation, done, ..*link }
        };
        let report = match recorded {
            Report::Link(link) => Report::Link(of_link(link)),
            Report::Resync { executor, links } => Report::Resync { executor: *executor, links: links.iter().map(of_link).collect() },
            Report::Route { result, .. } => Report::Route { op: stage.prefer, result: *result },
            // 2 is the newest scan, 1 one before it
            Report::Refreshed { op, executor } => {
                let op = OperationId(stage.refresh.0.saturating_sub(2_u64.saturating_sub(op.0)));
                Report::Refreshed { op, executor: *executor }
            }
            other => other.clone(),
        };
        let links = match &report {
            Report::Link(link) => vec![*link],
            Report::Resync { links, .. } => links.clone(),
            _ => Vec::new(),
        };
        for link in links.iter().filter(|link| link.state == ConfigurationState::Active) {
            let carrier = Carrier { interface: format!("link{}", link.access_point.0), ..Carrier::default() };
            stage.events.push_back(Event::Carrier(link.access_point, carrier));
        }
        stage.events.push_back(Event::Report(report));
        let waker = stage.waker.take();
        drop(stage);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Executor for Puppet {
    fn name(&self) -> &'static str {
        "recorded"
    }

    fn id(&self) -> ExecutorId {
        EXECUTOR
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    /// The links are those of the recording, whoever raised them.
    fn adopt(&mut self, _: Left, _: Notebook) {}

    fn act(&mut self, command: Command) {
        let mut stage = lock(&self.0);
        match command {
            Command::Raise { op, access_point } | Command::Lower { op, access_point } => {
                stage.newest.insert(access_point, op);
            }
            Command::Prefer { op, .. } => stage.prefer = op,
            Command::Refresh { op, .. } => stage.refresh = op,
        }
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut stage = lock(&self.0);
        match stage.events.pop_front() {
            Some(event) => Poll::Ready(Some(event)),
            None if stage.ended => Poll::Ready(None),
            None => {
                stage.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn shutdown(&mut self) {
        lock(&self.0).ended = true;
    }
}
