//! What can a witness read of the state that was just committed?

use super::house::House;
use crate::client::Configuration;
use crate::executor::Carrier;
use netsession_fsm::hub::Hub;
use netsession_fsm::words::{AccessPointId, ConfigurationId};
use std::sync::Arc;

/// The hub and what belongs beside it, at one moment.
#[derive(Debug)]
pub struct Committed<'a>(pub(super) &'a House);

impl Committed<'_> {
    /// The hub.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// One configuration; `None` for an unknown id. A removed one is `Absent`.
    #[must_use]
    pub fn configuration(&self, id: ConfigurationId) -> Option<Configuration> {
        self.0.configuration(id)
    }

    /// The name of a configuration, also of a removed one.
    #[must_use]
    pub fn name_of(&self, id: ConfigurationId) -> Option<Arc<str>> {
        self.0.name_of(id)
    }

    /// The usable side of a link; `None` unless it is up.
    #[must_use]
    pub fn carrier(&self, id: AccessPointId) -> Option<&Carrier> {
        self.0.carrier(id)
    }
}
