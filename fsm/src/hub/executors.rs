//! What executors report: links, routes, scans, counters; being lost and coming back (SPEC §2, §3, §9).

use super::batch::Work;
use super::mutants::Mutant;
use super::{CatalogueNotice, Command, Hub, LinkReport, Output, Report, Timer};
use crate::link::{LinkEvent, LinkState};
use crate::words::{AccessPointId, Cause, ConfigurationState, ExecutorId, OperationId, Refusal, RequestId};

impl Hub {
    pub(super) fn report(&mut self, report: &Report) {
        match report {
            Report::Link(report) => self.link_reported(report),
            Report::Route { op, result } => self.route_reported(*op, *result),
            Report::Refreshed { op, executor } => self.refreshed(*op, *executor),
            Report::Counters { access_point, counters } => {
                if let Some(link) = self.links.get_mut(access_point.at()) {
                    link.counters = *counters;
                }
            }
            Report::Resync { executor, links } => self.resync(*executor, links),
            Report::Gone { executor } => self.gone(*executor),
        }
    }

    /// A late or doubled report is known by its generation and dropped (SPEC §2).
    fn link_reported(&mut self, report: &LinkReport) {
        let takes_late = self.broken(Mutant::TakesLateReports);
        let hears_gone = self.broken(Mutant::HearsTheGone);
        let forgets_done = self.broken(Mutant::ForgetsDone);
        let Some(link) = self.links.get_mut(report.access_point.at()) else {
            self.batch.outputs.push(Output::Refused(Refusal::UnknownConfiguration(report.access_point.into())));
            return;
        };
        // One of an executor that is gone is late by definition: its resync will say how things stand.
        let gone = self.executors[link.attributes.executor.0 as usize].gone && !hears_gone;
        if gone || (report.generation <= link.generation && !takes_late) {
            return;
        }
        link.generation = report.generation;
        let settled = report.done >= link.op || forgets_done;
        if settled {
            self.carries_on(report.access_point, false);
        }
        if self.link(report.access_point).removed {
            return self.left(report.access_point, report.state, settled, false);
        }
        self.link_event(report.access_point, LinkEvent::Reported { state: report.state, settled, cause: report.cause });
    }

    /// Everything stands as the snapshot says; the rest follows from the leases (S14).
    fn resync(&mut self, executor: ExecutorId, reports: &[LinkReport]) {
        let Some(record) = self.executors.get_mut(executor.0 as usize) else { return };
        let starting = core::mem::replace(&mut record.starting, false);
        let was_gone = core::mem::replace(&mut record.gone, false);
        if was_gone {
            self.disarm(Timer::Grace(executor));
            self.reconsider_links_of(executor);
        }
        self.doubt_route(was_gone);
        for place in 0..self.links.len() {
            let link = &mut self.links[place];
            if link.attributes.executor != executor {
                continue;
            }
            let id = link.id;
            let absent = (ConfigurationState::Absent, true, Cause::Vanished);
            let (state, settled, cause) = match reports.iter().find(|report| report.access_point == id) {
                Some(report) => {
                    link.generation = report.generation;
                    (report.state, report.done >= link.op, report.cause)
                }
                None => absent,
            };
            self.carries_on(id, !settled);
            if self.link(id).removed {
                self.left(id, state, settled, true);
                continue;
            }
            if !self.broken(Mutant::ForgetsResync) || state == ConfigurationState::Active {
                self.link_event(id, LinkEvent::Reported { state, settled, cause });
            }
            if !settled && !self.link(id).leaf.occupies_radio() {
                // It has outlived the grace time: nobody waits for it any more.
                self.link_event(id, LinkEvent::Unwatched);
            }
            if starting {
                // What was being raised when we crashed is nobody's now: it is raised again for those who wait.
                self.work(Work::Ready(id));
            }
            self.work(Work::Reap(id));
            self.work(Work::Unwatch(id));
        }
    }

    fn gone(&mut self, executor: ExecutorId) {
        let Some(record) = self.executors.get_mut(executor.0 as usize) else { return };
        let (gone, lost) = (record.gone, record.is_lost());
        (record.gone, record.starting) = (true, false);
        if !gone {
            self.arm(Timer::Grace(executor), self.settings.grace);
        }
        if !lost {
            self.reconsider_links_of(executor);
        }
    }

    /// What cannot be raised now is no candidate, and is one again when the executor is back.
    fn reconsider_links_of(&mut self, executor: ExecutorId) {
        for place in 0..self.links.len() {
            if self.links[place].attributes.executor == executor {
                self.work(Work::Level(AccessPointId(place as u32)));
            }
        }
    }

    pub(super) fn grace_ended(&mut self, executor: ExecutorId) {
        let Some(record) = self.executors.get_mut(executor.0 as usize).filter(|record| record.gone) else { return };
        let starting = core::mem::replace(&mut record.starting, false);
        for place in 0..self.links.len() {
            if self.links[place].attributes.executor == executor {
                let id = AccessPointId(place as u32);
                // What one that is only starting was given it still carries out: it is called off, and its end awaited.
                match self.links[place].leaf {
                    LinkState::Raising if starting => {
                        self.link_event(id, LinkEvent::Forced);
                        self.lost(id, Cause::BackendGone);
                        continue;
                    }
                    LinkState::Lowering if starting => {
                        self.work(Work::Level(id));
                        continue;
                    }
                    LinkState::Absent
                    | LinkState::Undefined
                    | LinkState::Defined
                    | LinkState::Down
                    | LinkState::Raising
                    | LinkState::Up
                    | LinkState::Lowering => {}
                }
                self.carries_on(id, false);
                let lost = LinkEvent::Reported { state: ConfigurationState::Absent, settled: true, cause: Cause::BackendGone };
                self.link_event(id, lost);
            }
        }
    }

    /// Every executor that is there scans; one `RefreshCompleted` when the last one is done, whoever asked meanwhile (SPEC §3).
    pub(super) fn refresh(&mut self, request: RequestId) {
        let running = !self.refreshers.is_empty();
        self.refreshers.push(request);
        if running {
            return;
        }
        for place in 0..self.executors.len() {
            let executor = ExecutorId(place as u8);
            if !self.executors[place].gone && self.links.iter().any(|link| link.attributes.executor == executor) {
                let op = self.next_op();
                self.executors[place].refresh = op;
                self.command(Command::Refresh { op, executor });
            }
        }
        if !self.broken(Mutant::ScansForEver) {
            self.arm(Timer::Refresh, self.settings.refresh_timeout);
        }
        self.complete_refresh();
    }

    fn refreshed(&mut self, op: OperationId, executor: ExecutorId) {
        let Some(record) = self.executors.get_mut(executor.0 as usize) else { return };
        if record.refresh == op && op != OperationId(0) {
            record.refresh = OperationId(0);
            self.complete_refresh();
        }
    }

    pub(super) fn refresh_expired(&mut self) {
        self.executors.iter_mut().for_each(|record| record.refresh = OperationId(0));
        self.complete_refresh();
    }

    fn complete_refresh(&mut self) {
        if self.refreshers.is_empty() || self.executors.iter().any(|record| record.refresh != OperationId(0)) {
            return;
        }
        self.disarm(Timer::Refresh);
        self.batch.catalogue.push(Output::Catalogue(CatalogueNotice::RefreshCompleted));
        let answered = if self.broken(Mutant::AnswersFirstScan) { 1 } else { usize::MAX };
        for request in core::mem::take(&mut self.refreshers).into_iter().take(answered) {
            self.answer(None, request, Ok(()));
        }
    }
}
