//! Who is a candidate for whom: ranks, admissibility, and when an offer is made, replaced or withdrawn (SPEC §6.2, §7.3).

use super::Hub;
use super::mutants::Mutant;
use super::records::{Rank, Session};
use crate::roaming::{Old, RoamEvent, RoamState};
use crate::session::Hold;
use crate::words::{AccessPointId, Capabilities, Cause, Mode};

/// An access point a session could roam to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) rank: Rank,
    pub(super) access_point: AccessPointId,
    /// The old link can stay up beside it.
    pub(super) keeps_old: bool,
}

impl Hub {
    /// Looks whether the session has a (better) candidate, or the offered one is none any more; a session that was lost and asked
    /// for it opens again. Safe to call at any time.
    pub(super) fn consider(&mut self, index: u32) {
        if self.slots[index as usize].session.is_none() {
            return;
        }
        let session = self.session(index);
        match (session.hold, session.roam) {
            (Hold::Free, _) if session.intent => self.reopen_soon(index),
            (Hold::Held, RoamState::Stable)
                if (session.options.mode != Mode::Off || self.broken(Mutant::MovesWhileOff)) && !self.broken(Mutant::ForgetsToLook) =>
            {
                if let Some(found) = self.best_upgrade(index) {
                    self.put(index, found);
                }
            }
            (Hold::Held, RoamState::Offered) => self.reconsider(index),
            (Hold::Free | Hold::Wanting, _)
            | (
                Hold::Held,
                RoamState::Stable
                | RoamState::Seeking
                | RoamState::Migrating
                | RoamState::Trial
                | RoamState::Committing
                | RoamState::Restoring,
            ) => {}
        }
    }

    fn put(&mut self, index: u32, found: Candidate) {
        let session = self.session_mut(index);
        session.candidate = Some(found.access_point);
        let consulted = session.options.mode == Mode::Application;
        self.roam_event(index, RoamEvent::CandidateFound { consulted, keeps_old: found.keeps_old });
    }

    /// The pending offer stands, is replaced by a better one, or is withdrawn.
    fn reconsider(&mut self, index: u32) {
        let session = self.session(index);
        let upgrade = session.memory.old == Old::Up;
        let best = if upgrade { self.best_upgrade(index) } else { self.best_candidate(index) };
        match best {
            None if self.broken(Mutant::KeepsVanishedOffer) => {}
            None => self.roam_event(index, RoamEvent::CandidateVanished),
            Some(found) if Some(found.access_point) != session.candidate => self.put(index, found),
            Some(found) if upgrade && found.keeps_old != session.memory.keeps_old => self.put(index, found),
            Some(_) => {}
        }
    }

    /// The best access point other than the current one.
    pub(super) fn best_candidate(&self, index: u32) -> Option<Candidate> {
        self.best_where(index, |_, suppressed| !suppressed)
    }

    /// The same, whatever the application declined before (SPEC §6.5, §6.6).
    pub(super) fn best_other(&self, index: u32) -> Option<Candidate> {
        let session = self.session(index);
        self.best_where(index, |id, suppressed| !suppressed || session.declined(id))
    }

    /// The best access point that is better than the current one and may be offered now.
    fn best_upgrade(&self, index: u32) -> Option<Candidate> {
        let session = self.session(index);
        if session.window.is_some() && !self.broken(Mutant::IgnoresWindow) {
            return None;
        }
        let limit = session.current.filter(|id| !session.suppresses(*id)).and_then(|id| self.rank(session, id));
        // Who was told that the current one does not serve does not wait (SPEC §6.5).
        let unsettled = limit.is_none() && session.current.is_some_and(|id| session.suppresses(id)) || self.broken(Mutant::OffersUnsettled);
        let offers_all = self.broken(Mutant::OffersSuppressed);
        self.best_where(index, |id, suppressed| (!suppressed || offers_all) && (self.link(id).settled || unsettled))
            .filter(|found| limit.is_none_or(|limit| found.rank < limit || self.broken(Mutant::GoesToAndFro)))
    }

