//! What becomes of a link we raised when its configuration is removed? It is lowered until it is down, and occupies its radio until then
//! (SPEC §5, §7.3, L5).

use super::mutants::Mutant;
use super::{Hub, Timer};
use crate::link::{LinkEffect, LinkEvent, LinkState};
use crate::words::{AccessPointId, Cause, ConfigurationState};

impl Hub {
    /// The access point's configuration is removed: what we raised is given back, whoever leases it is told as of a loss.
    pub(super) fn leave(&mut self, id: AccessPointId) {
        let ours = self.link(id).owes() && !self.broken(Mutant::ForgetsRemoved);
        if ours {
            self.link_event(id, LinkEvent::Forced);
            self.link_event(id, LinkEvent::Unwatched);
        }
        let link = self.link_mut(id);
        (link.removed, link.leaving) = (true, ours);
        self.link_event(id, LinkEvent::Reported { state: ConfigurationState::Absent, settled: true, cause: Cause::Removed });
        self.keep_link(id);
        if ours {
            self.arm(Timer::Lower(id), self.settings.retry);
        }
        self.lost(id, Cause::Removed);
    }

    /// The access point is defined again: one that is still to be given back is being lowered, and nobody's until it is down.
    pub(super) fn come_back(&mut self, id: AccessPointId) {
        let link = self.link_mut(id);
        link.removed = false;
        if core::mem::replace(&mut link.leaving, false) {
            link.memory.ours = true;
            let before = core::mem::replace(&mut link.leaf, LinkState::Lowering);
            self.keep_link(id);
            self.link_moved(id, before, LinkState::Lowering);
        }
    }

    /// How the link of a removed configuration stands. `again`: if it is up, it has to be told once more.
    pub(super) fn left(&mut self, id: AccessPointId, state: ConfigurationState, settled: bool, again: bool) {
        let link = self.link_mut(id);
        if !link.leaving || !settled {
            return;
        }
        if state != ConfigurationState::Active {
            link.leaving = false;
            self.keep_link(id);
            self.disarm(Timer::Lower(id));
            self.radio_freed(id);
        } else if again {
            self.lower_again(id);
        }
    }

    /// It was not lowered, or the executor has not said so.
    pub(super) fn lower_again(&mut self, id: AccessPointId) {
        if self.link(id).leaving {
            self.link_effect(id, LinkEffect::Lower);
            self.link_effect(id, LinkEffect::ArmRetry);
        }
    }
}
