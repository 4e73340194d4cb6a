//! Can somebody check a world and a property of their own, and see why it does not hold?

use netsession_fsm::words::SessionState;
use netsession_model::always::always;
use netsession_model::search::{Found, Search};
use netsession_model::state::State;
use std::ops::ControlFlow;

#[allow(unreachable_pub)]
#[path = "../examples/own_world.rs"]
mod own_world;

#[test]
fn the_example_holds_and_says_something() {
    let holds = own_world::check().unwrap_or_else(|story| panic!("{story}"));
    assert!(holds.witnesses > 0 && holds.witnesses < holds.states, "{holds:?}");
}

#[test]
fn what_does_not_hold_ends_with_the_shortest_story() {
    let is_connected = |state: &State| state.told.iter().any(|told| told.state == SessionState::Connected);
    let broken = always(&own_world::ship(), "nobody is ever connected", |state| Some(!is_connected(state)));
    let story = broken.map_err(|story| *story).expect_err("somebody is");
    assert!(story.title.starts_with("The shortest counterexample to nobody is ever connected in world ship, "), "{}", story.title);
    assert!(story.lines.last().is_some_and(|line| line.text.contains("opened") || line.text.contains("Connected")), "{story}");
    let mut shortest = None;
    Search::run(&own_world::ship(), |_, found| match found {
        Found::State { depth, state, .. } if is_connected(state) => {
            shortest = Some(depth);
            ControlFlow::Break(())
        }
        Found::State { .. } | Found::Step { .. } => ControlFlow::Continue(()),
    });
    assert_eq!(Some(story.path.len()), shortest);
}

#[test]
fn a_property_that_speaks_of_nothing_has_no_witness() {
    let holds = always(&own_world::ship(), "nothing", |_| None).unwrap_or_else(|story| panic!("{story}"));
    assert_eq!(holds.witnesses, 0);
}
