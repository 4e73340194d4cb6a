//! Which mistakes are there? Those that `cargo mutants` lists.

use crate::Trouble;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// A place in a file: line and column from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A piece of a file, its end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: Place,
    pub(crate) end: Place,
}

#[derive(Debug, Deserialize)]
struct Listed {
    name: String,
    file: String,
    function: Option<Function>,
    replacement: String,
    span: Span,
}

#[derive(Debug, Deserialize)]
struct Function {
    span: Span,
}

/// A mistake.
#[derive(Debug, Clone)]
pub(crate) struct Mutant {
    /// File and description; of several with the same description in a file, which one. Lines are no part of it: they move.
    pub(crate) name: String,
    /// Below the project's folder.
    pub(crate) file: String,
    /// The function it is in.
    pub(crate) function: Option<Span>,
    /// What is replaced.
    pub(crate) span: Span,
    /// By what.
    pub(crate) replacement: String,
}

/// Every mutant of the crate `netsession-fsm`, in the order of the files.
pub(crate) fn list(project: &Path) -> Result<Vec<Mutant>, Trouble> {
    let listing =
        Command::new("cargo").args(["mutants", "--list", "--json", "--package", "netsession-fsm"]).current_dir(project).output()?;
    if !listing.status.success() {
        let said = String::from_utf8_lossy(&listing.stderr);
        return Err(format!("cargo mutants --list failed: {}; `cargo install cargo-mutants` installs it", said.trim()).into());
    }
    let listed: Vec<Listed> = serde_json::from_slice(&listing.stdout)?;
    let mut seen = BTreeMap::new();
    let named = listed.into_iter().map(|one| {
        // "file:line:column: description"
        let description = one.name.splitn(4, ':').nth(3).unwrap_or(&one.name).trim();
        let plain = format!("{}: {description}", one.file);
        let count = seen.entry(plain.clone()).and_modify(|count| *count += 1).or_insert(1);
        let name = if *count == 1 { plain } else { format!("{plain} ({count})") };
        Mutant { name, file: one.file, function: one.function.map(|it| it.span), span: one.span, replacement: one.replacement }
    });
    Ok(named.collect())
}
