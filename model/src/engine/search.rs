//! How does a search go, level by level, and what became of it?

use super::codes::{Layout, MOST, Unfit};
use super::outcome::{Options, Outcome, Progress, Why};
use super::records::Fold;
use super::store::Store;
use super::symmetry::Group;
use super::words::Board;
use super::worker::{Chunk, Worker};
use crate::action::Action;
use crate::eventually::Marks;
use crate::liveness::Edges;
use crate::next::{self, Desk};
use crate::observe::Facts;
use crate::possible;
use crate::state::State;
use crate::world::World;
use core::ops::Range;
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// What a search found. States are numbered in breadth-first order, from 0.
#[derive(Debug)]
pub struct Search {
    world: World,
    store: Store,
    /// What became of it.
    pub outcome: Outcome,
    /// Longest shortest path found.
    pub depth: usize,
    /// Bytes it took at its end, the threads' working memory included.
    pub bytes: usize,
}

/// States a thread looks at in one go, and how many goes there are between two looks at the whole.
const STRETCH: usize = 128;
const GOES: usize = 16;

/// Bytes a state that each thread takes that looks for components.
const LATER: usize = 20;

impl Search {
    /// Explores a world.
    #[must_use]
    pub fn run(world: &World, options: &Options, progress: &mut dyn FnMut(Progress)) -> Self {
        let first = State::initial(world);
        let world_of = |store, outcome, depth, bytes| Self { world: world.clone(), store, outcome, depth, bytes };
        let layout = match Layout::of(first.links.len(), first.told.len()) {
            Ok(layout) => layout,
            Err(unfit) => {
                let nothing = Layout::of(0, 0).expect("nothing fits");
                return world_of(Store::new(nothing, Group::nobody(), false), Outcome::Truncated { why: Why::Unfit(unfit) }, 0, 0);
            }
        };
        let group = if options.symmetry { Group::of(world) } else { Group::nobody() };
        let mut store = Store::new(layout, group, options.edges);
        let numbers = store.words.intern(&layout, &first);
        let board = Board { state: first, numbers };
        let (mut depth, mut bytes) = (0, 0);
        let outcome = match store.words.code_of(&layout, &numbers) {
            Err(unfit) => Err(Why::Unfit(unfit)),
            Ok(code) => {
                store.put_first(code);
                Threads::new(world, options, board).search(&mut store, options, &mut depth, &mut bytes, progress)
            }
        };
        let outcome = match outcome {
            Ok(()) => Outcome::Complete { states: store.codes.len(), transitions: store.transitions, depth },
            Err(why) => Outcome::Truncated { why },
        };
        world_of(store, outcome, depth, bytes)
    }

    /// How many states were found.
    #[must_use]
    pub fn states(&self) -> usize {
        self.store.codes.len()
    }

    /// How many transitions were taken.
    #[must_use]
    pub fn transitions(&self) -> usize {
        self.store.transitions
    }

    /// Witnesses seen.
    #[must_use]
    pub fn facts(&self) -> Facts {
        self.store.facts
    }

    /// The first state that violates something, and what.
    #[must_use]
    pub fn violation(&self) -> Option<(u32, u32)> {
        self.store.violation
    }

    /// Everything that some state of the last level violates.
    #[must_use]
    pub fn violated(&self) -> u32 {
        self.store.violated
    }

    /// Different links, sessions and states of the rest.
    #[must_use]
    pub fn records(&self) -> [usize; 3] {
        [self.store.words.links.len(), self.store.words.sessions.len(), self.store.words.rest.len()]
    }

    /// Whether one state stands for several, in which equal sessions changed places.
    #[must_use]
    pub fn is_reduced(&self) -> bool {
        self.store.words.group.is_of_use()
    }

    /// A state, by its number.
    #[must_use]
    pub fn state(&self, number: u32) -> State {
        let Store { layout, words, .. } = &self.store;
        let mut board = Board { state: State::initial(&self.world), numbers: [u32::MAX; MOST] };
        board.set(layout, words, &layout.unpack(self.store.codes.get(number)));
        board.state
    }

