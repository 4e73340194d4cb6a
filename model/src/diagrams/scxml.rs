//! A machine as an executable state chart for other tools: W3C SCXML.
//!
//! What the memory says is a substate of its leaf, so that nothing is left to a data model: every transition is a step of the walk, and
//! every step that is not ignored is a transition. What a step asks for is sent as an event to whoever runs the chart.

use super::alr;
use crate::walk::{Fault, Spot, walk};
use netsession_fsm::link::LinkMemory;
use netsession_fsm::roaming::RoamMemory;
use netsession_fsm::session::HoldMemory;
use netsession_fsm::step::{Chart, Verdict};
use quick_xml::Writer;
use std::io;

/// The machines there is a chart of. `alr` is `roaming` with Qt's names.
pub const NAMES: [&str; 4] = ["session", "link", "roaming", "alr"];

/// A machine as SCXML; `None` if there is no such machine.
///
/// # Panics
///
/// If the machine breaks a law of [`crate::walk`]; its tests would, too.
#[must_use]
pub fn document(name: &str) -> Option<String> {
    let charted = match name {
        "session" => charted::<HoldMemory>(),
        "link" => charted::<LinkMemory>(),
        "roaming" => charted::<RoamMemory>(),
        "alr" => alr::charted(),
        _ => return None,
    };
    Some(written(name, &charted.unwrap_or_else(|fault| panic!("{fault}"))))
}

/// A state chart: its states in the order of reading, and the number of the first one.
pub(super) struct Charted {
    pub(super) initial: usize,
    pub(super) states: Vec<Charting>,
}

/// A state: a leaf with what the memory says in it.
pub(super) struct Charting {
    pub(super) leaf: String,
    pub(super) memory: String,
    /// The superstates around it, outermost first.
    pub(super) superstates: Vec<String>,
    pub(super) steps: Vec<Step>,
}

/// What an event does.
pub(super) struct Step {
    pub(super) event: String,
    /// Number of the state it leads to; `None`: it is handled where it is.
    pub(super) to: Option<usize>,
    /// What it asks for, in order.
    pub(super) asks: Vec<String>,
}

fn charted<C: Chart>() -> Result<Charted, Fault> {
    let walk = walk::<C>()?;
    let of = |leaf: &C::Leaf| walk.spots.iter().copied().filter(|spot| spot.leaf == *leaf).collect::<Vec<Spot<C>>>();
    let spots: Vec<Spot<C>> = C::LEAVES.iter().flat_map(of).collect();
    let number = |spot: Spot<C>| spots.iter().position(|other| *other == spot);
    let state = |spot: &Spot<C>| {
        let edges = walk.edges.iter().filter(|edge| edge.from == *spot && edge.verdict != Verdict::Ignored);
        let step = |edge: &crate::walk::Edge<C>| Step {
            event: C::event_name(edge.event).to_owned(),
            to: number(edge.to).filter(|_| edge.verdict != Verdict::Stayed || edge.to != edge.from),
            asks: edge.effects.iter().map(|effect| format!("{effect:?}")).collect(),
        };
        Charting {
            leaf: C::leaf_name(spot.leaf).to_owned(),
            memory: spot.memory.memory_name(spot.leaf).to_owned(),
            superstates: C::superstates(spot.leaf).iter().map(|name| (*name).to_owned()).collect(),
            steps: edges.map(step).collect(),
        }
    };
    Ok(Charted { initial: number(walk.spots[0]).unwrap_or_default(), states: spots.iter().map(state).collect() })
}

fn written(name: &str, charted: &Charted) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, name, charted).expect("writing to memory does not fail");
    let text = String::from_utf8(writer.into_inner()).expect("everything written is text");
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

