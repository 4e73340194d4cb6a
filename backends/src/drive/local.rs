//! The port to a hub in this process: requests through a channel, reading under the lock of the house.

use super::house::House;
use crate::client::port::{Port, Request};
use crate::client::{CatalogueChange, Change, Configuration};
use crate::executor::Carrier;
use netsession_fsm::hub::Snapshot;
use netsession_fsm::words::{AccessPointId, ConfigurationId, OfferId, Phase, SessionId};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::Instant;

/// The port within the process.
#[derive(Debug)]
pub(super) struct Local {
    requests: UnboundedSender<Request>,
    house: Arc<Mutex<House>>,
}

impl Local {
    pub(super) fn new(requests: UnboundedSender<Request>, house: Arc<Mutex<House>>) -> Self {
        Self { requests, house }
    }

    fn house(&self) -> MutexGuard<'_, House> {
        self.house.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Port for Local {
    fn send(&self, request: Request) -> bool {
        self.requests.send(request).is_ok()
    }

    fn configurations(&self) -> Vec<Configuration> {
        self.house().configurations()
    }

    fn configuration(&self, id: ConfigurationId) -> Option<Configuration> {
        self.house().configuration(id)
    }

    fn id_of(&self, name: &str) -> Option<ConfigurationId> {
        self.house().id_of(name)
    }

    fn name_of(&self, id: ConfigurationId) -> Option<Arc<str>> {
        self.house().name_of(id)
    }

    fn default_configuration(&self) -> Option<ConfigurationId> {
        self.house().hub.default_configuration()
    }

    fn default_route(&self) -> Option<AccessPointId> {
        self.house().hub.default_route()
    }

    fn snapshot(&self, session: SessionId) -> Option<Snapshot> {
        self.house().hub.snapshot(session)
    }

    fn opened_at(&self, session: SessionId) -> Option<Instant> {
        self.house().opened_at(session)
    }

    fn carrier(&self, access_point: AccessPointId) -> Option<Carrier> {
        self.house().carrier(access_point).cloned()
    }

    fn subscribe(&self, session: SessionId) -> Option<UnboundedReceiver<Change>> {
        self.house().subscribe(session)
    }

    fn handshake(&self, session: SessionId) -> Option<watch::Receiver<(Phase, Option<OfferId>)>> {
        self.house().handshake(session)
    }

    fn watch(&self) -> UnboundedReceiver<CatalogueChange> {
        self.house().watch()
    }
}
