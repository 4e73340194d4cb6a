//! Does a run that is told as a scenario say the same? Runs of the scenarios themselves, and random ones of the model's worlds. And is
//! what fails made shorter?

use super::File;
use super::walked::FOLDER;
use libtest_mimic::{Failed, Trial};
use netsession_conformance::scenario::{Missing, Scenario, Simulated, recorded, retold, shorter, simulate};
use netsession_model::action::Action;
use netsession_model::counterexample::Counterexample;
use netsession_model::observe::Facts;
use netsession_model::run::Run;
use netsession_model::state::State;
use netsession_model::story::Story;
use netsession_model::trace::Trace;
use netsession_model::world::World;
use netsession_model::{next, possible};

pub(super) fn tests(files: &'static [File]) -> Vec<Trial> {
    let files = files.iter().map(|file| Trial::test(format!("retold::{}", file.name), move || of_file(file)));
    files.chain([Trial::test("retold::runs_of_the_model", of_the_model), Trial::test("shorter::what_fails", fails)]).collect()
}

/// A scenario is played, what its hub did is told as a scenario, and everybody says the same in that.
fn of_file(file: &File) -> Result<(), Failed> {
    let scenario = file.scenario()?;
    if scenario.cannot::<Simulated>().is_some() {
        return Ok(());
    }
    let steps = recorded(&scenario).map_err(|error| error.to_string())?;
    let missing = told(&file.path, &Run::of(&scenario.intent, scenario.settings, &steps))?;
    // a lower that did not end when the daemon went has failed: the walk has some, and there is no word for that
    let lowers = |line: &str| line.contains(": lowering ") && line.ends_with(" fails: there is no word for that");
    let told = missing.lines().take_while(|line| line.starts_with("step ")).all(lowers);
    if missing.is_empty() || (told && file.name.starts_with(FOLDER)) { Ok(()) } else { Err(missing.into()) }
}

/// What is missing of a run; what is told of it can be played.
fn told(file: &str, run: &Run) -> Result<String, Failed> {
    let told = retold(file, run).map_err(|error| format!("{file}: {error}"))?;
    let text = told.scenario.to_string();
    let again = Scenario::read(file, &text).map_err(|error| format!("{error}\n{text}"))?;
    simulate(&again).map_err(|error| format!("{error}\n{text}"))?;
    let missing: Vec<_> = told.missing.iter().map(Missing::to_string).collect();
    Ok(if missing.is_empty() { String::new() } else { format!("{}\n{text}", missing.join("\n")) })
}

fn of_the_model() -> Result<(), Failed> {
    let (mut whole, mut all) = (0, 0);
    for world in World::quick() {
        for seed in 0..4 {
            let found = Counterexample { properties: Vec::new(), story: Story::of(&world, &path(&world, seed, 24), "A random run.") };
            let name = format!("{}-{seed}", world.name);
            let missing = told(&name, &Run::of_trace(&Trace::of(&world, &found), &world))?;
            all += 1;
            if missing.is_empty() { whole += 1 } else { println!("--- {name}\n{missing}") }
        }
    }
    let told = format!("{whole} of {all} runs are told whole");
    println!("{told}");
    // the others have crashes, requests made twice, or timers in an order that real time does not have; each is told with its step
    if whole * 3 >= all { Ok(()) } else { Err(told.into()) }
}

/// So many steps of a world, chosen by a number.
fn path(world: &World, seed: usize, steps: usize) -> Vec<Action> {
    let (mut state, mut path, mut number) = (State::initial(world), Vec::new(), seed);
    let mut possible = Vec::new();
    for _ in 0..steps {
        possible.clear();
        possible::actions(world, &state, &mut possible);
        let count = possible.len();
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let tried = (0..count).map(|place| possible[((number >> 33) + place) % count]);
        let taken = tried.into_iter().find_map(|action| {
            let (reached, _) = next::apply(world, &state, action, &mut Facts::default())?;
            Some((action, reached))
        });
        let Some((action, reached)) = taken else { break };
        path.push(action);
        state = reached;
    }
    path
}

/// A scenario in which something is expected that is not said: what has nothing to do with it goes.
fn fails() -> Result<(), Failed> {
    let text = "# Fails.\naccess point wlan\naccess point phone: away\naccess point cable\n\nsession anna on wlan\nsession bert on cable\n\
                phone is mended\nbert opens\n  bert says Connecting, Connected, opened\nanna opens\n  anna says Connecting, Connected, opened\n\
                phone is cut\nafter 5 s\nwlan is cut\n  anna says Roaming\nbert closes\n";
    let scenario = Scenario::read("fails", text)?;
    let first = |scenario: &Scenario| simulate(scenario).err().and_then(|error| error.to_string().lines().next().map(str::to_owned));
    let short = shorter(&scenario).ok_or("it does not fail")?;
    let steps = short.to_string().lines().skip_while(|line| !line.starts_with("session")).map(str::trim).collect::<Vec<_>>().join(";");
    let wanted = "session anna on wlan;wlan is cut;anna says Roaming";
    if (first(&short), steps.as_str()) != (first(&scenario), wanted) {
        return Err(format!("{:?}\n{short}", first(&short)).into());
    }
    let right = Scenario::read(
        "right",
        "# Right.\naccess point wlan\nsession anna on wlan\nanna opens\n  anna says Connecting, Connected, opened\n",
    )?;
    if shorter(&right).is_none() { Ok(()) } else { Err("it does not fail".into()) }
}
