//! What does the broker keep over a crash, and how? A small database beside it, written before anything it tells of is done (SPEC §8).
//!
//! Leases, "raised by us" and pending handshakes are in the records that the hub says have changed ([`Hub::changed`]); who owns which
//! session, what error each was told last, and what executors noted is kept beside them. What one step changed is one transaction,
//! finished before the step's commands are carried out: so a process that is killed was killed between two steps, whenever it happens.
//!
//! The file lives in a directory that ends with the machine's uptime (`/run`): what is in it is of use as long as the processes on the bus
//! are. It says which boot it is of; one of another boot is empty. One that is damaged, of a newer form, or not ours is set aside under
//! another name and told of: never trusted, never fatal.
//!
//! What cannot be written, because the file system is full or broken, harms nobody: it is told of once, the file stays as it was written
//! last, and everything is written anew as soon as that works.

mod again;
mod aside;
mod error;
mod found;
mod records;

pub use error::StoreError;
pub use found::Found;
pub use records::Owner;

use crate::api::properties::LastError;
use again::Unwritten;
use error::Unread;
use netsession_fsm::hub::Hub;
use netsession_fsm::words::{ConfigurationId, Record, SessionId};
use records::{FORM, HEAD, Head, NAMES, NOTES, ROWS, Row, kind_of, text};
use redb::{
    Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, Table, TableDefinition, TableError, WriteTransaction,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the file is called in its directory.
pub const FILE: &str = "state.redb";

/// Bytes of the file that are kept in memory.
const CACHE: usize = 1 << 20;

/// The open file. Shared by whoever has something to keep.
pub struct Store {
    file: PathBuf,
    open: Mutex<Open>,
}

/// What is written once: the head, and what configurations are called.
type Begun = (Head, Vec<(u64, Arc<str>)>);

/// The file and what is known of it.
struct Open {
    /// `None`: it could not be opened again.
    database: Option<Database>,
    /// Its head and the names in it, since [`Store::begin`].
    begun: Option<Begun>,
    /// Something could not be written, which was told.
    unwritten: Option<Unwritten>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the file in a directory, which is made if need be, and reads what an earlier process kept there. That stays in the file
    /// until [`Store::begin`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(directory: &Path) -> Result<(Self, Found), StoreError> {
        let made = std::fs::create_dir_all(directory);
        made.map_err(|source| StoreError::Directory { directory: directory.to_owned(), source })?;
        let file = directory.join(FILE);
        let why = match Self::read(&file) {
            Ok(read) => return Ok(read),
            Err(Unread::Damaged(why)) => why,
            Err(unread) => return Err(unread.told(&file)),
        };
        match aside::set(&file) {
            Ok(there) => tracing::warn!(
                file = %file.display(), aside = %there.display(), why,
                "the state of an earlier broker cannot be used and was set aside: what that raised stays up, what it held is not held any more"
            ),
            Err(source) => return Err(StoreError::Stuck { file, why, source }),
        }
        Self::read(&file).map_err(|unread| unread.told(&file))
    }

    fn read(file: &Path) -> Result<(Self, Found), Unread> {
        let opened = || -> Result<Database, DatabaseError> {
            let mut builder = Database::builder();
            builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
            builder.create(file)
        };
        // a file of others may be anything; that its reader gives up on it must not end the broker
        let opened = std::panic::catch_unwind(opened).map_err(|_| Unread::Damaged("its pages contradict each other".to_owned()))?;
        let database = opened.map_err(Unread::of)?;
        let open = Open { database: Some(database), begun: None, unwritten: None };
        let store = Self { file: file.to_owned(), open: Mutex::new(open) };
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| store.found()));
        let found = found.map_err(|_| Unread::Damaged("its pages contradict each other".to_owned()))??;
        Ok((store, found))
    }

    fn found(&self) -> Result<Found, Unread> {
        let damaged = |error: redb::Error| Unread::Damaged(error.to_string());
        let open = self.lock();
        let database = open.database.as_ref().ok_or(Unread::InUse)?;
        let transaction = database.begin_read().map_err(|error| damaged(error.into()))?;
        let numbered = |table| rows(&transaction, table, |key: u64| key).map_err(damaged);
        let heads = numbered(HEAD)?;
        let Some((_, head)) = heads.first() else {
            let tables = transaction.list_tables().map_err(|error| damaged(error.into()))?.count();
            return if tables == 0 { Ok(Found::default()) } else { Err(Unread::Damaged("it is no state of a broker".to_owned())) };
        };
        let head: Head = serde_json::from_str(head).map_err(|error| Unread::Damaged(format!("its head says {head:?}: {error}")))?;
        if head.form != FORM {
            return Err(Unread::Damaged(format!("it has form {}, this broker knows {FORM}", head.form)));
        }
        if head.boot != records::boot() {
            tracing::info!(file = %self.file.display(), "the state is of before the machine was started: nothing of it holds any more");
            return Ok(Found::default());
        }
        let kept = rows(&transaction, ROWS, |key: (u8, u64)| key).map_err(damaged)?;
        let notes = rows(&transaction, NOTES, |name: &str| name.to_owned()).map_err(damaged)?;
        Ok(Found::of(head, kept, numbered(NAMES)?, notes.into_iter().collect()))
    }

    /// Begins anew, for a hub whose configurations are called so and which has taken up what was found: `bus` is the id of the bus whose names
    /// owners have. What an earlier process kept is replaced in one step; notes of executors stay until they write others.
    ///
    /// # Errors
    /// [`StoreError::Write`]; then it is tried again, as whatever cannot be written.
    pub fn begin(
        &self,
        bus: &str,
        names: impl IntoIterator<Item = (ConfigurationId, Arc<str>)>,
        hub: &Hub,
        owners: &[(SessionId, Owner)],
        errors: &BTreeMap<SessionId, LastError>,
    ) -> Result<(), StoreError> {
        let head = Head { form: FORM, boot: records::boot(), bus: bus.to_owned() };
        let names = names.into_iter().map(|(id, name)| (kind_of(id), name)).collect();
        let mut open = self.lock();
        let begun = open.begun.insert((head, names)).clone();
        open.transact(&self.file, |transaction| {
            forget(transaction)?;
            again::whole(transaction, &begun, hub)?;
            let mut rows = transaction.open_table(ROWS)?;
            owners.iter().try_for_each(|(session, owner)| put(&mut rows, Row::Owner(*session), owner))?;
            errors.iter().try_for_each(|(session, error)| put(&mut rows, Row::Error(*session), error))
        })
        .inspect_err(|_| open.unwritten = Some(Unwritten::since_the_beginning(owners, errors)))
    }

    /// Keeps what the last step of the hub changed, and the errors it told. To be called before anything of what the step put out is
    /// carried out.
    pub fn save(&self, hub: &Hub, errors: &[(SessionId, LastError)]) {
        let mut open = self.lock();
        let changed = hub.changed();
        if let Some(unwritten) = &mut open.unwritten {
            unwritten.told(errors.iter().map(|(session, error)| (session, error)));
            return self.write_again(&mut open, hub);
        }
        if changed.is_empty() {
            return;
        }
        self.keep(&mut open, |transaction| {
            let mut rows = transaction.open_table(ROWS)?;
            for (session, error) in errors {
                put(&mut rows, Row::Error(*session), error)?;
            }
            for record in changed {
                match record {
                    Record::Hub => put(&mut rows, Row::Hub, &hub.kept_hub())?,
                    Record::Link(id) => {
                        if let Some(link) = hub.kept_link(*id) {
                            put(&mut rows, Row::Link(*id), &link)?;
                        }
                    }
                    Record::Session(id) => match hub.kept_session(*id) {
                        Some(session) => put(&mut rows, Row::Session(*id), &session)?,
                        None => {
                            rows.remove(Row::Session(*id).key())?;
                            rows.remove(Row::Owner(*id).key())?;
                            rows.remove(Row::Error(*id).key())?;
                        }
                    },
                }
            }
            Ok(())
        });
        if let Some(unwritten) = &mut open.unwritten {
            unwritten.told(errors.iter().map(|(session, error)| (session, error)));
        }
    }

    /// Keeps whose a session is. To be called before the owner is told of it.
    pub fn own(&self, session: SessionId, owner: &Owner) {
        let mut open = self.lock();
        self.keep(&mut open, |transaction| put(&mut transaction.open_table(ROWS)?, Row::Owner(session), owner));
        if let Some(unwritten) = &mut open.unwritten {
            unwritten.own(session, owner);
        }
    }

    /// Keeps the note of an executor, by its name; see [`netsession_backends::executor::Notebook`].
    pub fn note(&self, executor: &str, note: &str) {
        let mut open = self.lock();
        self.keep(&mut open, |transaction| {
            transaction.open_table(NOTES)?.insert(executor, note)?;
            Ok(())
        });
        if let Some(unwritten) = &mut open.unwritten {
            unwritten.note(executor, note);
        }
    }

    /// Forgets everything: the broker ended in order, and nothing is left.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn clear(&self) -> Result<(), StoreError> {
        let mut open = self.lock();
        if open.unwritten.is_some() {
            self.reopen(&mut open)?;
        }
        open.transact(&self.file, |transaction| {
            forget(transaction)?;
            transaction.delete_table(NOTES)?;
            Ok(())
        })
    }

    /// One that is refused is told of, once until it works again: sessions go on, a crash would not be survived.
    fn keep(&self, open: &mut Open, write: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>) {
        if open.unwritten.is_some() {
            return;
        }
        if let Err(error) = open.transact(&self.file, write) {
            tracing::error!(%error, "what holds from now on would not survive a crash of the broker, until it can be written again");
            open.unwritten = Some(Unwritten::default());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn transact(&self, file: &Path, write: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>) -> Result<(), StoreError> {
        let all = || {
            let database = self.database.as_ref().ok_or(redb::Error::DatabaseClosed)?;
            let transaction = database.begin_write()?;
            write(&transaction)?;
            transaction.commit()?;
            Ok(())
        };
        all().map_err(|source| StoreError::Write { file: file.to_owned(), source: Box::new(source) })
    }
}

/// Forgets everything but the notes of executors.
fn forget(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    transaction.delete_table(HEAD)?;
    transaction.delete_table(ROWS)?;
    transaction.delete_table(NAMES)?;
    Ok(())
}

fn put(rows: &mut Table<'_, (u8, u64), &'static str>, row: Row, record: &impl Serialize) -> Result<(), redb::Error> {
    rows.insert(row.key(), text(record).as_str())?;
    Ok(())
}

/// Every row of a table; none of one that is not there.
fn rows<K: redb::Key + 'static, T>(
    transaction: &ReadTransaction,
    table: TableDefinition<'_, K, &'static str>,
    key: impl Fn(K::SelfType<'_>) -> T,
) -> Result<Vec<(T, String)>, redb::Error> {
    let table = match transaction.open_table(table) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        table => table?,
    };
    table.iter()?.map(|row| row.map(|(name, text)| (key(name.value()), text.value().to_owned())).map_err(Into::into)).collect()
}
