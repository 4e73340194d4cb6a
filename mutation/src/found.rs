//! What did an earlier run find? A line for each mutant that was noticed, or alone did not compile, told when it is.

use crate::Trouble;
use crate::judges::{Fate, Judge};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    mutant: String,
    /// None: it does not compile.
    noticed: Option<(Judge, String)>,
}

/// What was found so far.
#[derive(Debug)]
pub(crate) struct Found {
    before: BTreeMap<String, Fate>,
    file: Mutex<File>,
}

impl Found {
    /// Begins anew in a folder, or goes on where an earlier run was.
    pub(crate) fn new(folder: &Path, resume: bool) -> Result<Self, Trouble> {
        fs::create_dir_all(folder)?;
        let path = folder.join("found.ndjson");
        let mut before = BTreeMap::new();
        if resume && path.exists() {
            for (number, line) in fs::read_to_string(&path)?.lines().enumerate() {
                let Line { mutant, noticed } =
                    serde_json::from_str(line).map_err(|error| format!("{}:{}: {error}", path.display(), number + 1))?;
                before.insert(mutant, noticed.map_or(Fate::Unviable, |(judge, by)| Fate::Noticed(judge, by)));
            }
        }
        let file = fs::OpenOptions::new().create(true).append(resume).write(true).truncate(!resume).open(&path)?;
        Ok(Self { before, file: Mutex::new(file) })
    }

    /// What became of a mutant in an earlier run.
    pub(crate) fn before(&self, mutant: &str) -> Option<Fate> {
        self.before.get(mutant).cloned()
    }

    /// Keeps what became of a mutant; that nobody noticed it is not kept: somebody may, another time.
    pub(crate) fn keep(&self, mutant: &str, fate: &Fate) -> Result<(), Trouble> {
        let noticed = match fate {
            Fate::Unviable => None,
            Fate::Noticed(judge, by) => Some((*judge, by.clone())),
            Fate::Missed | Fate::Untried => return Ok(()),
        };
        let mut line = serde_json::to_vec(&Line { mutant: mutant.to_owned(), noticed })?;
        line.push(b'\n');
        Ok(self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)?)
    }
}
