//! The graph of a world for other tools: AUT (Aldebaran) for equivalence checkers, DOT for people and small worlds.

use crate::action::Action;
use crate::readable::Readable;
use crate::search::{Found, Search};
use crate::state::State;
use crate::trace::described;
use crate::world::World;
use indexmap::IndexSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::ControlFlow;

/// How large a graph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Its states.
    pub states: usize,
    /// Its transitions.
    pub transitions: usize,
}

/// Why a graph is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("world {world} has more than {limit} states{}", .depth.map(|depth| format!(" within {depth} steps")).unwrap_or_default())]
pub struct TooLarge {
    /// The world.
    pub world: &'static str,
    /// How many states may be drawn.
    pub limit: usize,
    /// How many steps from the beginning were to be drawn.
    pub depth: Option<usize>,
}

/// How many states are drawn at most unless told otherwise: with more, nobody sees anything, and layouts take minutes.
pub const DRAWN: usize = 400;

/// A step: from, which action, to.
type Edge = (u32, u16, u32);

/// Writes the complete graph of a world in AUT, the format of CADP, mCRL2 and ltsmin: the header `des (first, transitions, states)`, then
/// a line for each transition, labelled with what happens. It takes 12 bytes a transition, and is told of each thousand states.
///
/// # Errors
///
/// If it cannot be written.
pub fn aut(world: &World, out: &mut dyn Write, mut progress: impl FnMut(usize)) -> io::Result<Size> {
    let mut labels: IndexSet<Action, ahash::RandomState> = IndexSet::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
    let mut edges: Vec<Edge> = Vec::new();
    let search = Search::run(world, |_, found| {
        match found {
            Found::State { number, .. } if number % 1024 == 0 => progress(number as usize),
            Found::State { .. } => {}
            Found::Step { from, action, to } => edges.push((from, labels.insert_full(action).0 as u16, to)),
        }
        ControlFlow::Continue(())
    });
    let size = Size { states: search.states(), transitions: edges.len() };
    // Labels are quoted; a quote in one would end it.
    let labels: Vec<String> = labels.iter().map(|action| described(world, *action).replace('"', "'")).collect();
    writeln!(out, "des (0, {}, {})", size.transitions, size.states)?;
    for (from, label, to) in edges {
        writeln!(out, "({from}, \"{}\", {to})", labels[usize::from(label)])?;
    }
    out.flush()?;
    Ok(size)
}

/// Draws a small world, or the first steps of a larger one, as a GraphViz digraph: states in words, what happens on the arrows.
///
/// # Errors
///
/// If there are more than `limit` states (within `depth` steps, if that is given).
pub fn dot(world: &World, limit: usize, depth: Option<usize>) -> Result<String, TooLarge> {
    let mut nodes: Vec<String> = Vec::new();
    let mut edges: Vec<(u32, Action, u32)> = Vec::new();
    let mut too_large = false;
    Search::run(world, |_, found| {
        match found {
            Found::State { depth: at, .. } if depth.is_some_and(|depth| at > depth) => return ControlFlow::Break(()),
            Found::State { .. } if nodes.len() == limit => {
                too_large = true;
                return ControlFlow::Break(());
            }
            Found::State { state, .. } => nodes.push(label(world, state)),
            Found::Step { from, action, to } => edges.push((from, action, to)),
        }
        ControlFlow::Continue(())
    });
    if too_large {
        return Err(TooLarge { world: world.name, limit, depth });
    }
    let mut text = format!("digraph \"{}\" {{\n    node [shape=box, fontname=\"sans-serif\", fontsize=10];\n", escaped(world.name));
    text.push_str("    edge [fontname=\"sans-serif\", fontsize=9];\n");
    for (number, label) in nodes.iter().enumerate() {
        let first = if number == 0 { ", penwidth=2" } else { "" };
        let _ = writeln!(text, "    {number} [label=\"{label}\"{first}];");
    }
    for (from, action, to) in edges {
        let _ = writeln!(text, "    {from} -> {to} [label=\"{}\"];", escaped(&described(world, action)));
    }
    text.push_str("}\n");
    Ok(text)
}

/// A state in a few lines, left justified.
fn label(world: &World, state: &State) -> String {
    let readable = Readable::of(world, state);
    let mut lines: Vec<String> =
        readable.sessions.iter().enumerate().map(|(number, session)| format!("session {number}: {session}")).collect();
    lines.extend(readable.links.iter().map(|link| format!("{}: {link}", link.name)));
    lines.extend((!readable.violated.is_empty()).then(|| format!("VIOLATED: {}", readable.violated.join(", "))));
    lines.iter().map(|line| format!("{}\\l", escaped(line))).collect()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
