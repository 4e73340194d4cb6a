//! What a service network and a user choice are: configurations made of others (SPEC §3).

use super::{AccessPointId, ConfigurationId, Purpose};
use alloc::vec::Vec;

/// A service network: its members, best first. Roaming is available with more than one (SPEC §3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ServiceNetwork {
    /// Who it is for.
    pub purpose: Purpose,
    /// Access points, best first.
    pub members: Vec<AccessPointId>,
}

/// A user choice: what the user can choose from, in the user's order (SPEC §3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UserChoice {
    /// Access points and service networks, in the user's order.
    pub options: Vec<ConfigurationId>,
}
