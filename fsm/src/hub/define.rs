//! Definitions: configurations come, change and go (SPEC §3).

use super::batch::Work;
use super::mutants::Mutant;
use super::records::{Choice, ExecutorRecord, Link, Network, Session};
use super::{CatalogueNotice, Definition, Hub, Output};
use crate::session::{Hold, HoldEvent};
use crate::words::{AccessPointId, Cause, ConfigurationId, ConfigurationState, Refusal};
use alloc::vec::Vec;

impl Hub {
    pub(super) fn define(&mut self, definition: &Definition) {
        let id = definition.id();
        if let Err(refusal) = self.check(definition) {
            self.batch.outputs.push(Output::Refused(refusal));
            return;
        }
        let new = self.configuration_state(id).is_none() || self.is_removed(id);
        match definition {
            Definition::AccessPoint(id, attributes) => self.define_access_point(*id, attributes),
            Definition::ServiceNetwork(id, network) => {
                match self.networks.get_mut(id.at()) {
                    Some(record) => (record.definition, record.removed) = (network.clone(), false),
                    None => self.networks.push(Network {
                        definition: network.clone(),
                        removed: false,
                        published: ConfigurationState::Absent,
                        sessions: Vec::new(),
                    }),
                }
                self.rewatch();
            }
            Definition::UserChoice(id, choice) => match self.choices.get_mut(id.at()) {
                Some(record) => (record.definition, record.removed) = (choice.clone(), false),
                None => self.choices.push(Choice {
                    definition: choice.clone(),
                    members: Vec::new(),
                    removed: false,
                    published: ConfigurationState::Absent,
                    sessions: Vec::new(),
                }),
            },
        }
        self.relate();
        if !matches!(definition, Definition::AccessPoint(..)) {
            self.leave_others();
        }
        let state = self.current_state(id);
        self.set_published(id, state);
        let notice = if new { CatalogueNotice::Added(id) } else { CatalogueNotice::Changed { configuration: id, state } };
        self.batch.catalogue.push(Output::Catalogue(notice));
        self.concern_all(id);
    }

    /// Ids in order, members known.
    fn check(&self, definition: &Definition) -> Result<(), Refusal> {
        let known =
            |id: ConfigurationId| if self.configuration_state(id).is_some() { Ok(()) } else { Err(Refusal::UnknownConfiguration(id)) };
        match definition {
            Definition::AccessPoint(id, _) if id.at() > self.links.len() => Err(Refusal::UnknownConfiguration((*id).into())),
            Definition::ServiceNetwork(id, _) if id.at() > self.networks.len() => Err(Refusal::UnknownConfiguration((*id).into())),
            Definition::UserChoice(id, _) if id.at() > self.choices.len() => Err(Refusal::UnknownConfiguration((*id).into())),
            Definition::AccessPoint(..) => Ok(()),
            Definition::ServiceNetwork(_, network) => network.members.iter().try_for_each(|id| known((*id).into())),
            Definition::UserChoice(_, choice) => choice.options.iter().try_for_each(|id| match id {
                ConfigurationId::UserChoice(_) => Err(Refusal::UnknownConfiguration(*id)),
                ConfigurationId::AccessPoint(_) | ConfigurationId::ServiceNetwork(_) => known(*id),
            }),
        }
    }

    fn define_access_point(&mut self, id: AccessPointId, attributes: &crate::words::AccessPoint) {
        let executor = attributes.executor.0 as usize;
        if self.executors.len() <= executor {
            self.executors.resize(executor + 1, ExecutorRecord::default());
        }
        match self.links.get_mut(id.at()) {
            Some(link) => {
                link.attributes = attributes.clone();
                self.come_back(id);
            }
            None => self.links.push(Link::new(id, attributes.clone())),
        }
        self.radios.iter_mut().for_each(|members| members.retain(|member| *member != id));
        if let Some(radio) = attributes.radio {
            let radio = radio.0 as usize;
            if self.radios.len() <= radio {
                self.radios.resize(radio + 1, Vec::new());
            }
            self.radios[radio].push(id);
            self.radios[radio].sort_unstable();
        }
    }

