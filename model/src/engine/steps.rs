//! Was this step taken before, from a state that differs in nothing the step looks at? Then it need not be taken again.
//!
//! Steps are remembered together: all that clients and timers can do by what the hub knows, all that can happen to a link by the link
//! and the rest, what a report leads to by what the hub knows and the report. `recheck` in [`super::Options`] has every remembered step
//! taken all the same, and compared: a test does so over whole worlds.

use super::index::Index;
use super::log::{Log, Texts};
use super::records::Fold;
use crate::action::Action;
use crate::state::Task;
use netsession_fsm::words::OperationId;
use std::hash::{Hash, Hasher};

/// Whose an action is, and which of those that are possible there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Which(pub(super) u16);

/// What sorts of actions there are: of clients, timers, of no link, and of each link.
const CLIENTS: u16 = 0;
const TIMERS: u16 = 1;
const COMMON: u16 = 2;
const LINKS: u16 = 3;
const SORTS: usize = 16;

impl Which {
    const fn sort_of(action: &Action) -> u16 {
        match action {
            Action::Ask(..) | Action::Misuse(_) | Action::Die(_) | Action::Returns(_) => CLIENTS,
            Action::Fires(_) => TIMERS,
            Action::Resync
            | Action::Gone
            | Action::Crash
            | Action::Removes(_)
            | Action::Defines(_)
            | Action::Refresh
            | Action::Scanned(_)
            | Action::Routed(_) => COMMON,
            Action::Becomes(id, _) | Action::Finishes(id, _) | Action::Arrives(id, _) | Action::IsLost(id, _) => LINKS + id.0 as u16,
        }
    }

    /// Of each of the actions that are possible somewhere, in order.
    ///
    /// # Panics
    /// If there are more links, or more actions of a sort, than have numbers.
    pub(super) fn of_all(actions: &[Action]) -> impl Iterator<Item = Self> {
        let mut counts = [0u16; SORTS];
        actions.iter().map(move |action| {
            let sort = Self::sort_of(action);
            let count = &mut counts[usize::from(sort)];
            *count += 1;
            assert!(*count < 1 << 12, "{count} actions of a sort");
            Self(sort << 12 | (*count - 1))
        })
    }

    const fn sort(self) -> u16 {
        self.0 >> 12
    }

    pub(super) const fn is_client(self) -> bool {
        self.sort() == CLIENTS
    }

    pub(super) const fn is_timer(self) -> bool {
        self.sort() == TIMERS
    }

    pub(super) const fn is_common(self) -> bool {
        self.sort() == COMMON
    }

    pub(super) fn is_of_link(self, link: usize) -> bool {
        self.sort() == LINKS + link as u16
    }
}

/// A word of a remembered step: which action, whose doing it is, how many changes follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) which: Which,
    pub(super) label: u8,
    pub(super) changes: u8,
}

/// Instead of a number of changes: a report arrives, see what is remembered of it; its place is the label.
pub(super) const ARRIVES: u8 = 255;
/// The action is taken, whatever is remembered.
pub(super) const TAKEN: u8 = 254;
/// The default route is switched, see what is remembered of it.
pub(super) const ROUTED: u8 = 253;

impl Head {
    pub(super) const fn word(self) -> u32 {
        (self.which.0 as u32) << 16 | (self.label as u32) << 8 | self.changes as u32
    }

    pub(super) const fn of(word: u32) -> Self {
        Self { which: Which((word >> 16) as u16), label: (word >> 8) as u8, changes: word as u8 }
    }

    /// How many words of changes follow.
    pub(super) const fn follow(self) -> usize {
        if self.changes >= ROUTED { 0 } else { self.changes as usize }
    }
}

/// A word of a remembered step: a part that becomes something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) place: usize,
    pub(super) commanded: Option<Task>,
    pub(super) number: u32,
}

const NUMBER: u32 = 26;

impl Change {
    /// `None` if the number is too large to be remembered.
    pub(super) fn word(self) -> Option<u32> {
        let commanded = match self.commanded {
            None => 0,
            Some(Task::Raise(_)) => 1,
            Some(Task::Lower(_)) => 2,
        };
        (self.number >> NUMBER == 0).then_some((self.place as u32) << 28 | commanded << NUMBER | self.number)
    }

