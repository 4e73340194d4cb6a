//! Does our search find what stateright finds? In whole worlds, small ones, whatever the number of threads.

use super::{Options, Outcome, Search, Why};
use crate::second::{self, Form};
use crate::state::State;
use crate::world::{Faults, NETWORK, Plan, World};
use crate::{eventually, next, possible};
use netsession_fsm::words::{AccessPointId, Mode};
use std::num::NonZero;

fn threads(count: usize) -> NonZero<usize> {
    NonZero::new(count).expect("some threads")
}

fn search(world: &World, options: &Options) -> Search {
    Search::run(world, options, &mut |_| {})
}

/// Small worlds of each kind: sessions that share, sessions of one process and a daemon that goes, reports that overtake each other or are
/// lost, a default route that cannot be switched.
fn small() -> Vec<World> {
    vec![World::plain(), World::shared(), World::process(), World::late(), World::routes()]
}

#[test]
fn stateright_finds_the_same_states_and_transitions() {
    for world in small() {
        let ours = search(&world, &Options { edges: false, ..Options::default() });
        let Outcome::Complete { states, transitions, .. } = ours.outcome else { panic!("{}: {:?}", world.name, ours.outcome) };
        for form in [Form::Whole, Form::Codes] {
            let other = second::search(&world, form, None, threads(2), &mut |_, _| {});
            assert!(other.complete && other.form == form, "{}: {other:?}", world.name);
            assert_eq!((states, transitions, ours.violation()), (other.states, other.transitions, None), "{}", world.name);
        }
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
    let options = Options { threads: threads(1), ..Options::default() };
    let whole = search(&world, &options);
    let limit = whole.bytes / 4 * 3;
    let little = search(&world, &Options { memory: Some(limit), ..options });
    assert_eq!(little.outcome, Outcome::Truncated { why: Why::Memory(limit) });
    assert!(little.bytes <= limit + limit / 8 && little.graph().is_none(), "{}", little.bytes);
    let enough = search(&world, &Options { memory: Some(whole.bytes * 2), ..options });
    assert_eq!(enough.outcome, whole.outcome);
    let cut = second::search(&world, Form::Whole, Some(1000), threads(1), &mut |_, _| {});
    assert!(!cut.complete, "{cut:?}");
}

/// Two sessions alike on two access points, three on one.
fn alike() -> Vec<World> {
    let of = |count: u8| (0..count).map(|process| Plan::of(process, NETWORK, Mode::Forced)).collect();
    let two = World { sessions: of(2), faults: Faults { raise_fails: false, ..World::plain().faults }, ..World::plain() };
    let access_points = two.access_points[..1].to_vec();
    let three = World { access_points, networks: vec![vec![AccessPointId(0)]], sessions: of(3), ..World::plain() };
    vec![two, three]
}

#[test]
fn sessions_alike_change_places_and_nothing_else_changes() {
    for world in alike() {
        let whole = search(&world, &Options::default());
        let reduced = search(&world, &Options { symmetry: true, ..Options::default() });
        let count = world.sessions.len();
        println!("{count} sessions: {} states, {} stand for them", whole.states(), reduced.states());
        assert_eq!((whole.violation(), whole.facts()), (reduced.violation(), reduced.facts()));
        assert_eq!(whole.depth, reduced.depth);
        let most: usize = (1..=count).product();
        assert!(whole.states() <= reduced.states() * most && reduced.states() < whole.states());
        let restless = |search: &Search| {
            search.graph().map(|(edges, marks)| edges.first_without(|node| eventually::is_marked_quiet(marks[node as usize])))
        };
        assert_eq!(restless(&whole), restless(&reduced));
        assert_eq!(restless(&whole), Some(None));
    }
}

/// States that one stands for lead to the same: looked at in all states that one in so many stands for.
#[test]
fn the_quotient_is_a_bisimulation() {
    for (world, one_in) in alike().into_iter().zip([11, 1]) {
        let whole = search(&world, &Options { edges: false, ..Options::default() });
        let reduced = search(&world, &Options { symmetry: true, edges: false, ..Options::default() });
        let mut leads: Vec<Option<Vec<u32>>> = vec![None; reduced.states()];
        let mut actions = Vec::new();
        for number in 0..whole.states() as u32 {
            let state = whole.state(number);
            let own = reduced.number(&state).expect("something stands for it");
            if !own.is_multiple_of(one_in) {
                continue;
            }
            actions.clear();
            possible::actions(&world, &state, &mut actions);
            let reached = actions.iter().filter_map(|action| next::reached(&world, &state, *action, &mut next::Desk::default()));
            let mut targets: Vec<u32> = reached.map(|reached| reduced.number(&reached).expect("something stands for it")).collect();
            targets.sort_unstable();
            targets.dedup();
            let lead = leads[own as usize].get_or_insert_with(|| targets.clone());
            assert_eq!(*lead, targets, "state {number} does not do what others do that {own} stands for");
        }
        assert!(leads.iter().step_by(one_in as usize).all(Option::is_some), "something stands for nothing");
    }
}

#[test]
fn a_path_among_sessions_alike_is_a_real_one() {
    let world = alike().remove(0);
    let reduced = search(&world, &Options { symmetry: true, ..Options::default() });
    for number in (0..reduced.states() as u32).step_by(1009) {
        let mut state = State::initial(&world);
        for action in reduced.path(number) {
            state = next::reached(&world, &state, action, &mut next::Desk::default()).expect("it changes something");
        }
        assert_eq!(reduced.number(&state), Some(number));
    }
}

#[cfg(feature = "mutants")]
#[test]
fn what_mistakes_violate_is_the_same_where_sessions_change_places() {
    use netsession_fsm::hub::Mutant;
    for mutant in [Mutant::LowersUnderOthers, Mutant::RaisesTwice, Mutant::ForgetsLease, Mutant::RepeatsStates] {
        for world in alike() {
            let world = World { mutant: Some(mutant), ..world };
            let whole = search(&world, &Options { edges: false, ..Options::default() });
            let reduced = search(&world, &Options { symmetry: true, edges: false, ..Options::default() });
            assert!(whole.violation().is_some(), "{mutant:?}");
            assert_eq!((whole.violated(), whole.depth), (reduced.violated(), reduced.depth), "{mutant:?}");
        }
    }
}
