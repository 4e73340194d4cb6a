//! How is the copy built? Every mutant that can be woven at once; what does not compile is left out; the rest one by one.

use crate::Trouble;
use crate::judges::{Judge, Program};
use crate::listed::Mutant;
use crate::weave::{self, MODULE, Woven};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The machines.
const CHECK: &[&str] = &["check", "--package", "netsession-fsm", "--features", "std,hub,serde"];
/// Whoever judges them, and may want constants of them.
const CHECK_OTHERS: &[&str] =
    &["check", "--package", "netsession-fsm", "--package", "netsession-model", "--package", "netsession-conformance", "--tests"];

/// The copy of the project.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    target: PathBuf,
}

/// What came of building.
#[derive(Debug, Default)]
pub(crate) struct Built {
    /// Numbers of mutants that do not compile.
    pub(crate) unviable: BTreeSet<u32>,
    /// Numbers of those that have to be built alone.
    pub(crate) alone: BTreeSet<u32>,
}

#[derive(Debug, Deserialize)]
struct Line {
    reason: String,
    message: Option<Message>,
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Message {
    level: String,
    message: String,
    rendered: Option<String>,
    spans: Vec<Pointed>,
}

#[derive(Debug, Deserialize)]
struct Pointed {
    file_name: String,
    line_start: usize,
    is_primary: bool,
}

impl Message {
    /// The name of the function, if it says that one is not constant and has to be.
    fn to_be_constant(&self) -> Option<String> {
        let path = self.message.strip_prefix("cannot call non-const ")?.split('`').nth(1)?;
        Some(path.rsplit("::").next().unwrap_or(path).to_owned())
    }
}

/// What cargo said.
struct Said {
    succeeded: bool,
    errors: Vec<Message>,
    programs: Vec<(String, PathBuf)>,
}

/// A mutant's number: its place in the list, from 1.
pub(crate) fn number(place: usize) -> u32 {
    place as u32 + 1
}

impl Tree {
    /// Copies what git has of the project into a folder.
    pub(crate) fn copy(project: &Path, folder: &Path) -> Result<Self, Trouble> {
        let folder = project.join(folder);
        let tree = Self { root: folder.join("tree"), target: folder.join("built") };
        let listing = Command::new("git").args(["ls-files", "-z"]).current_dir(project).output()?;
        for file in String::from_utf8(listing.stdout)?.split('\0').filter(|file| !file.is_empty()) {
            // deleted, and not yet committed
            let Ok(bytes) = fs::read(project.join(file)) else { continue };
            tree.write(file, &bytes)?;
        }
        Ok(tree)
    }

    /// Writes a file, if it is not so already: what is not touched is not built again.
    fn write(&self, file: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let path = self.root.join(file);
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(path, bytes)?)
    }

    fn read(&self, file: &str) -> Result<String, Trouble> {
        Ok(fs::read_to_string(self.root.join(file)).map_err(|error| format!("{file}: {error}"))?)
    }

