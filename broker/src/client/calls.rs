//! How is a request put to the broker, and what does its answer mean? One method each, denials instead of error names.

use super::bus::call;
use crate::api::decode::{Arguments, ErrorFacts};
use crate::api::fault::FaultKind;
use crate::api::words::Word as _;
use crate::api::{MANAGER, PATH, SESSION};
use netsession_backends::client::port::Denial;
use netsession_backends::client::{BrokerError, Family, Side, SocketKind};
use netsession_fsm::hub::{Call, Input, SessionOptions};
use netsession_fsm::words::{Bearer, ConfigurationId, Error, ErrorKind, OfferId, Phase, Preference, Purpose, Refusal, Requirements};
use std::collections::BTreeMap;
use std::sync::Arc;
use zbus::{Message, Variant};

/// Arguments by name, as the interface has them.
type Options = BTreeMap<&'static str, Variant<'static>>;

/// `CreateSession`.
pub(super) fn create(owner: &str, configuration: &str, options: &SessionOptions) -> zbus::Result<Message> {
    let mut all = requirements(&options.requirements);
    all.insert("mode", options.mode.word().into());
    all.insert("may_stop", options.may_stop.into());
    all.insert("reopen", options.reopen.into());
    call(owner, PATH, MANAGER, "CreateSession", &(configuration, all))
}

/// A call on a session. `choice` is the name of what was picked, `offer` the broker's number of the offer.
pub(super) fn on_session(owner: &str, path: &str, of: &Call, choice: &str, offer: u32) -> zbus::Result<Message> {
    let bare = |method| call(owner, path, SESSION, method, &());
    let answer = |method| call(owner, path, SESSION, method, &(offer,));
    match of {
        Call::Open { .. } => call(owner, path, SESSION, "Open", &(choice,)),
        Call::Close => bare("Close"),
        Call::Stop => bare("Stop"),
        Call::Migrate(_) => answer("Migrate"),
        Call::Ignore(_) => answer("Ignore"),
        Call::Accept(_) => answer("Accept"),
        Call::Reject(_) => answer("Reject"),
        Call::RequestRoam => bare("RequestRoam"),
        Call::SetMode(mode) => call(owner, path, SESSION, "SetMode", &(mode.word(),)),
        Call::SetRequirements(wanted) => call(owner, path, SESSION, "SetRequirements", &(requirements(wanted),)),
        Call::Suppress(window) => {
            let milliseconds = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
            call(owner, path, SESSION, "Suppress", &(milliseconds,))
        }
    }
}

/// `Release`.
pub(super) fn release(owner: &str, path: &str) -> zbus::Result<Message> {
    call(owner, path, SESSION, "Release", &())
}

/// `OpenSocket`.
pub(super) fn socket(owner: &str, path: &str, side: Side, kind: SocketKind, family: Family) -> zbus::Result<Message> {
    let side = match side {
        Side::Active => "active",
        Side::Candidate => "candidate",
    };
    let kind = match kind {
        SocketKind::Stream => "stream",
        SocketKind::Datagram => "datagram",
    };
    let family = match family {
        Family::Inet => "inet",
        Family::Inet6 => "inet6",
    };
    call(owner, path, SESSION, "OpenSocket", &(side, kind, family))
}

/// A change of the catalogue or of the system, as far as clients of a broker may ask for one; `name_of` says what configurations are
/// called.
pub(super) fn administer(
    owner: &str,
    input: &Input,
    name_of: impl Fn(ConfigurationId) -> Option<Arc<str>>,
) -> Option<zbus::Result<Message>> {
    match input {
        Input::Remove(id) => Some(call(owner, PATH, MANAGER, "RemoveConfiguration", &(&*name_of(*id)?,))),
        Input::SaveTraffic(save) => Some(call(owner, PATH, MANAGER, "SaveTraffic", &(save,))),
        Input::Define(_)
        | Input::Default(_)
        | Input::Create { .. }
        | Input::Drop(_)
        | Input::Request { .. }
        | Input::Refresh { .. }
        | Input::Report(_)
        | Input::Restore(_)
        | Input::Fired(_) => None,
    }
}

