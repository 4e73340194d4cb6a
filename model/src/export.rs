//! The graph of a world for other tools: AUT (Aldebaran) for equivalence checkers, DOT for people and small worlds.

use crate::action::Action;
use crate::engine::{Options, Outcome, Search, Why};
use crate::next::{self, Desk};
use crate::possible;
use crate::readable::Readable;
use crate::state::State;
use crate::trace::described;
use crate::world::World;
use std::fmt::Write as _;
use std::io::{self, Write};

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

/// Why a graph is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the graph of world {world} is not complete: {why}")]
pub struct Incomplete {
    /// The world.
    pub world: &'static str,
    /// Why the search for it was cut short.
    pub why: Why,
}

/// Writes the complete graph of a world in AUT, the format of CADP, mCRL2 and ltsmin: the header `des (first, transitions, states)`, then
/// a line for each transition, labelled with what happens. It is told of each thousand states.
///
/// # Errors
///
/// If it cannot be written; if the graph is not [complete](Incomplete), because something is violated in it or it is too large.
pub fn aut(world: &World, out: &mut dyn Write, mut progress: impl FnMut(usize)) -> io::Result<Size> {
    let search = Search::run(world, &Options { edges: false, ..Options::default() }, &mut |_| {});
    let size = match search.outcome {
        Outcome::Complete { states, transitions, .. } => Size { states, transitions },
        Outcome::Truncated { why } => return Err(io::Error::other(Incomplete { world: world.name, why })),
    };
    writeln!(out, "des (0, {}, {})", size.transitions, size.states)?;
    let mut steps = Steps::default();
    for from in 0..size.states as u32 {
        if from % 1024 == 0 {
            progress(from as usize);
        }
        for (action, to) in steps.of(world, &search, &search.state(from)) {
            // Labels are quoted; a quote in one would end it.
            writeln!(out, "({from}, \"{}\", {to})", described(world, action).replace('"', "'"))?;
        }
    }
    out.flush()?;
    Ok(size)
}

/// Draws a small world, or the first steps of a larger one, as a GraphViz digraph: states in words, what happens on the arrows. Of a
/// world in which something is violated, as far as that.
///
/// # Errors
///
/// If there are more than `limit` states (within `depth` steps, if that is given).
pub fn dot(world: &World, limit: usize, depth: Option<usize>) -> Result<String, TooLarge> {
    let search = Search::run(world, &Options { edges: false, states: Some(limit), ..Options::default() }, &mut |_| {});
    let mut steps = Steps::default();
    let mut depths: Vec<Option<usize>> = vec![None; search.states()];
    if let Some(first) = depths.first_mut() {
        *first = Some(0);
    }
    let mut text = format!("digraph \"{}\" {{\n    node [shape=box, fontname=\"sans-serif\", fontsize=10];\n", escaped(world.name));
    text.push_str("    edge [fontname=\"sans-serif\", fontsize=9];\n");
    let mut edges: Vec<(u32, Action, u32)> = Vec::new();
    let mut drawn = 0;
    // States are numbered by their distance, so that those within some steps are the first ones.
    for number in 0..search.states() as u32 {
        let Some(at) = depths[number as usize].filter(|at| depth.is_none_or(|depth| *at <= depth)) else { break };
        if drawn == limit {
            return Err(TooLarge { world: world.name, limit, depth });
        }
        drawn += 1;
        let state = search.state(number);
        let first = if number == 0 { ", penwidth=2" } else { "" };
        let _ = writeln!(text, "    {number} [label=\"{}\"{first}];", label(world, &state));
        for (action, to) in steps.of(world, &search, &state) {
            depths[to as usize].get_or_insert(at + 1);
            edges.push((number, action, to));
        }
    }
    for (from, action, to) in edges.into_iter().filter(|(_, _, to)| (*to as usize) < drawn) {
        let _ = writeln!(text, "    {from} -> {to} [label=\"{}\"];", escaped(&described(world, action)));
    }
    text.push_str("}\n");
    Ok(text)
}

/// The steps of a state; lists kept for their memory.
#[derive(Default)]
struct Steps {
    actions: Vec<Action>,
    desk: Desk,
}

impl Steps {
    /// What can happen in the state, and the numbers of the states it leads to, as far as the search has found them. What follows a
    /// violation says nothing.
    fn of(&mut self, world: &World, search: &Search, state: &State) -> Vec<(Action, u32)> {
        self.actions.clear();
        if state.violated == 0 {
            possible::actions(world, state, &mut self.actions);
        }
        let leads = |action: &Action| Some((*action, search.number(&next::reached(world, state, *action, &mut self.desk)?)?));
        self.actions.iter().filter_map(leads).collect()
    }
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
