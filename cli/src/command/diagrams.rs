//! `netsession diagrams`: the file that holds every diagram, or one machine on standard output.

use crate::arguments::Diagrams;
use crate::error::{Failed, Kind};
use crate::output;
use netsession_model::diagrams::{self, scxml};
use netsession_model::{scenes::scenes, world::World};
use std::fs;
use std::process::ExitCode;

pub(crate) fn run(options: &Diagrams) -> Result<ExitCode, Failed> {
    if let (Some(machine), Some(format)) = (&options.machine, options.format) {
        let Some(format) = format.format() else {
            let names = scxml::NAMES.map(str::to_owned);
            return output::all(&scxml::document(machine).ok_or_else(|| Failed::unknown("state chart", machine, names))?);
        };
        let drawn = diagrams::machine(machine, format);
        let names = diagrams::NAMES.map(str::to_owned);
        return output::all(&drawn.map_err(|unknown| Failed::unknown("machine", &unknown.0, names))?);
    }
    let path = &options.output;
    let shown = path.display();
    let expected = document();
    if !options.check {
        fs::write(path, expected).map_err(|error| Failed::write(&shown.to_string(), &error))?;
        return Ok(ExitCode::SUCCESS);
    }
    let current = fs::read_to_string(path).map_err(|error| {
        Failed::unavailable(format!("cannot read {shown}: {error}")).help(format!("`netsession diagrams --output {shown}` writes it"))
    })?;
    diagrams::check(&current, &expected).map_err(|drift| {
        let help = format!("the machines changed, or the file was edited: `netsession diagrams --output {shown}` writes it anew");
        Failed::new(Kind::Failed, format!("{shown} is not up to date: {drift}")).help(help)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Everything there is to draw: machines, scenes found in the model, and how many states its worlds have.
fn document() -> String {
    let sequences: Vec<_> = scenes().iter().map(|story| (story.title.clone(), story.mermaid())).collect();
    let pinned = World::every().into_iter().filter(|world| world.states != 0);
    let rows: String = pinned.map(|world| format!("| {} | {} | {} |\n", world.name, world.states, world.about)).collect();
    let counts = if rows.is_empty() { rows } else { format!("| world | states | |\n|---|---:|---|\n{rows}") };
    diagrams::document(&sequences, &counts)
}
