//! The hub and what belongs beside it: names, carriers, subscribers. One lock: a step and its notices are one moment (SPEC §11).

use crate::client::{CatalogueChange, Change, Configuration};
use crate::executor::{Attributes, Carrier, Connectivity};
use netsession_fsm::hub::{CatalogueNotice, Counters, Hub, Input, Notice, Output, Report, Settings};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Bearer, ConfigurationId, ConfigurationState, ExecutorId, Kind, Metered, OfferId, Phase, Purpose, SessionId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::Instant;

/// What clients read, and what a step changes.
#[derive(Debug)]
pub(super) struct House {
    pub(super) hub: Hub,
    names: BTreeMap<ConfigurationId, Arc<str>>,
    /// Carriers of links that are up.
    carriers: BTreeMap<AccessPointId, Carrier>,
    /// Carriers of links whose report is still to come.
    announced: BTreeMap<AccessPointId, Carrier>,
    /// What was defined by the application, before executors added what they know.
    configured: BTreeMap<AccessPointId, AccessPoint>,
    /// What executors know of access points.
    attributes: BTreeMap<AccessPointId, Attributes>,
    desks: BTreeMap<SessionId, Desk>,
    /// Sessions whose handshake somebody observes.
    observed: BTreeSet<SessionId>,
    watchers: Vec<UnboundedSender<CatalogueChange>>,
}

/// What belongs to one session.
#[derive(Debug, Default)]
struct Desk {
    subscribers: Vec<UnboundedSender<Change>>,
    opened_at: Option<Instant>,
    handshake: watch::Sender<(Phase, Option<OfferId>)>,
}

impl House {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            hub: Hub::new(settings),
            names: BTreeMap::new(),
            carriers: BTreeMap::new(),
            announced: BTreeMap::new(),
            configured: BTreeMap::new(),
            attributes: BTreeMap::new(),
            desks: BTreeMap::new(),
            observed: BTreeSet::new(),
            watchers: Vec::new(),
        }
    }

    /// One step of the hub, and all its notices delivered.
    pub(super) fn step(&mut self, input: &Input, outputs: &mut Vec<Output>) {
        self.hub.step(input, outputs);
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
        self.publish_handshakes();
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

    /// The application defined an access point.
    pub(super) fn configure(&mut self, id: AccessPointId, definition: AccessPoint) {
        self.configured.insert(id, definition);
    }

    /// An executor told what it knows of an access point. Gives the definition with what the application left open, if that is new.
    pub(super) fn learn(&mut self, id: AccessPointId, attributes: Attributes) -> Option<AccessPoint> {
        if self.attributes.get(&id) == Some(&attributes) {
            return None;
        }
        let mut merged = self.configured.get(&id)?.clone();
        if merged.bearer == Bearer::Unknown {
            merged.bearer = attributes.bearer;
        }
        if merged.metered == Metered::Unknown {
            merged.metered = attributes.metered;
        }
        self.attributes.insert(id, attributes.clone());
        self.tell_watchers(&CatalogueChange::Attributes(id, attributes));
        (self.hub.access_point(id) != Some(&merged)).then_some(merged)
    }

    /// Gives a configuration its name; the first one stays.
    pub(super) fn name(&mut self, id: ConfigurationId, name: Arc<str>) {
        self.names.entry(id).or_insert(name);
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

    pub(super) fn handshake(&mut self, session: SessionId) -> Option<watch::Receiver<(Phase, Option<OfferId>)>> {
        let receiver = self.desks.get(&session)?.handshake.subscribe();
        self.observed.insert(session);
        self.publish_handshakes();
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
        self.watchers.retain(|watcher| !watcher.is_closed());
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
            roaming_available: self.hub.roaming_available(id),
            capabilities: self.hub.capabilities(id),
            members: Vec::new(),
            connectivity: Connectivity::Unknown,
            expected_interface: None,
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
                it.carrier = self.carriers.get(&id).cloned();
                if let Some(attributes) = self.attributes.get(&id) {
                    it.connectivity = attributes.connectivity;
                    it.expected_interface.clone_from(&attributes.interface);
                }
                self.gather(&mut it, [id]);
            }
            ConfigurationId::ServiceNetwork(id) => {
                let known = self.hub.service_network(id)?;
                it.kind = Kind::ServiceNetwork;
                it.purpose = known.purpose;
                it.members = known.members.iter().map(|&member| member.into()).collect();
                self.gather(&mut it, known.members.iter().copied());
            }
            ConfigurationId::UserChoice(choice) => {
                it.kind = Kind::UserChoice;
                it.members.clone_from(&self.hub.user_choice(choice)?.options);
                let links: BTreeSet<_> = it.members.iter().flat_map(|&option| self.links_of(option)).collect();
                self.gather(&mut it, links);
            }
        }
        Some(it)
    }

    /// Access points of an option of a user choice.
    fn links_of(&self, option: ConfigurationId) -> Vec<AccessPointId> {
        match option {
            ConfigurationId::AccessPoint(id) => vec![id],
            ConfigurationId::ServiceNetwork(id) => self.hub.service_network(id).map(|it| it.members.clone()).unwrap_or_default(),
            ConfigurationId::UserChoice(_) => Vec::new(),
        }
    }

    /// Holders and bytes are those of the links.
    fn gather(&self, it: &mut Configuration, links: impl IntoIterator<Item = AccessPointId>) {
        let mut holders = BTreeSet::new();
        for id in links {
            holders.extend(self.hub.holders(id));
            it.counters = it.counters.plus(self.hub.link_counters(id));
        }
        it.holders = holders.into_iter().collect();
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

    /// A handshake also moves without a notice, when the application or a change of mode answers: handles look at it themselves.
    fn publish_handshakes(&mut self) {
        self.observed.retain(|session| {
            let (Some(desk), Some(snapshot)) = (self.desks.get(session), self.hub.snapshot(*session)) else { return false };
            let now = (snapshot.phase, snapshot.offer.map(|offer| offer.id));
            desk.handshake.send_if_modified(|before| std::mem::replace(before, now) != now);
            desk.handshake.receiver_count() > 0
        });
    }

    fn tell_watchers(&mut self, change: &CatalogueChange) {
        self.watchers.retain(|watcher| watcher.send(change.clone()).is_ok());
        if let CatalogueChange::Notice(CatalogueNotice::Removed(ConfigurationId::AccessPoint(id))) = change {
            self.carriers.remove(id);
            self.announced.remove(id);
            self.configured.remove(id);
            self.attributes.remove(id);
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
