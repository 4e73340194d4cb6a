//! What a client says about roaming: answers to offers, verdicts, its wish to roam, its mode (SPEC §6.1, §6.3, §6.5).

use super::batch::Work;
use super::mutants::Mutant;
use super::{Call, Hub, Notice};
use crate::roaming::{RoamEvent, RoamState};
use crate::session::Hold;
use crate::words::{Cause, Error, ErrorKind, Mode, OfferId, Operation, Refusal};

impl Hub {
    /// An answer of the application: refused by name if it does not fit, else given to the machine (S9).
    pub(super) fn verdict(&mut self, index: u32, call: Call) -> Result<(), Refusal> {
        let session = self.session(index);
        if session.hold != Hold::Held {
            return Err(Refusal::NotOpen);
        }
        let (phase, given, event) = match call {
            Call::Migrate(offer) => (RoamState::Offered, offer, RoamEvent::Migrate),
            Call::Ignore(offer) => (RoamState::Offered, offer, RoamEvent::Ignore),
            Call::Accept(offer) => (RoamState::Trial, offer, RoamEvent::Accept),
            Call::Reject(offer) if self.broken(Mutant::TakesRejectForAccept) => (RoamState::Trial, offer, RoamEvent::Accept),
            Call::Reject(offer) => (RoamState::Trial, offer, RoamEvent::Reject),
            Call::Open { .. }
            | Call::Close
            | Call::Stop
            | Call::RequestRoam
            | Call::SetMode(_)
            | Call::SetRequirements(_)
            | Call::Suppress(_) => return Err(Refusal::WrongPhase(session.roam.phase())),
        };
        self.check_offer(index, given, phase)?;
        self.roam_event(index, event);
        Ok(())
    }

    fn check_offer(&self, index: u32, given: OfferId, phase: RoamState) -> Result<(), Refusal> {
        let session = self.session(index);
        if session.roam != phase || !session.memory.consulted {
            return Err(Refusal::WrongPhase(session.roam.phase()));
        }
        if session.offer != given && !self.broken(Mutant::TakesStaleAnswers) {
            return Err(Refusal::StaleOffer { given, pending: session.offer });
        }
        Ok(())
    }

    /// "This carrier does not serve me": the best other one is offered, whatever its rank; none: an error, and nothing changes
    /// (SPEC §6.5).
    pub(super) fn request_roam(&mut self, index: u32) -> Result<(), Refusal> {
        let session = self.session(index);
        if session.hold != Hold::Held {
            return Err(Refusal::NotOpen);
        }
        if session.roam != RoamState::Stable {
            return Err(Refusal::WrongPhase(session.roam.phase()));
        }
        let mode = session.options.mode;
        let found = match mode {
            Mode::Off => Err(Cause::RoamingOff),
            Mode::Forced | Mode::Application if session.window.is_some() => Err(Cause::Suppressed),
            Mode::Forced | Mode::Application => self.best_other(index).ok_or(Cause::NoCandidate),
        };
        match found {
            Ok(found) => {
                self.clear_declined(index);
                if let Some(current) = self.session(index).current {
                    self.suppress(index, current);
                }
                self.session_mut(index).candidate = Some(found.access_point);
                let consulted = mode == Mode::Application;
                self.roam_event(index, RoamEvent::CandidateFound { consulted, keeps_old: found.keeps_old });
                Ok(())
            }
            Err(cause) => {
                let configuration = self.session(index).effective();
                let error = Error { kind: ErrorKind::Roaming, cause, operation: Operation::Roam, configuration };
                self.notify(index, Notice::Error(error));
                Err(Refusal::Failed(error))
            }
        }
    }

    /// Another mode answers the pending question (SPEC §6.1).
    pub(super) fn set_mode(&mut self, index: u32, mode: Mode) {
        self.session_mut(index).options.mode = mode;
        let session = self.session(index);
        let answer = match (session.roam, mode) {
            (RoamState::Offered, Mode::Off) => Some(RoamEvent::Ignore),
            (RoamState::Offered, Mode::Forced) => Some(RoamEvent::Migrate),
            (RoamState::Trial, Mode::Off) => Some(RoamEvent::Reject),
            (RoamState::Trial, Mode::Forced) => Some(RoamEvent::Accept),
            (
                RoamState::Stable
                | RoamState::Seeking
                | RoamState::Migrating
                | RoamState::Committing
                | RoamState::Restoring
                | RoamState::Offered
                | RoamState::Trial,
                _,
            ) => None,
        };
        match answer {
            Some(event) => self.roam_event(index, event),
            None => self.work(Work::Consider(index)),
        }
    }
}
