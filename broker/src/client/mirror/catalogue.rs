//! Which configurations does the broker have? By ids of this client, which stay when a broker that starts again counts otherwise.

use crate::api::decode::{ConfigurationFacts, ManagerFacts};
use netsession_backends::client::{CatalogueChange, Configuration};
use netsession_backends::executor::{Attributes, Carrier};
use netsession_fsm::hub::CatalogueNotice;
use netsession_fsm::words::{AccessPointId, ConfigurationId, ConfigurationState, Kind, ServiceNetworkId, SessionId, UserChoiceId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Configurations, the default one, the default route.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    entries: BTreeMap<ConfigurationId, Entry>,
    /// The newest configuration of each name, also if it was removed.
    named: BTreeMap<Arc<str>, ConfigurationId>,
    default: Option<Arc<str>>,
    route: Option<AccessPointId>,
    online: bool,
    watchers: Vec<UnboundedSender<CatalogueChange>>,
}

#[derive(Debug)]
struct Entry {
    name: Arc<str>,
    facts: ConfigurationFacts,
    removed: bool,
}

/// Which sessions lease a link.
pub(super) type Holders = BTreeMap<AccessPointId, BTreeSet<SessionId>>;

impl Catalogue {
    /// Every configuration that is there, sorted.
    pub(super) fn all(&self, holders: &Holders) -> Vec<Configuration> {
        let living = self.entries.iter().filter(|(_, entry)| !entry.removed);
        living.map(|(id, entry)| self.view(*id, entry, holders)).collect()
    }

    pub(super) fn get(&self, id: ConfigurationId, holders: &Holders) -> Option<Configuration> {
        self.entries.get(&id).map(|entry| self.view(id, entry, holders))
    }

    /// The id behind a name of a configuration that is there.
    pub(super) fn id_of(&self, name: &str) -> Option<ConfigurationId> {
        self.named.get(name).copied().filter(|id| self.entries.get(id).is_some_and(|entry| !entry.removed))
    }

    /// The id behind a name, also of a removed configuration.
    pub(super) fn once(&self, name: &str) -> Option<ConfigurationId> {
        self.named.get(name).copied()
    }

    /// The access point behind a name, also a removed one.
    pub(super) fn access_point(&self, name: &str) -> Option<AccessPointId> {
        match self.once(name)? {
            ConfigurationId::AccessPoint(id) => Some(id),
            ConfigurationId::ServiceNetwork(_) | ConfigurationId::UserChoice(_) => None,
        }
    }

    pub(super) fn name_of(&self, id: ConfigurationId) -> Option<Arc<str>> {
        self.entries.get(&id).map(|entry| Arc::clone(&entry.name))
    }

    pub(super) fn default_configuration(&self) -> Option<ConfigurationId> {
        self.id_of(self.default.as_deref()?)
    }

    pub(super) fn default_route(&self) -> Option<AccessPointId> {
        self.route
    }

    pub(super) fn carrier(&self, id: AccessPointId) -> Option<&Carrier> {
        self.entries.get(&id.into())?.facts.carrier.as_ref()
    }

    pub(super) fn watch(&mut self, holders: &Holders) -> UnboundedReceiver<CatalogueChange> {
        let (sender, receiver) = unbounded_channel();
        let (configurations, default) = (self.all(holders), self.default_configuration());
        // cannot fail: the receiver is here
        let _ = sender.send(CatalogueChange::Snapshot { configurations, default, default_route: self.route });
        self.watchers.retain(|watcher| !watcher.is_closed());
        self.watchers.push(sender);
        receiver
    }

    /// Ends every stream of changes.
    pub(super) fn end(&mut self) {
        self.watchers.clear();
    }

    /// Everything that is there now: what is missing was removed.
    pub(super) fn replace(&mut self, all: Vec<ConfigurationFacts>) {
        let now: BTreeSet<_> = all.iter().map(|facts| (facts.kind, facts.name.clone())).collect();
        let known = |entry: &Entry| now.contains(&(entry.facts.kind, entry.facts.name.clone()));
        let gone: Vec<_> = self.entries.iter().filter(|(_, entry)| !entry.removed && !known(entry)).map(|(id, _)| *id).collect();
        gone.into_iter().for_each(|id| self.take_out(id));
        all.into_iter().for_each(|facts| self.put(facts));
    }

    /// One configuration as it is now: told as far as it is different.
    pub(super) fn put(&mut self, facts: ConfigurationFacts) {
        let id = self.assign(&facts);
        let state = facts.state;
        let Some(entry) = self.entries.get_mut(&id) else {
            let name: Arc<str> = facts.name.as_str().into();
            self.named.insert(Arc::clone(&name), id);
            self.entries.insert(id, Entry { name, facts, removed: false });
            self.tell(&CatalogueChange::Notice(CatalogueNotice::Added(id)));
            return self.tell_carrier(id);
        };
        let before = std::mem::replace(&mut entry.facts, facts);
        let now = &entry.facts;
        let told = (attributes(&before) != attributes(now)).then(|| attributes(now));
        let carries = now.carrier != before.carrier;
        let own = |facts: &ConfigurationFacts| ConfigurationFacts {
            connectivity: before.connectivity,
            expected_interface: None,
            carrier: None,
            counters: before.counters,
            number: before.number,
            ..facts.clone()
        };
        let differs = own(now) != own(&before);
        if let (Some(attributes), ConfigurationId::AccessPoint(id)) = (told, id) {
            self.tell(&CatalogueChange::Attributes(id, attributes));
        }
        if differs {
            self.tell(&CatalogueChange::Notice(CatalogueNotice::Changed { configuration: id, state }));
        }
        if carries {
            self.tell_carrier(id);
        }
    }

