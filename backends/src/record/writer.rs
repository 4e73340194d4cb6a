//! The thread that writes: takes what has come, makes lines of it, and tells when the last one is written.

use netsession_fsm::recording::{Dropped, End, Header, Line, Step};
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// A step is written so much later at most, if the file takes it.
pub(super) const PACE: Duration = Duration::from_millis(20);
/// How long the end waits for what is not written yet.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// Steps that may wait to be written.
pub(super) const ROOM: usize = 1 << 14;

/// What the drive loop puts, and the thread takes.
#[derive(Debug, Default)]
struct Queue {
    steps: Vec<Step>,
    /// Steps that had no room after those.
    dropped: u64,
    /// Set at the end: whether all was let go of in order.
    closed: Option<bool>,
    /// The thread waits for something to come.
    idle: bool,
    /// The thread has written everything, or could not.
    done: bool,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Something came, and the thread was idle.
    came: Condvar,
    /// It is the end.
    ends: Condvar,
    /// The thread is done.
    done: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The drive loop's side of the thread.
#[derive(Debug)]
pub(super) struct Writer(Arc<Shared>);

impl Writer {
    pub(super) fn start(file: Box<dyn Write + Send>, header: Header) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (theirs, guard) = (Arc::clone(&shared), Guard(Arc::clone(&shared)));
        let work = move || {
            let _guard = guard;
            if let Err(error) = write(&theirs, file, header) {
                tracing::warn!(%error, "the recording ends here: it cannot be written");
            }
        };
        thread::Builder::new().name("record".to_owned()).spawn(work)?;
        Ok(Self(shared))
    }

    /// Never waits for the file.
    pub(super) fn put(&self, step: Step) {
        let mut queue = self.0.lock();
        if queue.done {
            return;
        }
        if queue.dropped > 0 || queue.steps.len() >= ROOM {
            queue.dropped += 1;
        } else {
            queue.steps.push(step);
        }
        if std::mem::take(&mut queue.idle) {
            drop(queue);
            self.0.came.notify_one();
        }
    }

    /// Nothing comes any more. Waits until all is written, but not for ever.
    pub(super) fn end(&self, closed: bool) {
        let mut queue = self.0.lock();
        queue.closed.get_or_insert(closed);
        self.0.came.notify_one();
        self.0.ends.notify_one();
        let waited = self.0.done.wait_timeout_while(queue, PATIENCE, |queue| !queue.done).unwrap_or_else(PoisonError::into_inner);
        if waited.1.timed_out() {
            tracing::warn!(patience = ?PATIENCE, "the recording has no end: it is not written yet");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end(false);
    }
}

/// Says that the thread is done, however it ends.
struct Guard(Arc<Shared>);

impl Drop for Guard {
    fn drop(&mut self) {
        let mut queue = self.0.lock();
        queue.done = true;
        queue.steps = Vec::new();
        self.0.done.notify_all();
    }
}

fn write(shared: &Shared, mut file: Box<dyn Write + Send>, header: Header) -> io::Result<()> {
    let mut text = Vec::new();
    line(&mut text, &Line::Header(header))?;
    let (mut taken, mut total) = (Vec::new(), End { steps: 0, dropped: 0, closed: false });
    loop {
        file.write_all(&text)?;
        file.flush()?;
        text.clear();
        let queue = shared.lock();
        let queue = shared.ends.wait_timeout_while(queue, PACE, |queue| queue.closed.is_none()).unwrap_or_else(PoisonError::into_inner).0;
        let wait = |queue: &mut Queue| {
            queue.idle = queue.steps.is_empty() && queue.closed.is_none();
            queue.idle
        };
        let mut queue = shared.came.wait_while(queue, wait).unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut queue.steps, &mut taken);
        let (dropped, closed) = (std::mem::take(&mut queue.dropped), queue.closed);
        drop(queue);
        total.steps += taken.len() as u64 + dropped;
        total.dropped += dropped;
        for step in taken.drain(..) {
            line(&mut text, &Line::Step(step))?;
        }
        if dropped > 0 {
            line(&mut text, &Line::Dropped(Dropped { steps: dropped }))?;
        }
        if let Some(closed) = closed {
            line(&mut text, &Line::End(End { closed, ..total }))?;
            file.write_all(&text)?;
            return file.flush();
        }
    }
}

fn line(text: &mut Vec<u8>, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *text, line)?;
    text.push(b'\n');
    Ok(())
}
