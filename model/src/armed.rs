//! Which timers are armed? By whom they belong to, so that a session or a link can be told with its timers.

use netsession_fsm::hub::Timer;
use netsession_fsm::words::{AccessPointId, SessionId};

/// A timer of a session, without saying which place the session has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Own {
    /// Generation of the session.
    Session(u32),
    Suppression(u32, AccessPointId),
    Window(u32),
}

/// The timers armed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Armed {
    /// By place of the session, each in order.
    pub(crate) sessions: Vec<Vec<Own>>,
    /// By link, each in order.
    pub(crate) links: Vec<Vec<Timer>>,
    /// Those of nobody, in order.
    pub(crate) rest: Vec<Timer>,
}

/// Where a timer belongs.
enum Owner {
    Session(usize, Own),
    Link(usize),
    Nobody,
}

fn owner(timer: Timer) -> Owner {
    let session = |id: SessionId, own| Owner::Session(id.index as usize, own);
    match timer {
        Timer::Session(id) => session(id, Own::Session(id.generation)),
        Timer::Suppression(id, of) => session(id, Own::Suppression(id.generation, of)),
        Timer::Window(id) => session(id, Own::Window(id.generation)),
        Timer::Settle(id) | Timer::Lower(id) => Owner::Link(id.0 as usize),
        Timer::Route | Timer::Grace(_) | Timer::Refresh => Owner::Nobody,
    }
}

impl Own {
    fn of(self, index: usize) -> Timer {
        let id = |generation| SessionId { index: index as u32, generation };
        match self {
            Self::Session(generation) => Timer::Session(id(generation)),
            Self::Suppression(generation, of) => Timer::Suppression(id(generation), of),
            Self::Window(generation) => Timer::Window(id(generation)),
        }
    }
}

fn put<T: Ord>(timers: &mut Vec<T>, timer: T) {
    if let Err(place) = timers.binary_search(&timer) {
        timers.insert(place, timer);
    }
}

fn take<T: Ord>(timers: &mut Vec<T>, timer: &T) {
    if let Ok(place) = timers.binary_search(timer) {
        timers.remove(place);
    }
}

impl Armed {
    /// None, in a world of so many sessions and links.
    #[must_use]
    pub fn none(sessions: usize, links: usize) -> Self {
        Self { sessions: vec![Vec::new(); sessions], links: vec![Vec::new(); links], rest: Vec::new() }
    }

    /// Arms a timer, if it is not armed.
    ///
    /// # Panics
    /// If it belongs to a session or a link the world has not.
    pub fn insert(&mut self, timer: Timer) {
        match owner(timer) {
            Owner::Session(place, own) => put(&mut self.sessions[place], own),
            Owner::Link(place) => put(&mut self.links[place], timer),
            Owner::Nobody => put(&mut self.rest, timer),
        }
    }

    /// Disarms a timer, if it is armed.
    ///
    /// # Panics
    /// If it belongs to a session or a link the world has not.
    pub fn remove(&mut self, timer: Timer) {
        match owner(timer) {
            Owner::Session(place, own) => take(&mut self.sessions[place], &own),
            Owner::Link(place) => take(&mut self.links[place], &timer),
            Owner::Nobody => take(&mut self.rest, &timer),
        }
    }

    /// Those of the sessions, of the links, and of nobody, each in order.
    pub fn iter(&self) -> impl Iterator<Item = Timer> + '_ {
        let sessions = self.sessions.iter().enumerate().flat_map(|(place, timers)| timers.iter().map(move |own| own.of(place)));
        sessions.chain(self.links.iter().flatten().copied()).chain(self.rest.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_armed_is_told_once_and_what_is_disarmed_no_more() {
        let session = SessionId { index: 1, generation: 3 };
        let all = [
            Timer::Session(session),
            Timer::Suppression(session, AccessPointId(2)),
            Timer::Window(session),
            Timer::Settle(AccessPointId(0)),
            Timer::Lower(AccessPointId(0)),
            Timer::Route,
        ];
        let mut armed = Armed::none(2, 3);
        for timer in all.iter().chain(&all).rev() {
            armed.insert(*timer);
        }
        assert_eq!(armed.iter().collect::<Vec<_>>(), all);
        for timer in all {
            armed.remove(timer);
            armed.remove(timer);
        }
        assert_eq!(armed, Armed::none(2, 3));
    }
}
