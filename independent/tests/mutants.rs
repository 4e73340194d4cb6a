//! Does the comparison with the specification find a hub that makes a mistake?

use netsession_fsm::hub::Mutant;
use netsession_independent::compare::compare;
use netsession_independent::needs::present;
use netsession_independent::ours;
use netsession_independent::tlc::{self, Tlc};
use netsession_model::world::World;
use std::path::Path;

/// A mistake may make the states without end; complete, there are fewer.
const MOST: usize = 30_000;

/// Mistakes that cannot show in the world the specification speaks of.
const HIDDEN: [(Mutant, &str); 8] = [
    (Mutant::TellsMonitors, "there is one session"),
    (Mutant::ForgetsHolders, "there is one session"),
    (Mutant::RaisesTwice, "there is one session"),
    (Mutant::LowersUnderOthers, "there is one session"),
    (Mutant::TakesStaleAnswers, "answers name the pending offer"),
    (Mutant::TakesLateReports, "reports arrive at once"),
    (Mutant::RaisesOnBusyRadio, "there is no radio"),
    (Mutant::ForgetsRetry, "lowering does not fail"),
];

#[test]
fn mistakes_that_show_are_found() {
    let Some(tlc) = present(Tlc::find(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants"))) else { return };
    let run = tlc.run("handshake", &tlc.specification("handshake")).expect("TLC completes");
    let specified = tlc::system(&run).expect("readable");
    let mut found = 0;
    for mutant in Mutant::ALL {
        let world = World { mutant: Some(mutant), ..ours::world() };
        let outcome = compare(&ours::walk(&world, MOST), &specified);
        let steps = outcome.differences.first().map(|difference| difference.path.len() + 1);
        println!("{mutant:?}: {steps:?} steps, {} differences", outcome.differences.len());
        let hidden = HIDDEN.iter().find(|(hidden, _)| *hidden == mutant);
        assert_eq!(steps.is_some(), hidden.is_none(), "{mutant:?}, {hidden:?}");
        found += usize::from(steps.is_some());
    }
    assert_eq!(found + HIDDEN.len(), Mutant::ALL.len());
}
