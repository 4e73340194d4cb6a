//! What does the program say to its arguments? Help, lists, configuration files, diagrams, and exit codes.

mod common;

use common::{Ended, Place, simulated};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

fn failed(code: i32, err: &str) -> Ended {
    Ended { code: Some(code), out: String::new(), err: format!("{err}\n") }
}

fn read(place: &Place, file: &str) -> String {
    std::fs::read_to_string(place.path(file)).expect("a file")
}

#[test]
fn help_is_as_it_was_read_last() {
    let place = Place::new("help");
    let cases = [
        ("general", include_str!("help/general.txt"), &["--help"][..]),
        ("list", include_str!("help/list.txt"), &["list", "--help"]),
        ("monitor", include_str!("help/monitor.txt"), &["monitor", "--help"]),
        ("open", include_str!("help/open.txt"), &["open", "--help"]),
        ("stop", include_str!("help/stop.txt"), &["stop", "--help"]),
        ("status", include_str!("help/status.txt"), &["status", "--help"]),
        ("broker", include_str!("help/broker.txt"), &["broker", "--help"]),
        ("doctor", include_str!("help/doctor.txt"), &["doctor", "--help"]),
        ("config", include_str!("help/config.txt"), &["config", "--help"]),
        ("check", include_str!("help/check.txt"), &["check", "--help"]),
        ("conformance", include_str!("help/conformance.txt"), &["conformance", "--help"]),
        ("scenario", include_str!("help/scenario.txt"), &["scenario", "--help"]),
        ("replay", include_str!("help/replay.txt"), &["replay", "--help"]),
        ("judge", include_str!("help/judge.txt"), &["judge", "--help"]),
        ("explore", include_str!("help/explore.txt"), &["explore", "--help"]),
        ("demo", include_str!("help/demo.txt"), &["demo", "--help"]),
        ("diagrams", include_str!("help/diagrams.txt"), &["diagrams", "--help"]),
        ("completions", include_str!("help/completions.txt"), &["completions", "--help"]),
        ("man", include_str!("help/man.txt"), &["man", "--help"]),
    ];
    for (name, golden, words) in cases {
        let ended = place.run(words);
        let expected = Ended { code: Some(0), out: golden.to_owned(), err: String::new() };
        assert_eq!(ended, expected, "if it is meant: netsession {} > cli/tests/help/{name}.txt", words.join(" "));
        assert!(golden.contains("Examples:"), "{name}");
    }
}

#[test]
fn usage_ends_with_2() {
    let place = Place::new("usage").with("netsession.toml", &simulated(""));
    for words in [
        &[][..],
        &["frobnicate"],
        &["list", "--jsn"],
        &["open", "net"],
        &["open", "net", "--probe-timeout", "0s", "--", "true"],
        &["open", "net", "--probe-timeout", "soon", "--", "true"],
        &["diagrams", "--machine", "link"],
        &["diagrams", "--format", "dot", "--machine", "link", "--check"],
        &["check", "--graph", "x.aut"],
        &["check", "--world", "quick", "--graph", "x.aut"],
        &["check", "--world", "plain", "--graph", "x.png"],
        &["check", "--world", "plain", "--graph", "x.dot"],
        &["check", "--world", "plain", "--graph", "x.aut", "--depth", "2"],
        &["replay"],
        &["scenario"],
        &["scenario", "x.scenario", "--from", "run.ndjson"],
        &["scenario", "x.scenario", "y.scenario", "--shrink", "short.scenario"],
        &["explore", "--address", "here"],
        &["completions", "cmd.exe"],
        &["stop"],
        &["stop", "net", "--timeout", "0s"],
        &["demo", "--backend", "networkmanager"],
    ] {
        let ended = place.run(words);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{words:?}: {}", ended.err);
    }
    let https = place.run(&["open", "net", "--probe", "https://example.org", "--", "true"]);
    assert_eq!(https.code, Some(2));
    assert!(https.err.starts_with("error: --probe: \"https://example.org\": https is not spoken here\n"), "{}", https.err);
}

