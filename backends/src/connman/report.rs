//! What is reported of a link, and when? Every change once, an operation when it ends, everything when something may have been missed.

use super::link::Doing;
use super::task::Task;
use crate::executor::Event;
use netsession_fsm::hub::Report;
use netsession_fsm::words::{Cause, ConfigurationState, OperationId};

impl Task {
    /// Reports a link if there is something new to say of it. An operation under way is one change, reported when it ends.
    pub(super) fn tell_news(&mut self, at: usize) {
        self.tell_attributes(at);
        if self.links[at].doing != Doing::Nothing {
            return;
        }
        let state = self.state(at);
        self.tell_carrier(at, state.0 == ConfigurationState::Active);
        let was_active = self.links[at].was_active();
        if let Some(report) = self.links[at].news(state) {
            self.count |= report.state == ConfigurationState::Active && !was_active;
            self.tell(Event::Report(Report::Link(report)));
        }
    }

    fn tell_attributes(&mut self, at: usize) {
        let link = &mut self.links[at];
        let access_point = link.profile.access_point;
        if let Some(attributes) = link.new_attributes(&self.services) {
            self.tell(Event::Attributes(access_point, attributes));
        }
    }

    fn tell_carrier(&mut self, at: usize, active: bool) {
        let link = &mut self.links[at];
        let access_point = link.profile.access_point;
        if let Some(carrier) = link.new_carrier(active, &self.services, &self.kernel) {
            self.tell(Event::Carrier(access_point, carrier));
        }
    }

    /// Ends an operation on a link and reports it.
    pub(super) fn conclude(&mut self, at: usize, op: OperationId, failed: Option<Cause>) {
        self.kernel.absorb();
        let (state, _) = self.state(at);
        self.links[at].conclude(op, state, failed);
        self.tell_news(at);
    }

    /// Tells the counters of a link that is Active.
    pub(super) async fn tell_counters(&mut self, at: usize) {
        let link = &self.links[at];
        let access_point = link.profile.access_point;
        let Some(device) = link.device(&self.kernel).filter(|_| link.was_active() && !self.gone) else { return };
        if let Some(counters) = self.kernel.counters(device.index).await {
            self.tell(Event::Report(Report::Counters { access_point, counters }));
        }
    }

    /// Reports how everything stands (C8).
    pub(super) fn resync(&mut self) {
        (self.begun, self.gone) = (true, false);
        for at in 0..self.links.len() {
            self.tell_attributes(at);
            let active = self.state(at).0 == ConfigurationState::Active;
            self.tell_carrier(at, active);
        }
        let states: Vec<_> = (0..self.links.len()).map(|at| self.state(at)).collect();
        let links = self.links.iter_mut().zip(states).map(|(link, state)| link.again(state)).collect();
        self.tell(Event::Report(Report::Resync { executor: self.options.executor, links }));
    }
}
