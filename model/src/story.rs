//! A path of a world as a person reads it: numbered steps between client, hub and executor.

use crate::action::{Action, call_name};
use crate::next::{self, Exchange};
use crate::observe::Facts;
use crate::state::State;
use crate::world::World;
use netsession_fsm::hub::{Command, Input, Notice, Output, Report, Timer};
use netsession_fsm::words::{AccessPointId, ConfigurationId, SessionId};
use std::fmt;

/// Who says or hears something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// A session's client.
    Client(u32),
    /// The hub.
    Hub,
    /// The executor, and the system behind it.
    Executor,
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(session) => write!(f, "client {session}"),
            Self::Hub => f.write_str("hub"),
            Self::Executor => f.write_str("executor"),
        }
    }
}

/// One thing said.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// Number of the step of the world it belongs to, from 1.
    pub step: usize,
    /// Who says it.
    pub from: Lane,
    /// Who hears it; the same lane if it only happens there.
    pub to: Lane,
    /// What.
    pub text: String,
}

/// A path as a sequence of lines.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Story {
    /// What it tells.
    pub title: String,
    /// How many sessions there are.
    pub sessions: usize,
    /// The lines, in order.
    pub lines: Vec<Line>,
    /// The steps themselves: what a replay takes again.
    pub path: Vec<Action>,
    /// After so many steps those that follow are taken for ever; `None`: the path ends.
    pub cycle: Option<usize>,
}

impl Story {
    /// Tells a path of a world, from its beginning. Steps that change nothing are left out.
    #[must_use]
    pub fn of(world: &World, path: &[Action], title: impl Into<String>) -> Self {
        let mut story = Self { title: title.into(), sessions: world.sessions.len(), lines: Vec::new(), path: path.to_vec(), cycle: None };
        let mut state = State::initial(world);
        for (place, action) in path.iter().enumerate() {
            let Some((reached, exchanges)) = next::apply(world, &state, *action, &mut Facts::default()) else { continue };
            story.tell(world, place + 1, *action, &exchanges);
            state = reached;
        }
        story
    }

    pub(crate) fn tell(&mut self, world: &World, step: usize, action: Action, exchanges: &[Exchange]) {
        let (from, to, text) = happening(world, action);
        self.lines.push(Line { step, from, to, text });
        for output in exchanges.iter().flat_map(|(_, outputs)| outputs) {
            if let Some((to, text)) = said(world.names, output) {
                self.lines.push(Line { step, from: Lane::Hub, to, text });
            }
        }
    }

    /// The same, the steps after the first `stem` ones being taken for ever.
    #[must_use]
    pub fn for_ever_after(mut self, stem: usize) -> Self {
        self.cycle = Some(stem);
        self
    }

    /// As a Mermaid sequence chart; what is taken for ever is a loop in it.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut chart = String::from("sequenceDiagram\n");
        for session in 0..self.sessions {
            chart += &format!("    participant C{session} as client {session}\n");
        }
        chart += "    participant H as hub\n    participant E as executor\n";
        let name = |lane: Lane| match lane {
            Lane::Client(session) => format!("C{session}"),
            Lane::Hub => "H".to_owned(),
            Lane::Executor => "E".to_owned(),
        };
        let stem = self.cycle.filter(|stem| *stem < self.path.len());
        let mut looping = false;
        for line in &self.lines {
            if !looping && stem.is_some_and(|stem| line.step > stem) {
                looping = true;
                chart += "    loop for ever\n";
            }
            // A semicolon would end the statement.
            let text = line.text.replace(';', ",");
            chart += &if line.from == line.to {
                format!("    Note over {}: {text}\n", name(line.from))
            } else {
                format!("    {}->>{}: {text}\n", name(line.from), name(line.to))
            };
        }
        if looping {
            chart += "    end\n";
        }
        chart
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        let mut last = 0;
        for line in &self.lines {
            let number = if line.step == last { String::new() } else { line.step.to_string() };
            last = line.step;
            if line.from == line.to {
                writeln!(f, "{number:>4}  {:<9}    {:<9}  {}", line.from.to_string(), "", line.text)?;
            } else {
                writeln!(f, "{number:>4}  {:<9} -> {:<9}  {}", line.from.to_string(), line.to.to_string(), line.text)?;
            }
        }
        Ok(())
    }
}

/// An access point, as stories call it; names are by number.
pub(crate) fn link<N: AsRef<str>>(names: &[N], id: AccessPointId) -> &str {
    names.get(id.0 as usize).map_or("?", AsRef::as_ref)
}

/// A configuration, as stories call it.
pub(crate) fn configuration_name<N: AsRef<str>>(names: &[N], id: ConfigurationId) -> String {
    match id {
        ConfigurationId::AccessPoint(id) => link(names, id).to_owned(),
        ConfigurationId::ServiceNetwork(_) | ConfigurationId::UserChoice(_) => id.to_string(),
    }
}

