//! One simulated link: how it stands, what is under way on it, and what it last said.

use super::{Behaviour, Tally};
use crate::executor::Carrier;
use netsession_fsm::hub::{Counters, LinkReport};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

/// A link of the simulator.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) behaviour: Behaviour,
    pub(super) up: bool,
    /// How it stands while it is not up.
    pub(super) down: ConfigurationState,
    /// It is up because we raised it.
    pub(super) ours: bool,
    /// It is up because an executor before this one raised it: what others would write down, the network remembers.
    pub(super) noted: bool,
    /// It is said to have been raised, and is up by somebody else's doing.
    pub(super) disowned: bool,
    /// It was up before anybody raised it, and was lowered: at the end it comes back.
    pub(super) stopped: bool,
    /// It comes into reach with the next refresh.
    pub(super) hidden: bool,
    pub(super) cause: Cause,
    pub(super) done: OperationId,
    pub(super) work: Option<Work>,
    /// Raises that wait for the work to end.
    pub(super) queue: VecDeque<OperationId>,
    pub(super) carrier: Carrier,
    pub(super) counters: Counters,
    pub(super) tally: Tally,
    /// The last report and the one before it.
    pub(super) said: [Option<LinkReport>; 2],
    generation: u64,
}

/// An operation under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Raise(OperationId),
    Lower(OperationId),
}

impl Work {
    pub(super) const fn op(self) -> OperationId {
        match self {
            Self::Raise(op) | Self::Lower(op) => op,
        }
    }
}

impl Link {
    pub(super) fn new(id: AccessPointId, behaviour: Behaviour) -> Self {
        let up = behaviour.state == ConfigurationState::Active;
        let [_, _, high, low] = id.0.to_be_bytes();
        let address = |host| IpAddr::V4(Ipv4Addr::new(10, high, low, host));
        Self {
            behaviour,
            up,
            down: if up { ConfigurationState::Discovered } else { behaviour.state },
            ours: false,
            noted: false,
            disowned: false,
            stopped: false,
            hidden: false,
            cause: Cause::Unknown,
            done: OperationId(0),
            work: None,
            queue: VecDeque::new(),
            carrier: Carrier {
                interface: format!("sim{}", id.0),
                index: 0,
                addresses: vec![address(2)],
                gateway: Some(address(1)),
                dns: vec![address(1)],
            },
            counters: Counters::default(),
            tally: Tally::default(),
            said: [None; 2],
            generation: 0,
        }
    }

    /// Another executor speaks for it.
    pub(super) fn begin(&mut self) {
        (self.noted, self.ours, self.disowned, self.stopped) = (self.ours, false, false, false);
        (self.work, self.done, self.generation, self.said) = (None, OperationId(0), 0, [None; 2]);
        self.queue.clear();
    }

    pub(super) const fn state(&self) -> ConfigurationState {
        if self.up { ConfigurationState::Active } else { self.down }
    }

    /// The next report, and remembers it.
    pub(super) fn report(&mut self, id: AccessPointId) -> LinkReport {
        self.generation += 1;
        let report = LinkReport { access_point: id, generation: self.generation, state: self.state(), done: self.done, cause: self.cause };
        self.said = [Some(report), self.said[0]];
        report
    }

    /// Gives up what is under way; none of it is carried on.
    pub(super) fn abandon(&mut self) {
        let newest = self.work.take().map(Work::op).into_iter().chain(self.queue.drain(..)).max();
        self.done = newest.unwrap_or_default().max(self.done);
    }

    /// The link is not up any more, or not to come up.
    pub(super) fn fall(&mut self, down: ConfigurationState, cause: Cause) {
        self.up = false;
        self.ours = false;
        self.down = down;
        self.cause = cause;
        // what was being raised cannot come up; a lowering goes on
        if matches!(self.work, Some(Work::Raise(_))) {
            self.abandon();
        }
    }
}
