//! Was this step taken before, from a state that differs in nothing the step looks at? Then it need not be taken again.
//!
//! What the hub does with an input, and how that is judged, cannot depend on what it was not told: how a link and the default route
//! really stand, what is under way to it, what may still go wrong. And what happens to a link by itself touches nothing but the link and
//! what is common to all. So states that are alike but for that take a step alike. Each thread remembers its last steps by what they
//! looked at. `recheck` in [`super::Options`] has every remembered step taken all the same, and compared: a test does so over whole
//! worlds.

use super::codes::{Layout, Numbers, Part};
use super::records::{Fold, LinkRecord, RestRecord};
use super::words::Words;
use crate::action::Action;
use crate::next::Commanded;
use crate::state::Task;
use netsession_fsm::words::{ConfigurationState, OperationId};
use std::hash::{Hash, Hasher};

/// What a step looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Everything: it is not remembered.
    Everything,
    /// All that the hub knows and clients were told; of the link given, if one is, everything.
    Hub(Option<usize>),
    /// The same, and everything that belongs to no link and no session.
    Route,
    /// One link, and what belongs to no link and no session.
    Link(usize),
}

impl Scope {
    pub(super) const fn of(action: &Action) -> Self {
        match action {
            Action::Ask(..) | Action::Misuse(_) | Action::Die(_) | Action::Returns(_) | Action::Fires(_) => Self::Hub(None),
            Action::Routed(_) => Self::Route,
            Action::Arrives(id, _) => Self::Hub(Some(id.0 as usize)),
            Action::Becomes(id, _) | Action::Finishes(id, _) | Action::IsLost(id, _) => Self::Link(id.0 as usize),
            Action::Resync
            | Action::Gone
            | Action::Crash
            | Action::Removes(_)
            | Action::Defines(_)
            | Action::Refresh
            | Action::Scanned(_) => Self::Everything,
        }
    }

    /// How much of a part the step looks at.
    fn looks_at(self, part: Part) -> Look {
        match (self, part) {
            (Self::Everything, _) | (Self::Hub(_) | Self::Route, Part::Session(_)) | (Self::Route | Self::Link(_), Part::Rest) => Look::All,
            (Self::Hub(exact), Part::Link(link)) if exact == Some(link) => Look::All,
            (Self::Link(own), Part::Link(link)) if own == link => Look::All,
            (Self::Link(_), Part::Link(_) | Part::Session(_)) => Look::Nothing,
            (Self::Hub(_), Part::Rest) | (Self::Hub(_) | Self::Route, Part::Link(_)) => Look::Known,
        }
    }

    /// The numbers of a state as far as the step looks at them: states with equal ones take it alike.
    pub(super) fn key(self, layout: &Layout, words: &Words, numbers: &Numbers) -> Numbers {
        let mut key = *numbers;
        for (place, number) in key[..layout.parts()].iter_mut().enumerate() {
            let part = layout.part(place);
            match self.looks_at(part) {
                Look::All => {}
                Look::Known => *number = words.known_side(part, *number),
                Look::Nothing => *number = 0,
            }
        }
        key
    }

    /// Where a step leads from a state, if it leads to `result` from its key; `None` if that has a record that is new.
    pub(super) fn apply(
        self,
        layout: &Layout,
        words: &Words,
        from: &Numbers,
        key: &Numbers,
        step: &Step,
        joins: &mut Joins,
    ) -> Option<Numbers> {
        if step.result == step.key && step.commanded == Commanded::default() {
            return Some(*from);
        }
        let result = layout.unpack(step.result);
        let mut numbers = *from;
        for place in 0..layout.parts() {
            let part = layout.part(place);
            let commanded = match part {
                Part::Link(link) => step.commanded.task(link),
                Part::Session(_) | Part::Rest => None,
            };
            if result[place] != key[place] || commanded.is_some() {
                numbers[place] = match self.looks_at(part) {
                    Look::All | Look::Nothing => result[place],
                    Look::Known => joins.join(words, part, from[place], result[place], commanded)?,
                };
            }
        }
        Some(numbers)
    }
}

/// How much of a part a step looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    All,
    /// What the hub knows, or was told to others.
    Known,
    Nothing,
}

impl LinkRecord {
    /// The link without what the hub does not know of it. That a raise is under way stays: it may not be told twice.
    pub(super) fn known_side(&self) -> Self {
        let mut known = self.clone();
        known.real.state = ConfigurationState::Absent;
        known.real.generation = 0;
        known.real.done = OperationId(1);
        known.real.reports.clear();
        known.real.task = known.real.task.filter(|task| matches!(task, Task::Raise(_)));
        known
    }

