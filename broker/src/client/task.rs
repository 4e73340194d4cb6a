//! The task that owns the connection: requests to the bus in their order, messages of the bus into the mirror in theirs (SPEC §11).

use super::bus::{self, Wire};
use super::calls::{self, About};
use super::mirror::Mirror;
use super::pending::{Pending, Wanted, deny};
use super::{Bus, ConnectError, unreachable};
use crate::api::decode;
use crate::api::{MANAGER, PATH, SESSION};
use netsession_backends::client::port::{Denial, Request};
use netsession_backends::client::{BrokerError, NoSocket};
use netsession_fsm::hub::{Call, SessionOptions};
use netsession_fsm::words::{Cause, ConfigurationId, Error, ErrorKind, OfferId, Operation, Phase, Refusal, SessionId, SessionState};
use std::collections::{BTreeMap, VecDeque};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout_at};
use zbus::Message;
use zbus::message::Type;

/// The first pause before a bus or a broker is tried again; doubled up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(10);

/// The connection and everything that hangs on it.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) bus: Bus,
    pub(super) patience: Duration,
    mirror: Arc<Mutex<Mirror>>,
    requests: mpsc::UnboundedReceiver<Request>,
    pub(super) wire: Option<Wire>,
    /// Who the broker is now.
    pub(super) owner: Option<String>,
    /// The mirror shows this owner, and requests can be put to it.
    pub(super) ready: bool,
    /// When to try again, and the pause after that.
    pub(super) retry: (Instant, Duration),
    /// The bus was asked to start the broker since it went.
    poked: bool,
    pub(super) handles: BTreeMap<SessionId, Handle>,
    /// Sessions of the broker that is ready.
    pub(super) paths: BTreeMap<String, SessionId>,
    next: u32,
    pending: BTreeMap<u32, Pending>,
    /// Requests that wait for a broker, and until when.
    waiting: VecDeque<(Instant, Request)>,
}

/// A session as its application holds it.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) configuration: ConfigurationId,
    /// As last set.
    pub(super) options: SessionOptions,
    /// Which object it is, or was at the last broker; or why there is none.
    pub(super) path: Result<String, Cause>,
}

/// What a turn brought.
enum Turn {
    Request(Option<Request>),
    Message(Option<Message>),
    Due,
}

impl Task {
    /// Connects and reads everything once.
    pub(super) async fn begin(
        bus: Bus,
        patience: Duration,
        mirror: Arc<Mutex<Mirror>>,
        requests: mpsc::UnboundedReceiver<Request>,
    ) -> Result<Self, ConnectError> {
        let wire = Wire::connect(&bus, patience).await?;
        let owner = wire.owner().await?;
        let mut task = Self {
            bus,
            patience,
            mirror,
            requests,
            wire: Some(wire),
            owner: Some(owner),
            ready: false,
            retry: (Instant::now(), SHORTEST),
            poked: false,
            handles: BTreeMap::new(),
            paths: BTreeMap::new(),
            next: 0,
            pending: BTreeMap::new(),
            waiting: VecDeque::new(),
        };
        task.sync().await?;
        Ok(task)
    }

    /// Runs until a shutdown is asked for or the last handle is gone.
    pub(super) async fn run(mut self) {
        let mut ended = Vec::new();
        loop {
            match self.turn().await {
                Turn::Request(None) => break,
                Turn::Request(Some(Request::Shutdown { answer })) => {
                    ended.push(answer);
                    break;
                }
                Turn::Request(Some(request)) => self.take(request).await,
                Turn::Message(Some(message)) => self.hear(&message).await,
                Turn::Message(None) => self.broken(),
                Turn::Due => self.due().await,
            }
        }
        self.close(ended).await;
    }

