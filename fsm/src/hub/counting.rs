//! What a session sent and received, across the links it roamed over (SPEC §10).

use super::{Counters, Hub};
use crate::session::Hold;

impl Hub {
    /// What the session counted on the link it leaves is kept (SPEC §10).
    pub(super) fn count_up(&mut self, index: u32) {
        if self.session(index).hold == Hold::Held {
            if self.session(index).leases_current() {
                self.count_current(index);
            }
            if self.session(index).leases_candidate() {
                self.count_candidate(index);
            }
        }
    }

    pub(super) fn count_current(&mut self, index: u32) {
        if let Some(id) = self.session(index).current {
            let now = self.link(id).counters;
            let session = self.session_mut(index);
            session.counted = session.counted.plus(now.since(session.current_base));
            session.current_base = now;
        }
    }

    pub(super) fn count_candidate(&mut self, index: u32) {
        if let Some(id) = self.session(index).candidate {
            let now = self.link(id).counters;
            let session = self.session_mut(index);
            session.counted = session.counted.plus(now.since(session.candidate_base));
            session.candidate_base = now;
        }
    }
}

impl Counters {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { received: self.received.saturating_add(other.received), sent: self.sent.saturating_add(other.sent) }
    }

    /// What was added since `base`; a counter that went back (the interface is another one) counts from zero.
    #[must_use]
    pub const fn since(self, base: Self) -> Self {
        const fn grown(now: u64, base: u64) -> u64 {
            if now >= base { now - base } else { now }
        }
        Self { received: grown(self.received, base.received), sent: grown(self.sent, base.sent) }
    }
}
