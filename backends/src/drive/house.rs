//! The hub and what belongs beside it: names, carriers, subscribers. One lock: a step and its notices are one moment (SPEC §11).

use crate::client::{CatalogueChange, Change, Configuration};
use crate::executor::Carrier;
use netsession_fsm::hub::{CatalogueNotice, Counters, Definition, Hub, Input, Notice, Output, Report, Settings};
use netsession_fsm::words::{
    AccessPointId, Bearer, Capabilities, ConfigurationId, ConfigurationState, ExecutorId, Kind, Metered, Purpose, SessionId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

/// What clients read, and what a step changes.
#[derive(Debug)]
pub(super) struct House {
    pub(super) hub: Hub,
    names: BTreeMap<ConfigurationId, Arc<str>>,
    options: BTreeMap<ConfigurationId, Vec<ConfigurationId>>,
    /// Carriers of links that are up.
    carriers: BTreeMap<AccessPointId, Carrier>,
    /// Carriers of links whose report is still to come.
    announced: BTreeMap<AccessPointId, Carrier>,
    desks: BTreeMap<SessionId, Desk>,
    watchers: Vec<UnboundedSender<CatalogueChange>>,
}

/// What belongs to one session.
#[derive(Debug, Default)]
struct Desk {
    subscribers: Vec<UnboundedSender<Change>>,
    opened_at: Option<Instant>,
}

impl House {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            hub: Hub::new(settings),
            names: BTreeMap::new(),
            options: BTreeMap::new(),
            carriers: BTreeMap::new(),
            announced: BTreeMap::new(),
            desks: BTreeMap::new(),
            watchers: Vec::new(),
        }
    }

    /// One step of the hub, and all its notices delivered.
    pub(super) fn step(&mut self, input: &Input, outputs: &mut Vec<Output>) {
        self.hub.step(input, outputs);
        if let Input::Define(Definition::UserChoice(id, choice)) = input {
            self.options.insert((*id).into(), choice.options.clone());
        }
        if let Input::Report(report) = input {
            self.publish_carriers(report);
        }
        for output in outputs.iter() {
            match output {
                Output::Notice { session, sequence, notice } => self.notify(*session, *sequence, *notice),
                Output::Catalogue(notice) => self.tell_watchers(&CatalogueChange::Notice(*notice)),
                Output::Created { session, .. } => {
                    self.desks.insert(*session, Desk::default());
                }
                Output::Command(_) | Output::Arm(..) | Output::Disarm(_) | Output::Answer { .. } | Output::Refused(_) => {}
            }
        }
        if let Input::Drop(session) = input {
            self.desks.remove(session);
        }
    }

    /// An executor told the usable side of a link: readable at once if the link is up, else with the report that says so.
    pub(super) fn announce(&mut self, id: AccessPointId, carrier: Carrier) {
        if !self.is_active(id) {
            self.announced.insert(id, carrier);
        } else if self.carriers.get(&id) != Some(&carrier) {
            self.carriers.insert(id, carrier.clone());
            self.tell_watchers(&CatalogueChange::Carrier(id, carrier));
        }
    }

    /// Gives a configuration its name; the first one stays.
    pub(super) fn name(&mut self, id: ConfigurationId, name: Arc<str>) {
        self.names.entry(id).or_insert(name);
    }

    pub(super) fn sessions(&self) -> Vec<SessionId> {
        self.desks.keys().copied().collect()
    }

    pub(super) fn executor_of(&self, id: AccessPointId) -> Option<ExecutorId> {
        self.hub.access_point(id).map(|access_point| access_point.executor)
    }

    pub(super) fn id_of(&self, name: &str) -> Option<ConfigurationId> {
        let named = |id: &ConfigurationId| self.names.get(id).is_some_and(|own| **own == *name);
        self.hub.configurations().find(named)
    }

    pub(super) fn name_of(&self, id: ConfigurationId) -> Option<Arc<str>> {
        self.names.get(&id).cloned()
    }

    pub(super) fn carrier(&self, id: AccessPointId) -> Option<&Carrier> {
        self.carriers.get(&id)
    }

    pub(super) fn opened_at(&self, session: SessionId) -> Option<Instant> {
        self.desks.get(&session)?.opened_at
    }

    pub(super) fn subscribe(&mut self, session: SessionId) -> Option<UnboundedReceiver<Change>> {
        let snapshot = self.hub.snapshot(session)?;
        let desk = self.desks.get_mut(&session)?;
        let (sender, receiver) = unbounded_channel();
        // cannot fail: the receiver is here
        let _ = sender.send(Change::Snapshot(snapshot));
        desk.subscribers.retain(|subscriber| !subscriber.is_closed());
        desk.subscribers.push(sender);
        Some(receiver)
    }

    pub(super) fn watch(&mut self) -> UnboundedReceiver<CatalogueChange> {
        let (sender, receiver) = unbounded_channel();
        let snapshot = CatalogueChange::Snapshot {
            configurations: self.configurations(),
            default: self.hub.default_configuration(),
            default_route: self.hub.default_route(),
        };
        // cannot fail: the receiver is here
        let _ = sender.send(snapshot);
        self.watchers.push(sender);
        receiver
    }

    /// Ends every stream of changes.
    pub(super) fn end(&mut self) {
        self.desks.clear();
        self.watchers.clear();
    }

    pub(super) fn configurations(&self) -> Vec<Configuration> {
        self.hub.configurations().filter_map(|id| self.configuration(id)).collect()
    }

    pub(super) fn configuration(&self, id: ConfigurationId) -> Option<Configuration> {
        let mut it = Configuration {
            id,
            name: self.name_of(id).unwrap_or_else(|| id.to_string().into()),
            kind: Kind::AccessPoint,
            state: self.hub.configuration_state(id)?,
            bearer: Bearer::Unknown,
            purpose: Purpose::Unknown,
            metered: Metered::Unknown,
            connect_timeout: Duration::ZERO,
            radio: None,
            roaming_available: false,
            capabilities: Capabilities::default(),
            members: Vec::new(),
            carrier: None,
            holders: Vec::new(),
            counters: Counters::default(),
        };
        match id {
            ConfigurationId::AccessPoint(id) => {
                let known = self.hub.access_point(id)?;
                it.bearer = known.bearer;
                it.purpose = known.purpose;
                it.metered = known.metered;
                it.connect_timeout = known.connect_timeout;
                it.radio = known.radio;
                it.capabilities = known.capabilities;
                it.carrier = self.carriers.get(&id).cloned();
                it.holders = self.hub.holders(id).collect();
                it.counters = self.hub.link_counters(id);
            }
            ConfigurationId::ServiceNetwork(id) => {
                let known = self.hub.service_network(id)?;
                it.kind = Kind::ServiceNetwork;
                it.purpose = known.purpose;
                it.roaming_available = known.members.len() > 1;
                it.members = known.members.iter().map(|&member| member.into()).collect();
                self.gather(&mut it);
            }
            ConfigurationId::UserChoice(_) => {
                it.kind = Kind::UserChoice;
                it.members = self.options.get(&id).cloned().unwrap_or_default();
                self.gather(&mut it);
            }
        }
        Some(it)
    }

    /// A group's capabilities are those all members have; its holders and bytes are those of its members' links.
    fn gather(&self, group: &mut Configuration) {
        let mut links = BTreeSet::new();
        for &member in &group.members {
            match member {
                ConfigurationId::AccessPoint(id) => {
                    links.insert(id);
                }
                ConfigurationId::ServiceNetwork(id) => links.extend(self.hub.service_network(id).iter().flat_map(|it| &it.members)),
                ConfigurationId::UserChoice(_) => {}
            }
        }
        let mut holders = BTreeSet::new();
        let mut common = None;
        for &id in &links {
            holders.extend(self.hub.holders(id));
            let counters = self.hub.link_counters(id);
            group.counters.received += counters.received;
            group.counters.sent += counters.sent;
            if let Some(known) = self.hub.access_point(id) {
                common = Some(common.map_or(known.capabilities, |flags: Capabilities| Capabilities(flags.0 & known.capabilities.0)));
            }
        }
        group.holders = holders.into_iter().collect();
        group.capabilities = common.unwrap_or_default();
    }

    fn notify(&mut self, session: SessionId, sequence: u64, notice: Notice) {
        let Some(desk) = self.desks.get_mut(&session) else { return };
        match notice {
            Notice::Opened => desk.opened_at = Some(Instant::now()),
            Notice::Closed => desk.opened_at = None,
            Notice::StateChanged(_)
            | Notice::PoliciesChanged(_)
            | Notice::PreferredConfigurationChanged(_)
            | Notice::NewConfigurationActivated { .. }
            | Notice::OfferWithdrawn(_)
            | Notice::Error(_) => {}
        }
        desk.subscribers.retain(|subscriber| subscriber.send(Change::Notice { sequence, notice }).is_ok());
    }

    fn tell_watchers(&mut self, change: &CatalogueChange) {
        self.watchers.retain(|watcher| watcher.send(change.clone()).is_ok());
        if let CatalogueChange::Notice(CatalogueNotice::Removed(ConfigurationId::AccessPoint(id))) = change {
            self.carriers.remove(id);
            self.announced.remove(id);
        }
    }

    fn publish_carriers(&mut self, report: &Report) {
        match report {
            Report::Link(link) => self.publish_carrier(link.access_point),
            Report::Resync { executor, .. } => {
                let known: BTreeSet<_> = self.carriers.keys().chain(self.announced.keys()).copied().collect();
                for id in known {
                    if self.executor_of(id) == Some(*executor) {
                        self.publish_carrier(id);
                    }
                }
            }
            Report::Route { .. } | Report::Refreshed { .. } | Report::Counters { .. } | Report::Gone { .. } => {}
        }
    }

    fn publish_carrier(&mut self, id: AccessPointId) {
        if !self.is_active(id) {
            self.carriers.remove(&id);
        } else if let Some(carrier) = self.announced.remove(&id) {
            self.carriers.insert(id, carrier);
        }
    }

    fn is_active(&self, id: AccessPointId) -> bool {
        self.hub.configuration_state(id.into()) == Some(ConfigurationState::Active)
    }
}
