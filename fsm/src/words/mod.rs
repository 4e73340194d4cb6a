//! The words every part of the crate speaks: configurations, public states, errors, requirements, serial numbers (SPEC §1).

mod configuration;
mod error;
#[cfg(feature = "hub")]
mod group;
mod ids;
mod record;
mod requirements;
mod state;

pub use configuration::{AccessPoint, Bearer, BearerFamily, Capabilities, ConfigurationState, Kind, Metered, Purpose};
pub use error::{Cause, Error, ErrorKind, Operation, Refusal};
#[cfg(feature = "hub")]
pub use group::{ServiceNetwork, UserChoice};
pub use ids::{
    AccessPointId, ConfigurationId, ExecutorId, OfferId, OperationId, RadioId, RequestId, ServiceNetworkId, SessionId, UserChoiceId,
};
pub use record::{Record, Unfit};
pub use requirements::{Preference, Requirements};
pub use state::{Mode, OfferKind, Phase, SessionState};
