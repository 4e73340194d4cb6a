//! Does our search find what stateright finds? In whole worlds, small ones, whatever the number of threads.

use super::{Options, Outcome, Search, Why};
use crate::second;
use crate::state::State;
use crate::world::World;
use crate::{next, possible};
use std::num::NonZero;

fn threads(count: usize) -> NonZero<usize> {
    NonZero::new(count).expect("some threads")
}

fn search(world: &World, options: &Options) -> Search {
    Search::run(world, options, &mut |_| {})
}

/// Small worlds of each kind: sessions that share, a user choice, sessions of one process.
fn small() -> Vec<World> {
    vec![World::plain(), World::shared(), World::process()]
}

#[test]
fn stateright_finds_the_same_states() {
    for world in small() {
        let ours = search(&world, &Options { edges: false, ..Options::default() });
        let other = second::search(&world, None, threads(2), &mut |_, _| {});
        assert!(other.complete, "{}: {other:?}", world.name);
        let Outcome::Complete { states, .. } = ours.outcome else { panic!("{}: {:?}", world.name, ours.outcome) };
        assert_eq!((states, ours.violation()), (other.states, None), "{}", world.name);
    }
}

#[test]
fn no_step_looks_at_more_than_it_is_remembered_by() {
    for world in small() {
        let rechecked = search(&world, &Options { recheck: true, ..Options::default() });
        let remembered = search(&world, &Options::default());
        assert_eq!(rechecked.outcome, remembered.outcome, "{}", world.name);
        assert!(matches!(rechecked.outcome, Outcome::Complete { .. }), "{}: {:?}", world.name, rechecked.outcome);
    }
}

#[test]
fn numbers_do_not_depend_on_the_number_of_threads() {
    let world = World::shared();
    let one = search(&world, &Options { threads: threads(1), ..Options::default() });
    let three = search(&world, &Options { threads: threads(3), ..Options::default() });
    assert_eq!((one.outcome, one.facts(), one.records()), (three.outcome, three.facts(), three.records()));
    for number in (0..one.states() as u32).step_by(997) {
        assert_eq!(one.path(number), three.path(number), "state {number}");
    }
}

#[test]
fn a_path_leads_to_its_state_and_none_is_shorter() {
    let world = World::shared();
    let found = search(&world, &Options::default());
    let mut last = 0;
    for number in (0..found.states() as u32).step_by(1009) {
        let path = found.path(number);
        let mut state = State::initial(&world);
        for action in &path {
            let mut actions = Vec::new();
            possible::actions(&world, &state, &mut actions);
            assert!(actions.contains(action), "state {number}: {action:?}");
            state = next::apply(&world, &state, *action, &mut crate::observe::Facts::default()).expect("it changes something").0;
        }
        assert_eq!(found.number(&state), Some(number));
        assert!(path.len() >= last, "levels come in order");
        last = path.len();
    }
    assert!(last <= found.depth);
}

#[test]
fn a_search_that_is_cut_short_says_so() {
    let world = World::shared();
    let few = search(&world, &Options { states: Some(1000), ..Options::default() });
    assert_eq!(few.outcome, Outcome::Truncated { why: Why::States(1000) });
    assert!(few.graph().is_none(), "nothing is judged over half a graph");
    let limit = 12_500_000;
    let little = search(&world, &Options { memory: Some(limit), threads: threads(1), ..Options::default() });
    let enough = search(&world, &Options { memory: Some(limit), threads: threads(1), edges: false, ..Options::default() });
    assert_eq!(little.outcome, Outcome::Truncated { why: Why::Memory(limit) });
    assert!(little.bytes <= limit + limit / 4 && enough.bytes <= limit, "{} {}", little.bytes, enough.bytes);
    assert!(matches!(enough.outcome, Outcome::Complete { .. }), "{:?}", enough.outcome);
    let cut = second::search(&world, Some(1000), threads(1), &mut |_, _| {});
    assert!(!cut.complete, "{cut:?}");
}
