//! What did an earlier run find? A line for each mutant that was noticed, or alone did not compile, told when it is.

use crate::Trouble;
use crate::judges::{Fate, Judge};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
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
            let text = fs::read_to_string(&path)?;
            // the last line of a run that was killed may be half of one
            let whole = text.rfind('\n').map_or(0, |end| end + 1);
            OpenOptions::new().write(true).open(&path)?.set_len(whole as u64)?;
            for (number, line) in text[..whole].lines().enumerate() {
                let Line { mutant, noticed } =
                    serde_json::from_str(line).map_err(|error| format!("{}:{}: {error}", path.display(), number + 1))?;
                before.insert(mutant, noticed.map_or(Fate::Unviable, |(judge, by)| Fate::Noticed(judge, by)));
            }
        }
        let file = OpenOptions::new().create(true).append(resume).write(true).truncate(!resume).open(&path)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_was_killed_is_gone_on_with() -> Result<(), Trouble> {
        let folder = std::env::temp_dir().join(format!("netsession-found-{}", std::process::id()));
        let noticed = Fate::Noticed(Judge::Model, "notices: world late".to_owned());
        let first = Found::new(&folder, false)?;
        first.keep("one", &noticed)?;
        first.keep("two", &Fate::Missed)?;
        OpenOptions::new().append(true).open(folder.join("found.ndjson"))?.write_all(b"{\"mutant\":\"thr")?;
        let second = Found::new(&folder, true)?;
        assert_eq!([second.before("one"), second.before("two"), second.before("three")], [Some(noticed), None, None]);
        second.keep("three", &Fate::Unviable)?;
        let third = Found::new(&folder, true)?;
        assert_eq!(third.before("three"), Some(Fate::Unviable), "what follows half a line is a line of its own");
        assert_eq!(Found::new(&folder, false)?.before("one"), None, "another run begins anew");
        Ok(fs::remove_dir_all(folder)?)
    }
}
