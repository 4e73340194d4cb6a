//! A machine as an executable state chart for other tools: W3C SCXML.
//!
//! What the memory says is a substate of its leaf, so that nothing is left to a data model: every transition is a step of the walk, and
//! every step that is not ignored is a transition. What a step asks for is sent as an event to whoever runs the chart.

use crate::walk::{Spot, Walk, walk};
use netsession_fsm::link::LinkMemory;
use netsession_fsm::roaming::RoamMemory;
use netsession_fsm::session::HoldMemory;
use netsession_fsm::step::{Chart, Verdict};
use quick_xml::Writer;
use std::io;

/// The machines there is a chart of; `alr` is `roaming` in other words, and no machine by itself.
pub const NAMES: [&str; 3] = ["session", "link", "roaming"];

/// A machine as SCXML; `None` if there is no such machine.
///
/// # Panics
///
/// If the machine breaks a law of [`crate::walk`]; its tests would, too.
#[must_use]
pub fn document(name: &str) -> Option<String> {
    match name {
        "session" => Some(written::<HoldMemory>()),
        "link" => Some(written::<LinkMemory>()),
        "roaming" => Some(written::<RoamMemory>()),
        _ => None,
    }
}

fn written<C: Chart>() -> String {
    let walk = walk::<C>().unwrap_or_else(|fault| panic!("{fault}"));
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, &walk).expect("writing to memory does not fail");
    let text = String::from_utf8(writer.into_inner()).expect("everything written is text");
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

fn write<C: Chart>(writer: &mut Writer<Vec<u8>>, walk: &Walk<C>) -> io::Result<()> {
    let initial = id(walk, walk.spots[0]);
    let attributes = [
        ("xmlns", "http://www.w3.org/2005/07/scxml"),
        ("version", "1.0"),
        ("datamodel", "null"),
        ("name", C::NAME),
        ("initial", initial.as_str()),
    ];
    writer.create_element("scxml").with_attributes(attributes).write_inner_content(|writer| nest(writer, walk, C::LEAVES, 0))?;
    Ok(())
}

/// The leaves, those of a superstate inside it, where its first one stands.
fn nest<C: Chart>(writer: &mut Writer<Vec<u8>>, walk: &Walk<C>, leaves: &[C::Leaf], depth: usize) -> io::Result<()> {
    let mut done: Vec<&str> = Vec::new();
    for leaf in leaves {
        let Some(group) = C::superstates(*leaf).get(depth) else {
            self::leaf(writer, walk, *leaf)?;
            continue;
        };
        if done.contains(group) {
            continue;
        }
        done.push(group);
        let inner: Vec<C::Leaf> = leaves.iter().copied().filter(|leaf| C::superstates(*leaf).get(depth) == Some(group)).collect();
        writer
            .create_element("state")
            .with_attribute(("id", token(group).as_str()))
            .write_inner_content(|writer| nest(writer, walk, &inner, depth + 1))?;
    }
    Ok(())
}

fn leaf<C: Chart>(writer: &mut Writer<Vec<u8>>, walk: &Walk<C>, leaf: C::Leaf) -> io::Result<()> {
    let name = token(C::leaf_name(leaf));
    let spots: Vec<Spot<C>> = walk.spots.iter().copied().filter(|spot| spot.leaf == leaf).collect();
    if let [spot] = spots[..] {
        return state(writer, walk, spot);
    }
    writer
        .create_element("state")
        .with_attribute(("id", name.as_str()))
        .write_inner_content(|writer| spots.iter().try_for_each(|spot| state(writer, walk, *spot)))?;
    Ok(())
}

fn state<C: Chart>(writer: &mut Writer<Vec<u8>>, walk: &Walk<C>, spot: Spot<C>) -> io::Result<()> {
    let id = id(walk, spot);
    writer.create_element("state").with_attribute(("id", id.as_str())).write_inner_content(|writer| {
        for edge in walk.edges.iter().filter(|edge| edge.from == spot && edge.verdict != Verdict::Ignored) {
            let (event, target) = (token(C::event_name(edge.event)), self::id(walk, edge.to));
            let kind = if edge.verdict == Verdict::Stayed && edge.to == edge.from { None } else { Some(("target", target.as_str())) };
            let element = writer.create_element("transition").with_attribute(("event", event.as_str())).with_attributes(kind);
            if edge.effects.is_empty() {
                element.write_empty()?;
                continue;
            }
            element.write_inner_content(|writer| {
                edge.effects.iter().try_for_each(|effect| {
                    let asked = format!("asks.{}", token(&format!("{effect:?}")));
                    writer.create_element("send").with_attribute(("event", asked.as_str())).write_empty().map(drop)
                })
            })?;
        }
        Ok(())
    })?;
    Ok(())
}

/// A state's id: its leaf, and its number among the memories of that leaf if there are several.
fn id<C: Chart>(walk: &Walk<C>, spot: Spot<C>) -> String {
    let name = token(C::leaf_name(spot.leaf));
    let own = || walk.spots.iter().filter(|other| other.leaf == spot.leaf);
    if own().count() == 1 {
        return name;
    }
    let number = own().position(|other| *other == spot).unwrap_or_default() + 1;
    let memory = token(spot.memory.memory_name(spot.leaf));
    if memory.is_empty() { format!("{name}.{number}") } else { format!("{name}.{number}.{memory}") }
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
