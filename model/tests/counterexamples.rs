//! Does a person get of a violation what they need: a story, a run that can be taken again, and verdicts that do not lie?

use netsession_fsm::hub::Mutant;
use netsession_model::check::{self, Report, Verdict};
use netsession_model::counterexample::{Counterexample, names};
use netsession_model::observe::Facts;
use netsession_model::shorter::shorter;
use netsession_model::state::State;
use netsession_model::story::Story;
use netsession_model::trace::{Divergence, Trace, TraceError};
use netsession_model::world::World;
use netsession_model::{eventually, junit, next, possible, properties};
use roxmltree::Document;

fn radio(mutant: Option<Mutant>) -> World {
    World { mutant, ..World::radio() }
}

/// One session, two access points: small enough for liveness.
fn small(mutant: Mutant) -> World {
    World { mutant: Some(mutant), states: 0, ..World::plain() }
}

fn checked(world: &World) -> Report {
    check::run(std::slice::from_ref(world), &check::Options::default(), &mut |_| {})
}

#[test]
fn a_violation_is_taken_again_and_told_when_it_is_gone() {
    let world = radio(Some(Mutant::RaisesOnBusyRadio));
    let report = checked(&world);
    let [found] = &report.worlds[0].counterexamples[..] else { panic!("{report}") };
    assert_eq!(found.properties, ["S15"]);
    let trace = Trace::of(&world, found);
    assert_eq!(Trace::parse(&trace.json()).as_ref(), Ok(&trace), "what is written is read");
    assert_eq!(trace.world(), Some(world.clone()), "the world is known by name, the mistake too");
    let replay = trace.replay(&world);
    assert_eq!(replay.divergence, None);
    assert_eq!((&replay.story.lines, &replay.story.title), (&found.story.lines, &found.story.title));
    // A hub without the mistake answers otherwise, at the step where the mistake is made and not before.
    let repaired = trace.replay(&radio(None));
    let Some(Divergence::Otherwise { step, recorded, given, .. }) = &repaired.divergence else { panic!("{repaired:?}") };
    assert_eq!(*step, trace.steps.len());
    assert!(recorded.contains("\"Raise\"") && !given.contains("\"Raise\""), "recorded {recorded}, given {given}");
    assert_eq!(repaired.story.path.len(), trace.steps.len());
}

#[test]
fn a_changed_trace_parts_where_it_was_changed() {
    let world = radio(Some(Mutant::RaisesOnBusyRadio));
    let report = checked(&world);
    let trace = Trace::of(&world, &report.worlds[0].counterexamples[0]);
    let mut other = trace.clone();
    other.steps.remove(0);
    assert!(matches!(other.replay(&world).divergence, Some(Divergence::Impossible { step: 1, .. })), "the report of nothing");
    let mut other = trace.clone();
    other.breaks = vec!["S6".to_owned()];
    let expected = Divergence::Verdict { recorded: "S6".to_owned(), given: "S15".to_owned() };
    assert_eq!(other.replay(&world).divergence, Some(expected));
    let mut other = trace.clone();
    other.steps[1].exchanges[0].outputs.clear();
    assert!(matches!(other.replay(&world).divergence, Some(Divergence::Otherwise { step: 2, exchange: 1, .. })));
    let mut other = trace.clone();
    other.cycle = Some(2);
    assert!(matches!(other.replay(&world).divergence, Some(Divergence::NoCycle { first: 3, last: 6 })));
    other.cycle = Some(7);
    assert_eq!(Trace::parse(&other.json()), Err(TraceError::Cycle { cycle: 7, steps: 6 }));
    other.netsession_trace = 2;
    assert_eq!(Trace::parse(&other.json()), Err(TraceError::Format(2)));
    assert!(matches!(Trace::parse("{}"), Err(TraceError::Malformed(_))));
}

#[test]
fn a_broken_promise_is_a_run_for_ever() {
    let turning = World { mutant: Some(Mutant::GoesToAndFro), states: 0, ..World::forced() };
    for (world, promise) in [(turning, "L7"), (small(Mutant::OffersForEver), "L3"), (small(Mutant::TestsForEver), "L4")] {
        let mutant = world.mutant;
        let report = checked(&world);
        let found = report.worlds[0].counterexamples.iter().find(|found| found.properties == [promise]);
        let found = found.unwrap_or_else(|| panic!("{mutant:?}: {report}"));
        let stem = found.story.cycle.expect("a run for ever");
        let trace = Trace::of(&world, found);
        assert_eq!(trace.replay(&world).divergence, None, "{mutant:?}");
        let chart = found.story.mermaid();
        let (loops, ends) = (chart.matches("    loop for ever\n").count(), chart.matches("    end\n").count());
        let expected = usize::from(found.story.path.len() > stem);
        assert_eq!((loops, ends), (expected, expected), "{chart}");
    }
}

