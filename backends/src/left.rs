//! What did a process leave that was killed, and how does the next one know? What an executor writes down, and what it is told (C13).

use netsession_fsm::words::AccessPointId;
#[cfg(feature = "netlink")]
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;
use std::sync::Mutex;
#[cfg(feature = "netlink")]
use std::sync::PoisonError;
#[cfg(feature = "netlink")]
use tokio::sync::oneshot;

/// Who sent a message: the unique name on the bus, and which bus. Another bus gives the same names to others.
#[cfg(any(feature = "networkmanager", feature = "connman"))]
pub(crate) fn name_for_good(connection: &zbus::Connection, message: &zbus::Message) -> String {
    let name = message.header().sender().map(ToString::to_string);
    name.map(|name| format!("{name} {}", connection.server_guid())).unwrap_or_default()
}

/// What an earlier process left up, as far as the one that begins knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Left {
    /// Access points it had raised, was raising or was lowering, and of which no `Lower` was done.
    pub raised: Vec<AccessPointId>,
    /// Access points that were Active when it ended, whoever had raised them: one that is not any more was taken down meanwhile.
    #[serde(default)]
    pub up: Vec<AccessPointId>,
    /// The one it preferred.
    pub preferred: Option<AccessPointId>,
    /// The last note of its executor, whatever was in it; `None`: there is none.
    pub note: Option<String>,
}

/// Where an executor writes its note, one text that says all: what it found before it changed anything, and what it added.
///
/// A note is written *before* what it says is done. So it must be kept, where a process that is killed does not take it along, when
/// the function given to [`Notebook::new`] returns. That function is called by the executor's task, which waits for it: it may write a
/// small file, and nothing slower. The text is the executor's own; empty: nothing of it is left.
pub struct Notebook {
    keep: Option<Mutex<Keep>>,
    /// What was written last.
    #[cfg_attr(not(feature = "netlink"), expect(dead_code, reason = "the simulator needs no note"))]
    last: Option<String>,
}

type Keep = Box<dyn FnMut(&str) + Send>;

impl Notebook {
    /// One whose notes are kept by a function.
    #[must_use]
    pub fn new(keep: impl FnMut(&str) + Send + 'static) -> Self {
        Self { keep: Some(Mutex::new(Box::new(keep))), last: None }
    }

    /// One that nobody reads.
    #[must_use]
    pub fn closed() -> Self {
        Self { keep: None, last: None }
    }
}

impl fmt::Debug for Notebook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.keep.is_some() { "Notebook" } else { "Notebook (closed)" })
    }
}

#[cfg(feature = "netlink")]
impl Notebook {
    /// Whether anybody reads it.
    pub(crate) fn is_open(&self) -> bool {
        self.keep.is_some()
    }

    /// Writes what is to be known now, unless that was the last that was written.
    pub(crate) fn write<T: Serialize + PartialEq + Default>(&mut self, book: &T) {
        let Some(keep) = &mut self.keep else { return };
        let keep = keep.get_mut().unwrap_or_else(PoisonError::into_inner);
        let note = match Note::text(book) {
            Ok(note) => note,
            Err(error) => return tracing::error!(%error, "a note cannot be written: if this process is killed, links may stay up"),
        };
        if self.last.as_ref() != Some(&note) {
            keep(&note);
            self.last = Some(note);
        }
    }
}

/// Which form of note this is; one of another form is not read.
#[cfg(feature = "netlink")]
const FORM: u32 = 1;

/// A note as it is written.
#[cfg(feature = "netlink")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Note<T> {
    form: u32,
    /// Since when this kernel runs: what was done under another one ended with it.
    boot: String,
    book: T,
}

/// What a note says.
#[cfg(feature = "netlink")]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read<T> {
    /// All there is to know.
    Book(T),
    /// The machine was started anew since: nothing of it is left.
    Rebooted,
    /// Nothing: there is none, or none that can be read.
    Nothing,
}

