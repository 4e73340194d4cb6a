//! Which runs of the model reach what no scenario can tell? Reports that are late, lost, doubled, in another order: the shortest ones, few.

use super::{Found, Item};
use crate::action::Action;
use crate::counterexample::Counterexample;
use crate::next::{self, Desk};
use crate::state::State;
use crate::story::Story;
use crate::trace::Trace;
use crate::world::World;
use std::collections::BTreeSet;

/// A run of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What it is called: the first thing it is there for.
    pub name: String,
    /// The run.
    pub trace: Trace,
    /// What it is there for: what none of those before it reaches.
    pub items: Vec<Item>,
}

/// A way to something.
struct Way<'a> {
    world: &'a World,
    path: &'a [Action],
    items: BTreeSet<Item>,
}

/// Runs that reach everything of this that was found anywhere.
#[must_use]
pub fn orders(found: &Found, wanted: &BTreeSet<Item>) -> Vec<Order> {
    let ways: Vec<Way<'_>> = found.ways.iter().flat_map(|(world, paths)| paths.iter().map(move |path| way(world, path, wanted))).collect();
    let mut left = wanted.clone();
    let mut orders = Vec::new();
    loop {
        // a crash starts the program again: only the hub by itself can be asked about that
        let crashes = |way: &Way<'_>| way.path.contains(&Action::Crash);
        let brings = |way: &&Way<'_>| way.items.intersection(&left).count();
        let best = ways.iter().filter(|way| brings(way) > 0).min_by_key(|way| (crashes(way), usize::MAX - brings(way), way.path.len()));
        let Some(way) = best else { break };
        let items: Vec<Item> = way.items.intersection(&left).cloned().collect();
        left.retain(|item| !way.items.contains(item));
        orders.push(order(way, items));
    }
    orders
}

fn order(way: &Way<'_>, items: Vec<Item>) -> Order {
    let name = super::slug(&items);
    let there_for: Vec<String> = items.iter().map(|(kind, name)| format!("{kind} {name}")).collect();
    let title = format!("World {}, {} steps: {}", way.world.name, way.path.len(), there_for.join("; "));
    let story = Story::of(way.world, way.path, title);
    Order { name, trace: Trace::of(way.world, &Counterexample { properties: Vec::new(), story }), items }
}

/// A way, and what of this it reaches.
fn way<'a>(world: &'a World, path: &'a [Action], wanted: &BTreeSet<Item>) -> Way<'a> {
    let mut desk = Desk::default();
    let mut state = State::initial(world);
    for action in path {
        if let Some(reached) = next::reached(world, &state, *action, &mut desk) {
            state = reached;
        }
    }
    Way { world, path, items: desk.noted.items().filter(|item| wanted.contains(item)).collect() }
}
