//! Which deeds of a scenario does its failure need?

use super::{Scenario, Step, simulate};
use netsession_model::fewest::fewest;

/// The shortest scenario found that fails at the same line for the same reason, on the simulator; `None` if it does not fail there. A
/// deed goes with what is expected after it.
///
/// # Panics
/// Within a tokio runtime.
#[must_use]
pub fn shorter(scenario: &Scenario) -> Option<Scenario> {
    let mut parts: Vec<Vec<Step>> = Vec::new();
    for step in &scenario.steps {
        match parts.last_mut() {
            Some(part) if step.what.is_expected() => part.push(step.clone()),
            _ => parts.push(vec![step.clone()]),
        }
    }
    let some = |kept: &[usize]| {
        let steps = kept.iter().filter_map(|part| parts.get(*part)).flatten().cloned().collect();
        Scenario { steps, ..scenario.clone() }
    };
    let wanted = failure(scenario)?;
    let kept = fewest((0..parts.len()).collect(), |kept| (failure(&some(kept)).as_ref() == Some(&wanted)).then(|| kept.to_vec()));
    Some(some(&kept))
}

/// What is not so, and where; without all that was said before.
fn failure(scenario: &Scenario) -> Option<String> {
    simulate(scenario).err().map(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
}
