//! Links: commands to raise and lower them, leases on them, and who is told what becomes of them (SPEC §5, §7.1, §7.3).

use super::batch::Work;
use super::mutants::Mutant;
use super::{CatalogueNotice, Command, Hub, Output, Timer};
use crate::link::{LinkEffect, LinkEvent, LinkMemory, LinkState};
use crate::roaming::{RoamEvent, RoamState};
use crate::session::{Hold, HoldEvent};
use crate::step::{Chart, Effects};
use crate::words::{AccessPointId, Capabilities, Cause, ConfigurationState, OperationId, RadioId};

impl Hub {
    /// Gives an event to the link's machine and does what it asks.
    pub(super) fn link_event(&mut self, id: AccessPointId, event: LinkEvent) {
        let mut effects = Effects::new();
        let link = self.link_mut(id);
        let (before, remembered) = (link.leaf, link.memory);
        let verdict = link.memory.step(&mut link.leaf, &event, &mut effects);
        let after = link.leaf;
        if (before, remembered) != (after, link.memory) {
            self.keep_link(id);
        }
        self.note::<LinkMemory>(before, event, after, verdict);
        for effect in effects {
            self.link_effect(id, effect);
        }
        if before != after {
            self.link_moved(id, before, after);
        }
    }

    pub(super) fn link_effect(&mut self, id: AccessPointId, effect: LinkEffect) {
        match effect {
            LinkEffect::Raise => {
                let op = self.begin(id);
                self.command(Command::Raise { op, access_point: id });
            }
            LinkEffect::Lower => {
                let op = self.begin(id);
                let link = self.link_mut(id);
                link.gives_back = !link.leaf.occupies_radio();
                self.command(Command::Lower { op, access_point: id });
            }
            LinkEffect::ArmRetry if self.broken(Mutant::ForgetsRetry) => {}
            LinkEffect::ArmRetry => self.arm(Timer::Lower(id), self.settings.retry),
            LinkEffect::DisarmRetry => self.disarm(Timer::Lower(id)),
            LinkEffect::CameUp => {
                self.work(Work::Ready(id));
                self.work(Work::Reap(id));
            }
            LinkEffect::Failed(cause) | LinkEffect::Lost(cause) => self.lost(id, cause),
            LinkEffect::Fell(_) => self.work(Work::Ready(id)),
        }
    }

    /// One more operation on the link.
    fn begin(&mut self, id: AccessPointId) -> OperationId {
        let op = self.next_op();
        let link = self.link_mut(id);
        (link.op, link.under_way, link.gives_back) = (op, true, false);
        op
    }

    /// Whether an operation on the link is under way, as its executor says: one that is done frees the radio of a link that does not
    /// stand.
    pub(super) fn carries_on(&mut self, id: AccessPointId, under_way: bool) {
        let link = self.link_mut(id);
        link.gives_back &= under_way;
        if core::mem::replace(&mut link.under_way, under_way) != under_way && !link.leaf.occupies_radio() {
            self.keep_link(id);
            self.radio_freed(id);
        }
    }

    /// Whatever follows from a link's being in another state, its lessees apart.
    pub(super) fn link_moved(&mut self, id: AccessPointId, before: LinkState, after: LinkState) {
        let active = |leaf: LinkState| leaf == LinkState::Up;
        let was_online = self.active_links > 0;
        self.active_links = self.active_links - u32::from(active(before)) + u32::from(active(after));
        let online = self.active_links > 0;
        if was_online != online {
            self.batch.catalogue.push(Output::Catalogue(CatalogueNotice::OnlineChanged(online)));
        }
        if active(before) && !active(after) {
            self.route_went_with(id);
        }
        let usable = |leaf: LinkState| leaf.configuration_state() >= ConfigurationState::Discovered;
        match (usable(before), usable(after)) {
            (false, true) if self.settings.settle.is_zero() => self.link_mut(id).settled = true,
            (false, true) => self.arm(Timer::Settle(id), self.settings.settle),
            (true, false) => {
                if !core::mem::replace(&mut self.link_mut(id).settled, false) {
                    self.disarm(Timer::Settle(id));
                }
                self.for_concerned(id, |hub, index| hub.end_suppression_by_absence(index, id));
            }
            (true, true) | (false, false) => {}
        }
        self.republish(id.into());
        for place in 0..self.link(id).containers.len() {
            let container = self.link(id).containers[place];
            self.republish(container);
        }
        self.for_concerned(id, |hub, index| {
            hub.touch(index);
        });
        if before.occupies_radio() && !after.occupies_radio() {
            self.radio_freed(id);
        }
        self.work(Work::Level(id));
    }

