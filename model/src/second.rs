//! What does stateright say of a world? Its breadth-first search over the same steps, beside ours.

use crate::checker::Checked;
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

/// Has stateright explore the world. It ends when it has seen everything, when something is violated, or when it has come to
/// states `states` times: stateright itself calls that done, here it is told apart.
pub fn search(world: &World, states: Option<usize>, threads: NonZero<usize>, progress: Progress<'_>) -> Stateright {
    let mut builder = Checked::new(world.clone()).checker().threads(threads.get()).finish_when(HasDiscoveries::AnyFailures);
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
    Stateright { states: found, complete, milliseconds: last.duration.as_millis(), violated }
}

/// Passes stateright's own figures on.
struct Last<'a> {
    progress: Progress<'a>,
    duration: Duration,
}

impl Reporter<Checked> for Last<'_> {
    fn report_checking(&mut self, data: ReportData) {
        self.duration = data.duration;
        (self.progress)(data.unique_states, data.max_depth);
    }

    fn report_discoveries(&mut self, _: BTreeMap<&'static str, ReportDiscovery<Checked>>)
    where
        <Checked as Model>::Action: fmt::Debug,
        <Checked as Model>::State: fmt::Debug + Hash,
    {
        // `discoveries()` of the finished checker is asked instead.
    }

    fn delay(&self) -> Duration {
        Duration::from_millis(100)
    }
}
