//! What happened, and what is left? Counted, printed, and kept as data.

use super::Options;
use crate::report::Figure;
use crate::rig::Trouble;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, fs};

/// Counts with their names, in the order in which they first came up. Clones are handles on the same ones.
#[derive(Debug, Clone, Default)]
pub struct Numbers(Arc<Mutex<Vec<(String, u64)>>>);

impl Numbers {
    /// One more of these.
    pub fn more(&self, what: &str) {
        self.add(what, 1);
    }

    /// So many more of these; none is a number, too.
    pub fn add(&self, what: &str, count: u64) {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match numbers.iter_mut().find(|(name, _)| name == what) {
            Some((_, number)) => *number += count,
            None => numbers.push((what.into(), count)),
        }
    }

    /// The most of these that there was.
    pub fn most(&self, what: &str, count: u64) {
        let before = self.all().into_iter().find(|(name, _)| name == what).map_or(0, |(_, number)| number);
        self.add(what, count.saturating_sub(before));
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<(String, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all().iter().try_for_each(|(what, number)| writeln!(f, "{number:>9}  {what}"))
    }
}

/// A soak of one executor, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Which.
    pub executor: String,
    /// How long everything was broken.
    pub minutes: f64,
    /// What the deeds came from.
    pub seed: u64,
    /// What happened, and what was left.
    pub numbers: Vec<(String, u64)>,
}

/// Where they are kept: one file an executor.
fn place() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/report/soak")
}

/// Forgets what was kept before.
pub fn forget() {
    // there may be none
    let _ = fs::remove_dir_all(place());
}

/// What is kept of all executors, side by side, as a figure.
///
/// # Errors
/// If nothing is kept, or it cannot be read or written.
pub fn gather() -> Result<(), Trouble> {
    let mut paths = fs::read_dir(place())?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    let read = |path: &PathBuf| Ok(serde_json::from_str(&fs::read_to_string(path)?)?);
    let kept = paths.iter().map(read).collect::<Result<Vec<Kept>, Trouble>>()?;
    // in memory time goes faster
    let minutes = kept.iter().map(|kept| kept.minutes).min_by(f64::total_cmp).ok_or("nothing is kept")?;
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in kept.iter().flat_map(|kept| &kept.numbers) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    // what is left comes last
    names.sort_by_key(|name| name.starts_with("left:"));
    let row = |what: &str, of: &dyn Fn(&Kept) -> String| [what.to_owned()].into_iter().chain(kept.iter().map(of)).collect();
    let number =
        |kept: &Kept, name: &str| kept.numbers.iter().find(|(it, _)| it == name).map_or("–".to_owned(), |(_, number)| number.to_string());
    let told = [row("minutes", &|kept| kept.minutes.to_string()), row("NETSESSION_SEED", &|kept| kept.seed.to_string())];
    let rows = told.into_iter().chain(names.iter().map(|name| row(name, &|kept| number(kept, name)))).collect();
    let columns: Vec<_> = ["what"].into_iter().chain(kept.iter().map(|kept| kept.executor.as_str())).collect();
    Ok(Figure::now("soak", &format!("make soak MINUTES={minutes}"), &columns, rows)?.keep()?)
}

/// Prints the numbers of a soak, and keeps them.
///
/// # Errors
/// If they cannot be written.
pub fn keep(executor: &str, options: Options, numbers: &Numbers) -> Result<(), Trouble> {
    let Options { minutes, seed } = options;
    println!("{executor}: {minutes} minutes, NETSESSION_SEED={seed}\n{numbers}");
    let kept = Kept { executor: executor.into(), minutes, seed, numbers: numbers.all() };
    fs::create_dir_all(place())?;
    Ok(fs::write(place().join(format!("{executor}.json")), serde_json::to_string(&kept)? + "\n")?)
}
