//! Which sessions can be exchanged without anybody noticing? States that differ only in that are one.
//!
//! Sessions of equal plans, each in a process of its own, may change places: of all states that come of it the one with the least code
//! stands for all. Access points are never exchanged: the members of a service network are ranked, best first, so that no two of them
//! are alike.
//!
//! What is exchanged is everything that names a session. In which order the hub turns to sessions that the same thing concerns is not
//! kept, and must not matter. It does where access points share a radio, which the first session gets: there nobody changes places.
//! Elsewhere a test, `the_quotient_is_a_bisimulation`, looks at whether all states that one stands for lead to the same. Safety, and whether quiet states stay reachable, can be judged by the states that stand for
//! others. Liveness cannot: a fair run treats each session fairly, and who is who is lost on the way; it is judged without this.

use super::codes::{Layout, MOST, Numbers, Unfit};
use super::words::Words;
use crate::world::{Plan, World};
use netsession_fsm::words::RadioId;

/// The ways in which sessions can change places; the first one is to stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Of each way, the new place of each session.
    ways: Vec<Vec<usize>>,
}

impl Group {
    /// Nobody changes places.
    pub(super) const fn nobody() -> Self {
        Self { ways: Vec::new() }
    }

    /// The sessions of a world that are alike.
    pub(super) fn of(world: &World) -> Self {
        let plans = &world.sessions;
        let alone = |plan: &Plan| plans.iter().filter(|other| other.process == plan.process).count() == 1;
        let alike = |one: usize, other: usize| {
            let (one, other) = (&plans[one], &plans[other]);
            one == other || alone(one) && alone(other) && Plan { process: other.process, ..*one } == *other
        };
        let shared = |radio: RadioId| world.access_points.iter().filter(|point| point.radio == Some(radio)).count() > 1;
        if world.access_points.iter().filter_map(|point| point.radio).any(shared) {
            return Self::nobody();
        }
        let mut ways = vec![Vec::new()];
        for place in 0..plans.len() {
            // where the session of this place may go that none before it went to
            let onward = |way: Vec<usize>| {
                let free: Vec<usize> = (0..plans.len()).filter(|to| alike(place, *to) && !way.contains(to)).collect();
                free.into_iter().map(move |to| way.iter().copied().chain([to]).collect::<Vec<_>>())
            };
            ways = ways.into_iter().flat_map(onward).collect();
        }
        if ways.len() > 1 { Self { ways } } else { Self::nobody() }
    }

    /// Whether somebody can change places.
    pub(super) fn is_of_use(&self) -> bool {
        !self.ways.is_empty()
    }

    /// The ways, each as the new place of each session.
    pub(super) fn ways(&self) -> impl Iterator<Item = &[usize]> {
        self.ways.iter().map(|way| &way[..])
    }

    /// The code that stands for the state of these numbers. They must all be known.
    pub(super) fn code(&self, layout: &Layout, words: &Words, numbers: &Numbers) -> Result<u128, Unfit> {
        let (first, rest) = (layout.links, layout.parts() - 1);
        let mut least = None;
        for (way, places) in self.ways().enumerate() {
            let mut exchanged = [0; MOST];
            exchanged[..first].copy_from_slice(&numbers[..first]);
            for (place, to) in places.iter().enumerate() {
                exchanged[first + to] = numbers[first + place];
            }
            exchanged[rest] = words.exchanged_rest(numbers[rest], way);
            let code = layout.pack(&exchanged)?;
            least = Some(least.map_or(code, |least: u128| least.min(code)));
        }
        least.map_or_else(|| layout.pack(numbers), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::NETWORK;
    use netsession_fsm::words::Mode;

    fn of(sessions: Vec<Plan>) -> Vec<Vec<usize>> {
        Group::of(&World { sessions, ..World::plain() }).ways
    }

    #[test]
    fn only_sessions_alike_change_places() {
        let plan = |process, mode| Plan::of(process, NETWORK, mode);
        let (application, forced) = (Mode::Application, Mode::Forced);
        assert!(of(vec![plan(0, application)]).is_empty());
        assert!(of(vec![plan(0, application), plan(1, forced)]).is_empty());
        assert_eq!(of(vec![plan(0, forced), plan(1, forced)]), [[0, 1], [1, 0]]);
        assert_eq!(of(vec![plan(0, forced), plan(1, application), plan(2, forced)]), [[0, 1, 2], [2, 1, 0]]);
        assert_eq!(of(vec![plan(0, forced), plan(1, forced), plan(2, forced)]).len(), 6);
        assert!(of(vec![plan(0, forced), plan(1, forced), plan(1, application)]).is_empty(), "they do not die alike");
        let (one, radio) = (Plan::of(0, NETWORK, forced), World::radio());
        assert!(!Group::of(&World { sessions: vec![one, Plan { process: 1, ..one }], ..radio }).is_of_use(), "the first gets the radio");
    }
}
