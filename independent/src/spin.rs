//! What did SPIN find? Builds a verifier around the library with the hub in it, runs it on a world, and reads what it counted.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Why there is nothing of SPIN.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// SPIN is not installed.
    #[error("SPIN is not there; needed: Debian's spin and gcc")]
    Missing,
    /// A file could not be written.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A program did not do what it should.
    #[error("{0} failed:\n{1}")]
    Failed(String, String),
}

/// A verifier made by SPIN, with the hub in it.
#[derive(Debug, Clone)]
pub struct Verifier {
    program: PathBuf,
    scratch: PathBuf,
}

/// What a verifier counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// States stored.
    pub states: usize,
    /// Transitions taken.
    pub transitions: usize,
    /// The properties violated in the state it stopped at, S1 in the lowest bit; 0: it explored everything.
    pub violated: u32,
}

impl Verifier {
    /// Builds the library with cargo, with these features, and a verifier around it; everything below `target`, the workspace's
    /// target directory.
    ///
    /// # Errors
    /// If SPIN is not there, or a build fails.
    pub fn build(target: &Path, features: &str) -> Result<Self, Fault> {
        if !Command::new("spin").arg("-V").output().is_ok_and(|run| run.status.success()) {
            return Err(Fault::Missing);
        }
        let room = Path::new(env!("CARGO_MANIFEST_DIR"));
        let scratch = target.join("spin").join(if features.is_empty() { "plain" } else { features });
        let file = |path: &Path, done: std::io::Result<()>| done.map_err(|error| Fault::File(path.to_owned(), error));
        file(&scratch, std::fs::create_dir_all(&scratch))?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "-p", "netsession-abi", "--features", features, "--target-dir"]).arg(target);
        run(build.current_dir(room))?;
        let library = scratch.join("libnetsession_abi.a");
        file(&library, std::fs::copy(target.join("debug/libnetsession_abi.a"), &library).map(|_| ()))?;
        run(Command::new("spin").arg("-a").arg(room.join("spin/hub.pml")).current_dir(&scratch))?;
        let mut gcc = Command::new("gcc");
        // no hash compaction; every state is stored as it is
        gcc.args(["-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=4096", "-o", "pan", "pan.c"]);
        run(gcc.arg(&library).args(["-lpthread", "-ldl", "-lm"]).current_dir(&scratch))?;
        Ok(Self { program: scratch.join("pan"), scratch })
    }

    /// Runs it on a world, with a mistake in its hub if it was built for that.
    ///
    /// # Errors
    /// If it neither completed nor stopped at a violation.
    pub fn run(&self, world: &str, mutant: Option<&str>) -> Result<Counted, Fault> {
        let mut pan = Command::new(&self.program);
        // paths of the search may be as long as there are states: its limit must not cut it
        pan.args(["-E", "-m2000000"]).env("NETSESSION_WORLD", world).env_remove("NETSESSION_MUTANT").current_dir(&self.scratch);
        if let Some(mutant) = mutant {
            pan.env("NETSESSION_MUTANT", mutant);
        }
        let text = run(&mut pan)?;
        let cannot = || Fault::Failed("pan".to_owned(), text.clone());
        let counted = |what: &str| text.lines().find(|line| line.contains(what))?.split_whitespace().next()?.parse().ok();
        let violated = text.lines().find_map(|line| line.strip_prefix("violated: ")?.parse().ok());
        let complete =
            text.contains("errors: 0") && !text.contains("max search depth too small") && !text.contains("Warning: Search not completed");
        match violated {
            None if complete => {}
            Some(_) if text.contains("errors: 1") => {}
            _ => return Err(cannot()),
        }
        let states = counted(" states, stored").ok_or_else(cannot)?;
        let transitions = counted(" transitions (= stored+matched)").ok_or_else(cannot)?;
        Ok(Counted { states, transitions, violated: violated.unwrap_or_default() })
    }
}

fn run(command: &mut Command) -> Result<String, Fault> {
    let name = command.get_program().to_string_lossy().into_owned();
    let run = command.output().map_err(|error| Fault::File(PathBuf::from(&name), error))?;
    let text = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    if run.status.success() { Ok(text) } else { Err(Fault::Failed(name, text)) }
}
