//! Does `conformance` play the laws, tell what became of each, and say what cannot be played? Do `scenario` and `replay` play stories?

mod common;

use common::{Ended, Place, simulated};
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

const ROAM: &str = "\
# A roam.
access point home
access point phone
service network net: home, phone

session anna on net: forced
anna opens
  anna says Connecting, Connected, opened
home is cut
  anna says Roaming, Connected
  anna is on phone
";

#[test]
fn a_scenario_is_played_and_says_what_was_not_so() {
    let wrong = ROAM.replace("home is cut", "after 5 s\nhome is cut").replace("Roaming, Connected", "Roaming, Disconnected");
    let place = Place::new("scenario").with("roam.scenario", ROAM).with("wrong.scenario", &wrong);
    let place = place.with("mistake.scenario", "# Not understood.\naccess point home: on the moon\n");
    let right = place.run(&["scenario", "roam.scenario"]);
    assert_eq!((right.code, right.out.as_str(), right.err.as_str()), (Some(0), "passed      roam.scenario on sim\n", ""));
    let ended = place.run(&["scenario", "roam.scenario", "wrong.scenario", "--json"]);
    let told: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let verdicts: Vec<_> = told.iter().map(|told| (told["file"].as_str(), told["verdict"].as_str())).collect();
    assert_eq!((ended.code, verdicts), (Some(1), vec![(Some("roam.scenario"), Some("passed")), (Some("wrong.scenario"), Some("failed"))]));
    let ended = place.run(&["scenario", "wrong.scenario", "--shrink", "short.scenario"]);
    let first = "error: on sim: wrong.scenario:11: anna: State(Connected) was said, number 0 of what was expected is State(Disconnected)";
    assert!(ended.err.contains(first), "{}", ended.err);
    assert_eq!((ended.code, ended.err.lines().next()), (Some(1), Some("6 of 7 steps fail in the same way: short.scenario")));
    let mistake = place.run(&["scenario", "mistake.scenario"]);
    assert_eq!(mistake.code, Some(3));
    assert!(mistake.err.starts_with("error: mistake.scenario:2:20: \"on\" was not expected here\n"), "{}", mistake.err);
    assert_eq!(place.run(&["scenario", "nowhere.scenario"]).code, Some(6));
}

/// One command plays a run on real links: with the kernel alone, and with each daemon.
fn on_real_links(place: &Place, run: &str) {
    for real in ["netlink", "networkmanager", "connman"] {
        let replayed = place.run(&["replay", run, "--backend", real]);
        if replayed.err.contains("cannot be played here") {
            assert!(std::env::var_os("CI").is_none(), "{}", replayed.err);
            eprintln!("SKIPPED replay of {run} on {real}: {}", replayed.err);
            continue;
        }
        let ending = format!("so it is on {real}\n");
        assert!(replayed.code == Some(0) && replayed.err.ends_with(&ending), "{run}: {}", replayed.err);
    }
}

/// A path through a world of the model is such a run, too, if its steps can be brought about: a report that comes while a raise is under way.
#[test]
fn a_path_of_the_model_is_played_on_real_links() {
    let name = "link-raising-reported-active-operation-under-way-raising.trace.json";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/orders").join(name);
    let place = Place::new("path").with("path.trace.json", &std::fs::read_to_string(path).expect("it is in the tree"));
    assert_eq!(place.run(&["replay", "path.trace.json", "--backend", "sim"]).code, Some(0));
    on_real_links(&place, "path.trace.json");
}

/// What a program recorded is a scenario, which can be played, and is played by `replay` at once.
#[test]
fn a_recording_is_a_scenario() {
    let place = Place::new("retold").with("netsession.toml", &simulated(""));
    let ended = place.command(&["open", "net", "--", "true"]).env("NETSESSION_RECORD", "run.ndjson").output().expect("it runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let told = place.run(&["scenario", "--from", "run.ndjson"]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{}", told.out);
    assert!(told.out.contains("\nanna begins to open\n  anna says Connecting, Connected, opened\n"), "{}", told.out);
    let place = place.with("run.scenario", &told.out);
    assert_eq!(place.run(&["scenario", "run.scenario"]).code, Some(0));
    let replayed = place.run(&["replay", "run.ndjson", "--backend", "sim"]);
    assert_eq!(replayed, Ended { code: Some(0), out: told.out.clone(), err: "so it is on sim\n".to_owned() });
    on_real_links(&place, "run.ndjson");
    let judged = place.run(&["replay", "run.ndjson"]);
    assert_eq!(judged.out, place.run(&["judge", "run.ndjson"]).out);
    assert_eq!(judged.code, Some(0), "{}", judged.err);
    let both = place.run(&["replay", "run.ndjson", "--simulate"]);
    assert_eq!((both.code, both.err.as_str()), (Some(0), "so it is on sim\n"));
}
