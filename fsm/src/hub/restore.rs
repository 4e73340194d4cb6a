//! How does a hub start again after a crash of its process (SPEC §8, §9)?
//!
//! It stands as the hub before it did, as if every executor had lost its daemon just now: links are as they were last known, what is ours
//! is ours, sessions hold what they held, handshakes are in their phases, with new deadlines. A raise that was under way is nobody's any
//! more: its link counts as down, and is raised again, for those who wait for it, when its executor has said how it stands. The first
//! resync of each executor, or the end of the grace time, brings everything into line (S14).

use super::mutants::Mutant;
use super::records::{Session, Slot, Suppression};
use super::{CatalogueNotice, Hub, Kept, KeptHub, KeptLink, KeptSession, Output, Timer};
use crate::link::{LinkMemory, LinkState};
use crate::roaming::{Deadline, Old, RoamMemory, RoamState};
use crate::session::Hold;
use crate::words::{AccessPointId, ConfigurationId, ExecutorId, OfferId, OperationId, Record, Refusal, Unfit};
use alloc::vec::Vec;
use core::time::Duration;

/// Places that a hub may have, lest a broken record make it huge.
const PLACES: u32 = 1 << 20;

impl Hub {
    pub(super) fn restore(&mut self, kept: &Kept) {
        if !self.slots.is_empty() || self.last_op != OperationId(0) {
            self.refuse(Record::Hub, Unfit::Late);
            return;
        }
        if kept.hub.last_operation.0 > u64::MAX / 2 || kept.hub.generation > u32::MAX / 2 {
            self.refuse(Record::Hub, Unfit::Number);
        } else {
            self.restore_hub(&kept.hub);
        }
        let mut known = alloc::vec![false; self.links.len()];
        for link in &kept.links {
            if let Err(why) = self.restore_link(link, &mut known) {
                self.refuse(Record::Link(link.access_point), why);
            }
        }
        let mut sessions: Vec<&KeptSession> = kept.sessions.iter().collect();
        sessions.sort_by_key(|session| session.id);
        for session in sessions {
            match self.fit_session(session) {
                Ok(()) => self.restore_session(session),
                Err(why) => self.refuse(Record::Session(session.id), why),
            }
        }
        self.generations.newest = self.generations.newest.max(self.generations.first);
        for (index, slot) in self.slots.iter_mut().enumerate().rev().filter(|(_, slot)| slot.session.is_none()) {
            slot.generation = self.generations.first;
            self.vacant.push(index as u32);
        }
        self.restore_route(kept.hub.route);
        self.await_executors();
    }

    fn refuse(&mut self, record: Record, why: Unfit) {
        self.batch.outputs.push(Output::Refused(Refusal::Unkept { record, why }));
    }

    fn restore_hub(&mut self, kept: &KeptHub) {
        self.last_op = kept.last_operation;
        if *kept != KeptHub::default() {
            self.generations.first = kept.generation + 1;
        }
    }

    fn restore_link(&mut self, kept: &KeptLink, known: &mut [bool]) -> Result<(), Unfit> {
        let id = kept.access_point;
        let place = known.get_mut(id.at()).ok_or(Unfit::Unknown(id.into()))?;
        if self.link(id).removed {
            return Err(Unfit::Unknown(id.into()));
        }
        if kept.state == LinkState::Raising && !kept.ours {
            return Err(Unfit::Foreign);
        }
        if core::mem::replace(place, true) {
            return Err(Unfit::Twice);
        }
        let (was_up, was_online) = (self.link(id).leaf == LinkState::Up, self.active_links > 0);
        let leaf = if kept.state == LinkState::Raising { LinkState::Down } else { kept.state };
        let ours = kept.ours && !self.broken(Mutant::ForgetsOwnership);
        let link = self.link_mut(id);
        (link.leaf, link.memory, link.counters) = (leaf, LinkMemory { ours }, kept.counters);
        // What was in reach before the crash has been for long enough.
        link.settled = link.usable();
        self.active_links = self.active_links - u32::from(was_up) + u32::from(leaf == LinkState::Up);
        let online = self.active_links > 0;
        if was_online != online {
            self.batch.catalogue.push(Output::Catalogue(CatalogueNotice::OnlineChanged(online)));
        }
        if leaf != kept.state {
            self.keep_link(id);
        }
        // Whether the executor ever heard of the lowering is not known: it is asked for again at once.
        if leaf == LinkState::Lowering {
            self.arm(Timer::Lower(id), Duration::ZERO);
        }
        self.republish(id.into());
        for place in 0..self.link(id).containers.len() {
            let container = self.link(id).containers[place];
            self.republish(container);
        }
        Ok(())
    }

