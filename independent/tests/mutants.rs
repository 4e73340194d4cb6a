//! Does the comparison with the specification find a hub that makes a mistake?

use netsession_fsm::hub::Mutant;
use netsession_independent::compare::compare;
use netsession_independent::needs::present;
use netsession_independent::ours;
use netsession_independent::tlc::{self, Tlc};
use netsession_model::world::World;
use std::path::Path;

/// A mistake may make the states without end; complete, there are fewer.
const MOST: usize = 16_000;

#[test]
fn mistakes_that_show_are_found() {
    let Some(tlc) = present(Tlc::find(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants"))) else { return };
    let run = tlc.run("handshake", &tlc.specification("handshake")).expect("TLC completes");
    let specified = tlc::system(&run).expect("readable");
    for mutant in Mutant::ALL {
        let world = World { mutant: Some(mutant), ..ours::world() };
        let outcome = compare(&ours::walk(&world, MOST), &specified);
        let first = outcome.differences.first();
        println!(
            "{mutant:?}: {} differences, cut {}\n{}",
            outcome.differences.len(),
            outcome.cut,
            first.map(ToString::to_string).unwrap_or_default()
        );
    }
}