    /// Who contains whom, and the order of default routes, made anew from the definitions.
    pub(super) fn relate(&mut self) {
        for place in 0..self.choices.len() {
            let mut members: Vec<AccessPointId> = Vec::new();
            // an access point that is removed is in reach of nobody anyway
            let gone = |option: &&ConfigurationId| matches!(option, ConfigurationId::ServiceNetwork(id) if self.networks[id.at()].removed);
            for option in self.choices[place].definition.options.iter().filter(|option| !gone(option)) {
                for member in self.members(*option) {
                    if !members.contains(member) {
                        members.push(*member);
                    }
                }
            }
            self.choices[place].members = members;
        }
        for link in &mut self.links {
            link.containers.clear();
            link.order = (u32::MAX, link.attributes.bearer.rank());
        }
        for (place, network) in self.networks.iter().enumerate().filter(|(_, network)| !network.removed) {
            for (order, member) in network.definition.members.iter().enumerate() {
                let link = &mut self.links[member.at()];
                let container = ConfigurationId::ServiceNetwork(crate::words::ServiceNetworkId(place as u32));
                if !link.containers.contains(&container) {
                    link.containers.push(container);
                }
                link.order.0 = link.order.0.min(order as u32);
            }
        }
        for (place, choice) in self.choices.iter().enumerate().filter(|(_, choice)| !choice.removed) {
            for member in &choice.members {
                self.links[member.at()].containers.push(ConfigurationId::UserChoice(crate::words::UserChoiceId(place as u32)));
            }
        }
        self.rebuild_routes();
    }

    pub(super) fn remove(&mut self, configuration: ConfigurationId) {
        if self.configuration_state(configuration).is_none() {
            self.batch.outputs.push(Output::Refused(Refusal::UnknownConfiguration(configuration)));
            return;
        }
        if self.is_removed(configuration) {
            return;
        }
        match configuration {
            ConfigurationId::AccessPoint(id) => self.leave(id),
            ConfigurationId::ServiceNetwork(id) => {
                self.abort_all(configuration);
                self.networks[id.at()].removed = true;
            }
            ConfigurationId::UserChoice(id) => {
                self.abort_all(configuration);
                self.choices[id.at()].removed = true;
            }
        }
        self.set_published(configuration, ConfigurationState::Absent);
        self.batch.catalogue.push(Output::Catalogue(CatalogueNotice::Removed(configuration)));
        self.relate();
        self.concern_all(configuration);
    }

    /// Ends every engaged session on the configuration, or that got on it by a user choice.
    fn abort_all(&mut self, configuration: ConfigurationId) {
        for index in 0..self.slots.len() as u32 {
            let on = |session: &Session| session.configuration == configuration || session.chosen == Some(configuration);
            if self.slots[index as usize].session.as_ref().is_some_and(on) && !self.broken(Mutant::RemovesUnderHolders) {
                self.hold_event(index, HoldEvent::Aborted(Cause::Removed));
            }
        }
    }

    /// A service network has other members: whoever is engaged on it watches other links now.
    fn rewatch(&mut self) {
        for link in &mut self.links {
            link.watchers = 0;
        }
        for index in 0..self.slots.len() {
            let Some(session) = &self.slots[index].session else { continue };
            if session.hold == Hold::Free {
                continue;
            }
            let configuration = session.effective();
            for place in 0..self.members(configuration).len() {
                let id = self.members(configuration)[place];
                self.links[id.at()].watchers += 1;
            }
        }
        for place in 0..self.links.len() {
            self.work(Work::Unwatch(AccessPointId(place as u32)));
        }
    }

