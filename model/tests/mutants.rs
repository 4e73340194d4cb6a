//! Does every property notice the mistake it is there for? One hub with a mistake for each, and one without.

use netsession_fsm::hub::Mutant;
use netsession_model::action::Action;
use netsession_model::eventually::{self, Outcome};
use netsession_model::graph::Graph;
use netsession_model::observe::Facts;
use netsession_model::properties::{self, bit};
use netsession_model::state::State;
use netsession_model::story::Story;
use netsession_model::world::World;
use netsession_model::{next, possible};
use std::collections::BTreeSet;

/// Names of a set of properties.
fn names(violated: u32) -> Vec<&'static str> {
    properties::ALL.iter().enumerate().filter(|(place, _)| violated & bit(*place as u32 + 1) != 0).map(|(_, one)| one.name).collect()
}

/// What the same steps break in the world as it is, as far as they can be taken there.
fn without_mistake(world: &World, path: &[Action]) -> u32 {
    let world = World { mutant: None, ..world.clone() };
    let mut state = State::initial(&world);
    for action in path {
        let mut actions = Vec::new();
        possible::actions(&world, &state, &mut actions);
        // The hubs have parted.
        if !actions.contains(action) {
            break;
        }
        if let Some((reached, _)) = next::apply(&world, &state, *action, &mut Facts::default()) {
            state = reached;
        }
    }
    state.violated
}

/// Names of the promises that are broken, and the first one's run for ever: how long its way there is, and its cycle.
fn broken(world: &World, graph: &Graph) -> (Vec<&'static str>, Option<(usize, usize)>) {
    let outcomes = graph.promises();
    let broken = eventually::ALL.iter().zip(&outcomes).filter_map(|(promise, outcome)| match outcome {
        Outcome::Broken(lasso) => Some((promise.name, lasso)),
        Outcome::Kept(_) | Outcome::Vacuous => None,
    });
    let broken: Vec<_> = broken.collect();
    let run = broken.first().map(|(_, lasso)| {
        let (stem, cycle) = graph.run(world, lasso);
        assert_eq!(cycle.len(), lasso.cycle.len(), "the cycle can be told step by step");
        (stem.len(), cycle.len())
    });
    (broken.into_iter().map(|(name, _)| name).collect(), run)
}

/// What was found of a mistake.
struct Found {
    world: &'static str,
    /// Steps of the counterexample; of a run for ever, its way and its cycle.
    steps: String,
    /// States looked at.
    states: usize,
}

/// Looks for the mistake in one world: what its property says, if it is the property that is broken there.
fn look(world: &World, mutant: Mutant) -> Option<Found> {
    let world = World { mutant: Some(mutant), ..world.clone() };
    let graph = Graph::explore(&world, &mut |_, _, _| {});
    let found = |steps| Some(Found { world: world.name, steps, states: graph.states() });
    let wanted = mutant.property();
    let Some((number, violated)) = graph.violation else {
        let (names, run) = broken(&world, &graph);
        let (stem, cycle) = run.filter(|_| names.contains(&wanted))?;
        return found(if cycle == 0 { format!("{stem}, then nothing more") } else { format!("{stem}, then {cycle} for ever") });
    };
    let path = graph.path(number);
    let story = Story::of(&world, &path, format!("{mutant:?} in world {}", world.name));
    assert!(names(violated).contains(&wanted), "breaks {:?} first\n{story}", names(violated));
    assert_eq!(without_mistake(&world, &path), 0, "{story}");
    found(path.len().to_string())
}

/// Every mistake is found by the property it is there for, in a world of the set `quick`; the table is the one that is kept.
#[test]
fn every_mistake_is_found() {
    let mut table = String::from(HEAD);
    let quick = World::quick();
    let mut caught: BTreeSet<&str> = BTreeSet::new();
    for (mutant, property) in Mutant::ALL {
        let found = quick.iter().find_map(|world| look(world, mutant));
        let Some(found) = found else { panic!("{mutant:?} is not found by {property}") };
        caught.insert(property);
        table += &format!("| {mutant:?} | {property} | {} | {} | {} |\n", found.world, found.steps, found.states);
    }
    let all = properties::ALL.iter().map(|one| one.name).chain(eventually::ALL.iter().map(|one| one.name));
    assert_eq!(all.filter(|name| !caught.contains(name)).collect::<Vec<_>>(), Vec::<&str>::new(), "properties that catch nothing");
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/MUTANTS.md");
    if std::env::var_os("NETSESSION_WRITE").is_some() {
        std::fs::write(kept, &table).expect("the table can be written");
    }
    let written = std::fs::read_to_string(kept).unwrap_or_default();
    assert_eq!(written, table, "model/MUTANTS.md is not what was found; `make mutants` writes it");
}

const HEAD: &str = "# Mistakes, and who finds them\n\n\
    Written by `make mutants`. Each mistake is one line of the hub that is wrong in a test build (`fsm/src/hub/mutants.rs` says which); the \n\
    property is the one it breaks on the shortest way there is, in the first world of the set `quick` in which it does.\n\n\
    | mistake | property | world | steps | states looked at |\n|---|---|---|---|---|\n";

#[test]
fn a_hub_without_a_mistake_keeps_everything() {
    for world in World::quick() {
        let graph = Graph::explore(&world, &mut |_, _, _| {});
        assert_eq!(graph.violation, None, "world {}", world.name);
        assert_eq!(broken(&world, &graph), (Vec::new(), None), "world {}", world.name);
        assert_eq!(graph.first_restless(), None, "world {}", world.name);
    }
}
