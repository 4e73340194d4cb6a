//! What does every event do in every state? The whole matrix, and what each step asks for.

use super::machine::{Arrow, Leaf, Machine, Reaction};
use netsession_fsm::step::Verdict;

/// How to read [`states`] and [`effects`].
pub const LEGEND: &str = "\
Cells: `-> Leaf` moved there (possibly back to the same leaf, by way of exit and entry), `stays` handled without a transition, `.` ignored.
In brackets what the machine must remember for it; where it remembers something else, the event is ignored.
";

/// The state x event matrix as a Markdown table: rows are events, columns leaves.
#[must_use]
pub fn states(machine: &Machine) -> String {
    let names: Vec<&str> = machine.leaves.iter().map(|leaf| leaf.label.as_str()).collect();
    let mut text = format!("| event | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for event in &machine.events {
        let cells: Vec<String> = machine.leaves.iter().map(|leaf| cell(machine, leaf, event)).collect();
        text.push_str(&format!("| {event} | {} |\n", cells.join(" | ")));
    }
    text
}

fn cell(machine: &Machine, leaf: &Leaf, event: &str) -> String {
    let mut entries = Vec::new();
    for Reaction { guard, outcomes } in machine.reactions(leaf, event, target) {
        if !outcomes.is_empty() {
            let targets = outcomes.join(" or ");
            entries.push(guard.map_or(targets.clone(), |guard| format!("[{guard}] {targets}")));
        }
    }
    if entries.is_empty() { ".".to_owned() } else { entries.join("<br/>") }
}

fn target(arrow: &Arrow) -> String {
    match arrow.verdict {
        Verdict::Ignored => ".".to_owned(),
        Verdict::Stayed => "stays".to_owned(),
        Verdict::Moved => format!("-> {}", arrow.to),
    }
}

/// What every step that is not ignored asks for, in order, as a Markdown table. Where the guard leaves open which, all are listed.
#[must_use]
pub fn effects(machine: &Machine) -> String {
    let mut text = String::from("| leaf | event | if | then | effects, in order |\n|---|---|---|---|---|\n");
    for leaf in &machine.leaves {
        for event in &machine.events {
            for Reaction { guard, outcomes } in machine.reactions(leaf, event, |arrow| (target(arrow), arrow.effects.join(", "))) {
                if outcomes.is_empty() {
                    continue;
                }
                let mut targets: Vec<&str> = outcomes.iter().map(|(target, _)| target.as_str()).collect();
                targets.dedup();
                let target = targets.join(" or ");
                let alternatives: Vec<&str> =
                    outcomes.iter().map(|(_, effects)| if effects.is_empty() { "none" } else { effects.as_str() }).collect();
                let guard = guard.unwrap_or_default();
                text.push_str(&format!("| {} | {event} | {guard} | {target} | {} |\n", leaf.label, alternatives.join("<br/>or ")));
            }
        }
    }
    text
}
