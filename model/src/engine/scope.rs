//! What does a step look at?
//!
//! What the hub does with an input, and how that is judged, cannot depend on what it was not told: how a link and the default route
//! really stand, what is under way to it, what may still go wrong. And what happens to a link by itself touches nothing but the link and
//! what is common to all. So states that are alike but for that take a step alike.

use super::codes::Part;
use super::records::{Fold, LinkRecord, RestRecord};
use super::words::Words;
use crate::action::Action;
use crate::state::Task;
use netsession_fsm::words::{ConfigurationState, OperationId};
use std::hash::{Hash, Hasher};

/// What a step looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Everything: it is not remembered.
    Everything,
    /// All that the hub knows and clients were told.
    Hub,
    /// The same, and the reports of this link up to this one.
    Arrival(usize, u8),
    /// What [`Scope::Hub`] says, and everything that belongs to no link and no session.
    Route,
    /// One link, and what belongs to no link and no session.
    Link(usize),
}

/// How much of a part a step looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    All,
    /// What the hub knows, or was told to others.
    Known,
    Nothing,
}

impl Scope {
    pub(super) const fn of(action: &Action) -> Self {
        match action {
            Action::Ask(..) | Action::Misuse(_) | Action::Die(_) | Action::Returns(_) | Action::Fires(_) => Self::Hub,
            Action::Routed(_) => Self::Route,
            Action::Arrives(id, place) => Self::Arrival(id.0 as usize, *place),
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
    pub(super) const fn looks_at(self, part: Part) -> Look {
        match (self, part) {
            (Self::Everything, _)
            | (Self::Hub | Self::Arrival(..) | Self::Route, Part::Session(_))
            | (Self::Route | Self::Link(_), Part::Rest) => Look::All,
            (Self::Link(own), Part::Link(link)) if own == link => Look::All,
            (Self::Link(_), Part::Link(_) | Part::Session(_)) => Look::Nothing,
            (Self::Hub | Self::Arrival(..), Part::Rest | Part::Link(_)) | (Self::Route, Part::Link(_)) => Look::Known,
        }
    }

    /// Which of the link's reports arrives, if one does.
    pub(super) const fn arrives(self, part: Part) -> Option<u8> {
        match (self, part) {
            (Self::Arrival(own, place), Part::Link(link)) if own == link => Some(place),
            _ => None,
        }
    }
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

    /// What the hub does not know of this link after what happened to it, with everything else of the other one. What is done and what
    /// reports say is done was before the command, if one was given.
    fn both_sides(&self, known: &Self, event: Event) -> Self {
        let mut both = known.clone();
        both.real = self.real.clone();
        (both.real.told_active, both.real.raised, both.real.gives_back) =
            (known.real.told_active, known.real.raised, known.real.gives_back);
        if let Some(place) = event.arrived {
            // it and every older one are not newer than what the hub knows now
            both.real.reports.drain(..=usize::from(place));
            both.real.reports.iter_mut().zip(1..).for_each(|(report, generation)| report.generation = generation);
            both.real.generation = both.real.reports.len() as u64;
        }
        if event.commanded.is_some() {
            both.real.task = event.commanded;
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
        known
    }

    /// What the hub does not know of this one, with everything else of the other.
    fn both_sides(&self, known: &Self) -> Self {
        let mut both = known.clone();
        let own = self.small;
        (both.small.route, both.small.owed, both.small.gone, both.small.budget) = (own.route, own.owed, own.gone, own.budget);
        both
    }
}

/// What happens to a link when the hub is asked or told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Event {
    /// What the executor is told to do with it.
    pub(super) commanded: Option<Task>,
    /// Which of its reports arrives.
    pub(super) arrived: Option<u8>,
}

impl Event {
    /// A number of its own; 0 is none's.
    const fn number(self) -> u32 {
        let commanded = match self.commanded {
            None => 1,
            Some(Task::Raise(_)) => 2,
            Some(Task::Lower(_)) => 3,
        };
        match self.arrived {
            None => commanded,
            Some(place) => commanded + 4 * (place as u32 + 1),
        }
    }
}

/// A record of what the hub does not know of one and what it knows of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Join {
    own: u32,
    known: u32,
    /// What happened, and whether to a link; an empty place has none.
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

    /// The number of the record of which the hub knows what `known` tells, and that is otherwise what `own` becomes; `None` if there was
    /// none yet.
    pub(super) fn join(&mut self, words: &Words, part: Part, own: u32, known: u32, event: Event) -> Option<u32> {
        let kind = match part {
            Part::Session(_) => return Some(known),
            Part::Rest => 1,
            Part::Link(_) => event.number() << 1,
        };
        let mut fold = Fold::default();
        (u64::from(own) << 32 | u64::from(known), kind).hash(&mut fold);
        let place = &mut self.joins[(fold.finish() >> (64 - JOIN_BITS)) as usize];
        if (place.own, place.known, place.kind) != (own, known, kind) {
            let both = match part {
                Part::Session(_) => known,
                Part::Link(_) => words.find_link(&words.links.get(own).both_sides(words.known_link(known), event))?,
                Part::Rest => words.find_rest(&words.rest.get(own).both_sides(words.known_rest(known)))?,
            };
            *place = Join { own, known, kind, both };
        }
        Some(place.both)
    }
}