/// A run of a world that ends where something is broken: steps that can be taken, chosen by a number.
fn wandering(world: &World, mut number: u64) -> Option<Trace> {
    let (mut state, mut path, mut possible) = (State::initial(world), Vec::new(), Vec::new());
    while state.violated == 0 && path.len() < 4_000 {
        possible.clear();
        possible::actions(world, &state, &mut possible);
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let first = (number >> 33) as usize;
        let taken = (0..possible.len()).map(|place| possible[(first + place) % possible.len()]).find_map(|action| {
            let (reached, _) = next::apply(world, &state, action, &mut Facts::default())?;
            Some((action, reached))
        });
        let (action, reached) = taken?;
        path.push(action);
        state = reached;
    }
    let found = Counterexample { properties: names(state.violated), story: Story::of(world, &path, "A walk.") };
    (state.violated != 0).then(|| Trace::of(world, &found))
}

#[test]
fn a_long_run_is_shrunk_to_what_breaks_the_promise() {
    let world = radio(Some(Mutant::RaisesOnBusyRadio));
    let long = (1..64).filter_map(|number| wandering(&world, number)).find(|trace| trace.breaks == ["S15"] && trace.steps.len() > 20);
    let long = long.expect("a walk that comes to it");
    let short = shorter(&long, &world).expect("it breaks something");
    assert_eq!((&short.breaks, short.replay(&world).divergence), (&long.breaks, None));
    assert!(short.steps.len() < long.steps.len() / 2, "{} of {} steps", short.steps.len(), long.steps.len());
    // No step of it can be left out, and it is not made any shorter by shrinking it again.
    for step in 0..short.steps.len() {
        let mut without = short.clone();
        without.steps.remove(step);
        assert_eq!(shorter(&without, &world), None, "step {} is not needed: {:?}", step + 1, short.steps[step].action);
    }
    assert_eq!(shorter(&short, &world).map(|again| again.steps), Some(short.steps.clone()));
    // A hub without the mistake breaks nothing that could be shrunk.
    assert_eq!(shorter(&long, &radio(None)), None);
}

#[test]
fn nothing_is_proved_by_a_search_that_ended_before() {
    let report = checked(&radio(Some(Mutant::RaisesOnBusyRadio)));
    let world = &report.worlds[0];
    for (property, verdict) in properties::ALL.iter().zip(&world.verdicts) {
        let expected = if property.name == "S15" { Verdict::Violated } else { Verdict::Undecided };
        assert_eq!(*verdict, expected, "{}", property.name);
    }
    assert!(!report.holds());
    let text = report.to_string();
    assert!(!text.contains("proved in") && text.contains("VIOLATED in radio"), "{text}");
    // Whoever asks for something else is told all the same.
    let only = report.only(&["S6"]);
    assert!(!only.holds() && only.worlds[0].counterexamples.len() == 1, "{only}");
}

#[test]
fn a_junit_file_says_what_the_report_says() {
    let right = checked(&radio(None));
    assert!(right.holds(), "{right}");
    let wrong = checked(&radio(Some(Mutant::RaisesOnBusyRadio)));
    let unkept = checked(&small(Mutant::OffersForEver));
    for report in [&right, &wrong, &unkept] {
        let text = junit::document(report);
        let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let suites: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testsuite")).collect();
        assert_eq!(suites.len(), report.worlds.len());
        for (suite, world) in suites.iter().zip(&report.worlds) {
            let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
            assert_eq!(cases.len(), properties::ALL.len() + eventually::ALL.len() + 2, "each property, quiet and counts");
            let having = |tag: &str| cases.iter().filter(|case| case.children().any(|child| child.has_tag_name(tag))).count();
            let number = |name: &str| suite.attribute(name).and_then(|value| value.parse::<usize>().ok());
            assert_eq!(number("tests"), Some(cases.len()));
            assert_eq!(number("failures"), Some(having("failure")));
            assert_eq!(number("skipped"), Some(having("skipped")));
            assert_eq!(having("failure") == 0, world.faults().is_empty(), "{text}");
            for failure in cases.iter().flat_map(|case| case.children()).filter(|node| node.has_tag_name("failure")) {
                let told = failure.text().unwrap_or_default();
                assert!(told.contains("is Discovered now"), "a failure has its story: {text}");
            }
        }
    }
    let only = right.only(&["S15", "L5"]);
    let text = junit::document(&only);
    let cases = Document::parse(&text).map(|document| document.descendants().filter(|node| node.has_tag_name("testcase")).count());
    assert_eq!(cases, Ok(4), "{text}");
}
