//! What does the next process have to know if this one is killed? Which services were connected by us, and how they were found (C13).

use super::link::Found;
use super::route::OwnRoute;
use super::task::Task;
use netsession_fsm::words::AccessPointId;

/// Everything noted.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Book {
    /// The ConnMan it was done with: its name for good.
    pub(super) daemon: String,
    /// The links that are not as found.
    pub(super) links: Vec<Noted>,
    /// The connected services in the order before the first `Prefer`.
    pub(super) order: Option<Vec<String>>,
    /// A route that bridges the moment between two default routes.
    pub(super) bridge: Option<OwnRoute>,
}

/// What is noted of a link.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Noted {
    pub(super) access_point: AccessPointId,
    /// How it was found; `None`: nothing but routes of ours.
    pub(super) found: Option<Found>,
    /// Raised, and not lowered since.
    pub(super) raised: bool,
    /// Default routes of ours through it.
    pub(super) routes: Vec<OwnRoute>,
    /// The one ConnMan may forget.
    pub(super) forgotten: Option<OwnRoute>,
}

impl Task {
    /// Writes down how everything stands. What was left and is not looked at yet stays noted.
    pub(super) fn note(&mut self) {
        self.note_with(None);
    }

    /// The same when a route of ours is about to be added to a link.
    pub(super) fn note_route(&mut self, at: usize, route: OwnRoute) {
        self.note_with(Some((at, route)));
    }

    fn note_with(&mut self, route: Option<(usize, OwnRoute)>) {
        if !self.notebook.is_open() {
            return;
        }
        let noted = |(at, link): (usize, &super::link::Link)| {
            let coming = route.filter(|(on, _)| *on == at).map(|(_, route)| route);
            let routes: Vec<_> = link.routes.iter().copied().chain(coming).collect();
            let (access_point, found) = (link.profile.access_point, link.found.clone());
            let is_as_found = found.is_none() && routes.is_empty() && link.forgotten.is_none();
            (!is_as_found).then_some(Noted { access_point, found, raised: link.raised, routes, forgotten: link.forgotten })
        };
        let links = self.links.iter().enumerate().filter_map(noted).collect();
        let mut book = Book { daemon: String::new(), links, order: self.preference.found.clone(), bridge: self.preference.bridge };
        match &self.inherited {
            Some((_, Some(inherited))) => {
                book.links.extend(inherited.links.iter().cloned());
                book.daemon.clone_from(&inherited.daemon);
                book.order = book.order.or_else(|| inherited.order.clone());
                book.bridge = book.bridge.or(inherited.bridge);
            }
            // without anything the note is to be empty
            Some((_, None)) => return,
            None if book != Book::default() => book.daemon = self.daemon(),
            None => {}
        }
        self.notebook.write(&book);
    }
}
