//! How does it end? Everything is put back as found, every command that was not carried out is answered (C4, C12).

use super::link::Doing;
use super::task::{Order, Stage, Task, number};
use crate::executor::Event;
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long ConnMan may take to put everything back.
const ENDING: Duration = Duration::from_secs(10);

impl Task {
    /// Puts everything back as found (C12).
    pub(super) async fn end(&mut self) {
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

    /// Begins to put everything back: what we raised is lowered, what we stopped is connected again, the order is as found.
    async fn begin_end(&mut self) {
        if !self.preference.is_busy() {
            self.prefer(OperationId(0), None).await;
        }
        for at in 0..self.links.len() {
            let (link, state) = (&mut self.links[at], ConfigurationState::Active);
            let op = match &link.doing {
                Doing::Raising(raising) => Some(raising.op),
                Doing::Lowering(_) | Doing::Nothing => None,
            };
            if let (Some(next), Doing::Lowering(lowering)) = (link.next.take(), &mut link.doing) {
                (lowering.op, lowering.failed) = (next, Some(Cause::Cancelled));
            }
            let stopped = link.found.clone().filter(|found| found.connected);
            if let Some(found) = &stopped {
                let answers = self.restore(OperationId(0), found).await;
                if answers == 0 && found.auto_connect && self.services.get(&found.service).is_none() {
                    tracing::warn!(
                        service = found.service,
                        "connman: AutoConnect of a service that is not there cannot be put back; when its cable is in again: \
                         `connmanctl config <service> --autoconnect yes`"
                    );
                }
            }
            let (link, stopped) = (&mut self.links[at], stopped.is_some());
            match (stopped, op) {
                (false, Some(op)) => {
                    link.doing = Doing::Nothing;
                    self.bring_down(at, op, Some(Cause::Cancelled), true).await;
                }
                (false, None) if link.found.is_some() && link.doing == Doing::Nothing => {
                    self.bring_down(at, OperationId(0), None, false).await;
                }
                (true, None) if link.doing != Doing::Nothing => link.next = Some(OperationId(0)),
                (true, None) if self.state(at).0 == state => self.is_as_found(at).await,
                (true, None) => self.raise(at, OperationId(0)).await,
                (true, Some(_)) | (false, None) => {}
            }
        }
    }
}

fn command(order: Order) -> Option<Command> {
    match order {
        Order::Do(command) => Some(command),
        Order::End => None,
    }
}

/// The link a command raises or lowers.
fn on(command: Command) -> Option<AccessPointId> {
    match command {
        Command::Raise { access_point, .. } | Command::Lower { access_point, .. } => Some(access_point),
        Command::Prefer { .. } | Command::Refresh { .. } => None,
    }
}
