//! The hub that runs in production, explored completely in small worlds with an adversarial environment (SPEC §14).
//!
//! - [`walk`]: every step of a machine; [`diagrams`]: what is drawn from it
#![forbid(unsafe_code)]
#![warn(clippy::wildcard_enum_match_arm)]

pub mod diagrams;
pub mod walk;
