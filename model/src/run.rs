//! What happened in a run, whoever recorded it: a world of the model, a program in the field, or a test.
//!
//! A [`Run`] is every input of a hub and what it answered, from the definitions on; with each report it says which operations are done
//! by it, for the numbers of operations mean something else in each source.

use crate::judge::{Fault, steps};
use crate::trace::Trace;
use crate::world::World;
use netsession_fsm::hub::{Command, Input, LinkReport, Output, Report, Settings};
use netsession_fsm::words::{AccessPointId, ConfigurationId, OperationId};
use std::collections::BTreeMap;
use std::io::BufRead;

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What it shows.
    pub title: String,
    /// The hub's.
    pub settings: Settings,
    /// Everything that happened, in order.
    pub happened: Vec<Happened>,
    /// Why it does not go to its end.
    pub truncated: Option<String>,
}

/// One input of a hub, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The step of the source it belongs to, from 1; 0: it comes before the first one.
    pub step: usize,
    /// The input.
    pub input: Input,
    /// What it is called, of a definition.
    pub name: Option<String>,
    /// One batch.
    pub outputs: Vec<Output>,
    /// Links of which this says that whatever was asked of them is done.
    pub done: Vec<AccessPointId>,
    /// It is a report on a link that is not newer than one before it, or on switching the default route before it was switched anew.
    pub late: bool,
}

impl Run {
    /// A run in memory.
    #[must_use]
    pub fn of(title: &str, settings: Settings, steps: &[(Input, Vec<Output>)]) -> Self {
        Self::numbered(title, settings, steps.iter().map(|(input, outputs)| (input.clone(), None, outputs.clone())))
    }

    /// A run of a world: what there is and who is there at the beginning, and then every exchange.
    #[must_use]
    pub fn of_trace(trace: &Trace, world: &World) -> Self {
        let mut happened = Vec::new();
        let mut add = |step: usize, input: Input, name: Option<String>, outputs: Vec<Output>| {
            // operations and generations are renamed after every step: operation 1 is the newest, late reports are none of the run
            let done = links(&input).iter().filter(|link| link.done > OperationId(0)).map(|link| link.access_point).collect();
            happened.push(Happened { step, input, name, outputs, done, late: false });
        };
        for id in world.configurations() {
            let name = match id {
                ConfigurationId::AccessPoint(id) => world.names.get(id.0 as usize).map(|name| (*name).to_owned()),
                ConfigurationId::ServiceNetwork(_) | ConfigurationId::UserChoice(_) => None,
            };
            if let Some(definition) = world.definition(id) {
                add(0, Input::Define(definition), name, Vec::new());
            }
        }
        for (place, session) in world.hub().1.into_iter().enumerate() {
            let input = world.create(place);
            let Input::Create { request, .. } = input else { continue };
            add(0, input, None, vec![Output::Created { request, session }]);
        }
        for (place, step) in trace.steps.iter().enumerate() {
            for exchanged in &step.exchanges {
                add(place + 1, exchanged.input.clone(), None, exchanged.outputs.clone());
            }
        }
        Self { title: trace.title.clone(), settings: world.settings, happened, truncated: None }
    }

    /// A recording, as far as it goes.
    ///
    /// # Errors
    /// If it is none.
    pub fn of_recording(text: impl BufRead) -> Result<Self, Fault> {
        let (header, steps, fault) = steps(text)?;
        let title = format!("Recorded of {}, process {}.", header.program, header.process);
        let steps = steps.into_iter().map(|step| (step.input, step.name, step.outputs));
        Ok(Self { truncated: fault.map(|fault| fault.to_string()), ..Self::numbered(&title, header.settings, steps) })
    }

    fn numbered(title: &str, settings: Settings, steps: impl Iterator<Item = (Input, Option<String>, Vec<Output>)>) -> Self {
        let mut newest: BTreeMap<AccessPointId, OperationId> = BTreeMap::new();
        let mut generations: BTreeMap<AccessPointId, u64> = BTreeMap::new();
        let mut preferred = OperationId::default();
        let mut happened = Vec::new();
        for (step, (input, name, outputs)) in (1..).zip(steps) {
            let mut late = matches!(input, Input::Report(Report::Route { op, .. }) if op != preferred);
            for link in links(&input) {
                let last = generations.entry(link.access_point).or_default();
                late |= link.generation <= *last && matches!(input, Input::Report(Report::Link(_)));
                *last = link.generation.max(*last);
            }
            let is_done = |link: &&LinkReport| newest.get(&link.access_point).is_none_or(|newest| link.done >= *newest);
            let done = links(&input).iter().filter(is_done).map(|link| link.access_point).collect();
            for output in &outputs {
                let Output::Command(command) = output else { continue };
                match command {
                    Command::Raise { op, access_point } | Command::Lower { op, access_point } => {
                        newest.insert(*access_point, *op);
                    }
                    Command::Prefer { op, .. } => preferred = *op,
                    Command::Refresh { .. } => {}
                }
            }
            happened.push(Happened { step, input, name, outputs, done, late });
        }
        Self { title: title.to_owned(), settings, happened, truncated: None }
    }
}

/// What an input reports of links.
#[must_use]
pub fn links(input: &Input) -> &[LinkReport] {
    match input {
        Input::Report(Report::Link(link)) => std::slice::from_ref(link),
        Input::Report(Report::Resync { links, .. }) => links,
        Input::Report(Report::Route { .. } | Report::Refreshed { .. } | Report::Counters { .. } | Report::Gone { .. })
        | Input::Define(_)
        | Input::Remove(_)
        | Input::Default(_)
        | Input::SaveTraffic(_)
        | Input::Create { .. }
        | Input::Drop(_)
        | Input::Request { .. }
        | Input::Refresh { .. }
        | Input::Fired(_)
        | Input::Restore(_) => &[],
    }
}
