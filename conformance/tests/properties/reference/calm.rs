//! How must the world look when all is quiet? Links, sessions and the default route, by who is open (SPEC §4, §5, §7).

use super::Reference;
use super::point::Point;
use super::session::Session;
use netsession_conformance::scenario::words::Ends;
use netsession_fsm::words::SessionState;
use std::collections::BTreeSet;

impl Reference<'_> {
    /// Before something is done, more time passes, or everybody is looked at in the end.
    pub(super) fn before_a_deed(&mut self) -> Result<(), String> {
        if self.is_calm() {
            self.calm()?;
        }
        Ok(())
    }

    /// Nobody has said anything for a while, and nothing happened.
    fn calm(&mut self) -> Result<(), String> {
        if !self.heard {
            return Ok(());
        }
        for (name, session) in &self.sessions {
            self.rests(session).map_err(|why| format!("{name} {why}"))?;
        }
        self.links()?;
        self.radios()?;
        self.default_route()?;
        // what is tried again later takes the old link's radio, and that may not come back (SPEC §7.3)
        if self.points.iter().all(|point| point.radio.is_none() || point.raise == Ends::Well) {
            self.sessions.values_mut().for_each(Session::calms);
        }
        Ok(())
    }

    fn rests(&self, session: &Session) -> Result<(), String> {
        if let Some(verb) = session.begun.first() {
            return Err(format!("has no answer to {verb:?} (S2)"));
        }
        if session.asked {
            return Err("waits to be opened, and nothing is tried (L1)".to_owned());
        }
        if !session.open {
            // what was found when it was created was not told
            let shows = self.shown(session);
            return if session.told.is_none_or(|told| told == shows) {
                Ok(())
            } else {
                Err(format!("is not open and shows {:?}, its configuration is {shows:?} (SPEC §4)", session.told))
            };
        }
        let asked = session.offer.is_some() || session.trial.is_some();
        match session.told.unwrap_or(SessionState::Connected) {
            SessionState::Connected if session.members.iter().any(|place| self.points[*place].up) => Ok(()),
            SessionState::Connected => Err("is Connected, and nothing it could be on is up (S1)".to_owned()),
            SessionState::Roaming if asked => Ok(()),
            told => Err(format!("is open and {told:?}, and nobody is asked anything (L4)")),
        }
    }

    /// What a session that is not open shows: the best of what it is on (SPEC §4).
    pub(super) fn shown(&self, session: &Session) -> SessionState {
        match session.members.iter().map(|place| self.points[*place].rank()).max() {
            Some(2) => SessionState::Connected,
            Some(1) => SessionState::Disconnected,
            _ => SessionState::NotAvailable,
        }
    }

    /// What we raised is up for somebody: each open session has one link, and another one while it tests that (SPEC §7.1, L5).
    fn links(&self) -> Result<(), String> {
        let ours = |point: &&Point| point.up && !point.foreign;
        let ours = self.points.iter().filter(ours).count();
        let open = self.sessions.values().filter(|session| session.open);
        let most: usize = open.map(|session| 1 + usize::from(session.trial.is_some())).sum();
        if ours > most {
            return Err(format!("{ours} links that we raised are up, and there are {most} leases at most (L5)"));
        }
        for (place, point) in self.points.iter().enumerate().filter(|(_, point)| point.up && !point.foreign) {
            let wanted = self.sessions.values().any(|session| session.open && session.members.contains(&place));
            if !wanted {
                return Err(format!("{} is up and ours, and nobody could hold it (S6)", self.scenario.access_points[place].name));
            }
            if !point.reach {
                return Err(format!("{} is up and out of reach", self.scenario.access_points[place].name));
            }
        }
        Ok(())
    }

    /// The default route goes through a link that an open session is on: the best of them (SPEC §7.4, S19).
    fn default_route(&self) -> Result<(), String> {
        let open: Vec<_> = self.sessions.values().filter(|session| session.open).collect();
        // where who tests something was may be lost by now, and then nothing of it is active
        if open.iter().any(|session| session.told == Some(SessionState::Roaming)) {
            return Ok(());
        }
        let on: Option<BTreeSet<usize>> = open.iter().map(|session| session.on).collect();
        match (self.route, on) {
            (route, Some(on)) => self.is_best(route, on),
            (None, None) => Err("some session is open, and the default route is as it was found (S19)".to_owned()),
            (Some(place), None) => {
                let serves = self.points[place].up && open.iter().any(|session| session.members.contains(&place));
                if serves { Ok(()) } else { Err("the default route goes where no open session can be (S19)".to_owned()) }
            }
        }
    }

    /// The route is where it is to be if open sessions are on these.
    pub(super) fn is_best(&self, route: Option<usize>, on: BTreeSet<usize>) -> Result<(), String> {
        // every access point is in the one service network, in this order
        let best = on.into_iter().min();
        if route == best {
            return Ok(());
        }
        let name =
            |place: Option<usize>| place.map_or("as it was found".to_owned(), |place| self.scenario.access_points[place].name.to_string());
        Err(format!("the default route is {}, not {} (S19)", name(route), name(best)))
    }
}