#[test]
fn places_of_the_configuration_file_are_named() {
    let place = Place::new("places");
    let ended = place.run(&["--backend", "networkmanager", "list"]);
    let places = "looked at $NETSESSION_CONFIG (not set), netsession.toml, /nonexistent/.config/netsession/netsession.toml, \
                  /etc/netsession.toml\n  = name one with --config, or start with `netsession config > netsession.toml`; \
                  `netsession doctor` says more\n";
    let begin = "error: there is no configuration file, and nothing without one: NetworkManager ";
    assert_eq!((ended.code, ended.err.starts_with(begin), ended.err.ends_with(places)), (Some(3), true, true), "{}", ended.err);
    let missing = place.run(&["list", "--config", "there.toml"]);
    assert_eq!(missing.code, Some(3));
    assert!(missing.err.starts_with("error: cannot read there.toml: No such file"), "{}", missing.err);
    let given = place.command(&["list"]).env("NETSESSION_CONFIG", "elsewhere.toml").output().expect("it runs");
    assert!(String::from_utf8_lossy(&given.stderr).starts_with("error: cannot read elsewhere.toml"));
}

#[test]
fn mistakes_are_shown_with_their_place() {
    let place = Place::new("mistakes").with("netsession.toml", &simulated("raise-dely = \"1s\""));
    let known = "expected one of `state`, `raise`, `raise-delay`, `lower`, `lower-delay`, `prefer`, `prefer-delay`, `reachable`";
    let line = "sim = { raise-dely = \"1s\" }";
    let shown = format!("error: netsession.toml:10:9: unknown key `raise-dely`\n10 | {line}\n   |         ^^^^^^^^^^\n   = {known}");
    for words in [&["list"][..], &["monitor"], &["open", "net", "--", "true"], &["config", "--check", "netsession.toml"]] {
        assert_eq!(place.run(words), failed(3, &shown), "{words:?}");
    }
    let told: Value = serde_json::from_str(&place.run(&["list", "--json"]).err).expect("JSON");
    let expected = json!({ "error": { "code": 3, "kind": "configuration", "message": "unknown key `raise-dely`", "help": known,
        "file": "netsession.toml", "line": 10, "column": 9 } });
    assert_eq!(told, expected);
}

#[test]
fn sample_is_right() {
    let sample = Place::new("sample").run(&["config"]);
    assert_eq!(sample.code, Some(0));
    let place = Place::new("sample").with("mine.toml", &sample.out);
    let checked = place.run(&["config", "--check", "mine.toml"]);
    assert_eq!(checked.out, "mine.toml: right; 2 access points, 1 service network, 1 user choice\n");
    assert_eq!((checked.code, checked.err.as_str()), (Some(0), ""));
}

#[test]
fn list_is_a_table_or_json() {
    let place = Place::new("list").with("netsession.toml", &simulated("state = \"active\""));
    let expected = "    NAME    KIND             STATE       BEARER  METERED  REACHES  INTERFACE  ADDRESSES  EXECUTOR  HOLDERS  ROAMING  MEMBERS      CAPABILITIES
    home    access-point     active      wlan    no                sim0       10.0.0.2   sim       0        no                    start-stop bind ask roam count
    mobile  access-point     discovered  lte     yes                                     sim       0        no                    start-stop bind ask roam count
 *  net     service-network  active                                                                0        yes      home mobile  start-stop bind ask roam count
";
    assert_eq!(place.run(&["list"]), Ended { code: Some(0), out: expected.to_owned(), err: String::new() });
    assert!(place.run(&["list", "--color", "always"]).out.contains("\u{1b}["), "colours when they are asked for");
    let told: Value = serde_json::from_str(&place.run(&["list", "--json"]).out).expect("JSON");
    let [home, mobile, net] = told["configurations"].as_array().expect("a list").as_slice() else { panic!("{told}") };
    let facts = |row: &Value| json!([row["name"], row["kind"], row["state"], row["bearer"], row["metered"], row["interface"]]);
    assert_eq!(facts(home), json!(["home", "access-point", "active", "wlan", "no", "sim0"]));
    assert_eq!(facts(mobile), json!(["mobile", "access-point", "discovered", "lte", "yes", null]));
    assert_eq!(facts(net), json!(["net", "service-network", "active", "unknown", "unknown", null]));
    assert_eq!((&home["addresses"], &home["holders"], &home["default"]), (&json!(["10.0.0.2"]), &json!([]), &json!(false)));
    assert_eq!((&net["roaming_available"], &net["members"], &net["default"]), (&json!(true), &json!(["home", "mobile"]), &json!(true)));
    assert_eq!((&home["executor"], &net["executor"]), (&json!("sim"), &Value::Null));
    assert_eq!((&home["because"], &net["because"]), (&json!("the configuration file says so"), &Value::Null));
    assert!(home["capabilities"].as_array().is_some_and(|all| all.contains(&json!("ApplicationLevelRoaming"))), "{home}");
}

