//! What always happens in the end? Liveness over a complete graph: reachability, fair lassos, coming to rest.
//!
//! stateright's `eventually` is right on acyclic paths only and knows no fairness (its own documentation says so), so it can never
//! report anything on a protocol with timers. Here the whole reachable graph is at hand, and three questions are answered exactly:
//!
//! - [`Edges::first_without`]: the first node from which no good node can be reached;
//! - [`fair_lasso`]: an infinite fair run that stays where it should not: a stem and a cycle, or a node where nothing fair can happen;
//! - [`rest`]: whether the nodes come to rest by certain edges alone, where, and within how many steps; [`turning`]: a cycle on which
//!   something changes.
//!
//! A node is a number in breadth-first order, 0 the first one; an edge carries a label below [`LABELS`], the class of the action.

mod components;
mod course;
mod edges;
mod lasso;
mod rest;

pub use course::Course;
pub use edges::{Block, Edges, LABELS, Labels};
pub use lasso::{Fairness, Lasso, fair_lasso};
pub use rest::{Restless, rest, turning};
