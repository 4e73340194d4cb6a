//! How does a machine look as a Mermaid state diagram?

use super::machine::{Arrow, Leaf, Machine, guarded};
use netsession_fsm::step::Verdict;

/// What the arrows say beside their events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    /// Nothing.
    Events,
    /// What the events bring about.
    EventsAndEffects,
}

/// A machine as `stateDiagram-v2`: superstates are composite states, one arrow for each pair of leaves.
#[must_use]
pub fn chart(machine: &Machine) -> String {
    draw(machine, Labels::Events)
}

pub(super) fn draw(machine: &Machine, labels: Labels) -> String {
    let mut text = String::from("stateDiagram-v2\n");
    let leaves: Vec<&Leaf> = machine.leaves.iter().collect();
    nest(&leaves, 0, &mut text);
    text.push_str(&format!("    [*] --> {}\n", machine.initial));
    for from in &machine.leaves {
        for to in &machine.leaves {
            let lines = lines(machine, from, to, labels);
            if !lines.is_empty() {
                text.push_str(&format!("    {} --> {} : {}\n", from.id, to.id, lines.join("<br/>")));
            }
        }
    }
    text
}

/// Declares the leaves, those of a superstate inside it, where its first one stands.
fn nest(leaves: &[&Leaf], depth: usize, text: &mut String) {
    let indent = "    ".repeat(depth + 1);
    let mut done: Vec<&str> = Vec::new();
    for leaf in leaves {
        match leaf.superstates.get(depth) {
            None if leaf.label == leaf.id => text.push_str(&format!("{indent}{}\n", leaf.id)),
            None => text.push_str(&format!("{indent}state \"{}\" as {}\n", leaf.label, leaf.id)),
            Some(group) if done.contains(&group.as_str()) => {}
            Some(group) => {
                done.push(group);
                let inner: Vec<&Leaf> = leaves.iter().copied().filter(|leaf| leaf.superstates.get(depth) == Some(group)).collect();
                text.push_str(&format!("{indent}state {group} {{\n"));
                nest(&inner, depth + 1, text);
                text.push_str(&format!("{indent}}}\n"));
            }
        }
    }
}

/// The lines on the arrow from one leaf to another, in the order of events.
pub(super) fn lines(machine: &Machine, from: &Leaf, to: &Leaf, labels: Labels) -> Vec<String> {
    let mut lines = Vec::new();
    let outcome = |arrow: &Arrow| {
        let effects = if labels == Labels::EventsAndEffects { arrow.effects.join(", ") } else { String::new() };
        (arrow.to.clone(), arrow.verdict, effects)
    };
    for event in &machine.events {
        for reaction in machine.reactions(from, event, outcome) {
            for (_, verdict, effects) in reaction.outcomes.iter().filter(|(target, ..)| *target == to.id) {
                let mut line = guarded(event, reaction.guard.as_deref());
                if *verdict == Verdict::Stayed {
                    line.push_str(" (stays)");
                }
                if !effects.is_empty() {
                    line.push_str(" / ");
                    line.push_str(effects);
                }
                lines.push(line);
            }
        }
    }
    if labels == Labels::EventsAndEffects { merged(&lines) } else { lines }
}

/// Lines that differ only in the event become one.
fn merged(lines: &[String]) -> Vec<String> {
    let mut groups: Vec<(String, &str)> = Vec::new();
    for line in lines {
        let end = [" [", " (", " /"].iter().filter_map(|mark| line.find(mark)).min().unwrap_or(line.len());
        let (event, rest) = line.split_at(end);
        match groups.iter_mut().find(|(_, known)| *known == rest) {
            Some((events, _)) => events.push_str(&format!(" or {event}")),
            None => groups.push((event.to_owned(), rest)),
        }
    }
    groups.into_iter().map(|(events, rest)| events + rest).collect()
}
