//! Sessions open, close and stop (SPEC §4, §5).

use super::batch::Work;
use super::mutants::Mutant;
use super::{Counters, Hub, Notice, Timer};
use crate::link::{LinkEvent, LinkState};
use crate::roaming::RoamEvent;
use crate::session::{Hold, HoldEffect, HoldEvent, HoldMemory, Prospect};
use crate::step::{Chart, Effects};
use crate::words::{AccessPointId, Capabilities, Cause, ConfigurationId, Error, ErrorKind, Operation, Refusal, RequestId};

impl Hub {
    pub(super) fn open(&mut self, index: u32, request: RequestId, choice: Option<ConfigurationId>) {
        if self.session(index).hold == Hold::Free
            && let Err(refusal) = self.resolve(index, choice)
        {
            self.answer(Some(index), request, Err(refusal));
            return;
        }
        self.forget_intent(index);
        let session = self.session_mut(index);
        match session.open_request {
            // The machine answers what waits, in the order it came.
            None => session.open_request = Some(request),
            Some(_) => session.more_requests.push(request),
        }
        self.engage(index);
    }

    pub(super) fn engage(&mut self, index: u32) {
        let prospect = if self.session(index).hold == Hold::Free { self.prospect(index) } else { Prospect::Up };
        self.hold_event(index, HoldEvent::OpenRequested(prospect));
    }

    /// A user choice becomes an access point or a service network: what was chosen, or the first usable (SPEC §5).
    pub(super) fn resolve(&mut self, index: u32, choice: Option<ConfigurationId>) -> Result<(), Refusal> {
        let ConfigurationId::UserChoice(id) = self.session(index).configuration else { return Ok(()) };
        let options = &self.choices[id.at()].definition.options;
        let chosen = match choice {
            Some(choice) if options.contains(&choice) => Some(choice),
            Some(choice) => return Err(Refusal::UnknownConfiguration(choice)),
            None => {
                let usable = |option: &&ConfigurationId| self.current_state(**option) >= crate::words::ConfigurationState::Discovered;
                options.iter().find(usable).copied()
            }
        };
        self.session_mut(index).chosen = chosen;
        Ok(())
    }

    /// What an open finds, and notes it as the one to be tried.
    pub(super) fn prospect(&mut self, index: u32) -> Prospect {
        let session = self.session(index);
        let invalid = |cause| Prospect::Nothing(ErrorKind::InvalidConfiguration, cause);
        if self.is_removed(session.configuration) || self.is_removed(session.effective()) {
            return invalid(Cause::Removed);
        }
        if matches!(session.effective(), ConfigurationId::UserChoice(_)) {
            return invalid(Cause::NotAvailable);
        }
        match self.next_attempt(session) {
            Ok(id) => {
                self.session_mut(index).candidate = Some(id);
                if self.link(id).leaf == LinkState::Up { Prospect::Up } else { Prospect::Down }
            }
            Err(Cause::CannotStartStop) => Prospect::Nothing(ErrorKind::OperationNotSupported, Cause::CannotStartStop),
            Err(cause) => invalid(cause),
        }
    }

    /// The attempt at one access point came to nothing: the next one, each once (SPEC §5).
    pub(super) fn attempt_failed(&mut self, index: u32, cause: Cause) {
        let session = self.session(index);
        if let Some(failed) = session.current {
            let rank = |id| self.rank(session, id).ok_or(());
            if session.failure.is_none_or(|(best, _)| rank(failed) < rank(best)) {
                self.session_mut(index).failure = Some((failed, cause));
            }
            self.back_off(index, failed);
            self.mark_tried(index, failed);
        }
        match self.next_attempt(self.session(index)) {
            Ok(id) => {
                self.session_mut(index).candidate = Some(id);
                self.hold_event(index, HoldEvent::AttemptFailed { more: true });
            }
            Err(_) => self.hold_event(index, HoldEvent::AttemptFailed { more: false }),
        }
    }

    pub(super) fn close(&mut self, index: u32) {
        self.forget_intent(index);
        self.hold_event(index, HoldEvent::CloseRequested);
    }

