//! How is written what a session does, and how it is answered?

use super::super::words::{Answer, Deed, SessionTrait, Unasked, Verb, Why, Wish, Wished};
use super::terms::{Then, Time, Word};
use netsession_fsm::words::Preference;
use std::fmt;

/// What is done now: `opens`, `migrates to wlan`, …
impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(choice) => write!(f, "opens{}", Then("", choice)),
            Self::Close => f.write_str("closes"),
            Self::Stop => f.write_str("stops"),
            Self::Migrate(to) => write!(f, "migrates{}", Then("to ", to)),
            Self::Ignore(of) => write!(f, "ignores{}", Then("", of)),
            Self::Accept => f.write_str("accepts"),
            Self::Reject => f.write_str("rejects"),
            Self::Unasked(answer) => write!(f, "{answer} unasked"),
            Self::Roam => f.write_str("asks to roam"),
            Self::Mode(mode) => write!(f, "changes to {}", Word(mode)),
            Self::Wants(wish) => write!(f, "now {wish}"),
            Self::Suppress(window) => write!(f, "suppresses roaming for {}", Time(*window)),
            Self::Leave => f.write_str("leaves"),
        }
    }
}

/// What is begun: `begins to open`, …
pub(super) struct Begun<'a>(pub(super) &'a Deed);

impl fmt::Display for Begun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("begins to ")?;
        match self.0 {
            Deed::Open(choice) => write!(f, "{}{}", Verb::Open, Then("", choice)),
            Deed::Close => Verb::Close.fmt(f),
            Deed::Stop => Verb::Stop.fmt(f),
            Deed::Migrate(to) => write!(f, "{}{}", Verb::Migrate, Then("to ", to)),
            Deed::Accept => Verb::Accept.fmt(f),
            Deed::Reject => Verb::Reject.fmt(f),
            // these are never begun: they have no answer to wait for
            deed @ (Deed::Ignore(_) | Deed::Unasked(_) | Deed::Roam | Deed::Mode(_) | Deed::Wants(_) | Deed::Suppress(_) | Deed::Leave) => {
                deed.fmt(f)
            }
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Close => "close",
            Self::Stop => "stop",
            Self::Migrate => "migrate",
            Self::Accept => "accept",
            Self::Reject => "reject",
        })
    }
}

impl fmt::Display for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Migrates => "migrates",
            Self::Ignores => "ignores",
            Self::Accepts => "accepts",
            Self::Rejects => "rejects",
        })
    }
}

/// What follows the deed; nothing, if it is answered well.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Well => Ok(()),
            Self::Fails(kind, why) => write!(f, ": fails, {}, {why}", Word(kind)),
            Self::Refused => f.write_str(": refused"),
            Self::Withdrawn => f.write_str(": no longer stands"),
            Self::Closed => f.write_str(": session closed"),
            Self::Unknown => f.write_str(": unknown configuration"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(cause) => Word(cause).fmt(f),
            Self::Lost => f.write_str("lost"),
            Self::Failed => f.write_str("failed"),
        }
    }
}

impl fmt::Display for SessionTrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode(mode) => Word(mode).fmt(f),
            Self::MayNotStop => f.write_str("may not stop"),
            Self::Reopens => f.write_str("opens again"),
            Self::Wants(wish) => wish.fmt(f),
            Self::Apart => f.write_str("in a process of its own"),
        }
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.level {
            Preference::Require => "requires",
            Preference::Prefer => "prefers",
            Preference::NoPreference => "does not mind",
            Preference::Avoid => "avoids",
            Preference::Prohibit => "prohibits",
        })?;
        match self.of {
            Wished::Metered => f.write_str(" metered"),
            Wished::Bearer(bearer) => write!(f, " bearer {}", Word(bearer)),
            Wished::Purpose(purpose) => write!(f, " purpose {}", Word(purpose)),
        }
    }
}
