//! Which laws hold, on which executors, and how long did that take? Each law is played in a process of its own.

mod figure;
mod junit;
mod page;
mod tally;

pub use figure::Figure;
pub use junit::document;
pub use page::page;
pub use tally::{Tally, tally};

use crate::lab::{Case, Outside, cannot};
use crate::laws::{About, Excuse, Suite};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What became of a law, or of whatever else is played and may be excused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<Why = Excuse> {
    /// It holds.
    Passed,
    /// It does not, with what was said.
    Failed(String),
    /// It does not have to be shown there.
    Excused(Why),
    /// It cannot be played here, and why.
    Impossible(String),
}

impl<Why: fmt::Display> Verdict<Why> {
    /// In one word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Excused(_) => "excused",
            Self::Impossible(_) => "impossible",
        }
    }

    /// Why it is not simply passed; empty if it is.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::Passed => String::new(),
            Self::Failed(said) => said.clone(),
            Self::Excused(excuse) => excuse.to_string(),
            Self::Impossible(reason) => reason.clone(),
        }
    }
}

impl<Why: fmt::Display> fmt::Display for Verdict<Why> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One law, played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// Which.
    pub about: About,
    /// What became of it.
    pub verdict: Verdict,
    /// How long it took; zero if it was not played.
    pub time: Duration,
}

/// The laws of one executor, played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The executor.
    pub executor: String,
    /// In the order of the suite, those that were chosen.
    pub laws: Vec<Played>,
}

/// Everything that was played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// By executor.
    pub shown: Vec<Shown>,
}

impl Report {
    /// How many laws ended with this word ([`Verdict::word`]).
    #[must_use]
    pub fn count(&self, word: &str) -> usize {
        self.shown.iter().flat_map(|shown| &shown.laws).filter(|played| played.verdict.word() == word).count()
    }
}

/// Plays the laws that are chosen, so many at a time; `told` hears the name of each when it begins. The program must begin with
/// [`crate::lab::run_one`] of all cases: it is started again for each of them.
///
/// # Panics
/// If a thread that plays laws panicked.
#[must_use]
pub fn play(suites: &[Suite], chosen: impl Fn(&About) -> bool, at_a_time: usize, told: &(dyn Fn(&str) + Sync)) -> Report {
    let mut report = Report { shown: Vec::new() };
    let mut open: Vec<(usize, usize, Case)> = Vec::new();
    for (suite, from) in suites.iter().enumerate() {
        let mut laws = Vec::new();
        for law in from.laws.iter().filter(|law| chosen(&law.about)) {
            let verdict = match law.case {
                Err(excuse) => Verdict::Excused(excuse),
                Ok(case) => {
                    open.push((suite, laws.len(), case));
                    Verdict::Passed
                }
            };
            laws.push(Played { about: law.about, verdict, time: Duration::ZERO });
        }
        report.shown.push(Shown { executor: from.executor.clone(), laws });
    }
    let cases: Vec<_> = open.iter().map(|(.., case)| *case).collect();
    let cannot = cannot(&cases);
    let (next, report) = (AtomicUsize::new(0), Mutex::new(report));
    let work = || {
        while let Some((suite, law, case)) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
            let begun = Instant::now();
            let verdict = match cannot(case) {
                Some(why) => Verdict::Impossible(why),
                None => {
                    told(case.name);
                    played(case)
                }
            };
            let time = if matches!(verdict, Verdict::Impossible(_)) { Duration::ZERO } else { begun.elapsed() };
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            let played = &mut report.shown[*suite].laws[*law];
            (played.verdict, played.time) = (verdict, time);
        }
    };
    std::thread::scope(|scope| (0..at_a_time.max(1)).for_each(|_| drop(scope.spawn(work))));
    report.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn played(case: &Case) -> Verdict {
    let output = match Outside.lab(case.name).and_then(|mut command| command.output()) {
        Ok(output) => output,
        Err(error) => return Verdict::Failed(format!("it could not be started: {error}")),
    };
    if output.status.success() {
        return Verdict::Passed;
    }
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).trim_end().to_owned());
    Verdict::Failed(format!("{}\n{}\n{}", output.status, said[0], said[1]))
}
