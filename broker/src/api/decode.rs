//! What does a message of the broker say? Dictionaries, signals and errors as facts, with names where the hub has ids.

use super::ERROR;
use super::fault::FaultKind;
use super::words::{Word, error_kind, session_state};
use netsession_backends::executor::{Carrier, Connectivity};
use netsession_fsm::hub::{Counters, Policies};
use netsession_fsm::words::{
    Bearer, Capabilities, Cause, ConfigurationState, ErrorKind, Kind, Metered, Mode, OfferKind, Operation, Phase, Purpose, RadioId,
    SessionState,
};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use zbus::{Message, OwnedVariant};

/// A dictionary as it comes from the bus: keys that are not known are not looked at.
pub type Received = BTreeMap<String, OwnedVariant>;

/// A message that does not say what the interface promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} does not fit the interface of this version: {why}")]
pub struct Malformed {
    /// Which message or key.
    pub what: String,
    /// What is wrong with it.
    pub why: String,
}

impl Malformed {
    /// What is wrong with what.
    pub fn new(what: impl Into<String>, why: impl ToString) -> Self {
        Self { what: what.into(), why: why.to_string() }
    }
}

/// One configuration, by names.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigurationFacts {
    /// Its unique name.
    pub name: String,
    /// Access point, service network or user choice.
    pub kind: Kind,
    /// Its number among its kind.
    pub number: u32,
    /// How usable it is.
    pub state: ConfigurationState,
    /// What carries it.
    pub bearer: Bearer,
    /// Who it is for.
    pub purpose: Purpose,
    /// Whether it costs by volume.
    pub metered: Metered,
    /// How long one attempt to raise it may take.
    pub connect_timeout: Duration,
    /// The radio it shares.
    pub radio: Option<RadioId>,
    /// A service network with more than one member.
    pub roaming_available: bool,
    /// What can be done with it.
    pub capabilities: Capabilities,
    /// Names of members or options, in order.
    pub members: Vec<String>,
    /// What its executor is called.
    pub executor: Option<String>,
    /// How far traffic gets.
    pub connectivity: Connectivity,
    /// The interface its link is on or would be raised on.
    pub expected_interface: Option<String>,
    /// The usable side of its link.
    pub carrier: Option<Carrier>,
    /// Bytes through its link.
    pub counters: Counters,
}

/// Properties of the broker; those that a message does not have are `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ManagerFacts {
    /// Which additions are there.
    pub version: Option<u32>,
    /// Some access point is active.
    pub online: Option<bool>,
    /// Name of the default configuration; empty: none.
    pub default_configuration: Option<String>,
    /// Name of the access point of the default route; empty: as found.
    pub default_route: Option<String>,
}

/// An offer with the name of its access point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferFacts {
    /// As the broker counts them.
    pub id: u32,
    /// The candidate.
    pub access_point: String,
    /// Upgrade or downgrade.
    pub kind: OfferKind,
    /// Sockets survive the move.
    pub seamless: bool,
    /// The old link stays up.
    pub keeps_old: bool,
}

/// Properties of a session; those that a message does not have are `None`, names may be empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SessionFacts {
    /// What it is on.
    pub configuration: Option<String>,
    /// What a user choice resolved to.
    pub chosen: Option<String>,
    /// Public state.
    pub state: Option<SessionState>,
    /// Whether it is open.
    pub open: Option<bool>,
    /// The access point in use.
    pub active: Option<String>,
    /// The access point on trial.
    pub candidate: Option<String>,
    /// Phase of the handshake.
    pub phase: Option<Phase>,
    /// The pending offer, or that there is none.
    pub offer: Option<Option<OfferFacts>>,
    /// Who answers offers.
    pub mode: Option<Mode>,
    /// Usage policies.
    pub policies: Option<Policies>,
    /// Bytes so far.
    pub counters: Option<Counters>,
    /// When it was opened, in ms of `CLOCK_BOOTTIME`; 0 unless open.
    pub opened_at: Option<u64>,
    /// Number of the last signal these properties contain.
    pub sequence: Option<u64>,
}

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

fn failure(cause: &str, operation: &str, configuration: String) -> FailureFacts {
    FailureFacts {
        cause: Cause::from_word(cause).unwrap_or_default(),
        operation: Operation::from_word(operation).unwrap_or(Operation::Hold),
        configuration,
    }
}

