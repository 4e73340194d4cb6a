//! Executors that carry out the hub's commands, the one loop that drives it, and the API applications use.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
pub mod bind;
pub mod client;
pub mod config;
pub mod drive;
pub mod executor;
#[cfg(feature = "netlink")]
pub mod netlink;
#[cfg(feature = "sim")]
pub mod sim;
