//! How do the requests of applications get to the broker? Each in its order, with what it takes to answer or repeat it.

use super::bus;
use super::calls::{self, About};
use super::pending::{Pending, Wanted, deny};
use super::task::{Handle, Task};
use crate::api::{MANAGER, PATH, SESSION};
use netsession_backends::client::port::Request;
use netsession_backends::client::{BrokerError, NoSocket};
use netsession_fsm::hub::Call;
use netsession_fsm::words::{Error, ErrorKind, OfferId, Operation, Refusal, SessionId};
use zbus::Message;

/// The message of a call, and what it is about.
type Asked = (zbus::Result<Message>, About);

impl Task {
    /// Puts the requests that waited.
    pub(super) async fn put_waiting(&mut self) {
        while self.ready
            && let Some((place, (_, request))) = self.waiting.pop_first()
        {
            self.put(place, request).await;
        }
    }

    pub(super) async fn let_go(&mut self, session: SessionId) {
        self.mirror().drop_session(session);
        let Some(Handle { path: Ok(path), .. }) = self.handles.remove(&session) else { return };
        // one that the next broker still knows is released there
        if self.paths.remove(&path).is_some() {
            self.release(&path).await;
        }
    }

    pub(super) async fn release(&mut self, path: &str) {
        if let Some(owner) = self.owner.clone() {
            self.submit(0, calls::release(&owner, path), Pending::Release).await;
        }
    }

    /// Puts a request to the broker.
    pub(super) async fn put(&mut self, place: u64, request: Request) {
        let Some(owner) = self.owner.clone() else { return deny(request, BrokerError::Unanswered) };
        match request {
            Request::Create { configuration, options, answer } => {
                let Some(name) = self.mirror().name_of(configuration) else {
                    _ = answer.send(Err(Refusal::UnknownConfiguration(configuration)));
                    return;
                };
                let wanted = Wanted { configuration, options, answer };
                self.submit(place, calls::create(&owner, &name, &options), Pending::Create(wanted)).await;
            }
            Request::Call { session, call, answer } => {
                let told = self.call(&owner, session, call);
                match told {
                    Ok((message, about)) => self.submit(place, message, Pending::Call { session, call, about, answer }).await,
                    Err(result) => _ = answer.map(|answer| answer.send(result)),
                }
            }
            Request::Socket { session, side, kind, family, answer } => {
                let Some(Handle { path: Ok(path), .. }) = self.handles.get(&session) else {
                    _ = answer.send(Err(NoSocket::NoCarrier(side)));
                    return;
                };
                let message = calls::socket(&owner, path, side, kind, family);
                self.submit(place, message, Pending::Socket { session, side, kind, family, answer }).await;
            }
            Request::Refresh { answer } => {
                self.submit(place, bus::call(&owner, PATH, MANAGER, "Refresh", &()), Pending::Refresh(answer)).await;
            }
            Request::Administer { name, input } => {
                let message = calls::administer(&owner, &input, |id| self.mirror().name_of(id));
                match message {
                    Some(message) => self.submit(place, message, Pending::Administer { name, input }).await,
                    None => tracing::warn!(?input, "nothing that a client of a broker can change: dropped"),
                }
            }
            // the loop takes these itself
            Request::Drop(_) | Request::Shutdown { .. } => {}
        }
    }

    /// The message of a call on a session and what it is about; or the answer, if that is known here.
    fn call(&self, owner: &str, session: SessionId, call: Call) -> Result<Asked, Result<(), Refusal>> {
        let handle = self.handles.get(&session).ok_or(Err(Refusal::UnknownSession))?;
        let mirror = self.mirror();
        let snapshot = mirror.snapshot(session).ok_or(Err(Refusal::UnknownSession))?;
        let path = match &handle.path {
            Ok(path) => path,
            // a session without a valid configuration (SPEC §5)
            Err(cause) if matches!(call, Call::Open { .. }) => {
                let (kind, configuration) = (ErrorKind::InvalidConfiguration, handle.configuration);
                return Err(Err(Refusal::Failed(Error { kind, cause: *cause, operation: Operation::Open, configuration })));
            }
            Err(_) => return Err(Ok(())),
        };
        let pending = snapshot.offer.map_or(OfferId(0), |offer| offer.id);
        let mut about = About { configuration: Some(handle.configuration), offer: OfferId(0), phase: snapshot.phase, pending };
        let (mut choice, mut number) = (None, 0);
        match call {
            Call::Open { choice: Some(picked) } => {
                about.configuration = Some(picked);
                choice = Some(mirror.name_of(picked).ok_or(Err(Refusal::UnknownConfiguration(picked)))?);
            }
            Call::Migrate(offer) | Call::Ignore(offer) | Call::Accept(offer) | Call::Reject(offer) => {
                about.offer = offer;
                number = mirror.number_of(session, offer).ok_or(Err(Refusal::StaleOffer { given: offer, pending }))?;
            }
            Call::Open { choice: None }
            | Call::Close
            | Call::Stop
            | Call::RequestRoam
            | Call::SetMode(_)
            | Call::SetRequirements(_)
            | Call::Suppress(_) => {}
        }
        Ok((calls::on_session(owner, path, &call, choice.as_deref().unwrap_or_default(), number), about))
    }

    /// Sends a call whose answer is expected.
    pub(super) async fn submit(&mut self, place: u64, message: zbus::Result<Message>, pending: Pending) {
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                let name = "org.freedesktop.DBus.Error.InvalidArgs".into();
                return pending.deny(BrokerError::Other { name, message: error.to_string().into() });
            }
        };
        self.pending.insert(message.primary_header().serial_num().get(), (place, pending));
        self.write(&message).await;
    }

    /// Has everything of a session read again.
    pub(super) async fn reread(&mut self, session: SessionId, path: &str) {
        if let Some(owner) = self.owner.clone() {
            self.submit(0, bus::get_all(&owner, path, SESSION), Pending::Reread(session)).await;
        }
    }
}
