//! Is everything so that the scenarios say? Each file on the simulator in virtual time, and in a lab of real links wherever it can be.

mod advice;
mod language;
mod qt;
mod real;
mod retold;
mod walked;

use libtest_mimic::{Failed, Trial};
use netsession_conformance::lab::{Case, suite_beside};
use netsession_conformance::rig::{ConnmanRig, NetlinkRig, NetworkManagerRig};
use netsession_conformance::scenario::{Scenario, Simulated, simulate, witnessed};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Labs wait for cables and deadlines.
const AT_A_TIME: usize = 6;

fn main() -> ExitCode {
    let files = files().unwrap_or_else(|error| panic!("{error}"));
    let mut tests: Vec<_> = files.iter().map(|file| Trial::test(format!("sim::{}", file.name), move || simulated(file))).collect();
    let by_hand = files.iter().filter(|file| !file.name.starts_with(walked::FOLDER));
    tests.extend(by_hand.map(|file| Trial::test(format!("witnessed::{}", file.name), move || seen(file))));
    tests.extend(language::tests());
    tests.extend(retold::tests(files));
    tests.push(language::written(files));
    tests.extend([advice::test(), qt::test(files), walked::test(files)]);
    let real = [real::case::<NetlinkRig>, real::case::<NetworkManagerRig>, real::case::<ConnmanRig>];
    let cases: Vec<Case> = real.iter().flat_map(|case| files.iter().filter_map(case)).collect();
    suite_beside(AT_A_TIME, tests, &cases)
}

/// A file of a scenario. They live as long as the program.
struct File {
    /// Without its ending; with its folder, if that is one of the folder of scenarios.
    name: String,
    /// As it is written in errors.
    path: String,
    text: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Every file there is, in order of their names; those that were walked last.
fn files() -> std::io::Result<&'static [File]> {
    let mut files = files_of("")?;
    files.extend(files_of(walked::FOLDER)?);
    Ok(files.leak())
}

/// Those of a folder in the folder of scenarios.
fn files_of(below: &str) -> std::io::Result<Vec<File>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder().join(below))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "scenario") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: &PathBuf| {
        let name = format!("{below}{}", path.file_stem().unwrap_or_default().to_string_lossy());
        let text = std::fs::read_to_string(path)?;
        Ok(File { path: format!("conformance/scenarios/{name}.scenario"), name, text })
    };
    paths.iter().map(read).collect()
}

impl File {
    fn scenario(&self) -> Result<Scenario, String> {
        Scenario::read(&self.path, &self.text).map_err(|error| format!("\n{error}\n"))
    }
}

fn simulated(file: &File) -> Result<(), Failed> {
    let scenario = file.scenario()?;
    if scenario.excused::<Simulated>().is_some() {
        return Ok(());
    }
    let steps = simulate(&scenario).map_err(|error| error.to_string())?;
    println!("{}: {steps} steps judged", file.name);
    Ok(())
}

/// What is seen of a file's deeds is a scenario again: written, read and played it is so. A deed that cannot be done, because what it
/// waits for was only expected, is left out.
fn seen(file: &File) -> Result<(), Failed> {
    let scenario = file.scenario()?;
    if scenario.cannot::<Simulated>().is_some() {
        return Ok(());
    }
    let seen = witnessed(&scenario).map_err(|error| error.to_string())?;
    let text = seen.scenario.to_string();
    let again = Scenario::read(&file.path, &text).map_err(|error| format!("{error}\n{text}"))?;
    simulate(&again).map_err(|error| format!("{error}\n{text}"))?;
    Ok(())
}
