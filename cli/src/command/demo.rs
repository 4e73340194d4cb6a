//! `netsession demo`: the scenes, and how what ended them is told.

use crate::arguments::{Backend, Listing, Source};
use crate::demo::{self, DemoError};
use crate::error::{Failed, Kind};
use std::process::ExitCode;

/// Call it before there is any other thread: the scenes are played in namespaces of their own.
pub(crate) fn run(source: Source, options: &Listing) -> Result<ExitCode, Failed> {
    let backend = match source.backend {
        Backend::Auto => None,
        Backend::Netlink => Some(demo::Backend::Netlink),
        Backend::Sim => Some(demo::Backend::Sim),
        Backend::Networkmanager | Backend::Connman | Backend::Broker => {
            return Err(Failed::usage("the demo needs no daemon").help("use --backend netlink or --backend sim, or leave it out"));
        }
    };
    demo::run(demo::Options { backend, json: options.json }).map(|_| ExitCode::SUCCESS).map_err(|error| {
        let kind = if matches!(error, DemoError::Refused(_)) { Kind::NotPermitted } else { Kind::Failed };
        Failed::new(kind, error.to_string()).with_code(error.exit_code())
    })
}
