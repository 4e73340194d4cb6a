//! What becomes of the links an earlier process left? ConnMan went on with them: they are taken over, or disconnected (C13).

use super::link::{Found, Link};
use super::note::{Book, Noted};
use super::proxy::Question;
use super::task::Task;
use crate::executor::{Left, Notebook};
use crate::left::{Read, read};
use netsession_fsm::words::{ConfigurationState, OperationId};

impl Task {
    /// Hears what an earlier process left; what becomes of it is decided when ConnMan has listed its services.
    pub(super) fn adopt(&mut self, left: Left, notebook: Notebook) {
        if left == Left::default() && !notebook.is_open() {
            return;
        }
        self.links.iter_mut().filter(|link| left.up.contains(&link.profile.access_point)).for_each(Link::remember_up);
        match read::<Book>("connman", left.note.as_deref()) {
            Read::Book(book) => self.inherited = Some((left, Some(book))),
            Read::Nothing if !left.raised.is_empty() => self.inherited = Some((left, None)),
            Read::Nothing | Read::Rebooted => {}
        }
        self.notebook = notebook;
        self.note();
    }

    /// ConnMan has listed its services: takes over what was left.
    pub(super) async fn take_over(&mut self) {
        let Some((left, book)) = self.inherited.take() else { return };
        match book {
            Some(book) => self.take_over_noted(&left, book).await,
            None => self.take_over_unnoted(&left),
        }
        for at in 0..self.links.len() {
            let raised = left.raised.contains(&self.links[at].profile.access_point);
            let active = self.state(at).0 == ConfigurationState::Active;
            let link = &mut self.links[at];
            link.disowned = raised && active && link.found.is_none();
        }
        self.note();
    }

    async fn take_over_noted(&mut self, left: &Left, book: Book) {
        let same = book.daemon == self.daemon();
        // first the whole book, then what follows from it: whatever is noted from here on is complete
        let mut unwanted = Vec::new();
        for noted in book.links {
            let raised = left.raised.contains(&noted.access_point);
            match self.find(noted.access_point) {
                Some(at) => {
                    let ours = noted.found.as_ref().is_some_and(|found| !found.connected);
                    self.restore_link(at, noted, same);
                    if ours && !raised && self.links[at].found.is_some() {
                        unwanted.push(at);
                    }
                }
                None => self.drop_unknown(noted, same).await,
            }
        }
        if let Some(bridge) = book.bridge {
            bridge.remove(self.kernel.handle()).await;
        }
        self.preference.found = book.order.filter(|_| same);
        self.preference.preferred = left.preferred.filter(|_| self.preference.found.is_some());
        for at in 0..self.links.len() {
            if self.links[at].found.is_none() {
                self.drop_routes(at).await;
                // connected by others: what is there is theirs
                self.links[at].forgotten = None;
            }
        }
        for at in unwanted {
            tracing::info!(access_point = %self.links[at].profile.access_point, "connman: left by an earlier process: it is disconnected");
            self.bring_down(at, OperationId(0), None, false).await;
        }
        if left.preferred.is_none() && self.preference.found.is_some() {
            self.prefer(OperationId(0), None).await;
        }
    }

    /// Puts into the book on a link what is noted, as far as it still holds. A ConnMan that was started again has taken all links down:
    /// what is connected was connected by itself, or by others.
    fn restore_link(&mut self, at: usize, noted: Noted, same: bool) {
        let link = &mut self.links[at];
        (link.routes, link.forgotten) = (noted.routes, noted.forgotten);
        let Some(found) = noted.found else { return };
        let state = self.services.get(&found.service).map(|service| service.state);
        let up = state.is_some_and(|state| state.is_connected() || state.is_connecting());
        if found.connected || (up && same) {
            link.service = Some(found.service.clone());
            link.raised = noted.raised;
            link.inherited.clone_from(&link.routes);
            link.found = Some(found);
        }
    }

    /// A link that is not configured any more.
    async fn drop_unknown(&mut self, noted: Noted, same: bool) {
        for route in noted.routes.into_iter().chain(noted.forgotten) {
            route.remove(self.kernel.handle()).await;
        }
        let Some(found) = noted.found else { return };
        let up = self.services.state(&found.service).is_connected() || self.services.state(&found.service).is_connecting();
        tracing::info!(service = found.service, "connman: left by an earlier process, of an access point that is no more: it is put back");
        self.restore(OperationId(0), &found).await;
        match found.connected {
            false if up && same => self.ask(Question::Disconnect(OperationId(0), found.service)).await,
            true if !up => self.ask(Question::Connect(OperationId(0), found.service)).await,
            _ => {}
        }
    }

    /// The cautious reading where nothing is noted: see the module's documentation.
    fn take_over_unnoted(&mut self, left: &Left) {
        for link in self.links.iter_mut().filter(|link| left.raised.contains(&link.profile.access_point)) {
            let Some(service) = link.service.as_deref().and_then(|service| self.services.get(service)) else { continue };
            if service.state.is_connected() || service.state.is_connecting() {
                let access_point = link.profile.access_point;
                tracing::warn!(
                    %access_point,
                    service = service.id,
                    "connman: raised by an earlier process that left no note: its service is taken over; the order of services stays"
                );
                link.found = Some(Found { service: service.id.clone(), connected: false, auto_connect: service.auto_connect });
                link.raised = true;
            }
        }
    }
}
