//! How does a machine look as a GraphViz graph?

use super::machine::{Leaf, Machine};
use super::mermaid::{Labels, lines};

/// A machine as a `digraph`: superstates are clusters, one arrow for each pair of leaves.
#[must_use]
pub fn graph(machine: &Machine) -> String {
    draw(machine, Labels::Events)
}

pub(super) fn draw(machine: &Machine, labels: Labels) -> String {
    let mut text = format!("digraph {} {{\n    rankdir=LR;\n    node [shape=box, style=rounded];\n", quoted(&machine.name));
    let leaves: Vec<&Leaf> = machine.leaves.iter().collect();
    nest(&leaves, 0, &mut text);
    text.push_str(&format!("    \"\" [shape=point];\n    \"\" -> {};\n", quoted(&machine.initial)));
    for from in &machine.leaves {
        for to in &machine.leaves {
            let lines: Vec<String> = lines(machine, from, to, labels).iter().map(|line| escaped(line)).collect();
            if !lines.is_empty() {
                text.push_str(&format!("    {} -> {} [label=\"{}\"];\n", quoted(&from.id), quoted(&to.id), lines.join("\\n")));
            }
        }
    }
    text.push_str("}\n");
    text
}

fn nest(leaves: &[&Leaf], depth: usize, text: &mut String) {
    let indent = "    ".repeat(depth + 1);
    let mut done: Vec<&str> = Vec::new();
    for leaf in leaves {
        match leaf.superstates.get(depth) {
            None => {
                let style = if leaf.transient { ", style=\"rounded,dashed\"" } else { "" };
                text.push_str(&format!("{indent}{} [label={}{style}];\n", quoted(&leaf.id), quoted(&leaf.label)));
            }
            Some(group) if done.contains(&group.as_str()) => {}
            Some(group) => {
                done.push(group);
                let inner: Vec<&Leaf> = leaves.iter().copied().filter(|leaf| leaf.superstates.get(depth) == Some(group)).collect();
                text.push_str(&format!("{indent}subgraph {} {{\n", quoted(&format!("cluster_{group}"))));
                text.push_str(&format!("{indent}    label={};\n", quoted(group)));
                nest(&inner, depth + 1, text);
                text.push_str(&format!("{indent}}}\n"));
            }
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", escaped(name))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
