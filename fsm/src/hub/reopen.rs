//! A session that was lost and asked for it opens again by itself (SPEC §5: an explicit option).

use super::mutants::Mutant;
use super::{Hub, Timer};
use crate::session::Prospect;
use core::time::Duration;

impl Hub {
    /// A session that was lost and asked for it opens by itself (SPEC §5); not in the batch that tells its end, which `closed` and the
    /// error that explains it complete (SPEC §11), nor in one that has let go of links, which it might want, but at once after that.
    pub(super) fn reopen_soon(&mut self, index: u32) {
        let later = self.batch.tells_end(self.session(index).touched) && !self.broken(Mutant::ReopensAtOnce);
        if later || self.batch.let_go {
            self.arm(Timer::Session(self.id_of(index)), Duration::ZERO);
        } else {
            self.reopen(index);
        }
    }

    /// What was put off is due.
    pub(super) fn reopen_now(&mut self, index: u32) {
        if self.session(index).intent {
            self.reopen(index);
        }
    }

    fn reopen(&mut self, index: u32) {
        if self.resolve(index, None).is_ok() && matches!(self.prospect(index), Prospect::Up | Prospect::Down) {
            self.forget_intent(index);
            self.engage(index);
        } else if self.session(index).chosen.is_some() {
            // What came to nothing is not chosen.
            self.session_mut(index).chosen = None;
        }
    }

    /// From now on it does not open by itself.
    pub(super) fn forget_intent(&mut self, index: u32) {
        if core::mem::replace(&mut self.session_mut(index).intent, false) {
            self.disarm(Timer::Session(self.id_of(index)));
        }
    }
}