#[test]
fn backend_limits_who_realises() {
    let text = "[[access-point]]\nname = \"lan\"\nexecutor = \"netlink\"\ninterface = \"none0\"\naddresses = [\"192.0.2.10/24\"]\n";
    let place = Place::new("backend").with("netsession.toml", text).with("sim.toml", &simulated(""));
    let told = |words: &[&str]| -> Value { serde_json::from_str(&place.run(words).out).expect("JSON") };
    assert_eq!(told(&["list", "--json"])["configurations"][0]["state"], "defined", "there is no such interface");
    assert_eq!(told(&["list", "--json", "--backend", "sim"])["configurations"][0]["state"], "discovered");
    assert_eq!(place.run(&["open", "--backend", "sim", "lan", "--", "true"]).code, Some(0));
    let absent = place.run(&["open", "lan", "--", "true"]);
    assert_eq!(absent.code, Some(6), "{}", absent.err);
    assert!(absent.err.contains("error: cannot open on \"lan\""), "{}", absent.err);
    let refused = place.run(&["--backend", "netlink", "--config", "sim.toml", "list"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.starts_with("error: access point \"home\" is simulated"), "{}", refused.err);
    let place = place.with("auto.toml", &text.replace("executor = \"netlink\"\n", ""));
    let said = place.run(&["--config", "auto.toml", "list", "-v"]).err;
    assert!(said.starts_with("netsession: lan: through netlink: NetworkManager "), "{said}");
    let asked = place.run(&["--config", "auto.toml", "list", "-v", "--backend", "netlink"]).err;
    assert!(asked.starts_with("netsession: lan: through netlink: it was asked for\n"), "{asked}");
    for backend in ["networkmanager", "connman"] {
        let absent = place.run(&["--config", "auto.toml", "list", "--backend", backend]);
        assert_eq!((absent.code, absent.out.as_str()), (Some(6), ""), "{backend}: {}", absent.err);
    }
    let place = place.with("named.toml", "[[access-point]]\nname = \"home\"\nconnection = \"home\"\n");
    let unfit = place.run(&["--config", "named.toml", "list", "--backend", "netlink"]);
    let expected = "error: netlink cannot realise access point \"home\": it names no interface\n  \
                    = leave out --backend, or give it what is missing in the configuration file";
    assert_eq!(unfit, failed(2, expected));
}

#[test]
fn monitor_shows_everything_first_and_ends_well() {
    let place = Place::new("monitor").with("netsession.toml", &simulated(""));
    for signal in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        let mut command = place.command(&["monitor", "--json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it runs");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("output")).read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!((&told["event"], &told["default"], &told["default_route"]), (&json!("snapshot"), &json!("net"), &Value::Null));
        assert_eq!(told["configurations"][0]["name"], "home");
        let number = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a number");
        rustix::process::kill_process(number, signal).expect("a signal");
        assert_eq!(child.wait().expect("an end").code(), Some(0));
    }
}

