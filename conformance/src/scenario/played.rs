//! How does a program play a scenario on any world by its name? On the simulator in its own process, on real links in a lab beside it.

use super::real::{Real, lacking};
use super::words::{What, Word};
use super::{Scenario, Simulated, World, play, simulate};
use crate::lab::{Case, Lab, Outcome, Outside, Run, cannot};
use crate::report::Verdict;
use crate::rig::{ConnmanRig, NetlinkRig, NetworkManagerRig, Rig};
use netsession_backends::config::ConfigError;
use netsession_fsm::words::AccessPoint;
use std::time::Duration;

/// What a lab is given: the name of the file, a line end, and the file. An environment holds so much.
const TEXT: &str = "NETSESSION_SCENARIO";
const MOST: usize = 120_000;
/// A person waits no longer than this for time that has to pass.
const PATIENT: Duration = Duration::from_secs(600);

/// How a scenario ended: as it says, otherwise at some line, or not played, with what this world lacks or why there is none here.
pub type Ending = Verdict<String>;

/// The same on cables, as labs have them: without bearers and tariffs, and without what is said of usage policies, which follow from those.
#[must_use]
pub fn on_cables(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    for place in &mut scenario.access_points {
        let usual = AccessPoint::default();
        (place.attributes.bearer, place.attributes.metered) = (usual.bearer, usual.metered);
    }
    for step in &mut scenario.steps {
        if let What::Says(_, words) = &mut step.what {
            words.retain(|word| !matches!(word, Word::Policies(_)));
        }
    }
    scenario.steps.retain(|step| !matches!(&step.what, What::Says(_, words) if words.is_empty()));
    scenario
}

/// What [`crate::lab::run_one`] must know in a program that calls [`played`].
#[must_use]
pub fn cases() -> Vec<Case> {
    real().into_iter().map(|real| real.case).collect()
}

/// Plays the scenario in this text on the world of this name. `file` is what it is called in errors.
///
/// # Errors
/// If the text is no scenario.
///
/// # Panics
/// Within a tokio runtime.
pub fn played(world: &str, file: &str, text: &str) -> Result<Ending, ConfigError> {
    let scenario = Scenario::read(file, text)?;
    if let Some(why) = scenario.excuse(world) {
        return Ok(Ending::Excused(why.to_owned()));
    }
    let Some(real) = real().into_iter().find(|real| real.name == world) else {
        let lacks = Simulated::lacks(&scenario);
        return Ok(match simulate(&scenario) {
            _ if world != Simulated::name() => Ending::Impossible(format!("nothing is called {world:?}")),
            Err(_) if !lacks.is_empty() => Ending::Excused(lacks.join("; ")),
            Err(error) => Ending::Failed(error.to_string()),
            Ok(_) => Ending::Passed,
        });
    };
    let lacks = (real.lacks)(&scenario);
    Ok(if lacks.is_empty() { in_a_lab(&real.case, file, text) } else { Ending::Excused(lacks.join("; ")) })
}

fn in_a_lab(case: &Case, file: &str, text: &str) -> Ending {
    if let Some(why) = cannot(&[*case])(case) {
        return Ending::Impossible(why);
    }
    if text.len() > MOST {
        return Ending::Excused(format!("files of more than {MOST} bytes"));
    }
    let output = Outside.lab(case.name).and_then(|mut command| command.env(TEXT, format!("{file}\n{text}")).output());
    match output {
        Ok(output) if output.status.success() => Ending::Passed,
        Ok(output) => {
            let said = [output.stderr, output.stdout].map(|said| String::from_utf8_lossy(&said).trim().to_owned());
            let said: Vec<_> = said.into_iter().filter(|said| !said.is_empty()).collect();
            Ending::Failed(said.join("\n"))
        }
        Err(error) => Ending::Impossible(format!("the lab cannot be started: {error}")),
    }
}

/// A world of real links.
struct Played {
    name: String,
    case: Case,
    lacks: fn(&Scenario) -> Vec<String>,
}

fn real() -> Vec<Played> {
    vec![of::<NetlinkRig>(), of::<NetworkManagerRig>(), of::<ConnmanRig>()]
}

fn of<R: Rig<Ground = Lab>>() -> Played {
    let case = Case {
        name: format!("scenario::{}", R::name()).leak(),
        run: Run::Hidden(|lab| Box::pin(within::<R>(lab))),
        needs: R::needs().leak(),
    };
    Played { name: R::name(), case, lacks: |scenario| lacking::<R>(scenario, PATIENT) }
}

/// In the lab: what was handed over.
async fn within<R: Rig<Ground = Lab>>(lab: Lab) -> Outcome {
    let given = std::env::var(TEXT)?;
    let (file, text) = given.split_once('\n').ok_or("no scenario was given")?;
    let scenario = Scenario::read(file, text)?;
    play(&scenario, Real::<R>::new(lab, &scenario).await?).await?;
    Ok(())
}
