//! What does a message change? Signals go into the mirror, answers to whoever asked.

use super::bus;
use super::calls::{self, About};
use super::pending::{Pending, Wanted};
use super::task::{Handle, Task};
use crate::api::decode;
use crate::api::{MANAGER, PATH, SESSION};
use netsession_backends::client::port::Denial;
use netsession_backends::client::{BrokerError, NoSocket};
use netsession_fsm::hub::Call;
use netsession_fsm::words::{OfferId, Phase, SessionId};
use std::os::fd::OwnedFd;
use tokio::time::Instant;
use zbus::Message;
use zbus::message::Type;

impl Task {
    /// Takes in what was heard.
    pub(super) async fn hear(&mut self, message: &Message) {
        if let Some(owner) = bus::owner_changed(message) {
            return self.owner_is(owner);
        }
        let header = message.header();
        match header.message_type() {
            Type::MethodReturn | Type::Error => {
                let serial = header.reply_serial().map(std::num::NonZeroU32::get);
                if let Some((place, pending)) = serial.and_then(|serial| self.pending.remove(&serial)) {
                    self.answered(place, pending, message).await;
                }
            }
            Type::Signal => {
                let sent_by_owner = header.sender().is_some_and(|sender| Some(sender.as_str()) == self.owner.as_deref());
                let path = header.path().map(|path| path.as_str().to_owned()).unwrap_or_default();
                let heard = match self.paths.get(&path).copied() {
                    _ if !sent_by_owner => Ok(()),
                    Some(session) => self.of_session(session, &path, message).await,
                    None if path == PATH => self.of_broker(message),
                    // not ours yet, or no longer
                    None => Ok(()),
                };
                if let Err(error) = heard {
                    tracing::error!(%error, "a signal was not understood");
                }
            }
            Type::MethodCall => {}
        }
    }

    fn of_broker(&self, message: &Message) -> Result<(), decode::Malformed> {
        if let Some((interface, changed, _)) = bus::properties_changed(message) {
            if interface == MANAGER {
                self.mirror().manager(decode::manager(changed)?);
            }
            return Ok(());
        }
        let (header, body) = (message.header(), message.body());
        let member = header.member().map(|name| name.to_string()).unwrap_or_default();
        let bad = |error: zbus::Error| decode::Malformed::new(format!("signal {member}"), error);
        match member.as_str() {
            "ConfigurationAdded" | "ConfigurationChanged" => {
                let facts = decode::configuration(body.deserialize().map_err(bad)?)?;
                self.mirror().put(facts);
            }
            "ConfigurationRemoved" => {
                let name: String = body.deserialize().map_err(bad)?;
                self.mirror().remove(&name);
            }
            "RefreshCompleted" => self.mirror().refreshed(),
            _ => {}
        }
        Ok(())
    }

    async fn of_session(&mut self, session: SessionId, path: &str, message: &Message) -> Result<(), decode::Malformed> {
        if let Some((interface, changed, invalidated)) = bus::properties_changed(message) {
            if interface == SESSION {
                self.mirror().change(session, decode::session(path, changed)?);
                if !invalidated.is_empty() {
                    self.reread(session, path).await;
                }
            }
            return Ok(());
        }
        let Some((sequence, told)) = decode::told(message)? else { return Ok(()) };
        let heard = self.mirror().tell(session, sequence, &told);
        if let Err(gap) = heard {
            tracing::warn!(%session, path, missing = gap.missing, "signals are missing: everything of the session is read again");
            self.reread(session, path).await;
        }
        Ok(())
    }