    /// What the hub does not know of this link, with everything else of the other one. What is done and what reports say is done was
    /// before the command, if one was given.
    pub(super) fn both_sides(&self, known: &Self, commanded: Option<Task>) -> Self {
        let mut both = known.clone();
        both.real = self.real.clone();
        (both.real.told_active, both.real.raised) = (known.real.told_active, known.real.raised);
        if commanded.is_some() {
            both.real.task = commanded;
            both.real.done = OperationId(0);
            both.real.reports.iter_mut().for_each(|report| report.done = OperationId(0));
        }
        both
    }
}

impl RestRecord {
    /// The rest without what the hub does not know.
    pub(super) fn known_side(&self) -> Self {
        let mut known = self.clone();
        (known.small.route, known.small.owed, known.small.gone, known.small.budget) = (None, false, false, 0);
        known.small.starting = false;
        known
    }

    /// What the hub does not know of this one, with everything else of the other.
    pub(super) fn both_sides(&self, known: &Self) -> Self {
        let mut both = known.clone();
        let own = self.small;
        (both.small.route, both.small.owed, both.small.gone, both.small.budget) = (own.route, own.owed, own.gone, own.budget);
        both.small.starting = own.starting;
        both
    }
}

/// A record of what the hub does not know of one and what it knows of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Join {
    own: u32,
    known: u32,
    /// 1: a rest; more: a link, and what was commanded.
    kind: u32,
    both: u32,
}

/// The joins a thread made last.
#[derive(Debug, Clone)]
pub(super) struct Joins {
    joins: Vec<Join>,
}

const JOIN_BITS: u32 = 12;

impl Joins {
    pub(super) fn new() -> Self {
        Self { joins: vec![Join::default(); 1 << JOIN_BITS] }
    }

    fn join(&mut self, words: &Words, part: Part, own: u32, known: u32, commanded: Option<Task>) -> Option<u32> {
        let kind = match (part, commanded) {
            (Part::Session(_), _) => return Some(known),
            // an empty place is of no kind
            (Part::Rest, _) => 1,
            (Part::Link(_), None) => 2,
            (Part::Link(_), Some(Task::Raise(_))) => 3,
            (Part::Link(_), Some(Task::Lower(_))) => 4,
        };
        let mut fold = Fold::default();
        (own, known, kind).hash(&mut fold);
        let place = &mut self.joins[(fold.finish() >> (64 - JOIN_BITS)) as usize];
        if (place.own, place.known, place.kind) != (own, known, kind) {
            let both = words.both_sides(part, own, known, commanded)?;
            *place = Join { own, known, kind, both };
        }
        Some(place.both)
    }
}

/// A remembered step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) key: u128,
    pub(super) action: Action,
    /// The key of the state it led to.
    pub(super) result: u128,
    /// What was commanded on the way.
    pub(super) commanded: Commanded,
}

/// The steps a thread took last, one for each remainder of the hash.
#[derive(Debug, Clone)]
pub(super) struct Memo {
    steps: Vec<Option<Step>>,
    bits: u32,
}

/// Eight megabytes for the first four million states, then as much as keeps it at four bytes a state, up to 128 megabytes.
const BITS: u32 = 17;
const MOST_BITS: u32 = 21;
const STATES: usize = 1 << 22;

impl Memo {
    pub(super) fn new() -> Self {
        Self { steps: vec![None; 1 << BITS], bits: BITS }
    }

    /// Makes it larger where there are many states.
    pub(super) fn fit(&mut self, states: usize) {
        if self.bits < MOST_BITS && states >> (self.bits - BITS) >= STATES {
            let steps = core::mem::take(&mut self.steps);
            self.bits += 1;
            self.steps = vec![None; 1 << self.bits];
            steps.into_iter().flatten().for_each(|step| self.put(step));
        }
    }

    fn place(&self, key: u128, action: &Action) -> usize {
        let mut fold = Fold::default();
        (key as u64, (key >> 64) as u64, action).hash(&mut fold);
        (fold.finish() >> (64 - self.bits)) as usize
    }

    /// The step, if it is remembered.
    pub(super) fn get(&self, key: u128, action: &Action) -> Option<&Step> {
        self.steps[self.place(key, action)].as_ref().filter(|step| step.key == key && step.action == *action)
    }

    pub(super) fn put(&mut self, step: Step) {
        let place = self.place(step.key, &step.action);
        self.steps[place] = Some(step);
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.steps.len() * size_of::<Option<Step>>()
    }
}
