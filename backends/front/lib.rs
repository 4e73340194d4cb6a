//! `netsession`: the one dependency of an application author.
#![forbid(unsafe_code)]

pub use netsession_backends::*;
pub use netsession_fsm as fsm;
