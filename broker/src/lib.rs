//! Network sessions of many processes on shared access points: a service on D-Bus that owns the hub, and its client (SPEC §8).
//!
//! - [`api`]: what both sides know: names, the introspection XML, words and dictionaries on the bus.
//! - [`service`]: the broker: objects, owners, limits, carriers handed out.
//! - [`client`]: the port to a broker: the same API as in-process.
//! - [`authority`]: who may do what: polkit, or a policy file.
//! - [`store`]: what survives a crash.
#![forbid(unsafe_code)]

pub mod api;
pub mod authority;
pub mod client;
mod clock;
pub mod service;
pub mod store;
