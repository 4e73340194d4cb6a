//! Sessions come and go (SPEC §4, §8).

use super::mutants::Mutant;
use super::records::{Session, Slot};
use super::{Hub, Output, SessionOptions};
use crate::words::{ConfigurationId, Refusal, RequestId, SessionId};

impl Hub {
    pub(super) fn create(&mut self, request: RequestId, configuration: ConfigurationId, options: SessionOptions) {
        if self.configuration_state(configuration).is_none() {
            self.answer(None, request, Err(Refusal::UnknownConfiguration(configuration)));
            return;
        }
        let index = self.vacant.pop().unwrap_or_else(|| {
            if self.slots.len() == self.slots.capacity() {
                // By quarters, not by doubling: a hub of many sessions should not be half empty.
                self.slots.reserve_exact(self.slots.len() / 4 + 8);
            }
            self.slots.push(Slot { generation: self.generations.first, session: None });
            self.slots.len() as u32 - 1
        });
        let position = self.subscribe(index, configuration);
        let mut session = Session::new(configuration, position, options);
        session.published = self.state_of(&session);
        self.slots[index as usize].session = Some(session);
        self.keep(index);
        let session = self.id_of(index);
        self.batch.outputs.push(Output::Created { request, session });
    }

    /// Puts a session into the list of its configuration, and says where.
    pub(super) fn subscribe(&mut self, index: u32, configuration: ConfigurationId) -> u32 {
        let subscribers = self.subscribers_mut(configuration);
        subscribers.push(index);
        subscribers.len() as u32 - 1
    }

    pub(super) fn drop_session(&mut self, id: SessionId) {
        let Some(index) = self.index_of(id) else {
            self.batch.outputs.push(Output::Refused(Refusal::UnknownSession));
            return;
        };
        if !self.broken(Mutant::DropsRudely) {
            self.close(index);
        }
        self.batch.dropped.push(id);
    }

    /// Empties the place of a closed session.
    pub(super) fn forget(&mut self, id: SessionId) {
        self.keep(id.index);
        let Some(session) = self.slots[id.index as usize].session.take() else { return };
        let subscribers = self.subscribers_mut(session.configuration);
        subscribers.swap_remove(session.position as usize);
        if let Some(moved) = subscribers.get(session.position as usize).copied() {
            self.session_unkept(moved).position = session.position;
        }
        let slot = &mut self.slots[id.index as usize];
        slot.generation = slot.generation.saturating_add(1);
        self.generations.newest = self.generations.newest.max(slot.generation);
        self.vacant.push(id.index);
    }
}
