//! `netsession config`: a file to start from, or is this one right?

use crate::arguments::Configuration;
use crate::error::Failed;
use crate::{output, setup};
use netsession::config::Config;
use std::process::ExitCode;

pub(crate) fn run(options: &Configuration) -> Result<ExitCode, Failed> {
    let Some(path) = &options.check else { return output::all(Config::sample()) };
    let config = setup::read(path)?;
    output::all(&format!(
        "{}: right; {}, {}, {}\n",
        path.display(),
        counted(config.access_points.len(), "access point"),
        counted(config.service_networks.len(), "service network"),
        counted(config.user_choices.len(), "user choice"),
    ))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
