//! What was reached on each executor, and why was the rest not?

use super::excused::EXCUSED;
use super::{Item, Noted, possible};
use crate::played::{Outcome, Play};
use netsession_fsm::hub::{Hub, Input, Settings};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What was reached on an executor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// The executor.
    pub executor: String,
    /// Scenarios that were played.
    pub played: usize,
    /// Scenarios that cannot be played there.
    pub excused: usize,
    /// Handled cells of the machines: events in leaves, and where they lead.
    pub transitions: Count,
    /// Rows of SPEC §5 and §6.3.
    pub rows: Count,
    /// States, signals, errors, causes and refusals.
    pub words: Count,
    /// What was not reached, and why.
    pub missing: Vec<Missing>,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Count {
    /// Reached here.
    pub reached: usize,
    /// Reached in some world of the model.
    pub reachable: usize,
}

/// What was not reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Of which kind it is.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What a hub reaches that is given all this, one after the other.
#[must_use]
pub fn reached(settings: Settings, inputs: &[Input]) -> BTreeSet<Item> {
    let mut hub = Hub::new(settings);
    let mut noted = Noted::default();
    let mut outputs = Vec::new();
    for input in inputs {
        outputs.clear();
        hub.step(input, &mut outputs);
        noted.exchange(input, &outputs, &hub);
    }
    noted.items().collect()
}

/// Each executor that anything was played on.
#[must_use]
pub fn executors(plays: &[Play]) -> Vec<Reached> {
    let unreachable = |(kind, name): &Item| EXCUSED.iter().any(|one| one.kind == *kind && one.names.contains(&name.as_str()));
    let reachable: Vec<Item> = possible().into_iter().filter(|item| !unreachable(item)).collect();
    let items: Vec<BTreeSet<Item>> = plays
        .iter()
        .map(|play| match &play.outcome {
            Outcome::Played { settings, inputs } => reached(*settings, inputs),
            Outcome::Excused(_) => BTreeSet::new(),
        })
        .collect();
    let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, play) in plays.iter().enumerate() {
        names.entry(&play.executor).or_default().push(place);
    }
    let of = |(executor, here): (&str, Vec<usize>)| {
        let mut all = Reached {
            executor: executor.to_owned(),
            played: here.iter().filter(|place| matches!(plays[**place].outcome, Outcome::Played { .. })).count(),
            excused: here.iter().filter(|place| matches!(plays[**place].outcome, Outcome::Excused(_))).count(),
            transitions: Count::default(),
            rows: Count::default(),
            words: Count::default(),
            missing: Vec::new(),
        };
        for item in &reachable {
            let is = here.iter().any(|place| items[*place].contains(item));
            let count = match item.0 {
                "cell" => &mut all.transitions,
                "row" => &mut all.rows,
                _ => &mut all.words,
            };
            count.reachable += 1;
            count.reached += usize::from(is);
            if !is {
                let elsewhere = plays.iter().zip(&items).filter(|(_, items)| items.contains(item)).map(|(play, _)| play.scenario.as_str());
                let why = why(elsewhere.collect(), &here.iter().map(|place| &plays[*place]).collect::<Vec<_>>());
                all.missing.push(Missing { kind: item.0, name: item.1.clone(), why });
            }
        }
        all
    };
    names.into_iter().map(of).collect()
}

/// Why nothing that was played here reached what these scenarios reach elsewhere.
fn why(elsewhere: BTreeSet<&str>, here: &[&Play]) -> String {
    if elsewhere.is_empty() {
        return "no scenario reaches it: runs of the model do, with reports in another order (model/orders)".to_owned();
    }
    let mut reasons: BTreeMap<&str, &str> = BTreeMap::new();
    for scenario in elsewhere {
        let reason = match here.iter().find(|play| play.scenario == scenario).map(|play| &play.outcome) {
            Some(Outcome::Excused(why)) => why,
            Some(Outcome::Played { .. }) => "it is played, and reports come otherwise",
            None => "it is not played here",
        };
        reasons.entry(reason).or_insert(scenario);
    }
    reasons.into_iter().map(|(reason, scenario)| format!("{scenario}: {reason}")).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.reached, self.reachable)
    }
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { executor, played, excused, transitions, rows, words, missing } = self;
        writeln!(f, "{executor}: transitions {transitions}, rows {rows}, words {words}; {played} scenarios played, {excused} excused")?;
        missing.iter().try_for_each(|Missing { kind, name, why }| writeln!(f, "  not reached: {kind} {name}: {why}"))
    }
}
