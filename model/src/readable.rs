//! A state as a person reads it: sessions, links, what is under way, and what is owed to whom.

use crate::counterexample::names;
use crate::state::{State, Task};
use crate::story::{configuration_name, timer_name};
use crate::world::World;
use netsession_fsm::roaming::{Old, RoamState};
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, Mode, SessionId};
use serde::Serialize;
use std::fmt;

/// A state in words. Access points go by their names in the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readable {
    /// One for each session of the world, dead ones included.
    pub sessions: Vec<Session>,
    /// One for each access point.
    pub links: Vec<Link>,
    /// The default route.
    pub route: Route,
    /// Timers that are armed.
    pub timers: Vec<String>,
    /// A report was lost: a resync is owed.
    pub resync_owed: bool,
    /// The executor's daemon is gone.
    pub daemon_gone: bool,
    /// The executor starts after a crash, and has not told yet how its links stand.
    pub executor_starting: bool,
    /// Requests to scan that were not answered yet.
    pub unanswered_scans: u8,
    /// Configurations that are removed.
    pub removed: Vec<String>,
    /// Faults that may still happen.
    pub faults_left: u8,
    /// Properties that do not hold here.
    pub violated: Vec<&'static str>,
}

/// A session, as its client was told and as the hub has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// `false` once its owner died; everything else is then empty.
    pub alive: bool,
    /// Public state.
    pub state: String,
    /// `opened` came after the last `closed`.
    pub open: bool,
    /// Free, Wanting or Held.
    pub hold: String,
    /// Phase of the handshake.
    pub phase: String,
    /// Who answers offers.
    pub mode: String,
    /// The access point tried, held, or to be gone back to.
    pub on: Option<String>,
    /// What became of that one during a handshake: up, gone, yielded.
    pub old: Option<String>,
    /// The access point offered or tested.
    pub candidate: Option<String>,
    /// Access points that are not offered to it now.
    pub suppresses: Vec<String>,
    /// A suppression window is open.
    pub window: bool,
    /// The first bearer is prohibited.
    pub prohibits: bool,
    /// Opens that were not answered yet.
    pub unanswered_opens: u8,
}

/// A link, as it really is and as the hub has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Name of the access point.
    pub name: String,
    /// Really.
    pub really: String,
    /// In the hub.
    pub hub: String,
    /// We raised it and have not lowered it since.
    pub ours: bool,
    /// Numbers of the sessions that hold it.
    pub leased_by: Vec<u32>,
    /// What the executor works on.
    pub executor: Option<&'static str>,
    /// Reports under way, oldest first.
    pub reports: Vec<String>,
}

/// The default route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Where it really goes; `None`: as found.
    pub really: Option<String>,
    /// Where the hub has it.
    pub hub: Option<String>,
    /// The switch under way: to where, `none` being as found.
    pub switching_to: Option<String>,
}

fn name(world: &World, id: AccessPointId) -> String {
    world.names.get(id.0 as usize).map_or_else(|| id.to_string(), |name| (*name).to_owned())
}

impl Readable {
    /// Puts a state of a world in words.
    #[must_use]
    pub fn of(world: &World, state: &State) -> Self {
        let named = |id: AccessPointId| name(world, id);
        let ids = || (0..state.links.len() as u32).map(AccessPointId);
        Self {
            sessions: state.told.iter().map(|told| session(world, state, told)).collect(),
            links: ids().map(|id| link(world, state, id)).collect(),
            route: Route {
                really: state.route.map(named),
                hub: state.hub.default_route().map(named),
                switching_to: state.prefer.map(|(_, to)| to.map_or_else(|| "none".to_owned(), named)),
            },
            timers: state.armed.iter().map(|timer| timer_name(world.names, timer)).collect(),
            resync_owed: state.owed,
            daemon_gone: state.gone && !state.starting,
            executor_starting: state.starting,
            unanswered_scans: state.scans.waiting,
            removed: world.configurations().filter(|id| state.is_removed(*id)).map(|id| configuration_name(world.names, id)).collect(),
            faults_left: state.budget,
            violated: names(state.violated),
        }
    }
}