    /// Edges, and what each state is, where they were kept and the search is complete.
    #[must_use]
    pub fn graph(&self) -> Option<(&Edges, &[Marks])> {
        let complete = matches!(self.outcome, Outcome::Complete { .. });
        self.store.graph.as_ref().filter(|_| complete).map(|(edges, marks)| (edges, &marks[..]))
    }

    /// The number of a state, if it was found.
    #[must_use]
    pub fn number(&self, state: &State) -> Option<u32> {
        let code = self.store.words.code(&self.store.layout, state)?;
        self.store.find(Fold::code(code), code)
    }

    /// The shortest way to a state.
    #[must_use]
    pub fn path(&self, number: u32) -> Vec<Action> {
        let mut way = Vec::new();
        let mut at = number;
        while at != 0 {
            way.push(at);
            at = self.store.origins.get(at);
        }
        let mut state = State::initial(&self.world);
        let mut desk = Desk::default();
        let mut actions = Vec::new();
        let mut path = Vec::new();
        for number in way.into_iter().rev() {
            actions.clear();
            possible::actions(&self.world, &state, &mut actions);
            let mut lead = |action: &Action| Some((*action, next::reached(&self.world, &state, *action, &mut desk)?));
            let found = actions.iter().filter_map(&mut lead).find(|(_, reached)| self.number(reached) == Some(number));
            if let Some((action, reached)) = found {
                path.push(action);
                state = reached;
            }
        }
        path
    }
}

/// Who does the work.
struct Threads<'a> {
    /// None if one thread does it all.
    pool: Option<rayon::ThreadPool>,
    workers: Vec<Mutex<Worker<'a>>>,
}

impl<'a> Threads<'a> {
    fn new(world: &'a World, options: &Options, board: Board) -> Self {
        let threads = options.threads.get();
        // Without a pool of its own it still goes, only not side by side.
        let pool = if threads > 1 { rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok() } else { None };
        let workers = (0..threads).map(|_| Mutex::new(Worker::new(world, board.clone(), options.recheck))).collect();
        Self { pool, workers }
    }

    fn search(
        &self,
        store: &mut Store,
        options: &Options,
        depth: &mut usize,
        most_bytes: &mut usize,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Why> {
        let most = options.states.unwrap_or(usize::MAX).min(u32::MAX as usize - 1);
        let mut level = 0..store.codes.len();
        while !level.is_empty() {
            let stretches: Vec<Range<u32>> =
                level.clone().step_by(STRETCH).map(|from| from as u32..(from + STRETCH).min(level.end) as u32).collect();
            for part in stretches.chunks(GOES) {
                let chunks = self.expand(store, part).map_err(Why::Unfit)?;
                let working: usize = chunks.iter().map(Chunk::bytes).sum();
                store.take(chunks, self.pool.as_ref())?;
                if store.codes.len() > most {
                    return Err(Why::States(most));
                }
                let (bytes, growing) = store.bytes();
                // liveness, which is judged over the edges next, takes memory as well
                let later = if options.edges { store.codes.len() * LATER * rayon::current_num_threads() } else { 0 };
                let (bytes, growing) = (bytes + working, growing + working + later);
                *most_bytes = bytes.max(*most_bytes);
                if let Some(limit) = options.memory.filter(|limit| growing > *limit) {
                    return Err(Why::Memory(limit));
                }
                let done = part.last().map_or(level.start, |states| states.end as usize);
                progress(Progress { states: store.codes.len(), queue: store.codes.len() - done, depth: *depth, bytes });
            }
            level = level.end..store.codes.len();
            *depth += usize::from(!level.is_empty());
            if store.violation.is_some() {
                return Err(Why::Violation);
            }
        }
        Ok(())
    }

    fn expand(&self, store: &Store, part: &[Range<u32>]) -> Result<Vec<Chunk>, Unfit> {
        let work = |states: &Range<u32>| {
            let own = rayon::current_thread_index().unwrap_or_default() % self.workers.len();
            let mut worker = self.workers[own].lock().unwrap_or_else(PoisonError::into_inner);
            worker.expand(store, states.clone())
        };
        match &self.pool {
            Some(pool) => pool.install(|| part.par_iter().with_max_len(1).map(work).collect()),
            None => part.iter().map(work).collect(),
        }
    }
}
