//! Does every property notice the mistake it is there for? One hub with a mistake for each, and one without.

use netsession_fsm::hub::Mutant;
use netsession_fsm::words::Mode;
use netsession_model::action::Action;
use netsession_model::eventually::{self, Outcome};
use netsession_model::graph::Graph;
use netsession_model::observe::Facts;
use netsession_model::properties::{self, bit};
use netsession_model::state::State;
use netsession_model::story::Story;
use netsession_model::world::{NETWORK, Plan, World};
use netsession_model::{next, possible};

/// One session, two access points, raises that fail: liveness needs the whole graph, and a small one will do.
fn small(mode: Mode) -> World {
    World { sessions: vec![Plan::of(0, NETWORK, mode)], ..World::plain() }
}

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
        Mutant::GoesToAndFro => small(Mode::Forced),
        Mutant::TriesForEver
        | Mutant::ForgetsRetry
        | Mutant::OffersForEver
        | Mutant::TestsForEver
        | Mutant::ForgetsReap
        | Mutant::ForgetsToLook
        | Mutant::WaitsInTheDark => small(Mode::Application),
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

#[test]
fn every_promise_finds_its_mutant() {
    let liveness = &Mutant::ALL[properties::ALL.len()..];
    assert_eq!(liveness.len(), eventually::ALL.len());
    for (mutant, promise) in liveness.iter().zip(&eventually::ALL) {
        let world = world(*mutant);
        let graph = Graph::explore(&world, &mut |_, _, _| {});
        assert_eq!(graph.violation, None, "{mutant:?} is a mistake of another kind");
        let (names, run) = broken(&world, &graph);
        println!("{:<4} {mutant:?}: {names:?}, stem and cycle {run:?}, {} states", promise.name, graph.states());
        assert!(names.contains(&promise.name), "{mutant:?} breaks {names:?}");
    }
}

#[test]
fn a_hub_without_a_mistake_keeps_every_promise() {
    for mode in [Mode::Application, Mode::Forced, Mode::Off] {
        let world = small(mode);
        let graph = Graph::explore(&world, &mut |_, _, _| {});
        assert_eq!(broken(&world, &graph), (Vec::new(), None), "{mode:?}");
    }
}

#[test]
fn every_property_finds_its_mutant() {
    for (place, mutant) in Mutant::ALL.into_iter().take(properties::ALL.len()).enumerate() {
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
