//! A broker is there, perhaps another one than before: what does it know, and what became of this client's sessions?

use super::ConnectError;
use super::bus;
use super::calls;
use super::task::Task;
use crate::api::decode::{self, ConfigurationFacts, Malformed, Received};
use crate::api::fault::FaultKind;
use crate::api::{MANAGER, PATH, SESSION};
use netsession_fsm::words::{Cause, SessionId, SessionState};
use tokio::time::{Instant, timeout_at};
use zbus::message::Type;
use zbus::{Message, OwnedObjectPath};

/// Why an answer is missing.
enum Missing {
    /// The broker, or the bus, is gone or about to go.
    Gone,
    /// There was none in time.
    Silent,
    /// It is an error.
    Error(decode::ErrorFacts),
}

impl From<Missing> for ConnectError {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Gone => Self::WentAway,
            Missing::Silent => Self::NoBroker { why: "it does not answer".into() },
            Missing::Error(error) if error.name.ends_with(".AccessDenied") || error.kind == Some(FaultKind::NotAuthorised) => {
                Self::Refused { why: error.message }
            }
            Missing::Error(error) => Self::NoBroker { why: format!("{}: {}", error.name, error.message) },
        }
    }
}

impl Task {
    /// Makes the mirror that of the broker that is there, tells what is different, and puts the requests that waited.
    pub(super) async fn sync(&mut self) -> Result<(), ConnectError> {
        let Some(owner) = self.owner.clone() else { return Err(Missing::Gone.into()) };
        bus::check(&self.manager_now(&owner).await?)?;
        let all = self.ask(bus::call(&owner, PATH, MANAGER, "GetConfigurations", &())).await?;
        let all: Vec<Received> = all.body().deserialize().map_err(|error| Malformed::new("the answer to GetConfigurations", error))?;
        let all = all.into_iter().map(decode::configuration).collect::<Result<Vec<ConfigurationFacts>, _>>()?;
        self.mirror().replace(all);
        // read again: what changed meanwhile was heard before the configurations were known
        let manager = self.manager_now(&owner).await?;
        self.mirror().manager(manager);
        let attached = self.ask(bus::call(&owner, PATH, MANAGER, "Attach", &())).await?;
        let attached: Vec<(OwnedObjectPath, Received)> =
            attached.body().deserialize().map_err(|error| Malformed::new("the answer to Attach", error))?;
        let mut orphans = Vec::new();
        for (path, properties) in attached {
            let path = path.to_string();
            let facts = decode::session(&path, properties)?;
            let session = self.handles.iter().find(|(_, handle)| handle.path.as_ref() == Ok(&path)).map(|(session, _)| *session);
            match session {
                Some(session) => {
                    self.mirror().reconcile(session, facts);
                    self.paths.insert(path, session);
                }
                None => orphans.push(path),
            }
        }
        let known: Vec<_> = self.paths.values().copied().collect();
        let lost: Vec<_> = self.handles.keys().filter(|session| !known.contains(session)).copied().collect();
        for session in lost {
            self.make_again(&owner, session).await?;
        }
        // made for a request of which nobody learnt the answer, or let go while there was no broker
        for path in orphans {
            self.release(&path).await;
        }
        self.ready = self.owner.as_deref() == Some(owner.as_str());
        self.put_waiting().await;
        Ok(())
    }

    /// Waits for another broker than the one that went.
    pub(super) async fn await_next(&mut self, gone: Option<&str>, until: Instant) -> Result<(), ConnectError> {
        tracing::info!(?gone, "the broker goes: waiting for the next one");
        while self.owner.is_none() || self.owner.as_deref() == gone {
            if self.owner.is_none() {
                self.poke().await;
            }
            let Some(wire) = &mut self.wire else {
                return Err(ConnectError::NoBus { bus: self.bus.clone(), why: "the connection broke".into() });
            };
            match timeout_at(until, wire.next()).await {
                Ok(Some(message)) => self.hear(&message).await,
                Ok(None) => self.broken(),
                Err(_) => return Err(ConnectError::WentAway),
            }
        }
        Ok(())
    }

    /// A session the broker does not know: a closed one takes its place.
    async fn make_again(&mut self, owner: &str, session: SessionId) -> Result<(), ConnectError> {
        let Some(handle) = self.handles.get(&session) else { return Ok(()) };
        let name = self.mirror().name_of(handle.configuration).unwrap_or_default();
        let made = match self.ask(calls::create(owner, &name, &handle.options)).await {
            Ok(answer) => {
                let path: OwnedObjectPath =
                    answer.body().deserialize().map_err(|error| Malformed::new("the answer to CreateSession", error))?;
                let path = path.to_string();
                let all = self.ask(bus::get_all(owner, &path, SESSION)).await?;
                let all = all.body().deserialize().map_err(|error| Malformed::new(path.clone(), error))?;
                Ok((decode::session(&path, all)?, path))
            }
            Err(Missing::Error(error)) if error.kind == Some(FaultKind::UnknownConfiguration) => Err(Cause::Removed),
            Err(Missing::Error(error)) => {
                tracing::warn!(%session, error = error.message, "a session cannot be made again");
                Err(Cause::NotAuthorised)
            }
            Err(missing) => return Err(missing.into()),
        };
        let (facts, path) = match made {
            Ok((facts, path)) => {
                self.paths.insert(path.clone(), session);
                (Ok(facts), Ok(path))
            }
            Err(cause) => (Err(SessionState::Invalid), Err(cause)),
        };
        if let Some(handle) = self.handles.get_mut(&session) {
            handle.path = path;
        }
        self.mirror().start_over(session, facts);
        Ok(())
    }

    async fn manager_now(&mut self, owner: &str) -> Result<decode::ManagerFacts, ConnectError> {
        let all = self.ask(bus::get_all(owner, PATH, MANAGER)).await?;
        let all = all.body().deserialize().map_err(|error| Malformed::new(MANAGER, error))?;
        Ok(decode::manager(all)?)
    }

    /// Asks the broker and takes in what is heard before it answers.
    async fn ask(&mut self, call: zbus::Result<Message>) -> Result<Message, Missing> {
        let Ok(call) = call else { return Err(Missing::Gone) };
        let (serial, owner, until) = (call.primary_header().serial_num(), self.owner.clone(), Instant::now() + self.patience);
        if !self.write(&call).await {
            return Err(Missing::Gone);
        }
        while let Some(wire) = &mut self.wire {
            let Ok(message) = timeout_at(until, wire.next()).await else { return Err(Missing::Silent) };
            let Some(message) = message else {
                self.broken();
                break;
            };
            if message.header().reply_serial() == Some(serial) {
                let error = (message.message_type() == Type::Error).then(|| decode::error(&message));
                return match error {
                    None => Ok(message),
                    Some(error) if calls::nobody_answers(&error) => Err(Missing::Gone),
                    Some(error) => Err(Missing::Error(error)),
                };
            }
            self.hear(&message).await;
            if self.owner != owner {
                break;
            }
        }
        Err(Missing::Gone)
    }
}
