//! The roaming handshake in the hub: what the machine asks for, and who answers its questions (SPEC §6).

use super::batch::Work;
use super::mutants::Mutant;
use super::{Hub, Notice, Offer, Timer};
use crate::link::LinkEvent;
use crate::roaming::{Deadline, Old, RoamEffect, RoamEvent, RoamMemory, RoamState, Why};
use crate::session::{Hold, HoldEvent};
use crate::step::{Chart, Effects};
use crate::words::{Cause, ConfigurationId, Error, ErrorKind, Mode, OfferKind, Operation};
use core::time::Duration;

impl Hub {
    /// Gives an event to the roaming machine, does what it asks, and answers what is not the application's to answer.
    pub(super) fn roam_event(&mut self, index: u32, event: RoamEvent) {
        let mut event = Some(event);
        while let Some(given) = event.take() {
            let before = self.session(index).roam;
            self.roam_step(index, given);
            let session = self.session(index);
            if session.hold != Hold::Held {
                return;
            }
            event = match session.roam {
                RoamState::Seeking => Some(self.seek(index)),
                RoamState::Offered if !session.memory.consulted || session.options.mode == Mode::Forced => Some(RoamEvent::Migrate),
                RoamState::Trial if session.options.mode == Mode::Off => Some(RoamEvent::Reject),
                RoamState::Trial if !session.memory.consulted || session.options.mode == Mode::Forced => Some(RoamEvent::Accept),
                RoamState::Stable if before != RoamState::Stable => {
                    self.work(Work::Consider(index));
                    None
                }
                RoamState::Stable
                | RoamState::Offered
                | RoamState::Migrating
                | RoamState::Trial
                | RoamState::Committing
                | RoamState::Restoring => None,
            };
        }
    }

    fn roam_step(&mut self, index: u32, event: RoamEvent) {
        let mut effects = Effects::new();
        let session = self.session_mut(index);
        let before = session.memory;
        let reserved = before.reserves_old(session.roam);
        let from = session.roam;
        let verdict = session.memory.step(&mut session.roam, &event, &mut effects);
        let to = session.roam;
        let reserves = session.memory.reserves_old(to);
        let current = session.current;
        self.note::<RoamMemory>(from, event, to, verdict);
        self.touch(index);
        if let Some(id) = current {
            match (reserved, reserves) {
                (false, true) => self.reserve(id),
                (true, false) => self.unreserve(id),
                (true, true) | (false, false) => {}
            }
        }
        for effect in effects {
            self.roam_effect(index, effect, before.consulted);
        }
        let session = self.session_mut(index);
        if matches!(session.roam, RoamState::Stable | RoamState::Seeking | RoamState::Restoring) && session.hold == Hold::Held {
            session.candidate = None;
        }
    }

