//! Where must everybody be in the end? After the world has healed, where it is best (SPEC §6.4, §6.6).

use super::Reference;
use super::session::Session;
use netsession_conformance::scenario::words::{Ends, Look, Name};
use netsession_fsm::words::{Mode, SessionState};
use std::collections::BTreeSet;

impl Reference<'_> {
    /// The last line of a session: how it is.
    pub(super) fn ends(&mut self, name: &Name, looks: &[Look]) -> Result<(), String> {
        let [Look::State(state), Look::Open(open), Look::On(on)] = looks else { return Ok(()) };
        let on = on.as_ref().and_then(|name| self.scenario.place(&name.text));
        let healed = self.has_healed();
        let session = self.sessions.get_mut(&name.text).ok_or("it has left")?;
        if session.told.is_some_and(|told| told != *state) || session.open != *open {
            return Err(format!("it was told {:?}, and that it is{} open (S8)", session.told, if session.open { "" } else { " not" }));
        }
        let needs = *open && *state == SessionState::Connected;
        if (needs && on.is_none()) || (on.is_some() && !open) || on.is_some_and(|on| !session.members.contains(&on)) {
            return Err("who is open and Connected, and nobody who is not open, is on something of its own (SPEC §4)".to_owned());
        }
        (session.on, session.told) = (on, Some(*state));
        let session = &self.sessions[&name.text];
        if !open {
            let shows = self.shown(session);
            return if *state == shows || !healed { Ok(()) } else { Err(format!("its configuration is {shows:?} (SPEC §4)")) };
        }
        if let (true, Some(on)) = (healed && session.roams, on) {
            self.is_where_it_is_best(name, session, on)?;
        }
        let all: Option<BTreeSet<usize>> = self.sessions.values().filter(|session| session.open).map(|session| session.on).collect();
        match all {
            Some(all) if healed => self.is_best(self.route, all),
            _ => Ok(()),
        }
    }

    /// Everything is in reach and works, for long enough.
    fn has_healed(&self) -> bool {
        let works = self.points.iter().all(|point| point.reach && point.raise == Ends::Well);
        self.healed && self.heard && works
    }

    /// A session that roams by itself is on the best one whose radio nobody else needs; one that is asked is there, or was asked (L6).
    fn is_where_it_is_best(&self, name: &Name, session: &Session, on: usize) -> Result<(), String> {
        let radio_is_taken = |place: usize| {
            let radio = self.points[place].radio;
            let others = self.points.iter().enumerate().filter(|(other, point)| *other != place && point.radio == radio && radio.is_some());
            others.map(|(other, _)| other).any(|other| self.is_anothers(name, other))
        };
        let best = session.members.iter().copied().find(|place| !radio_is_taken(*place)).unwrap_or(on);
        match session.mode {
            Mode::Forced if on > best => Err(format!("{} is better, and in reach (L6)", self.scenario.access_points[best].name)),
            Mode::Application if on > best && session.offered.is_empty() => {
                Err(format!("{} is better and in reach, and it was not asked (L6)", self.scenario.access_points[best].name))
            }
            Mode::Forced | Mode::Off if session.told != Some(SessionState::Connected) => Err("it is not Connected (L8)".to_owned()),
            Mode::Off | Mode::Forced | Mode::Application => Ok(()),
        }
    }

    /// Some other session is on an access point, tests it, or may be on it.
    fn is_anothers(&self, name: &Name, place: usize) -> bool {
        let uses = |session: &Session| match session.on {
            Some(on) => on == place || session.trial == Some(place),
            None => session.members.contains(&place),
        };
        self.sessions.iter().any(|(other, session)| *other != name.text && session.open && uses(session))
    }
}
