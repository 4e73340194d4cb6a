//! What can go wrong for a client: the hub's refusals and errors, with the names of configurations instead of numbers.

use super::port::{Denial, Port};
use netsession_fsm::words::{Error, Refusal};
use std::sync::Arc;
use std::time::Duration;

/// Something was tried, or held, and failed (SPEC §12).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} on {configuration:?}: {}", error.operation, error.cause)]
pub struct Failure {
    /// Kind, cause and operation.
    pub error: Error,
    /// The name of the configuration it happened on.
    pub configuration: Arc<str>,
}

impl Failure {
    /// The error with its configuration's name.
    pub(crate) fn new(error: Error, port: &dyn Port) -> Self {
        let configuration = port.name_of(error.configuration).unwrap_or_else(|| error.configuration.to_string().into());
        Self { error, configuration }
    }
}

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No configuration has this name or id.
    #[error("there is no configuration {0:?}")]
    UnknownConfiguration(Arc<str>),
    /// The request does not fit how the session stands; nothing changed.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// It was tried and failed, or is not supported here.
    #[error(transparent)]
    Failed(Failure),
    /// The broker did not take it, or cannot be reached. Never within the process.
    #[error(transparent)]
    Broker(BrokerError),
    /// The hub was shut down.
    #[error("the network sessions of this process were shut down")]
    Ended,
}

impl RequestError {
    /// The denial with names.
    pub(crate) fn new(denial: Denial, port: &dyn Port) -> Self {
        match denial {
            Denial::Hub(Refusal::Failed(error)) => Self::Failed(Failure::new(error, port)),
            Denial::Hub(Refusal::UnknownConfiguration(id)) => {
                Self::UnknownConfiguration(port.name_of(id).unwrap_or_else(|| id.to_string().into()))
            }
            Denial::Hub(other) => Self::Refused(other),
            Denial::Broker(error) => Self::Broker(error),
        }
    }
}

/// What only happens to a client of a broker (SPEC §8).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// Nobody had the broker's name in the time a request waits for it; nothing was asked.
    #[error("nobody is {name} on the bus, for {} s now: start the broker (`netsession broker`, or its systemd unit) and ask again", waited.as_secs_f32())]
    Unreachable {
        /// The broker's well-known bus name.
        name: Arc<str>,
        /// How long the request waited.
        waited: Duration,
    },
    /// The broker, or the bus, went away before it answered.
    #[error("the broker went away before it answered, so the outcome is not known: look how the session stands, or ask again")]
    Unanswered,
    /// Who may do what forbids it to this client; nothing changed.
    #[error("not authorised: {0}")]
    NotAuthorised(Arc<str>),
    /// This user has too many sessions, or asks too much; nothing changed.
    #[error("limit exceeded: {0}")]
    LimitExceeded(Arc<str>),
    /// An answer that the contract does not have: of another version, or of the bus itself.
    #[error("the broker answered {name}: {message}")]
    Other {
        /// Name of the D-Bus error.
        name: Arc<str>,
        /// Its message.
        message: Arc<str>,
    },
}

/// Why an offer did not become a trial, or a trial not a move (SPEC §6.3).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoamError {
    /// The offer no longer stands: it expired, its candidate is gone, a better one took its place, or it was answered elsewhere.
    #[error("the offer no longer stands")]
    Withdrawn,
    /// The candidate could not be raised, was lost, or the default route could not be switched.
    /// Unless nothing was left to return to, the session is still open.
    #[error(transparent)]
    Failed(Failure),
    /// The session is no longer open.
    #[error("the session was closed meanwhile")]
    Closed,
    /// The request was refused; nothing changed.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The broker did not take it, or cannot be reached. Never within the process.
    #[error(transparent)]
    Broker(BrokerError),
    /// The hub was shut down.
    #[error("the network sessions of this process were shut down")]
    Ended,
}

impl RoamError {
    /// The denial of an answer to an offer: one that came too late means that the offer is gone.
    pub(crate) fn new(denial: Denial, port: &dyn Port) -> Self {
        match denial {
            Denial::Hub(Refusal::Failed(error)) => Self::Failed(Failure::new(error, port)),
            Denial::Hub(Refusal::StaleOffer { .. } | Refusal::WrongPhase(_)) => Self::Withdrawn,
            Denial::Hub(Refusal::NotOpen | Refusal::UnknownSession) => Self::Closed,
            Denial::Hub(refusal @ (Refusal::UnknownConfiguration(_) | Refusal::Unkept { .. })) => Self::Refused(refusal),
            Denial::Broker(error) => Self::Broker(error),
        }
    }
}

/// Why nothing could be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// What is to be recorded has no place.
    #[error("cannot record to {path} (NETSESSION_RECORD, or what the program says): {why}")]
    Record {
        /// Where to.
        path: String,
        /// Why not.
        why: String,
    },
    /// Two configurations have the same name.
    #[error("two configurations are called {0:?}: give each its own name")]
    DuplicateName(Arc<str>),
    /// A service network or user choice names a configuration that was not defined before it.
    #[error("{of:?} names {member}, which was not defined before it")]
    UnknownMember {
        /// The service network or user choice.
        of: Arc<str>,
        /// What it names.
        member: String,
    },
    /// Nobody realises the access point.
    #[error("nobody realises access point {access_point:?}: {executor} was not given")]
    NoExecutor {
        /// Its name.
        access_point: Arc<str>,
        /// The executor it names.
        executor: netsession_fsm::words::ExecutorId,
    },
    /// Two executors have the same id.
    #[error("two executors are called {0}")]
    DuplicateExecutor(netsession_fsm::words::ExecutorId),
    /// Something was left to an executor that is not there.
    #[error("an earlier process left something to {0}, and there is no such executor: add it, or leave out `adopt`")]
    UnknownExecutor(netsession_fsm::words::ExecutorId),
}
