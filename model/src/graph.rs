//! The reachable graph of a world: shortest paths, and "from every state a quiet state stays reachable".

use crate::action::Action;
use crate::eventually::{self, Outcome};
use crate::liveness::{Edges, Lasso};
use crate::observe::Facts;
use crate::state::State;
use crate::world::World;
use crate::{next, possible};
use netsession_fsm::link::LinkState;
use netsession_fsm::roaming::RoamState;
use netsession_fsm::session::Hold;
use rayon::prelude::*;

/// Everything reachable, by number in the order of a breadth-first search.
#[derive(Debug)]
pub struct Graph {
    /// How each state was first reached: from where, by what. The first state is its own origin.
    origins: Vec<(u32, Action)>,
    /// Edges, each with the label of its action.
    edges: Edges,
    /// What each state is, as far as the liveness properties speak of it.
    marks: Vec<u32>,
    known: Known,
    /// Witnesses seen.
    pub facts: Facts,
    /// The first state that violates something, and what.
    pub violation: Option<(u32, u32)>,
    /// Longest shortest path.
    pub depth: usize,
}

/// Whether nothing is under way: every session is free, or open without a handshake; no link is rising or falling; no request, report,
/// resync or `Prefer` is owed.
#[must_use]
pub fn is_quiet(state: &State) -> bool {
    let settled = |id| {
        state.hub.session_view(id).is_some_and(|view| match view.hold {
            Hold::Free => true,
            Hold::Wanting => false,
            Hold::Held => view.roam == RoamState::Stable,
        })
    };
    let resting = |id| {
        state.hub.link_view(id).is_some_and(|link| {
            let nobody = link.leases == 0 && link.ours && link.state == LinkState::Up;
            !matches!(link.state, LinkState::Raising | LinkState::Lowering) && !nobody
        })
    };
    let links = (0..state.links.len() as u32).map(netsession_fsm::words::AccessPointId);
    state.hub.sessions().all(settled)
        && links.into_iter().all(resting)
        && state.links.iter().all(|link| link.task.is_none() && link.reports.is_empty())
        && state.prefer.is_none()
        && !state.owed
        && !state.gone
}

/// Progress of an exploration: states found, states still to be looked at, depth.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize, usize);

impl Graph {
    /// Explores the world; stops at the end of the level in which something is violated.
    ///
    /// States are told apart by a 64-bit fingerprint, as stateright does; the agreement of both counts is checked.
    #[must_use]
    pub fn explore(world: &World, progress: Progress<'_>) -> Self {
        let mut known = nothing_known();
        let first = State::initial(world);
        known.insert(fingerprint(&first));
        let mut graph = Self {
            origins: vec![(0, Action::Resync)],
            edges: Edges::default(),
            marks: vec![eventually::marks(world, &first)],
            known,
            facts: Facts::default(),
            violation: None,
            depth: 0,
        };
        let mut level = vec![(0u32, first)];
        while !level.is_empty() && graph.violation.is_none() {
            let mut next = Vec::new();
            for (place, part) in level.chunks(PART).enumerate() {
                progress(graph.origins.len(), level.len() - place * PART + next.len(), graph.depth);
                // Successors are found side by side and taken in order: numbers do not depend on how many processors there are.
                let found: Vec<Successors> =
                    part.par_iter().map(|(number, state)| Successors::of(world, *number, state, &graph.known)).collect();
                for successors in found {
                    graph.take(world, successors, &mut next);
                }
            }
            level = next;
            graph.depth += usize::from(!level.is_empty());
        }
        graph
    }

    /// States are taken in the order of their numbers.
    fn take(&mut self, world: &World, successors: Successors, next: &mut Vec<(u32, State)>) {
        self.facts = Facts(self.facts.0 | successors.facts.0);
        let mut edges = Vec::with_capacity(successors.reached.len());
        for (fingerprint, action, label, reached) in successors.reached {
            let (target, fresh) = self.known.insert_full(fingerprint);
            let target = target as u32;
            edges.push((target, label));
            if let Some(reached) = reached.filter(|_| fresh) {
                self.origins.push((successors.from, action));
                self.marks.push(eventually::marks(world, &reached));
                if reached.violated != 0 && self.violation.is_none() {
                    self.violation = Some((target, reached.violated));
                }
                next.push((target, reached));
            }
        }
        self.edges.push(edges);
    }

    /// How many states there are.
    #[must_use]
    pub fn states(&self) -> usize {
        self.origins.len()
    }

    /// How many transitions there are.
    #[must_use]
    pub fn transitions(&self) -> usize {
        self.edges.len()
    }