    async fn answered(&mut self, place: u64, pending: Pending, message: &Message) {
        if message.message_type() == Type::Error {
            return self.denied(place, pending, message);
        }
        let strange = |error: &dyn std::fmt::Display| BrokerError::Other { name: "answer".into(), message: error.to_string().into() };
        match pending {
            Pending::Create(wanted) => match message.body().deserialize::<zbus::OwnedObjectPath>() {
                Ok(path) => {
                    let Some(owner) = self.owner.clone() else { return };
                    let path = path.to_string();
                    self.submit(place, bus::get_all(&owner, &path, SESSION), Pending::Look { wanted, path }).await;
                }
                Err(error) => _ = wanted.answer.deny(strange(&error)),
            },
            Pending::Look { wanted, path } => match read(&path, message) {
                Ok(facts) => {
                    let session = SessionId { index: self.next, generation: 0 };
                    self.next = self.next.wrapping_add(1);
                    tracing::debug!(%session, path, "created");
                    let Wanted { configuration, options, answer } = wanted;
                    self.mirror().add(session, configuration, facts);
                    self.handles.insert(session, Handle { configuration, options, path: Ok(path.clone()) });
                    self.paths.insert(path, session);
                    if !answer.send(Ok(session)) {
                        self.let_go(session).await;
                    }
                }
                Err(error) => _ = wanted.answer.deny(strange(&error)),
            },
            Pending::Call { session, call, answer, .. } => {
                if let Some(handle) = self.handles.get_mut(&session) {
                    match call {
                        Call::SetMode(mode) => handle.options.mode = mode,
                        Call::SetRequirements(requirements) => handle.options.requirements = requirements,
                        _ => {}
                    }
                }
                _ = answer.map(|answer| answer.send(Ok(())));
            }
            Pending::Refresh(answer) => _ = answer.send(Ok(())),
            Pending::Socket { answer, .. } => {
                let socket = message.body().deserialize::<(zbus::OwnedFd, String)>();
                let socket = socket.map(|(fd, _)| socket2::Socket::from(OwnedFd::from(fd)));
                _ = answer.send(socket.map_err(|error| NoSocket::Denied(Denial::Broker(strange(&error)))));
            }
            Pending::Reread(session) => {
                let Some(Handle { path: Ok(path), .. }) = self.handles.get(&session) else { return };
                match read(path, message) {
                    Ok(facts) => self.mirror().reconcile(session, facts),
                    Err(error) => tracing::error!(%error, "a session cannot be read again"),
                }
            }
            Pending::Administer { .. } | Pending::Release => {}
        }
    }

    /// The broker, or the bus for it, said no.
    fn denied(&mut self, place: u64, pending: Pending, message: &Message) {
        let error = decode::error(message);
        if calls::undelivered(&error) {
            // the broker went before it got there: the next one gets it
            let until = Instant::now() + self.patience;
            self.waiting.extend(pending.again().map(|request| (place, (until, request))));
            return;
        }
        let nothing = About { configuration: None, offer: OfferId(0), phase: Phase::Stable, pending: OfferId(0) };
        let about = match &pending {
            Pending::Call { about, .. } => *about,
            Pending::Create(wanted) | Pending::Look { wanted, .. } => About { configuration: Some(wanted.configuration), ..nothing },
            _ => nothing,
        };
        let denial = calls::denial(error, about, |name| self.mirror().once(name));
        match (pending, denial) {
            (Pending::Create(wanted) | Pending::Look { wanted, .. }, Denial::Hub(refusal)) => _ = wanted.answer.send(Err(refusal)),
            (Pending::Call { answer, .. }, Denial::Hub(refusal)) => _ = answer.map(|answer| answer.send(Err(refusal))),
            (Pending::Refresh(answer), Denial::Hub(refusal)) => _ = answer.send(Err(refusal)),
            (Pending::Socket { session, side, answer, .. }, denial) => {
                let there = self.mirror().snapshot(session).and_then(|now| side.of(&now)).is_some();
                let none = if there { NoSocket::Denied(denial) } else { NoSocket::NoCarrier(side) };
                _ = answer.send(Err(none));
            }
            (Pending::Reread(session), denial) => tracing::error!(%session, ?denial, "a session cannot be read again"),
            (pending, Denial::Broker(error)) => pending.deny(error),
            (pending, denial) => tracing::warn!(?pending, ?denial, "not carried out"),
        }
    }
}

/// All properties of a session, as `GetAll` answers.
fn read(path: &str, message: &Message) -> Result<decode::SessionFacts, decode::Malformed> {
    let all = message.body().deserialize().map_err(|error| decode::Malformed::new(path, error))?;
    decode::session(path, all)
}
