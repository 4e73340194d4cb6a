//! What is reached in some world, and why is the rest not? Everything that could occur, by name, against every step of a set of worlds.

pub mod excused;
pub mod orders;
pub mod plays;
pub mod rows;
pub mod walked;

use crate::action::Action;
use crate::engine::{Options, Search};
use crate::next::{self, Desk};
use crate::possible;
use crate::walk::walk;
use crate::world::World;
use excused::EXCUSED;
use netsession_fsm::hub::{CatalogueNotice, Hub, Input, Notice, Output, Step};
use netsession_fsm::link::LinkMemory;
use netsession_fsm::roaming::RoamMemory;
use netsession_fsm::session::HoldMemory;
use netsession_fsm::step::{Chart, Verdict};
use netsession_fsm::words::{Cause, ErrorKind, Refusal, SessionState};
use rayon::prelude::*;
use rows::{Exchanged, HANDSHAKE, OPERATIONS, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;

/// The names of an enumeration's variants, and which of them a value is; what is not listed does not compile.
macro_rules! named {
    ($all:ident, $name:ident, $kind:ident: $($variant:ident)*) => {
        const $all: &[&str] = &[$(stringify!($variant)),*];
        fn $name(one: &$kind) -> &'static str {
            match one { $($kind::$variant { .. } => stringify!($variant)),* }
        }
    };
}

named!(NOTICES, notice_name, Notice: StateChanged PoliciesChanged Opened Closed PreferredConfigurationChanged NewConfigurationActivated
    OfferWithdrawn Error);
named!(CATALOGUE, catalogue_name, CatalogueNotice: Added Changed Removed OnlineChanged RefreshCompleted DefaultRouteChanged);
named!(STATES, state_name, SessionState: Invalid NotAvailable Connecting Connected Closing Disconnected Roaming);
named!(KINDS, kind_name, ErrorKind: UnknownSession SessionAborted Roaming OperationNotSupported InvalidConfiguration);
named!(CAUSES, cause_name, Cause: Unknown Timeout Authentication NoLease RadioBusy CarrierLost Vanished TakenDown BackendGone NotAuthorised
    CannotStartStop Removed Stopped Declined NoCandidate Suppressed NotAvailable Requirements Route Cancelled RoamingOff);
named!(REFUSALS, refusal_name, Refusal: UnknownSession UnknownConfiguration WrongPhase StaleOffer NotOpen Unkept Failed);

/// Something that could occur: of which kind, and its name.
pub type Item = (&'static str, String);

/// What was noted of exchanges with hubs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted {
    steps: BTreeSet<Step>,
    words: BTreeSet<(&'static str, &'static str)>,
    /// Rows that were reached: one bit each.
    rows: u64,
}

impl Noted {
    /// Notes an exchange; the hub is as it was left.
    pub(crate) fn exchange(&mut self, input: &Input, outputs: &[Output], hub: &Hub) {
        self.steps.extend(hub.steps());
        for output in outputs {
            self.output(output);
        }
        let exchanged = Exchanged { input, outputs, hub };
        for (place, row) in all_rows().enumerate() {
            // Once is enough.
            if self.rows & (1 << place) == 0 && (row.is)(exchanged) {
                self.rows |= 1 << place;
                self.words.insert(("row", row.name));
            }
        }
    }

    fn output(&mut self, output: &Output) {
        match output {
            Output::Notice { notice, .. } => {
                self.words.insert(("signal", notice_name(notice)));
                if let Notice::StateChanged(state) = notice {
                    self.words.insert(("session state", state_name(state)));
                }
                if let Notice::Error(error) = notice {
                    self.error(error.kind, error.cause);
                }
            }
            Output::Catalogue(notice) => {
                self.words.insert(("catalogue signal", catalogue_name(notice)));
            }
            Output::Answer { result: Err(refusal), .. } | Output::Refused(refusal) => {
                self.words.insert(("refusal", refusal_name(refusal)));
                if let Refusal::Failed(error) = refusal {
                    self.error(error.kind, error.cause);
                }
            }
            Output::Answer { result: Ok(()), .. } | Output::Command(_) | Output::Arm(..) | Output::Disarm(_) | Output::Created { .. } => {}
        }
    }

    fn error(&mut self, kind: ErrorKind, cause: Cause) {
        self.words.extend([("error", kind_name(&kind)), ("cause", cause_name(&cause))]);
    }

    /// How much was noted.
    fn len(&self) -> usize {
        self.steps.len() + self.words.len()
    }

    /// Everything reached, by name.
    fn items(self) -> impl Iterator<Item = Item> {
        let steps = self.steps.into_iter().flat_map(|step| {
            let states = [step.from, step.to].map(|leaf| ("state", format!("{} {leaf}", step.machine)));
            let cell = (step.verdict != Verdict::Ignored).then(|| cell(step.machine, step.from, step.event, step.to));
            states.into_iter().chain(cell)
        });
        steps.chain(self.words.into_iter().map(|(kind, name)| (kind, name.to_owned())))
    }
}

fn all_rows() -> impl Iterator<Item = &'static Row> {
    OPERATIONS.iter().chain(HANDSHAKE)
}

fn cell(machine: &str, from: &str, event: &str, to: &str) -> Item {
    ("cell", format!("{machine} {from}: {event} → {to}"))
}

