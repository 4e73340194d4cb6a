//! Does the comparison with the specification find a hub that makes a mistake?

use netsession_fsm::hub::Mutant;
use netsession_independent::compare::compare;
use netsession_independent::needs::present;
use netsession_independent::ours;
use netsession_independent::system::System;
use netsession_independent::tlc::{self, Tlc};
use netsession_model::world::World;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

/// Differences are near the beginning, and a mistake may make the states without end.
const MOST: usize = 5_000;

/// Mistakes that cannot show in the worlds the specification speaks of, and why.
const HIDDEN: [(Mutant, &str); 23] = [
    (Mutant::TellsMonitors, "there is one session"),
    (Mutant::ForgetsHolders, "there is one session"),
    (Mutant::RaisesTwice, "there is one session"),
    (Mutant::LowersUnderOthers, "there is one session"),
    (Mutant::TakesStaleAnswers, "answers name the pending offer"),
    (Mutant::TakesLateReports, "no report comes late"),
    (Mutant::HearsTheGone, "no executor is gone"),
    (Mutant::ForgetsDone, "no report overtakes a command"),
    (Mutant::RaisesOnBusyRadio, "there is no radio"),
    (Mutant::RestoresNothing, "there is no radio"),
    (Mutant::ForgetsRetry, "lowering does not fail"),
    (Mutant::ReopensAtOnce, "the session does not open again by itself"),
    (Mutant::ForgetsLaterOpens, "an open is asked once"),
    (Mutant::SkipsANumber, "numbers of notices are not looked at"),
    (Mutant::IgnoresRequirements, "there are no requirements"),
    (Mutant::DropsRudely, "no owner dies"),
    (Mutant::RoutesByLast, "the default route is not looked at"),
    (Mutant::ForgetsRemoved, "no configuration is removed"),
    (Mutant::RemovesUnderHolders, "no configuration is removed"),
    (Mutant::OffersUnsettled, "nothing has to settle"),
    (Mutant::ForgetsSettling, "nothing has to settle"),
    (Mutant::ScansForEver, "nobody asks for a scan"),
    (Mutant::AnswersFirstScan, "nobody asks for a scan"),
];

/// A world, and what the specification says of it.
type Specified = (World, System);

/// How many steps there are to the first difference; `None`: none.
fn steps(mutant: Mutant, worlds: &[Specified]) -> Option<usize> {
    worlds.iter().find_map(|(world, specified)| {
        let world = World { mutant: Some(mutant), ..world.clone() };
        let outcome = compare(&ours::walk(&world, MOST), specified);
        Some(outcome.differences.first()?.path.len() + 1)
    })
}

#[test]
fn mistakes_that_show_are_found() {
    let Some(tlc) = present(Tlc::find(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants"))) else { return };
    let specified = |world: World| {
        let run = tlc.run("handshake", &tlc.specification(world.name)).expect("TLC completes");
        let system = tlc::system(&run).expect("readable");
        assert_eq!(compare(&ours::walk(&world, MOST), &system).differences, [], "without a mistake nothing is different");
        (world, system)
    };
    let worlds = [ours::world(), ours::modes()].map(specified);
    let found = Mutex::new(BTreeMap::new());
    let (even, odd): (Vec<_>, Vec<_>) = Mutant::ALL.iter().enumerate().partition(|(place, _)| place % 2 == 0);
    std::thread::scope(|scope| {
        for half in [even, odd] {
            scope.spawn(|| {
                for (_, (mutant, _)) in half {
                    let steps = steps(*mutant, &worlds);
                    found.lock().expect("nobody panics here").insert(*mutant, steps);
                }
            });
        }
    });
    let found = found.into_inner().expect("nobody panics here");
    for (mutant, steps) in &found {
        let why = HIDDEN.iter().find(|(hidden, _)| hidden == mutant).map(|(_, why)| *why);
        match (steps, why) {
            (Some(steps), None) => println!("{mutant:?}: a difference after {steps} steps"),
            (Some(steps), Some(why)) => panic!("{mutant:?} shows after {steps} steps, although {why}"),
            (None, Some(why)) => println!("{mutant:?} does not show: {why}"),
            (None, None) => println!("{mutant:?} does not show"),
        }
    }
    assert!(found.values().flatten().count() >= 37, "{found:?}");
}
