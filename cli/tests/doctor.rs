//! Does `doctor` say what works here, what does not, and what to do about it?

mod common;

use common::Place;
use serde_json::{Value, json};

/// The report of the doctor; and its exit code.
fn report(place: &Place, words: &[&str]) -> (Value, Option<i32>) {
    let ended = place.run(&[words, &["doctor", "--json"]].concat());
    (serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err)), ended.code)
}

fn check(report: &Value, group: &str, name: &str) -> Value {
    let checks = report["checks"].as_array().expect("a list");
    let found = checks.iter().find(|check| check["group"] == group && check["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} of {group}: {report}")).clone()
}

#[test]
fn what_is_simulated_works_without_anything() {
    let place = Place::new("doctor").with("netsession.toml", &common::simulated(""));
    let (told, code) = report(&place, &[]);
    assert_eq!((code, &told["works"]), (Some(0), &json!(true)), "{told}");
    let file = check(&told, "configuration", "file");
    assert_eq!((&file["status"], &file["found"]), (&json!("ok"), &json!("netsession.toml is right")));
    let home = check(&told, "configuration", "home");
    assert_eq!((&home["status"], &home["found"]), (&json!("ok"), &json!("through the simulator: the configuration file says so")));
    // there is no bus where the test says it is, and nothing here needs one
    let bus = check(&told, "daemons", "system bus");
    assert_eq!(bus["status"], "warning", "{bus}");
    assert!(bus["todo"].as_str().is_some_and(|todo| todo.contains("DBUS_SYSTEM_BUS_ADDRESS")), "{bus}");
    assert_eq!(check(&told, "kernel", "SO_BINDTODEVICE")["status"], "ok");
    for group in ["kernel", "daemons", "interfaces", "configuration", "lab"] {
        let any = told["checks"].as_array().is_some_and(|all| all.iter().any(|check| check["group"] == group));
        assert!(any || group == "interfaces", "{group}: {told}");
    }
    let text = place.run(&["doctor"]);
    assert!(text.out.starts_with("kernel\n  ok       netlink") && text.out.ends_with(": sessions work here\n"), "{}", text.out);
}

#[test]
fn what_a_session_needs_and_does_not_get_is_a_problem() {
    let text = "[[access-point]]\nname = \"home\"\nexecutor = \"networkmanager\"\nconnection = \"home\"\n";
    let place = Place::new("needs").with("netsession.toml", text);
    let (told, code) = report(&place, &[]);
    assert_eq!((code, &told["works"]), (Some(1), &json!(false)), "{told}");
    for (group, name) in [("daemons", "system bus"), ("daemons", "NetworkManager"), ("configuration", "home")] {
        let check = check(&told, group, name);
        assert_eq!(check["status"], "problem", "{check}");
        assert!(check["todo"].is_string(), "{check}");
    }
    let text = place.run(&["doctor"]);
    assert_eq!(text.code, Some(1));
    assert!(text.out.ends_with(": not all sessions work here\n"), "{}", text.out);
    // asking for another executor mends what the file leaves open
    let place = place.with("auto.toml", "[[access-point]]\nname = \"lan\"\ninterface = \"none0\"\naddresses = [\"192.0.2.10/24\"]\n");
    let (told, _) = report(&place, &["--config", "auto.toml"]);
    let lan = check(&told, "configuration", "lan");
    assert_eq!(lan["status"], "warning", "{lan}");
    assert!(lan["found"].as_str().is_some_and(|found| found.ends_with("; none0 does not exist now")), "{lan}");
    let (told, code) = report(&place, &["--config", "auto.toml", "--backend", "connman"]);
    assert_eq!((code, &check(&told, "configuration", "access points")["status"]), (Some(1), &json!("problem")), "{told}");
}

#[test]
fn a_file_that_is_wrong_is_a_problem() {
    let place = Place::new("wrong").with("netsession.toml", &common::simulated("raise-dely = \"1s\""));
    let (told, code) = report(&place, &[]);
    let file = check(&told, "configuration", "file");
    assert_eq!((code, &file["status"]), (Some(1), &json!("problem")), "{told}");
    assert!(file["found"].as_str().is_some_and(|found| found.starts_with("netsession.toml:10:9: unknown key `raise-dely`")), "{file}");
}
