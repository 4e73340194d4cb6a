//! A hub as a checker keeps it: what changes of each link, of each session's place, and of everything else, each by itself.
//!
//! Hubs that were defined alike differ in these parts only. A part can be told, compared and put back without touching definitions,
//! and a few thousand of them make up the millions of states of a world.

use super::Counters;
use super::Hub;
use super::records::{ExecutorRecord, Generations, Slot};
use super::route::Route;
use crate::link::{LinkMemory, LinkState};
use crate::words::{ConfigurationId, ConfigurationState, OperationId, RequestId};
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};

/// What changes of a link. Opaque: to be kept, compared and put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkPart {
    leaf: LinkState,
    memory: LinkMemory,
    removed: bool,
    leaving: bool,
    settled: bool,
    published: ConfigurationState,
    leases: u32,
    reserved: u32,
    watchers: u32,
    routed: u32,
    op: OperationId,
    under_way: bool,
    gives_back: bool,
    generation: u64,
    counters: Counters,
}

/// What changes of a session's place: its session if it has one, and how many it had before. It does not say which place: the same
/// session in another place is the same part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacePart(Slot);

impl PlacePart {
    /// Feeds what [`Hub::hash_place`] feeds of the place the part is of.
    pub fn feed<H: Hasher>(&self, state: &mut H) {
        self.0.feed(state);
    }
}

/// What changes of everything else: executors, the default route, who is on which configuration, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestPart {
    executors: Vec<ExecutorRecord>,
    vacant: Vec<u32>,
    default: Option<ConfigurationId>,
    save_traffic: bool,
    active_links: u32,
    route: Route,
    last_op: OperationId,
    generations: Generations,
    refreshers: Vec<RequestId>,
    /// Of each place: its session's place in the list of its configuration.
    positions: Vec<u32>,
    links: Vec<Vec<u32>>,
    /// Service networks, then user choices.
    groups: Vec<Group>,
}

impl RestPart {
    /// The same with its sessions in other places: what was in place `n` is in place `places[n]`. Lists of sessions are put in order of
    /// place: in which order they came, and learn of something, is not kept.
    ///
    /// # Panics
    /// If there are fewer places than sessions.
    #[must_use]
    pub fn exchanged(&self, places: &[usize]) -> Self {
        let mut other = self.clone();
        let moved = |index: &mut u32| *index = places[*index as usize] as u32;
        other.route.committing.iter_mut().chain(&mut other.vacant).for_each(moved);
        other.route.committing.sort_unstable();
        other.vacant.sort_unstable();
        other.positions.fill(0);
        for list in other.links.iter_mut().chain(other.groups.iter_mut().map(|group| &mut group.sessions)) {
            list.iter_mut().for_each(moved);
            list.sort_unstable();
            for (position, index) in list.iter().enumerate() {
                other.positions[*index as usize] = position as u32;
            }
        }
        other
    }

    /// Feeds what [`Hub::hash_rest`] feeds of the hub the part is of.
    pub fn feed<H: Hasher>(&self, state: &mut H) {
        (self.active_links, &self.route, &self.executors, &self.vacant, self.refreshers.len()).hash(state);
        self.groups.iter().for_each(|group| group.published.hash(state));
    }
}

/// What changes of a service network or a user choice.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    removed: bool,
    published: ConfigurationState,
    sessions: Vec<u32>,
}

/// The same, where it lies in a hub.
pub(super) type GroupIn<'a> = (bool, ConfigurationState, &'a [u32]);

impl Hub {
    /// How many links and how many places for sessions there are.
    #[must_use]
    pub fn extent(&self) -> (usize, usize) {
        (self.links.len(), self.slots.len())
    }

    /// Empty places up to so many: a hub that starts again has none behind its last session.
    pub fn make_room(&mut self, places: usize) {
        while self.slots.len() < places {
            self.vacant.insert(0, self.slots.len() as u32);
            self.slots.push(Slot { generation: self.generations.first, session: None });
        }
    }

    /// What changes of a link.
    ///
    /// # Panics
    /// If there is no such link.
    #[must_use]
    pub fn link_part(&self, place: usize) -> LinkPart {
        let link = &self.links[place];
        LinkPart {
            leaf: link.leaf,
            memory: link.memory,
            removed: link.removed,
            leaving: link.leaving,
            settled: link.settled,
            published: link.published,
            leases: link.leases,
            reserved: link.reserved,
            watchers: link.watchers,
            routed: link.routed,
            op: link.op,
            under_way: link.under_way,
            gives_back: link.gives_back,
            generation: link.generation,
            counters: link.counters,
        }
    }

    /// Puts a part back.
    ///
    /// # Panics
    /// If there is no such link.
    pub fn put_link(&mut self, place: usize, part: &LinkPart) {
        let link = &mut self.links[place];
        (link.leaf, link.memory, link.settled) = (part.leaf, part.memory, part.settled);
        (link.removed, link.leaving) = (part.removed, part.leaving);
        (link.published, link.leases, link.reserved) = (part.published, part.leases, part.reserved);
        (link.watchers, link.routed, link.op) = (part.watchers, part.routed, part.op);
        (link.under_way, link.gives_back) = (part.under_way, part.gives_back);
        (link.generation, link.counters) = (part.generation, part.counters);
    }