    /// The first state, in order of depth, from which no quiet state can be reached; `None` if there is none.
    #[must_use]
    pub fn first_restless(&self) -> Option<u32> {
        // a search that stopped at a violation knows states whose edges it does not
        if self.violation.is_some() {
            return None;
        }
        self.edges.first_without(|node| eventually::is_marked_quiet(self.marks[node as usize]))
    }

    /// L1 to L8, of a graph without violation.
    #[must_use]
    pub fn promises(&self) -> Vec<Outcome> {
        eventually::judge(&self.edges, &self.marks)
    }

    /// The shortest way to a lasso, and its cycle once.
    #[must_use]
    pub fn run(&self, world: &World, lasso: &Lasso) -> (Vec<Action>, Vec<Action>) {
        let stem = self.path(lasso.entry);
        let mut state = walk(world, &stem);
        let mut cycle = Vec::new();
        let mut actions = Vec::new();
        for node in &lasso.cycle {
            actions.clear();
            possible::actions(world, &state, &mut actions);
            // what nobody has to do is the last explanation
            actions.sort_by_key(eventually::is_free);
            let lead = |action: &Action| {
                let (reached, _) = next::apply(world, &state, *action, &mut Facts::default())?;
                (self.known.get_index_of(&fingerprint(&reached)) == Some(*node as usize)).then_some((*action, reached))
            };
            let Some((action, reached)) = actions.iter().find_map(lead) else { break };
            cycle.push(action);
            state = reached;
        }
        (stem, cycle)
    }

    /// The shortest way to a state.
    #[must_use]
    pub fn path(&self, mut number: u32) -> Vec<Action> {
        let mut path = Vec::new();
        while number != 0 {
            let (from, action) = self.origins[number as usize];
            path.push(action);
            number = from;
        }
        path.reverse();
        path
    }
}

/// States looked at side by side before what they lead to is taken.
const PART: usize = 4096;

/// What one state leads to; states known before are told by their fingerprint alone.
struct Successors {
    from: u32,
    facts: Facts,
    /// Fingerprint, action and its label, and the state if it was not known.
    reached: Vec<(u64, Action, u8, Option<State>)>,
}

impl Successors {
    fn of(world: &World, from: u32, state: &State, known: &Known) -> Self {
        let mut actions = Vec::new();
        possible::actions(world, state, &mut actions);
        let mut facts = Facts::default();
        let lead = |action: &Action| {
            let (reached, _) = next::apply(world, state, *action, &mut facts)?;
            let fingerprint = fingerprint(&reached);
            let label = eventually::label(*action, &actions);
            Some((fingerprint, *action, label, (!known.contains(&fingerprint)).then_some(reached)))
        };
        let reached = actions.iter().filter_map(lead).collect();
        Self { from, facts, reached }
    }
}

/// The state at the end of a path.
fn walk(world: &World, path: &[Action]) -> State {
    let step = |state: State, action: &Action| match next::apply(world, &state, *action, &mut Facts::default()) {
        Some((reached, _)) => reached,
        None => state,
    };
    path.iter().fold(State::initial(world), step)
}

/// A shortest way from the end of `path` to a state that satisfies `goal`, over steps that satisfy `step`; `None` if there is none.
pub fn find(world: &World, path: &[Action], step: impl Fn(&Action) -> bool, goal: impl Fn(&State) -> bool) -> Option<Vec<Action>> {
    let first = walk(world, path);
    let mut known = nothing_known();
    known.insert(fingerprint(&first));
    let mut level = vec![(first, Vec::new())];
    let mut actions = Vec::new();
    while !level.is_empty() {
        let mut next = Vec::new();
        for (state, path) in level {
            if goal(&state) {
                return Some(path);
            }
            actions.clear();
            possible::actions(world, &state, &mut actions);
            for action in actions.iter().filter(|action| step(action)) {
                let Some((reached, _)) = next::apply(world, &state, *action, &mut Facts::default()) else { continue };
                if known.insert(fingerprint(&reached)) {
                    let mut path = path.clone();
                    path.push(*action);
                    next.push((reached, path));
                }
            }
        }
        level = next;
    }
    None
}

/// 64-bit fingerprints with fixed keys, so that two runs agree.
fn fingerprint(state: &State) -> u64 {
    ahash::RandomState::with_seeds(0x6e65_7473, 0x6573_7369, 0x6f6e, 1).hash_one(state)
}

/// The set of fingerprints; a state's place in it is its number.
type Known = indexmap::IndexSet<u64, ahash::RandomState>;

fn nothing_known() -> Known {
    Known::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4))
}
