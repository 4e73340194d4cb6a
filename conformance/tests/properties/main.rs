//! Whatever clients and the world do, is everything as the contract says? Random scenarios, witnessed on the simulator, held against a
//! small reference that knows nothing of the hub.
//!
//! What is found is shrunk to the fewest deeds and printed as a scenario; it is kept in `conformance/regressions`, and played first.

mod plot;
mod reference;

use netsession_conformance::scenario::{Scenario, witnessed};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::path::Path;

/// What is to be so of deeds and of what was witnessed of them; the error says what is not.
type Claim = fn(&Scenario, &Scenario) -> Result<(), String>;

/// What is wrong with a scenario of deeds, and the whole of it as it was witnessed.
fn wrong(deeds: &Scenario, claim: Claim) -> Option<String> {
    match witnessed(deeds) {
        Err(trouble) => Some(format!("{trouble}\nin what cannot be witnessed to its end:\n{deeds}")),
        Ok(witnessed) => claim(deeds, &witnessed.scenario).err().map(|why| format!("{why}\nin\n{}", witnessed.scenario)),
    }
}

/// The fewest deeds that break a claim, if any of so many scenarios does.
fn broken(cases: u32, claim: Claim) -> Option<(String, Scenario)> {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4096, ..Config::default() };
    let found = TestRunner::new_with_rng(config, dice()).run(&plot::scenario(), |deeds| match wrong(&deeds, claim) {
        None => Ok(()),
        Some(why) => Err(TestCaseError::fail(why)),
    });
    match found {
        Ok(()) => None,
        Err(TestError::Fail(_, deeds)) => Some(fewest(deeds, claim)),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

/// What is left when no step can be left out any more: deeds that became simpler may have become needless, too.
fn fewest(mut deeds: Scenario, claim: Claim) -> (String, Scenario) {
    let mut place = 0;
    while place < deeds.steps.len() {
        let mut fewer = deeds.clone();
        fewer.steps.remove(place);
        // one without the session that does something later is none
        let sound = Scenario::read(&fewer.file, &fewer.to_string()).is_ok();
        if sound && wrong(&fewer, claim).is_some() {
            (deeds, place) = (fewer, 0);
        } else {
            place += 1;
        }
    }
    (wrong(&deeds, claim).expect("it was wrong"), deeds)
}

/// The same scenarios every time, so that what passes here passes everywhere; others with another `NETSESSION_SEED`.
fn dice() -> TestRng {
    let seed: u64 = std::env::var("NETSESSION_SEED").map_or(0, |seed| seed.parse().expect("NETSESSION_SEED is a number"));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// How many scenarios are made up: `NETSESSION_CASES`, or as many as take about five seconds.
fn cases() -> u32 {
    std::env::var("NETSESSION_CASES").map_or(10_000, |cases| cases.parse().expect("NETSESSION_CASES is a number"))
}

#[test]
fn what_was_found_before_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "scenario")) {
        let name = file.display().to_string();
        let deeds = Scenario::read(&name, &std::fs::read_to_string(file).unwrap()).unwrap_or_else(|error| panic!("{error}"));
        if let Some(why) = wrong(&deeds, reference::agrees) {
            panic!("{name}: {why}");
        }
    }
}

#[test]
fn everything_is_as_the_contract_says() {
    if let Some((why, deeds)) = broken(cases(), reference::agrees) {
        panic!("{why}\nTo keep it, put this into conformance/regressions/NAME.scenario:\n\n{deeds}");
    }
}

/// A claim that is wrong is found to be, with no more deeds than it takes: the search and the shrinking work.
#[test]
fn a_wrong_claim_shrinks_to_a_short_scenario() {
    let (why, deeds) = broken(2000, reference::nobody_is_closed_by_others).expect("a stop by another session closes");
    assert!(why.contains("was closed by others"), "{why}");
    let text = deeds.to_string();
    let reread = Scenario::read(&deeds.file, &text).unwrap_or_else(|error| panic!("{error}"));
    assert!(wrong(&reread, reference::nobody_is_closed_by_others).is_some(), "the file shows it too:\n{text}");
    assert!(deeds.steps.len() <= 5, "two sessions, an open and a stop, and time for it, are enough:\n{text}");
}
