//! What can a scenario say? Declarations of what there is, and steps: deeds, happenings, and what must be so.

mod deeds;
mod looks;
mod there;

pub use deeds::{Answer, Deed, Event, Fate, SessionTrait, Unasked, Verb, Why, Wish, Wished};
pub use looks::{Look, PeerWord, Verdict, Word};
pub use there::{Ends, Setting, Standing, Trait};

use netsession_fsm::words::ConfigurationState;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// A name with its place in the file. It is equal to the same name in another place.
#[derive(Debug, Clone)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
}

impl Name {
    /// A name that stands in no file.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), span: 0..0 }
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// `access point NAME: …`
    AccessPoint(Name, Vec<Trait>),
    /// `service network NAME: …`
    ServiceNetwork(Name, Vec<Name>),
    /// `user choice NAME: …`
    UserChoice(Name, Vec<Name>),
    /// `default configuration NAME`
    Default(Name),
    /// `settle 2 s` and its like.
    Setting(Setting, Duration),
    /// `not on netlink: …`
    NotOn(Name, String),
    /// `repeat 25 times`
    Repeat(u32),
    /// `end`
    End,
    /// Everything that is done.
    Step(What),
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A session is created.
    Session {
        /// What it is called from now on.
        name: Name,
        /// On which configuration.
        on: Name,
        /// How it is to be.
        options: Vec<SessionTrait>,
    },
    /// A session does something and has its answer before the next step.
    Does(Name, Deed, Answer),
    /// A session begins to do something; the answer is looked at later.
    Begins(Name, Deed),
    /// The answer to what was begun.
    Answered(Name, Verb, Answer),
    /// Something happens to an access point, not by our command.
    Happens(Name, Event),
    /// The daemon behind the access points.
    Daemon(Fate),
    /// A configuration is removed by whoever administers.
    Remove(Name),
    /// The system saves traffic, or no longer does.
    SaveTraffic(bool),
    /// A scan, to its end.
    Refresh,
    /// Time passes; more with each repetition.
    After(Duration, Duration),
    /// A session says this next, in this order.
    Says(Name, Vec<Word>),
    /// Nobody says anything for this long.
    Silent(Duration),
    /// A session or configuration is so.
    Is(Name, Vec<Look>),
    /// How often an access point was raised and lowered so far.
    Commands(Name, usize, usize),
    /// How many scans were asked for so far.
    Scans(usize),
    /// Where unbound traffic goes; `None`: as it was found.
    Route(Option<Name>),
    /// The default configuration.
    DefaultIs(Option<Name>),
    /// From here to the end one of these is up.
    Always(Vec<Name>),
    /// All configurations, or those in this state or better, in order.
    Lists(Option<ConfigurationState>, Vec<Name>),
    /// What the peer's session said here, with this engine, when it was recorded: everything since this was last said of it.
    Peer {
        /// What was beneath the peer.
        with: Name,
        /// Whose words.
        who: Name,
        /// The words.
        said: Vec<PeerWord>,
    },
    /// How that compares with ours.
    Verdict(Verdict),
    /// The steps, so many times.
    Repeat(u32, Vec<Step>),
}

impl What {
    /// Whether somebody does something, or has it happen; neither what must be so nor time.
    #[must_use]
    pub const fn is_deed(&self) -> bool {
        !self.is_expected() && !matches!(self, Self::Answered(..) | Self::After(..) | Self::Repeat(..))
    }

    /// Whether this says what must be so.
    #[must_use]
    pub const fn is_expected(&self) -> bool {
        match self {
            Self::Says(..)
            | Self::Silent(_)
            | Self::Is(..)
            | Self::Commands(..)
            | Self::Scans(_)
            | Self::Route(_)
            | Self::DefaultIs(_)
            | Self::Always(_)
            | Self::Lists(..)
            | Self::Peer { .. }
            | Self::Verdict(_) => true,
            Self::Session { .. }
            | Self::Does(..)
            | Self::Begins(..)
            | Self::Answered(..)
            | Self::Happens(..)
            | Self::Daemon(_)
            | Self::Remove(_)
            | Self::SaveTraffic(_)
            | Self::Refresh
            | Self::After(..)
            | Self::Repeat(..) => false,
        }
    }
}

/// A step with its line. It is equal to the same step in another line.
#[derive(Debug, Clone)]
pub struct Step {
    /// From 1.
    pub line: usize,
    /// What.
    pub what: What,
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what
    }
}

impl Eq for Step {}
