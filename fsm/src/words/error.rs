//! What can go wrong, as a client sees it: kinds as in Qt, with cause, operation and configuration (SPEC §12).

use super::{ConfigurationId, OfferId, Phase, Record, Unfit};
use core::fmt;

/// Kind of an error, names and numbers as in Qt (SPEC §12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum ErrorKind {
    /// Something the hub has no better name for.
    UnknownSession = 0,
    /// The session was ended by somebody or something else.
    SessionAborted = 1,
    /// Roaming failed.
    Roaming = 2,
    /// The executor or the policy does not allow it.
    OperationNotSupported = 3,
    /// The configuration cannot be used now.
    InvalidConfiguration = 4,
}

/// Why it went wrong (SPEC §12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Cause {
    /// The executor gave no reason.
    #[default]
    Unknown,
    /// No answer within the time set.
    Timeout,
    /// Credentials missing or refused.
    Authentication,
    /// No address from the network.
    NoLease,
    /// The radio is used through another access point by others.
    RadioBusy,
    /// The link has no carrier.
    CarrierLost,
    /// The interface or the access point is gone.
    Vanished,
    /// Another program took the link down.
    TakenDown,
    /// The executor is gone and did not come back within the grace time.
    BackendGone,
    /// The operating system or the policy refused.
    NotAuthorised,
    /// The executor cannot start and stop this interface.
    CannotStartStop,
    /// The configuration was removed.
    Removed,
    /// Another session stopped the link.
    Stopped,
    /// The application itself declined what was left.
    Declined,
    /// There is no other access point to roam to.
    NoCandidate,
    /// A suppression window forbids voluntary roaming.
    Suppressed,
    /// Nothing of the configuration is usable now.
    NotAvailable,
    /// The session's requirements exclude every access point.
    Requirements,
    /// The default route could not be switched.
    Route,
    /// The open was cancelled by a close.
    Cancelled,
    /// Roaming is switched off for this session.
    RoamingOff,
}

impl Cause {
    /// What a person reads.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Unknown => "no reason given",
            Self::Timeout => "no answer in time",
            Self::Authentication => "credentials missing or refused",
            Self::NoLease => "no address from the network",
            Self::RadioBusy => "the radio is in use through another access point",
            Self::CarrierLost => "no carrier",
            Self::Vanished => "the interface or access point is gone",
            Self::TakenDown => "taken down by another program",
            Self::BackendGone => "the executor is gone",
            Self::NotAuthorised => "not authorised",
            Self::CannotStartStop => "this interface cannot be started or stopped here",
            Self::Removed => "the configuration was removed",
            Self::Stopped => "stopped by another session",
            Self::Declined => "declined by the application",
            Self::NoCandidate => "no other access point",
            Self::Suppressed => "a suppression window is open",
            Self::NotAvailable => "not in reach or not usable now",
            Self::Requirements => "excluded by the session's requirements",
            Self::Route => "the default route could not be switched",
            Self::Cancelled => "cancelled by close",
            Self::RoamingOff => "roaming is off for this session",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// What was being done when it went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Operation {
    /// Opening a session.
    Open,
    /// Stopping a link.
    Stop,
    /// Moving to a candidate.
    Roam,
    /// Holding an open session.
    Hold,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Stop => "stop",
            Self::Roam => "roam",
            Self::Hold => "hold",
        })
    }
}

/// An error as a session reports it (SPEC §12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[error("{operation} on {configuration}: {cause} ({kind:?})")]
pub struct Error {
    /// Kind, as in Qt.
    pub kind: ErrorKind,
    /// Why.
    pub cause: Cause,
    /// While doing what.
    pub operation: Operation,
    /// On which configuration: the access point tried, lost or refused, else the session's own.
    pub configuration: ConfigurationId,
}

/// Why a request was not carried out. A refused request changes nothing (SPEC §6.3), a failed one says how it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Refusal {
    /// There is no such session (any more).
    #[error("no such session")]
    UnknownSession,
    /// There is no such configuration.
    #[error("no such configuration: {0}")]
    UnknownConfiguration(ConfigurationId),
    /// The request does not fit the phase of the handshake.
    #[error("not possible in phase {0:?}")]
    WrongPhase(Phase),
    /// The answer names another offer than the one that is pending.
    #[error("stale: {given} was answered, {pending} is pending")]
    StaleOffer {
        /// What the answer named.
        given: OfferId,
        /// What is pending.
        pending: OfferId,
    },
    /// The session is not open.
    #[error("the session is not open")]
    NotOpen,
    /// What was kept over a crash makes no sense, and was not taken up again (SPEC §8).
    #[error("what was kept of {record} is not taken up: {why}")]
    Unkept {
        /// Which record.
        record: Record,
        /// What is wrong with it.
        why: Unfit,
    },
    /// It was tried and failed, or is not supported; the session reports the same error.
    #[error(transparent)]
    Failed(Error),
}
