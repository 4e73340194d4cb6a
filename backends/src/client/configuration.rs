//! What a client sees of a configuration: attributes, state, and who holds it (SPEC §3).

use crate::executor::{Carrier, Connectivity};
use netsession_fsm::hub::Counters;
use netsession_fsm::words::{
    AccessPointId, Bearer, Capabilities, ConfigurationId, ConfigurationState, Kind, Metered, Purpose, RadioId, ServiceNetworkId, SessionId,
    UserChoiceId,
};
use std::sync::Arc;
use std::time::Duration;

/// One configuration at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Unique and stable, also after removal.
    pub id: ConfigurationId,
    /// What it is called; unique.
    pub name: Arc<str>,
    /// Access point, service network or user choice.
    pub kind: Kind,
    /// How usable it is. A service network's is the best of its members'.
    pub state: ConfigurationState,
    /// What carries it; `Unknown` unless an access point.
    pub bearer: Bearer,
    /// Who it is for; `Unknown` for a user choice.
    pub purpose: Purpose,
    /// Whether it costs by volume; `Unknown` unless an access point.
    pub metered: Metered,
    /// How long one attempt to raise it may take; zero unless an access point.
    pub connect_timeout: Duration,
    /// The radio it shares with others, if any.
    pub radio: Option<RadioId>,
    /// A service network with more than one member.
    pub roaming_available: bool,
    /// What can be done with it; of a group: what can be done with each of its members.
    pub capabilities: Capabilities,
    /// Members of a service network, best first, or options of a user choice, in the user's order; empty for an access point.
    pub members: Vec<ConfigurationId>,
    /// What the executor that realises it is called: `networkmanager`, `netlink`, …; `None` unless an access point.
    pub executor: Option<Arc<str>>,
    /// How far traffic gets through the link; `Unknown` unless an access point whose executor looks.
    pub connectivity: Connectivity,
    /// Name of the interface its link is on or would be raised on, where the executor knows; `None` unless an access point.
    pub expected_interface: Option<String>,
    /// The usable side of the link; `None` unless an access point that is up.
    pub carrier: Option<Carrier>,
    /// Sessions that lease its link, or a member's, in order of their ids.
    pub holders: Vec<SessionId>,
    /// Bytes through its link since the interface exists, of a group: through all of its members.
    pub counters: Counters,
}

impl Configuration {
    /// Name of its interface, while the link is up; see [`Self::expected_interface`] for before.
    #[must_use]
    pub fn interface(&self) -> Option<&str> {
        self.carrier.as_ref().map(|carrier| carrier.interface.as_str())
    }
}

/// Which configuration is meant: by its name or by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// By name.
    Name(Arc<str>),
    /// By id.
    Id(ConfigurationId),
}

impl From<&str> for Which {
    fn from(name: &str) -> Self {
        Self::Name(name.into())
    }
}

impl From<&String> for Which {
    fn from(name: &String) -> Self {
        Self::Name(name.as_str().into())
    }
}

impl From<&Configuration> for Which {
    fn from(configuration: &Configuration) -> Self {
        Self::Id(configuration.id)
    }
}

impl From<ConfigurationId> for Which {
    fn from(id: ConfigurationId) -> Self {
        Self::Id(id)
    }
}

impl From<AccessPointId> for Which {
    fn from(id: AccessPointId) -> Self {
        Self::Id(id.into())
    }
}

impl From<ServiceNetworkId> for Which {
    fn from(id: ServiceNetworkId) -> Self {
        Self::Id(id.into())
    }
}

impl From<UserChoiceId> for Which {
    fn from(id: UserChoiceId) -> Self {
        Self::Id(id.into())
    }
}
