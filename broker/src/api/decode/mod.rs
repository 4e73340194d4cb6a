//! What does a message of the broker say? Dictionaries, signals and errors as facts, with names where the hub has ids.

#[cfg(test)]
mod tests;
mod told;

pub use told::{Arguments, ErrorFacts, FailureFacts, Told, error, told};

use super::words::{Word, session_state};
use netsession_backends::executor::{Carrier, Connectivity};
use netsession_fsm::hub::{Counters, Policies};
use netsession_fsm::words::{
    Bearer, Capabilities, ConfigurationState, ErrorKind, Kind, Metered, Mode, OfferKind, Phase, Purpose, RadioId, SessionState,
};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use zbus::OwnedVariant;

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
    /// The last error it was told, or that there was none.
    pub last_error: Option<Option<ErrorTold>>,
    /// Number of the last signal these properties contain.
    pub sequence: Option<u64>,
}

/// An error that a session was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorTold {
    /// Number of the signal.
    pub sequence: u64,
    /// As in Qt.
    pub kind: ErrorKind,
    /// Why, while doing what, on what.
    pub failure: FailureFacts,
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
        last_error: keys.get("LastError")?.map(|(sequence, kind, cause, operation, configuration): (u64, u32, String, String, String)| {
            let failure = FailureFacts::new(&cause, &operation, configuration);
            (sequence > 0).then(|| ErrorTold { sequence, kind: told::kind(kind), failure })
        }),
        sequence: keys.get("Sequence")?,
    })
}
