//! What does the next process have to know if this one is killed? Which active connections and default routes are of our making (C13).

use super::reapply::Applied;
use super::task::Task;
use crate::netlink::watch::DefaultRoute;
use netsession_fsm::words::AccessPointId;
use std::collections::BTreeMap;

/// Everything noted.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Book {
    /// The NetworkManager that the paths are of: its name for good.
    pub(super) daemon: String,
    /// The links that are not as found.
    pub(super) links: Vec<Noted>,
    /// Default routes we added.
    pub(super) extra: Vec<DefaultRoute>,
    /// Interfaces of the default routes that were there before a link was raised.
    pub(super) found: Option<[Option<u32>; 2]>,
    /// Devices with metrics of ours, by path.
    pub(super) applied: BTreeMap<String, Applied>,
}

/// What became of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// Its connection was activated by us, or is being.
    Ours,
    /// It was active without us and was taken down.
    Stopped,
}

/// What is noted of a link.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Noted {
    pub(super) access_point: AccessPointId,
    /// UUID of the connection profile.
    pub(super) uuid: String,
    pub(super) state: State,
    /// Path of the active connection; `None`: it was not known yet.
    pub(super) active: Option<String>,
}

impl Task {
    /// Writes down how everything stands. What was left and is not looked at yet stays noted.
    pub(super) fn note(&mut self) {
        self.note_with(None);
    }

    /// The same when a default route is about to be added.
    pub(super) fn note_extra(&mut self, route: DefaultRoute) {
        self.note_with(Some(route));
    }

    fn note_with(&mut self, route: Option<DefaultRoute>) {
        if !self.notebook.is_open() {
            return;
        }
        let mut book = Book {
            daemon: String::new(),
            links: (0..self.links.len()).filter_map(|at| self.noted(at)).collect(),
            extra: self.routing.extra.iter().copied().chain(route).collect(),
            found: self.routing.found,
            applied: self.routing.applied.clone(),
        };
        match &self.inherited {
            Some((_, inherited)) => {
                book.links.extend(inherited.links.iter().cloned());
                book.applied.extend(inherited.applied.clone());
                book.daemon.clone_from(&inherited.daemon);
            }
            // without anything the note is to be empty
            None if book != Book::default() => book.daemon.clone_from(&self.objects.daemon),
            None => {}
        }
        self.notebook.write(&book);
    }

    fn noted(&self, at: usize) -> Option<Noted> {
        let link = &self.links[at];
        let state = match (link.stopped, link.ours) {
            (true, _) => State::Stopped,
            (false, true) => State::Ours,
            (false, false) => return None,
        };
        let active = self.activation(at).map(|(path, _)| path.to_owned());
        Some(Noted { access_point: link.profile.access_point, uuid: link.uuid.clone()?, state, active })
    }
}
