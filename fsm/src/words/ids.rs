//! Which thing is meant: identifiers of configurations, sessions, offers, requests and operations.

use core::fmt;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident($inner:ty), $label:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($label, " {}"), self.0)
            }
        }
    };
}

identifier!(
    /// An access point, numbered from 0 in the order of definition; kept after removal (SPEC §3).
    AccessPointId(u32), "access point"
);
identifier!(
    /// A service network, numbered from 0 in the order of definition (SPEC §3).
    ServiceNetworkId(u32), "service network"
);
identifier!(
    /// A user choice, numbered from 0 in the order of definition (SPEC §3).
    UserChoiceId(u32), "user choice"
);
identifier!(
    /// A radio shared by access points of which at most one can be up (SPEC §7.3).
    RadioId(u16), "radio"
);
identifier!(
    /// The executor that realises an access point; one process can hold several.
    ExecutorId(u8), "executor"
);
identifier!(
    /// An offer put to an application; unique for the life of its session, 0 is never used (SPEC §6.2).
    OfferId(u32), "offer"
);
identifier!(
    /// A request of a client, chosen by the client; the answer repeats it (SPEC §5).
    RequestId(u32), "request"
);
identifier!(
    /// A command to an executor. Strictly growing over the life of a hub, 0 is "none yet" (SPEC §2).
    OperationId(u64), "operation"
);

/// A session: its place, and how often the place was used before, so that an id of a dropped session is never mistaken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SessionId {
    /// Place in the hub's table.
    pub index: u32,
    /// How many sessions had this place before.
    pub generation: u32,
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.generation {
            0 => write!(f, "session {}", self.index),
            generation => write!(f, "session {}.{generation}", self.index),
        }
    }
}

/// A configuration of any kind (SPEC §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ConfigurationId {
    /// One concrete way onto a network.
    AccessPoint(AccessPointId),
    /// An ordered group of access points that reach the same service; roams.
    ServiceNetwork(ServiceNetworkId),
    /// Resolved to one of the other two when a session opens.
    UserChoice(UserChoiceId),
}

impl fmt::Display for ConfigurationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessPoint(id) => id.fmt(f),
            Self::ServiceNetwork(id) => id.fmt(f),
            Self::UserChoice(id) => id.fmt(f),
        }
    }
}

impl From<AccessPointId> for ConfigurationId {
    fn from(id: AccessPointId) -> Self {
        Self::AccessPoint(id)
    }
}

impl From<ServiceNetworkId> for ConfigurationId {
    fn from(id: ServiceNetworkId) -> Self {
        Self::ServiceNetwork(id)
    }
}

impl From<UserChoiceId> for ConfigurationId {
    fn from(id: UserChoiceId) -> Self {
        Self::UserChoice(id)
    }
}
