//! The hub and what belongs beside it: names, carriers, subscribers. One lock: a step and its notices are one moment (SPEC §11).

mod view;

use crate::client::{CatalogueChange, Change};
use crate::executor::{Attributes, Carrier};
use netsession_fsm::hub::{CatalogueNotice, Hub, Input, Notice, Output, Report, Settings};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Bearer, Capabilities, ConfigurationId, ConfigurationState, ExecutorId, Metered, OfferId, Phase, SessionId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
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
    /// What executors are called, and what they can do now.
    executors: BTreeMap<ExecutorId, (&'static str, Capabilities)>,
}

/// What belongs to one session.
#[derive(Debug, Default)]
struct Desk {
    subscribers: Vec<UnboundedSender<Change>>,
    opened_at: Option<Instant>,
    handshake: watch::Sender<(Phase, Option<OfferId>)>,
}

impl House {
    pub(super) fn new(settings: Settings, executors: BTreeMap<ExecutorId, (&'static str, Capabilities)>) -> Self {
        Self {
            executors,
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
        let came_up = if let Input::Report(report) = input { self.publish_carriers(report) } else { Vec::new() };
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
        for id in came_up {
            if let Some(carrier) = self.carriers.get(&id).cloned() {
                self.tell_watchers(&CatalogueChange::Carrier(id, carrier));
            }
        }
        if let Input::Drop(session) = input {
            self.desks.remove(session);
        }
        self.publish_handshakes();
    }

    /// An executor told the usable side of a link: readable at once if the link is up, else with the report that says so.
    /// Gives whether another carrier is readable now.
    pub(super) fn announce(&mut self, id: AccessPointId, carrier: Carrier) -> bool {
        if !self.is_active(id) {
            self.announced.insert(id, carrier);
            return false;
        }
        let other = self.carriers.get(&id) != Some(&carrier);
        if other {
            self.carriers.insert(id, carrier.clone());
            self.tell_watchers(&CatalogueChange::Carrier(id, carrier));
        }
        other
    }

    /// The application defined an access point. Gives the definition with what is known beside.
    pub(super) fn configure(&mut self, id: AccessPointId, definition: AccessPoint) -> AccessPoint {
        self.configured.insert(id, definition.clone());
        self.definition(id).unwrap_or(definition)
    }

    /// An executor told what it knows of an access point. `None` if that was known; gives the definition with what the application left
    /// open, if that is another one.
    pub(super) fn learn(&mut self, id: AccessPointId, attributes: Attributes) -> Option<Option<AccessPoint>> {
        if !self.configured.contains_key(&id) || self.attributes.get(&id) == Some(&attributes) {
            return None;
        }
        self.attributes.insert(id, attributes.clone());
        self.tell_watchers(&CatalogueChange::Attributes(id, attributes));
        Some(self.definition(id).filter(|definition| self.hub.access_point(id) != Some(definition)))
    }

    /// What an executor can do now. Gives the definitions of its access points, if that is new: nobody can do more with one.
    pub(super) fn able(&mut self, executor: ExecutorId, able: Capabilities) -> Vec<(AccessPointId, AccessPoint)> {
        match self.executors.get_mut(&executor) {
            Some((_, before)) if *before != able => *before = able,
            Some(_) | None => return Vec::new(),
        }
        let concerned = self.configured.iter().filter(|(_, configured)| configured.executor == executor);
        concerned.filter_map(|(id, _)| Some((*id, self.definition(*id)?))).collect()
    }

    /// An access point as the application defined it, with what the executor knows of what was left open, and what it can do.
    fn definition(&self, id: AccessPointId) -> Option<AccessPoint> {
        let mut merged = self.configured.get(&id)?.clone();
        if let Some(attributes) = self.attributes.get(&id) {
            if merged.bearer == Bearer::Unknown {
                merged.bearer = attributes.bearer;
            }
            if merged.metered == Metered::Unknown {
                merged.metered = attributes.metered;
            }
        }
        if let Some((_, able)) = self.executors.get(&merged.executor) {
            merged.capabilities = merged.capabilities.both(*able);
        }
        Some(merged)
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

    /// Carriers become readable with the report that makes their links Active; gives those that became so.
    fn publish_carriers(&mut self, report: &Report) -> Vec<AccessPointId> {
        let concerned: BTreeSet<_> = match report {
            Report::Link(link) => BTreeSet::from([link.access_point]),
            Report::Resync { executor, .. } => {
                let known = self.carriers.keys().chain(self.announced.keys()).copied();
                known.filter(|id| self.executor_of(*id) == Some(*executor)).collect()
            }
            Report::Route { .. } | Report::Refreshed { .. } | Report::Counters { .. } | Report::Gone { .. } => BTreeSet::new(),
        };
        concerned.into_iter().filter(|id| self.publish_carrier(*id)).collect()
    }

    fn publish_carrier(&mut self, id: AccessPointId) -> bool {
        if !self.is_active(id) {
            self.carriers.remove(&id);
            return false;
        }
        let announced = self.announced.remove(&id);
        announced.is_some_and(|carrier| self.carriers.insert(id, carrier.clone()) != Some(carrier))
    }

    fn is_active(&self, id: AccessPointId) -> bool {
        self.hub.configuration_state(id.into()) == Some(ConfigurationState::Active)
    }
}
