//! Who notices a mistake? The model first, then the machines' own tests, then laws, scenarios and the property tests on the simulator.

use crate::build::{Built, Tree, number};
use crate::found::Found;
use crate::listed::Mutant;
use crate::weave::VARIABLE;
use crate::{Options, Trouble};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Nobody takes so long about a hub without a mistake.
const PATIENCE: Duration = Duration::from_secs(120);
/// Nor so much memory, in bytes.
const MEMORY: &str = "--as=6000000000";

/// Somebody who may notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
pub(crate) enum Judge {
    /// The charts as they were agreed to; the worlds of the set `quick`, every property and how many states there are; the model's tests.
    Model,
    /// The tests of the crate `netsession-fsm`.
    Machines,
    /// Laws and scenarios on the simulator, and the property tests.
    Suite,
}

impl Judge {
    /// In the order in which they are asked.
    pub(crate) const ALL: [Self; 3] = [Self::Model, Self::Machines, Self::Suite];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Machines => "machines",
            Self::Suite => "suite",
        }
    }

    /// Its programs, in the order in which they are asked: each list is what cargo is told.
    pub(crate) fn builds(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Model => &[
                &["build", "--package", "netsession-mutation", "--bin", "notices"],
                &["test", "--no-run", "--package", "netsession-model", "--tests"],
            ],
            Self::Machines => &[&["test", "--no-run", "--package", "netsession-fsm", "--features", "std,hub,serde"]],
            Self::Suite => &[&["test", "--no-run", "--package", "netsession-conformance", "--tests"]],
        }
    }

    /// The folder, below the copy, its programs run in.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Machines => "fsm",
            Self::Suite => "conformance",
        }
    }

    pub(crate) fn arguments(self, program: &str) -> &'static [&'static str] {
        match (self, program) {
            (Self::Model, "notices") => &[],
            (Self::Suite, "laws" | "scenarios") => &["sim::", "--test-threads", "1"],
            (Self::Model | Self::Machines | Self::Suite, _) => &["--test-threads", "1"],
        }
    }

    /// Whether a program that was built is one of its own.
    pub(crate) fn wants(self, name: &str) -> bool {
        match self {
            // what the library's own tests search again `notices` has searched
            Self::Model => matches!(name, "notices" | "hub" | "diagrams" | "exports" | "walk" | "own"),
            // no_std is about how it is built
            Self::Machines => name != "no_std",
            Self::Suite => matches!(name, "laws" | "scenarios" | "properties"),
        }
    }
}

/// A program that fails if something is wrong.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) arguments: &'static [&'static str],
}

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It does not compile.
    Unviable,
    /// This judge noticed, by this.
    Noticed(Judge, String),
    /// Nobody did.
    Missed,
    /// It has to be built alone, and was not yet.
    Untried,
}

/// Tries every mutant, in their order.
pub(crate) fn try_all(
    project: &Path,
    tree: &Tree,
    mutants: &[Mutant],
    built: &Built,
    found: &Found,
    options: &Options,
) -> Result<Vec<Fate>, Trouble> {
    let first = |place: usize| match found.before(&mutants[place]) {
        _ if built.unviable.contains(&number(place)) => Fate::Unviable,
        Some(fate) => fate,
        None => Fate::Missed,
    };
    let mut fates: Vec<Fate> = (0..mutants.len()).map(first).collect();
    if options.tell {
        let alone = (0..mutants.len()).filter(|place| built.alone.contains(&number(*place)));
        alone.filter(|place| fates[*place] == Fate::Missed).collect::<Vec<_>>().into_iter().for_each(|place| fates[place] = Fate::Untried);
        return Ok(fates);
    }
    let judges: Vec<Judge> = Judge::ALL.into_iter().filter(|judge| options.judges.is_empty() || options.judges.contains(judge)).collect();
    for &judge in &judges {
        let open = |place: &usize| fates[*place] == Fate::Missed && !built.alone.contains(&number(*place));
        let places: Vec<usize> = (0..mutants.len()).filter(open).collect();
        if places.is_empty() {
            continue;
        }
        eprintln!("building what the judge {} needs", judge.name());
        let programs = tree.programs(judge)?;
        if let Some(said) = notice(&programs, 0)? {
            return Err(format!("the judge {} finds fault with what has no mistake: {said}", judge.name()).into());
        }
        for (place, said) in side_by_side(judge, &programs, mutants, &places, found, options.jobs)? {
            fates[place] = Fate::Noticed(judge, said);
        }
    }
    let open = |place: &usize| fates[*place] == Fate::Missed && built.alone.contains(&number(*place));
    let places: Vec<usize> = (0..mutants.len()).filter(open).collect();
    let bar = bar("alone", places.len());
    for place in places {
        fates[place] = alone(project, tree, &mutants[place], &judges)?;
        found.keep(&mutants[place], &fates[place])?;
        if bar.is_hidden() {
            eprintln!("alone {}: {:?}", mutants[place].name, fates[place]);
        }
        tree.restore(project, &mutants[place].file)?;
        bar.inc(1);
    }
    Ok(fates)
}

