//! `netsession completions` and `netsession man`: from the arguments themselves.

use crate::arguments::{Arguments, Completions, Man};
use crate::error::Failed;
use crate::output;
use clap::CommandFactory;
use std::process::ExitCode;

pub(crate) fn completions(options: &Completions) -> Result<ExitCode, Failed> {
    let mut text = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "netsession", &mut text);
    output::all(&String::from_utf8_lossy(&text))
}

pub(crate) fn man(options: &Man) -> Result<ExitCode, Failed> {
    let mut command = Arguments::command();
    command.build();
    if let Some(name) = &options.subcommand {
        let names: Vec<_> = command.get_subcommands().map(|known| known.get_name().to_owned()).collect();
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| Failed::unknown("subcommand", name, names))?;
        command = command.display_name(format!("netsession-{name}"));
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text).map_err(|error| Failed::write("the manual page", &error))?;
    output::all(&String::from_utf8_lossy(&text))
}
