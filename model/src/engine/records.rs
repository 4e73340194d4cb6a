//! What does a state consist of? Records of links, of sessions and of the rest, each told, compared and put back by itself.

use crate::armed::Own;
use crate::state::{RealLink, Scans, State, Told};
use netsession_fsm::hub::Timer;
use netsession_fsm::hub::parts::{LinkPart, PlacePart, RestPart};
use netsession_fsm::words::{AccessPointId, OperationId};
use std::hash::{Hash, Hasher};

/// A part of a state. Two states are equal exactly if all their records are.
pub(super) trait Record: Clone + Eq {
    /// The record of the part at a place.
    fn of(state: &State, place: usize) -> Self;
    /// Whether it is that of the part at a place.
    fn is(&self, state: &State, place: usize) -> bool;
    /// Feeds the part at a place: equal records feed the same.
    fn feed(state: &State, place: usize, hasher: &mut Fold);
    /// Feeds the record, the same as the part it tells.
    fn feed_itself(&self, hasher: &mut Fold);
    /// Makes the part at a place what it tells.
    fn put(&self, state: &mut State, place: usize);
}

/// A link: the hub's side, the real one, its timers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LinkRecord {
    part: LinkPart,
    pub(super) real: RealLink,
    armed: Vec<Timer>,
}

impl Record for LinkRecord {
    fn of(state: &State, place: usize) -> Self {
        Self { part: state.hub.link_part(place), real: state.links[place].clone(), armed: state.armed.links[place].clone() }
    }

    fn is(&self, state: &State, place: usize) -> bool {
        self.real == state.links[place] && self.part == state.hub.link_part(place) && self.armed == state.armed.links[place]
    }

    fn feed(state: &State, place: usize, hasher: &mut Fold) {
        state.hub.link_part(place).hash(hasher);
        state.links[place].hash(hasher);
        state.armed.links[place].hash(hasher);
    }

    fn feed_itself(&self, hasher: &mut Fold) {
        self.part.hash(hasher);
        self.real.hash(hasher);
        self.armed.hash(hasher);
    }

    fn put(&self, state: &mut State, place: usize) {
        state.hub.put_link(place, &self.part);
        state.links[place].take_after(&self.real);
        state.armed.links[place].clone_from(&self.armed);
    }
}

/// A session: its place in the hub, what its client was told, its timers. It does not say which place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SessionRecord {
    part: PlacePart,
    /// Its id counts from this place.
    told: Told,
    armed: Vec<Own>,
}

fn counted(told: &Told, place: usize) -> Told {
    let mut told = *told;
    if let Some(id) = &mut told.id {
        id.index = id.index.wrapping_sub(place as u32);
    }
    told
}

impl Record for SessionRecord {
    fn of(state: &State, place: usize) -> Self {
        let told = counted(&state.told[place], place);
        Self { part: state.hub.place_part(place), told, armed: state.armed.sessions[place].clone() }
    }

    fn is(&self, state: &State, place: usize) -> bool {
        self.told == counted(&state.told[place], place)
            && self.armed == state.armed.sessions[place]
            && state.hub.is_place(place, &self.part)
    }

    fn feed(state: &State, place: usize, hasher: &mut Fold) {
        state.hub.hash_place(place, hasher);
        counted(&state.told[place], place).hash(hasher);
        state.armed.sessions[place].hash(hasher);
    }

    fn feed_itself(&self, hasher: &mut Fold) {
        self.part.feed(hasher);
        self.told.hash(hasher);
        self.armed.hash(hasher);
    }

    fn put(&self, state: &mut State, place: usize) {
        state.hub.put_place(place, &self.part);
        let mut told = self.told;
        if let Some(id) = &mut told.id {
            id.index = id.index.wrapping_add(place as u32);
        }
        state.told[place] = told;
        state.armed.sessions[place].clone_from(&self.armed);
    }
}

/// Everything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RestRecord {
    part: RestPart,
    pub(super) small: Small,
    armed: Vec<Timer>,
}

/// Everything else outside the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Small {
    pub(super) route: Option<AccessPointId>,
    prefer: Option<(OperationId, Option<AccessPointId>)>,
    pub(super) owed: bool,
    pub(super) gone: bool,
    pub(super) starting: bool,
    pub(super) budget: u8,
    scans: Scans,
    violated: u32,
}

impl Small {
    fn of(state: &State) -> Self {
        // Every field by name: one that is added later cannot be forgotten here.
        let State { hub: _, links: _, armed: _, told: _, route, prefer, owed, gone, starting, budget, scans, violated } = state;
        let (route, prefer, owed, gone, starting) = (*route, *prefer, *owed, *gone, *starting);
        Self { route, prefer, owed, gone, starting, budget: *budget, scans: *scans, violated: *violated }
    }
}

impl RestRecord {
    /// Puts the positions of sessions back, which lie in the sessions' places and belong here.
    pub(super) fn put_positions(&self, state: &mut State) {
        state.hub.put_positions(&self.part);
    }

    /// The same with its sessions in other places.
    pub(super) fn exchanged(&self, places: &[usize]) -> Self {
        Self { part: self.part.exchanged(places), ..self.clone() }
    }

    /// Whether something is owed to the hub or under way from it that belongs to no link.
    pub(super) fn is_owed(&self) -> bool {
        self.small.prefer.is_some() || self.small.owed || self.small.gone || self.small.scans.waiting > 0
    }

    /// Properties found violated.
    pub(super) fn violated(&self) -> u32 {
        self.small.violated
    }
}

impl Record for RestRecord {
    fn of(state: &State, _: usize) -> Self {
        Self { part: state.hub.rest_part(), small: Small::of(state), armed: state.armed.rest.clone() }
    }

    fn is(&self, state: &State, _: usize) -> bool {
        self.small == Small::of(state) && self.armed == state.armed.rest && state.hub.is_rest(&self.part)
    }

    fn feed(state: &State, _: usize, hasher: &mut Fold) {
        state.hub.hash_rest(hasher);
        Small::of(state).hash(hasher);
        state.armed.rest.hash(hasher);
    }

    fn feed_itself(&self, hasher: &mut Fold) {
        self.part.feed(hasher);
        self.small.hash(hasher);
        self.armed.hash(hasher);
    }

    fn put(&self, state: &mut State, _: usize) {
        state.hub.put_rest(&self.part);
        let Small { route, prefer, owed, gone, starting, budget, scans, violated } = self.small;
        (state.route, state.prefer, state.owed, state.gone) = (route, prefer, owed, gone);
        (state.starting, state.budget, state.scans, state.violated) = (starting, budget, scans, violated);
        state.armed.rest.clone_from(&self.armed);
    }
}

/// A quick hash for tables that compare what they find: only speed depends on it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fold(u64);

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Fold {
    fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }

    /// The hash of a code.
    pub(super) fn code(code: u128) -> u64 {
        let mut fold = Self::default();
        fold.word(code as u64);
        fold.word((code >> 64) as u64);
        fold.finish()
    }
}

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        // The upper half of a product depends on everything, the lower one does not.
        let wide = u128::from(self.0 ^ FACTOR) * u128::from(FACTOR.rotate_left(31) | 1);
        (wide >> 64) as u64 ^ wide as u64
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.word(word.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.word(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.word(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.word(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.word(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.word(word as u64);
    }
}
