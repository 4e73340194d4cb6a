//! What does the broker look like from here? Configurations and this client's sessions, read under one lock (SPEC §11).

mod catalogue;
mod desk;

#[cfg(test)]
mod tests;

pub(super) use desk::Gap;

use crate::api::decode::{ConfigurationFacts, ManagerFacts, SessionFacts, Told};
use catalogue::{Catalogue, Holders};
use desk::Desk;
use netsession_backends::client::{CatalogueChange, Change, Configuration};
use netsession_backends::executor::Carrier;
use netsession_fsm::hub::Snapshot;
use netsession_fsm::words::{AccessPointId, ConfigurationId, OfferId, Phase, SessionId, SessionState};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::Instant;

/// What clients read, and what messages change.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    catalogue: Catalogue,
    desks: BTreeMap<SessionId, Desk>,
}

impl Mirror {
    pub(super) fn configurations(&self) -> Vec<Configuration> {
        self.catalogue.all(&self.holders())
    }

    pub(super) fn configuration(&self, id: ConfigurationId) -> Option<Configuration> {
        self.catalogue.get(id, &self.holders())
    }

    pub(super) fn id_of(&self, name: &str) -> Option<ConfigurationId> {
        self.catalogue.id_of(name)
    }

    /// The id behind a name, also of a removed configuration.
    pub(super) fn once(&self, name: &str) -> Option<ConfigurationId> {
        self.catalogue.once(name)
    }

    pub(super) fn name_of(&self, id: ConfigurationId) -> Option<Arc<str>> {
        self.catalogue.name_of(id)
    }

    pub(super) fn default_configuration(&self) -> Option<ConfigurationId> {
        self.catalogue.default_configuration()
    }

    pub(super) fn default_route(&self) -> Option<AccessPointId> {
        self.catalogue.default_route()
    }

    pub(super) fn carrier(&self, id: AccessPointId) -> Option<&Carrier> {
        self.catalogue.carrier(id)
    }

    pub(super) fn watch(&mut self) -> UnboundedReceiver<CatalogueChange> {
        let holders = self.holders();
        self.catalogue.watch(&holders)
    }

    pub(super) fn snapshot(&self, session: SessionId) -> Option<Snapshot> {
        self.desks.get(&session).map(Desk::snapshot)
    }

    pub(super) fn opened_at(&self, session: SessionId) -> Option<Instant> {
        self.desks.get(&session)?.opened_at()
    }

    pub(super) fn subscribe(&mut self, session: SessionId) -> Option<UnboundedReceiver<Change>> {
        self.desks.get_mut(&session).map(Desk::subscribe)
    }

    pub(super) fn handshake(&self, session: SessionId) -> Option<watch::Receiver<(Phase, Option<OfferId>)>> {
        self.desks.get(&session).map(Desk::handshake)
    }

    /// The broker's number of an offer; `None` if the session that made it is no more.
    pub(super) fn number_of(&self, session: SessionId, offer: OfferId) -> Option<u32> {
        self.desks.get(&session)?.number_of(offer)
    }

    /// Everything of the catalogue, as it is now.
    pub(super) fn replace(&mut self, all: Vec<ConfigurationFacts>) {
        self.catalogue.replace(all);
    }

    /// One configuration, as it is now.
    pub(super) fn put(&mut self, facts: ConfigurationFacts) {
        self.catalogue.put(facts);
    }

    /// A configuration is gone.
    pub(super) fn remove(&mut self, name: &str) {
        self.catalogue.remove(name);
    }

    /// Properties of the broker.
    pub(super) fn manager(&mut self, facts: ManagerFacts) {
        self.catalogue.manager(facts);
    }

    /// A scan ended.
    pub(super) fn refreshed(&mut self) {
        self.catalogue.refreshed();
    }

    /// A session was made.
    pub(super) fn add(&mut self, session: SessionId, configuration: ConfigurationId, facts: SessionFacts) {
        self.desks.insert(session, Desk::new(configuration, facts, &self.catalogue));
    }

    /// The owner let go of a session: its streams end.
    pub(super) fn drop_session(&mut self, session: SessionId) {
        self.desks.remove(&session);
    }

    /// Properties of a session.
    pub(super) fn change(&mut self, session: SessionId, facts: SessionFacts) {
        if let Some(desk) = self.desks.get_mut(&session) {
            desk.change(facts, &self.catalogue);
        }
    }

    /// A signal of a session.
    ///
    /// # Errors
    /// If signals before it are missing: then the session has to be read again.
    pub(super) fn tell(&mut self, session: SessionId, sequence: u64, told: &Told) -> Result<(), Gap> {
        self.desks.get_mut(&session).map_or(Ok(()), |desk| desk.tell(sequence, told, &self.catalogue))
    }

    /// A session was read again: what is different is told.
    pub(super) fn reconcile(&mut self, session: SessionId, facts: SessionFacts) {
        if let Some(desk) = self.desks.get_mut(&session) {
            desk.reconcile(facts, &self.catalogue);
        }
    }

    /// The broker does not know the session any more and made it again as `facts` say; without them it could not be made again, or
    /// cannot now: then it reads as `state`.
    pub(super) fn start_over(&mut self, session: SessionId, facts: Result<SessionFacts, SessionState>) {
        if let Some(desk) = self.desks.get_mut(&session) {
            let facts = facts.unwrap_or_else(nowhere);
            desk.start_over(facts, &self.catalogue);
        }
    }

    /// Ends every stream of changes.
    pub(super) fn end(&mut self) {
        self.desks.clear();
        self.catalogue.end();
    }

    fn holders(&self) -> Holders {
        let mut holders = Holders::new();
        for (session, desk) in &self.desks {
            desk.leases().for_each(|link| {
                holders.entry(link).or_default().insert(*session);
            });
        }
        holders
    }
}

/// A session that nobody has.
fn nowhere(state: SessionState) -> SessionFacts {
    SessionFacts {
        chosen: Some(String::new()),
        state: Some(state),
        open: Some(false),
        active: Some(String::new()),
        candidate: Some(String::new()),
        phase: Some(Phase::Stable),
        offer: Some(None),
        opened_at: Some(0),
        sequence: Some(0),
        ..SessionFacts::default()
    }
}
