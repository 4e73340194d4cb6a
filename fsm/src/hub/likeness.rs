//! When are two hubs, or two sessions, alike? And how does one become the other without allocating? For checkers.

use super::Hub;
use super::parts::{alike, same};
use super::records::{Session, Slot};
use core::hash::{Hash, Hasher};

impl Hub {
    /// Becomes the other hub, of the same definitions, in every part.
    ///
    /// # Panics
    /// If the other hub has other definitions.
    pub fn take_after(&mut self, other: &Self) {
        for place in 0..self.links.len() {
            self.put_link(place, &other.link_part(place));
            self.links[place].sessions.clone_from(&other.links[place].sessions);
        }
        self.slots.resize(other.slots.len(), Slot::default());
        for (slot, other) in self.slots.iter_mut().zip(&other.slots) {
            slot.take_after(other, other.session.as_ref().map(|session| session.position));
        }
        self.put_groups(other.groups());
        self.executors.clone_from(&other.executors);
        self.vacant.clone_from(&other.vacant);
        (self.default, self.save_traffic) = (other.default, other.save_traffic);
        (self.active_links, self.last_op, self.generations) = (other.active_links, other.last_op, other.generations);
        self.route.take_after(&other.route);
        self.refreshers.clone_from(&other.refreshers);
    }

    /// Whether both hubs, of the same definitions, are equal in every part.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (0..self.links.len())
            .all(|place| self.link_part(place) == other.link_part(place) && same(&self.links[place].sessions, &other.links[place].sessions))
            && self.slots == other.slots
            && self.active_links == other.active_links
            && self.route == other.route
            && self.last_op == other.last_op
            && self.generations == other.generations
            && self.save_traffic == other.save_traffic
            && self.default == other.default
            && self.executors == other.executors
            && same(&self.vacant, &other.vacant)
            && self.refreshers == other.refreshers
            && alike(self.groups(), other.groups())
    }
}

impl Slot {
    /// Feeds a hash with what tells places apart in practice.
    pub(super) fn feed<H: Hasher>(&self, state: &mut H) {
        self.generation.hash(state);
        if let Some(session) = &self.session {
            session.feed(state);
        }
    }

    /// Becomes the other one, but for its session's place in the list of its configuration, if that is not given.
    pub(super) fn take_after(&mut self, other: &Self, position: Option<u32>) {
        self.generation = other.generation;
        match (&mut self.session, &other.session) {
            (Some(own), Some(other)) => own.take_after(other, position.unwrap_or(own.position)),
            (own, Some(other)) => *own = Some(Session { position: position.unwrap_or_default(), ..other.clone() }),
            (own, None) => *own = None,
        }
    }
}

impl Session {
    /// Becomes the other one, at this place in the list of its configuration; allocates nothing in the usual case.
    fn take_after(&mut self, other: &Self, position: u32) {
        let mut more_requests = core::mem::take(&mut self.more_requests);
        more_requests.clone_from(&other.more_requests);
        let mut suppressions = core::mem::take(&mut self.suppressions);
        suppressions.clone_from(&other.suppressions);
        *self = Self { position, more_requests, suppressions, ..*other };
    }

    /// Whether it is equal to the other one but for its place in the list of its configuration.
    #[rustfmt::skip]
    pub(super) fn is_like(&self, other: &Self) -> bool {
        // Every field by name: one that is added later cannot be forgotten here.
        let Self {
            configuration, position: _, chosen, options, hold, roam, memory, current, candidate, failure, offer, window, intent,
            open_request, more_requests, suppressions, routed, sequence, touched, changed, published, policies, counted, current_base,
            candidate_base,
        } = self;
        (hold, roam, memory, current, candidate) == (&other.hold, &other.roam, &other.memory, &other.current, &other.candidate)
            && (suppressions, routed, failure) == (&other.suppressions, &other.routed, &other.failure)
            && (offer, window, intent, open_request) == (&other.offer, &other.window, &other.intent, &other.open_request)
            && (more_requests, sequence, touched, changed) == (&other.more_requests, &other.sequence, &other.touched, &other.changed)
            && policies == &other.policies
            && (published, configuration, chosen, options) == (&other.published, &other.configuration, &other.chosen, &other.options)
            && (counted, current_base, candidate_base) == (&other.counted, &other.current_base, &other.candidate_base)
    }

    /// Feeds a hash with what tells sessions apart in practice: most of what [`Session::is_like`] compares.
    pub(super) fn feed<H: Hasher>(&self, state: &mut H) {
        (self.hold, self.roam, self.memory, self.current, self.candidate, self.published).hash(state);
        (&self.suppressions, self.routed, self.failure, self.chosen).hash(state);
        (self.window, self.intent, self.open_request, self.more_requests.len(), self.policies, self.options.mode).hash(state);
    }
}
