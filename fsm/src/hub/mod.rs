//! The hub: any number of sessions on any number of links (SPEC §2 to §7, §9 to §12).

mod input;
mod output;
mod report;
mod settings;

pub use input::{Call, Definition, Input, SessionOptions};
pub use output::{CatalogueNotice, Notice, Offer, Output, Policies, Snapshot, Timer};
pub use report::{Command, Counters, LinkReport, Report};
pub use settings::Settings;

use crate::words::{AccessPoint, AccessPointId, ConfigurationId, ConfigurationState, ServiceNetwork, ServiceNetworkId, SessionId};
use alloc::vec::Vec;

/// The pure composition of all sessions and links: input in, outputs out, nothing else.
#[derive(Debug, Clone)]
pub struct Hub {
    settings: Settings,
}

impl Hub {
    /// An empty hub.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Takes one input and appends one batch of outputs.
    pub fn step(&mut self, _input: &Input, _outputs: &mut Vec<Output>) {}

    /// How a session stands; `None` for an unknown id.
    #[must_use]
    pub fn snapshot(&self, _session: SessionId) -> Option<Snapshot> {
        None
    }

    /// State of a configuration; `None` for an unknown id, `Absent` for a removed one.
    #[must_use]
    pub fn configuration_state(&self, _configuration: ConfigurationId) -> Option<ConfigurationState> {
        None
    }

    /// Attributes of an access point; `None` for an unknown id.
    #[must_use]
    pub fn access_point(&self, _id: AccessPointId) -> Option<&AccessPoint> {
        None
    }

    /// Attributes of a service network; `None` for an unknown id.
    #[must_use]
    pub fn service_network(&self, _id: ServiceNetworkId) -> Option<&ServiceNetwork> {
        None
    }

    /// Every configuration that was not removed, sorted: access points, service networks, user choices, each by id (SPEC §3).
    pub fn configurations(&self) -> impl Iterator<Item = ConfigurationId> + '_ {
        core::iter::empty()
    }

    /// The default configuration (SPEC §3); `None` if there is no usable one.
    #[must_use]
    pub fn default_configuration(&self) -> Option<ConfigurationId> {
        None
    }

    /// Sessions that lease the link, in order of their ids (SPEC §7.1).
    pub fn holders(&self, _id: AccessPointId) -> impl Iterator<Item = SessionId> + '_ {
        core::iter::empty()
    }

    /// Counters of a link as last reported (SPEC §10).
    #[must_use]
    pub fn link_counters(&self, _id: AccessPointId) -> Counters {
        Counters::default()
    }

    /// The access point the system default route goes through, as confirmed; `None`: as found.
    #[must_use]
    pub fn default_route(&self) -> Option<AccessPointId> {
        None
    }
}
