//! What must be so? What sessions say, and how sessions and configurations are.

use super::{Name, Why};
use netsession_fsm::hub::Policies;
use netsession_fsm::words::{Bearer, ConfigurationState, ErrorKind, Kind, Metered, OfferKind, Phase, Purpose, SessionState};

/// What a session says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A state.
    State(SessionState),
    /// `opened`
    Opened,
    /// `closed`
    Closed,
    /// `upgrade NAME`, `downgrade NAME`, perhaps with its number: `#2`; `breaking first` if the old link goes first.
    Offer {
        /// Better, or what is left.
        kind: OfferKind,
        /// Of which access point.
        of: Name,
        /// Its number.
        number: Option<u32>,
        /// Whether the old link goes first; after a loss there is none to keep.
        breaking: bool,
    },
    /// `activated NAME`
    Activated(Name),
    /// `withdrawn`
    Withdrawn,
    /// `error KIND CAUSE`
    Error(ErrorKind, Why),
    /// `policies …`
    Policies(Policies),
}

/// What a session says that others have, too; without a cause, which they have not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerWord {
    /// A state.
    State(SessionState),
    /// `opened`
    Opened,
    /// `closed`
    Closed,
    /// `error KIND`
    Error(ErrorKind),
}

/// How what a peer said compares with what ours says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// `the same`
    Same,
    /// `deliberately different`, and which line of the contract says so.
    Different(String),
    /// `a defect of Qt`, and which.
    Defect(String),
}

/// How a session or configuration is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// A session's state.
    State(SessionState),
    /// `open`, `not open`
    Open(bool),
    /// `on NAME`, `on nothing`: the access point in use.
    On(Option<Name>),
    /// `testing NAME`, `testing nothing`
    Testing(Option<Name>),
    /// `with the choice NAME`, `with the choice nothing`
    Chose(Option<Name>),
    /// `with the carrier of NAME`, `with the carrier of nothing`
    Carrier(Option<Name>),
    /// `in phase trial`
    Phase(Phase),
    /// `asked to save traffic`, `not asked to save traffic`
    Saving(bool),
    /// `at 64 bytes`: received, and as many sent.
    Bytes(u64),
    /// `up`, `down`: on the system.
    Up(bool),
    /// A configuration's state, as clients see it.
    Stands(ConfigurationState),
    /// `held by NAME and NAME`, `held by nobody`
    HeldBy(Vec<Name>),
    /// `an access point`, …
    Kind(Kind),
    /// `of NAME and NAME`: members or options, in order.
    Members(Vec<Name>),
    /// `roaming`, `not roaming`
    Roams(bool),
    /// `bearer …`
    Bearer(Bearer),
    /// `purpose …`
    Purpose(Purpose),
    /// `metered …`
    Metered(Metered),
    /// `unknown`: there is no such configuration (any more).
    Unknown,
}
