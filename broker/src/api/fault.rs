//! How is a request refused on the bus? The names of errors, their messages and their arguments.

use super::ERROR;
use super::words::Word;
use netsession_fsm::words::{ConfigurationId, Error, ErrorKind, OfferId, Phase, Refusal};
use std::sync::Arc;
use zbus::message::{Header, Message};

/// Errors of our own, by the last part of their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// No configuration has this name.
    UnknownConfiguration,
    /// No such session, or not the caller's.
    UnknownSession,
    /// It was tried and failed, or is not usable now.
    InvalidConfiguration,
    /// The executor cannot, or the session may not.
    OperationNotSupported,
    /// The session was closed meanwhile.
    SessionAborted,
    /// Roaming failed.
    Roaming,
    /// Not possible in the phase the handshake is in.
    WrongPhase,
    /// Another offer is pending.
    StaleOffer,
    /// The session is not open.
    NotOpen,
    /// Refused to this client.
    NotAuthorised,
    /// Too many sessions or requests of this user, or too long a message.
    LimitExceeded,
    /// An argument makes no sense.
    InvalidArgument,
    /// The link is not up, or no socket could be bound to it.
    NoCarrier,
}

impl Word for FaultKind {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::UnknownConfiguration, "UnknownConfiguration"),
        (Self::UnknownSession, "UnknownSession"),
        (Self::InvalidConfiguration, "InvalidConfiguration"),
        (Self::OperationNotSupported, "OperationNotSupported"),
        (Self::SessionAborted, "SessionAborted"),
        (Self::Roaming, "Roaming"),
        (Self::WrongPhase, "WrongPhase"),
        (Self::StaleOffer, "StaleOffer"),
        (Self::NotOpen, "NotOpen"),
        (Self::NotAuthorised, "NotAuthorised"),
        (Self::LimitExceeded, "LimitExceeded"),
        (Self::InvalidArgument, "InvalidArgument"),
        (Self::NoCarrier, "NoCarrier"),
    ];

    fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// Errors of D-Bus itself, for what is no request of ours at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standard {
    /// There is no such object.
    UnknownObject,
    /// The object has no such interface.
    UnknownInterface,
    /// The interface has no such method.
    UnknownMethod,
    /// The interface has no such property.
    UnknownProperty,
    /// The property cannot be set.
    PropertyReadOnly,
    /// The arguments have other types.
    InvalidArgs,
    /// The broker is ending.
    Disconnected,
}

impl Standard {
    const fn word(self) -> &'static str {
        match self {
            Self::UnknownObject => "UnknownObject",
            Self::UnknownInterface => "UnknownInterface",
            Self::UnknownMethod => "UnknownMethod",
            Self::UnknownProperty => "UnknownProperty",
            Self::PropertyReadOnly => "PropertyReadOnly",
            Self::InvalidArgs => "InvalidArgs",
            Self::Disconnected => "Disconnected",
        }
    }
}

/// Which error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultName {
    /// One of ours.
    Own(FaultKind),
    /// One of D-Bus.
    Standard(Standard),
}

impl FaultName {
    /// The last part of the name.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Own(kind) => kind.word(),
            Self::Standard(standard) => standard.word(),
        }
    }
}

/// What follows the message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Arguments {
    None,
    /// cause, operation, configuration
    Failure(&'static str, &'static str, Arc<str>),
    /// configuration
    Configuration(Arc<str>),
    /// phase
    Phase(Phase),
    /// given, pending
    Offers(OfferId, OfferId),
}

/// A request that is not carried out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    name: FaultName,
    message: String,
    arguments: Arguments,
}

impl Fault {
    /// One of our errors without arguments.
    #[must_use]
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { name: FaultName::Own(kind), message: message.into(), arguments: Arguments::None }
    }

    /// One of D-Bus's own errors.
    #[must_use]
    pub fn standard(standard: Standard, message: impl Into<String>) -> Self {
        Self { name: FaultName::Standard(standard), message: message.into(), arguments: Arguments::None }
    }

    /// No configuration is called so.
    #[must_use]
    pub fn unknown_configuration(name: &str) -> Self {
        Self {
            arguments: Arguments::Configuration(name.into()),
            ..Self::new(FaultKind::UnknownConfiguration, format!("no configuration is called {name:?}: GetConfigurations lists them"))
        }
    }

    /// There is no such session, or it is somebody else's: which of them is not told.
    #[must_use]
    pub fn unknown_session() -> Self {
        Self::new(FaultKind::UnknownSession, "no such session, or not yours")
    }

    /// What the hub refused; `name_of` says what configurations are called.
    #[must_use]
    pub fn refused(refusal: &Refusal, name_of: impl Fn(ConfigurationId) -> Arc<str>) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::UnknownSession => Self::unknown_session(),
            Refusal::UnknownConfiguration(id) => Self::unknown_configuration(&name_of(*id)),
            Refusal::WrongPhase(phase) => Self {
                arguments: Arguments::Phase(*phase),
                ..Self::new(FaultKind::WrongPhase, format!("not possible in phase {}", phase.word()))
            },
            Refusal::StaleOffer { given, pending } => {
                Self { arguments: Arguments::Offers(*given, *pending), ..Self::new(FaultKind::StaleOffer, message) }
            }
            Refusal::NotOpen => Self::new(FaultKind::NotOpen, message),
            Refusal::Failed(Error { kind, cause, operation, configuration }) => {
                let name = name_of(*configuration);
                let kind = match kind {
                    ErrorKind::UnknownSession => FaultKind::UnknownSession,
                    ErrorKind::SessionAborted => FaultKind::SessionAborted,
                    ErrorKind::Roaming => FaultKind::Roaming,
                    ErrorKind::OperationNotSupported => FaultKind::OperationNotSupported,
                    ErrorKind::InvalidConfiguration => FaultKind::InvalidConfiguration,
                };
                let message = format!("{operation} on {name}: {cause}");
                Self { arguments: Arguments::Failure(cause.word(), operation.word(), name), ..Self::new(kind, message) }
            }
        }
    }

    /// Which error it is.
    #[must_use]
    pub const fn name(&self) -> FaultName {
        self.name
    }

    /// The error message that answers a call.
    ///
    /// # Errors
    /// If it is too long for the bus.
    pub fn answer(&self, call: &Header<'_>) -> zbus::Result<Message> {
        let name = match self.name {
            FaultName::Own(kind) => format!("{ERROR}.{}", kind.word()),
            FaultName::Standard(standard) => format!("org.freedesktop.DBus.Error.{}", standard.word()),
        };
        let error = Message::error(call, name.as_str());
        let message = self.message.as_str();
        match &self.arguments {
            Arguments::None => error.build(&message),
            Arguments::Failure(cause, operation, configuration) => error.build(&(message, *cause, *operation, &**configuration)),
            Arguments::Configuration(name) => error.build(&(message, &**name)),
            Arguments::Phase(phase) => error.build(&(message, phase.word())),
            Arguments::Offers(given, pending) => error.build(&(message, given.0, pending.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_their_order() {
        for (place, (kind, word)) in FaultKind::ALL.iter().enumerate() {
            assert_eq!((*kind as usize, kind.word()), (place, *word));
            assert!(super::super::XML.contains(&format!("{ERROR}.{word} ")), "{word} is not documented");
        }
    }
}
