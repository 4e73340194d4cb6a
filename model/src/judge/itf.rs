//! A recording for tools that read the Informal Trace Format: one state a step, as the machine stood after it; written as it comes.

use super::recorded::Seen;
use crate::itf::known;
use crate::story::{configuration_name, link};
use netsession_fsm::hub::Hub;
use netsession_fsm::words::{AccessPointId, SessionId};
use serde_json::{Value, json};
use std::io::{self, Write};

/// The variables of each state, in order.
const VARS: [&str; 5] = ["action", "at", "sessions", "links", "route"];

/// Writes states.
#[derive(Debug)]
pub struct States<W> {
    out: W,
    states: u64,
}

impl<W: Write> States<W> {
    /// Begins the document; the first state is that of a hub in which nothing happened.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(mut out: W, title: &str) -> io::Result<Self> {
        let meta = json!({
            "format": "ITF",
            "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
            "description": title,
            "source": "netsession judge",
        });
        write!(out, "{{\"#meta\": {meta},\n\"vars\": {},\n\"states\": [\n", json!(VARS))?;
        let mut this = Self { out, states: 0 };
        let hub = Hub::new(netsession_fsm::hub::Settings::default());
        this.state(&Seen { number: 0, at: 0, happened: "init", names: &[], hub: &hub })?;
        Ok(this)
    }

    /// The state after a step.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn state(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let route = seen.hub.default_route().map_or("", |id| link(seen.names, id));
        let links = (0..).map(AccessPointId).map_while(|id| of_link(seen, id));
        let state = json!({
            "action": seen.happened,
            "at": seen.at,
            "sessions": seen.hub.sessions().map(|id| of_session(seen, id)).collect::<Vec<_>>(),
            "links": links.collect::<Vec<_>>(),
            "route": route,
        });
        let mut state = known(state);
        state["#meta"] = json!({ "index": self.states });
        let between = if self.states == 0 { "" } else { ",\n" };
        self.states += 1;
        write!(self.out, "{between}{state}")
    }

    /// Ends the document.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn end(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}

fn of_session(seen: &Seen<'_>, id: SessionId) -> Value {
    let (Some(snapshot), Some(view)) = (seen.hub.snapshot(id), seen.hub.session_view(id)) else { return Value::Null };
    let named = |id: Option<AccessPointId>| id.map(|id| link(seen.names, id));
    json!({
        "id": id.to_string(),
        "configuration": configuration_name(seen.names, snapshot.configuration),
        "state": format!("{:?}", snapshot.state),
        "open": snapshot.open,
        "hold": format!("{:?}", view.hold),
        "phase": format!("{:?}", snapshot.phase),
        "mode": seen.hub.mode(id).map(|mode| format!("{mode:?}")),
        "on": named(view.current),
        "candidate": named(view.candidate),
        "old": format!("{:?}", view.old),
    })
}

fn of_link(seen: &Seen<'_>, id: AccessPointId) -> Option<Value> {
    let view = seen.hub.link_view(id)?;
    let holders: Vec<_> = seen.hub.holders(id).map(|id| id.to_string()).collect();
    Some(json!({ "name": link(seen.names, id), "state": format!("{:?}", view.state), "ours": view.ours, "leased_by": holders }))
}
