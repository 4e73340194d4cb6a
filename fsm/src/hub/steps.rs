//! Which steps did the machines take? For whoever measures what a set of runs covers.

use super::Hub;
use crate::step::{Chart, Verdict};

/// A step of a machine, by the names its chart gives.
#[cfg(feature = "trace")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// Which machine.
    pub machine: &'static str,
    /// Where it stood.
    pub from: &'static str,
    /// What it was given.
    pub event: &'static str,
    /// Where it stands then.
    pub to: &'static str,
    /// What the event did.
    pub verdict: Verdict,
}

impl Hub {
    /// Every step that machines took in the last [`Hub::step`], in order. No part of what makes hubs equal.
    #[cfg(feature = "trace")]
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// A step was taken; noted only with the feature `trace`.
    #[cfg(feature = "trace")]
    pub(super) fn note<C: Chart>(&mut self, from: C::Leaf, event: C::Event, to: C::Leaf, verdict: Verdict) {
        let (from, event, to) = (C::leaf_name(from), C::event_name(event), C::leaf_name(to));
        self.steps.push(Step { machine: C::NAME, from, event, to, verdict });
    }

    /// A step was taken; noted only with the feature `trace`.
    #[cfg(not(feature = "trace"))]
    #[inline(always)]
    pub(super) fn note<C: Chart>(&mut self, _: C::Leaf, _: C::Event, _: C::Leaf, _: Verdict) {}
}
