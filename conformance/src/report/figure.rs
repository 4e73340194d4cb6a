//! How is a number kept that was measured? With the command that made it, the day, and the state of the code it is of.

use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What one command measured: a table. A file of JSON in `conformance/report` that bears its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Name of the group, as the page knows it.
    pub figure: String,
    /// What makes it, to be typed at the root of the tree.
    pub command: String,
    /// The commit; with a `+` if there was more than that.
    pub commit: String,
    /// The day: `2025-11-29`.
    pub date: String,
    /// Heads of the columns.
    pub columns: Vec<String>,
    /// Cells: as many in each as there are columns.
    pub rows: Vec<Vec<String>>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where the page's figures are kept.
fn folder() -> PathBuf {
    root().join("conformance/report")
}

fn said(program: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(program).args(arguments).current_dir(root()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(io::Error::other(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim())))
}

impl Figure {
    /// Measured now, of the code as it is.
    ///
    /// # Errors
    /// If there is no git or no calendar.
    pub fn now(figure: &str, command: &str, columns: &[&str], rows: Vec<Vec<String>>) -> io::Result<Self> {
        let commit = said("git", &["rev-parse", "--short=10", "HEAD"])?;
        // what figures and their page say does not change what they are of
        let changed = said("git", &["status", "--porcelain", "--", ".", ":!conformance/report", ":!conformance/REPORT.md"])?;
        let commit = if changed.is_empty() { commit } else { commit + "+" };
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Ok(Self { figure: figure.into(), command: command.into(), commit, date: said("date", &["-u", "+%F"])?, columns, rows })
    }

    /// Where it is kept for the page.
    fn path(&self) -> PathBuf {
        folder().join(format!("{}.json", self.figure))
    }

    /// Puts it into `target/report`, and where the environment says `NETSESSION_WRITE` among the page's figures.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(&self) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        let place = root().join("target/report");
        fs::create_dir_all(&place)?;
        fs::write(place.join(format!("{}.json", self.figure)), &text)?;
        if env::var_os("NETSESSION_WRITE").is_some() { fs::write(self.path(), text) } else { Ok(()) }
    }

    /// All that are kept for the page, in order of their names.
    ///
    /// # Errors
    /// If one cannot be read, or its rows are not as long as its columns.
    pub fn all() -> io::Result<Vec<Self>> {
        let mut paths = fs::read_dir(folder())?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        let mut figures = Vec::new();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "json")) {
            let wrong = |what: String| io::Error::other(format!("{}: {what}", path.display()));
            let figure: Self = serde_json::from_str(&fs::read_to_string(path)?).map_err(|error| wrong(error.to_string()))?;
            if figure.rows.iter().any(|row| row.len() != figure.columns.len()) {
                return Err(wrong("a row is not as long as its columns".into()));
            }
            if path.file_stem().is_none_or(|stem| stem != figure.figure.as_str()) {
                return Err(wrong(format!("it is the file of {:?}", figure.figure)));
            }
            figures.push(figure);
        }
        Ok(figures)
    }
}