    pub(super) fn stop(&mut self, index: u32, request: RequestId) {
        let session = self.session(index);
        let targets = if session.hold == Hold::Free {
            [self.mirrored_link(session.effective()), None]
        } else {
            [session.current.filter(|_| session.leases_current()), session.candidate.filter(|_| session.leases_candidate())]
        };
        let standing = |id: &AccessPointId| matches!(self.link(*id).leaf, LinkState::Up | LinkState::Raising);
        let down = targets.map(|target| target.filter(standing));
        let stoppable = |id: &AccessPointId| self.link(*id).attributes.capabilities.has(Capabilities::CAN_START_AND_STOP_INTERFACES);
        let cause = if session.options.may_stop { Cause::CannotStartStop } else { Cause::NotAuthorised };
        let refused = |id: &AccessPointId| !session.options.may_stop || !stoppable(id);
        if let Some(id) = down.into_iter().flatten().find(refused) {
            let error = Error { kind: ErrorKind::OperationNotSupported, cause, operation: Operation::Stop, configuration: id.into() };
            self.notify(index, Notice::Error(error));
            self.answer(Some(index), request, Err(Refusal::Failed(error)));
            return;
        }
        self.forget_intent(index);
        for id in down.into_iter().flatten() {
            self.link_event(id, LinkEvent::Forced);
        }
        if !self.broken(Mutant::StopsOthersOnly) {
            self.hold_event(index, HoldEvent::StopRequested);
        }
        for id in down.into_iter().flatten() {
            self.for_concerned(id, |hub, other| {
                if hub.session(other).leases(id) && !hub.broken(Mutant::ForgetsHolders) {
                    hub.hold_event(other, HoldEvent::Aborted(Cause::Stopped));
                } else if hub.broken(Mutant::TellsMonitors) && other != index {
                    hub.hold_effect(other, HoldEffect::HoldFailed(ErrorKind::SessionAborted, Cause::Stopped));
                }
            });
        }
        self.answer(Some(index), request, Ok(()));
    }

    pub(super) fn session_expired(&mut self, index: u32) {
        match self.session(index).hold {
            Hold::Wanting => self.attempt_failed(index, Cause::Timeout),
            Hold::Held => self.roam_event(index, RoamEvent::Expired),
            Hold::Free => self.reopen_now(index),
        }
    }

    /// Gives an event to the hold machine and does what it asks.
    pub(super) fn hold_event(&mut self, index: u32, event: HoldEvent) {
        let mut effects = Effects::new();
        let before = self.session(index).hold;
        let mut hold = before;
        let verdict = HoldMemory.step(&mut hold, &event, &mut effects);
        self.note::<HoldMemory>(before, event, hold, verdict);
        for effect in effects {
            self.hold_effect(index, effect);
        }
        // The leaf changes after the effects: while they are done, leases are still told by the old one.
        self.session_mut(index).hold = hold;
        if (before == Hold::Free) != (hold == Hold::Free) {
            self.watch(index, hold != Hold::Free);
        }
        self.touch(index);
    }

    fn hold_effect(&mut self, index: u32, effect: HoldEffect) {
        match effect {
            HoldEffect::Attempt => {
                if self.broken(Mutant::TellsOpenedEarly) {
                    self.notify(index, Notice::Opened);
                }
                if let Some(id) = self.take_up(index) {
                    let timeout = self.link(id).attributes.connect_timeout;
                    self.arm(Timer::Session(self.id_of(index)), timeout);
                }
            }
            HoldEffect::Join => {
                self.take_up(index);
            }
            HoldEffect::DisarmTimeout => self.disarm(Timer::Session(self.id_of(index))),
            HoldEffect::Release => self.release(index),
            // `open` and `reopen` put the request where it waits.
            HoldEffect::Queue => {}
            HoldEffect::AnswerOpen => self.answer_opens(index, Ok(())),
            HoldEffect::Opened => {
                if let Some(id) = self.session(index).current {
                    let base = self.link(id).counters;
                    let session = self.session_mut(index);
                    (session.counted, session.current_base) = (Counters::default(), base);
                    session.failure = None;
                    self.forget_tried(index);
                }
                self.notify(index, Notice::Opened);
                self.answer_opens(index, Ok(()));
                self.work(Work::Consider(index));
            }
            HoldEffect::Closed => {
                self.notify(index, Notice::Closed);
                if self.broken(Mutant::ClosesTwice) {
                    self.notify(index, Notice::Closed);
                }
            }
            HoldEffect::OpenFailed(kind, cause) => self.open_failed(index, kind, cause, None),
            HoldEffect::Exhausted => {
                let (failed, cause) = match self.session(index).failure {
                    Some((failed, cause)) => (Some(failed), cause),
                    None => (None, Cause::Unknown),
                };
                self.open_failed(index, ErrorKind::InvalidConfiguration, cause, failed);
            }
            HoldEffect::OpenCancelled => {
                if self.broken(Mutant::ForgetsCancelled) {
                    return;
                }
                let error = self.open_error(index, ErrorKind::SessionAborted, Cause::Cancelled, None);
                self.answer_opens(index, Err(Refusal::Failed(error)));
            }
            HoldEffect::HoldFailed(kind, cause) => {
                let session = self.session_mut(index);
                session.intent = session.options.reopen && !matches!(cause, Cause::Stopped | Cause::Removed);
                let error = Error { kind, cause, operation: Operation::Hold, configuration: session.effective() };
                self.notify(index, Notice::Error(error));
            }
        }
    }

