//! A network in memory, deterministic and in virtual time: the embedded default, and what applications are tested against.
//!
//! A [`Network`] is scripted: access points come into reach and vanish, links are cut, raising succeeds, fails or is never answered,
//! the daemon goes and comes back, reports arrive twice or late. [`Network::executor`] is the executor over it.
//!
//! All delays are of tokio's clock: under `#[tokio::test(start_paused = true)]` a test takes no time and always runs the same way.

mod act;
mod behaviour;
mod link;
mod network;
mod pause;
mod watch;
mod world;

pub use behaviour::{Action, Behaviour, Faults, Outcome, Tally};
pub use network::Network;
pub use watch::Sim;
