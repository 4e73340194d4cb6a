//! The reachable graph of a world: shortest paths, and "from every state a quiet state stays reachable".

use crate::action::Action;
use crate::engine::{self, Options, Search};
use crate::eventually::{self, Outcome};
use crate::liveness::Lasso;
use crate::observe::Facts;
use crate::state::{RealLink, State};
use crate::world::World;
use crate::{next, possible};
use netsession_fsm::hub::Hub;
use netsession_fsm::link::LinkState;
use netsession_fsm::roaming::RoamState;
use netsession_fsm::session::Hold;

/// Everything reachable, by number in the order of a breadth-first search.
#[derive(Debug)]
pub struct Graph {
    /// The search that found it.
    pub search: Search,
    /// Witnesses seen.
    pub facts: Facts,
    /// The first state that violates something, and what.
    pub violation: Option<(u32, u32)>,
    /// Longest shortest path.
    pub depth: usize,
}

/// Whether nothing is under way: every session is free, or open without a handshake; no link is rising or falling; no request, scan,
/// report, resync or `Prefer` is owed.
#[must_use]
pub fn is_quiet(state: &State) -> bool {
    let owed = state.prefer.is_some() || state.owed || state.gone || state.scans.waiting > 0;
    is_settled(&state.hub) && state.links.iter().all(RealLink::rests) && !owed
}

/// Whether the hub waits for nothing, as far as it knows.
pub(crate) fn is_settled(hub: &Hub) -> bool {
    let settled = |id| {
        hub.session_view(id).is_some_and(|view| match view.hold {
            Hold::Free => true,
            Hold::Wanting => false,
            Hold::Held => view.roam == RoamState::Stable,
        })
    };
    let resting = |id| {
        hub.link_view(id).is_some_and(|link| {
            let nobody = link.leases == 0 && link.ours && (link.state == LinkState::Up || link.removed);
            !matches!(link.state, LinkState::Raising | LinkState::Lowering) && !nobody
        })
    };
    let links = (0..hub.extent().0 as u32).map(netsession_fsm::words::AccessPointId);
    hub.sessions().all(settled) && links.into_iter().all(resting)
}

/// Progress of an exploration: states found, states still to be looked at, depth.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize, usize);

impl Graph {
    /// Explores the world, without bounds; stops at the end of the level in which something is violated.
    #[must_use]
    pub fn explore(world: &World, progress: Progress<'_>) -> Self {
        Self::search(world, &Options::default(), &mut |at| progress(at.states, at.queue, at.depth))
    }

    /// Explores the world; stops at the end of the level in which something is violated, or at a bound.
    #[must_use]
    pub fn search(world: &World, options: &Options, progress: &mut dyn FnMut(engine::Progress)) -> Self {
        let search = Search::run(world, options, progress);
        Self { facts: search.facts(), violation: search.violation(), depth: search.depth, search }
    }

    /// How many states there are.
    #[must_use]
    pub fn states(&self) -> usize {
        self.search.states()
    }

    /// How many transitions there are.
    #[must_use]
    pub fn transitions(&self) -> usize {
        self.search.transitions()
    }

    /// The first state, in order of depth, from which no quiet state can be reached; `None` if there is none, or if the search was cut
    /// short and knows states whose edges it does not.
    #[must_use]
    pub fn first_restless(&self) -> Option<u32> {
        let (edges, marks) = self.search.graph()?;
        edges.first_without(|node| eventually::is_marked_quiet(marks[node as usize]))
    }

    /// L1 to L8, of a complete graph; nothing of one that was cut short, or in which equal sessions change places.
    #[must_use]
    pub fn promises(&self) -> Vec<Outcome> {
        self.promises_telling(&|_, _| {})
    }

    /// The same. `done` is told how much of it is done, and of how much.
    #[must_use]
    pub fn promises_telling(&self, done: &(dyn Fn(usize, usize) + Sync)) -> Vec<Outcome> {
        let graph = self.search.graph().filter(|_| !self.search.is_reduced());
        graph.map(|(edges, marks)| eventually::judge(edges, marks, done)).unwrap_or_default()
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
                (self.search.number(&reached) == Some(*node)).then_some((*action, reached))
            };
            let Some((action, reached)) = actions.iter().find_map(lead) else { break };
            cycle.push(action);
            state = reached;
        }
        (stem, cycle)
    }

    /// The shortest way to a state.
    #[must_use]
    pub fn path(&self, number: u32) -> Vec<Action> {
        self.search.path(number)
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
