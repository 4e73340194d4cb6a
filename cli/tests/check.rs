//! Does `check` end with 1 when something does not hold, and show how that comes about? On a hub with a mistake in it.

mod common;

use common::Place;
use roxmltree::Document;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

#[test]
fn what_does_not_hold_ends_with_1_and_its_story() {
    let place = Place::new("check");
    let words = ["check", "--world", "radio", "--mutant", "RaisesOnBusyRadio"];
    let ended = place.run(&words);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert!(ended.err.contains("error: the check failed in radio: S15 violated"), "{}", ended.err);
    assert!(ended.out.contains("Raise wlan two"), "the shortest story that breaks it: {}", ended.out);
    let ended = place.run(&[&words[..], &["--json"]].concat());
    let told: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!((ended.code, &told["holds"]), (Some(1), &Value::Bool(false)));
    let error: Value = serde_json::from_str(ended.err.lines().last().unwrap_or_default()).expect("JSON");
    assert_eq!((&error["error"]["code"], &error["error"]["kind"]), (&Value::from(1), &Value::from("failed")), "{error}");
}

#[test]
fn a_counterexample_is_a_file_that_is_run_again() {
    let place = Place::new("replay");
    let words = ["check", "--world", "radio", "--mutant", "RaisesOnBusyRadio", "--counterexamples", "broken", "--junit", "check.xml"];
    let ended = place.run(&words);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    let read = |file: &str| fs::read_to_string(place.path(file)).expect("a file");
    let written = "written: broken/radio-S15.trace.json (and .txt, .mmd, .itf.json)";
    assert!(ended.err.contains(written), "{}", ended.err);
    let story = read("broken/radio-S15.txt");
    assert!(ended.out.contains(story.trim()), "the story that was printed");
    assert!(read("broken/radio-S15.mmd").starts_with("sequenceDiagram\n"));
    let itf: Value = serde_json::from_str(&read("broken/radio-S15.itf.json")).expect("JSON");
    assert_eq!(itf["#meta"]["source"], Value::from("netsession check, world radio"));
    let junit = read("check.xml");
    let document = Document::parse(&junit).expect("XML");
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).expect("a failure");
    assert_eq!(failure.text(), Some(story.as_str()));

    let file = "broken/radio-S15.trace.json";
    let again = place.run(&["replay", file]);
    assert_eq!((again.code, again.out.as_str(), again.err.as_str()), (Some(0), story.as_str(), "as recorded: 6 steps, breaks S15\n"));
    let chart = place.run(&["replay", file, "--mermaid"]);
    assert_eq!((chart.code, chart.out), (Some(0), read("broken/radio-S15.mmd")));
    let told: Value = serde_json::from_str(&place.run(&["replay", file, "--json"]).out).expect("JSON");
    assert_eq!((&told["same"], &told["breaks"][0], &told["world"]), (&Value::Bool(true), &Value::from("S15"), &Value::from("radio")));

    let shrunk = place.run(&["replay", file, "--shrink", "short.trace.json"]);
    let told = "6 of 6 steps break S15, too: short.trace.json\nas recorded: 6 steps, breaks S15\n";
    assert_eq!((shrunk.code, shrunk.err.as_str()), (Some(0), told));
    assert_eq!(read("short.trace.json"), read(file), "the search finds the shortest");

    let repaired = read(file).replace("\"mutant\": \"RaisesOnBusyRadio\",", "");
    let place = place.with("repaired.trace.json", &repaired);
    let other = place.run(&["replay", "repaired.trace.json", "--json"]);
    let told: Value = serde_json::from_str(&other.out).expect("JSON");
    assert_eq!((other.code, &told["same"]), (Some(1), &Value::Bool(false)), "{}", other.err);
    let divergence = told["divergence"].as_str().unwrap_or_default();
    assert!(divergence.starts_with("step 6 (hub: deadline of client 0 passed), exchange 1: recorded is {"), "{divergence}");
    let place = place.with("other.json", "{\"netsession_trace\": 7}");
    let other = place.run(&["replay", "other.json"]);
    assert_eq!(other.code, Some(6), "{}", other.err);
    assert!(other.err.starts_with("error: other.json: a recorded run of format 7; this program reads format 1\n"), "{}", other.err);
    assert_eq!(place.run(&["replay", "nowhere.json"]).code, Some(6));
}

