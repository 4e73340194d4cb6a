//! What do the pictures need of a machine? Its walk with names in place of types, and what differs by memory told apart by guards.

use crate::walk::{Fault, Walk, walk};
use netsession_fsm::step::{Chart, Verdict};
use serde::Serialize;

/// A machine as names: what every picture is drawn from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// What it is called.
    pub name: String,
    /// Id of the leaf where it starts.
    pub initial: String,
    /// Its leaves, in the order of reading.
    pub leaves: Vec<Leaf>,
    /// Its events, in the order of reading.
    pub events: Vec<String>,
    /// Every reaction; what is not listed is ignored.
    pub edges: Vec<Arrow>,
}

/// A leaf of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leaf {
    /// One word, unique in the machine.
    pub id: String,
    /// What a reader sees.
    pub label: String,
    /// The item that documents it.
    pub doc: String,
    /// The superstates around it, outermost first.
    pub superstates: Vec<String>,
    /// Nobody sees it outside a step of the hub.
    pub transient: bool,
    /// What the memory can say in it, where that matters.
    pub memories: Vec<String>,
}

/// One reaction to one event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Arrow {
    /// Id of the leaf.
    pub from: String,
    /// What the memory says.
    pub memory: String,
    /// The event.
    pub event: String,
    /// What it does.
    pub verdict: Verdict,
    /// Id of the leaf it leads to.
    pub to: String,
    /// What it asks for, in order.
    pub effects: Vec<String>,
}

/// What an event does in a leaf under a guard; several outcomes where the guard does not tell which.
pub(super) struct Reaction<K> {
    /// What the memory must say; `None`: whatever it says.
    pub(super) guard: Option<String>,
    /// What then happens; empty: ignored.
    pub(super) outcomes: Vec<K>,
}

impl Machine {
    /// Walks a machine of the crate.
    ///
    /// # Errors
    ///
    /// The law of machines it breaks.
    pub fn of<C: Chart>() -> Result<Self, Fault> {
        Ok(Self::named(&walk::<C>()?))
    }

    fn named<C: Chart>(walk: &Walk<C>) -> Self {
        let leaves = C::LEAVES.iter().map(|leaf| Self::leaf::<C>(walk, *leaf)).collect();
        let mut edges = Vec::new();
        for edge in walk.edges.iter().filter(|edge| edge.verdict != Verdict::Ignored) {
            edges.push(Arrow {
                from: C::leaf_name(edge.from.leaf).to_owned(),
                memory: edge.from.memory.memory_name(edge.from.leaf).to_owned(),
                event: C::event_name(edge.event).to_owned(),
                verdict: edge.verdict,
                to: C::leaf_name(edge.to.leaf).to_owned(),
                effects: edge.effects.iter().map(|effect| format!("{effect:?}")).collect(),
            });
        }
        let events = C::ALPHABET.iter().map(|event| C::event_name(*event).to_owned()).collect();
        Self::assemble(C::NAME, C::leaf_name(C::INITIAL), leaves, events, edges)
    }

    fn leaf<C: Chart>(walk: &Walk<C>, leaf: C::Leaf) -> Leaf {
        let id = C::leaf_name(leaf);
        let enumeration = core::any::type_name::<C::Leaf>().rsplit("::").next().unwrap_or_default();
        let mut memories: Vec<String> = Vec::new();
        for spot in walk.spots.iter().filter(|spot| spot.leaf == leaf) {
            let name = spot.memory.memory_name(leaf);
            if !memories.iter().any(|known| known == name) {
                memories.push(name.to_owned());
            }
        }
        Leaf {
            id: id.to_owned(),
            label: if C::is_transient(leaf) { format!("{id} (transient)") } else { id.to_owned() },
            doc: format!("{enumeration}::{leaf:?}"),
            superstates: C::superstates(leaf).iter().map(|name| (*name).to_owned()).collect(),
            transient: C::is_transient(leaf),
            memories,
        }
    }

    /// Puts the arrows in the order of leaves, memories and events, each once.
    pub(super) fn assemble(name: &str, initial: &str, leaves: Vec<Leaf>, events: Vec<String>, mut edges: Vec<Arrow>) -> Self {
        let place = |arrow: &Arrow| {
            let leaf = leaves.iter().position(|leaf| leaf.id == arrow.from);
            let memory = leaf.and_then(|leaf| leaves[leaf].memories.iter().position(|memory| *memory == arrow.memory));
            (leaf, memory, events.iter().position(|event| *event == arrow.event))
        };
        edges.sort_by(|one, other| place(one).cmp(&place(other)).then_with(|| one.cmp(other)));
        edges.dedup();
        Self { name: name.to_owned(), initial: initial.to_owned(), leaves, events, edges }
    }

    /// What an event does in a leaf: memories that make no difference are merged, the others told apart by a guard.
    pub(super) fn reactions<K: PartialEq>(&self, leaf: &Leaf, event: &str, outcome: impl Fn(&Arrow) -> K) -> Vec<Reaction<K>> {
        let mut groups: Vec<(Vec<&str>, Vec<K>)> = Vec::new();
        for memory in &leaf.memories {
            let mut outcomes: Vec<K> = Vec::new();
            for arrow in self.edges.iter().filter(|arrow| arrow.from == leaf.id && arrow.event == event && arrow.memory == *memory) {
                let outcome = outcome(arrow);
                if !outcomes.contains(&outcome) {
                    outcomes.push(outcome);
                }
            }
            match groups.iter_mut().find(|(_, known)| *known == outcomes) {
                Some((memories, _)) => memories.push(memory),
                None => groups.push((vec![memory], outcomes)),
            }
        }
        groups.into_iter().map(|(memories, outcomes)| Reaction { guard: guard(&leaf.memories, &memories), outcomes }).collect()
    }
}

/// Says which of the memories are meant, as shortly as possible.
fn guard(all: &[String], some: &[&str]) -> Option<String> {
    let shown = |name: &str| if name.is_empty() { "else".to_owned() } else { name.to_owned() };
    let others: Vec<&String> = all.iter().filter(|name| !some.contains(&name.as_str())).collect();
    match others.as_slice() {
        [] => None,
        [other] if some.len() > 1 => Some(format!("unless {}", shown(other))),
        _ => Some(some.iter().map(|name| shown(name)).collect::<Vec<_>>().join(" or ")),
    }
}

/// An event with a guard; a guard the event has already comes first.
pub(super) fn guarded(event: &str, guard: Option<&str>) -> String {
    match (guard, event.strip_suffix(']')) {
        (None, _) => event.to_owned(),
        (Some(guard), Some(event)) => format!("{event}, {guard}]"),
        (Some(guard), None) => format!("{event} [{guard}]"),
    }
}