fn policies(bits: u32) -> Policies {
    Policies(u8::try_from(bits & 0xff).unwrap_or_default())
}

/// Takes keys out of a dictionary; says which one did not fit.
struct Keys {
    of: String,
    keys: Received,
}

impl Keys {
    fn get<T: TryFrom<OwnedVariant>>(&mut self, key: &str) -> Result<Option<T>, Malformed> {
        let Some(value) = self.keys.remove(key) else { return Ok(None) };
        let signature = value.value_signature().to_string();
        T::try_from(value).map(Some).map_err(|_| Malformed::new(format!("{key} of {}", self.of), format!("it has the type {signature}")))
    }

    fn need<T: TryFrom<OwnedVariant>>(&mut self, key: &str) -> Result<T, Malformed> {
        self.get(key)?.ok_or_else(|| Malformed::new(self.of.clone(), format!("{key} is missing")))
    }

    /// A word; one that a later version has counts as the default.
    fn word<T: Word + Default>(&mut self, key: &str) -> Result<T, Malformed> {
        Ok(self.get::<String>(key)?.and_then(|text| T::from_word(&text)).unwrap_or_default())
    }

    /// A word or number that has to be known.
    fn known<T: TryFrom<OwnedVariant>, U>(&mut self, key: &str, read: impl Fn(T) -> Option<U>) -> Result<Option<U>, Malformed> {
        let Some(raw) = self.get::<T>(key)? else { return Ok(None) };
        read(raw).map(Some).ok_or_else(|| Malformed::new(format!("{key} of {}", self.of), "its value is not known"))
    }
}

/// Reads one configuration.
///
/// # Errors
/// If a key that has to be there is missing, or one has another type.
pub fn configuration(dictionary: Received) -> Result<ConfigurationFacts, Malformed> {
    let mut keys = Keys { of: "a configuration".into(), keys: dictionary };
    let name: String = keys.need("name")?;
    keys.of = format!("configuration {name:?}");
    let kind =
        keys.known("kind", |text: String| Kind::from_word(&text))?.ok_or_else(|| Malformed::new(keys.of.clone(), "kind is missing"))?;
    let carrier = match keys.get::<Received>("carrier")? {
        Some(carrier) => Some(self::carrier(carrier, &name)?),
        None => None,
    };
    Ok(ConfigurationFacts {
        kind,
        number: keys.need("number")?,
        state: keys.word("state")?,
        bearer: keys.word("bearer")?,
        purpose: keys.word("purpose")?,
        metered: keys.word("metered")?,
        connect_timeout: Duration::from_millis(keys.get("connect_timeout")?.unwrap_or_default()),
        radio: keys.get("radio")?.map(RadioId),
        roaming_available: keys.get("roaming_available")?.unwrap_or_default(),
        capabilities: Capabilities(u8::try_from(keys.get::<u32>("capabilities")?.unwrap_or_default() & 0xff).unwrap_or_default()),
        members: keys.get("members")?.unwrap_or_default(),
        executor: keys.get("executor")?.filter(|name: &String| !name.is_empty()),
        connectivity: keys.word("connectivity")?,
        expected_interface: keys.get("expected_interface")?.filter(|name: &String| !name.is_empty()),
        carrier,
        counters: Counters { received: keys.get("received")?.unwrap_or_default(), sent: keys.get("sent")?.unwrap_or_default() },
        name,
    })
}

fn carrier(dictionary: Received, name: &str) -> Result<Carrier, Malformed> {
    let mut keys = Keys { of: format!("the carrier of {name:?}"), keys: dictionary };
    let address = |of: &str, text: &str| text.parse::<IpAddr>().map_err(|error| Malformed::new(format!("address {text:?} of {of}"), error));
    let mut addresses = |key| -> Result<Vec<IpAddr>, Malformed> {
        keys.get::<Vec<String>>(key)?.unwrap_or_default().iter().map(|text| address(&keys.of, text)).collect()
    };
    let (own, dns) = (addresses("addresses")?, addresses("dns")?);
    let gateway = keys.get::<String>("gateway")?.filter(|text| !text.is_empty());
    Ok(Carrier {
        interface: keys.get("interface")?.unwrap_or_default(),
        index: keys.get("index")?.unwrap_or_default(),
        addresses: own,
        gateway: gateway.map(|text| address(&keys.of, &text)).transpose()?,
        dns,
    })
}

