//! Is ConnMan there? The bus is reached, lost and reached again; ConnMan comes and goes on it (C8, C9).

use super::link::Doing;
use super::proxy::{Bus, Question};
use super::services::Services;
use super::task::{Order, Stage, Task, number};
use crate::executor::Event;
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::OperationId;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a ConnMan that has come may take to say what it lists, and one that was not there before to list what we look for.
const STARTING: Duration = Duration::from_secs(2);
/// Time between two attempts to reach the bus, at first and at last.
pub(super) const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

impl Task {
    pub(super) fn take_bus(&mut self, reached: zbus::Result<Box<Bus>>) {
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

    pub(super) fn lose_bus(&mut self) {
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
        self.stage = Stage::Starting { until: Instant::now() + STARTING, listed: false };
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
    pub(super) fn put_aside(&mut self) {
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
}
