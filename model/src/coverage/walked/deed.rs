//! What can be said of a run in the language of scenarios? Deeds: whatever somebody does, the rest follows by itself.

use crate::action::Ask;
use netsession_fsm::words::{AccessPointId, ConfigurationId};

/// How something that is to be carried out ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Ends {
    Well,
    Badly,
    Never,
}

/// What happens to an access point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    Cut,
    Mended,
    TakenDown,
    BroughtUp,
    LosesCredentials,
}

/// A request whose answer somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verb {
    Open,
    Migrate,
    Accept,
}

/// An answer to an offer that nobody made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Unasked {
    Migrates,
    Ignores,
    Accepts,
    Rejects,
}

/// One deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Deed {
    /// A session's client asks something.
    Asks(u8, Ask),
    /// It answers what was not asked.
    Unasked(u8, Unasked),
    /// It goes.
    Leaves(u8),
    /// Something happens to an access point.
    Happens(AccessPointId, Event),
    /// From now on raising it ends so.
    Raises(AccessPointId, Ends),
    /// From now on switching the default route to it ends so.
    Preferred(AccessPointId, Ends),
    /// The daemon is killed.
    Killed,
    /// The daemon is back.
    Back,
    /// The daemon says how everything stands.
    Resyncs,
    /// Whoever administers removes it.
    Removed(ConfigurationId),
    /// Somebody asks for a scan.
    Refreshed,
    /// Time passes until the next timer has run out.
    Waits,
}

/// Where a run can be played as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// On every executor.
    Links,
    /// Where there is a daemon.
    Daemon,
    /// Where time passes at once.
    Time,
    /// Where a script says what happens, too.
    Script,
}

impl Deed {
    /// Where it can be brought about.
    pub(crate) const fn reach(self) -> Reach {
        match self {
            Self::Happens(_, Event::BroughtUp | Event::LosesCredentials) | Self::Raises(..) | Self::Preferred(..) | Self::Resyncs => {
                Reach::Script
            }
            Self::Killed | Self::Back => Reach::Daemon,
            Self::Waits => Reach::Time,
            Self::Asks(..)
            | Self::Unasked(..)
            | Self::Leaves(_)
            | Self::Happens(_, Event::Cut | Event::Mended | Event::TakenDown)
            | Self::Removed(_)
            | Self::Refreshed => Reach::Links,
        }
    }
}
