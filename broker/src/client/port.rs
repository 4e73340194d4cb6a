//! The port to a broker: requests through a channel to the task, reading under the lock of the mirror.

use super::mirror::Mirror;
use netsession_backends::client::port::{Port, Request};
use netsession_backends::client::{CatalogueChange, Change, Configuration};
use netsession_backends::executor::Carrier;
use netsession_fsm::hub::Snapshot;
use netsession_fsm::words::{AccessPointId, ConfigurationId, OfferId, Phase, SessionId};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::Instant;

/// The port to another process.
#[derive(Debug)]
pub(super) struct Remote {
    requests: UnboundedSender<Request>,
    mirror: Arc<Mutex<Mirror>>,
}

impl Remote {
    pub(super) fn new(requests: UnboundedSender<Request>, mirror: Arc<Mutex<Mirror>>) -> Self {
        Self { requests, mirror }
    }

    fn mirror(&self) -> MutexGuard<'_, Mirror> {
        self.mirror.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Port for Remote {
    fn send(&self, request: Request) -> bool {
        self.requests.send(request).is_ok()
    }

    fn configurations(&self) -> Vec<Configuration> {
        self.mirror().configurations()
    }

    fn configuration(&self, id: ConfigurationId) -> Option<Configuration> {
        self.mirror().configuration(id)
    }

    fn id_of(&self, name: &str) -> Option<ConfigurationId> {
        self.mirror().id_of(name)
    }

    fn name_of(&self, id: ConfigurationId) -> Option<Arc<str>> {
        self.mirror().name_of(id)
    }

    fn default_configuration(&self) -> Option<ConfigurationId> {
        self.mirror().default_configuration()
    }

    fn default_route(&self) -> Option<AccessPointId> {
        self.mirror().default_route()
    }

    fn snapshot(&self, session: SessionId) -> Option<Snapshot> {
        self.mirror().snapshot(session)
    }

    fn opened_at(&self, session: SessionId) -> Option<Instant> {
        self.mirror().opened_at(session)
    }

    fn carrier(&self, access_point: AccessPointId) -> Option<Carrier> {
        self.mirror().carrier(access_point).cloned()
    }

    fn subscribe(&self, session: SessionId) -> Option<UnboundedReceiver<Change>> {
        self.mirror().subscribe(session)
    }

    fn handshake(&self, session: SessionId) -> Option<watch::Receiver<(Phase, Option<OfferId>)>> {
        self.mirror().handshake(session)
    }

    fn watch(&self) -> UnboundedReceiver<CatalogueChange> {
        self.mirror().watch()
    }
}