    /// The link no longer occupies its radio: whoever waits for another one on it can go on.
    pub(super) fn radio_freed(&mut self, id: AccessPointId) {
        let Some(radio) = self.link(id).attributes.radio else { return };
        for place in 0..self.radios[radio.0 as usize].len() {
            let other = self.radios[radio.0 as usize][place];
            if other != id && self.link(other).leases > 0 {
                self.work(Work::Ready(other));
            }
        }
    }

    pub(super) fn settled(&mut self, id: AccessPointId) {
        if self.links.get(id.at()).is_some_and(|link| link.usable() && !link.settled) {
            self.link_mut(id).settled = true;
            if !self.broken(Mutant::ForgetsSettling) {
                self.work(Work::Level(id));
            }
        }
    }

    pub(super) fn lower_expired(&mut self, id: AccessPointId) {
        match self.links.get(id.at()) {
            Some(link) if link.removed => self.lower_again(id),
            Some(_) => self.link_event(id, LinkEvent::Expired),
            None => {}
        }
    }

    /// The access point may be a candidate now, or no longer.
    pub(super) fn level_changed(&mut self, id: AccessPointId) {
        self.for_concerned(id, Self::consider);
    }

    /// One more session leases the link.
    pub(super) fn lease(&mut self, index: u32, id: AccessPointId) {
        self.link_mut(id).leases += 1 + u32::from(self.broken(Mutant::LeasesTwice));
        self.claim_changed(id, self.link(id).leases);
        self.work(Work::ReadyFor(index));
    }

    /// One session less leases the link.
    pub(super) fn unlease(&mut self, id: AccessPointId) {
        let link = self.link_mut(id);
        link.leases -= 1;
        let left = link.leases;
        if left == 0 && !self.broken(Mutant::ForgetsReap) {
            self.work(Work::Reap(id));
        } else if self.broken(Mutant::LowersUnderOthers) {
            self.link_event(id, LinkEvent::Released);
        }
        self.claim_changed(id, left + 1);
    }

    /// On a radio of several access points, the first and the second lease (or the last but one and the last) change who else may
    /// use it.
    fn claim_changed(&mut self, id: AccessPointId, larger: u32) {
        let shared = |radio: &RadioId| self.radios[radio.0 as usize].len() > 1;
        if let Some(radio) = self.link(id).attributes.radio.filter(shared).filter(|_| larger <= 2) {
            self.work(Work::Radio(radio));
        }
    }

    pub(super) fn reserve(&mut self, id: AccessPointId) {
        self.link_mut(id).reserved += 1;
        self.claim_changed(id, 1);
    }

    pub(super) fn unreserve(&mut self, id: AccessPointId) {
        self.link_mut(id).reserved -= 1;
        self.claim_changed(id, 1);
    }

    pub(super) fn radio_changed(&mut self, radio: RadioId) {
        for place in 0..self.radios[radio.0 as usize].len() {
            let id = self.radios[radio.0 as usize][place];
            self.for_concerned(id, Self::consider);
        }
    }

    /// Lowers the link if nobody leases it any more and it is ours.
    pub(super) fn reap(&mut self, id: AccessPointId) {
        if self.link(id).leases == 0 {
            if self.broken(Mutant::LowersForeignLinks) && self.link(id).leaf == LinkState::Up {
                return self.link_event(id, LinkEvent::Forced);
            }
            self.link_event(id, LinkEvent::Released);
        }
    }

    /// Gives back what is left of raising the link if nobody could use it any more.
    pub(super) fn unwatch(&mut self, id: AccessPointId) {
        let link = self.link(id);
        // One that is gone could not be told; it is when it is back.
        let gone = self.executors[link.attributes.executor.0 as usize].gone;
        if link.leases == 0 && link.watchers == 0 && !gone {
            self.link_event(id, LinkEvent::Unwatched);
        }
    }

