//! A story for tools that read the Informal Trace Format: Apalache, Quint, trace viewers.
//!
//! One state a step, and the initial one before them; `action` is the step that led there. A run for ever is a lasso: from the last state
//! it goes on to the one whose number is in `loop`.

use crate::next;
use crate::observe::Facts;
use crate::readable::Readable;
use crate::state::State;
use crate::story::Story;
use crate::trace::described;
use crate::world::World;
use serde_json::{Map, Value, json};

/// The variables of each state, in order.
pub const VARS: [&str; 12] = [
    "action",
    "sessions",
    "links",
    "route",
    "timers",
    "resync_owed",
    "daemon_gone",
    "executor_starting",
    "unanswered_scans",
    "removed",
    "faults_left",
    "violated",
];

/// A story of a world as a document.
///
/// # Panics
///
/// Never: names, numbers and lists of them are always valid JSON.
#[must_use]
pub fn document(world: &World, story: &Story) -> String {
    let mut state = State::initial(world);
    let mut states = vec![record(0, "init", world, &state)];
    for action in &story.path {
        let Some((reached, _)) = next::apply(world, &state, *action, &mut Facts::default()) else { continue };
        states.push(record(states.len(), &described(world, *action), world, &reached));
        state = reached;
    }
    let mut document = json!({
        "#meta": {
            "format": "ITF",
            "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
            "description": story.title,
            "source": format!("netsession check, world {}", world.name),
        },
        "vars": VARS,
    });
    if let Some(stem) = story.cycle {
        // The cycle's last state is the one it began from, but for the action that led there; a run that stays where it is has no cycle.
        document["loop"] = json!((stem + 1).min(states.len() - 1));
    }
    document["states"] = Value::Array(states);
    let mut text = serde_json::to_string_pretty(&document).expect("names, numbers and lists of them are valid JSON");
    text.push('\n');
    text
}

fn record(index: usize, action: &str, world: &World, state: &State) -> Value {
    let readable = serde_json::to_value(Readable::of(world, state)).expect("names, numbers and lists of them are valid JSON");
    let mut record = Map::new();
    record.insert("#meta".to_owned(), json!({ "index": index }));
    record.insert("action".to_owned(), json!(action));
    if let Value::Object(fields) = readable {
        for (name, value) in fields {
            // what has no order is a set
            let set = matches!(name.as_str(), "timers" | "removed" | "violated");
            record.insert(name, if set { json!({ "#set": value }) } else { known(value) });
        }
    }
    Value::Object(record)
}

/// The format has neither null nor plain numbers: what is not there is the empty text.
pub(crate) fn known(value: Value) -> Value {
    match value {
        Value::Null => json!(""),
        Value::Array(values) => Value::Array(values.into_iter().map(known).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, known(value))).collect()),
        Value::Number(number) => json!({ "#bigint": number.to_string() }),
        Value::Bool(_) | Value::String(_) => value,
    }
}