/// Reads properties of the broker.
///
/// # Errors
/// If one has another type.
pub fn manager(dictionary: Received) -> Result<ManagerFacts, Malformed> {
    let mut keys = Keys { of: "the broker".into(), keys: dictionary };
    Ok(ManagerFacts {
        version: keys.get("Version")?,
        online: keys.get("Online")?,
        default_configuration: keys.get("DefaultConfiguration")?,
        default_route: keys.get("DefaultRoute")?,
    })
}

/// Reads properties of a session.
///
/// # Errors
/// If one has another type, or a state or phase is not known.
pub fn session(path: &str, dictionary: Received) -> Result<SessionFacts, Malformed> {
    let mut keys = Keys { of: path.into(), keys: dictionary };
    let offer = keys.known("Offer", |(id, access_point, kind, seamless, keeps_old): (u32, String, String, bool, bool)| {
        if id == 0 {
            return Some(None);
        }
        Some(Some(OfferFacts { id, access_point, kind: OfferKind::from_word(&kind)?, seamless, keeps_old }))
    })?;
    Ok(SessionFacts {
        configuration: keys.get("Configuration")?,
        chosen: keys.get("ChosenConfiguration")?,
        state: keys.known("State", session_state)?,
        open: keys.get("Open")?,
        active: keys.get("ActiveConfiguration")?,
        candidate: keys.get("Candidate")?,
        phase: keys.known("Phase", |text: String| Phase::from_word(&text))?,
        offer,
        mode: keys.known("Mode", |text: String| Mode::from_word(&text))?,
        policies: keys.get("Policies")?.map(policies),
        counters: keys.get("Counters")?.map(|(received, sent)| Counters { received, sent }),
        opened_at: keys.get("OpenedAt")?,
        sequence: keys.get("Sequence")?,
    })
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
            (sequence, Told::Error(error_kind(kind).unwrap_or(ErrorKind::UnknownSession), failure(&cause, &operation, configuration)))
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
        return ErrorFacts { kind, name, message, arguments: Arguments::Failure(failure(&cause, &operation, configuration)) };
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

#[cfg(test)]
mod tests {
    use super::*;
    use zbus::Variant;

    fn received<const N: usize>(keys: [(&str, Variant<'static>); N]) -> Received {
        keys.into_iter().map(|(key, value)| (key.to_owned(), OwnedVariant::try_from(value).unwrap())).collect()
    }

    #[test]
    fn a_configuration_is_read_and_keys_of_later_versions_are_not_looked_at() {
        let carrier: BTreeMap<String, Variant<'static>> = [
            ("interface".to_owned(), Variant::from("wlan0")),
            ("index".to_owned(), Variant::from(3_u32)),
            ("addresses".to_owned(), Variant::from(vec!["192.0.2.7".to_owned(), "2001:db8::7".to_owned()])),
            ("gateway".to_owned(), Variant::from("192.0.2.1")),
        ]
        .into();
        let facts = configuration(received([
            ("name", "office".into()),
            ("kind", "access-point".into()),
            ("number", 2_u32.into()),
            ("state", "active".into()),
            ("bearer", "cellular5g".into()),
            ("purpose", "service-specific".into()),
            ("metered", "of a later version".into()),
            ("connect_timeout", 1500_u64.into()),
            ("radio", 7_u16.into()),
            ("capabilities", 59_u32.into()),
            ("executor", "sim".into()),
            ("connectivity", "portal".into()),
            ("carrier", carrier.into()),
            ("received", 5_u64.into()),
            ("brightness", 1_u32.into()),
        ]))
        .unwrap();
        assert_eq!(
            (facts.name.as_str(), facts.kind, facts.number, facts.state),
            ("office", Kind::AccessPoint, 2, ConfigurationState::Active)
        );
        assert_eq!((facts.bearer, facts.purpose, facts.metered), (Bearer::Cellular5G, Purpose::ServiceSpecific, Metered::Unknown));
        assert_eq!(
            (facts.connect_timeout, facts.radio, facts.capabilities),
            (Duration::from_millis(1500), Some(RadioId(7)), Capabilities::ALL)
        );
        assert_eq!((facts.executor.as_deref(), facts.connectivity, facts.counters.received), (Some("sim"), Connectivity::Portal, 5));
        let carrier = facts.carrier.unwrap();
        assert_eq!((carrier.interface.as_str(), carrier.index, carrier.addresses.len()), ("wlan0", 3, 2));
        assert_eq!((carrier.gateway, carrier.dns), (Some("192.0.2.1".parse().unwrap()), vec![]));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let error =
            configuration(received([("name", "office".into()), ("kind", "access-point".into()), ("number", "2".into())])).unwrap_err();
        assert_eq!(error.to_string(), "number of configuration \"office\" does not fit the interface of this version: it has the type s");
        let error = configuration(received([("kind", "access-point".into())])).unwrap_err();
        assert_eq!(error.to_string(), "a configuration does not fit the interface of this version: name is missing");
        let error = session("/s", received([("State", 9_u32.into())])).unwrap_err();
        assert_eq!(error.to_string(), "State of /s does not fit the interface of this version: its value is not known");
    }

    #[test]
    fn properties_of_a_session_are_read_as_far_as_they_are_there() {
        let offer = Variant::from((3_u32, "office", "upgrade", false, true));
        let facts = session("/s", received([("Phase", "offered".into()), ("Offer", offer), ("Counters", (5_u64, 6_u64).into())])).unwrap();
        let offer = OfferFacts { id: 3, access_point: "office".into(), kind: OfferKind::Upgrade, seamless: false, keeps_old: true };
        let counters = Some(Counters { received: 5, sent: 6 });
        assert_eq!(facts, SessionFacts { phase: Some(Phase::Offered), offer: Some(Some(offer)), counters, ..SessionFacts::default() });
        let none = Variant::from((0_u32, "", "upgrade", false, false));
        assert_eq!(session("/s", received([("Offer", none)])).unwrap().offer, Some(None));
    }

    fn signal<B: serde::Serialize + zbus::DynamicType>(member: &str, body: &B) -> Message {
        Message::signal("/s", super::super::SESSION, member).build(body).unwrap()
    }

    #[test]
    fn signals_are_read_with_their_numbers() {
        let told_of = |signal: Message| told(&signal).unwrap();
        assert_eq!(told_of(signal("StateChanged", &(4_u64, 3_u32))), Some((4, Told::State(SessionState::Connected))));
        assert_eq!(told_of(signal("Closed", &(5_u64,))), Some((5, Told::Closed)));
        assert_eq!(told_of(signal("Sang", &(5_u64,))), None);
        let error = told_of(signal("Error", &(6_u64, 2_u32, "no-lease", "roam", "office")));
        let failure = FailureFacts { cause: Cause::NoLease, operation: Operation::Roam, configuration: "office".into() };
        assert_eq!(error, Some((6, Told::Error(ErrorKind::Roaming, failure))));
        let error = told(&signal("Opened", &("one",))).unwrap_err();
        assert!(error.to_string().starts_with("signal Opened does not fit"), "{error}");
    }

    #[test]
    fn errors_are_read_with_what_they_say_of_a_failure() {
        let call = Message::method_call("/s", "Open").sender(":1.1").build(&()).unwrap();
        let reply = |name: &str| Message::error(&call.header(), name.to_owned());
        let long = reply("org.netsession.Error.InvalidConfiguration").build(&("why not", "no-lease", "open", "office")).unwrap();
        let facts = error(&long);
        assert_eq!((facts.kind, facts.message.as_str()), (Some(FaultKind::InvalidConfiguration), "why not"));
        let failure = FailureFacts { cause: Cause::NoLease, operation: Operation::Open, configuration: "office".into() };
        assert_eq!(facts.arguments, Arguments::Failure(failure));
        let facts = error(&reply("org.netsession.Error.StaleOffer").build(&("stale", 1_u32, 2_u32)).unwrap());
        assert_eq!((facts.kind, facts.arguments), (Some(FaultKind::StaleOffer), Arguments::Offers(1, 2)));
        let facts = error(&reply("org.netsession.Error.WrongPhase").build(&("not now", "trial")).unwrap());
        assert_eq!(facts.arguments, Arguments::Phase(Phase::Trial));
        let facts = error(&reply("org.freedesktop.DBus.Error.NoReply").build(&("gone",)).unwrap());
        let none = Arguments::None;
        assert_eq!(
            (facts.name.as_str(), facts.message.as_str(), facts.kind, facts.arguments),
            ("org.freedesktop.DBus.Error.NoReply", "gone", None, none)
        );
    }
}
