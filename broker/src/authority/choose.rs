//! Who decides here? polkit if it answers, else the policy file, else root alone; on the bus of one user that user.

use super::{Authority, Everyone, NoPolkit, Patience, Policy, PolicyFile, Polkit, SystemAccounts};
use crate::service::Limits;
use netsession_backends::config::ConfigError;
use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zbus::Connection;

/// Whose bus it is.
#[derive(Debug, Clone)]
pub enum Whose {
    /// Everybody's, the system's: polkit is asked over this connection to it, which nobody else uses.
    Everybody(Connection),
    /// That of the user with this number.
    User(u32),
}

/// Who decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// polkit; while it gives no answer, what is in brackets.
    Polkit(Box<Self>),
    /// This file.
    File(PathBuf),
    /// This user, and root, may do everything; others nothing.
    OneUser(u32),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Polkit(other) => write!(f, "polkit (and while it gives no answer, {other})"),
            Self::File(file) => write!(f, "the rules of {}", file.display()),
            Self::OneUser(0) => f.write_str("root alone"),
            Self::OneUser(user) => write!(f, "user {user} alone"),
        }
    }
}

/// What was chosen.
#[derive(Debug, Clone)]
pub struct Choice {
    /// To be asked.
    pub authority: Arc<dyn Authority>,
    /// How much each user may have.
    pub limits: Limits,
    /// Who decides, for the log and for `doctor`.
    pub source: Source,
    /// Why it is not polkit; `None` if it is.
    pub because: Option<NoPolkit>,
}

/// Why there is no choice.
#[derive(Debug, thiserror::Error)]
pub enum NoChoice {
    /// The policy file is there and cannot be read, or was asked for and is not there.
    #[error("cannot read the policy file {}: {source}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than root, and the user of the broker, could change it.
    #[error("the policy file {} could be changed by {whom}: `chown root:root` and `chmod 644` it", file.display())]
    Loose {
        /// Which.
        file: PathBuf,
        /// By whom.
        whom: String,
    },
    /// The policy file has a mistake.
    #[error(transparent)]
    Wrong(#[from] ConfigError),
}

/// Chooses who decides. `policy`: the file that was asked for; without it [`Policy::PATH`], which may be missing. Its limits count
/// whoever decides. Call it in a tokio runtime.
///
/// # Errors
/// If the policy file cannot be read, is not safe, or has a mistake: nobody knows then what the administrator wants.
pub async fn choose(bus: Whose, policy: Option<&Path>) -> Result<Choice, NoChoice> {
    choose_with(bus, policy, Patience::default()).await
}

/// The same, with another patience.
///
/// # Errors
/// As [`choose`].
pub async fn choose_with(bus: Whose, policy: Option<&Path>, patience: Patience) -> Result<Choice, NoChoice> {
    let file = policy.unwrap_or(Path::new(Policy::PATH));
    let policy = read(file, policy.is_some())?;
    let limits = policy.as_ref().map_or_else(Limits::default, |policy| policy.limits);
    let connection = match bus {
        Whose::Everybody(connection) => connection,
        Whose::User(user) => {
            let because = Some(NoPolkit("is not asked about the bus of one user".to_owned()));
            return Ok(Choice { authority: Arc::new(Everyone { uid: user }), limits, source: Source::OneUser(user), because });
        }
    };
    let (fallback, other): (Arc<dyn Authority>, _) = match policy {
        Some(policy) => {
            (Arc::new(PolicyFile::new(&file.display().to_string(), policy, Arc::new(SystemAccounts))), Source::File(file.to_owned()))
        }
        None => (Arc::new(Everyone { uid: 0 }), Source::OneUser(0)),
    };
    Ok(match Polkit::connect(connection, patience, Arc::clone(&fallback)).await {
        Ok(polkit) => Choice { authority: Arc::new(polkit), limits, source: Source::Polkit(Box::new(other)), because: None },
        Err(why) => Choice { authority: fallback, limits, source: other, because: Some(why) },
    })
}

/// The policy file, if there is one.
fn read(file: &Path, asked_for: bool) -> Result<Option<Policy>, NoChoice> {
    let unreadable = |source| NoChoice::Unreadable { file: file.to_owned(), source };
    let meta = match std::fs::metadata(file) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !asked_for => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let loose = |whom: String| NoChoice::Loose { file: file.to_owned(), whom };
    if meta.mode() & 0o022 != 0 {
        return Err(loose("users it does not belong to".to_owned()));
    }
    if ![0, nix::unistd::geteuid().as_raw()].contains(&meta.uid()) {
        return Err(loose(format!("user {}", meta.uid())));
    }
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    Ok(Some(Policy::parse(&file.display().to_string(), &text)?))
}