    /// A configuration is gone.
    pub(super) fn remove(&mut self, name: &str) {
        if let Some(id) = self.id_of(name) {
            self.take_out(id);
        }
    }

    /// Properties of the broker.
    pub(super) fn manager(&mut self, facts: ManagerFacts) {
        if let Some(name) = facts.default_configuration {
            self.default = Some(name.into());
        }
        if let Some(online) = facts.online
            && std::mem::replace(&mut self.online, online) != online
        {
            self.tell(&CatalogueChange::Notice(CatalogueNotice::OnlineChanged(online)));
        }
        if let Some(name) = facts.default_route {
            let route = self.access_point(&name);
            if std::mem::replace(&mut self.route, route) != route {
                self.tell(&CatalogueChange::Notice(CatalogueNotice::DefaultRouteChanged(route)));
            }
        }
    }

    /// A scan ended.
    pub(super) fn refreshed(&mut self) {
        self.tell(&CatalogueChange::Notice(CatalogueNotice::RefreshCompleted));
    }

    fn view(&self, id: ConfigurationId, entry: &Entry, holders: &Holders) -> Configuration {
        let facts = &entry.facts;
        let mut it = Configuration {
            id,
            name: Arc::clone(&entry.name),
            kind: facts.kind,
            state: facts.state,
            bearer: facts.bearer,
            purpose: facts.purpose,
            metered: facts.metered,
            connect_timeout: facts.connect_timeout,
            radio: facts.radio,
            roaming_available: facts.roaming_available,
            capabilities: facts.capabilities,
            members: facts.members.iter().filter_map(|name| self.once(name)).collect(),
            executor: facts.executor.as_deref().map(Arc::from),
            connectivity: facts.connectivity,
            expected_interface: facts.expected_interface.clone(),
            carrier: facts.carrier.clone(),
            holders: Vec::new(),
            counters: facts.counters,
        };
        let links: BTreeSet<_> = self.links_of(id).into_iter().collect();
        let all: BTreeSet<_> = links.iter().filter_map(|link| holders.get(link)).flatten().copied().collect();
        it.holders = all.into_iter().collect();
        it
    }

    /// Access points of a configuration.
    fn links_of(&self, id: ConfigurationId) -> Vec<AccessPointId> {
        let members = || self.entries.get(&id).into_iter().flat_map(|entry| &entry.facts.members);
        match id {
            ConfigurationId::AccessPoint(id) => vec![id],
            ConfigurationId::ServiceNetwork(_) => members().filter_map(|name| self.access_point(name)).collect(),
            ConfigurationId::UserChoice(_) => {
                let options = members().filter_map(|name| self.once(name));
                // a user choice among user choices there is not (SPEC §3)
                options
                    .filter(|option| !matches!(option, ConfigurationId::UserChoice(_)))
                    .flat_map(|option| self.links_of(option))
                    .collect()
            }
        }
    }

    /// The id this client gives it: the one it has, else the broker's number, else the next that is free.
    fn assign(&self, facts: &ConfigurationFacts) -> ConfigurationId {
        if let Some(id) = self.id_of(&facts.name).filter(|id| self.entries[id].facts.kind == facts.kind) {
            return id;
        }
        let id = |number: u32| match facts.kind {
            Kind::AccessPoint => ConfigurationId::from(AccessPointId(number)),
            Kind::ServiceNetwork => ServiceNetworkId(number).into(),
            Kind::UserChoice => UserChoiceId(number).into(),
        };
        let free = |number: &u32| !self.entries.contains_key(&id(*number));
        std::iter::once(facts.number).chain(0..).find(free).map_or_else(|| id(facts.number), id)
    }

    fn take_out(&mut self, id: ConfigurationId) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.removed = true;
            entry.facts.state = ConfigurationState::Absent;
            entry.facts.carrier = None;
            self.tell(&CatalogueChange::Notice(CatalogueNotice::Removed(id)));
        }
    }

    fn tell_carrier(&mut self, id: ConfigurationId) {
        if let ConfigurationId::AccessPoint(id) = id
            && let Some(carrier) = self.carrier(id).cloned()
        {
            self.tell(&CatalogueChange::Carrier(id, carrier));
        }
    }

    fn tell(&mut self, change: &CatalogueChange) {
        self.watchers.retain(|watcher| watcher.send(change.clone()).is_ok());
    }
}

fn attributes(facts: &ConfigurationFacts) -> Attributes {
    Attributes {
        bearer: facts.bearer,
        metered: facts.metered,
        connectivity: facts.connectivity,
        interface: facts.expected_interface.clone(),
    }
}
