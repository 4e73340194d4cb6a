//! The machine of one session's hold on its configuration: free, wanting, held (SPEC §4, §5).

mod chart;
mod effect;
mod event;
mod handlers;
mod state;

pub use effect::HoldEffect;
pub use event::{HoldEvent, Prospect};
pub use state::{Hold, HoldGroup, HoldMemory};