    pub(super) const fn of(word: u32) -> Self {
        let commanded = match word >> NUMBER & 3 {
            0 => None,
            1 => Some(Task::Raise(OperationId(1))),
            _ => Some(Task::Lower(OperationId(1))),
        };
        Self { place: (word >> 28) as usize, commanded, number: word & ((1 << NUMBER) - 1) }
    }
}

/// Lists of steps by key. A list is: how many words follow, then the words.
#[derive(Debug, Clone)]
pub(super) struct Table<K> {
    keys: Log<K>,
    starts: Log<u32>,
    texts: Texts,
    index: Index,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self { keys: Log::default(), starts: Log::default(), texts: Texts::default(), index: Index::default() }
    }
}

impl<K: Copy + Eq + Hash> Table<K> {
    fn hash(key: K) -> u64 {
        let mut fold = Fold::default();
        key.hash(&mut fold);
        fold.finish()
    }

    /// The number of a key.
    pub(super) fn find(&self, key: K) -> Option<u32> {
        self.index.find(Self::hash(key), |number| self.keys.get(number) == key)
    }

    /// The list of the key with a number.
    pub(super) fn get(&self, number: u32) -> &[u32] {
        let text = self.texts.from(self.starts.get(number));
        &text[1..=text[0] as usize]
    }

    /// Puts a list in, if the key has none.
    pub(super) fn put(&mut self, key: K, words: &[u32], draft: &mut Vec<u32>) {
        if self.find(key).is_some() {
            return;
        }
        if self.index.is_full() {
            self.index.grow(|number| Self::hash(self.keys.get(number)));
        }
        draft.clear();
        draft.push(words.len() as u32);
        draft.extend_from_slice(words);
        self.index.insert(Self::hash(key), self.keys.len() as u32);
        self.keys.push(key);
        self.starts.push(self.texts.push(draft));
    }

    /// Puts every list of another one in.
    fn merge(&mut self, other: &Self, draft: &mut Vec<u32>) {
        (0..other.keys.len() as u32).for_each(|number| self.put(other.keys.get(number), other.get(number), draft));
    }

    fn bytes(&self) -> usize {
        self.keys.bytes() + self.starts.bytes() + self.texts.bytes() + self.index.bytes()
    }
}

/// What is remembered.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps {
    /// By what the hub knows: what it is marked as, how many words the steps of clients take, these steps, those of timers.
    pub(super) hubs: Table<u128>,
    /// By [`Key`]: the rest.
    pub(super) others: Table<Key>,
}

/// What other steps are remembered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(u64);

impl Key {
    fn of(kind: u16, one: u32, other: u32) -> Self {
        // numbers of records and of what the hub knows have at most 28 bits
        Self(u64::from(kind) << 60 | u64::from(one) << 30 | u64::from(other))
    }

    /// What is possible that is nobody's: by the rest.
    pub(super) fn common(rest: u32) -> Self {
        Self::of(0, 0, rest)
    }

    /// The default route is switched: by what the hub knows, and the rest.
    pub(super) fn route(hub: u32, rest: u32) -> Self {
        Self::of(1, hub, rest)
    }

    /// A report arrives: by what the hub knows, and the report.
    pub(super) fn arrival(hub: u32, message: u32) -> Self {
        Self::of(2, hub, message)
    }

    /// What happens to a link: by the link and the rest.
    pub(super) fn link(place: usize, link: u32, rest: u32) -> Self {
        Self::of(3 + place as u16, link, rest)
    }
}

impl Steps {
    /// Puts in what a thread remembered.
    pub(super) fn merge(&mut self, other: &Self) {
        let mut draft = Vec::new();
        self.hubs.merge(&other.hubs, &mut draft);
        self.others.merge(&other.others, &mut draft);
    }

    pub(super) fn bytes(&self) -> usize {
        self.hubs.bytes() + self.others.bytes()
    }
}
