//! Does `check` end with 1 when something does not hold, and show how that comes about? On a hub with a mistake in it.

mod common;

use common::Place;
use serde_json::Value;

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