#[cfg(feature = "netlink")]
impl<T: Serialize + PartialEq + Default> Note<T> {
    fn text(book: &T) -> serde_json::Result<String> {
        if *book == T::default() {
            return Ok(String::new());
        }
        serde_json::to_string(&Note { form: FORM, boot: boot(), book })
    }
}

/// Reads a note. One that cannot be read is told of, and never fatal.
#[cfg(feature = "netlink")]
pub(crate) fn read<T: DeserializeOwned + Default>(executor: &str, note: Option<&str>) -> Read<T> {
    /// What every form has.
    #[derive(serde::Deserialize)]
    struct Head {
        form: u32,
    }
    let unreadable = |what: String| {
        tracing::warn!(
            executor,
            what,
            "the note of an earlier process cannot be read: what it left is taken back as far as it can be known"
        );
        Read::Nothing
    };
    match note {
        None => Read::Nothing,
        Some("") => Read::Book(T::default()),
        Some(note) => match serde_json::from_str::<Head>(note) {
            Ok(Head { form: FORM }) => match serde_json::from_str::<Note<T>>(note) {
                Ok(note) if note.boot == boot() => Read::Book(note.book),
                Ok(_) => Read::Rebooted,
                Err(error) => unreadable(error.to_string()),
            },
            Ok(Head { form }) => unreadable(format!("it has form {form}, not {FORM}")),
            Err(error) => unreadable(error.to_string()),
        },
    }
}

/// The kernel's name for the time since it was started (`proc_sys_kernel(5)`); empty where it has none.
#[cfg(feature = "netlink")]
fn boot() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// How an executor's task begins: with what was left, or, when its front is first used, without.
#[cfg(feature = "netlink")]
#[derive(Debug)]
pub(crate) struct Beginning(Option<oneshot::Sender<(Left, Notebook)>>);

#[cfg(feature = "netlink")]
impl Beginning {
    /// The front's side and the task's.
    pub(crate) fn new() -> (Self, oneshot::Receiver<(Left, Notebook)>) {
        let (begin, begun) = oneshot::channel();
        (Self(Some(begin)), begun)
    }

    /// Begins with what was left.
    pub(crate) fn with(&mut self, left: Left, notebook: Notebook) {
        match self.0.take() {
            // a task that ended says so by itself
            Some(begin) => drop(begin.send((left, notebook))),
            None => tracing::error!("an executor was told too late what an earlier process left: it stays as it is"),
        }
    }

    /// Begins, if it has not: nothing was left, and nothing is to be written down.
    pub(crate) fn now(&mut self) {
        if let Some(begin) = self.0.take() {
            let _ = begin.send((Left::default(), Notebook::closed()));
        }
    }
}

#[cfg(all(test, feature = "netlink"))]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_note_is_written_once_and_read_again() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let pages = Arc::clone(&kept);
        let mut notebook = Notebook::new(move |note| pages.lock().unwrap().push(note.to_owned()));
        for book in [vec![], vec![7_u32], vec![7], vec![]] {
            notebook.write(&book);
        }
        let kept = kept.lock().unwrap();
        assert_eq!((kept.len(), kept[0].as_str(), kept[2].as_str()), (3, "", ""));
        assert_eq!(read::<Vec<u32>>("test", Some(&kept[1])), Read::Book(vec![7]));
        assert_eq!(read::<Vec<u32>>("test", Some("")), Read::Book(vec![]));
        let elsewhere = kept[1].replace(&boot(), "another");
        assert_eq!(read::<Vec<u32>>("test", Some(&elsewhere)), Read::Rebooted);
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for note in [None, Some("{"), Some("[]"), Some("{\"form\":9}"), Some("{\"form\":1,\"boot\":\"\",\"book\":{}}")] {
            assert_eq!(read::<Vec<u32>>("test", note), Read::Nothing, "{note:?}");
        }
    }
}
