//! How is a search to be done, how far has it come, and what became of it?

use super::codes::Unfit;
use std::fmt;
use std::num::NonZero;
use std::thread;

/// How a search is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Threads to search with.
    pub threads: NonZero<usize>,
    /// Bytes it may take at most, and liveness after it if edges are kept; no bound unless given.
    pub memory: Option<usize>,
    /// States it may find at most; as many as have numbers of 32 bits unless given.
    pub states: Option<usize>,
    /// Keep edges and marks, for liveness: some four bytes an edge and eight a state more.
    pub edges: bool,
    /// Take states that differ only in which of several equal sessions is which for one. Liveness is not judged then.
    pub symmetry: bool,
    /// Take every step, also where it is known how it ends because it was taken from a state that differs in nothing the step looks at,
    /// and compare: for tests.
    pub recheck: bool,
}

impl Default for Options {
    /// As many threads as there are processors, no bounds, edges kept.
    fn default() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        Self { threads, memory: None, states: None, edges: true, symmetry: false, recheck: false }
    }
}

/// What became of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every reachable state was found, and everything that can happen in each was taken.
    Complete {
        /// Unique states.
        states: usize,
        /// Transitions between them; what changes nothing is none.
        transitions: usize,
        /// Longest shortest path.
        depth: usize,
    },
    /// It was cut short: there may be states it does not know.
    Truncated {
        /// Why.
        why: Why,
    },
}

/// Why a search was cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A state violates something: the search ended with its level.
    Violation,
    /// There are more states than it was to find at most.
    States(usize),
    /// It would have taken more bytes than it was to take.
    Memory(usize),
    /// States do not fit codes.
    Unfit(Unfit),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violation => f.write_str("stopped at the first level with a violation"),
            Self::States(limit) => write!(f, "there are more than {limit} states"),
            Self::Memory(limit) => write!(f, "it takes more than {} MB of memory", *limit / 1_000_000),
            Self::Unfit(unfit) => unfit.fmt(f),
        }
    }
}

/// How far a search has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Unique states found.
    pub states: usize,
    /// States found and not yet looked at.
    pub queue: usize,
    /// Depth reached.
    pub depth: usize,
    /// Bytes taken.
    pub bytes: usize,
}
