//! What does a session show of itself on the bus?

use super::Dictionary;
use super::words::Word;
use netsession_fsm::hub::Snapshot;
use netsession_fsm::words::{Cause, ConfigurationId, ErrorKind, Mode, Operation, Phase, SessionState};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zbus::Variant;

/// How a session stands, with what the hub leaves to the clock and to its executors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// As the hub says.
    pub snapshot: Snapshot,
    /// Who answers offers.
    pub mode: Mode,
    /// Interface of the active access point, if its link is up.
    pub interface: Option<Arc<str>>,
    /// When the offer or the trial ends by itself, in ms of `CLOCK_BOOTTIME`; 0: no such deadline.
    pub deadline: u64,
    /// When it was opened, in ms of `CLOCK_BOOTTIME`; 0 unless open.
    pub opened_at: u64,
    /// The last error it was told.
    pub last_error: Option<Arc<LastError>>,
}

/// The last error a session was told: also its client of a later broker can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastError {
    /// Number of the signal.
    pub sequence: u64,
    /// As in Qt.
    pub kind: ErrorKind,
    /// Why.
    pub cause: Cause,
    /// While doing what.
    pub operation: Operation,
    /// Name of the configuration.
    pub configuration: String,
}

macro_rules! properties {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// The properties of a session.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Property {
            $($(#[$doc])* $name),+
        }

        impl Word for Property {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, stringify!($name))),+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),+
                }
            }
        }
    };
}

properties!(
    /// What it is on.
    Configuration,
    /// What a user choice resolved to.
    ChosenConfiguration,
    /// Public state.
    State,
    /// Whether it is open.
    Open,
    /// The access point in use.
    ActiveConfiguration,
    /// The access point on trial.
    Candidate,
    /// Interface of the active access point.
    Interface,
    /// Phase of the handshake.
    Phase,
    /// The offer that is pending or on trial.
    Offer,
    /// When the offer or the trial ends by itself.
    Deadline,
    /// Who answers offers.
    Mode,
    /// Usage policies.
    Policies,
    /// Bytes received and sent.
    Counters,
    /// When it was opened.
    OpenedAt,
    /// The last error it was told.
    LastError,
    /// Number of the last signal.
    Sequence,
);

impl Standing {
    /// One property; `name_of` says what configurations are called.
    #[must_use]
    pub fn value(&self, property: Property, name_of: impl Fn(ConfigurationId) -> Arc<str>) -> Variant<'static> {
        let it = &self.snapshot;
        let name = |id: Option<ConfigurationId>| Variant::new(id.map_or_else(String::new, |id| name_of(id).to_string()));
        match property {
            Property::Configuration => name(Some(it.configuration)),
            Property::ChosenConfiguration => name(it.chosen),
            Property::State => Variant::new(it.state as u32),
            Property::Open => Variant::new(it.open),
            Property::ActiveConfiguration => name(it.active.map(Into::into)),
            Property::Candidate => name(it.candidate.map(Into::into)),
            Property::Interface => Variant::new(self.shown_interface().unwrap_or_default().to_owned()),
            Property::Phase => Variant::new(it.phase.word()),
            Property::Offer => match it.offer {
                Some(offer) => {
                    let access_point = name_of(offer.access_point.into()).to_string();
                    Variant::new((offer.id.0, access_point, offer.kind.word(), offer.seamless, offer.keeps_old))
                }
                None => Variant::new((0_u32, "", "", false, false)),
            },
            Property::Deadline => Variant::new(self.shown_deadline()),
            Property::Mode => Variant::new(self.mode.word()),
            Property::Policies => Variant::new(u32::from(it.policies.0)),
            Property::Counters => Variant::new((it.counters.received, it.counters.sent)),
            Property::OpenedAt => Variant::new(self.opened_at),
            Property::LastError => match self.last_error.as_deref() {
                Some(LastError { sequence, kind, cause, operation, configuration }) => {
                    Variant::new((*sequence, *kind as u32, cause.word(), operation.word(), configuration.clone()))
                }
                None => Variant::new((0_u64, 0_u32, "", "", "")),
            },
            Property::Sequence => Variant::new(it.sequence),
        }
    }

    /// Whether a property is the same in both.
    #[must_use]
    pub fn same(&self, other: &Self, property: Property) -> bool {
        let (it, at) = (&self.snapshot, &other.snapshot);
        match property {
            Property::Configuration => it.configuration == at.configuration,
            Property::ChosenConfiguration => it.chosen == at.chosen,
            Property::State => it.state == at.state,
            Property::Open => it.open == at.open,
            Property::ActiveConfiguration => it.active == at.active,
            Property::Candidate => it.candidate == at.candidate,
            Property::Interface => self.shown_interface() == other.shown_interface(),
            Property::Phase => it.phase == at.phase,
            Property::Offer => it.offer == at.offer,
            Property::Deadline => self.shown_deadline() == other.shown_deadline(),
            Property::Mode => self.mode == other.mode,
            Property::Policies => it.policies == at.policies,
            Property::Counters => it.counters == at.counters,
            Property::OpenedAt => self.opened_at == other.opened_at,
            Property::LastError => self.last_error == other.last_error,
            Property::Sequence => it.sequence == at.sequence,
        }
    }

    /// Every property.
    #[must_use]
    pub fn all(&self, name_of: impl Fn(ConfigurationId) -> Arc<str>) -> Dictionary<'static> {
        Property::ALL.iter().map(|(property, name)| (*name, self.value(*property, &name_of))).collect()
    }

    /// What is different now; empty if nothing is but the counters, which come with other changes only.
    #[must_use]
    pub fn changed(&self, before: &Self, name_of: impl Fn(ConfigurationId) -> Arc<str>) -> Dictionary<'static> {
        let differ = Property::ALL.iter().filter(|(property, _)| !self.same(before, *property));
        let changed: Dictionary<'static> = differ.map(|(property, name)| (*name, self.value(*property, &name_of))).collect();
        if changed.keys().all(|name| *name == Property::Counters.word()) { Dictionary::new() } else { changed }
    }

    /// The interface: while connected, or on trial (SPEC 4).
    #[must_use]
    pub fn shown_interface(&self) -> Option<&str> {
        let usable = self.snapshot.state == SessionState::Connected || self.snapshot.phase == Phase::Trial;
        self.interface.as_deref().filter(|_| usable && self.snapshot.open)
    }

    /// The deadline: of an offer or a trial, not of connecting.
    #[must_use]
    pub fn shown_deadline(&self) -> u64 {
        let runs = self.snapshot.offer.is_some() && matches!(self.snapshot.phase, Phase::Offered | Phase::Trial);
        if runs { self.deadline } else { 0 }
    }
}
