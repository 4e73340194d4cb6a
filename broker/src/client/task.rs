//! The task that owns the connection: requests to the bus in their order, messages of the bus into the mirror in theirs (SPEC §11).

use super::bus::Wire;
use super::mirror::Mirror;
use super::pending::{Pending, deny};
use super::{Bus, ConnectError, unreachable};
use netsession_backends::client::BrokerError;
use netsession_backends::client::port::Request;
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::words::{Cause, ConfigurationId, SessionId, SessionState};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout_at};
use zbus::Message;

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
    pub(super) next: u32,
    /// Calls under way by their serials, each with the place of its request.
    pub(super) pending: BTreeMap<u32, (u64, Pending)>,
    /// Calls up to this one went to a broker that is gone: the bus says what became of each, at the latest by then.
    forsaken: Option<(Instant, u32)>,
    /// Requests that wait for a broker, by their places, and until when.
    pub(super) waiting: BTreeMap<u64, (Instant, Request)>,
    /// Place of the newest request.
    place: u64,
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
            forsaken: None,
            waiting: BTreeMap::new(),
            place: 0,
        };
        let until = Instant::now() + patience;
        loop {
            let owner = task.owner.clone();
            match task.sync().await {
                Err(ConnectError::WentAway) => task.await_next(owner.as_deref(), until).await?,
                synced => return synced.map(|()| task),
            }
        }
    }

    /// Asks the bus, once, to start the broker that went.
    pub(super) async fn poke(&mut self) {
        if !std::mem::replace(&mut self.poked, true)
            && let Some(wire) = &self.wire
            && let Err(error) = wire.start().await
        {
            tracing::info!(%error, "the bus was not asked to start the broker");
        }
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
        let waits = self.waiting.values().map(|(until, _)| *until);
        let due = waits.chain(tries.then_some(self.retry.0)).chain(self.forsaken.map(|(until, _)| until)).min();
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
        let over: Vec<_> = self.waiting.iter().filter(|(_, (until, _))| *until <= now).map(|(place, _)| *place).collect();
        for (_, request) in over.into_iter().filter_map(|place| self.waiting.remove(&place)) {
            deny(request, unreachable(self.patience));
        }
        if let Some((_, last)) = self.forsaken.take_if(|(until, _)| *until <= now) {
            let newer = last.checked_add(1).map(|next| self.pending.split_off(&next)).unwrap_or_default();
            let forsaken = std::mem::replace(&mut self.pending, newer);
            forsaken.into_values().for_each(|(_, pending)| pending.deny(BrokerError::Unanswered));
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
        self.place += 1;
        if self.ready {
            return self.put(self.place, request).await;
        }
        self.waiting.insert(self.place, (Instant::now() + self.patience, request));
        if self.owner.is_none() {
            self.poke().await;
        }
    }

    /// Sends a message; `false` if the bus is gone.
    pub(super) async fn write(&mut self, message: &Message) -> bool {
        let Some(wire) = &self.wire else { return false };
        let Err(error) = wire.send(message).await else { return true };
        tracing::info!(%error, "nothing can be sent to the bus any more");
        self.broken();
        false
    }

    /// The broker's name has another owner, or none. Of what was asked of the last one, the bus says whether it got there.
    pub(super) fn owner_is(&mut self, owner: Option<String>) {
        if self.owner == owner {
            return;
        }
        tracing::info!(?owner, "the broker is another one");
        (self.owner, self.ready, self.poked) = (owner, false, false);
        self.retry = (Instant::now(), SHORTEST);
        self.paths.clear();
        self.forsaken = self.pending.last_key_value().map(|(last, _)| (Instant::now() + self.patience, *last));
    }

    /// The bus is gone, and with it this client's name: the broker has closed its sessions.
    pub(super) fn broken(&mut self) {
        self.wire = None;
        self.owner_is(None);
        (self.ready, self.forsaken) = (false, None);
        std::mem::take(&mut self.pending).into_values().for_each(|(_, pending)| pending.deny(BrokerError::Unanswered));
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
        while self.pending.values().any(|(_, pending)| matches!(pending, Pending::Release))
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