fn session(world: &World, state: &State, told: &crate::state::Told) -> Session {
    let known = |id: SessionId| Some((id, state.hub.session_view(id)?, state.hub.snapshot(id)?));
    let Some((id, view, snapshot)) = told.id.and_then(known) else {
        return Session {
            alive: false,
            state: String::new(),
            open: false,
            hold: String::new(),
            phase: String::new(),
            mode: String::new(),
            on: None,
            old: None,
            candidate: None,
            suppresses: Vec::new(),
            window: false,
            prohibits: false,
            unanswered_opens: 0,
        };
    };
    let in_handshake = view.hold == Hold::Held && view.roam != RoamState::Stable;
    let old = match view.old {
        Old::Up => "up",
        Old::Gone => "gone",
        Old::Yielded => "yielded",
    };
    let suppressed = (0..state.links.len() as u32).map(AccessPointId).filter(|link| state.hub.suppresses(id, *link));
    Session {
        alive: true,
        state: format!("{:?}", told.state),
        open: told.open,
        hold: format!("{:?}", view.hold),
        phase: format!("{:?}", snapshot.phase),
        mode: state.hub.mode(id).map_or_else(String::new, mode),
        on: view.current.map(|id| name(world, id)),
        old: in_handshake.then(|| old.to_owned()),
        candidate: view.candidate.map(|id| name(world, id)),
        suppresses: suppressed.map(|id| name(world, id)).collect(),
        window: view.window,
        prohibits: told.prohibits,
        unanswered_opens: told.waiting,
    }
}

fn mode(mode: Mode) -> String {
    match mode {
        Mode::Off => "off",
        Mode::Forced => "forced",
        Mode::Application => "application",
    }
    .to_owned()
}

fn link(world: &World, state: &State, id: AccessPointId) -> Link {
    let real = state.link(id);
    let view = state.hub.link_view(id);
    Link {
        name: name(world, id),
        really: format!("{:?}", real.state),
        hub: view.map_or_else(|| "unknown".to_owned(), |view| format!("{:?}", view.state)),
        ours: view.is_some_and(|view| view.ours),
        leased_by: state.hub.holders(id).map(|holder| holder.index).collect(),
        executor: real.task.map(|task| match task {
            Task::Raise(_) => "raising",
            Task::Lower(_) => "lowering",
        }),
        reports: real.reports.iter().map(|report| format!("{:?}{}", report.state, if report.done.0 > 0 { ", done" } else { "" })).collect(),
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.alive {
            return f.write_str("its owner died");
        }
        write!(f, "{}{}, {}", self.state, if self.open { ", open" } else { "" }, self.hold)?;
        if let Some(on) = &self.on {
            write!(f, " on {on}")?;
        }
        if self.phase != "Stable" {
            write!(f, ", {}", self.phase)?;
        }
        if let Some(candidate) = &self.candidate {
            write!(f, " (candidate {candidate}")?;
            if let Some(old) = &self.old {
                write!(f, ", old link {old}")?;
            }
            f.write_str(")")?;
        }
        write!(f, "; mode {}", self.mode)?;
        if !self.suppresses.is_empty() {
            write!(f, "; not offered: {}", self.suppresses.join(", "))?;
        }
        if self.window {
            f.write_str("; suppression window open")?;
        }
        if self.prohibits {
            f.write_str("; prohibits the first bearer")?;
        }
        if self.unanswered_opens > 0 {
            write!(f, "; opens not answered: {}", self.unanswered_opens)?;
        }
        Ok(())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "really {}, in the hub {}", self.really, self.hub)?;
        if self.ours {
            f.write_str(", raised by us")?;
        }
        if !self.leased_by.is_empty() {
            let holders: Vec<_> = self.leased_by.iter().map(|holder| format!("session {holder}")).collect();
            write!(f, "; leased by {}", holders.join(", "))?;
        }
        if let Some(task) = self.executor {
            write!(f, "; executor is {task}")?;
        }
        if !self.reports.is_empty() {
            write!(f, "; reports under way: {}", self.reports.join(" | "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Readable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, session) in self.sessions.iter().enumerate() {
            writeln!(f, "session {number}: {session}")?;
        }
        for link in &self.links {
            writeln!(f, "link {}: {link}", link.name)?;
        }
        let place = |place: &Option<String>| place.clone().unwrap_or_else(|| "as found".to_owned());
        write!(f, "default route: {}", place(&self.route.really))?;
        if self.route.really != self.route.hub {
            write!(f, ", in the hub {}", place(&self.route.hub))?;
        }
        if let Some(to) = &self.route.switching_to {
            write!(f, ", switching to {to}")?;
        }
        writeln!(f)?;
        writeln!(f, "timers: {}", if self.timers.is_empty() { "none".to_owned() } else { self.timers.join(", ") })?;
        if self.resync_owed {
            writeln!(f, "a report was lost: a resync is owed")?;
        }
        if self.daemon_gone {
            writeln!(f, "the executor's daemon is gone")?;
        }
        if self.executor_starting {
            writeln!(f, "the executor starts: it has told nothing yet")?;
        }
        if self.unanswered_scans > 0 {
            writeln!(f, "requests to scan: {}", self.unanswered_scans)?;
        }
        if !self.removed.is_empty() {
            writeln!(f, "removed: {}", self.removed.join(", "))?;
        }
        write!(f, "faults left: {}", self.faults_left)?;
        if !self.violated.is_empty() {
            write!(f, "\nVIOLATED: {}", self.violated.join(", "))?;
        }
        Ok(())
    }
}
