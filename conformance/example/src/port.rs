//! What is known of one port of the switch?

use netsession_backends::executor::Carrier;
use netsession_fsm::hub::LinkReport;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};
use std::net::Ipv4Addr;

/// What raising a link comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raising {
    /// It comes up at once.
    Works,
    /// It fails at once: [`Cause::Authentication`].
    Fails,
    /// It never ends.
    Hangs,
}

/// A port.
#[derive(Debug)]
pub(crate) struct Port {
    plugged: bool,
    up: bool,
    raising: Raising,
    /// Its link is up because an executor raised it; the switch remembers that when the executor is gone.
    raised: bool,
    /// Its link was up before, and was lowered.
    stopped: bool,
    under_way: Option<OperationId>,
    done: OperationId,
    cause: Cause,
    generation: u64,
}

impl Port {
    pub(crate) const fn new(plugged: bool, up: bool, raising: Raising) -> Self {
        let (raised, stopped, under_way, done, cause) = (false, false, None, OperationId(0), Cause::Unknown);
        Self { plugged, up, raising, raised, stopped, under_way, done, cause, generation: 0 }
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.up
    }

    /// State, newest finished operation, cause (C1).
    pub(crate) const fn stands(&self) -> (ConfigurationState, OperationId, Cause) {
        let state = match (self.plugged, self.up) {
            (false, _) => ConfigurationState::Defined,
            (true, false) => ConfigurationState::Discovered,
            (true, true) => ConfigurationState::Active,
        };
        (state, self.done, self.cause)
    }

    /// The next report (C2).
    pub(crate) const fn report(&mut self, access_point: AccessPointId) -> LinkReport {
        self.generation += 1;
        let (state, done, cause) = self.stands();
        LinkReport { access_point, generation: self.generation, state, done, cause }
    }

    /// An executor begins: operations of the one before it are nobody's any more.
    pub(crate) const fn begin(&mut self) {
        (self.under_way, self.done, self.generation) = (None, OperationId(0), 0);
    }

    /// Takes over what an earlier executor raised, if it is still wanted (C13).
    pub(crate) const fn adopt(&mut self, wanted: bool) {
        if self.raised && !wanted {
            self.end();
        }
    }

    /// It is not known to be ours.
    pub(crate) const fn disown(&mut self) {
        self.raised = false;
    }

    pub(crate) fn raise(&mut self, op: OperationId) {
        match (self.stands().0, self.raising) {
            (ConfigurationState::Discovered, Raising::Hangs) => return self.under_way = Some(op),
            (ConfigurationState::Discovered, Raising::Works) => (self.up, self.raised, self.cause) = (true, true, Cause::Unknown),
            (ConfigurationState::Discovered, Raising::Fails) => self.cause = Cause::Authentication,
            // done at once, nothing changes (C5)
            (ConfigurationState::Active, _) => {}
            _ => self.cause = Cause::Vanished,
        }
        self.done = op;
    }

    /// It goes down, and what was under way is cancelled, and covered by this operation (C4).
    pub(crate) const fn lower(&mut self, op: OperationId) {
        self.stopped |= self.up && !self.raised;
        (self.up, self.raised, self.under_way) = (false, false, None);
        (self.done, self.cause) = (op, Cause::Unknown);
    }

    pub(crate) fn plug(&mut self, plugged: bool) {
        self.plugged = plugged;
        let cause = if plugged { Cause::Unknown } else { Cause::CarrierLost };
        self.fall(cause);
    }

    pub(crate) fn take_down(&mut self) {
        self.fall(Cause::TakenDown);
    }

    fn fall(&mut self, cause: Cause) {
        (self.up, self.raised, self.cause) = (false, false, cause);
        self.done = self.under_way.take().unwrap_or(self.done);
    }

    /// As it was found (C12).
    pub(crate) const fn end(&mut self) {
        if let Some(op) = self.under_way.take() {
            self.done = op;
        }
        self.up = self.plugged && (self.up && !self.raised || self.stopped);
        (self.raised, self.stopped) = (false, false);
    }
}

/// The usable side of a link.
pub(crate) fn carrier(id: AccessPointId) -> Carrier {
    let [.., low] = id.0.to_be_bytes();
    Carrier { interface: format!("port{}", id.0), addresses: vec![Ipv4Addr::new(192, 0, 2, low + 1).into()], ..Carrier::default() }
}