    /// Who leases what its configuration has no longer is told as of a loss, for nobody would tell it what becomes of that link; who chose
    /// what is no option any more, as of a removal.
    fn leave_others(&mut self) {
        for index in 0..self.slots.len() as u32 {
            let Some(session) = &self.slots[index as usize].session else { continue };
            let is_option = |chosen| match session.configuration {
                ConfigurationId::UserChoice(id) => self.choices[id.at()].definition.options.contains(&chosen),
                ConfigurationId::AccessPoint(_) | ConfigurationId::ServiceNetwork(_) => true,
            };
            if !session.chosen.is_none_or(is_option) {
                self.hold_event(index, HoldEvent::Aborted(Cause::Removed));
                continue;
            }
            let members = self.members(session.configuration);
            let left = |id: &AccessPointId| session.leases(*id) && !members.contains(id);
            for id in [session.current, session.candidate].map(|id| id.filter(left)).into_iter().flatten() {
                self.work(Work::Lost(index, id, Cause::Removed));
            }
        }
    }

    /// Everyone who may see the configuration looks again.
    fn concern_all(&mut self, configuration: ConfigurationId) {
        let mut look = |hub: &mut Self, index: u32| {
            hub.touch(index);
            hub.work(Work::Consider(index));
        };
        self.for_subscribers(configuration, &mut look);
        if let ConfigurationId::AccessPoint(id) = configuration {
            self.for_concerned(id, &mut look);
            for place in 0..self.link(id).containers.len() {
                let container = self.link(id).containers[place];
                self.republish(container);
            }
        }
        for place in 0..self.choices.len() {
            let choice = ConfigurationId::UserChoice(crate::words::UserChoiceId(place as u32));
            if self.choices[place].definition.options.contains(&configuration) {
                self.for_subscribers(choice, &mut look);
            }
            self.republish(choice);
        }
    }

    /// A configuration's state, from its links (SPEC §3).
    pub(super) fn current_state(&self, configuration: ConfigurationId) -> ConfigurationState {
        if self.is_removed(configuration) {
            return ConfigurationState::Absent;
        }
        match configuration {
            ConfigurationId::AccessPoint(id) => self.link(id).leaf.configuration_state(),
            ConfigurationId::ServiceNetwork(_) => self.best_member_state(configuration).unwrap_or(ConfigurationState::Undefined),
            ConfigurationId::UserChoice(_) => self
                .best_member_state(configuration)
                .map_or(ConfigurationState::Undefined, |state| state.min(ConfigurationState::Discovered)),
        }
        .max(ConfigurationState::Undefined)
    }

    fn best_member_state(&self, configuration: ConfigurationId) -> Option<ConfigurationState> {
        self.members(configuration).iter().map(|id| self.link(*id).leaf.configuration_state()).max()
    }

    pub(super) fn published(&self, configuration: ConfigurationId) -> ConfigurationState {
        match configuration {
            ConfigurationId::AccessPoint(id) => self.links[id.at()].published,
            ConfigurationId::ServiceNetwork(id) => self.networks[id.at()].published,
            ConfigurationId::UserChoice(id) => self.choices[id.at()].published,
        }
    }

    fn set_published(&mut self, configuration: ConfigurationId, state: ConfigurationState) {
        match configuration {
            ConfigurationId::AccessPoint(id) => self.links[id.at()].published = state,
            ConfigurationId::ServiceNetwork(id) => self.networks[id.at()].published = state,
            ConfigurationId::UserChoice(id) => self.choices[id.at()].published = state,
        }
    }

    /// Notices `Changed` if the configuration's state is another one now.
    pub(super) fn republish(&mut self, configuration: ConfigurationId) {
        let state = self.current_state(configuration);
        if !self.is_removed(configuration) && self.published(configuration) != state {
            self.set_published(configuration, state);
            self.batch.catalogue.push(Output::Catalogue(CatalogueNotice::Changed { configuration, state }));
        }
    }

    pub(super) fn set_save_traffic(&mut self, save: bool) {
        self.save_traffic = save;
        for index in 0..self.slots.len() as u32 {
            if self.slots[index as usize].session.is_some() {
                self.touch(index);
            }
        }
    }
}