    /// The link's state matters to those who wait for it.
    pub(super) fn ready(&mut self, id: AccessPointId) {
        if let Some(cause) = self.link(id).cannot_come() {
            self.lost(id, cause);
        } else if self.link(id).leases > 0 {
            self.for_concerned(id, |hub, index| {
                if hub.session(index).waits_for() == Some(id) {
                    hub.ready_for(index);
                }
            });
        }
    }

    /// Brings on what the session waits for, or tells it that it has come or cannot come.
    pub(super) fn ready_for(&mut self, index: u32) {
        let Some(id) = self.session(index).waits_for() else { return };
        if let Some(cause) = self.link(id).cannot_come() {
            return self.tell_failed(index, id, cause);
        }
        // who waits for it is about to be told that it did not come
        if self.link(id).losing > 0 {
            return;
        }
        match self.link(id).leaf {
            LinkState::Up => self.tell_up(index),
            LinkState::Down => match self.radio_for(id) {
                Ok(true) => self.link_event(id, LinkEvent::Wanted),
                Ok(false) => {}
                Err(cause) => self.lost(id, cause),
            },
            LinkState::Raising if self.broken(Mutant::RaisesTwice) => self.link_effect(id, LinkEffect::Raise),
            LinkState::Raising | LinkState::Lowering | LinkState::Absent | LinkState::Undefined | LinkState::Defined => {}
        }
    }

    /// Whether the link's radio is free for it. What nobody leases gives way, if its executor can lower it (SPEC §7.3).
    fn radio_for(&mut self, id: AccessPointId) -> Result<bool, Cause> {
        let Some(radio) = self.link(id).attributes.radio else { return Ok(true) };
        let mut free = true;
        for place in 0..self.radios[radio.0 as usize].len() {
            let other = self.radios[radio.0 as usize][place];
            let link = self.link(other);
            if other == id || !link.occupies_radio() {
                continue;
            }
            if matches!(link.leaf, LinkState::Raising | LinkState::Up) {
                if link.leases > 0 || !link.attributes.capabilities.has(Capabilities::CAN_START_AND_STOP_INTERFACES) {
                    return Err(Cause::RadioBusy);
                }
                self.link_event(other, LinkEvent::Forced);
            }
            free &= self.broken(Mutant::RaisesOnBusyRadio);
        }
        Ok(free)
    }

    fn tell_up(&mut self, index: u32) {
        match self.session(index).hold {
            Hold::Wanting => self.hold_event(index, HoldEvent::LinkUp),
            Hold::Held if self.session(index).waits_for() == self.session(index).candidate => {
                self.roam_event(index, RoamEvent::CandidateUp);
            }
            Hold::Held => self.roam_event(index, RoamEvent::OldUp),
            Hold::Free => {}
        }
    }

    /// A session's lease on a link came to nothing, or the link it leases is lost.
    fn tell_failed(&mut self, index: u32, id: AccessPointId, cause: Cause) {
        match self.session(index).hold {
            Hold::Wanting => self.attempt_failed(index, cause),
            Hold::Held if self.session(index).leases_candidate() && self.session(index).candidate == Some(id) => {
                if self.broken(Mutant::IgnoresCandidateLoss) && self.session(index).roam == RoamState::Trial {
                    return;
                }
                self.roam_event(index, RoamEvent::CandidateLost(cause));
            }
            Hold::Held if self.broken(Mutant::IgnoresLoss) && self.session(index).roam == RoamState::Stable => {}
            Hold::Held if self.broken(Mutant::IgnoresLossInTrial) && self.session(index).roam == RoamState::Trial => {}
            Hold::Held => self.roam_event(index, RoamEvent::OldLost(cause)),
            Hold::Free => {}
        }
    }

    /// Everyone who leases the link now is to be told that it is lost; who turns to it later has lost nothing.
    pub(super) fn lost(&mut self, id: AccessPointId, cause: Cause) {
        if self.link(id).leases > 0 {
            self.for_concerned(id, |hub, index| {
                if hub.session(index).leases(id) {
                    hub.work(Work::Lost(index, id, cause));
                }
            });
        }
    }

    pub(super) fn tell_lost(&mut self, index: u32, id: AccessPointId, cause: Cause) {
        self.link_mut(id).losing -= 1;
        if self.session(index).leases(id) {
            self.tell_failed(index, id, cause);
        }
    }
}
