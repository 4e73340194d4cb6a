//! What did an earlier run find? A line for each mutant that was noticed, or alone did not compile, told when it is. It counts as long as
//! the mutant's file is the same.

use crate::Trouble;
use crate::judges::{Fate, Judge};
use crate::listed::Mutant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    mutant: String,
    /// Of the text of its file.
    hash: u64,
    /// None: it does not compile.
    noticed: Option<(Judge, String)>,
}

/// What was found so far.
#[derive(Debug)]
pub(crate) struct Found {
    before: BTreeMap<(String, u64), Fate>,
    /// Of the text of each file that has mutants.
    hashes: BTreeMap<String, u64>,
    file: Mutex<File>,
}

impl Found {
    /// Begins anew in a folder, or goes on where an earlier run was.
    pub(crate) fn new(project: &Path, folder: &Path, mutants: &[Mutant], resume: bool) -> Result<Self, Trouble> {
        fs::create_dir_all(folder)?;
        let mut hashes = BTreeMap::new();
        for Mutant { file, .. } in mutants {
            if !hashes.contains_key(file) {
                hashes.insert(file.clone(), BuildHasherDefault::<DefaultHasher>::default().hash_one(fs::read(project.join(file))?));
            }
        }
        let path = folder.join("found.ndjson");
        let mut before = BTreeMap::new();
        if resume && path.exists() {
            let text = fs::read_to_string(&path)?;
            // the last line of a run that was killed may be half of one
            let whole = text.rfind('\n').map_or(0, |end| end + 1);
            OpenOptions::new().write(true).open(&path)?.set_len(whole as u64)?;
            for (number, line) in text[..whole].lines().enumerate() {
                let Line { mutant, hash, noticed } =
                    serde_json::from_str(line).map_err(|error| format!("{}:{}: {error}", path.display(), number + 1))?;
                before.insert((mutant, hash), noticed.map_or(Fate::Unviable, |(judge, by)| Fate::Noticed(judge, by)));
            }
        }
        let file = OpenOptions::new().create(true).append(resume).write(true).truncate(!resume).open(&path)?;
        Ok(Self { before, hashes, file: Mutex::new(file) })
    }

    /// What became of a mutant in an earlier run.
    pub(crate) fn before(&self, mutant: &Mutant) -> Option<Fate> {
        self.before.get(&(mutant.name.clone(), self.hash(mutant))).cloned()
    }

    fn hash(&self, mutant: &Mutant) -> u64 {
        self.hashes.get(&mutant.file).copied().unwrap_or_default()
    }

    /// Keeps what became of a mutant; that nobody noticed it is not kept: somebody may, another time.
    pub(crate) fn keep(&self, mutant: &Mutant, fate: &Fate) -> Result<(), Trouble> {
        let noticed = match fate {
            Fate::Unviable => None,
            Fate::Noticed(judge, by) => Some((*judge, by.clone())),
            Fate::Missed | Fate::Untried => return Ok(()),
        };
        let mut line = serde_json::to_vec(&Line { mutant: mutant.name.clone(), hash: self.hash(mutant), noticed })?;
        line.push(b'\n');
        Ok(self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listed::{Place, Span};

    fn mutant(name: &str) -> Mutant {
        let place = Place { line: 1, column: 1 };
        let span = Span { start: place, end: place };
        Mutant { name: name.to_owned(), file: "machine.rs".to_owned(), function: None, span, replacement: String::new() }
    }

    #[test]
    fn a_run_that_was_killed_is_gone_on_with_until_the_code_changes() -> Result<(), Trouble> {
        let folder = std::env::temp_dir().join(format!("netsession-found-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("machine.rs"), "as it was")?;
        let [one, two, three] = ["one", "two", "three"].map(mutant);
        let mutants = [one.clone(), two.clone(), three.clone()];
        let begin = |resume| Found::new(&folder, &folder, &mutants, resume);
        let noticed = Fate::Noticed(Judge::Model, "notices: world late".to_owned());
        let first = begin(false)?;
        first.keep(&one, &noticed)?;
        first.keep(&two, &Fate::Missed)?;
        OpenOptions::new().append(true).open(folder.join("found.ndjson"))?.write_all(b"{\"mutant\":\"thr")?;
        let second = begin(true)?;
        assert_eq!([&one, &two, &three].map(|mutant| second.before(mutant)), [Some(noticed), None, None]);
        second.keep(&three, &Fate::Unviable)?;
        assert_eq!(begin(true)?.before(&three), Some(Fate::Unviable), "what follows half a line is a line of its own");
        fs::write(folder.join("machine.rs"), "as it is now")?;
        assert_eq!(begin(true)?.before(&three), None, "what was found of other code is not found of this");
        fs::write(folder.join("machine.rs"), "as it was")?;
        assert_eq!(begin(false)?.before(&three), None, "another run begins anew");
        Ok(fs::remove_dir_all(folder)?)
    }
}
