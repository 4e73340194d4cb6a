//! The machine of the roaming handshake: offered, migrating, trial, committing, restoring (SPEC §6.3, §6.4, §7.3).

mod chart;
mod effect;
mod event;
mod handlers;
mod state;

pub use effect::{Deadline, RoamEffect};
pub use event::RoamEvent;
pub use state::{Old, RoamGroup, RoamMemory, RoamState, Why};