/// What a request was about, for what its denial says.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    /// The configuration that was named.
    pub(super) configuration: Option<ConfigurationId>,
    /// The offer that was named, as this client counts.
    pub(super) offer: OfferId,
    /// The phase of the handshake, as far as it is known here.
    pub(super) phase: Phase,
    /// The offer that is pending, as far as it is known here.
    pub(super) pending: OfferId,
}

/// What an error of the broker or of the bus means; `id_of` finds configurations by name.
pub(super) fn denial(error: ErrorFacts, about: About, id_of: impl Fn(&str) -> Option<ConfigurationId>) -> Denial {
    let named = |kind: ErrorKind| match &error.arguments {
        Arguments::Failure(failure) => {
            let configuration = id_of(&failure.configuration).or(about.configuration)?;
            let (cause, operation) = (failure.cause, failure.operation);
            Some(Denial::Hub(Refusal::Failed(Error { kind, cause, operation, configuration })))
        }
        Arguments::None | Arguments::Phase(_) | Arguments::Offers(..) => None,
    };
    let told = match error.kind {
        Some(FaultKind::UnknownConfiguration) => about.configuration.map(|id| Refusal::UnknownConfiguration(id).into()),
        Some(FaultKind::UnknownSession) => named(ErrorKind::UnknownSession).or(Some(Refusal::UnknownSession.into())),
        Some(FaultKind::InvalidConfiguration) => named(ErrorKind::InvalidConfiguration),
        Some(FaultKind::OperationNotSupported) => named(ErrorKind::OperationNotSupported),
        Some(FaultKind::SessionAborted) => named(ErrorKind::SessionAborted),
        Some(FaultKind::Roaming) => named(ErrorKind::Roaming),
        Some(FaultKind::WrongPhase) => {
            let phase = if let Arguments::Phase(phase) = error.arguments { phase } else { about.phase };
            Some(Refusal::WrongPhase(phase).into())
        }
        Some(FaultKind::StaleOffer) => Some(Refusal::StaleOffer { given: about.offer, pending: about.pending }.into()),
        Some(FaultKind::NotOpen) => Some(Refusal::NotOpen.into()),
        Some(FaultKind::NotAuthorised) => Some(Denial::Broker(BrokerError::NotAuthorised(error.message.as_str().into()))),
        Some(FaultKind::LimitExceeded) => Some(Denial::Broker(BrokerError::LimitExceeded(error.message.as_str().into()))),
        Some(FaultKind::InvalidArgument | FaultKind::NoCarrier) | None => None,
    };
    told.unwrap_or_else(|| Denial::Broker(broker_error(error)))
}

/// What the names of the bus's own errors begin with.
const OF_BUS: &str = "org.freedesktop.DBus.Error.";

/// What the bus says, or a broker of another version.
fn broker_error(error: ErrorFacts) -> BrokerError {
    match error.name.strip_prefix(OF_BUS) {
        Some("NoReply" | "Disconnected" | "Timeout" | "TimedOut") => BrokerError::Unanswered,
        Some("AccessDenied") => BrokerError::NotAuthorised(format!("the bus's policy: {}", error.message).into()),
        Some("LimitsExceeded") => BrokerError::LimitExceeded(format!("the bus: {}", error.message).into()),
        Some(_) | None => BrokerError::Other { name: error.name.into(), message: error.message.into() },
    }
}

/// Whether an error of the bus says that the message did not get to the broker: it can be sent again.
pub(super) fn undelivered(error: &ErrorFacts) -> bool {
    matches!(error.name.strip_prefix(OF_BUS), Some("ServiceUnknown" | "NameHasNoOwner"))
}

/// Whether an error says that the broker is gone, or about to go: the next one will answer.
pub(super) fn nobody_answers(error: &ErrorFacts) -> bool {
    undelivered(error) || matches!(error.name.strip_prefix(OF_BUS), Some("NoReply" | "Disconnected"))
}