    /// `was_consulted`: the application was asked before this step, whose transition may have ended the handshake.
    fn roam_effect(&mut self, index: u32, effect: RoamEffect, was_consulted: bool) {
        let session = self.session(index);
        let (current, candidate) = (session.current, session.candidate);
        match effect {
            RoamEffect::Offer => {
                let session = self.session_mut(index);
                session.offer.0 += 1;
                if let Some(offer) = self.pending_offer(index).filter(|_| self.session(index).memory.consulted) {
                    self.notify(index, Notice::PreferredConfigurationChanged(offer));
                }
            }
            RoamEffect::Withdraw => {
                if was_consulted && !self.broken(Mutant::ForgetsWithdrawal) {
                    let id = session.offer;
                    self.notify(index, Notice::OfferWithdrawn(id));
                }
            }
            RoamEffect::YieldOld => {
                if let Some(id) = current {
                    self.count_up(index);
                    self.unlease(id);
                    self.link_event(id, LinkEvent::Forced);
                }
            }
            RoamEffect::LeaseCandidate => {
                if let Some(id) = candidate {
                    self.session_mut(index).candidate_base = self.link(id).counters;
                    self.lease(index, id);
                }
                if self.broken(Mutant::AnnouncesEarly) {
                    self.roam_effect(index, RoamEffect::Activate, was_consulted);
                }
            }
            RoamEffect::Activate => {
                if let Some(access_point) = candidate.filter(|_| session.memory.consulted && session.options.mode == Mode::Application) {
                    let offer = session.offer;
                    self.notify(index, Notice::NewConfigurationActivated { offer, access_point });
                }
            }
            RoamEffect::DropCandidate => {
                if let Some(id) = candidate.filter(|_| !self.broken(Mutant::KeepsCandidateLease)) {
                    self.count_candidate(index);
                    self.unlease(id);
                }
            }
            RoamEffect::Suppress => {
                if let Some(id) = candidate.filter(|_| !self.broken(Mutant::SuppressesNothing)) {
                    self.suppress(index, id);
                }
            }
            RoamEffect::BackOff => {
                if let Some(id) = candidate.filter(|_| !self.broken(Mutant::BacksOffNothing)) {
                    self.back_off(index, id);
                }
            }
            RoamEffect::RoamFailed(cause) => {
                let configuration = candidate.map_or(session.effective(), ConfigurationId::from);
                let error = Error { kind: ErrorKind::Roaming, cause, operation: Operation::Roam, configuration };
                self.notify(index, Notice::Error(error));
            }
            RoamEffect::DropOld => {
                if let Some(id) = current.filter(|_| !self.broken(Mutant::KeepsOldLease)) {
                    self.count_current(index);
                    self.unlease(id);
                }
            }
            RoamEffect::Adopt => {
                let session = self.session_mut(index);
                session.current = session.candidate.take();
                session.current_base = session.candidate_base;
                if let Some(id) = candidate {
                    self.forgive(index, id);
                }
            }
            RoamEffect::RestoreOld => {
                if let Some(id) = current.filter(|_| !self.broken(Mutant::RestoresNothing)) {
                    self.session_mut(index).current_base = self.link(id).counters;
                    if !self.members(self.session(index).effective()).contains(&id) {
                        // its group was defined anew without it while the candidate had its radio
                        self.work(Work::Lost(index, id, Cause::Removed));
                    }
                    self.lease(index, id);
                }
            }
            RoamEffect::LoseOld => {
                if let Some(id) = current {
                    self.count_current(index);
                    self.unlease(id);
                    self.session_mut(index).current = None;
                    self.back_off(index, id);
                }
            }
            RoamEffect::Lose(why) => {
                let (kind, cause) = match why {
                    Why::Nowhere(cause) => (ErrorKind::SessionAborted, cause),
                    Why::Failed(cause) => (ErrorKind::Roaming, cause),
                    Why::Declined => (ErrorKind::SessionAborted, Cause::Declined),
                };
                self.hold_event(index, HoldEvent::Lost(kind, cause));
            }
            RoamEffect::Arm(Deadline::Trial) if self.broken(Mutant::TestsForEver) => self.disarm(Timer::Session(self.id_of(index))),
            RoamEffect::Arm(Deadline::Offer) if self.waits_for_ever(index) => {}
            RoamEffect::Arm(deadline) => {
                let duration = self.deadline(index, deadline);
                self.arm(Timer::Session(self.id_of(index)), duration);
            }
            RoamEffect::Disarm => self.disarm(Timer::Session(self.id_of(index))),
        }
    }

    fn waits_for_ever(&self, index: u32) -> bool {
        let lost = self.session(index).memory.old == Old::Gone;
        self.broken(if lost { Mutant::WaitsInTheDark } else { Mutant::OffersForEver })
    }

    pub(super) fn deadline(&self, index: u32, deadline: Deadline) -> Duration {
        let connect = |id: Option<crate::words::AccessPointId>| {
            id.map_or(self.settings.commit_timeout, |id| self.link(id).attributes.connect_timeout)
        };
        match deadline {
            Deadline::Offer => self.settings.offer_deadline,
            Deadline::Candidate => connect(self.session(index).candidate),
            Deadline::Trial => self.settings.trial_deadline,
            Deadline::Commit => self.settings.commit_timeout,
            Deadline::Restore => connect(self.session(index).current),
        }
    }

    /// What is offered or tested, as the client sees it.
    pub(super) fn pending_offer(&self, index: u32) -> Option<Offer> {
        let session = self.session(index);
        let access_point = session.candidate.filter(|_| matches!(session.roam, RoamState::Offered | RoamState::Trial))?;
        let kind = if session.memory.old == Old::Gone { OfferKind::Downgrade } else { OfferKind::Upgrade };
        Some(Offer {
            id: session.offer,
            access_point,
            kind,
            seamless: false,
            keeps_old: session.memory.keeps_old && session.memory.old == Old::Up,
        })
    }

    /// The handshake ends because the session does.
    pub(super) fn roam_ended(&mut self, index: u32) {
        self.roam_step(index, RoamEvent::Ended);
        self.close_window(index);
    }

    /// The next candidate after the old link is gone.
    fn seek(&mut self, index: u32) -> RoamEvent {
        let mode = self.session(index).options.mode;
        let found = if mode == Mode::Off { None } else { self.best_candidate(index) };
        match found {
            Some(found) => {
                self.session_mut(index).candidate = Some(found.access_point);
                RoamEvent::CandidateFound { consulted: mode == Mode::Application, keeps_old: true }
            }
            None => RoamEvent::NoCandidate,
        }
    }
}
