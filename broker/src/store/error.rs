//! Why can the file not be used?

use redb::DatabaseError;
use std::io;
use std::path::{Path, PathBuf};

/// Why nothing can be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory is not there and cannot be made.
    #[error("cannot make the directory {}: {source}; name one that this user may write to", .directory.display())]
    Directory {
        /// Which.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another broker has the file open.
    #[error("{} is in use: another broker keeps its state there; end it, or name another directory", .0.display())]
    InUse(PathBuf),
    /// The file can neither be read nor be set aside.
    #[error("{} cannot be read ({why}) and cannot be set aside: {source}; remove it", .file.display())]
    Stuck {
        /// Which.
        file: PathBuf,
        /// Why it cannot be read.
        why: String,
        /// Why it cannot be renamed.
        source: io::Error,
    },
    /// It cannot be written.
    #[error("cannot write {}: {source}", .file.display())]
    Write {
        /// Which.
        file: PathBuf,
        /// What was said.
        source: Box<redb::Error>,
    },
}

/// Why a file was not read.
pub(super) enum Unread {
    InUse,
    Damaged(String),
    Write(Box<redb::Error>),
}

impl Unread {
    pub(super) fn told(self, file: &Path) -> StoreError {
        let file = file.to_owned();
        match self {
            Self::InUse => StoreError::InUse(file),
            Self::Write(source) => StoreError::Write { file, source },
            Self::Damaged(why) => StoreError::Stuck { file, why, source: io::ErrorKind::InvalidData.into() },
        }
    }

    pub(super) fn of(error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen => Self::InUse,
            DatabaseError::Storage(redb::StorageError::Io(error))
                if !matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
            {
                Self::Write(Box::new(redb::Error::Io(error)))
            }
            other => Self::Damaged(other.to_string()),
        }
    }
}
