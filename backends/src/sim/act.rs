//! How commands are carried out in the simulated world, and how that ends.

use super::link::Work;
use super::world::{Planned, World, result};
use crate::executor::Event;
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};

impl World {
    pub(super) fn command(&mut self, command: Command) {
        if self.ended {
            return;
        }
        if self.is_paused() {
            return self.waiting.push(command);
        }
        match command {
            Command::Raise { op, access_point } => self.raise(op, access_point),
            Command::Lower { op, access_point } => self.lower(op, access_point),
            Command::Prefer { op, access_point } => self.prefer(op, access_point),
            Command::Refresh { op, .. } => {
                self.refreshing = Some(op);
                if !self.gone {
                    let delay = self.jittered(self.scan_delay);
                    self.after(delay, Planned::Scanned(op));
                }
            }
        }
    }

    fn raise(&mut self, op: OperationId, id: AccessPointId) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.tally.raises += 1;
        link.queue.push_back(op);
        if self.gone {
            link.abandon();
        }
        self.start_next(id);
    }

    fn lower(&mut self, op: OperationId, id: AccessPointId) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.tally.lowers += 1;
        let of_others = std::mem::take(&mut link.disowned) && !link.ours;
        let nothing_to_do = of_others && link.work.is_none() || !link.up && link.work.is_none() && link.queue.is_empty();
        // what was to be raised is cancelled, and covered by this operation
        link.queue.clear();
        if nothing_to_do || self.gone {
            link.work = None;
            link.done = op;
            return self.report(id);
        }
        let work = Work::Lower(op);
        link.work = Some(work);
        let delay = link.behaviour.lower_delay;
        if result(link.behaviour.lower).is_some() {
            let delay = self.jittered(delay);
            self.after(delay, Planned::Worked(id, work));
        }
    }

    fn prefer(&mut self, op: OperationId, target: Option<AccessPointId>) {
        // the one before it is superseded, also if it was never going to be answered
        self.preferring = Some(op);
        if self.gone {
            return;
        }
        let concerned = target.or(self.route).and_then(|id| self.links.get_mut(&id));
        let (delay, outcome) = match concerned {
            Some(link) => {
                link.tally.prefers += u64::from(target.is_some());
                (link.behaviour.prefer_delay, if target.is_some() { result(link.behaviour.prefer) } else { Some(Ok(())) })
            }
            None => (std::time::Duration::ZERO, Some(Ok(()))),
        };
        if let Some(outcome) = outcome {
            let delay = self.jittered(delay);
            self.after(delay, Planned::Routed(op, target, outcome));
        }
    }

    /// Begins the next raise of a link that nothing is under way on.
    pub(super) fn start_next(&mut self, id: AccessPointId) {
        let radio_is_free = self.radio_is_free(id);
        let Some(link) = self.links.get_mut(&id).filter(|link| link.work.is_none()) else { return };
        let Some(op) = link.queue.pop_front() else { return };
        let refused = match link.state() {
            // done at once, nothing changes
            ConfigurationState::Active => Some(Cause::Unknown),
            ConfigurationState::Discovered if radio_is_free => None,
            ConfigurationState::Discovered => Some(Cause::RadioBusy),
            ConfigurationState::Defined | ConfigurationState::Absent => Some(Cause::Vanished),
            ConfigurationState::Undefined => Some(Cause::Authentication),
        };
        match refused {
            Some(cause) => {
                link.done = op;
                link.cause = cause;
                self.report(id);
                self.start_next(id);
            }
            None => {
                let work = Work::Raise(op);
                link.work = Some(work);
                let (delay, outcome) = (link.behaviour.raise_delay, link.behaviour.raise);
                if result(outcome).is_some() {
                    let delay = self.jittered(delay);
                    self.after(delay, Planned::Worked(id, work));
                }
            }
        }
    }

    /// Work on a link ends, unless it was cancelled meanwhile.
    pub(super) fn worked(&mut self, id: AccessPointId, work: Work) {
        let radio_is_free = self.radio_is_free(id);
        let Some(link) = self.links.get_mut(&id).filter(|link| link.work == Some(work)) else { return };
        link.work = None;
        link.done = work.op();
        match work {
            Work::Raise(_) => {
                // what was scripted meanwhile holds
                let ended = result(link.behaviour.raise).unwrap_or(Err(Cause::Timeout));
                match if radio_is_free { ended } else { Err(Cause::RadioBusy) } {
                    Ok(()) => {
                        link.ours |= !link.up;
                        link.up = true;
                        link.cause = Cause::Unknown;
                    }
                    Err(cause) => link.cause = cause,
                }
            }
            Work::Lower(_) => match result(link.behaviour.lower).unwrap_or(Err(Cause::Timeout)) {
                Ok(()) => {
                    link.stopped |= link.up && !link.ours;
                    link.up = false;
                    link.ours = false;
                    link.cause = Cause::Unknown;
                    if self.route == Some(id) {
                        self.route = None;
                    }
                }
                Err(cause) => link.cause = cause,
            },
        }
        self.report(id);
        self.start_next(id);
    }

    pub(super) fn routed(&mut self, op: OperationId, target: Option<AccessPointId>, outcome: Result<(), Cause>) {
        if self.gone || self.preferring != Some(op) {
            return;
        }
        self.preferring = None;
        let up = target.is_none_or(|id| self.links.get(&id).is_some_and(|link| link.up));
        let outcome = if up { outcome } else { Err(Cause::Route) };
        if outcome.is_ok() {
            self.route = target;
        }
        self.tell(Event::Report(Report::Route { op, result: outcome }));
    }

    pub(super) fn scanned(&mut self, op: OperationId) {
        if self.gone || self.refreshing != Some(op) {
            return;
        }
        self.refreshing = None;
        let found: Vec<_> = self.links.iter().filter(|(_, link)| link.hidden).map(|(&id, _)| id).collect();
        for id in found {
            self.happen(Planned::Happens(super::Action::Appear(id)));
        }
        self.tell(Event::Report(Report::Refreshed { op, executor: self.executor }));
    }
}
