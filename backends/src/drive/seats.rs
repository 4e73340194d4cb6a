//! Which executor gets which command, and what each still owes: one `Prefer` may concern several of them.

use crate::executor::{Event, Executor, Left, Notebook};
use netsession_fsm::hub::{Command, LinkReport, Report};
use netsession_fsm::words::{AccessPointId, Capabilities, Cause, ExecutorId, OperationId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::task::{Context, Poll};

/// The executors of a process.
#[derive(Debug)]
pub(super) struct Seats {
    seats: Vec<Seat>,
    /// Operations on links that are not done.
    owed: BTreeMap<AccessPointId, (ExecutorId, OperationId)>,
    /// Executors that may have moved the default route.
    preferring: BTreeSet<ExecutorId>,
    routing: Option<Routing>,
}

#[derive(Debug)]
struct Seat {
    executor: Box<dyn Executor>,
    spoken: bool,
    ended: bool,
}

/// A `Prefer` under way: the executor of the target first, then those that must let go.
#[derive(Debug)]
struct Routing {
    op: OperationId,
    asked: ExecutorId,
    /// It is asked to leave the route as it found it.
    lets_go: bool,
    rest: VecDeque<ExecutorId>,
}

impl Seats {
    /// Executors, and what an earlier process left to some of them: each of those may have moved the default route then.
    pub(super) fn new(mut executors: Vec<Box<dyn Executor>>, left: Vec<(ExecutorId, Left, Notebook)>) -> Self {
        let mut preferring = BTreeSet::new();
        for (id, left, notebook) in left {
            if let Some(executor) = executors.iter_mut().find(|executor| executor.id() == id) {
                preferring.extend((left != Left::default()).then_some(id));
                executor.adopt(left, notebook);
            }
        }
        let seats = executors.into_iter().map(|executor| Seat { executor, spoken: false, ended: false }).collect();
        Self { seats, owed: BTreeMap::new(), preferring, routing: None }
    }

    /// What each executor can do now.
    pub(super) fn abilities(&self) -> impl Iterator<Item = (ExecutorId, Capabilities)> {
        self.seats.iter().map(|seat| (seat.executor.id(), seat.executor.capabilities()))
    }

    pub(super) fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether every executor said how its links stand, or ended.
    pub(super) fn all_spoke(&self) -> bool {
        self.seats.iter().all(|seat| seat.spoken || seat.ended)
    }

    pub(super) fn all_ended(&self) -> bool {
        self.seats.iter().all(|seat| seat.ended)
    }

    /// Whether no command is still being carried out.
    pub(super) fn nothing_owed(&self) -> bool {
        self.owed.is_empty() && self.routing.is_none()
    }

    pub(super) fn shutdown(&mut self) {
        for seat in self.seats.iter_mut().filter(|seat| !seat.ended) {
            seat.executor.shutdown();
        }
    }

    /// Hands a command to `executor`, that of its access point. A report that comes back is an answer nobody else can give.
    pub(super) fn act(&mut self, command: Command, executor: Option<ExecutorId>) -> Option<Report> {
        match command {
            Command::Raise { op, access_point } | Command::Lower { op, access_point } => {
                let executor = executor?;
                if self.give(executor, command) {
                    self.owed.insert(access_point, (executor, op));
                }
                None
            }
            Command::Prefer { op, access_point } => self.prefer(op, access_point, executor),
            Command::Refresh { op, executor } => (!self.give(executor, command)).then_some(Report::Refreshed { op, executor }),
        }
    }

    /// The next event of one executor, as the hub is to see it; `Ready(None)` for one that is of no concern to it.
    pub(super) fn poll(&mut self, place: usize, context: &mut Context<'_>) -> Poll<Option<Event>> {
        let Some(seat) = self.seats.get_mut(place).filter(|seat| !seat.ended) else { return Poll::Pending };
        let id = seat.executor.id();
        match seat.executor.poll_event(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => {
                seat.ended = true;
                tracing::info!(executor = seat.executor.name(), "ended");
                self.settle(&Report::Resync { executor: id, links: Vec::new() });
                self.preferring.remove(&id);
                Poll::Ready(Some(Event::Report(Report::Resync { executor: id, links: Vec::new() })))
            }
            Poll::Ready(Some(Event::Report(Report::Route { op, result }))) => Poll::Ready(self.routed(id, op, result).map(Event::Report)),
            Poll::Ready(Some(Event::Report(report))) => {
                seat.spoken |= matches!(report, Report::Resync { .. });
                self.settle(&report);
                Poll::Ready(Some(Event::Report(report)))
            }
            Poll::Ready(Some(told @ (Event::Carrier(..) | Event::Attributes(..)))) => Poll::Ready(Some(told)),
        }
    }

    fn give(&mut self, executor: ExecutorId, command: Command) -> bool {
        match self.seats.iter_mut().find(|seat| !seat.ended && seat.executor.id() == executor) {
            Some(seat) => {
                seat.executor.act(command);
                true
            }
            None => false,
        }
    }

    fn prefer(&mut self, op: OperationId, target: Option<AccessPointId>, executor: Option<ExecutorId>) -> Option<Report> {
        // supersedes the one before it: its answer is no longer of concern
        self.routing = None;
        let letting_go = self.preferring.iter().copied().filter(|&id| Some(id) != executor).collect();
        let Some(access_point) = target else { return self.let_go(op, letting_go) };
        let Some(asked) = executor.filter(|&id| self.give(id, Command::Prefer { op, access_point: Some(access_point) })) else {
            return Some(Report::Route { op, result: Err(Cause::BackendGone) });
        };
        self.preferring.insert(asked);
        self.routing = Some(Routing { op, asked, lets_go: false, rest: letting_go });
        None
    }

    fn routed(&mut self, from: ExecutorId, op: OperationId, result: Result<(), Cause>) -> Option<Report> {
        let routing = self.routing.take_if(|routing| routing.op == op && routing.asked == from)?;
        match result {
            Ok(()) => {
                if routing.lets_go {
                    self.preferring.remove(&from);
                }
                self.let_go(op, routing.rest)
            }
            Err(_) => Some(Report::Route { op, result }),
        }
    }

    /// Asks the next executor to leave the default route as it found it; confirms when none is left. Until it has answered that it did, it
    /// may not have: whoever is asked next time is asked again.
    fn let_go(&mut self, op: OperationId, mut rest: VecDeque<ExecutorId>) -> Option<Report> {
        while let Some(asked) = rest.pop_front() {
            if self.give(asked, Command::Prefer { op, access_point: None }) {
                self.routing = Some(Routing { op, asked, lets_go: true, rest });
                return None;
            }
            self.preferring.remove(&asked);
        }
        Some(Report::Route { op, result: Ok(()) })
    }

    /// Notes which operations a report says are done.
    fn settle(&mut self, report: &Report) {
        let done = |owed: &mut BTreeMap<AccessPointId, (ExecutorId, OperationId)>, link: &LinkReport| {
            if owed.get(&link.access_point).is_some_and(|(_, op)| *op <= link.done) {
                owed.remove(&link.access_point);
            }
        };
        match report {
            Report::Link(link) => done(&mut self.owed, link),
            Report::Resync { executor, links } => {
                links.iter().for_each(|link| done(&mut self.owed, link));
                let listed: BTreeSet<_> = links.iter().map(|link| link.access_point).collect();
                self.owed.retain(|id, (owner, _)| owner != executor || listed.contains(id));
            }
            Report::Route { .. } | Report::Refreshed { .. } | Report::Counters { .. } | Report::Gone { .. } => {}
        }
    }
}