    async fn turn(&mut self) -> Turn {
        let tries = !self.ready && (self.wire.is_none() || self.owner.is_some());
        let due = self.waiting.front().map(|(until, _)| *until).into_iter().chain(tries.then_some(self.retry.0)).min();
        let alarm = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        let message = async {
            match &mut self.wire {
                Some(wire) => wire.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            request = self.requests.recv() => Turn::Request(request),
            message = message => Turn::Message(message),
            () = alarm => Turn::Due,
        }
    }

    /// Requests that waited long enough are denied; a bus or broker that is not ready is tried.
    async fn due(&mut self) {
        let now = Instant::now();
        while self.waiting.front().is_some_and(|(until, _)| *until <= now) {
            if let Some((_, request)) = self.waiting.pop_front() {
                deny(request, unreachable(self.patience));
            }
        }
        if self.ready || self.retry.0 > now {
            return;
        }
        if self.wire.is_none() {
            match Wire::connect(&self.bus, self.patience).await {
                Ok(wire) => {
                    // an owner that comes now is told by the wire
                    self.owner = wire.owner().await.ok();
                    self.wire = Some(wire);
                }
                Err(error) => return self.pause(&error),
            }
        }
        if self.owner.is_some() {
            match self.sync().await {
                Ok(()) => self.retry.1 = SHORTEST,
                Err(error) => self.pause(&error),
            }
        }
    }

    fn pause(&mut self, error: &ConnectError) {
        let (_, pause) = self.retry;
        tracing::warn!(%error, ?pause, "no broker; it is tried again");
        self.retry = (Instant::now() + pause, (pause * 2).min(LONGEST));
    }

    async fn take(&mut self, request: Request) {
        if let Request::Drop(session) = request {
            return self.let_go(session).await;
        }
        if self.ready {
            return self.put(request).await;
        }
        self.waiting.push_back((Instant::now() + self.patience, request));
        if self.owner.is_none()
            && !std::mem::replace(&mut self.poked, true)
            && let Some(wire) = &self.wire
            && let Err(error) = wire.start().await
        {
            tracing::info!(%error, "the bus was not asked to start the broker");
        }
    }

    /// Puts the requests that waited.
    pub(super) async fn put_waiting(&mut self) {
        while self.ready
            && let Some((_, request)) = self.waiting.pop_front()
        {
            self.put(request).await;
        }
    }

    async fn let_go(&mut self, session: SessionId) {
        self.mirror().drop_session(session);
        let Some(Handle { path: Ok(path), .. }) = self.handles.remove(&session) else { return };
        // one that the next broker still knows is released there
        if self.paths.remove(&path).is_some() {
            self.release(&path).await;
        }
    }

    pub(super) async fn release(&mut self, path: &str) {
        if let Some(owner) = self.owner.clone() {
            self.submit(calls::release(&owner, path), Pending::Release).await;
        }
    }

    /// Puts a request to the broker.
    async fn put(&mut self, request: Request) {
        let Some(owner) = self.owner.clone() else { return deny(request, BrokerError::Unanswered) };
        match request {
            Request::Create { configuration, options, answer } => {
                let Some(name) = self.mirror().name_of(configuration) else {
                    _ = answer.send(Err(Refusal::UnknownConfiguration(configuration)));
                    return;
                };
                let wanted = Wanted { configuration, options, answer };
                self.submit(calls::create(&owner, &name, &options), Pending::Create(wanted)).await;
            }
            Request::Call { session, call, answer } => {
                let told = self.call(&owner, session, call);
                match told {
                    Ok((message, about)) => self.submit(message, Pending::Call { session, call, about, answer }).await,
                    Err(result) => _ = answer.map(|answer| answer.send(result)),
                }
            }
            Request::Socket { session, side, kind, family, answer } => {
                let Some(Handle { path: Ok(path), .. }) = self.handles.get(&session) else {
                    _ = answer.send(Err(NoSocket::NoCarrier(side)));
                    return;
                };
                let message = calls::socket(&owner, path, side, kind, family);
                self.submit(message, Pending::Socket { session, side, kind, family, answer }).await;
            }
            Request::Refresh { answer } => {
                self.submit(bus::call(&owner, PATH, MANAGER, "Refresh", &()), Pending::Refresh(answer)).await;
            }
            Request::Administer { name, input } => {
                let message = calls::administer(&owner, &input, |id| self.mirror().name_of(id));
                match message {
                    Some(message) => self.submit(message, Pending::Administer { name, input }).await,
                    None => tracing::warn!(?input, "nothing that a client of a broker can change: dropped"),
                }
            }
            // the loop takes these itself
            Request::Drop(_) | Request::Shutdown { .. } => {}
        }
    }

    /// The message of a call on a session and what it is about; or the answer, if that is known here.
    #[allow(clippy::type_complexity)]
    fn call(&self, owner: &str, session: SessionId, call: Call) -> Result<(zbus::Result<Message>, About), Result<(), Refusal>> {
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
    async fn submit(&mut self, message: zbus::Result<Message>, pending: Pending) {
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                let name = "org.freedesktop.DBus.Error.InvalidArgs".into();
                return pending.deny(BrokerError::Other { name, message: error.to_string().into() });
            }
        };
        self.pending.insert(message.primary_header().serial_num().get(), pending);
        self.write(&message).await;
    }

