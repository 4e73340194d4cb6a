//! How does a run become a scenario? What was asked and what happened are deeds again, played once to hear what everybody says.
//!
//! A run of the model and a recording of a program are told the same way ([`Run`]). Each request is a session's deed, each report that
//! nothing was asked for is something that happens to an access point, each timer is time that passes, and what was asked of a link ends
//! as it did in the run. Nothing is left out silently: what the language has no word for, what cannot happen in real time, and whether
//! the sessions say something else than in the run, is told with its step.
//!
//! Not told, because nothing that a session says follows from it: counted bytes, and reports that say what was said before. Deadlines
//! that a file has no line for are the contract's.

mod ahead;
mod declared;
mod names;
mod reports;
mod teller;
mod words;

use super::Scenario;
use super::witness::witnessed_in_its_time;
use super::words::What;
use crate::rig::Trouble;
use netsession_model::run::Run;
use std::collections::BTreeMap;
use std::fmt;

/// A run as a scenario.
#[derive(Debug, Clone)]
pub struct Retold {
    /// The deeds, and what everybody says then.
    pub scenario: Scenario,
    /// What of the run is not in it.
    pub missing: Vec<Missing>,
}

/// Something of a run that is not in its scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The step of the run, from 1; 0: none in particular.
    pub step: usize,
    /// What, and why.
    pub what: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            0 => f.write_str(&self.what),
            step => write!(f, "step {step}: {}", self.what),
        }
    }
}

/// Tells a run as a scenario. `file` is what it is called in errors.
///
/// # Errors
/// If the scenario cannot be played on the simulator at all.
///
/// # Panics
/// Within a tokio runtime.
pub fn retold(file: &str, run: &Run) -> Result<Retold, Trouble> {
    let (deeds, said, mut missing) = teller::told(file, run);
    let seen = witnessed_in_its_time(&deeds)?;
    missing.extend(seen.left_out.into_iter().map(|(step, what)| Missing { step, what }));
    missing.extend(run.truncated.iter().map(|why| Missing { step: 0, what: format!("the run does not go to its end: {why}") }));
    missing.extend(otherwise(&said, &seen.scenario));
    missing.sort_by_key(|missing| if missing.step == 0 { usize::MAX } else { missing.step });
    Ok(Retold { scenario: seen.scenario, missing })
}

/// What each session of a run said, with the step at which it said it.
type Said = BTreeMap<String, Vec<(usize, String)>>;

/// The first thing of each session that it does not say as in the run.
fn otherwise(run: &Said, scenario: &Scenario) -> Vec<Missing> {
    let mut now: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for step in &scenario.steps {
        if let What::Says(who, all) = &step.what {
            now.entry(&who.text).or_default().extend(all.iter().filter_map(words::of_scenario));
        }
    }
    let none = Vec::new();
    let mut missing = Vec::new();
    for (who, said) in run {
        let now = now.get(who.as_str()).unwrap_or(&none);
        let place = said.iter().zip(now).take_while(|((_, said), now)| said == *now).count();
        let (said, now) = (said.get(place), now.get(place));
        if said.is_some() || now.is_some() {
            let step = said.map_or(0, |(step, _)| *step);
            let (said, now) = (said.map_or("nothing more", |(_, said)| said), now.map_or("nothing more", String::as_str));
            missing.push(Missing { step, what: format!("{who} says {said} in the run, and {now} in the scenario") });
        }
    }
    missing
}
