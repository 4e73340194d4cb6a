//! Does SPIN, running the hub's own code, find what we find?

use netsession_independent::needs::present;
use netsession_independent::spin::{Fault, Verifier};
use netsession_model::graph::Graph;
use netsession_model::world::World;
use std::path::Path;

fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the directory for tests lies in the target directory")
}

/// Only that SPIN is not there is a reason to skip.
fn built(features: &str) -> Option<Verifier> {
    match Verifier::build(target(), features) {
        Err(fault @ (Fault::File(..) | Fault::Failed(..))) => panic!("{fault}"),
        built => present(built),
    }
}

#[test]
fn spin_stores_as_many_states_as_we_do_and_finds_what_we_find() {
    if let Some(verifier) = built("") {
        for world in [World::plain(), World::shared(), World::radio()] {
            let counted = verifier.run(world.name, None).expect("it completes");
            let graph = Graph::explore(&world, &mut |_, _, _| {});
            println!("{}: SPIN {counted:?}, ours {} states, {} transitions", world.name, graph.states(), graph.transitions());
            assert_eq!((counted.violated, graph.violation), (0, None), "{}", world.name);
            // SPIN counts its beginning as a transition
            assert_eq!((counted.states, counted.transitions), (graph.states(), graph.transitions() + 1), "{}", world.name);
            assert!(world.states == 0 || world.states == counted.states, "{}", world.name);
        }
    }
    // the same file of the library: one after the other
    if let Some(verifier) = built("mutants") {
        for (mutant, property) in [("AnnouncesEarly", 17), ("RoutesInTrial", 19), ("ForgetsLease", 13)] {
            let counted = verifier.run("plain", Some(mutant)).expect("it stops at a violation");
            assert_ne!(counted.violated & 1 << (property - 1), 0, "{mutant}: {counted:?}");
        }
        assert_eq!(verifier.run("plain", None).expect("it completes").violated, 0);
    }
}
