//! Does the model notice that something is wrong with the machines? The charts first, then the worlds of the set `quick`, the smallest first.

use netsession_model::check::{self, Options};
use netsession_model::diagrams::{self, Format, NAMES};
use netsession_model::world::World;
use std::num::NonZero;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match charts().or_else(worlds) {
        Some(wrong) => {
            println!("{wrong}");
            ExitCode::from(1)
        }
        None => ExitCode::SUCCESS,
    }
}

/// A chart that is not the one that was agreed to.
fn charts() -> Option<String> {
    let agreed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/tests/snapshots");
    let differs = |name: &&str| {
        let agreed = std::fs::read_to_string(agreed.join(format!("{name}.json"))).unwrap_or_default();
        !diagrams::machine(name, Format::Json).is_ok_and(|drawn| diagrams::check(&agreed, &drawn).is_ok())
    };
    NAMES.into_iter().find(differs).map(|name| format!("chart {name}: not the one that was agreed to"))
}

/// A world in which something does not hold, or which has another number of states.
fn worlds() -> Option<String> {
    let mut worlds = World::quick();
    worlds.sort_by_key(|world| world.states);
    worlds.into_iter().find_map(|world| {
        let options = Options { threads: Some(NonZero::<usize>::MIN), states: Some(world.states * 2), ..Options::default() };
        let name = world.name;
        let report = check::run(&[world], &options, &mut |_| {});
        let fault = report.worlds.iter().flat_map(|world| world.faults()).next()?;
        Some(format!("world {name}: {fault}"))
    })
}