    /// Sends a message; `false` if the bus is gone.
    pub(super) async fn write(&mut self, message: &Message) -> bool {
        let Some(wire) = &self.wire else { return false };
        let Err(error) = wire.send(message).await else { return true };
        tracing::info!(%error, "nothing can be sent to the bus any more");
        self.broken();
        false
    }

    /// Takes in what was heard.
    pub(super) async fn hear(&mut self, message: &Message) {
        if let Some(owner) = bus::owner_changed(message) {
            return self.owner_is(owner);
        }
        let header = message.header();
        match header.message_type() {
            Type::MethodReturn | Type::Error => {
                let serial = header.reply_serial().map(std::num::NonZeroU32::get);
                if let Some(pending) = serial.and_then(|serial| self.pending.remove(&serial)) {
                    self.answered(pending, message).await;
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

    async fn reread(&mut self, session: SessionId, path: &str) {
        if let Some(owner) = self.owner.clone() {
            self.submit(bus::get_all(&owner, path, SESSION), Pending::Reread(session)).await;
        }
    }

    async fn answered(&mut self, pending: Pending, message: &Message) {
        if message.message_type() == Type::Error {
            return self.denied(pending, message);
        }
        let strange = |error: &dyn std::fmt::Display| BrokerError::Other { name: "answer".into(), message: error.to_string().into() };
        match pending {
            Pending::Create(wanted) => match message.body().deserialize::<zbus::OwnedObjectPath>() {
                Ok(path) => {
                    let Some(owner) = self.owner.clone() else { return };
                    let path = path.to_string();
                    self.submit(bus::get_all(&owner, &path, SESSION), Pending::Look { wanted, path }).await;
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
                    Ok(facts) => self.mirror().reconcile(session, facts, Cause::Unknown),
                    Err(error) => tracing::error!(%error, "a session cannot be read again"),
                }
            }
            Pending::Administer { .. } | Pending::Release => {}
        }
    }

    /// The broker, or the bus for it, said no.
    fn denied(&mut self, pending: Pending, message: &Message) {
        let error = decode::error(message);
        if calls::undelivered(&error) {
            // the broker went before it got there: the next one gets it
            let until = Instant::now() + self.patience;
            self.waiting.extend(pending.again().map(|request| (until, request)));
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

    /// The broker's name has another owner, or none: what was asked of the last one is not answered any more.
    fn owner_is(&mut self, owner: Option<String>) {
        if self.owner == owner {
            return;
        }
        tracing::info!(?owner, "the broker is another one");
        (self.owner, self.ready, self.poked) = (owner, false, false);
        self.retry = (Instant::now(), SHORTEST);
        self.paths.clear();
        std::mem::take(&mut self.pending).into_values().for_each(|pending| pending.deny(BrokerError::Unanswered));
    }

    /// The bus is gone, and with it this client's name: the broker has closed its sessions.
    pub(super) fn broken(&mut self) {
        self.wire = None;
        self.owner_is(None);
        self.ready = false;
        for (session, handle) in &mut self.handles {
            handle.path = Err(Cause::BackendGone);
            let mut mirror = self.mirror.lock().unwrap_or_else(PoisonError::into_inner);
            mirror.start_over(*session, Err(SessionState::NotAvailable));
        }
    }

    /// Closes this client's sessions and leaves the bus.
    async fn close(mut self, mut ended: Vec<oneshot::Sender<()>>) {
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            if let Request::Shutdown { answer } = request {
                ended.push(answer);
            }
        }
        self.waiting.clear();
        for path in std::mem::take(&mut self.paths).into_keys() {
            self.release(&path).await;
        }
        let until = Instant::now() + self.patience;
        while self.pending.values().any(|pending| matches!(pending, Pending::Release))
            && let Some(wire) = &mut self.wire
        {
            match timeout_at(until, wire.next()).await {
                Ok(Some(message)) => self.hear(&message).await,
                // leaving the bus closes them as well
                Ok(None) | Err(_) => break,
            }
        }
        self.pending.clear();
        self.mirror().end();
        if let Some(wire) = self.wire.take() {
            wire.close().await;
        }
        for answer in ended {
            // whoever asked may have gone
            let _ = answer.send(());
        }
    }

    pub(super) fn mirror(&self) -> MutexGuard<'_, Mirror> {
        self.mirror.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All properties of a session, as `GetAll` answers.
fn read(path: &str, message: &Message) -> Result<decode::SessionFacts, decode::Malformed> {
    let all = message.body().deserialize().map_err(|error| decode::Malformed::new(path, error))?;
    decode::session(path, all)
}
