//! What do ten thousand sessions of a hundred clients take: memory, time to open, time to tell all of one loss?

use crate::bare::Caller;
use crate::part::Part;
use crate::rig::PrivateBus;
use crate::table::{Table, Target, millis};
use crate::world::SINGLE;
use futures::StreamExt;
use futures::future::try_join_all;
use netsession_broker::api::{MANAGER, NAME, PATH, SESSION};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use zbus::message::Type;
use zbus::{Connection, MessageStream, OwnedObjectPath, Variant};

const CLIENTS: usize = 100;
const SESSIONS: usize = 100;
/// How often all are opened and lose their link.
const ROUNDS: usize = 3;
/// Bytes of the broker's memory for each session.
const TARGET: f64 = 4096.0;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client that only counts what it is sent.
struct Counting {
    connection: Connection,
    heard: Arc<Mutex<Heard>>,
    sessions: Vec<OwnedObjectPath>,
}

#[derive(Default, Clone, Copy)]
struct Heard {
    signals: usize,
    closed: usize,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Counting {
    async fn on(bus: &PrivateBus) -> Self {
        let connection = bus.connect().await;
        let heard = Arc::new(Mutex::new(Heard::default()));
        let mut stream = MessageStream::from(&connection);
        let listener = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                if message.message_type() != Type::Signal {
                    continue;
                }
                let mut heard = listener.lock().unwrap_or_else(PoisonError::into_inner);
                heard.signals += 1;
                if message.header().member().is_some_and(|member| member.as_str() == "Closed") {
                    heard.closed += 1;
                    heard.first.get_or_insert_with(Instant::now);
                    heard.last = Some(Instant::now());
                }
            }
        });
        Self { connection, heard, sessions: Vec::new() }
    }

    fn heard(&self) -> Heard {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Heard::default();
    }

    async fn create(&mut self) -> zbus::Result<()> {
        for _ in 0..SESSIONS {
            let options = BTreeMap::<&str, Variant<'_>>::new();
            let answer = self.connection.call_method(Some(NAME), PATH, Some(MANAGER), "CreateSession", &(SINGLE, options)).await?;
            self.sessions.push(answer.body().deserialize()?);
        }
        Ok(())
    }

    async fn open(&self) -> zbus::Result<()> {
        for session in &self.sessions {
            self.connection.call_method(Some(NAME), session.as_str(), Some(SESSION), "Open", &"").await?;
        }
        Ok(())
    }
}

pub(crate) async fn measure(bus: &PrivateBus, store: &Path, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let mut broker = Part::broker(bus, Some(store))?;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let client = Counting::on(bus).await;
        client.connection.call_method(Some(NAME), PATH, Some(MANAGER), "Attach", &()).await?;
        clients.push(client);
    }
    const KINDS: [&str; 2] = ["Rss", "Pss"];
    let before = [broker.memory(KINDS[0])?, broker.memory(KINDS[1])?];
    let begun = Instant::now();
    try_join_all(clients.iter_mut().map(Counting::create)).await?;
    let created = begun.elapsed();
    let mut after = before;
    let [mut opened, mut first, mut last] = [const { Vec::new() }; 3];
    let mut signals = 0;
    for round in 0..ROUNDS {
        let begun = Instant::now();
        try_join_all(clients.iter().map(Counting::open)).await?;
        opened.push(begun.elapsed());
        if round == 0 {
            after = [broker.memory(KINDS[0])?, broker.memory(KINDS[1])?];
        }
        // what opening led to is told by then
        clients[0].connection.call_method(Some(NAME), PATH, Some(MANAGER), "Attach", &()).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
        clients.iter().for_each(Counting::forget);
        let begun = Instant::now();
        broker.order("cut")?;
        let (from, to) = all_closed(&clients, begun).await?;
        first.push(from);
        last.push(to);
        signals = clients.iter().map(|client| client.heard().signals).sum();
    }
    let total = CLIENTS * SESSIONS;
    for (kind, (before, after)) in KINDS.iter().zip(before.into_iter().zip(after)) {
        let what = format!("{kind} of the broker for a session, of {total} open");
        table.take(&what, "bytes", &[(after - before) / total as f64], None, Target::AtMost(TARGET));
    }
    let peak = broker.memory(KINDS[0])?;
    table.take("Rss of the broker for a session, after losses", "bytes", &[(peak - before[0]) / total as f64], None, Target::None);
    drop(broker);
    table.take(&format!("{total} sessions created"), "ms", &millis(&[created]), None, Target::None);
    table.take(&format!("{total} sessions opened"), "ms", &millis(&opened), None, Target::None);
    let _peer = Part::bare(bus)?;
    let bare = flood(bus, &clients, signals).await?;
    table.take("one loss told to the first of them", "ms", &millis(&first), None, Target::None);
    let what = format!("one loss told to all of them, {signals} signals");
    table.take(&what, "ms", &millis(&last), Some(("bare peer sends as many", &millis(&bare))), Target::None);
    Ok(())
}

/// As many signals from a bare peer.
async fn flood(bus: &PrivateBus, clients: &[Counting], signals: usize) -> Result<Vec<Duration>, Box<dyn Error>> {
    let names: Vec<String> = clients.iter().filter_map(|client| Some(client.connection.unique_name()?.to_string())).collect();
    let caller = Caller::on(bus).await;
    let each = signals.div_ceil(CLIENTS);
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        clients.iter().for_each(Counting::forget);
        let begun = Instant::now();
        caller.flood(&names, u32::try_from(each)?).await?;
        took.push(all_heard(clients, begun, each).await?.1);
    }
    Ok(took)
}

async fn all_closed(clients: &[Counting], begun: Instant) -> Result<(Duration, Duration), Box<dyn Error>> {
    all_heard(clients, begun, SESSIONS).await
}

/// When the first client was told first, and the last one last.
async fn all_heard(clients: &[Counting], begun: Instant, closed: usize) -> Result<(Duration, Duration), Box<dyn Error>> {
    while clients.iter().any(|client| client.heard().closed < closed) {
        if begun.elapsed() > PATIENCE {
            let heard: usize = clients.iter().map(|client| client.heard().closed).sum();
            return Err(format!("of {} signals {heard} came in {PATIENCE:?}", CLIENTS * closed).into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let first = clients.iter().filter_map(|client| client.heard().first).min().ok_or("nobody heard")?;
    let last = clients.iter().filter_map(|client| client.heard().last).max().ok_or("nobody heard")?;
    Ok((first - begun, last - begun))
}
