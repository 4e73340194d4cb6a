//! What does stateright say of a world? Its breadth-first search over the same steps, beside ours.

use crate::checker::{Checked, Coded};
use crate::properties;
use crate::report::Stateright;
use crate::world::World;
use stateright::report::{ReportData, ReportDiscovery, Reporter};
use stateright::{Checker, HasDiscoveries, Model};
use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;
use std::num::NonZero;
use std::time::Duration;

/// How far it has come: states and depth.
pub type Progress<'a> = &'a mut (dyn FnMut(usize, usize) + Send);

/// How stateright is given the states of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Whole: nothing of our search is shared.
    #[default]
    Whole,
    /// As codes, which our search has too; the steps are taken by the hub.
    Codes,
}

/// More states than this are given as codes where the form is not said: whole ones take minutes and gigabytes.
pub const MANY: usize = 500_000;

/// Has stateright explore the world. It ends when it has seen everything, when something is violated, or when it has come to
/// states `states` times: stateright itself calls that done, here it is told apart. States that do not fit codes are given whole.
pub fn search(world: &World, form: Form, states: Option<usize>, threads: NonZero<usize>, progress: Progress<'_>) -> Stateright {
    match (form, Coded::new(world)) {
        (Form::Codes, Ok(model)) => explore(model, form, states, threads, progress),
        (Form::Codes, Err(_)) | (Form::Whole, _) => explore(Checked::new(world.clone()), Form::Whole, states, threads, progress),
    }
}

fn explore<M>(model: M, form: Form, states: Option<usize>, threads: NonZero<usize>, progress: Progress<'_>) -> Stateright
where
    M: Model + Send + Sync + 'static,
    M::State: Hash + fmt::Debug + Clone + PartialEq + Send + Sync + 'static,
    M::Action: fmt::Debug + Clone + PartialEq + Send + Sync + 'static,
{
    let mut builder = model.checker().threads(threads.get()).finish_when(HasDiscoveries::AnyFailures);
    if let Some(states) = states {
        builder = builder.target_state_count(states);
    }
    let mut last = Last { progress, duration: Duration::ZERO };
    let checker = builder.spawn_bfs().join_and_report(&mut last);
    let mut violated = Vec::new();
    for (name, _) in checker.discoveries() {
        violated.extend(properties::ALL.iter().map(|property| property.name).filter(|known| *known == name));
    }
    violated.sort_by_key(|name| properties::ALL.iter().position(|property| property.name == *name));
    let found = checker.unique_state_count();
    let complete = violated.is_empty() && states.is_none_or(|states| checker.state_count() < states);
    // it counts the first state and every transition
    let transitions = checker.state_count() - 1;
    Stateright { form, states: found, transitions, complete, milliseconds: last.duration.as_millis(), violated }
}

/// Passes stateright's own figures on.
struct Last<'a> {
    progress: Progress<'a>,
    duration: Duration,
}

impl<M: Model> Reporter<M> for Last<'_> {
    fn report_checking(&mut self, data: ReportData) {
        self.duration = data.duration;
        (self.progress)(data.unique_states, data.max_depth);
    }

    fn report_discoveries(&mut self, _: BTreeMap<&'static str, ReportDiscovery<M>>)
    where
        M::Action: fmt::Debug,
        M::State: fmt::Debug + Hash,
    {
        // `discoveries()` of the finished checker is asked instead.
    }

    fn delay(&self) -> Duration {
        Duration::from_millis(100)
    }
}
