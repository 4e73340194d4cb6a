//! Executors that carry out the hub's commands, the one loop that drives it, and the API applications use.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
pub mod bind;
#[cfg(feature = "netlink")]
pub mod choose;
pub mod client;
pub mod config;
#[cfg(feature = "connman")]
pub mod connman;
pub mod drive;
pub mod executor;
#[cfg(feature = "netlink")]
mod ledger;
mod left;
#[cfg(feature = "netlink")]
pub mod netlink;
#[cfg(feature = "networkmanager")]
pub mod networkmanager;
#[cfg(feature = "record")]
mod record;
#[cfg(not(feature = "record"))]
#[path = "record/nothing.rs"]
mod record;
#[cfg(feature = "sim")]
pub mod sim;
