//! How does a broker go on where an earlier one was killed (SPEC §8)?
//!
//! What it kept is given to the hub before executors speak, and to the executors before they do anything; sessions whose owners are still
//! on the bus stay theirs, under the same paths; those of others are dropped. The hub does the rest: see
//! [`netsession_fsm::hub::Kept`].

use super::clients::Client;
use super::desk::Desk;
use super::{Bus, Shared, bus};
use crate::api::properties::LastError;
use crate::authority::Subject;
use crate::store::{Found, Owner, Store, StoreError};
use netsession_backends::client::Builder;
use netsession_backends::client::port::Request;
use netsession_backends::drive::Committed;
use netsession_backends::executor::Notebook;
use netsession_fsm::hub::Input;
use netsession_fsm::words::{ConfigurationId, SessionId};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What an earlier broker kept, and where this one keeps what is to survive it.
#[derive(Debug, Clone)]
pub struct Keeping {
    store: Arc<Store>,
    found: Arc<Found>,
    /// Id of the bus whose names owners have.
    bus: Arc<str>,
}

/// Why nothing can be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepingError {
    /// There is no such bus.
    #[error("cannot reach {bus}: {source}; is a D-Bus daemon running there?")]
    NoBus {
        /// Which.
        bus: Bus,
        /// What was said.
        source: Box<zbus::Error>,
    },
    /// The file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Keeping {
    /// Opens the file in this directory, for a broker on this bus.
    ///
    /// # Errors
    /// [`KeepingError`].
    pub async fn open(directory: &Path, bus: &Bus) -> Result<Self, KeepingError> {
        let id = async { bus::id(&bus.connect().await?).await }.await;
        let id = id.map_err(|source| KeepingError::NoBus { bus: bus.clone(), source: Box::new(source) })?;
        let (store, found) = Store::open(directory)?;
        Ok(Self { store: Arc::new(store), found: Arc::new(found), bus: id.into() })
    }

    /// Has the hub and the executors of `builder`, with everything defined and all executors added, take up what was kept.
    #[must_use]
    pub fn takes_up(&self, builder: Builder) -> Builder {
        let kept = self.found.kept(|name| builder.id_of(name));
        if !self.found.is_empty() {
            let (links, sessions) = (kept.links.iter().filter(|link| link.ours).count(), kept.sessions.len());
            tracing::info!(links, sessions, "an earlier broker did not end in order: going on where it was");
        }
        let executors: Vec<_> = builder.executor_names().collect();
        let mut adopting = Vec::new();
        for (executor, name) in executors {
            let is_its = |id| matches!(id, ConfigurationId::AccessPoint(id) if builder.executor_of(id) == Some(executor));
            let store = Arc::clone(&self.store);
            adopting.push((executor, self.found.left(&kept, name, is_its), Notebook::new(move |note| store.note(name, note))));
        }
        let builder = adopting.into_iter().fold(builder, |builder, (executor, left, notebook)| builder.adopt(executor, left, notebook));
        builder.restore(kept)
    }

    /// A step of the hub was taken: what it changed, and the errors it told, are kept.
    pub(super) fn step(&self, input: &Input, errors: &[(SessionId, LastError)], now: &Committed<'_>) {
        let hub = now.hub();
        if !matches!(input, Input::Restore(_)) {
            return self.store.save(hub, errors);
        }
        let names = hub.configurations().filter_map(|id| Some((id, now.name_of(id)?)));
        let owners: Vec<(SessionId, Owner)> = hub.sessions().filter_map(|id| Some((id, self.owner(id)?.clone()))).collect();
        let errors: BTreeMap<SessionId, LastError> =
            hub.sessions().filter_map(|id| Some((id, self.errors().get(&id)?.clone()))).chain(errors.iter().cloned()).collect();
        if let Err(error) = self.store.begin(&self.bus, names, hub, &owners, &errors) {
            tracing::error!(%error, "what holds now would not survive a crash of the broker");
        }
    }

    /// The last errors that sessions from before were told.
    pub(super) fn errors(&self) -> &BTreeMap<SessionId, LastError> {
        &self.found.errors
    }

    /// A session is this client's.
    pub(super) fn own(&self, session: SessionId, subject: &Subject) {
        let Subject { bus_name, uid, pid } = subject;
        self.store.own(session, &Owner { bus_name: bus_name.to_string(), uid: *uid, pid: *pid });
    }

    /// Everything was put back: there is nothing to go on with.
    pub(super) fn end(&self) {
        if let Err(error) = self.store.clear() {
            tracing::warn!(%error, "the next broker will find what this one kept, and nothing of it left");
        }
    }

    /// Whose a session from before was, if its owner can be on this bus.
    fn owner(&self, session: SessionId) -> Option<&Owner> {
        self.found.owners.get(&session).filter(|_| self.found.bus == *self.bus)
    }
}

/// Gives sessions from before to their owners, and drops those whose owners have left. From now on whoever leaves is noticed.
pub(super) async fn take_up(shared: &Arc<Shared>) -> BTreeMap<SessionId, Arc<Client>> {
    let mut taken_up = BTreeMap::new();
    let Some(keeping) = &shared.keeping else { return taken_up };
    let mut owners: BTreeMap<&str, Vec<(SessionId, &Owner)>> = BTreeMap::new();
    for session in keeping.found.kept.sessions.iter().map(|session| session.id) {
        if shared.port.snapshot(session).is_none() {
            continue;
        }
        match keeping.owner(session) {
            Some(owner) => owners.entry(&owner.bus_name).or_default().push((session, owner)),
            None => drop_session(shared, session),
        }
    }
    for (name, sessions) in owners {
        let client = take_up_client(shared, name, &sessions).await;
        for (session, _) in sessions {
            match &client {
                Some(client) if shared.registry.own_again(session, client) => drop(taken_up.insert(session, Arc::clone(client))),
                Some(_) | None => drop_session(shared, session),
            }
        }
    }
    taken_up
}

/// A client that had sessions before, and is served from now on; `None` if it is not there any more.
async fn take_up_client(shared: &Arc<Shared>, name: &str, sessions: &[(SessionId, &Owner)]) -> Option<Arc<Client>> {
    // it has its place before the bus is asked: if it leaves after that it is noticed there
    let calls = shared.registry.expect(name, &shared.limits)?;
    let known = bus::credentials(&shared.connection, name).await;
    let same = |uid: u32| sessions.iter().all(|(_, owner)| owner.uid == uid);
    let client = match known {
        Ok((uid, pid)) if same(uid) => shared.registry.introduce(Subject { bus_name: name.into(), uid, pid }, bus::process(pid)),
        Ok(_) | Err(_) => None,
    };
    let Some(client) = client else {
        shared.registry.leave(name);
        return None;
    };
    tokio::spawn(Desk::new(Arc::clone(shared), Arc::clone(&client)).run(calls));
    Some(client)
}

fn drop_session(shared: &Shared, session: SessionId) {
    tracing::debug!(%session, "its owner left while there was no broker");
    shared.port.send(Request::Drop(session));
}
