//! The subcommands, one file each.

pub(crate) mod broker;
pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod conformance;
pub(crate) mod demo;
pub(crate) mod diagrams;
pub(crate) mod doctor;
pub(crate) mod explore;
pub(crate) mod judge;
pub(crate) mod list;
pub(crate) mod monitor;
pub(crate) mod open;
pub(crate) mod pages;
pub(crate) mod replay;
mod runs;
pub(crate) mod scenario;
pub(crate) mod status;
pub(crate) mod stop;
pub(crate) mod worlds;
pub(crate) mod written;
