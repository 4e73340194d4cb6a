//! What if something cannot be written? It is kept in mind, and everything is written anew when there is room.
//!
//! A database that met an error writes nothing any more until it is opened again; the file is as it was after the last step that was
//! written. It is opened again with a step of the hub, at most once in [`PAUSE`].

use super::records::{HEAD, NAMES, NOTES, ROWS, Row, text};
use super::{Begun, Open, Owner, Store, StoreError, put};
use crate::api::properties::LastError;
use netsession_fsm::hub::Hub;
use netsession_fsm::words::SessionId;
use redb::WriteTransaction;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// To open the file and to write everything takes about 10 ms.
const PAUSE: Duration = Duration::from_millis(500);

/// What could not be written, besides what the hub keeps itself.
#[derive(Default)]
pub(super) struct Unwritten {
    /// What is in the file is still an earlier broker's.
    not_begun: bool,
    /// Rows of sessions, by their keys.
    rows: BTreeMap<(u8, u64), String>,
    notes: BTreeMap<String, String>,
    /// When it was tried again last.
    tried: Option<Instant>,
}

impl Unwritten {
    /// Whose sessions are, and their last errors, which an earlier broker kept and this one could not.
    pub(super) fn since_the_beginning(owners: &[(SessionId, Owner)], errors: &BTreeMap<SessionId, LastError>) -> Self {
        let mut this = Self { not_begun: true, ..Self::default() };
        owners.iter().for_each(|(session, owner)| this.own(*session, owner));
        this.told(errors);
        this
    }

    pub(super) fn own(&mut self, session: SessionId, owner: &Owner) {
        self.rows.insert(Row::Owner(session).key(), text(owner));
    }

    pub(super) fn told<'a>(&mut self, errors: impl IntoIterator<Item = (&'a SessionId, &'a LastError)>) {
        self.rows.extend(errors.into_iter().map(|(session, error)| (Row::Error(*session).key(), text(error))));
    }

    pub(super) fn note(&mut self, executor: &str, note: &str) {
        self.notes.insert(executor.to_owned(), note.to_owned());
    }
}

impl Store {
    /// Tries to write everything anew, unless that was tried just now.
    pub(super) fn write_again(&self, open: &mut Open, hub: &Hub) {
        let Some(mut unwritten) = open.unwritten.take_if(|it| it.tried.is_none_or(|at| at.elapsed() >= PAUSE)) else { return };
        unwritten.tried = Some(Instant::now());
        match self.write_everything(open, hub, &unwritten) {
            Ok(()) => tracing::warn!(file = %self.file.display(), "state can be written again: everything is in the file"),
            Err(error) => {
                tracing::debug!(%error, "still not");
                open.unwritten = Some(unwritten);
            }
        }
    }

    fn write_everything(&self, open: &mut Open, hub: &Hub, unwritten: &Unwritten) -> Result<(), StoreError> {
        self.reopen(open)?;
        let Some(begun) = open.begun.clone() else { return Ok(()) };
        open.transact(&self.file, |transaction| {
            if unwritten.not_begun {
                super::forget(transaction)?;
            }
            let mut rows = transaction.open_table(ROWS)?;
            for (key, text) in &unwritten.rows {
                rows.insert(key, text.as_str())?;
            }
            drop(rows);
            whole(transaction, &begun, hub)?;
            let mut notes = transaction.open_table(NOTES)?;
            for (executor, note) in &unwritten.notes {
                notes.insert(executor.as_str(), note.as_str())?;
            }
            Ok(())
        })
    }

    /// Opens the file again.
    pub(super) fn reopen(&self, open: &mut Open) -> Result<(), StoreError> {
        // it must be closed first
        open.database = None;
        let (store, _) = Self::read(&self.file).map_err(|unread| unread.told(&self.file))?;
        open.database = store.lock().database.take();
        Ok(())
    }
}

/// Writes everything the hub keeps, with the head and the names of a file that was begun; of other rows, those of its sessions stay.
pub(super) fn whole(transaction: &WriteTransaction, (head, names): &Begun, hub: &Hub) -> Result<(), redb::Error> {
    transaction.open_table(HEAD)?.insert(0, text(head).as_str())?;
    let mut named = transaction.open_table(NAMES)?;
    for (id, name) in names {
        named.insert(id, &**name)?;
    }
    let kept = hub.kept();
    let mut rows = transaction.open_table(ROWS)?;
    let sessions: BTreeSet<u64> = kept.sessions.iter().map(|session| Row::Session(session.id).key().1).collect();
    rows.retain(|(kind, key), _| matches!(kind, Row::HUB | Row::LINK) || sessions.contains(&key))?;
    put(&mut rows, Row::Hub, &kept.hub)?;
    for link in &kept.links {
        put(&mut rows, Row::Link(link.access_point), link)?;
    }
    for session in &kept.sessions {
        put(&mut rows, Row::Session(session.id), session)?;
    }
    Ok(())
}
