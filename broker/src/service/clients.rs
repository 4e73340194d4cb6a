//! Who is there, whose is which session, and how much has each user?

use super::limits::Limits;
use super::pace::Pace;
use crate::authority::Subject;
use netsession_fsm::words::SessionId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use zbus::Message;

/// A connection that the bus knows.
#[derive(Debug)]
pub(super) struct Client {
    /// Who it is.
    pub(super) subject: Subject,
    /// Name of its program, as the kernel says; empty if that is not known.
    pub(super) process: String,
    user: Arc<User>,
    gone: AtomicBool,
}

/// What the connections of one user have together.
#[derive(Debug, Default)]
struct User {
    sessions: AtomicUsize,
    calls: AtomicUsize,
    pace: Pace,
}

/// One thing of those a user can have only so many of; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    user: Arc<User>,
    of: fn(&User) -> &AtomicUsize,
}

impl Share {
    fn take(user: &Arc<User>, of: fn(&User) -> &AtomicUsize, most: usize) -> Option<Self> {
        let more = |had: usize| (had < most).then_some(had + 1);
        of(user).fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Self { user: Arc::clone(user), of })
    }

    fn regardless(user: &Arc<User>, of: fn(&User) -> &AtomicUsize) -> Self {
        of(user).fetch_add(1, Ordering::Relaxed);
        Self { user: Arc::clone(user), of }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        (self.of)(&self.user).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Client {
    /// Whether it has left the bus.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Room for one more session of its user.
    pub(super) fn session(&self, limits: &Limits) -> Option<Share> {
        Share::take(&self.user, |user| &user.sessions, limits.sessions_per_user)
    }

    /// Room for one more call of its user.
    pub(super) fn call(&self, limits: &Limits) -> Option<Share> {
        Share::take(&self.user, |user| &user.calls, limits.calls_per_user)
    }

    /// How long its next call waits because its user asked too fast.
    pub(super) fn wait(&self, limits: &Limits) -> Duration {
        self.user.pace.take(limits, Instant::now())
    }
}

/// Everybody who is there.
#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    seats: BTreeMap<Arc<str>, Seat>,
    users: BTreeMap<u32, Arc<User>>,
    owners: BTreeMap<SessionId, (Arc<Client>, Share)>,
}

/// What belongs to one connection.
#[derive(Debug)]
struct Seat {
    queue: mpsc::Sender<Message>,
    /// Once the bus said who it is.
    client: Option<Arc<Client>>,
    sessions: BTreeSet<SessionId>,
}

/// What became of a call on its way into the queue of its client.
pub(super) enum Queued {
    /// It waits for its turn.
    Waits,
    /// There is no room for it.
    Full,
    /// It is the first call of a client: whoever serves it takes the queue.
    First(mpsc::Receiver<Message>),
}

impl Registry {
    /// Puts a call into the queue of its client.
    pub(super) fn queue(&self, name: &str, call: Message, limits: &Limits) -> Queued {
        let mut inner = self.inner();
        if let Some(seat) = inner.seats.get(name) {
            return if seat.queue.try_send(call).is_ok() { Queued::Waits } else { Queued::Full };
        }
        let (queue, calls) = mpsc::channel(limits.queue_per_client.max(1));
        // cannot fail: there is room for one
        let _ = queue.try_send(call);
        inner.seats.insert(name.into(), Seat { queue, client: None, sessions: BTreeSet::new() });
        Queued::First(calls)
    }

    /// A place for a connection that has sessions from before; its calls will come there. `None` if it has one.
    pub(super) fn expect(&self, name: &str, limits: &Limits) -> Option<mpsc::Receiver<Message>> {
        let mut inner = self.inner();
        if inner.seats.contains_key(name) {
            return None;
        }
        let (queue, calls) = mpsc::channel(limits.queue_per_client.max(1));
        inner.seats.insert(name.into(), Seat { queue, client: None, sessions: BTreeSet::new() });
        Some(calls)
    }

    /// The bus said who a connection is; `None` if it has left meanwhile.
    pub(super) fn introduce(&self, subject: Subject, process: String) -> Option<Arc<Client>> {
        let mut inner = self.inner();
        let user = Arc::clone(inner.users.entry(subject.uid).or_default());
        let seat = inner.seats.get_mut(&subject.bus_name)?;
        let client = Arc::new(Client { subject, process, user, gone: AtomicBool::new(false) });
        seat.client = Some(Arc::clone(&client));
        Some(client)
    }

    /// A session is there, and its owner's; `false` if that has left.
    pub(super) fn own(&self, session: SessionId, client: &Arc<Client>, share: Share) -> bool {
        let mut inner = self.inner();
        let Some(seat) = inner.seats.get_mut(&client.subject.bus_name).filter(|_| !client.is_gone()) else { return false };
        seat.sessions.insert(session);
        inner.owners.insert(session, (Arc::clone(client), share));
        true
    }

    /// A session from before is there, and its owner's, however many that has; `false` if it has left.
    pub(super) fn own_again(&self, session: SessionId, client: &Arc<Client>) -> bool {
        let share = Share::regardless(&client.user, |user| &user.sessions);
        self.own(session, client, share)
    }

    /// Whether the session is this client's.
    pub(super) fn is_owner(&self, session: SessionId, client: &Arc<Client>) -> bool {
        self.inner().owners.get(&session).is_some_and(|(owner, _)| Arc::ptr_eq(owner, client))
    }

    /// The sessions of a client, in order.
    pub(super) fn sessions_of(&self, client: &Client) -> Vec<SessionId> {
        self.inner().seats.get(&client.subject.bus_name).map(|seat| seat.sessions.iter().copied().collect()).unwrap_or_default()
    }

    /// Every session that has an owner.
    pub(super) fn sessions(&self) -> Vec<SessionId> {
        self.inner().owners.keys().copied().collect()
    }

    /// A session is no longer anybody's; `false` if it was not this client's.
    pub(super) fn disown(&self, session: SessionId, client: &Arc<Client>) -> bool {
        let mut inner = self.inner();
        if !inner.owners.get(&session).is_some_and(|(owner, _)| Arc::ptr_eq(owner, client)) {
            return false;
        }
        inner.owners.remove(&session);
        if let Some(seat) = inner.seats.get_mut(&client.subject.bus_name) {
            seat.sessions.remove(&session);
        }
        true
    }

    /// A connection has left the bus; gives its sessions, which are nobody's now.
    pub(super) fn leave(&self, name: &str) -> BTreeSet<SessionId> {
        let mut inner = self.inner();
        let Some(seat) = inner.seats.remove(name) else { return BTreeSet::new() };
        for session in &seat.sessions {
            inner.owners.remove(session);
        }
        if let Some(client) = &seat.client {
            client.gone.store(true, Ordering::Relaxed);
            let now = Instant::now();
            // known to the registry alone, or to the client that leaves besides
            let known = |uid: u32| if uid == client.subject.uid { 2 } else { 1 };
            // one that asked too fast and comes again has not got a full bucket by that
            inner.users.retain(|uid, user| Arc::strong_count(user) > known(*uid) || !user.pace.is_full(now));
        }
        seat.sessions
    }

    /// Names of those who are there, in order.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        self.inner().seats.keys().cloned().collect()
    }

    /// How many connections and users are there.
    pub(super) fn count(&self) -> (usize, usize) {
        let inner = self.inner();
        let users: BTreeSet<_> = inner.seats.values().filter_map(|seat| Some(seat.client.as_ref()?.subject.uid)).collect();
        (inner.seats.len(), users.len())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