    /// Whether the session can have been so, on links as they are now.
    fn fit_session(&mut self, kept: &KeptSession) -> Result<(), Unfit> {
        let place = kept.id.index;
        // Whatever becomes of the record: the id was given.
        if kept.id.generation > u32::MAX / 2 {
            return Err(Unfit::Number);
        }
        self.generations.first = self.generations.first.max(kept.id.generation + 1);
        if place >= PLACES || kept.sequence > u64::MAX / 2 || kept.offer.0 > u32::MAX / 2 {
            return Err(Unfit::Number);
        }
        if self.slots.get(place as usize).is_some_and(|slot| slot.session.is_some()) {
            return Err(Unfit::Twice);
        }
        self.is_there(kept.configuration)?;
        let effective = kept.chosen.unwrap_or(kept.configuration);
        self.is_there(effective)?;
        let chosen = match kept.configuration {
            ConfigurationId::UserChoice(id) => match kept.chosen {
                Some(chosen) => self.choices[id.at()].definition.options.contains(&chosen),
                None => kept.hold == Hold::Free,
            },
            ConfigurationId::AccessPoint(_) | ConfigurationId::ServiceNetwork(_) => kept.chosen.is_none(),
        };
        if !chosen {
            return Err(Unfit::Choice);
        }
        for id in kept.current.into_iter().chain(kept.candidate) {
            self.is_there(id.into())?;
            if !self.members(effective).contains(&id) {
                return Err(Unfit::Stranger(id, effective));
            }
        }
        kept.suppressions.iter().try_for_each(|entry| self.is_there(entry.access_point.into()))?;
        kept.fits()?;
        let needs_old = kept.hold == Hold::Held && kept.memory.old == Old::Up;
        let needs_candidate = matches!(kept.roam, RoamState::Trial | RoamState::Committing);
        let needed = [kept.current.filter(|_| needs_old), kept.candidate.filter(|_| needs_candidate)];
        match needed.into_iter().flatten().find(|id| self.link(*id).leaf != LinkState::Up) {
            Some(id) => Err(Unfit::NotUp(id)),
            None => Ok(()),
        }
    }

    fn is_there(&self, id: ConfigurationId) -> Result<(), Unfit> {
        let there = self.configuration_state(id).is_some() && !self.is_removed(id);
        if there { Ok(()) } else { Err(Unfit::Unknown(id)) }
    }

    fn restore_session(&mut self, kept: &KeptSession) {
        let index = kept.id.index;
        if self.slots.len() <= index as usize {
            self.slots.resize(index as usize + 1, Slot::default());
        }
        let position = self.subscribe(index, kept.configuration);
        let suppression = |entry: &super::KeptSuppression| Suppression {
            access_point: entry.access_point,
            active: entry.active,
            failures: entry.failures,
            tried: entry.tried,
        };
        let session = Session {
            chosen: kept.chosen,
            hold: kept.hold,
            roam: kept.roam,
            memory: kept.memory,
            current: kept.current,
            candidate: kept.candidate,
            failure: kept.failure,
            offer: if self.broken(Mutant::NumbersOffersAnew) { OfferId(0) } else { kept.offer },
            window: kept.window,
            intent: kept.intent,
            suppressions: kept.suppressions.iter().map(suppression).collect(),
            sequence: kept.sequence,
            published: kept.state,
            policies: kept.policies,
            counted: kept.counted,
            current_base: kept.current_base,
            candidate_base: kept.candidate_base,
            ..Session::new(kept.configuration, position, kept.options)
        };
        let (current, candidate) = (session.current, session.candidate);
        let leased = [current.filter(|_| session.leases_current()), candidate.filter(|_| session.leases_candidate())];
        let reserved = current.filter(|_| session.hold == Hold::Held && session.memory.reserves_old(session.roam));
        let engaged = session.hold != Hold::Free;
        let effective = session.effective();
        self.slots[index as usize] = Slot { generation: kept.id.generation, session: Some(session) };
        for id in leased.into_iter().flatten() {
            self.link_mut(id).leases += 1 + u32::from(self.broken(Mutant::RestoresLeasesTwice));
        }
        if let Some(id) = reserved {
            self.link_mut(id).reserved += 1;
        }
        for place in 0..if engaged { self.members(effective).len() } else { 0 } {
            let id = self.members(effective)[place];
            self.link_mut(id).watchers += 1;
        }
        self.arm_again(index);
        // What it shows may be another state now, and where its traffic goes is to be noted.
        self.touch(index);
    }