    /// Builds every mutant that compiles.
    pub(crate) fn build(&self, mutants: &[Mutant]) -> Result<Built, Trouble> {
        let files: BTreeSet<&str> = mutants.iter().map(|mutant| mutant.file.as_str()).collect();
        let texts = files.iter().map(|file| Ok((*file, self.read(file)?))).collect::<Result<BTreeMap<_, _>, Trouble>>()?;
        let mut library = self.read("fsm/src/lib.rs")?;
        library += MODULE;
        self.write("fsm/src/lib.rs", library.as_bytes())?;
        let mut built = Built::default();
        // functions that are called where everything is constant
        let mut constant = BTreeSet::new();
        loop {
            let is_alone = |(_, mutant): &(usize, &Mutant)| !weave::can_be_woven(&texts[mutant.file.as_str()], mutant, &constant);
            built.alone = mutants.iter().enumerate().filter(is_alone).map(|(place, _)| number(place)).collect();
            let mut woven = BTreeMap::new();
            for (file, text) in &texts {
                let here = mutants.iter().enumerate().map(|(place, mutant)| (number(place), mutant));
                let here = here.filter(|(number, mutant)| mutant.file == **file && !built.leaves_out(*number));
                let one = weave::weave(text, &here.collect::<Vec<_>>(), &constant);
                self.write(file, one.text.as_bytes())?;
                woven.insert(*file, one);
            }
            let mut said = self.cargo(CHECK)?;
            if said.succeeded {
                said = self.cargo(CHECK_OTHERS)?;
            }
            if said.succeeded {
                break;
            }
            let called: BTreeSet<_> = said.errors.iter().filter_map(Message::to_be_constant).collect();
            if !called.is_subset(&constant) {
                constant.extend(called);
                continue;
            }
            let wrong = wrong(&said, &woven);
            let first = said.errors.first().and_then(|error| error.rendered.as_deref()).unwrap_or_default();
            eprintln!("{} mutants do not compile, the first:\n{first}", wrong.len());
            if wrong.is_empty() {
                return Err(said.told().into());
            }
            built.unviable.extend(wrong);
        }
        Ok(built)
    }

    /// Builds a mutant alone; whether it compiles. What is built after that has it.
    pub(crate) fn build_alone(&self, project: &Path, mutant: &Mutant) -> Result<bool, Trouble> {
        let text = fs::read_to_string(project.join(&mutant.file))?;
        self.write(&mutant.file, weave::alone(&text, mutant).as_bytes())?;
        Ok(self.cargo(CHECK)?.succeeded)
    }

    /// Takes a file back to how it is in the project, without its mutants.
    pub(crate) fn restore(&self, project: &Path, file: &str) -> Result<(), Trouble> {
        self.write(file, &fs::read(project.join(file))?)
    }

    /// Builds a judge's programs.
    pub(crate) fn programs(&self, judge: Judge) -> Result<Vec<Program>, Trouble> {
        let mut programs = Vec::new();
        for build in judge.builds() {
            let said = self.cargo(build)?;
            if !said.succeeded {
                return Err(said.told().into());
            }
            programs.extend(said.programs);
        }
        let folder = self.root.join(judge.folder());
        let program = |(name, path): (String, PathBuf)| {
            let arguments = judge.arguments(&name);
            Program { name, path, folder: folder.clone(), arguments }
        };
        Ok(programs.into_iter().filter(|(name, _)| judge.wants(name)).map(program).collect())
    }

    fn cargo(&self, arguments: &[&str]) -> Result<Said, Trouble> {
        let output = Command::new("cargo")
            .args(arguments)
            .args(["--message-format", "json", "--quiet", "--target-dir"])
            .arg(&self.target)
            .current_dir(&self.root)
            // a mistake may leave something unused
            .env("RUSTFLAGS", "--cap-lints allow")
            .stderr(Stdio::inherit())
            .output()?;
        let mut said = Said { succeeded: output.status.success(), errors: Vec::new(), programs: Vec::new() };
        for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: Line = serde_json::from_slice(line)?;
            match line {
                Line { reason, message: Some(message), .. } if reason == "compiler-message" && message.level == "error" => {
                    said.errors.push(message);
                }
                Line { executable: Some(path), target: Some(target), .. } => said.programs.push((target.name, path)),
                _ => {}
            }
        }
        Ok(said)
    }
}

impl Built {
    fn leaves_out(&self, number: u32) -> bool {
        self.unviable.contains(&number) || self.alone.contains(&number)
    }
}

impl Said {
    fn told(&self) -> String {
        let errors: String = self.errors.iter().filter_map(|error| error.rendered.as_deref()).collect();
        format!("the copy does not compile:\n{errors}")
    }
}

/// The mutants that errors point to.
fn wrong(said: &Said, woven: &BTreeMap<&str, Woven>) -> BTreeSet<u32> {
    let pointed = said.errors.iter().flat_map(|error| &error.spans).filter(|span| span.is_primary);
    pointed.filter_map(|span| woven.get(span.file_name.as_str())?.mutant_at(span.line_start)).collect()
}
