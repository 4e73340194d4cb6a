//! How does a machine look to another program?

use super::machine::Machine;
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    machine: &'a str,
    initial: &'a str,
    /// What an event does in a leaf and memory that no edge names.
    unlisted: &'static str,
    leaves: &'a [super::machine::Leaf],
    events: &'a [String],
    edges: &'a [super::machine::Arrow],
}

/// A machine as JSON: leaves with their superstates, events, and an edge for each reaction with its verdict and effects.
#[must_use]
pub fn document(machine: &Machine) -> String {
    let Machine { name, initial, leaves, events, edges } = machine;
    let document = Document { machine: name, initial, unlisted: "ignored", leaves, events, edges };
    let mut text = serde_json::to_string_pretty(&document).expect("names and lists of names are always valid JSON");
    text.push('\n');
    text
}
