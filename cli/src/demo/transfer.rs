//! What does the application transfer, and what became of every byte? A reliable stream of numbered datagrams at a fixed pace.
//!
//! A piece is made every [`PACE`], sent through the socket of the carrier in use, echoed by the service, and done when the echo is in.
//! The application moves the stream to another carrier by opening another socket. If the old link is still up its socket stays open
//! until all that is under way on it is in; if it is lost, what was under way on it is sent again. Every transmission has a number of its
//! own, so nothing is guessed: a transmission whose echo never came is lost, whether the piece came through later or not.
//!
//! It runs in a thread of its own, as a transfer of another library would.

use super::way::{Path, Way};
use netsession::bind::BindError;
use std::collections::{BTreeSet, VecDeque};
use std::future::pending;
use std::io;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Between two pieces.
pub(super) const PACE: Duration = Duration::from_millis(1);
/// Most pieces under way; further ones wait.
const WINDOW: usize = 64;
/// A piece whose echo is not in by then is sent again.
const AGAIN: Duration = Duration::from_secs(1);

/// One piece, sent once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transmission {
    /// Which piece.
    pub(super) piece: usize,
    /// When it was sent.
    pub(super) sent: Instant,
    /// When its echo was in.
    pub(super) back: Option<Instant>,
}

/// Everything that was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    /// In order.
    pub(super) transmissions: Vec<Transmission>,
    /// When each piece was done.
    pub(super) done: Vec<Option<Instant>>,
    /// The same moments, in order of time.
    pub(super) progress: Vec<Instant>,
}

/// What the old link is good for when the stream is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    /// What is under way on it will come in.
    Up,
    /// It will not.
    Lost,
}

/// How a move went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    /// When the first piece that was sent through the new link was done.
    pub(super) working: Instant,
    /// Pieces that were sent again, as the old link was lost.
    pub(super) again: usize,
}

#[derive(Debug)]
struct Order {
    way: Way,
    old: Old,
    answer: oneshot::Sender<Result<Moved, BindError>>,
}

/// A transfer under way. Dropped, it ends by itself a moment later.
#[derive(Debug)]
pub(super) struct Transfer {
    orders: mpsc::UnboundedSender<Order>,
    thread: JoinHandle<Record>,
}

impl Transfer {
    /// Starts the thread; the stream begins with the first [`Transfer::go`].
    pub(super) fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (orders, taken) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name("transfer".into()).spawn(move || runtime.block_on(Stream::default().run(taken)))?;
        Ok(Self { orders, thread })
    }

    /// Goes on through `way`. Returns when something sent through it is done and nothing is under way on the old one any more;
    /// `None`: the transfer's thread is gone.
    pub(super) async fn go(&self, way: Way, old: Old) -> Option<Result<Moved, BindError>> {
        let (answer, answered) = oneshot::channel();
        self.orders.send(Order { way, old, answer }).ok()?;
        answered.await.ok()
    }

    /// Makes no more pieces, waits until all are done, at most a moment, and gives the record.
    pub(super) async fn finish(self) -> Option<Record> {
        drop(self.orders);
        tokio::task::spawn_blocking(|| self.thread.join().ok()).await.ok()?
    }
}

/// The stream, in its thread.
#[derive(Debug, Default)]
struct Stream {
    record: Record,
    /// Pieces that wait to be sent.
    queue: VecDeque<usize>,
    /// Transmissions whose echo is awaited.
    under_way: BTreeSet<usize>,
    current: Option<Path>,
    /// The first transmission through the current path.
    first: usize,
    old: Option<Path>,
    moving: Option<Moving>,
}

#[derive(Debug)]
struct Moving {
    answer: oneshot::Sender<Result<Moved, BindError>>,
    working: Option<Instant>,
    again: usize,
}

impl Stream {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) -> Record {
        let mut tick = tokio::time::interval(PACE);
        let mut end = None;
        loop {
            tokio::select! {
                biased;
                order = orders.recv(), if end.is_none() => match order {
                    Some(order) => self.go(order).await,
                    None => end = Some(Instant::now() + AGAIN),
                },
                number = back(&mut self.current) => self.back(number).await,
                number = back(&mut self.old) => self.back(number).await,
                _ = tick.tick() => {
                    let is_over = end.is_some_and(|end| self.queue.is_empty() && self.under_way.is_empty() || Instant::now() > end);
                    if is_over {
                        return self.record;
                    }
                    self.tick(end.is_none()).await;
                }
            }
        }
    }

    async fn go(&mut self, order: Order) {
        let path = match order.way.open().await {
            Ok(path) => path,
            Err(error) => return drop(order.answer.send(Err(error))),
        };
        self.old = self.current.replace(path);
        self.first = self.record.transmissions.len();
        let mut again = 0;
        if order.old == Old::Lost {
            self.old = None;
            again = self.under_way.len();
            for number in std::mem::take(&mut self.under_way).into_iter().rev() {
                self.queue.push_front(self.record.transmissions[number].piece);
            }
        }
        self.moving = Some(Moving { answer: order.answer, working: None, again });
        self.send().await;
    }

    /// A new piece, and another try for those that are overdue.
    async fn tick(&mut self, makes: bool) {
        if self.current.is_none() {
            return;
        }
        if makes {
            self.queue.push_back(self.record.done.len());
            self.record.done.push(None);
        }
        let overdue = |number: &usize| self.record.transmissions[*number].sent.elapsed() > AGAIN;
        let overdue: Vec<usize> = self.under_way.iter().copied().filter(overdue).collect();
        for number in overdue.into_iter().rev() {
            self.under_way.remove(&number);
            self.queue.push_front(self.record.transmissions[number].piece);
        }
        self.settle();
        self.send().await;
    }

    async fn back(&mut self, number: usize) {
        let Some(transmission) = self.record.transmissions.get_mut(number) else { return };
        let now = Instant::now();
        let piece = transmission.piece;
        transmission.back.get_or_insert(now);
        self.under_way.remove(&number);
        if self.record.done[piece].is_none() {
            self.record.done[piece] = Some(now);
            self.record.progress.push(now);
        }
        if let Some(moving) = &mut self.moving
            && number >= self.first
        {
            moving.working.get_or_insert(now);
        }
        self.settle();
        self.send().await;
    }

    /// The move is over when the new path works and the old one has nothing more to say.
    fn settle(&mut self) {
        let is_drained = self.under_way.first().is_none_or(|&oldest| oldest >= self.first);
        if is_drained && let Some(Moving { working: Some(working), answer, again }) = self.moving.take_if(|moving| moving.working.is_some())
        {
            self.old = None;
            let _ = answer.send(Ok(Moved { working, again }));
        }
    }

    async fn send(&mut self) {
        let Some(path) = &self.current else { return };
        while self.under_way.len() < WINDOW
            && let Some(piece) = self.queue.pop_front()
        {
            if self.record.done[piece].is_some() {
                continue;
            }
            let number = self.record.transmissions.len();
            self.record.transmissions.push(Transmission { piece, sent: Instant::now(), back: None });
            self.under_way.insert(number);
            path.send(number).await;
        }
    }
}

async fn back(path: &mut Option<Path>) -> usize {
    match path {
        Some(path) => path.receive().await,
        None => pending().await,
    }
}
