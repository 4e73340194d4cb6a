//! Do others see what we see? The hub before a specification written from the contract alone, and before engines that are not ours.
//!
//! - [`system`]: what is visible of a system, and its steps; [`compare`]: whether two are the same, both ways
//! - [`ours`]: the hub in one small world as such a system
//! - [`tlc`]: what TLC found of a TLA+ specification
#![forbid(unsafe_code)]

pub mod compare;
pub mod ours;
pub mod system;
pub mod tlc;
