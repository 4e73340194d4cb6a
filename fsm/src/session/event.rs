//! What can happen to a session's hold.

use crate::words::{Cause, ErrorKind};

/// What an open finds (SPEC §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Prospect {
    /// Nothing usable, and why.
    Nothing(ErrorKind, Cause),
    /// An access point whose link must be raised, or is being raised.
    Down,
    /// An access point whose link is up.
    Up,
}

/// An event of the hold machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum HoldEvent {
    /// The client asked to open.
    OpenRequested(Prospect),
    /// The link that is wanted is up.
    LinkUp,
    /// The attempt at one access point failed or took too long. `more`: there is another one to try.
    AttemptFailed {
        /// Another access point can be tried.
        more: bool,
    },
    /// The client asked to close, or its owner is gone.
    CloseRequested,
    /// The link is lost and there is nowhere to roam, or roaming ended in nothing.
    Lost(ErrorKind, Cause),
    /// The client itself stopped the link.
    StopRequested,
    /// Somebody else stopped the link, or the configuration was removed.
    Aborted(Cause),
}
