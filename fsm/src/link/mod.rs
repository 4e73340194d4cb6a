//! The machine of one link: from absent to up and back, by command or by itself (SPEC §3, §4, §7.1).

mod chart;
mod effect;
mod event;
mod handlers;
mod state;

pub use effect::LinkEffect;
pub use event::LinkEvent;
pub use state::{LinkGroup, LinkMemory, LinkState};