/// What is all the same is left out.
fn requirements(wanted: &Requirements) -> Options {
    let minds = |level: Preference| (level != Preference::NoPreference).then(|| level.word());
    let bearers = Bearer::ALL.iter().filter_map(|bearer| Some((bearer.word(), minds(wanted.bearers[*bearer as usize])?)));
    let all_purposes = <Purpose as crate::api::words::Word>::ALL;
    let purposes = all_purposes.iter().filter_map(|(purpose, word)| Some((*word, minds(wanted.purposes[*purpose as usize])?)));
    let (bearers, purposes): (BTreeMap<_, _>, BTreeMap<_, _>) = (bearers.collect(), purposes.collect());
    let mut all = Options::new();
    if !bearers.is_empty() {
        all.insert("bearers", bearers.into());
    }
    if !purposes.is_empty() {
        all.insert("purposes", purposes.into());
    }
    if let Some(level) = minds(wanted.metered) {
        all.insert("metered", level.into());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::decode::FailureFacts;
    use crate::api::options;
    use netsession_fsm::words::{AccessPointId, Cause, Mode, Operation};

    #[test]
    fn options_go_there_and_back() {
        let wanted = Requirements::NONE
            .bearer(Bearer::Cellular5G, Preference::Prohibit)
            .purpose(Purpose::Private, Preference::Require)
            .metered(Preference::Avoid);
        for it in
            [SessionOptions::default(), SessionOptions { mode: Mode::Application, requirements: wanted, may_stop: false, reopen: true }]
        {
            let message = create(":1.1", "office", &it).unwrap();
            let (name, sent): (String, options::Sent) = message.body().deserialize().unwrap();
            assert_eq!((name.as_str(), options::session(sent)), ("office", Ok(it)));
        }
    }

    fn about() -> About {
        About { configuration: Some(AccessPointId(3).into()), offer: OfferId(4), phase: Phase::Stable, pending: OfferId(5) }
    }

    fn error(name: &str, arguments: Arguments) -> ErrorFacts {
        let kind = name.strip_prefix("org.netsession.Error.").and_then(FaultKind::from_word);
        ErrorFacts { kind, name: name.into(), message: "why".into(), arguments }
    }

    #[test]
    fn errors_mean_what_the_hub_would_have_said() {
        let failure = FailureFacts { cause: Cause::NoLease, operation: Operation::Open, configuration: "lte".into() };
        let said = |name: &str, arguments| denial(error(name, arguments), about(), |_| Some(AccessPointId(1).into()));
        let failed = Error {
            kind: ErrorKind::InvalidConfiguration,
            cause: Cause::NoLease,
            operation: Operation::Open,
            configuration: AccessPointId(1).into(),
        };
        let of = |word: &str| format!("org.netsession.Error.{word}");
        assert_eq!(said(&of("InvalidConfiguration"), Arguments::Failure(failure)), Refusal::Failed(failed).into());
        assert_eq!(said(&of("UnknownConfiguration"), Arguments::None), Refusal::UnknownConfiguration(AccessPointId(3).into()).into());
        assert_eq!(said(&of("WrongPhase"), Arguments::Phase(Phase::Trial)), Refusal::WrongPhase(Phase::Trial).into());
        let stale = Refusal::StaleOffer { given: OfferId(4), pending: OfferId(5) };
        assert_eq!(said(&of("StaleOffer"), Arguments::Offers(1, 2)), stale.into());
        assert_eq!(said(&of("NotOpen"), Arguments::None), Refusal::NotOpen.into());
        assert_eq!(said(&of("LimitExceeded"), Arguments::None), Denial::Broker(BrokerError::LimitExceeded("why".into())));
    }

    #[test]
    fn what_the_bus_says_is_told_apart() {
        let said = |name: &str| denial(error(name, Arguments::None), about(), |_| None);
        assert_eq!(said("org.freedesktop.DBus.Error.NoReply"), Denial::Broker(BrokerError::Unanswered));
        let refused = BrokerError::NotAuthorised("the bus's policy: why".into());
        assert_eq!(said("org.freedesktop.DBus.Error.AccessDenied"), Denial::Broker(refused));
        let other = BrokerError::Other { name: "org.example.Strange".into(), message: "why".into() };
        assert_eq!(said("org.example.Strange"), Denial::Broker(other));
        assert!(undelivered(&error("org.freedesktop.DBus.Error.ServiceUnknown", Arguments::None)));
    }
}
