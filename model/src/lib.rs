//! The hub that runs in production, explored completely in small worlds with an adversarial environment (SPEC §14).
//!
//! - [`world`]: what there is and what may happen; [`worlds`]: those that are checked, and sets of them
//! - [`state`], [`action`], [`possible`], [`next`]: the state of a world and its steps; the only decisions in them are the environment's
//! - [`observe`], [`letting_go`], [`properties`]: what must hold, S1 to S19; [`eventually`], [`liveness`]: what must happen in the end,
//!   L1 to L8
//! - [`checker`]: stateright's `Model` of a world; [`graph`]: the reachable graph for what stateright cannot say (liveness)
//! - [`walk`]: every step of a machine; [`diagrams`]: what is drawn from it
//! - [`check`]: one call that runs it all; [`always`]: a property of your own in a world of your own; [`junit`]: the verdicts for a CI
//! - [`story`]: a path as a person reads it; [`scenes`]: stories worth drawing; [`counterexample`], [`trace`], [`itf`]: what breaks
//!   something, as a story, as a file to run again, for other tools; [`readable`]: a state in words
//! - [`judge`]: a run of the real thing, step by step beside the machine, and what happened in it
//! - `coverage` (feature): what the worlds reach, and why the rest cannot be reached; runs that reach everything; what was reached where
//!   they were played ([`played`])
//! - [`explore`]: a world in the browser; [`chart`]: a path as a picture; [`export`]: a world's graph for other tools
#![forbid(unsafe_code)]
#![warn(clippy::wildcard_enum_match_arm)]

pub mod action;
pub mod always;
pub mod armed;
mod asked;
pub mod chart;
pub mod check;
pub mod checker;
pub mod counterexample;
#[cfg(feature = "coverage")]
pub mod coverage;
mod crash;
pub mod diagrams;
pub mod engine;
pub mod eventually;
mod executor;
pub mod explore;
pub mod export;
pub mod fewest;
pub mod graph;
pub mod itf;
pub mod judge;
pub mod junit;
pub mod letting_go;
pub mod liveness;
pub mod next;
pub mod observe;
pub mod played;
pub mod possible;
pub mod properties;
pub mod readable;
pub mod report;
pub mod run;
pub mod scenes;
pub mod second;
pub mod shorter;
mod standing;
pub mod state;
pub mod story;
pub mod tolerance;
pub mod trace;
pub mod walk;
pub mod world;
pub mod worlds;

/// The page for sceptics: what is in it compiles and holds.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
