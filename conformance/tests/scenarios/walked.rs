//! Are the scenarios that a walk over the model found what everybody says today? The deeds are in `model/WALKED.md`, written there by the
//! walk; what everybody says is what the simulator's do.

use super::{File, folder};
use libtest_mimic::{Failed, Trial};
use netsession_conformance::scenario::words::{Event, Look, Name, Step, What};
use netsession_conformance::scenario::{Scenario, witnessed};
use netsession_fsm::words::ConfigurationState;
use std::path::Path;
use std::time::Duration;

/// The folder, in that of the scenarios.
pub(super) const FOLDER: &str = "walked/";
/// What the walk found: a heading and a block for each run.
const FOUND: &str = "../model/WALKED.md";

/// Where time is real, nobody waits longer than this.
const WAIT: Duration = Duration::from_secs(3);
/// Where links, or only time, are real.
const REAL: [&str; 4] = ["broker", "connman", "netlink", "networkmanager"];
/// Runs that come out otherwise where links are real, and why.
const EXCUSES: [(&str, &str, &str); 7] = [
    ("netlink", "walked/open-free-link-down", "an interface that was lowered is down, and does not notice whether its cable is cut"),
    ("connman", "walked/roaming-migrating-candidatelost-restoring", "the old link may be up again before anybody looks"),
    ("netlink", "walked/roaming-migrating-candidatelost-restoring", "the old link may be up again before anybody looks"),
    ("networkmanager", "walked/roaming-migrating-candidatelost-restoring", "the old link may be up again before anybody looks"),
    ("connman", "walked/opens-again-by-itself-an-explicit-option", "it may be open again before anybody begins to wait"),
    ("netlink", "walked/opens-again-by-itself-an-explicit-option", "it may be open again before anybody begins to wait"),
    ("networkmanager", "walked/opens-again-by-itself-an-explicit-option", "it may be open again before anybody begins to wait"),
];

pub(super) fn test(files: &'static [File]) -> Trial {
    Trial::test("walked::the_files_are_what_the_walk_found", move || compared(files))
}

fn compared(files: &[File]) -> Result<(), Failed> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FOUND))?;
    let found = runs(&text).map(|(name, deeds)| scenario(name, deeds)).collect::<Result<Vec<_>, _>>()?;
    if std::env::var_os("NETSESSION_WRITE").is_some() {
        let folder = folder().join(FOLDER);
        for file in files.iter().filter(|file| file.name.starts_with(FOLDER)) {
            std::fs::remove_file(folder.join("..").join(format!("{}.scenario", file.name)))?;
        }
        for (name, text) in &found {
            std::fs::write(folder.join("..").join(format!("{name}.scenario")), text)?;
        }
        return Ok(());
    }
    let kept = |name: &str| files.iter().find(|file| file.name == name).map(|file| file.text.as_str());
    let mut wrong: Vec<_> = found.iter().filter(|(name, text)| kept(name) != Some(text)).map(|(name, _)| name.as_str()).collect();
    let known = |file: &&File| file.name.starts_with(FOLDER) && !found.iter().any(|(name, _)| *name == file.name);
    wrong.extend(files.iter().filter(known).map(|file| file.name.as_str()));
    if wrong.is_empty() { Ok(()) } else { Err(format!("`make walked` writes them otherwise: {}", wrong.join(", ")).into()) }
}

/// Headings of the second order with the block below each.
fn runs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n## ").skip(1).filter_map(|section| {
        let (name, rest) = section.split_once('\n')?;
        Some((name, rest.split("```").nth(1)?.split_once('\n')?.1))
    })
}

/// The name and the text of a run's file.
fn scenario(name: &str, deeds: &str) -> Result<(String, String), Failed> {
    let name = format!("{FOLDER}{name}");
    let read = Scenario::read(&format!("conformance/scenarios/{name}.scenario"), deeds).map_err(|error| format!("\n{error}\n"))?;
    let seen = witnessed(&read).map_err(|error| format!("{error}\n{deeds}"))?;
    match seen.left_out.first() {
        None => Ok((name, excused(everywhere(seen.scenario), &read).to_string())),
        Some((line, why)) => Err(format!("{name}:{line}: {why}\n{deeds}").into()),
    }
}

/// With where it cannot be played: the deeds say how long they wait, what is seen of them may not.
fn excused(mut scenario: Scenario, deeds: &Scenario) -> Scenario {
    let waits = deeds.steps.iter().filter_map(|step| if let What::After(time, _) = step.what { Some(time) } else { None });
    let waits: Duration = waits.sum();
    let long = REAL.into_iter().filter(|_| waits > WAIT).map(|world| (world, format!("{waits:?} of real time")));
    let by_name = EXCUSES.iter().filter(|(_, name, _)| *name == scenario.name()).map(|(world, _, why)| (*world, (*why).to_owned()));
    for (world, why) in long.chain(by_name).collect::<Vec<_>>() {
        if scenario.excuse(world).is_none() {
            scenario.not_on.push((Name::new(world), why));
        }
    }
    scenario
}

/// Without what is so on the simulator alone: real links keep addresses and routes when only their cable is cut. What is mended is waited
/// for where nobody says anything of it.
fn everywhere(scenario: Scenario) -> Scenario {
    let mut steps: Vec<Step> = Vec::new();
    for step in scenario.steps {
        let simulated =
            matches!(&step.what, What::Route(None)) || matches!(&step.what, What::Is(_, looks) if matches!(looks[..], [Look::Up(false)]));
        if simulated {
            continue;
        }
        let unheard = match steps.last() {
            Some(Step { what: What::Happens(name, Event::Mended), line }) if !matches!(step.what, What::Says(..)) => {
                let what = What::Is(name.clone(), vec![Look::Stands(ConfigurationState::Discovered)]);
                Some(Step { line: *line, what })
            }
            _ => None,
        };
        steps.extend(unheard);
        steps.push(step);
    }
    Scenario { steps, ..scenario }
}
