//! What was played on an executor? One file a play, so that it can be counted elsewhere what was reached there.

use netsession_fsm::hub::{Input, Settings};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

/// The variable that names the folder in which plays are kept. Without it none is.
pub const VARIABLE: &str = "NETSESSION_PLAYED";

/// A scenario on an executor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Play {
    /// The executor, or what else there was beneath.
    pub executor: String,
    /// The scenario.
    pub scenario: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was played to its end, and everything was as it says.
    Played {
        /// Deadlines and delays of the hub.
        settings: Settings,
        /// Everything the hub was given.
        inputs: Vec<Input>,
    },
    /// It cannot be played there.
    Excused(String),
}

impl Play {
    /// Writes it, if the environment says where.
    ///
    /// # Errors
    /// What the system says.
    pub fn keep(&self) -> io::Result<()> {
        let Some(folder) = std::env::var_os(VARIABLE) else { return Ok(()) };
        let name =
            format!("{} {}.json", self.executor, self.scenario).replace(|letter: char| !letter.is_alphanumeric() && letter != '.', "-");
        fs::create_dir_all(&folder)?;
        fs::write(Path::new(&folder).join(name), serde_json::to_vec(self)?)
    }

    /// Every play in a folder, in the order of the files' names.
    ///
    /// # Errors
    /// What the system says, and a file that is none.
    pub fn all(folder: &Path) -> io::Result<Vec<Self>> {
        let mut files = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        files.sort_by_key(fs::DirEntry::file_name);
        files.iter().map(|file| Ok(serde_json::from_slice(&fs::read(file.path())?)?)).collect()
    }
}