fn write(writer: &mut Writer<Vec<u8>>, name: &str, charted: &Charted) -> io::Result<()> {
    let ids: Vec<String> = (0..charted.states.len()).map(|number| charted.id(number)).collect();
    let initial = charted.id(charted.initial);
    let attributes = [
        ("xmlns", "http://www.w3.org/2005/07/scxml"),
        ("version", "1.0"),
        ("datamodel", "null"),
        ("name", name),
        ("initial", initial.as_str()),
    ];
    let around: Vec<Vec<String>> = (0..ids.len()).map(|number| charted.around(number)).collect();
    let all: Vec<usize> = (0..ids.len()).collect();
    let nested = Nested { charted, ids, around };
    writer.create_element("scxml").with_attributes(attributes).write_inner_content(|writer| nested.write(writer, &all, 0))?;
    Ok(())
}

impl Charted {
    fn of_leaf(&self, leaf: &str) -> impl Iterator<Item = usize> {
        (0..self.states.len()).filter(move |number| self.states[*number].leaf == leaf)
    }

    /// A state's id: its leaf, and its number among the memories of that leaf if there are several.
    fn id(&self, number: usize) -> String {
        let Charting { leaf, memory, .. } = &self.states[number];
        let (name, memory) = (token(leaf), token(memory));
        if self.of_leaf(leaf).count() == 1 {
            return name;
        }
        let place = self.of_leaf(leaf).position(|other| other == number).unwrap_or_default() + 1;
        if memory.is_empty() { format!("{name}.{place}") } else { format!("{name}.{place}.{memory}") }
    }

    /// Ids of the states around a state, outermost first: its superstates, and its leaf if that has several memories.
    fn around(&self, number: usize) -> Vec<String> {
        let state = &self.states[number];
        let leaf = Some(&state.leaf).filter(|leaf| self.of_leaf(leaf).count() > 1);
        state.superstates.iter().chain(leaf).map(|name| token(name)).collect()
    }
}

/// A chart with its ids.
struct Nested<'a> {
    charted: &'a Charted,
    ids: Vec<String>,
    around: Vec<Vec<String>>,
}

impl Nested<'_> {
    /// States, those of a state around them inside it, where its first one stands.
    fn write(&self, writer: &mut Writer<Vec<u8>>, states: &[usize], depth: usize) -> io::Result<()> {
        let mut done: Vec<&str> = Vec::new();
        for number in states {
            let Some(group) = self.around[*number].get(depth) else {
                self.state(writer, *number)?;
                continue;
            };
            if done.contains(&group.as_str()) {
                continue;
            }
            done.push(group);
            let inner: Vec<usize> = states.iter().copied().filter(|other| self.around[*other].get(depth) == Some(group)).collect();
            let element = writer.create_element("state").with_attribute(("id", group.as_str()));
            element.write_inner_content(|writer| self.write(writer, &inner, depth + 1))?;
        }
        Ok(())
    }

    fn state(&self, writer: &mut Writer<Vec<u8>>, number: usize) -> io::Result<()> {
        let state = writer.create_element("state").with_attribute(("id", self.ids[number].as_str()));
        let steps = &self.charted.states[number].steps;
        if steps.is_empty() {
            return state.write_empty().map(drop);
        }
        state.write_inner_content(|writer| steps.iter().try_for_each(|step| self.step(writer, step)))?;
        Ok(())
    }

    fn step(&self, writer: &mut Writer<Vec<u8>>, step: &Step) -> io::Result<()> {
        let event = token(&step.event);
        let target = step.to.map(|to| ("target", self.ids[to].as_str()));
        let element = writer.create_element("transition").with_attribute(("event", event.as_str())).with_attributes(target);
        if step.asks.is_empty() {
            return element.write_empty().map(drop);
        }
        element.write_inner_content(|writer| {
            step.asks.iter().try_for_each(|ask| {
                let asked = format!("asks.{}", token(ask));
                writer.create_element("send").with_attribute(("event", asked.as_str())).write_empty().map(drop)
            })
        })?;
        Ok(())
    }
}

/// A name as ids and events have it: letters, digits and single underscores.
fn token(name: &str) -> String {
    let mut token = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            token.push(letter);
        } else if !token.is_empty() && !token.ends_with('_') {
            token.push('_');
        }
    }
    token.trim_end_matches('_').to_owned()
}
