//! What becomes of the links an earlier process left? NetworkManager went on with them: they are taken over, or deactivated (C13).

use super::link::{Link, Want};
use super::map::Activation;
use super::note::{Book, Noted, State};
use super::task::{Answer, Task};
use crate::executor::{Left, Notebook};
use crate::left::{Read, read};
use netsession_fsm::words::{ConfigurationState, OperationId};

impl Task {
    /// Hears what an earlier process left; what becomes of it is decided when NetworkManager has told what there is.
    pub(super) async fn adopt(&mut self, left: Left, notebook: Notebook) {
        if left == Left::default() && !notebook.is_open() {
            return;
        }
        self.links.iter_mut().filter(|link| left.up.contains(&link.profile.access_point)).for_each(Link::remember_up);
        match read::<Book>("networkmanager", left.note.as_deref()) {
            Read::Book(book) => {
                // those that are gone go from the book when the kernel is first asked
                (self.routing.extra, self.routing.found) = (book.extra.clone(), book.found);
                self.inherited = Some((left, book));
            }
            Read::Nothing if !left.raised.is_empty() => self.inherited = Some((left.clone(), self.unnoted(&left))),
            Read::Nothing | Read::Rebooted => {}
        }
        self.notebook = notebook;
        self.note();
    }

    /// The cautious reading where nothing is noted: see the module's documentation.
    fn unnoted(&self, left: &Left) -> Book {
        let raised = self.links.iter().filter(|link| left.raised.contains(&link.profile.access_point));
        let links = raised.map(|link| {
            let access_point = link.profile.access_point;
            tracing::warn!(
                %access_point,
                "networkmanager: raised by an earlier process that left no note: its connection is taken over; default routes and metrics \
                 that were changed for it stay until it is deactivated"
            );
            Noted { access_point, uuid: String::new(), state: State::Ours, active: None }
        });
        Book { links: links.collect(), ..Book::default() }
    }

    /// NetworkManager has told what there is: takes over what was left.
    pub(super) fn take_over(&mut self) {
        let Some((left, book)) = self.inherited.take() else { return };
        let same = book.daemon == self.objects.daemon;
        for noted in &book.links {
            self.take_over_link(noted, same, left.raised.contains(&noted.access_point));
        }
        for at in 0..self.links.len() {
            let raised = left.raised.contains(&self.links[at].profile.access_point);
            let active = self.state(at).0 == ConfigurationState::Active;
            let link = &mut self.links[at];
            link.disowned = raised && active && !link.ours;
        }
        if same {
            let still = |(path, applied): &(&String, &super::reapply::Applied)| {
                let line = self.objects.devices.get(path.as_str()).map(|device| device.line().to_owned());
                line.and_then(|line| self.facts.index(&line)) == Some(applied.index)
            };
            self.routing.applied = book.applied.iter().filter(still).map(|(path, applied)| (path.clone(), *applied)).collect();
        }
        let preferred = left.preferred.and_then(|id| self.links.iter().position(|link| link.profile.access_point == id));
        self.routing.preferred = preferred.filter(|at| self.state(*at).0 == ConfigurationState::Active);
        self.note();
    }

    fn take_over_link(&mut self, noted: &Noted, same: bool, raised: bool) {
        let fits = |link: &Link| {
            let uuid = noted.uuid.is_empty() || link.uuid.as_ref() == Some(&noted.uuid);
            link.profile.access_point == noted.access_point && uuid
        };
        let Some(at) = self.links.iter().position(fits) else { return self.drop_unknown(noted, same) };
        let access_point = noted.access_point;
        let now = self.activation(at).map(|(path, activation)| (path.to_owned(), activation));
        let is_up = |activation| matches!(activation, Activation::Activating | Activation::Activated);
        let another = match (&noted.active, &now) {
            (Some(then), Some((path, _))) => same && then != path,
            _ => false,
        };
        let link = &mut self.links[at];
        match (noted.state, now) {
            // others started it again
            (State::Stopped, Some((_, activation))) if is_up(activation) => {}
            (State::Stopped, _) => link.stopped = true,
            (State::Ours, None) => {}
            (State::Ours, Some(_)) if another => {
                tracing::warn!(%access_point, "networkmanager: raised by an earlier process, and activated by others since: it is left alone");
            }
            (State::Ours, Some(_)) => {
                link.ours = true;
                if !raised {
                    tracing::info!(%access_point, "networkmanager: left by an earlier process: it is deactivated");
                    link.waiting.push_back((OperationId(0), Want::AsFound));
                }
            }
        }
    }

    /// A link that is not configured any more.
    fn drop_unknown(&mut self, noted: &Noted, same: bool) {
        let (Some(bus), Some(path), State::Ours, true) = (self.bus.clone(), noted.active.clone(), noted.state, same) else { return };
        if self.objects.actives.get(&path).is_some_and(|active| active.uuid == noted.uuid) {
            tracing::info!(path, "networkmanager: left by an earlier process, of an access point that is no more: it is deactivated");
            self.ask(async move { Answer::Dropped(bus.deactivate(&path).await) });
        }
    }
}
