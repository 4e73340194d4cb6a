//! What is done, what happens, and how requests are answered?

use super::{Ends, Name};
use netsession_fsm::words::{Bearer, Cause, ErrorKind, Mode, Preference, Purpose};
use std::time::Duration;

/// How a session is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionTrait {
    /// Who answers offers.
    Mode(Mode),
    /// `may not stop`
    MayNotStop,
    /// `opens again`: by itself when it can.
    Reopens,
    /// What is asked of access points.
    Wants(Wish),
    /// `in a process of its own`
    Apart,
}

/// What is asked of access points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// How much.
    pub level: Preference,
    /// Of what.
    pub of: Wished,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wished {
    /// Metered access points.
    Metered,
    /// A bearer.
    Bearer(Bearer),
    /// A purpose.
    Purpose(Purpose),
}

/// What a session can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Open, perhaps with what was picked of a user choice.
    Open(Option<Name>),
    /// Close.
    Close,
    /// Stop.
    Stop,
    /// Migrate: the newest offer, or the newest of this candidate.
    Migrate(Option<Name>),
    /// Ignore the same.
    Ignore(Option<Name>),
    /// Accept the trial.
    Accept,
    /// Reject the trial.
    Reject,
    /// An answer to an offer nobody made: `migrates unasked`, …
    Unasked(Unasked),
    /// Ask for another access point.
    Roam,
    /// Another mode.
    Mode(Mode),
    /// Another wish.
    Wants(Wish),
    /// No voluntary roaming for this long.
    Suppress(Duration),
    /// The session goes, whatever it was doing.
    Leave,
}

/// An answer to an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unasked {
    /// Migrate.
    Migrates,
    /// Ignore.
    Ignores,
    /// Accept.
    Accepts,
    /// Reject.
    Rejects,
}

/// What was begun, without the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// `open`
    Open,
    /// `close`
    Close,
    /// `stop`
    Stop,
    /// `migrate`
    Migrate,
    /// `accept`
    Accept,
    /// `reject`
    Reject,
}

/// How a request is to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Well.
    Well,
    /// It was tried and failed.
    Fails(ErrorKind, Why),
    /// It does not fit; nothing changed.
    Refused,
    /// The offer, or the trial, no longer stands.
    Withdrawn,
    /// The session is no longer open.
    Closed,
    /// There is no such configuration, or none to choose here.
    Unknown,
}

/// A cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// By its name.
    Is(Cause),
    /// `lost`: whatever this world says of a link that is cut.
    Lost,
    /// `failed`: whatever this world says of a raise that fails.
    Failed,
}

/// What happens to an access point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// `is cut`: out of reach.
    Cut,
    /// `is mended`: in reach again.
    Mended,
    /// `is taken down`, by another program.
    TakenDown,
    /// `is brought up`, by another program.
    BroughtUp,
    /// `loses its carrier`, and stays in reach.
    LosesCarrier,
    /// `loses its credentials`
    LosesCredentials,
    /// `raise` ends so from now on.
    Raise(Ends),
    /// `prefer` ends so from now on.
    Prefer(Ends),
    /// `last report comes again`
    Duplicate,
    /// `report before the last comes now`
    Late,
    /// `carries 100 bytes`: received and sent.
    Carries(u64),
}

/// What happens to the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// `is killed`
    Killed,
    /// `is back`
    Back,
    /// `says how everything stands`: it may have lost something.
    Resync,
}
