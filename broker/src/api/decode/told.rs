//! What does a session's signal say, and what an error?

use super::{Malformed, OfferFacts, policies};
use crate::api::ERROR;
use crate::api::fault::FaultKind;
use crate::api::words::{Word, error_kind, session_state};
use netsession_fsm::hub::Policies;
use netsession_fsm::words::{Cause, ErrorKind, OfferKind, Operation, Phase, SessionState};
use zbus::Message;

/// What a session's signal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The public state.
    State(SessionState),
    /// The usage policies.
    Policies(Policies),
    /// It is open.
    Opened,
    /// It is no longer open.
    Closed,
    /// An offer.
    Offered(OfferFacts),
    /// A candidate is up.
    Activated {
        /// The offer that led here.
        offer: u32,
        /// The candidate.
        access_point: String,
    },
    /// An offer no longer stands.
    Withdrawn(u32),
    /// Something went wrong.
    Error(ErrorKind, FailureFacts),
}

/// Why, while doing what, on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureFacts {
    /// Why.
    pub cause: Cause,
    /// While doing what.
    pub operation: Operation,
    /// Name of the configuration.
    pub configuration: String,
}

/// An error reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorFacts {
    /// Which of the broker's errors; `None` for one of the bus or of a later version.
    pub kind: Option<FaultKind>,
    /// Its whole name.
    pub name: String,
    /// What a person reads.
    pub message: String,
    /// What follows the message.
    pub arguments: Arguments,
}

/// What follows the message of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arguments {
    /// Nothing that this version knows.
    None,
    /// What failed.
    Failure(FailureFacts),
    /// The phase the handshake is in.
    Phase(Phase),
    /// The offer that was named and the one that is pending, as the broker counts them.
    Offers(u32, u32),
}

impl FailureFacts {
    /// A word of a later version is no cause, or `hold`.
    pub(super) fn new(cause: &str, operation: &str, configuration: String) -> Self {
        Self {
            cause: Cause::from_word(cause).unwrap_or_default(),
            operation: Operation::from_word(operation).unwrap_or(Operation::Hold),
            configuration,
        }
    }
}

pub(super) fn kind(number: u32) -> ErrorKind {
    error_kind(number).unwrap_or(ErrorKind::UnknownSession)
}

/// Reads a session's signal and its number; `None` for one that this version does not know.
///
/// # Errors
/// If its arguments are others than the interface says.
pub fn told(signal: &Message) -> Result<Option<(u64, Told)>, Malformed> {
    let (header, body) = (signal.header(), signal.body());
    let member = header.member().map(|name| name.to_string()).unwrap_or_default();
    let bad = |error: zbus::Error| Malformed::new(format!("signal {member}"), error);
    let strange = |what: &str| Malformed::new(format!("signal {member}"), format!("{what} is not known"));
    Ok(Some(match member.as_str() {
        "StateChanged" => {
            let (sequence, number): (u64, u32) = body.deserialize().map_err(bad)?;
            (sequence, Told::State(session_state(number).ok_or_else(|| strange("the state"))?))
        }
        "PoliciesChanged" => {
            let (sequence, bits): (u64, u32) = body.deserialize().map_err(bad)?;
            (sequence, Told::Policies(policies(bits)))
        }
        "Opened" => (body.deserialize::<(u64,)>().map_err(bad)?.0, Told::Opened),
        "Closed" => (body.deserialize::<(u64,)>().map_err(bad)?.0, Told::Closed),
        "PreferredConfigurationChanged" => {
            let (sequence, id, access_point, kind, seamless, keeps_old, _deadline): (u64, u32, String, String, bool, bool, u64) =
                body.deserialize().map_err(bad)?;
            let kind = OfferKind::from_word(&kind).ok_or_else(|| strange("the kind of offer"))?;
            (sequence, Told::Offered(OfferFacts { id, access_point, kind, seamless, keeps_old }))
        }
        "NewConfigurationActivated" => {
            let (sequence, offer, access_point, _deadline): (u64, u32, String, u64) = body.deserialize().map_err(bad)?;
            (sequence, Told::Activated { offer, access_point })
        }
        "OfferWithdrawn" => {
            let (sequence, offer): (u64, u32) = body.deserialize().map_err(bad)?;
            (sequence, Told::Withdrawn(offer))
        }
        "Error" => {
            let (sequence, kind, cause, operation, configuration): (u64, u32, String, String, String) = body.deserialize().map_err(bad)?;
            (sequence, Told::Error(self::kind(kind), FailureFacts::new(&cause, &operation, configuration)))
        }
        _ => return Ok(None),
    }))
}

/// Reads an error reply, of the broker or of the bus.
#[must_use]
pub fn error(reply: &Message) -> ErrorFacts {
    let (header, body) = (reply.header(), reply.body());
    let name = header.error_name().map(|name| name.to_string()).unwrap_or_default();
    let kind = name.strip_prefix(ERROR).and_then(|rest| FaultKind::from_word(rest.strip_prefix('.')?));
    if let Ok((message, cause, operation, configuration)) = body.deserialize::<(String, String, String, String)>() {
        return ErrorFacts { kind, name, message, arguments: Arguments::Failure(FailureFacts::new(&cause, &operation, configuration)) };
    }
    if let Ok((message, given, pending)) = body.deserialize::<(String, u32, u32)>() {
        return ErrorFacts { kind, name, message, arguments: Arguments::Offers(given, pending) };
    }
    if let Ok((message, word)) = body.deserialize::<(String, String)>() {
        let arguments = Phase::from_word(&word).filter(|_| kind == Some(FaultKind::WrongPhase)).map_or(Arguments::None, Arguments::Phase);
        return ErrorFacts { kind, name, message, arguments };
    }
    let message = body.deserialize::<String>().unwrap_or_else(|_| "no message".into());
    ErrorFacts { kind, name, message, arguments: Arguments::None }
}
