//! What is kept over a crash: which record is meant, and why one cannot be taken up again (SPEC §8).

use super::{AccessPointId, ConfigurationId, SessionId};
use core::fmt;

/// A record of what a hub has to know after a crash; see `hub::Kept`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Record {
    /// That of the hub itself.
    Hub,
    /// That of a link.
    Link(AccessPointId),
    /// That of a session.
    Session(SessionId),
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub => f.write_str("the hub"),
            Self::Link(id) => write!(f, "the link of {id}"),
            Self::Session(id) => id.fmt(f),
        }
    }
}

/// Why a record makes no sense. It may come from a file that somebody else wrote, or of other definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Unfit {
    /// Records are taken up by a hub that has only been told its definitions.
    #[error("the hub has had sessions or given commands already")]
    Late,
    /// It names something that is not defined, or was removed.
    #[error("there is no {0}")]
    Unknown(ConfigurationId),
    /// It names an access point that its configuration has not.
    #[error("{0} does not belong to {1}")]
    Stranger(AccessPointId, ConfigurationId),
    /// There are two records of the link, or of the session's place.
    #[error("there is another record of it")]
    Twice,
    /// A place, or a serial number, that no hub counts up to.
    #[error("no hub counts up to its numbers")]
    Number,
    /// What is being raised is ours.
    #[error("what is being raised is ours")]
    Foreign,
    /// An open session on a user choice has chosen one of its options, and no other session has chosen anything.
    #[error("what it chose is not to be chosen")]
    Choice,
    /// What it leases, or its options, do not go with its hold.
    #[error("what else it says does not go with its hold")]
    Hold,
    /// Phase, memory and links of its handshake do not go together.
    #[error("the parts of its handshake do not go together")]
    Handshake,
    /// It uses a link that is not up.
    #[error("{0}, which it uses, is not up")]
    NotUp(AccessPointId),
}