/// Everything that could occur: states and handled cells by walking the machines, words and rows by their lists.
///
/// # Panics
/// If a machine breaks a law of machines.
#[must_use]
pub fn possible() -> Vec<Item> {
    let mut items = Vec::new();
    machine::<HoldMemory>(&mut items);
    machine::<LinkMemory>(&mut items);
    machine::<RoamMemory>(&mut items);
    let lists = [
        ("session state", STATES),
        ("signal", NOTICES),
        ("catalogue signal", CATALOGUE),
        ("error", KINDS),
        ("cause", CAUSES),
        ("refusal", REFUSALS),
    ];
    items.extend(lists.into_iter().flat_map(|(kind, names)| names.iter().map(move |name| (kind, (*name).to_owned()))));
    items.extend(all_rows().map(|row| ("row", row.name.to_owned())));
    items
}

fn machine<C: Chart>(items: &mut Vec<Item>) {
    items.extend(C::LEAVES.iter().map(|leaf| ("state", format!("{} {}", C::NAME, C::leaf_name(*leaf)))));
    let mut known = BTreeSet::new();
    let walked = walk::<C>().expect("the charts keep the laws of machines");
    for edge in walked.edges.iter().filter(|edge| edge.verdict != Verdict::Ignored) {
        let item = cell(C::NAME, C::leaf_name(edge.from.leaf), C::event_name(edge.event), C::leaf_name(edge.to.leaf));
        if known.insert(item.clone()) {
            items.push(item);
        }
    }
}

/// What is reached in every step of the worlds.
#[derive(Debug)]
pub struct Found {
    /// The first world each thing is reached in.
    reached: BTreeMap<Item, &'static str>,
    /// The worlds, and the shortest ways to some of it.
    ways: Vec<(World, Vec<Vec<Action>>)>,
}

impl Found {
    /// Takes every step of the worlds, and keeps the shortest ways to what is wanted.
    #[must_use]
    pub fn of(worlds: Vec<World>, wanted: &BTreeSet<Item>) -> Self {
        let mut found = Self { reached: BTreeMap::new(), ways: Vec::new() };
        let noted: Vec<_> = worlds.par_iter().map(|world| of_world(world, wanted)).collect();
        for (world, (noted, ways)) in worlds.into_iter().zip(noted) {
            for item in noted.items() {
                found.reached.entry(item).or_insert(world.name);
            }
            found.ways.push((world, ways));
        }
        found
    }
}

/// What is reached in a world, and the shortest ways to those of these things that are.
fn of_world(world: &World, wanted: &BTreeSet<Item>) -> (Noted, Vec<Vec<Action>>) {
    let mut desk = Desk::default();
    let mut actions = Vec::new();
    let mut found = BTreeSet::new();
    let mut paths = Vec::new();
    let search = Search::run(world, &Options { edges: false, threads: NonZero::<usize>::MIN, ..Options::default() }, &mut |_| {});
    for number in 0..search.states() as u32 {
        let state = search.state(number);
        actions.clear();
        possible::actions(world, &state, &mut actions);
        for action in &actions {
            let known = desk.noted.len();
            // Where it leads is the search's business.
            let _ = next::reached(world, &state, *action, &mut desk);
            if wanted.is_empty() || desk.noted.len() == known {
                continue;
            }
            let new: Vec<Item> = desk.noted.clone().items().filter(|item| wanted.contains(item) && !found.contains(item)).collect();
            if !new.is_empty() {
                found.extend(new);
                paths.push(search.path(number).into_iter().chain([*action]).collect());
            }
        }
    }
    (desk.noted, paths)
}

/// What a run is called: the first row of the contract it is there for, or else the first thing.
fn slug(items: &[Item]) -> String {
    let first = items.iter().find(|(kind, _)| *kind == "row").or_else(|| items.first());
    let Some((kind, name)) = first else { return "nothing".to_owned() };
    let name = name.trim_start_matches(|letter: char| !letter.is_alphabetic());
    let called = if matches!(*kind, "row" | "cell") { name.to_owned() } else { format!("{kind} {name}") };
    let words = called.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// A table of everything, and what is wrong: what is neither reached nor excused, what is both, what is excused and cannot occur anyway.
#[must_use]
pub fn table(found: &Found) -> (String, Vec<String>) {
    let reached = &found.reached;
    let excuse = |item: &Item| EXCUSED.iter().find(|one| one.kind == item.0 && one.names.contains(&item.1.as_str()));
    let (mut table, mut wrong) = (String::new(), Vec::new());
    let possible = possible();
    for item in &possible {
        let (kind, name) = item;
        let told = match (reached.get(item), excuse(item)) {
            (Some(world), None) => format!("world {world}"),
            (None, Some(excuse)) => format!("never: {}", excuse.reason),
            (None, None) => {
                wrong.push(format!("{kind} {name}: not reached, and no reason is given"));
                continue;
            }
            (Some(world), Some(_)) => {
                wrong.push(format!("{kind} {name}: excused, yet reached in world {world}"));
                continue;
            }
        };
        table += &format!("| {kind} | {name} | {told} |\n");
    }
    let known: BTreeSet<&Item> = possible.iter().collect();
    wrong.extend(reached.keys().filter(|item| !known.contains(item)).map(|(kind, name)| format!("{kind} {name}: reached, yet not listed")));
    for one in EXCUSED {
        let idle = one.names.iter().filter(|name| !known.contains(&(one.kind, (**name).to_owned())));
        wrong.extend(idle.map(|name| format!("{} {name}: excused, yet not listed", one.kind)));
    }
    (table, wrong)
}