/// The step itself: who does what to whom.
pub(crate) fn happening(world: &World, action: Action) -> (Lane, Lane, String) {
    match action {
        Action::Ask(session, ask) => (Lane::Client(session.into()), Lane::Hub, ask.to_string()),
        Action::Misuse(session) => (Lane::Client(session.into()), Lane::Hub, "answers that do not fit".to_owned()),
        Action::Die(session) => (Lane::Client(session.into()), Lane::Hub, "dies".to_owned()),
        Action::Returns(session) => (Lane::Client(session.into()), Lane::Hub, "is there again".to_owned()),
        Action::Becomes(id, state) => (Lane::Executor, Lane::Executor, format!("{} is {state:?} now", link(world.names, id))),
        Action::Finishes(id, true) => (Lane::Executor, Lane::Executor, format!("done with {}", link(world.names, id))),
        Action::Finishes(id, false) => (Lane::Executor, Lane::Executor, format!("failed with {}", link(world.names, id))),
        Action::Arrives(id, _) => (Lane::Executor, Lane::Hub, format!("report on {}", link(world.names, id))),
        Action::IsLost(id, _) => (Lane::Executor, Lane::Executor, format!("a report on {} is lost", link(world.names, id))),
        Action::Resync => (Lane::Executor, Lane::Hub, "resync: how everything stands".to_owned()),
        Action::Crash => (Lane::Hub, Lane::Hub, "crashes, with its executor, and starts again from what was kept".to_owned()),
        Action::Gone => (Lane::Executor, Lane::Hub, "the daemon is gone".to_owned()),
        Action::Routed(true) => (Lane::Executor, Lane::Hub, "default route switched".to_owned()),
        Action::Routed(false) => (Lane::Executor, Lane::Hub, "default route could not be switched".to_owned()),
        Action::Removes(id) => (Lane::Executor, Lane::Hub, format!("{} is removed", configuration_name(world.names, id))),
        Action::Defines(id) => (Lane::Executor, Lane::Hub, format!("{} is defined again", configuration_name(world.names, id))),
        Action::Refresh => (Lane::Executor, Lane::Hub, "somebody asks for a scan".to_owned()),
        Action::Scanned(true) => (Lane::Executor, Lane::Hub, "scanned".to_owned()),
        Action::Scanned(false) => (Lane::Executor, Lane::Hub, "scanned, for an earlier request".to_owned()),
        Action::Fires(timer) => (Lane::Hub, Lane::Hub, format!("{} passed", timer_name(world.names, timer))),
    }
}

pub(crate) fn timer_name<N: AsRef<str>>(names: &[N], timer: Timer) -> String {
    match timer {
        Timer::Session(id) => format!("deadline of client {}", id.index),
        Timer::Suppression(id, access_point) => format!("suppression of {} for client {}", link(names, access_point), id.index),
        Timer::Window(id) => format!("suppression window of client {}", id.index),
        Timer::Settle(id) => format!("settle delay of {}", link(names, id)),
        Timer::Lower(id) => format!("time to lower {}", link(names, id)),
        Timer::Route => "time to switch the default route".to_owned(),
        Timer::Grace(_) => "grace time of the executor".to_owned(),
        Timer::Refresh => "time to scan".to_owned(),
    }
}

/// What the hub says to somebody; timers and the catalogue are left out.
pub(crate) fn said<N: AsRef<str>>(names: &[N], output: &Output) -> Option<(Lane, String)> {
    let client = |session: &SessionId| Lane::Client(session.index);
    match output {
        Output::Command(Command::Raise { access_point, .. }) => Some((Lane::Executor, format!("Raise {}", link(names, *access_point)))),
        Output::Command(Command::Lower { access_point, .. }) => Some((Lane::Executor, format!("Lower {}", link(names, *access_point)))),
        Output::Command(Command::Prefer { access_point, .. }) => {
            Some((Lane::Executor, access_point.map_or("Prefer none".to_owned(), |id| format!("Prefer {}", link(names, id)))))
        }
        Output::Command(Command::Refresh { .. }) => Some((Lane::Executor, "Refresh".to_owned())),
        Output::Notice { session, notice, .. } => Some((client(session), notice_name(names, notice))),
        Output::Answer { session: Some(session), result: Err(refusal), .. } => Some((client(session), format!("refused: {refusal}"))),
        Output::Answer { .. }
        | Output::Arm(..)
        | Output::Disarm(_)
        | Output::Catalogue(_)
        | Output::Created { .. }
        | Output::Refused(_) => None,
    }
}

fn notice_name<N: AsRef<str>>(names: &[N], notice: &Notice) -> String {
    match notice {
        Notice::StateChanged(state) => format!("state_changed {state:?}"),
        Notice::PoliciesChanged(policies) if policies.0 == 0 => "policies_changed none".to_owned(),
        Notice::PoliciesChanged(_) => "policies_changed NoBackgroundTraffic".to_owned(),
        Notice::Opened => "opened".to_owned(),
        Notice::Closed => "closed".to_owned(),
        Notice::PreferredConfigurationChanged(offer) => {
            format!("preferred_configuration_changed {} ({:?})", link(names, offer.access_point), offer.kind)
        }
        Notice::NewConfigurationActivated { access_point, .. } => format!("new_configuration_activated {}", link(names, *access_point)),
        Notice::OfferWithdrawn(_) => "offer_withdrawn".to_owned(),
        Notice::Error(error) => format!("error {:?}: {}", error.kind, error.cause),
    }
}

/// What an input is called where only its kind matters.
#[must_use]
pub fn input_name(input: &Input) -> &'static str {
    match input {
        Input::Define(_) => "define",
        Input::Remove(_) => "remove",
        Input::Default(_) => "default",
        Input::SaveTraffic(_) => "save traffic",
        Input::Create { .. } => "create",
        Input::Drop(_) => "drop",
        Input::Request { call, .. } => call_name(call),
        Input::Refresh { .. } => "refresh",
        Input::Report(Report::Link(_)) => "link report",
        Input::Report(Report::Route { .. }) => "route report",
        Input::Report(Report::Refreshed { .. }) => "scan report",
        Input::Report(Report::Counters { .. }) => "counters",
        Input::Report(Report::Resync { .. }) => "resync",
        Input::Report(Report::Gone { .. }) => "gone",
        Input::Fired(_) => "timer",
        Input::Restore(_) => "restore",
    }
}
