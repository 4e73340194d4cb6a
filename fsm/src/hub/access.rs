//! How records are found.
//!
//! Indexes inside the hub are valid by construction: nothing but `forget` empties a place, at the
//! end of a step, and lists of sessions hold only living ones.

use super::Hub;
use super::records::{Link, Session};
use crate::words::{AccessPointId, ConfigurationId, SessionId};
use alloc::vec::Vec;

impl Hub {
    pub(super) fn link(&self, id: AccessPointId) -> &Link {
        &self.links[id.at()]
    }

    pub(super) fn link_mut(&mut self, id: AccessPointId) -> &mut Link {
        &mut self.links[id.at()]
    }

    pub(super) fn index_of(&self, id: SessionId) -> Option<u32> {
        let slot = self.slots.get(id.index as usize)?;
        (slot.generation == id.generation && slot.session.is_some()).then_some(id.index)
    }

    pub(super) fn id_of(&self, index: u32) -> SessionId {
        SessionId { index, generation: self.slots[index as usize].generation }
    }

    pub(super) fn session(&self, index: u32) -> &Session {
        self.slots[index as usize].session.as_ref().expect("lists of sessions hold only living ones")
    }

    /// To change something of it that is kept.
    pub(super) fn session_mut(&mut self, index: u32) -> &mut Session {
        self.keep(index);
        self.session_unkept(index)
    }

    /// To change something of it that nobody keeps.
    pub(super) fn session_unkept(&mut self, index: u32) -> &mut Session {
        self.slots[index as usize].session.as_mut().expect("lists of sessions hold only living ones")
    }

    /// Access points of a configuration, best first; of a user choice, all of its options'.
    pub(super) fn members(&self, configuration: ConfigurationId) -> &[AccessPointId] {
        match configuration {
            ConfigurationId::AccessPoint(id) => core::slice::from_ref(&self.links[id.at()].id),
            ConfigurationId::ServiceNetwork(id) => &self.networks[id.at()].definition.members,
            ConfigurationId::UserChoice(id) => &self.choices[id.at()].members,
        }
    }

    /// Sessions created on a configuration.
    pub(super) fn subscribers(&self, configuration: ConfigurationId) -> &Vec<u32> {
        match configuration {
            ConfigurationId::AccessPoint(id) => &self.links[id.at()].sessions,
            ConfigurationId::ServiceNetwork(id) => &self.networks[id.at()].sessions,
            ConfigurationId::UserChoice(id) => &self.choices[id.at()].sessions,
        }
    }

    pub(super) fn subscribers_mut(&mut self, configuration: ConfigurationId) -> &mut Vec<u32> {
        match configuration {
            ConfigurationId::AccessPoint(id) => &mut self.links[id.at()].sessions,
            ConfigurationId::ServiceNetwork(id) => &mut self.networks[id.at()].sessions,
            ConfigurationId::UserChoice(id) => &mut self.choices[id.at()].sessions,
        }
    }

    /// Does something for every session whose configuration the access point belongs to. Sessions are neither created nor forgotten
    /// meanwhile.
    pub(super) fn for_concerned(&mut self, id: AccessPointId, mut act: impl FnMut(&mut Self, u32)) {
        self.for_subscribers(id.into(), &mut act);
        for place in 0..self.link(id).containers.len() {
            let container = self.link(id).containers[place];
            self.for_subscribers(container, &mut act);
        }
    }

    pub(super) fn for_subscribers(&mut self, configuration: ConfigurationId, act: &mut impl FnMut(&mut Self, u32)) {
        for place in 0..self.subscribers(configuration).len() {
            let index = self.subscribers(configuration)[place];
            act(self, index);
        }
    }

    pub(super) fn is_removed(&self, configuration: ConfigurationId) -> bool {
        match configuration {
            ConfigurationId::AccessPoint(id) => self.links[id.at()].removed,
            ConfigurationId::ServiceNetwork(id) => self.networks[id.at()].removed,
            ConfigurationId::UserChoice(id) => self.choices[id.at()].removed,
        }
    }
}
