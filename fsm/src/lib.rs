//! Network sessions as pure state machines: the session lifecycle, the link, the roaming handshake, and the hub that composes
//! any number of them. No clock, no I/O, no randomness, no unordered map: what goes in are [`hub::Input`]s, what comes out is an
//! ordered list of [`hub::Output`]s, and the same `step` runs in production, in the model checker and in the diagrams (SPEC §2).
//!
//! - [`words`]: the vocabulary (configurations, states, errors, requirements, ids)
//! - [`link`], [`session`], [`roaming`]: one machine each, as [statig](https://docs.rs/statig) charts
//! - [`step`]: the one door to a machine
//! - [`hub`]: many sessions on many links (feature `hub`, needs `alloc`)
//! - `recording`: a run of a hub as text (features `hub` and `serde`)
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::wildcard_enum_match_arm, clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

#[cfg(feature = "hub")]
extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

#[cfg(feature = "hub")]
pub mod hub;
pub mod link;
#[cfg(all(feature = "hub", feature = "serde"))]
pub mod recording;
pub mod roaming;
pub mod session;
pub mod step;
pub mod words;