    /// Every timer the session needs, for its whole time.
    fn arm_again(&mut self, index: u32) {
        let session = self.session(index);
        let deadline = match (session.hold, session.roam) {
            (Hold::Wanting, _) | (Hold::Held, RoamState::Restoring) => Some(Deadline::Restore),
            (Hold::Held, RoamState::Offered) => Some(Deadline::Offer),
            (Hold::Held, RoamState::Migrating) => Some(Deadline::Candidate),
            (Hold::Held, RoamState::Trial) => Some(Deadline::Trial),
            (Hold::Held, RoamState::Committing) => Some(Deadline::Commit),
            (Hold::Free, _) | (Hold::Held, RoamState::Stable | RoamState::Seeking) => None,
        };
        let id = self.id_of(index);
        if let Some(deadline) = deadline.filter(|_| !self.broken(Mutant::ForgetsDeadlines)) {
            let duration = self.deadline(index, deadline);
            self.arm(Timer::Session(id), duration);
        }
        if let Some(length) = self.session(index).window {
            self.arm(Timer::Window(id), length);
        }
        for place in 0..self.session(index).suppressions.len() {
            let entry = self.session(index).suppressions[place];
            if entry.active {
                let rest = self.rest_after(entry.failures);
                self.arm(Timer::Suppression(id, entry.access_point), rest);
            }
        }
    }

    /// The route is where it was last known to be, unless it went with its link. What was commanded since is not known.
    fn restore_route(&mut self, route: Option<AccessPointId>) {
        let up = |id: &AccessPointId| self.links.get(id.at()).is_some_and(|link| link.leaf == LinkState::Up);
        let route = route.filter(up);
        let uncertain = self.last_op != OperationId(0);
        self.route.restore(route, uncertain);
    }

    /// Nobody has said yet how links stand.
    fn await_executors(&mut self) {
        for place in 0..self.executors.len() {
            let executor = ExecutorId(place as u8);
            if self.links.iter().any(|link| link.attributes.executor == executor) {
                (self.executors[place].gone, self.executors[place].starting) = (true, true);
                self.arm(Timer::Grace(executor), self.settings.grace);
            }
        }
    }
}

impl KeptSession {
    /// Whether hold, handshake and links go together.
    fn fits(&self) -> Result<(), Unfit> {
        let Self { hold, roam, memory, current, candidate, .. } = self;
        let in_order = self.suppressions.windows(2).all(|pair| pair[0].access_point < pair[1].access_point);
        let wanting = *hold == Hold::Wanting;
        let meant = self.suppressions.iter().all(|entry| (entry.active || entry.failures > 0 || entry.tried) && (!entry.tried || wanting));
        let remembers = self.suppressions.is_empty() && self.failure.is_none();
        let fits = match hold {
            Hold::Free => current.is_none() && self.window.is_none() && (remembers || self.options.reopen),
            Hold::Wanting => current.is_some() && self.window.is_none() && !self.intent,
            Hold::Held => !self.intent && self.failure.is_none(),
        };
        if !fits || !in_order || !meant || (self.intent && !self.options.reopen) {
            return Err(Unfit::Hold);
        }
        let old_known = current.is_some() == (memory.old != Old::Gone);
        let fits = match roam {
            RoamState::Stable if *hold == Hold::Held => *memory == RoamMemory::default() && current.is_some() && candidate.is_none(),
            RoamState::Stable => *memory == RoamMemory::default() && candidate.is_none(),
            RoamState::Seeking => false,
            RoamState::Offered => memory.old != Old::Yielded && old_known && candidate.is_some(),
            RoamState::Migrating | RoamState::Trial | RoamState::Committing => old_known && candidate.is_some(),
            RoamState::Restoring => memory.old == Old::Yielded && current.is_some() && candidate.is_none(),
        };
        let open = *hold == Hold::Held || *roam == RoamState::Stable;
        if fits && open && (candidate.is_none() || candidate != current) { Ok(()) } else { Err(Unfit::Handshake) }
    }
}
