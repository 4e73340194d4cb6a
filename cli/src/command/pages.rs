//! `netsession completions` and `netsession man`: from the arguments themselves.

use crate::arguments::{Arguments, Completions, Man};
use crate::command::written;
use crate::error::Failed;
use crate::output;
use clap::{Command, CommandFactory};
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn completions(options: &Completions) -> Result<ExitCode, Failed> {
    let mut text = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "netsession", &mut text);
    output::all(&String::from_utf8_lossy(&text))
}

pub(crate) fn man(options: &Man) -> Result<ExitCode, Failed> {
    let mut command = Arguments::command();
    command.build();
    if let Some(directory) = &options.all {
        return pages(&command, directory);
    }
    if let Some(name) = &options.subcommand {
        let names: Vec<_> = command.get_subcommands().map(|known| known.get_name().to_owned()).collect();
        let found = command.find_subcommand(name).cloned();
        command = called(found.ok_or_else(|| Failed::unknown("subcommand", name, names))?);
    }
    output::all(&page(command)?)
}

/// The program's page and that of each subcommand, each in a file.
fn pages(command: &Command, directory: &Path) -> Result<ExitCode, Failed> {
    std::fs::create_dir_all(directory).map_err(|error| Failed::write(&directory.display().to_string(), &error))?;
    // `help` is clap's own, and has nothing to say that the others do not
    let subcommands = command.get_subcommands().filter(|known| known.get_name() != "help").cloned().map(called);
    for each in std::iter::once(command.clone()).chain(subcommands) {
        let name = each.get_display_name().unwrap_or_else(|| each.get_name()).to_owned();
        written::file(&directory.join(format!("{name}.1")), &page(each)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A subcommand, as it is called in its page.
fn called(subcommand: Command) -> Command {
    let name = format!("netsession-{}", subcommand.get_name());
    subcommand.display_name(name)
}

fn page(command: Command) -> Result<String, Failed> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text).map_err(|error| Failed::write("the manual page", &error))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
