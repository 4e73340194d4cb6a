//! Is everything as it was found when it ends? Links we raised go down, those we took down come back (C12).

use super::link::Want;
use super::sync::{Presence, Sync};
use super::task::{Task, Timer};
use crate::executor::Event;
use netsession_fsm::hub::Report;
use netsession_fsm::words::{Cause, OperationId};
use std::time::Duration;
use tokio::time::Instant;

/// How long NetworkManager may take for it, or to come back for it where something of ours is up.
const LAST: Duration = Duration::from_secs(10);

impl Task {
    /// Asks for everything to be as it was found. What is under way is given up.
    pub(super) fn begin_end(&mut self) {
        self.ending = true;
        self.timers.insert(Timer::End, Instant::now() + LAST);
        self.routing.prefer_nothing();
        for link in &mut self.links {
            let newest = link.give_up().unwrap_or(OperationId(0));
            link.waiting.push_back((newest, Want::AsFound));
        }
    }

    /// Whether all that could be put back is.
    pub(super) fn is_over(&self) -> bool {
        if !self.timers.contains_key(&Timer::End) {
            return true;
        }
        match (self.sync == Sync::Done, self.presence) {
            (true, _) => {
                let idle = self.links.iter().all(|link| link.work.is_none() && link.waiting.is_empty());
                idle && self.routing.is_idle() && !self.is_asking()
            }
            (false, Presence::Gone) => !self.links.iter().any(|link| link.ours || link.stopped),
            (false, Presence::Untold | Presence::Absent | Presence::Here) => true,
        }
    }

    /// Says the last. What could not be done in time is covered by it.
    pub(super) async fn end(&mut self) {
        if let Err(cause) = self.keep_only(&[]).await {
            tracing::warn!(%cause, "networkmanager: a default route of ours could not be taken away");
        }
        let here = self.presence == Presence::Here && self.sync == Sync::Done;
        for at in 0..self.links.len() {
            if let Some(op) = self.links[at].give_up() {
                let failed = if here { Cause::Timeout } else { Cause::BackendGone };
                self.links[at].waiting.push_back((op, Want::AsFound));
                self.links[at].take_up();
                self.conclude(at, Some(failed).filter(|_| op != OperationId(0)));
            }
        }
        if here {
            self.tell_all_news();
        } else {
            self.resync();
            self.presence = Presence::Here;
        }
        if let Some(op) = self.routing.take_asked() {
            self.tell(Event::Report(Report::Route { op, result: Err(Cause::Cancelled) }));
        }
        self.end_scan();
    }
}
