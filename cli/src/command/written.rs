//! What `check` writes into files: counterexamples, JUnit, graphs.

use crate::error::{Failed, Kind};
use crate::output;
use indicatif::{ProgressBar, ProgressStyle};
use netsession_model::check::Report;
use netsession_model::trace::Trace;
use netsession_model::world::World;
use netsession_model::{export, itf};
use std::fs;
use std::io::{self, BufWriter};
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn file(path: &Path, text: &str) -> Result<(), Failed> {
    fs::write(path, text).map_err(|error| Failed::write(&path.display().to_string(), &error))
}

/// Each as `WORLD-PROPERTY.txt`, `.mmd`, `.itf.json` and `.trace.json`.
pub(crate) fn counterexamples(report: &Report, worlds: &[World], directory: &Path) -> Result<(), Failed> {
    fs::create_dir_all(directory).map_err(|error| Failed::write(&directory.display().to_string(), &error))?;
    for (checked, world) in report.worlds.iter().zip(worlds) {
        for found in &checked.counterexamples {
            let name = format!("{}-{}", world.name, found.properties.join("-"));
            let path = |extension: &str| directory.join(format!("{name}.{extension}"));
            file(&path("txt"), &found.story.to_string())?;
            file(&path("mmd"), &found.story.mermaid())?;
            file(&path("itf.json"), &itf::document(world, &found.story))?;
            file(&path("trace.json"), &Trace::of(world, found).json())?;
            output::complain(&format!("written: {} (and .txt, .mmd, .itf.json)", path("trace.json").display()));
        }
    }
    Ok(())
}

/// The graph of one world, in the format that the file's name says.
pub(crate) fn graph(worlds: &[World], path: &Path, depth: Option<usize>) -> Result<ExitCode, Failed> {
    let [world] = worlds else {
        let names: Vec<_> = worlds.iter().map(|world| world.name).collect();
        return Err(Failed::usage(format!("--graph is of one world, not of {}", names.join(", "))).help("name one with --world"));
    };
    let shown = path.display().to_string();
    match (path.extension().and_then(|extension| extension.to_str()), depth) {
        (Some("aut"), None) => {
            let out = fs::File::create(path).map_err(|error| Failed::write(&shown, &error))?;
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {human_pos} states, {per_sec}, {elapsed}") {
                bar.set_style(style);
            }
            bar.set_prefix(world.name);
            let size = export::aut(world, &mut BufWriter::new(out), |states| bar.set_position(states as u64));
            bar.finish_and_clear();
            let size = size.map_err(|error: io::Error| Failed::write(&shown, &error))?;
            output::all(&format!("{shown}: {} states, {} transitions\n", size.states, size.transitions))
        }
        (Some("aut"), Some(_)) => Err(Failed::usage("a graph in AUT is complete").help("--depth is for FILE.dot; leave it out")),
        (Some("dot" | "gv"), depth) => {
            let drawn = export::dot(world, export::DRAWN, depth).map_err(|error| {
                let help = "draw the first steps only (--depth 2), or write FILE.aut, which has no limit";
                Failed::new(Kind::Usage, error.to_string()).help(help)
            })?;
            file(path, &drawn)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Failed::usage(format!("{shown}: no format has this ending")).help("FILE.aut is AUT (Aldebaran), FILE.dot is GraphViz")),
    }
}
