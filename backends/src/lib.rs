//! Executors that carry out the hub's commands, the one loop that drives it, and the API applications use.
#![forbid(unsafe_code)]

pub mod client;
pub mod config;
pub mod drive;
pub mod executor;
#[cfg(feature = "sim")]
pub mod sim;
