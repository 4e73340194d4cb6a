//! Do others see what we see? The hub before a specification written from the contract alone, and before engines that are not ours.
//!
//! - [`system`]: what is visible of a system, and its steps; [`compare`]: whether two are the same, both ways
//! - [`ours`]: the hub in one small world as such a system
//! - [`tlc`]: what TLC found of a TLA+ specification
//! - [`spin`]: what SPIN found with the hub's own code
//! - [`needs`]: programs that may not be there
#![forbid(unsafe_code)]

pub mod compare;
pub mod needs;
pub mod ours;
pub mod spin;
pub mod system;
pub mod tlc;
