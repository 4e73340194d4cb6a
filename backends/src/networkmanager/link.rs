//! What is remembered of one link? What was told of it, what is under way, and how it was found.

use super::profile::Profile;
use crate::executor::{Attributes, Carrier};
use crate::ledger::Ledger;
use netsession_fsm::hub::LinkReport;
use netsession_fsm::words::{Cause, ConfigurationState, OperationId};
use std::collections::VecDeque;

/// What a link is asked to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Up.
    Up,
    /// Down, whoever brought it up.
    Down,
    /// As it was found.
    AsFound,
}

/// An operation under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Work {
    /// Its number.
    pub(super) op: OperationId,
    /// What it is to bring about.
    pub(super) want: Want,
    /// How far it is.
    pub(super) stage: Stage,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was asked of NetworkManager yet.
    Begun,
    /// It was asked; it goes on when its signals tell.
    Asked,
}

/// One link of the executor.
#[derive(Debug)]
pub(super) struct Link {
    /// Which one it is.
    pub(super) profile: Profile,
    /// UUID of the connection profile, once it is known.
    pub(super) uuid: Option<String>,
    /// The operation under way.
    pub(super) work: Option<Work>,
    /// Operations that wait for it.
    pub(super) waiting: VecDeque<(OperationId, Want)>,
    /// `ActivateConnection` was called and has not answered.
    pub(super) activating: bool,
    /// How often that was done for the Raise under way.
    pub(super) attempts: u32,
    /// `DeactivateConnection` was called, and the active connection is still there.
    pub(super) deactivating: bool,
    /// Its active connection was made by us.
    pub(super) ours: bool,
    /// It was active without us and a Lower took it down.
    pub(super) stopped: bool,
    /// An earlier process is said to have raised it, and what is active is somebody else's.
    pub(super) disowned: bool,
    /// It is about to be activated: the default routes that are there are made to stay first.
    pub(super) coming: bool,
    /// What NetworkManager last gave as the reason for its end.
    pub(super) why: Cause,
    /// Its routes are being applied anew: what comes and goes meanwhile is nobody's loss.
    pub(super) reapplying: bool,
    /// The last carrier told.
    pub(super) carrier: Option<Carrier>,
    /// The last attributes told.
    pub(super) attributes: Option<Attributes>,
    ledger: Ledger,
}

impl Link {
    /// Nothing is known of it yet.
    pub(super) fn new(profile: Profile) -> Self {
        Self {
            ledger: Ledger::new(profile.access_point),
            profile,
            uuid: None,
            work: None,
            waiting: VecDeque::new(),
            activating: false,
            attempts: 0,
            deactivating: false,
            ours: false,
            stopped: false,
            disowned: false,
            coming: false,
            why: Cause::Unknown,
            reapplying: false,
            carrier: None,
            attributes: None,
        }
    }

    /// It was Active when an earlier process ended.
    pub(super) fn remember_up(&mut self) {
        self.ledger.remember_up();
    }

    /// Whether it was last told Active.
    pub(super) fn was_active(&self) -> bool {
        self.ledger.was_active()
    }

    /// Takes the next operation if none is under way. A Lower cancels the Raise under way and those before it (C4).
    pub(super) fn take_up(&mut self) {
        if let Some(Work { want: Want::Up, .. }) = self.work
            && self.waiting.iter().any(|(_, want)| *want != Want::Up)
        {
            self.work = None;
        }
        if self.work.is_none() {
            let last_down = self.waiting.iter().rposition(|(_, want)| *want != Want::Up).unwrap_or(0);
            self.waiting.drain(..last_down);
            self.work = self.waiting.pop_front().map(|(op, want)| Work { op, want, stage: Stage::Begun });
        }
    }

    /// NetworkManager is gone: when it is back what is under way begins again.
    pub(super) fn begin_again(&mut self) {
        (self.activating, self.deactivating, self.reapplying, self.attempts) = (false, false, false, 0);
        if let Some(work) = &mut self.work {
            work.stage = Stage::Begun;
        }
    }

    /// Drops the operations under way and waiting; gives the newest.
    pub(super) fn give_up(&mut self) -> Option<OperationId> {
        let under_way = self.work.take().map(|work| work.op);
        under_way.into_iter().chain(self.waiting.drain(..).map(|(op, _)| op)).max()
    }

    /// Ends the operation under way; `failed` says why it did not do what it was to do.
    pub(super) fn conclude(&mut self, state: ConfigurationState, failed: Option<Cause>) {
        (self.coming, self.attempts) = (false, 0);
        if let Some(work) = self.work.take() {
            self.ledger.conclude(work.op, state, failed);
        }
    }

    /// The report if there is something new to say. A change under way is reported when it is over.
    pub(super) fn news(&mut self, (state, cause): (ConfigurationState, Cause)) -> Option<LinkReport> {
        if self.work.is_some() { None } else { self.ledger.news(state, cause) }
    }

    /// The report, new or not.
    pub(super) fn again(&mut self, (state, cause): (ConfigurationState, Cause)) -> LinkReport {
        self.ledger.again(state, cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsession_fsm::words::AccessPointId;

    #[test]
    fn a_lower_cancels_what_was_to_be_raised() {
        let mut link = Link::new(Profile { access_point: AccessPointId(0), connection: None, interface: Some("wan".into()) });
        link.waiting.push_back((OperationId(1), Want::Up));
        link.take_up();
        assert_eq!(link.work.map(|work| work.op), Some(OperationId(1)));
        link.waiting.extend([(OperationId(2), Want::Up), (OperationId(3), Want::Down), (OperationId(4), Want::Up)]);
        link.take_up();
        assert_eq!(link.work.map(|work| (work.op, work.want)), Some((OperationId(3), Want::Down)));
        link.take_up();
        assert_eq!(link.work.map(|work| work.op), Some(OperationId(3)), "a Raise waits for the Lower");
        link.conclude(ConfigurationState::Discovered, None);
        link.take_up();
        assert_eq!(link.work.map(|work| (work.op, work.want)), Some((OperationId(4), Want::Up)));
    }
}
