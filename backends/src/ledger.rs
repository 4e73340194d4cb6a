//! What was reported of one link? Numbers and causes of its reports, the same for every executor of real links (C1, C2, C7).

use netsession_fsm::hub::LinkReport;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};

/// The book on the reports of one link.
#[derive(Debug)]
pub(crate) struct Ledger {
    access_point: AccessPointId,
    /// The newest operation that is finished.
    done: OperationId,
    generation: u64,
    told: Option<(ConfigurationState, Cause, OperationId)>,
    /// It was Active when an earlier process ended, and this one has not reported yet.
    up_before: bool,
    /// Why it is only Discovered.
    why: Cause,
    /// What the next report says was asked for by an operation: nobody else took the link down.
    asked_for: bool,
    /// Why the last operation failed; holds as long as the state does.
    failed: Option<(ConfigurationState, Cause)>,
}

impl Ledger {
    /// Nothing was reported yet.
    pub(crate) fn new(access_point: AccessPointId) -> Self {
        Self {
            access_point,
            done: OperationId(0),
            generation: 0,
            told: None,
            up_before: false,
            why: Cause::Unknown,
            asked_for: false,
            failed: None,
        }
    }

    /// The link was Active when an earlier process ended: a first report that says otherwise, and not why, is of one that others took down.
    pub(crate) fn remember_up(&mut self) {
        self.up_before = true;
    }

    /// Whether the link was last told Active.
    pub(crate) fn was_active(&self) -> bool {
        matches!(self.told, Some((ConfigurationState::Active, _, _)))
    }

    /// An operation ended and the link is now in this state; `failed` says why it did not do what it was to do.
    pub(crate) fn conclude(&mut self, op: OperationId, state: ConfigurationState, failed: Option<Cause>) {
        self.done = self.done.max(op);
        self.why = Cause::Unknown;
        self.asked_for = true;
        self.failed = failed.map(|cause| (state, cause));
    }

    /// The report if there is something new to say. `cause` is what the state itself says of why it is so, `Unknown` if nothing:
    /// then a link that was Active and that nobody asked down was taken down by others, and a failed operation is the reason
    /// until the state changes.
    pub(crate) fn news(&mut self, state: ConfigurationState, cause: Cause) -> Option<LinkReport> {
        let before = self.told;
        let report = self.report(state, cause);
        if before == self.told {
            return None;
        }
        self.generation += 1;
        Some(LinkReport { generation: self.generation, ..report })
    }

    /// The report, new or not.
    pub(crate) fn again(&mut self, state: ConfigurationState, cause: Cause) -> LinkReport {
        let report = self.report(state, cause);
        self.generation += 1;
        LinkReport { generation: self.generation, ..report }
    }

    fn report(&mut self, state: ConfigurationState, mapped: Cause) -> LinkReport {
        let was_active = self.was_active() || std::mem::take(&mut self.up_before);
        if state == ConfigurationState::Active || mapped == Cause::Vanished {
            self.why = Cause::Unknown;
        } else if was_active && !self.asked_for && mapped == Cause::Unknown {
            self.why = Cause::TakenDown;
        }
        self.asked_for = false;
        self.failed = self.failed.filter(|(then, _)| *then == state && state != ConfigurationState::Active);
        let cause = match (self.failed, state) {
            (Some((_, cause)), _) if mapped != Cause::Vanished => cause,
            (_, ConfigurationState::Discovered) if mapped == Cause::Unknown => self.why,
            _ => mapped,
        };
        self.told = Some((state, cause, self.done));
        LinkReport { access_point: self.access_point, generation: self.generation, state, done: self.done, cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_state_says_of_itself_goes_before_what_is_guessed() {
        use ConfigurationState::{Active, Discovered};
        let mut ledger = Ledger::new(AccessPointId(1));
        let mut told = |state, cause| ledger.news(state, cause).map(|report| report.cause);
        assert_eq!(told(Active, Cause::Unknown), Some(Cause::Unknown));
        assert_eq!(told(Discovered, Cause::NoLease), Some(Cause::NoLease));
        assert_eq!(told(Discovered, Cause::NoLease), None);
        assert_eq!(told(Active, Cause::Unknown), Some(Cause::Unknown));
        assert_eq!(told(Discovered, Cause::Unknown), Some(Cause::TakenDown));
    }

    #[test]
    fn what_was_up_before_this_process_was_taken_down_meanwhile() {
        use ConfigurationState::{Active, Defined, Discovered};
        let first = |up: bool, state, cause| {
            let mut ledger = Ledger::new(AccessPointId(1));
            if up {
                ledger.remember_up();
            }
            [ledger.again(state, cause).cause, ledger.again(Discovered, Cause::Unknown).cause]
        };
        assert_eq!(first(true, Discovered, Cause::Unknown), [Cause::TakenDown; 2]);
        assert_eq!(first(true, Defined, Cause::CarrierLost), [Cause::CarrierLost, Cause::Unknown], "it says itself why");
        assert_eq!(first(true, Active, Cause::Unknown), [Cause::Unknown, Cause::TakenDown]);
        assert_eq!(first(false, Discovered, Cause::Unknown), [Cause::Unknown; 2]);
    }
}
