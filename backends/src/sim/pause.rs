//! What happens while nobody does the daemon's work: it is held up, or it is away.

use super::link::Link;
use super::world::{Planned, World};
use crate::executor::Event;
use netsession_fsm::hub::Report;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState};

impl World {
    /// Commands wait, and what is under way does not end.
    pub(super) const fn is_paused(&self) -> bool {
        self.frozen || self.gone && self.carries_on
    }

    /// Whether something that is due has to wait for the daemon.
    pub(super) const fn has_to_wait(&self, what: &Planned) -> bool {
        self.is_paused() && matches!(what, Planned::Worked(..) | Planned::Routed(..) | Planned::Scanned(_))
    }

    /// The daemon goes on, if it can: with what became due, then with the commands that waited.
    pub(super) fn resume(&mut self) {
        if self.is_paused() {
            return;
        }
        for due in std::mem::take(&mut self.overdue) {
            self.happen(due);
        }
        for command in std::mem::take(&mut self.waiting) {
            self.command(command);
        }
    }

    /// The daemon is lost: the last thing that is heard of it.
    pub(super) fn lose_daemon(&mut self) {
        if self.gone {
            return;
        }
        self.tell(Event::Report(Report::Gone { executor: self.executor }));
        (self.gone, self.frozen) = (true, false);
        if !self.carries_on {
            self.links.values_mut().for_each(Link::abandon);
        }
        self.resume();
    }

    /// The daemon is back; what was asked of it meanwhile was not done, unless it carries on.
    pub(super) fn find_daemon(&mut self) {
        if !std::mem::take(&mut self.gone) {
            return;
        }
        self.resync();
        if self.carries_on {
            return self.resume();
        }
        if let Some(op) = self.preferring.take() {
            self.tell(Event::Report(Report::Route { op, result: Err(Cause::BackendGone) }));
        }
        if let Some(op) = self.refreshing.take() {
            self.tell(Event::Report(Report::Refreshed { op, executor: self.executor }));
        }
    }

    /// The cable is pulled out: no carrier, and out of reach.
    pub(super) fn unplug(&mut self, id: AccessPointId) {
        self.change(id, |link| link.fall(ConfigurationState::Defined, Cause::CarrierLost));
    }
}
