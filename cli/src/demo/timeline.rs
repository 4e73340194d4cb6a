//! What happened, and when? Entries of several threads in order of time, printed while they come.

use super::print;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// An entry is held back this long, so that one that becomes known a little later can still be printed before it.
const HELD_BACK: Duration = Duration::from_millis(60);

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Lane {
    /// The story: a scene begins.
    Scene,
    /// What the application does, and what it sees.
    App,
    /// What the hub decided.
    Hub,
    /// What the executor reported of a link.
    Link,
    /// What happened to the network.
    Net,
    /// How the transfer goes.
    Transfer,
}

/// One line.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Entry {
    /// Since the beginning.
    pub(crate) at_ms: f64,
    /// Who.
    pub(crate) lane: Lane,
    /// What.
    pub(crate) text: String,
}

enum Message {
    Say(Instant, Lane, String),
    End,
}

/// Where entries are put. Clones write to the same timeline.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    messages: Sender<Message>,
}

/// Prints the entries and keeps them, in a thread of its own: a slow terminal delays nothing else.
#[derive(Debug)]
pub(super) struct Printer(JoinHandle<Vec<Entry>>);

impl Timeline {
    /// Begins now; printed live if `live`.
    pub(super) fn start(live: bool) -> io::Result<(Self, Printer)> {
        let (messages, said) = channel();
        let zero = Instant::now();
        let printer = std::thread::Builder::new().name("printer".into()).spawn(move || keep(zero, live, &said))?;
        Ok((Self { messages }, Printer(printer)))
    }

    /// Something happens now.
    pub(super) fn say(&self, lane: Lane, text: impl Into<String>) {
        self.say_at(Instant::now(), lane, text);
    }

    /// Something happened then.
    pub(super) fn say_at(&self, at: Instant, lane: Lane, text: impl Into<String>) {
        // the printer ends after everybody else
        let _ = self.messages.send(Message::Say(at, lane, text.into()));
    }
}

impl Printer {
    /// Prints what is left and gives all entries.
    pub(super) fn finish(self, timeline: &Timeline) -> Vec<Entry> {
        let _ = timeline.messages.send(Message::End);
        self.0.join().unwrap_or_default()
    }
}

fn keep(zero: Instant, live: bool, said: &Receiver<Message>) -> Vec<Entry> {
    let mut held: Vec<(Instant, Entry)> = Vec::new();
    let mut entries = Vec::new();
    let mut ended = false;
    while !ended {
        match said.recv_timeout(HELD_BACK / 3) {
            Ok(Message::Say(at, lane, text)) => {
                let at_ms = at.saturating_duration_since(zero).as_secs_f64() * 1e3;
                let place = held.partition_point(|(other, _)| *other <= at);
                held.insert(place, (at, Entry { at_ms, lane, text }));
            }
            Ok(Message::End) | Err(RecvTimeoutError::Disconnected) => ended = true,
            Err(RecvTimeoutError::Timeout) => {}
        }
        let ripe = if ended { held.len() } else { held.partition_point(|(at, _)| at.elapsed() >= HELD_BACK) };
        for (_, entry) in held.drain(..ripe) {
            if live {
                print::entry(&entry);
            }
            entries.push(entry);
        }
    }
    // one that became known later still
    entries.sort_by(|one, other| one.at_ms.total_cmp(&other.at_ms));
    entries
}