    fn best_where(&self, index: u32, wanted: impl Fn(AccessPointId, bool) -> bool) -> Option<Candidate> {
        let session = self.session(index);
        let members = self.members(session.effective());
        let mut best: Option<Candidate> = None;
        for (position, id) in members.iter().enumerate() {
            if session.active() == Some(*id) || !wanted(*id, session.suppresses(*id)) {
                continue;
            }
            let excluded = Rank { fit: u8::MAX, position: 0 };
            let unasked = self.broken(Mutant::IgnoresRequirements).then_some(excluded);
            let Some(rank) = self.rank_at(session, *id, position).or(unasked) else { continue };
            if best.is_some_and(|best| best.rank <= rank) {
                continue;
            }
            if let Ok(keeps_old) = self.admissible(session, *id) {
                best = Some(Candidate { rank, access_point: *id, keeps_old });
            }
        }
        best
    }

    /// The next access point an open tries: the best that it has not tried yet, or why there is none (SPEC §5).
    pub(super) fn next_attempt(&self, session: &Session) -> Result<AccessPointId, Cause> {
        let mut best: Option<(Rank, AccessPointId)> = None;
        let mut cause = Cause::NotAvailable;
        for (position, id) in self.members(session.effective()).iter().enumerate() {
            if (session.intent && session.suppresses(*id)) || (session.has_tried(*id) && !self.broken(Mutant::TriesForEver)) {
                continue;
            }
            let Some(rank) = self.rank_at(session, *id, position) else {
                if cause == Cause::NotAvailable && self.link(*id).usable() {
                    cause = Cause::Requirements;
                }
                continue;
            };
            let last = session.current.filter(|_| self.broken(Mutant::TriesInOrderOnly)).and_then(|last| self.rank(session, last));
            if best.is_some_and(|(best, _)| best <= rank) || last.is_some_and(|last| rank <= last) {
                continue;
            }
            match self.admissible(session, *id) {
                Ok(_) => best = Some((rank, *id)),
                // Not to be in reach says the least; anything else says why what is in reach cannot be had.
                Err(Cause::NotAvailable) => {}
                Err(other) => cause = other,
            }
        }
        best.map(|(_, id)| id).ok_or(cause)
    }

    /// How the access point ranks for the session; `None` if its requirements exclude it, or it is not in its service network.
    pub(super) fn rank(&self, session: &Session, id: AccessPointId) -> Option<Rank> {
        let position = self.members(session.effective()).iter().position(|member| *member == id)?;
        self.rank_at(session, id, position)
    }

    fn rank_at(&self, session: &Session, id: AccessPointId, position: usize) -> Option<Rank> {
        let fit = session.options.requirements.fit(&self.link(id).attributes)?;
        Some(Rank { fit, position: position.min(u16::MAX as usize) as u16 })
    }

    /// Whether the access point can be had now, and whether the session's old link can stay up beside it (SPEC §6.2, §7.3).
    pub(super) fn admissible(&self, session: &Session, id: AccessPointId) -> Result<bool, Cause> {
        let link = self.link(id);
        if !link.usable() {
            return Err(Cause::NotAvailable);
        }
        let up = link.leaf == crate::link::LinkState::Up;
        if !up && self.executors[link.attributes.executor.0 as usize].is_lost() {
            return Err(Cause::BackendGone);
        }
        if !up && !link.attributes.capabilities.has(Capabilities::CAN_START_AND_STOP_INTERFACES) {
            return Err(Cause::CannotStartStop);
        }
        let Some(radio) = link.attributes.radio else { return Ok(true) };
        let mut keeps_old = true;
        for other in self.radios[radio.0 as usize].iter().filter(|other| **other != id) {
            let other = self.link(*other);
            let mine = session.leases(other.id);
            let restores = session.hold == Hold::Held && session.memory.reserves_old(session.roam) && session.current == Some(other.id);
            // who is about to lose it does not keep others from the radio
            if other.leases > other.losing + u32::from(mine) || other.reserved > u32::from(restores) {
                return Err(Cause::RadioBusy);
            }
            let in_the_way = other.occupies_radio();
            if in_the_way && !other.attributes.capabilities.has(Capabilities::CAN_START_AND_STOP_INTERFACES) {
                return Err(Cause::RadioBusy);
            }
            keeps_old &= !mine;
        }
        Ok(keeps_old)
    }
}
