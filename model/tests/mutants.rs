//! Does every safety property notice the mistake it is there for? One hub with a mistake for each, and one without.

use netsession_fsm::hub::Mutant;
use netsession_model::action::Action;
use netsession_model::graph::Graph;
use netsession_model::observe::Facts;
use netsession_model::properties::{self, bit};
use netsession_model::state::State;
use netsession_model::story::Story;
use netsession_model::world::World;
use netsession_model::{next, possible};

/// A world in which the mistake is soon made.
fn world(mutant: Mutant) -> World {
    let world = match mutant {
        Mutant::TellsMonitors | Mutant::ForgetsHolders | Mutant::RaisesTwice | Mutant::LowersUnderOthers => World::pair(),
        Mutant::RaisesOnBusyRadio => World::radio(),
        Mutant::IgnoresWindow => World::terms(),
        Mutant::IgnoresLoss
        | Mutant::ForgetsCancelled
        | Mutant::RepeatsStates
        | Mutant::ForgetsMonitors
        | Mutant::TakesStaleAnswers
        | Mutant::IgnoresLossInTrial
        | Mutant::TakesRejectForAccept
        | Mutant::OffersSuppressed
        | Mutant::ForgetsLease
        | Mutant::TakesLateReports
        | Mutant::ForgetsWithdrawal
        | Mutant::AnnouncesEarly
        | Mutant::RoutesInTrial => World::disorder(),
    };
    World { mutant: Some(mutant), ..world }
}

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

#[test]
fn every_property_finds_its_mutant() {
    for (place, mutant) in Mutant::ALL.into_iter().enumerate() {
        assert_eq!(mutant.property() as usize, place + 1, "{mutant:?} is out of order");
        let world = world(mutant);
        let graph = Graph::explore(&world, &mut |_, _, _| {});
        let Some((number, violated)) = graph.violation else { panic!("{mutant:?} is not found in world {}", world.name) };
        let path = graph.path(number);
        let name = properties::ALL[place].name;
        println!(
            "{name:<4} {mutant:?}: {:?} after {} steps in world {}, {} states",
            names(violated),
            path.len(),
            world.name,
            graph.states()
        );
        let story = Story::of(&world, &path, format!("{mutant:?} in world {}", world.name));
        assert_eq!(names(violated), [name], "{story}");
        assert_eq!(without_mistake(&world, &path), 0, "{story}");
    }
}

#[test]
fn a_hub_without_a_mistake_violates_nothing() {
    let world = World::radio();
    assert_eq!(world.mutant, None);
    let graph = Graph::explore(&world, &mut |_, _, _| {});
    assert_eq!(graph.violation, None, "world {}", world.name);
}
