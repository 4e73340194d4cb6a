//! How long does an executor take for a command? From the moment it is given to it until the report of its end goes out, as it is: with
//! whatever the timers of the machine add.

use netsession_backends::executor::{Event, Executor, Left, Notebook};
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::{AccessPointId, Capabilities, ExecutorId, OperationId};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// What each command for an access point took, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Took {
    /// Raising its link.
    pub(crate) raise: Vec<Duration>,
    /// Moving the default route to it.
    pub(crate) prefer: Vec<Duration>,
}

/// As one line, in nanoseconds.
impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = |all: &[Duration]| all.iter().map(|it| it.as_nanos().to_string()).collect::<Vec<_>>().join(",");
        write!(f, "{}|{}", numbers(&self.raise), numbers(&self.prefer))
    }
}

impl Took {
    /// From such a line.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let (raise, prefer) = line.split_once('|')?;
        let numbers = |text: &str| text.split(',').map(|it| it.parse().ok().map(Duration::from_nanos)).collect::<Option<_>>();
        Some(Self { raise: numbers(raise)?, prefer: numbers(prefer)? })
    }
}

/// What was noted, for whoever wants to know.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spent(Arc<Mutex<Took>>);

impl Spent {
    /// What was noted since the last time.
    pub(crate) fn take(&self) -> Took {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, note: impl FnOnce(&mut Took)) {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// An executor as it is, looked at.
#[derive(Debug)]
pub(crate) struct Timed<E> {
    executor: E,
    of: AccessPointId,
    raising: Option<(OperationId, Instant)>,
    preferring: Option<(OperationId, Instant)>,
    spent: Spent,
}

impl<E: Executor> Timed<E> {
    pub(crate) fn new(executor: E, of: AccessPointId, spent: &Spent) -> Self {
        Self { executor, of, raising: None, preferring: None, spent: spent.clone() }
    }

    fn reported(&mut self, report: &Report) {
        match report {
            Report::Link(report) if report.access_point == self.of => {
                if let Some((_, begun)) = self.raising.take_if(|(op, _)| *op <= report.done) {
                    self.spent.note(|took| took.raise.push(begun.elapsed()));
                }
            }
            Report::Route { op: done, .. } => {
                if let Some((_, begun)) = self.preferring.take_if(|(op, _)| *op <= *done) {
                    self.spent.note(|took| took.prefer.push(begun.elapsed()));
                }
            }
            Report::Link(_) | Report::Refreshed { .. } | Report::Counters { .. } | Report::Resync { .. } | Report::Gone { .. } => {}
        }
    }
}

impl<E: Executor> Executor for Timed<E> {
    fn name(&self) -> &'static str {
        self.executor.name()
    }

    fn id(&self) -> ExecutorId {
        self.executor.id()
    }

    fn capabilities(&self) -> Capabilities {
        self.executor.capabilities()
    }

    fn adopt(&mut self, left: Left, notebook: Notebook) {
        self.executor.adopt(left, notebook);
    }

    fn act(&mut self, command: Command) {
        match command {
            Command::Raise { op, access_point } if access_point == self.of => self.raising = Some((op, Instant::now())),
            Command::Prefer { op, access_point } => {
                self.preferring = access_point.filter(|id| *id == self.of).map(|_| (op, Instant::now()));
            }
            Command::Raise { .. } | Command::Lower { .. } | Command::Refresh { .. } => {}
        }
        self.executor.act(command);
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        let event = self.executor.poll_event(context);
        if let Poll::Ready(Some(Event::Report(report))) = &event {
            self.reported(report);
        }
        event
    }

    fn shutdown(&mut self) {
        self.executor.shutdown();
    }
}
