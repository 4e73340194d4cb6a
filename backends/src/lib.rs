//! Executors that carry out the hub's commands, the one loop that drives it, and the API applications use.
#![forbid(unsafe_code)]

pub mod executor;