    /// What changes of a session's place.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    pub fn place_part(&self, place: usize) -> PlacePart {
        let mut slot = self.slots[place].clone();
        if let Some(session) = &mut slot.session {
            session.position = 0;
        }
        PlacePart(slot)
    }

    /// Whether the part is that of the place.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    pub fn is_place(&self, place: usize, part: &PlacePart) -> bool {
        let slot = &self.slots[place];
        slot.generation == part.0.generation
            && match (&slot.session, &part.0.session) {
                (None, None) => true,
                (Some(one), Some(other)) => one.is_like(other),
                (None, Some(_)) | (Some(_), None) => false,
            }
    }

    /// Feeds what changes of a session's place: equal parts feed the same.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn hash_place<H: Hasher>(&self, place: usize, state: &mut H) {
        self.slots[place].feed(state);
    }

    /// Puts a part back, without allocating where there was a session before. The rest must be put back as well.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn put_place(&mut self, place: usize, part: &PlacePart) {
        self.slots[place].take_after(&part.0, None);
    }

    /// What changes of everything else.
    #[must_use]
    pub fn rest_part(&self) -> RestPart {
        RestPart {
            executors: self.executors.clone(),
            vacant: self.vacant.clone(),
            default: self.default,
            save_traffic: self.save_traffic,
            active_links: self.active_links,
            route: self.route.clone(),
            last_op: self.last_op,
            generations: self.generations,
            refreshers: self.refreshers.clone(),
            positions: self.positions().collect(),
            links: self.links.iter().map(|link| link.sessions.clone()).collect(),
            groups: self.groups().map(|(removed, published, sessions)| Group { removed, published, sessions: sessions.to_vec() }).collect(),
        }
    }

    /// Whether the part is the hub's.
    #[must_use]
    pub fn is_rest(&self, part: &RestPart) -> bool {
        self.active_links == part.active_links
            && self.route == part.route
            && self.last_op == part.last_op
            && self.generations == part.generations
            && self.save_traffic == part.save_traffic
            && self.default == part.default
            && self.executors == part.executors
            && same(&self.vacant, &part.vacant)
            && self.refreshers == part.refreshers
            && self.positions().eq(part.positions.iter().copied())
            && self.links.iter().zip(&part.links).all(|(link, sessions)| same(&link.sessions, sessions))
            && alike(self.groups(), part.groups.iter().map(Group::borrowed))
    }

    /// Feeds what changes of everything else, as far as it changes often: equal parts feed the same.
    pub fn hash_rest<H: Hasher>(&self, state: &mut H) {
        (self.active_links, &self.route, &self.executors, &self.vacant, self.refreshers.len()).hash(state);
        self.groups().for_each(|(_, published, _)| published.hash(state));
    }

    /// Puts a part back. The places must be put back before.
    ///
    /// # Panics
    /// If the part is that of a hub with other definitions.
    pub fn put_rest(&mut self, part: &RestPart) {
        self.executors.clone_from(&part.executors);
        self.vacant.clone_from(&part.vacant);
        (self.default, self.save_traffic) = (part.default, part.save_traffic);
        (self.active_links, self.last_op, self.generations) = (part.active_links, part.last_op, part.generations);
        self.refreshers.clone_from(&part.refreshers);
        for (link, sessions) in self.links.iter_mut().zip(&part.links) {
            link.sessions.clone_from(sessions);
        }
        self.put_groups(part.groups.iter().map(Group::borrowed));
        self.route.take_after(&part.route);
        self.put_positions(part);
    }

    /// Puts service networks and user choices back, and what follows from some of them being removed.
    pub(super) fn put_groups<'a>(&mut self, groups: impl Iterator<Item = GroupIn<'a>>) {
        let networks = self.networks.iter_mut().map(|network| (&mut network.removed, &mut network.published, &mut network.sessions));
        let choices = self.choices.iter_mut().map(|choice| (&mut choice.removed, &mut choice.published, &mut choice.sessions));
        let mut others = false;
        for ((removed, published, sessions), group) in networks.chain(choices).zip(groups) {
            others |= *removed != group.0;
            (*removed, *published) = (group.0, group.1);
            sessions.clear();
            sessions.extend_from_slice(group.2);
        }
        if others {
            self.relate();
        }
    }

    /// Puts the places of sessions in the lists of their configurations back: they lie in the sessions, and belong to the rest.
    ///
    /// # Panics
    /// If the part is that of a hub with fewer places.
    pub fn put_positions(&mut self, part: &RestPart) {
        for (slot, position) in self.slots.iter_mut().zip(&part.positions) {
            if let Some(session) = &mut slot.session {
                session.position = *position;
            }
        }
    }

    pub(super) fn positions(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().map(|slot| slot.session.as_ref().map_or(0, |session| session.position))
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = GroupIn<'_>> {
        let networks = self.networks.iter().map(|network| (network.removed, network.published, &network.sessions[..]));
        networks.chain(self.choices.iter().map(|choice| (choice.removed, choice.published, &choice.sessions[..])))
    }
}

/// Whether two lists are equal. They are short: looking at them here is quicker than a call that compares memory.
pub(super) fn same(one: &[u32], other: &[u32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
}

/// Whether as many groups are equal one by one.
pub(super) fn alike<'a>(mut ones: impl Iterator<Item = GroupIn<'a>>, mut others: impl Iterator<Item = GroupIn<'a>>) -> bool {
    loop {
        match (ones.next(), others.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if (one.0, one.1) == (other.0, other.1) && same(one.2, other.2) => {}
            (Some(_), _) | (None, Some(_)) => return false,
        }
    }
}

impl Group {
    fn borrowed(&self) -> GroupIn<'_> {
        (self.removed, self.published, &self.sessions)
    }
}
