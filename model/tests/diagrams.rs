//! Are the charts and matrices as they were last read and agreed to? To agree to new ones:
//! `make diagrams`.

mod syntax;

use netsession_model::diagrams::{self, Drift, Format, NAMES, UnknownMachine};
use std::path::PathBuf;

fn kept(name: &str, format: Format) -> PathBuf {
    let extension = match format {
        Format::Dot => "dot",
        Format::Mermaid => "mmd",
        Format::Json => "json",
        Format::Matrix => "md",
    };
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(format!("{name}.{extension}"))
}

fn drawn(name: &str, format: Format) -> String {
    diagrams::machine(name, format).unwrap_or_else(|unknown| panic!("{unknown}"))
}

fn every() -> impl Iterator<Item = (&'static str, Format)> {
    NAMES.into_iter().flat_map(|name| Format::ALL.into_iter().map(move |format| (name, format)))
}

#[test]
fn charts_and_matrices_are_as_agreed() {
    let mut drifts = Vec::new();
    for (name, format) in every() {
        let path = kept(name, format);
        let agreed = std::fs::read_to_string(&path).unwrap_or_default();
        if let Err(drift) = diagrams::check(&agreed, &drawn(name, format)) {
            drifts.push(format!("{}: {drift}", path.display()));
        }
    }
    assert!(drifts.is_empty(), "{}", drifts.join("\n"));
}

#[test]
fn mermaid_charts_are_well_formed() {
    for name in NAMES {
        assert_eq!(syntax::state_diagram(&drawn(name, Format::Mermaid)), Ok(()), "{name}");
    }
}

#[test]
fn dot_graphs_are_well_formed() {
    for name in NAMES {
        let text = drawn(name, Format::Dot);
        assert!(text.starts_with(&format!("digraph \"{name}\" {{\n")) && text.ends_with("}\n"), "{name}: frame");
        let outside: String = text.replace("\\\"", "").split('"').step_by(2).collect();
        assert_eq!(text.replace("\\\"", "").matches('"').count() % 2, 0, "{name}: quotes");
        assert_eq!(outside.matches('{').count(), outside.matches('}').count(), "{name}: braces");
        for line in text.lines() {
            assert!(line.ends_with([';', '{', '}']), "{name}: {line}");
        }
    }
}

#[test]
fn json_says_what_the_matrix_says() {
    for name in NAMES {
        let json: serde_json::Value = serde_json::from_str(&drawn(name, Format::Json)).unwrap_or_else(|error| panic!("{error}"));
        let list = |key: &str| json[key].as_array().cloned().unwrap_or_default();
        let matrix = drawn(name, Format::Matrix);
        let header = matrix.lines().next().unwrap_or_default();
        for leaf in list("leaves") {
            assert!(header.contains(leaf["label"].as_str().unwrap_or("?")), "{name}: no column for {leaf}");
        }
        for event in list("events") {
            let row = format!("\n| {} |", event.as_str().unwrap_or("?"));
            assert!(matrix.contains(&row), "{name}: no row for {event}");
        }
        for edge in list("edges") {
            assert!(list("leaves").iter().any(|leaf| leaf["id"] == edge["from"]), "{name}: {edge} from nowhere");
            assert!(list("leaves").iter().any(|leaf| leaf["id"] == edge["to"]), "{name}: {edge} to nowhere");
            assert!(list("events").contains(&edge["event"]), "{name}: {edge} by no event");
            assert!(["stayed", "moved"].contains(&edge["verdict"].as_str().unwrap_or("?")), "{name}: {edge}");
        }
    }
}

#[test]
fn the_handshake_shows_all_of_qts_names() {
    let chart = drawn("alr", Format::Mermaid);
    let names = diagrams::alr::names();
    for name in ["migrate()", "ignore()", "accept()", "reject()"] {
        assert!(chart.contains(name) && names.contains(&format!("`{name}`")), "{name} is missing");
    }
    for name in ["preferredConfigurationChanged()", "newConfigurationActivated()", "error(RoamingError)", "error(SessionAbortedError)"] {
        assert!(chart.contains(name) && names.contains(name), "{name} is missing");
    }
    // The way Qt documents it: offer, migrate, activation, accept.
    for arrow in [
        "Stable --> Offered : better candidate or better candidate on the same radio / preferred",
        "Offered --> Migrating : migrate()",
        "Migrating --> Trial : candidate up / new",
        "Trial --> Committing : accept()",
        "Offered --> Stable : candidate vanished or deadline / offer withdrawn<br/>ignore()",
    ] {
        assert!(chart.contains(arrow), "no {arrow}");
    }
    assert!(!chart.contains("Seeking"), "a leaf nobody sees is shown");
}

#[test]
fn an_unknown_machine_is_refused_with_those_there_are() {
    let refused = diagrams::machine("sesion", Format::Dot);
    assert_eq!(refused, Err(UnknownMachine("sesion".to_owned())));
    let text = refused.map_err(|error| error.to_string());
    assert_eq!(text, Err("no machine is called \"sesion\"; there are: session, link, roaming, alr".to_owned()));
}

#[test]
fn the_document_holds_everything_and_its_contents_lead_there() {
    let sequences = [("Open, then close".to_owned(), "sequenceDiagram\n    App->>Hub: open".to_owned())];
    let text = diagrams::document(&sequences, "| world | states |\n|---|---|\n| small | 12 |");
    assert_eq!(text.lines().next(), Some("Generated by `netsession diagrams` from the machines themselves; do not edit."));
    for name in NAMES {
        assert!(text.contains(drawn(name, Format::Mermaid).trim_end()), "no chart of {name}");
    }
    for name in ["session", "link", "roaming"] {
        for table in drawn(name, Format::Matrix).split("\n\n") {
            assert!(text.contains(table.trim_end()), "not the tables of {name}");
        }
    }
    assert!(text.contains("### Open, then close\n\n```mermaid\nsequenceDiagram\n    App->>Hub: open\n```\n"));
    assert!(text.ends_with("| small | 12 |\n"));
    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let contents: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("- [")?.split_once("](#")).map(|(title, _)| title).collect();
    assert_eq!(headings, contents);
    assert_eq!(headings.len(), 6);
    assert!(text.contains("](#application-level-roaming-with-qts-names)"));
    assert_eq!(text.matches("```mermaid\n").count() * 2, text.matches("```").count());
    let bare = diagrams::document(&[], "");
    assert!(!bare.contains("Sequences") && !bare.contains("State counts"));
}

#[test]
fn drift_is_found_to_the_line() {
    assert_eq!(diagrams::check("a\nb\n", "a\nb\n"), Ok(()));
    let drift = |line, current: Option<&str>, expected: Option<&str>| {
        Err(Drift { line, current: current.map(str::to_owned), expected: expected.map(str::to_owned) })
    };
    assert_eq!(diagrams::check("a\nx\n", "a\nb\n"), drift(2, Some("x"), Some("b")));
    assert_eq!(diagrams::check("a", "a\nb"), drift(2, None, Some("b")));
    assert_eq!(diagrams::check("a\nb", "a"), drift(2, Some("b"), None));
    assert_eq!(diagrams::check("a\n", "a"), drift(2, Some(""), None));
    assert_eq!(diagrams::check("a\r\n", "a\n"), drift(1, Some("a\r"), Some("a")));
    let text = diagrams::check("a", "b").map_err(|drift| drift.to_string());
    assert_eq!(text, Err("line 1 is \"a\", should be \"b\"".to_owned()));
}
