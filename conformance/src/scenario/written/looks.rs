//! How is written what must be so? What sessions say, and how sessions and configurations are.

use super::super::words::{Look, Name, PeerWord, Word as Said};
use super::terms::{Joined, Then, Word};
use netsession_fsm::hub::Policies;
use netsession_fsm::words::{Kind, OfferKind};
use std::fmt;

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(state) => Word(state).fmt(f),
            Self::Opened => f.write_str("opened"),
            Self::Closed => f.write_str("closed"),
            Self::Offer { kind, of, number, breaking } => {
                let kind = if *kind == OfferKind::Upgrade { "upgrade" } else { "downgrade" };
                write!(f, "{kind} {of}{}", Then("number ", number))?;
                f.write_str(if *breaking { " breaking first" } else { "" })
            }
            Self::Activated(of) => write!(f, "activated {of}"),
            Self::Withdrawn => f.write_str("withdrawn"),
            Self::Error(kind, why) => write!(f, "error {} {why}", Word(kind)),
            Self::Policies(policies) => {
                f.write_str(if *policies == Policies::NONE { "policies none" } else { "policies no background traffic" })
            }
        }
    }
}

impl fmt::Display for PeerWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(state) => Word(state).fmt(f),
            Self::Opened => f.write_str("opened"),
            Self::Closed => f.write_str("closed"),
            Self::Error(kind) => write!(f, "error {}", Word(kind)),
        }
    }
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is = |is: bool, text: &str| write!(f, "{}{text}", if is { "" } else { "not " });
        match self {
            Self::Open(open) => is(*open, "open"),
            Self::Saving(saving) => is(*saving, "asked to save traffic"),
            Self::Roams(roams) => is(*roams, "roaming"),
            Self::State(state) => Word(state).fmt(f),
            Self::On(name) => write!(f, "on {}", Named(name)),
            Self::Testing(name) => write!(f, "testing {}", Named(name)),
            Self::Chose(name) => write!(f, "with the choice {}", Named(name)),
            Self::Carrier(name) => write!(f, "with the carrier of {}", Named(name)),
            Self::Phase(phase) => write!(f, "in phase {}", Word(phase)),
            Self::Bytes(bytes) => write!(f, "at {bytes} bytes"),
            Self::Up(up) => f.write_str(if *up { "up" } else { "down" }),
            Self::Stands(state) => Word(state).fmt(f),
            Self::HeldBy(names) => write!(f, "held by {}", Joined(names, " and ", "nobody")),
            Self::Kind(kind) => f.write_str(match kind {
                Kind::AccessPoint => "an access point",
                Kind::ServiceNetwork => "a service network",
                Kind::UserChoice => "a user choice",
            }),
            Self::Members(names) => write!(f, "of {}", Joined(names, " and ", "nothing")),
            Self::Bearer(bearer) => write!(f, "bearer {}", Word(bearer)),
            Self::Purpose(purpose) => write!(f, "purpose {}", Word(purpose)),
            Self::Metered(metered) => write!(f, "metered {}", Word(metered)),
            Self::Unknown => f.write_str("gone for good"),
        }
    }
}

/// A name, or `nothing`.
pub(super) struct Named<'a>(pub(super) &'a Option<Name>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().map_or("nothing", |name| name.text.as_str()))
    }
}
