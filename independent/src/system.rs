//! What does one see of a system from outside? Its states as far as they are visible, and its steps with what they tell.

use std::collections::{BTreeMap, BTreeSet};

/// A step from a state: at most one of each name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The notices it sends, as TLA+ writes them.
    pub notices: String,
    /// The number of the state it leads to.
    pub to: usize,
}

/// What is visible of a system: states by number, the first one is 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System {
    /// What is visible of each state, as TLA+ writes it.
    pub visible: Vec<String>,
    /// The steps of each state by what happens; of the first states only, if the others were not looked at.
    pub steps: Vec<BTreeMap<String, Step>>,
}

/// A step as it is seen from outside: from where, what happens, the notices, to where.
pub type Seen<'a> = (&'a str, &'a str, &'a str, &'a str);

impl System {
    /// Whether a step shows nothing: no notice, and nothing visible changes.
    #[must_use]
    pub fn is_silent(&self, from: usize, step: &Step) -> bool {
        step.notices == NOTHING && self.visible[from] == self.visible[step.to]
    }

    /// How many steps there are.
    #[must_use]
    pub fn transitions(&self) -> usize {
        self.steps.iter().map(BTreeMap::len).sum()
    }

    /// The projection: every step that shows something, as it is seen.
    #[must_use]
    pub fn seen(&self) -> BTreeSet<Seen<'_>> {
        let of = |from: usize| self.steps[from].iter().map(move |(name, step)| (from, name, step));
        (0..self.steps.len())
            .flat_map(of)
            .filter(|(from, _, step)| !self.is_silent(*from, step))
            .map(|(from, name, step)| (&*self.visible[from], &**name, &*step.notices, &*self.visible[step.to]))
            .collect()
    }
}

/// The notices of a step that sends none.
pub const NOTHING: &str = "<<>>";
