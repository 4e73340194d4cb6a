//! Can somebody check a world and a property of their own, and see why it does not hold?

use netsession_fsm::words::SessionState;
use netsession_model::always::{Fails, always};
use netsession_model::engine::{Options, Search};
use netsession_model::state::State;

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
    let Err(Fails::Broken(story)) = broken else { panic!("somebody is: {broken:?}") };
    assert!(story.title.starts_with("The shortest counterexample to nobody is ever connected in world ship, "), "{}", story.title);
    assert!(story.lines.last().is_some_and(|line| line.text.contains("opened") || line.text.contains("Connected")), "{story}");
    let search = Search::run(&own_world::ship(), &Options::default(), &mut |_| {});
    let connected = (0..search.states() as u32).filter(|number| is_connected(&search.state(*number)));
    assert_eq!(Some(story.path.len()), connected.map(|number| search.path(number).len()).min());
}

#[test]
fn a_property_that_speaks_of_nothing_has_no_witness() {
    let holds = always(&own_world::ship(), "nothing", |_| None).unwrap_or_else(|story| panic!("{story}"));
    assert_eq!(holds.witnesses, 0);
}