    /// The access point that was chosen to be tried becomes the current one, and is leased.
    fn take_up(&mut self, index: u32) -> Option<AccessPointId> {
        let session = self.session_mut(index);
        session.current = session.candidate.take();
        let id = session.current?;
        self.lease(index, id);
        Some(id)
    }

    fn open_error(&self, index: u32, kind: ErrorKind, cause: Cause, failed: Option<AccessPointId>) -> Error {
        let configuration = failed.map_or(self.session(index).effective(), ConfigurationId::from);
        Error { kind, cause, operation: Operation::Open, configuration }
    }

    fn open_failed(&mut self, index: u32, kind: ErrorKind, cause: Cause, failed: Option<AccessPointId>) {
        let error = self.open_error(index, kind, cause, failed);
        // One that opens again by itself goes on trying, after its back-off.
        let session = self.session_mut(index);
        session.intent = session.options.reopen && session.open_request.is_none() && kind == ErrorKind::InvalidConfiguration;
        if self.session(index).hold == Hold::Free {
            self.session_mut(index).chosen = None;
        }
        self.notify(index, Notice::Error(error));
        self.answer_opens(index, Err(Refusal::Failed(error)));
    }

    fn answer_opens(&mut self, index: u32, result: Result<(), Refusal>) {
        if let Some(request) = self.session_mut(index).open_request.take() {
            self.answer(Some(index), request, result);
            if self.broken(Mutant::AnswersOpenTwice) {
                self.answer(Some(index), request, result);
            }
        }
        if self.broken(Mutant::ForgetsLaterOpens) {
            return;
        }
        for request in core::mem::take(&mut self.session_mut(index).more_requests) {
            self.answer(Some(index), request, result);
        }
    }

    /// Drops every lease and forgets the handshake; nothing is remembered after close (SPEC §13).
    fn release(&mut self, index: u32) {
        let session = self.session(index);
        let (current, candidate) = (session.current, session.candidate);
        let (leases_current, leases_candidate) = (session.leases_current(), session.leases_candidate());
        self.count_up(index);
        if let Some(id) = current.filter(|_| leases_current && !self.broken(Mutant::ForgetsLease)) {
            self.unlease(id);
        }
        if let Some(id) = candidate.filter(|_| leases_candidate) {
            self.unlease(id);
        }
        if self.session(index).hold == Hold::Held {
            self.roam_ended(index);
        }
    }

    /// An engaged session watches every link it could use.
    fn watch(&mut self, index: u32, engaged: bool) {
        let configuration = self.session(index).effective();
        for place in 0..self.members(configuration).len() {
            let id = self.members(configuration)[place];
            let link = self.link_mut(id);
            if engaged {
                link.watchers += 1;
            } else {
                link.watchers -= 1;
                if link.watchers == 0 {
                    self.work(Work::Unwatch(id));
                }
            }
        }
        if !engaged {
            self.clear_suppressions(index);
            let session = self.session_mut(index);
            (session.current, session.candidate, session.chosen, session.failure) = (None, None, None, None);
        }
    }
}
