//! What a session does not want offered for a while: suppression, back-off, suppression windows (SPEC §6.1, §6.6).

use super::batch::Work;
use super::mutants::Mutant;
use super::records::{Session, Suppression};
use super::{Hub, Settings, Timer};
use crate::roaming::{Old, RoamEvent, RoamState};
use crate::session::Hold;
use crate::words::{AccessPointId, Refusal};
use core::time::Duration;

impl Session {
    /// Whether the access point is not to be offered now.
    pub(super) fn suppresses(&self, id: AccessPointId) -> bool {
        self.entry(id).is_some_and(|entry| entry.active)
    }

    /// Whether that is because the application declined it, not because it failed.
    pub(super) fn declined(&self, id: AccessPointId) -> bool {
        self.entry(id).is_some_and(|entry| entry.failures == 0)
    }

    /// Whether the open under way has tried it.
    pub(super) fn has_tried(&self, id: AccessPointId) -> bool {
        self.entry(id).is_some_and(|entry| entry.tried)
    }

    /// Entries are kept in order, so that they are found fast, and equal sessions are equal however they came to be.
    fn place(&self, id: AccessPointId) -> Result<usize, usize> {
        self.suppressions.binary_search_by_key(&id, |entry| entry.access_point)
    }

    fn entry(&self, id: AccessPointId) -> Option<&Suppression> {
        self.place(id).ok().map(|place| &self.suppressions[place])
    }

    fn suppression(&mut self, id: AccessPointId) -> &mut Suppression {
        let place = self.place(id).unwrap_or_else(|place| {
            self.suppressions.insert(place, Suppression { access_point: id, active: false, failures: 0, tried: false });
            place
        });
        &mut self.suppressions[place]
    }
}

impl Hub {
    /// Ignored or rejected.
    pub(super) fn suppress(&mut self, index: u32, id: AccessPointId) {
        let entry = self.session_mut(index).suppression(id);
        (entry.active, entry.failures) = (true, 0);
        let timer = Timer::Suppression(self.id_of(index), id);
        self.arm(timer, self.rest_after(0));
    }

    /// How long what failed so many times in a row is not offered; 0: what was declined.
    pub(super) fn rest_after(&self, failures: u8) -> Duration {
        let Settings { suppression, back_off, back_off_limit, .. } = self.settings;
        match failures {
            0 => suppression,
            failures => back_off.saturating_mul(1 << (failures - 1).min(31)).min(back_off_limit),
        }
    }

    /// Failed: 5 s, doubled at each further failure.
    pub(super) fn back_off(&mut self, index: u32, id: AccessPointId) {
        let failures = self.session_mut(index).suppression(id).failures;
        // Past the limit counting on would tell nothing.
        let counts = failures == 0 || self.rest_after(failures) < self.settings.back_off_limit;
        let failures = if counts { failures.saturating_add(1) } else { failures };
        let entry = self.session_mut(index).suppression(id);
        (entry.active, entry.failures) = (true, failures);
        let duration = self.rest_after(failures);
        let timer = Timer::Suppression(self.id_of(index), id);
        self.arm(timer, duration);
    }

    /// The open under way failed on it, and does not try it again.
    pub(super) fn mark_tried(&mut self, index: u32, id: AccessPointId) {
        self.session_mut(index).suppression(id).tried = true;
    }

    /// No open is under way any more: of what it failed on the back-off is left, and, where it doubles, how often it failed.
    pub(super) fn forget_tried(&mut self, index: u32) {
        let doubles = self.settings.back_off < self.settings.back_off_limit;
        let suppressions = &mut self.session_mut(index).suppressions;
        suppressions.retain(|entry| entry.active || doubles || !entry.tried);
        suppressions.iter_mut().for_each(|entry| entry.tried = false);
    }

    /// The session uses it: what went before is forgiven.
    pub(super) fn forgive(&mut self, index: u32, id: AccessPointId) {
        self.drop_suppressions(index, |entry| entry.access_point == id);
    }

    /// A declined access point that goes away may be offered when it comes back; one that failed keeps its back-off.
    pub(super) fn end_suppression_by_absence(&mut self, index: u32, id: AccessPointId) {
        self.drop_suppressions(index, |entry| entry.access_point == id && entry.failures == 0);
    }

    /// `request_roam` forgets what was declined before.
    pub(super) fn clear_declined(&mut self, index: u32) {
        self.drop_suppressions(index, |entry| entry.failures == 0);
    }

    /// Nothing is remembered after close; but one that opens again by itself keeps what it must back off from.
    pub(super) fn clear_suppressions(&mut self, index: u32) {
        let keep = self.session(index).options.reopen;
        self.drop_suppressions(index, |entry| !keep || entry.failures == 0);
        self.forget_tried(index);
    }

    fn drop_suppressions(&mut self, index: u32, drop: impl Fn(&Suppression) -> bool) {
        let id = self.id_of(index);
        let mut place = 0;
        while let Some(entry) = self.session(index).suppressions.get(place).copied() {
            if drop(&entry) {
                self.session_mut(index).suppressions.remove(place);
                if entry.active {
                    self.disarm(Timer::Suppression(id, entry.access_point));
                }
            } else {
                place += 1;
            }
        }
    }

    pub(super) fn suppression_ended(&mut self, index: u32, id: AccessPointId) {
        let doubles = self.settings.back_off < self.settings.back_off_limit;
        let session = self.session_mut(index);
        if let Some(entry) = session.suppressions.iter_mut().find(|entry| entry.access_point == id && entry.active) {
            entry.active = false;
            if !entry.tried && (entry.failures == 0 || !doubles) {
                session.suppressions.retain(|entry| entry.access_point != id);
            }
            if !self.broken(Mutant::ForgetsSuppressionEnd) {
                self.work(Work::Consider(index));
            }
        }
    }

    /// Opens, replaces or ends the session's suppression window.
    pub(super) fn open_window(&mut self, index: u32, duration: Duration) -> Result<(), Refusal> {
        if self.session(index).hold != Hold::Held {
            return Err(Refusal::NotOpen);
        }
        if duration.is_zero() {
            self.close_window(index);
            self.work(Work::Consider(index));
            return Ok(());
        }
        self.session_mut(index).window = Some(duration);
        self.arm(Timer::Window(self.id_of(index)), duration);
        let session = self.session(index);
        if session.roam == RoamState::Offered && session.memory.old == Old::Up {
            self.roam_event(index, RoamEvent::CandidateVanished);
        }
        Ok(())
    }

    pub(super) fn close_window(&mut self, index: u32) {
        if self.session(index).window.is_some() {
            self.session_mut(index).window = None;
            self.disarm(Timer::Window(self.id_of(index)));
        }
    }

    pub(super) fn window_ended(&mut self, index: u32) {
        if self.session_mut(index).window.take().is_some() && !self.broken(Mutant::ForgetsWindowEnd) {
            self.work(Work::Consider(index));
        }
    }
}