#[test]
fn a_reader_that_had_enough_is_no_failure() {
    let place = Place::new("reader").with("netsession.toml", &simulated(""));
    for words in [&["list"][..], &["monitor"], &["config"], &["man"]] {
        let mut command = place.command(words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        drop(child.stdout.take());
        let ended = common::ended(child.wait_with_output().expect("an end"));
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn diagrams_are_written_checked_and_printed() {
    let place = Place::new("diagrams");
    assert_eq!(place.run(&["diagrams", "--check"]).code, Some(6), "there is no file");
    assert_eq!(place.run(&["diagrams"]), Ended { code: Some(0), out: String::new(), err: String::new() });
    let written = read(&place, "DIAGRAMS.md");
    assert!(written.starts_with("Generated by `netsession diagrams`"));
    assert!(written.contains("sequenceDiagram"), "the scenes of the model");
    assert_eq!(place.run(&["diagrams", "--check"]).code, Some(0));
    let place = place.with("DIAGRAMS.md", &written.replace("# Diagrams", "# Pictures"));
    let drift = place.run(&["diagrams", "--check"]);
    let first = "error: DIAGRAMS.md is not up to date: line 3 is \"# Pictures\", should be \"# Diagrams\"\n";
    assert_eq!((drift.code, drift.err.starts_with(first)), (Some(1), true), "{}", drift.err);
    assert!(read(&place, "DIAGRAMS.md").contains("# Pictures"), "a check writes nothing");
    assert!(place.run(&["diagrams", "--format", "dot", "--machine", "link"]).out.starts_with("digraph"));
    assert!(place.run(&["diagrams", "--format", "scxml", "--machine", "link"]).out.contains("<scxml xmlns="));
    assert!(place.run(&["diagrams", "--format", "scxml", "--machine", "alr"]).out.contains("event=\"migrate\""));
    let known = "error: there is no state chart \"lnik\"\n  = known: session, link, roaming, alr";
    assert_eq!(place.run(&["diagrams", "--format", "scxml", "--machine", "lnik"]), failed(4, known));
    let known = "error: there is no machine \"lnik\"\n  = known: session, link, roaming, alr";
    assert_eq!(place.run(&["diagrams", "--format", "dot", "--machine", "lnik"]), failed(4, known));
}

#[test]
fn worlds_are_listed() {
    let place = Place::new("worlds");
    let told: Value = serde_json::from_str(&place.run(&["check", "--list", "--json"]).out).expect("JSON");
    let names: Vec<_> = told.as_array().expect("a list").iter().filter_map(|world| world["name"].as_str()).collect();
    assert!(names.contains(&"solo") && names.contains(&"pair"), "{told}");
    let one = place.run(&["check", "--list", "--world", "solo"]);
    assert_eq!((one.code, one.out.lines().count()), (Some(0), 1), "{}", one.out);
    let unknown = place.run(&["check", "--world", "slo"]);
    let sets = "quick (a set), ci (a set), deep (a set)";
    assert_eq!(unknown, failed(4, &format!("error: there is no world \"slo\"\n  = known: {}, {sets}", names.join(", "))));
    let quick = place.run(&["check", "--list", "--world", "quick", "--world", "plain"]).out;
    assert_eq!(quick.lines().filter(|line| line.starts_with("plain ")).count(), 1, "each once: {quick}");
    let unknown = place.run(&["check", "--world", "plain", "--property", "S20"]);
    assert_eq!((unknown.code, unknown.err.starts_with("error: there is no property \"S20\"\n  = known: S1, S2,")), (Some(4), true));
}

#[test]
fn pages_are_made_of_the_arguments() {
    let place = Place::new("pages");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = place.run(&["completions", shell]);
        assert_eq!((ended.code, ended.out.contains("probe-timeout")), (Some(0), true), "{shell}");
    }
    let page = place.run(&["man"]).out;
    assert!(page.contains(".TH netsession 1") && page.contains("ended by SIGHUP, SIGINT"), "{page}");
    let page = place.run(&["man", "open"]).out;
    assert!(page.contains("NETSESSION_INTERFACE") && page.contains("Two programs on one link"), "{page}");
    let unknown = place.run(&["man", "opn"]);
    assert_eq!(unknown.code, Some(4), "{}", unknown.err);
}
