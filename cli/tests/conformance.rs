//! Does `conformance` play the laws, tell what became of each, and say what cannot be played?

mod common;

use common::Place;
use serde_json::{Value, json};
use std::fs;

/// The verdicts as JSON; and the exit code.
fn told(place: &Place, words: &[&str]) -> (Value, Option<i32>) {
    let ended = place.run(words);
    (serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err)), ended.code)
}

#[test]
fn the_simulator_keeps_every_law() {
    let place = Place::new("conformance");
    let (told, code) = told(&place, &["conformance", "--backend", "sim", "--json"]);
    assert_eq!((code, &told["holds"]), (Some(0), &json!(true)), "{told}");
    let laws = told["executors"][0]["laws"].as_array().expect("laws");
    let listed = place.run(&["conformance", "--list"]);
    assert_eq!((laws.len(), listed.code), (listed.out.lines().count(), Some(0)));
    assert!(laws.iter().all(|law| law["verdict"] == "passed"), "{told}");
}

#[test]
fn laws_are_chosen_by_name_group_and_section() {
    let place = Place::new("laws");
    let words =
        ["conformance", "--backend", "sim", "--law", "endings", "--law", "c4", "--law", "open_joins_a_raise", "--junit", "laws.xml"];
    let ended = place.run(&words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert!(
        ended.out.starts_with("sim\n  operations::open_joins_a_raise ") && ended.out.ends_with("7 passed, 0 failed\n"),
        "{}",
        ended.out
    );
    let text = fs::read_to_string(place.path("laws.xml")).expect("it was written");
    let document = roxmltree::Document::parse(&text).expect("XML");
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("a suite");
    assert_eq!((suite.attribute("name"), suite.attribute("tests"), suite.attribute("failures")), (Some("sim"), Some("7"), Some("0")));
    assert_eq!(suite.children().filter(|node| node.has_tag_name("testcase")).count(), 7);
    let unknown = place.run(&["conformance", "--law", "nothing"]);
    assert_eq!(unknown.code, Some(4));
    assert!(unknown.err.contains("trials"), "{}", unknown.err);
}

#[test]
fn what_is_excused_is_said() {
    let place = Place::new("excused");
    let (excused, code) = told(&place, &["conformance", "--backend", "broker", "--law", "C5", "--json"]);
    // nothing was played, and nothing had to be
    assert_eq!((code, &excused["executors"][0]["laws"][0]["verdict"]), (Some(0), &json!("excused")), "{excused}");
}

#[test]
fn the_broker_is_no_executor_of_sessions() {
    let place = Place::new("no-executor");
    assert_eq!(place.run(&["list", "--backend", "broker"]).code, Some(2));
}