#[test]
fn only_what_is_asked_for_is_judged() {
    let place = Place::new("property");
    let ended = place.run(&["check", "--world", "plain", "--property", "s16", "--property", "L3", "--json"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let told: Value = serde_json::from_str(&ended.out).expect("JSON");
    let verdicts = told["worlds"][0]["verdicts"].as_array().expect("a list");
    let judged: Vec<_> = verdicts.iter().enumerate().filter(|(_, verdict)| *verdict != "unasked").map(|(place, _)| place + 1).collect();
    assert_eq!(judged, [16], "{told}");
    let table = place.run(&["check", "--world", "plain", "--property", "L3"]);
    let named: BTreeSet<_> = table.out.lines().filter(|line| line.starts_with(['S', 'L'])).map(|line| &line[..2]).collect();
    assert_eq!(named, BTreeSet::from(["L3"]), "{}", table.out);
}

#[test]
fn a_graph_is_written_in_the_format_its_name_says() {
    let place = Place::new("graph");
    let ended = place.run(&["check", "--world", "plain", "--graph", "plain.aut"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let text = fs::read_to_string(place.path("plain.aut")).expect("a file");
    let header = text.lines().next().unwrap_or_default();
    let numbers: Vec<usize> = header.split(|letter: char| !letter.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    let [0, transitions, states] = numbers[..] else { panic!("{header}") };
    assert_eq!(text.lines().count(), transitions + 1);
    assert_eq!(ended.out, format!("plain.aut: {states} states, {transitions} transitions\n"));
    let whole = place.run(&["check", "--world", "plain", "--graph", "plain.dot"]);
    assert!(whole.err.starts_with("error: world plain has more than 400 states\n  = draw the first steps only"), "{}", whole.err);
    assert!(!place.path("plain.dot").exists(), "nothing is written");
    assert_eq!(place.run(&["check", "--world", "plain", "--graph", "plain.dot", "--depth", "2"]).code, Some(0));
    assert!(fs::read_to_string(place.path("plain.dot")).is_ok_and(|text| text.starts_with("digraph \"plain\" {\n")));
}

#[test]
fn the_commands_of_the_page_and_of_the_workflow_are_ours() {
    let place = Place::new("commands");
    let mut checked = 0;
    for text in [include_str!("../../model/README.md"), include_str!("../../model/ci/github.yml")] {
        let lines = text.lines().map(|line| line.trim().trim_start_matches("run: ")).filter(|line| line.starts_with("netsession check"));
        for line in lines {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().skip(1).chain(["--list"]).collect();
            let ended = place.run(&words);
            assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{line}");
            checked += 1;
        }
    }
    assert!(checked >= 5, "{checked}");
}

/// A way through the handshake that a hub without a mistake goes: recorded by the model, played by the program.
#[test]
fn the_program_does_what_the_model_does() {
    use netsession_model::counterexample::Counterexample;
    use netsession_model::{scenes, trace::Trace, world::World};
    let world = World::solo();
    for (number, story) in scenes::scenes().into_iter().enumerate() {
        let file = format!("scene{number}.trace.json");
        let trace = Trace::of(&world, &Counterexample { properties: Vec::new(), story });
        let place = Place::new(&format!("simulate{number}")).with(&file, &trace.json());
        let ended = place.run(&["replay", &file, "--simulate", "--json"]);
        let told: Value = serde_json::from_str(&ended.out).expect("JSON");
        assert_eq!((ended.code, &told["same"]), (Some(0), &Value::Bool(true)), "{}", ended.err);
        let inputs: usize = trace.steps.iter().map(|step| step.exchanges.len()).sum();
        assert_eq!(told["simulated"], Value::from(inputs), "{told}");
    }
}

/// Time is simulated: an open that nobody answers runs into its deadline.
#[test]
fn the_program_waits_for_its_deadlines() {
    use netsession::SessionId;
    use netsession::fsm::hub::Timer;
    use netsession::{AccessPointId, ConfigurationState};
    use netsession_model::action::{Action, Ask};
    use netsession_model::counterexample::Counterexample;
    use netsession_model::{story::Story, trace::Trace, world::World};
    let world = World::plain();
    let (wlan, session) = (AccessPointId(0), SessionId { index: 0, generation: 0 });
    let path = [
        Action::Becomes(wlan, ConfigurationState::Discovered),
        Action::Arrives(wlan, 0),
        Action::Ask(0, Ask::Open),
        Action::Fires(Timer::Session(session)),
        Action::Finishes(wlan, true),
        Action::Arrives(wlan, 0),
    ];
    let trace = Trace::of(&world, &Counterexample { properties: Vec::new(), story: Story::of(&world, &path, "a deadline") });
    assert_eq!(trace.steps.len(), path.len(), "every step can be taken");
    let place = Place::new("deadline").with("it.trace.json", &trace.json());
    let ended = place.run(&["replay", "it.trace.json", "--simulate"]);
    let last = "so does the program: 4 inputs of its drive loop, answered as recorded";
    assert_eq!((ended.code, ended.err.lines().last()), (Some(0), Some(last)), "{}", ended.err);
}

/// The hub of the program makes no mistake: it parts from a run that needs one, and says where.
#[test]
fn the_program_parts_from_a_hub_with_a_mistake() {
    let place = Place::new("parts");
    place.run(&["check", "--world", "radio", "--mutant", "RaisesOnBusyRadio", "--counterexamples", "broken"]);
    let ended = place.run(&["replay", "broken/radio-S15.trace.json", "--simulate"]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    let told =
        "error: broken/radio-S15.trace.json: the hub does what was recorded, the program does not: step 6 (hub: deadline of client 0";
    assert!(ended.err.starts_with(told), "{}", ended.err);
}