/// A mutant that is built alone: with the others of its file left out.
fn alone(project: &Path, tree: &Tree, mutant: &Mutant, judges: &[Judge]) -> Result<Fate, Trouble> {
    if !tree.build_alone(project, mutant)? {
        return Ok(Fate::Unviable);
    }
    for &judge in judges {
        if let Some(said) = notice(&tree.programs(judge)?, 0)? {
            return Ok(Fate::Noticed(judge, said));
        }
    }
    Ok(Fate::Missed)
}

fn bar(what: &str, of: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {pos}/{len} {wide_bar} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(of as u64).with_style(style).with_message(what.to_owned())
}

/// Asks a judge about mutants; those it noticed, and by what.
fn side_by_side(
    judge: Judge,
    programs: &[Program],
    mutants: &[Mutant],
    places: &[usize],
    found: &Found,
    jobs: usize,
) -> Result<Vec<(usize, String)>, Trouble> {
    let (next, noticed, trouble) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(None));
    let bar = bar(judge.name(), places.len());
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let told = notice(programs, number(*place));
                    bar.inc(1);
                    // an hour of work is not lost with the end of the process
                    if bar.is_hidden() {
                        let said = told.as_ref().map_or("–", |said| said.as_deref().unwrap_or("not noticed"));
                        eprintln!("{} {}/{} {}: {said}", judge.name(), bar.position(), places.len(), mutants[*place].name);
                    }
                    let told = told.and_then(|said| {
                        let Some(said) = said else { return Ok(()) };
                        found.keep(&mutants[*place], &Fate::Noticed(judge, said.clone()))?;
                        noticed.lock().unwrap_or_else(|it| it.into_inner()).push((*place, said));
                        Ok(())
                    });
                    match told {
                        Ok(()) => {}
                        Err(error) => *trouble.lock().unwrap_or_else(|it| it.into_inner()) = Some(error),
                    }
                }
            });
        }
    });
    match trouble.into_inner().unwrap_or_else(|it| it.into_inner()) {
        Some(error) => Err(error),
        None => Ok(noticed.into_inner().unwrap_or_else(|it| it.into_inner())),
    }
}

/// What one of the programs notices of a mistake, if it does.
fn notice(programs: &[Program], mistake: u32) -> Result<Option<String>, Trouble> {
    for program in programs {
        if let Some(said) = fails(program, mistake)? {
            return Ok(Some(format!("{}{}{said}", program.name, if said.is_empty() { "" } else { ": " })));
        }
    }
    Ok(None)
}

/// The first line a program says on standard output if it fails.
fn fails(program: &Program, mistake: u32) -> Result<Option<String>, Trouble> {
    let mut child = Command::new("prlimit")
        .arg(MEMORY)
        .arg(&program.path)
        .args(program.arguments)
        .current_dir(&program.folder)
        .env(VARIABLE, mistake.to_string())
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("prlimit (Debian: util-linux): {error}"))?;
    let mut output = child.stdout.take().ok_or("no output")?;
    // what is said is read on, or the program could wait for a reader
    let reader = thread::spawn(move || {
        let mut said = Vec::new();
        std::io::Read::read_to_end(&mut output, &mut said).map(|_| said)
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if begun.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let said = reader.join().map_err(|_| "the reader broke off")??;
    let said = String::from_utf8_lossy(&said);
    Ok(match status {
        Some(status) if status.success() => None,
        None => Some("does not end".to_owned()),
        Some(_) => Some(first_failure(&said)),
    })
}

/// What is told of a failure: the model's line, or the name of the first test that failed.
fn first_failure(said: &str) -> String {
    let failed = said.lines().find_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    failed
        .or_else(|| said.lines().next().filter(|line| line.starts_with("world ") || line.starts_with("chart ")))
        .unwrap_or("breaks off")
        .trim()
        .to_owned()
}
