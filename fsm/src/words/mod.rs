//! The words every part of the crate speaks: configurations, public states, errors, requirements, serial numbers (SPEC §1).

mod configuration;
mod error;
mod ids;
mod requirements;
mod state;

pub use configuration::{AccessPoint, Bearer, BearerFamily, Capabilities, ConfigurationState, Kind, Metered, Purpose};
#[cfg(feature = "hub")]
pub use configuration::{ServiceNetwork, UserChoice};
pub use error::{Cause, Error, ErrorKind, Operation, Refusal};
pub use ids::{
    AccessPointId, ConfigurationId, ExecutorId, OfferId, OperationId, RadioId, RequestId, ServiceNetworkId, SessionId, UserChoiceId,
};
pub use requirements::{Preference, Requirements};
pub use state::{Mode, OfferKind, Phase, SessionState};
