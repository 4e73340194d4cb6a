//! The hub that runs in production, explored completely in small worlds with an adversarial environment (SPEC §14).
//!
//! - [`world`]: what there is and what may happen; [`worlds`]: those that are checked, and sets of them
//! - [`state`], [`action`], [`possible`], [`next`]: the state of a world and its steps; the only decisions in them are the environment's
//! - [`observe`], [`letting_go`], [`properties`]: what must hold, S1 to S19; [`eventually`], [`liveness`]: what must happen in the end,
//!   L1 to L8
//! - [`checker`]: stateright's `Model` of a world; [`graph`]: the reachable graph for what stateright cannot say (liveness)
//! - [`walk`]: every step of a machine; [`diagrams`]: what is drawn from it
//! - [`check`]: one call that runs it all; [`story`]: a path as a person reads it; [`scenes`]: stories worth drawing
#![forbid(unsafe_code)]
#![warn(clippy::wildcard_enum_match_arm)]

pub mod action;
pub mod armed;
pub mod check;
pub mod checker;
pub mod diagrams;
pub mod engine;
pub mod eventually;
pub mod graph;
pub mod letting_go;
pub mod liveness;
pub mod next;
pub mod observe;
pub mod possible;
pub mod properties;
pub mod report;
pub mod scenes;
pub mod second;
pub mod state;
pub mod story;
pub mod tolerance;
pub mod walk;
pub mod world;
pub mod worlds;
