//! What came of it: the score, who noticed how many, and what nobody noticed, with the reason why that is no mistake.

use crate::Trouble;
use crate::judges::{Fate, Judge};
use crate::listed::Mutant;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

const REASONS: &str = "mutation/equivalent.toml";
const PAGE: &str = "mutation/MUTATION.md";
const FIGURES: &str = "conformance/report/mutation.json";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasons {
    #[serde(default)]
    equivalent: Vec<Reason>,
}

/// Why mutants do the same as what they replace.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    mutants: Vec<String>,
    why: String,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Told {
    tried: Vec<(String, Fate)>,
    reasons: BTreeMap<String, String>,
    /// What was typed.
    command: String,
}

impl Told {
    /// Puts what was found beside the reasons that are kept.
    pub(crate) fn new(project: &Path, mutants: &[Mutant], fates: Vec<Fate>) -> Result<Self, Trouble> {
        let kept: Reasons = toml::from_str(&fs::read_to_string(project.join(REASONS))?).map_err(|error| format!("{REASONS}: {error}"))?;
        let reasons = kept.equivalent.into_iter().flat_map(|one| one.mutants.into_iter().map(move |name| (name, one.why.clone())));
        let tried = mutants.iter().map(|mutant| mutant.name.clone()).zip(fates).collect();
        let arguments: String = std::env::args().skip(1).map(|argument| format!(" {argument}")).collect();
        Ok(Self { tried, reasons: reasons.collect(), command: format!("cargo run -p netsession-mutation --{arguments}") })
    }

    fn count(&self, is: impl Fn(&Fate) -> bool) -> usize {
        self.tried.iter().filter(|(_, fate)| is(fate)).count()
    }

    fn noticed_by(&self, judge: Judge) -> usize {
        self.count(|fate| matches!(fate, Fate::Noticed(by, _) if *by == judge))
    }

    /// Missed, and no reason is given.
    fn missed(&self) -> impl Iterator<Item = &str> {
        self.tried.iter().filter(|(name, fate)| *fate == Fate::Missed && !self.reasons.contains_key(name)).map(|(name, _)| name.as_str())
    }

    /// Missed, with the reason.
    fn equivalent(&self) -> impl Iterator<Item = (&str, &str)> {
        let missed = self.tried.iter().filter(|(_, fate)| *fate == Fate::Missed);
        missed.filter_map(|(name, _)| Some((name.as_str(), self.reasons.get(name)?.as_str())))
    }

    /// Reasons for what is noticed after all.
    fn idle(&self) -> impl Iterator<Item = &str> {
        let noticed = self.tried.iter().filter(|(_, fate)| matches!(fate, Fate::Noticed(..) | Fate::Unviable));
        noticed.map(|(name, _)| name.as_str()).filter(|name| self.reasons.contains_key(*name))
    }

    /// Not tried yet.
    fn untried(&self) -> impl Iterator<Item = &str> {
        self.tried.iter().filter(|(_, fate)| *fate == Fate::Untried).map(|(name, _)| name.as_str())
    }

    /// Every mutant is noticed, or there is a reason why it is no mistake.
    pub(crate) fn is_sound(&self) -> bool {
        self.missed().next().is_none() && self.idle().next().is_none() && self.untried().next().is_none()
    }

    /// Name and value of every figure.
    fn figures(&self) -> Vec<(String, String)> {
        let unviable = self.count(|fate| *fate == Fate::Unviable);
        let equivalent = self.equivalent().count();
        let untried = self.untried().count();
        let mistakes = self.tried.len() - unviable - equivalent - untried;
        let share = |part: usize| format!("{part} ({:.1} %)", 100.0 * part as f64 / mistakes.max(1) as f64);
        let mut figures = vec![
            ("mutants that cargo-mutants lists".to_owned(), self.tried.len().to_string()),
            ("do not compile".to_owned(), unviable.to_string()),
            ("do the same, with the reason".to_owned(), equivalent.to_string()),
            ("have to be built alone, and were not yet".to_owned(), untried.to_string()),
            ("mistakes".to_owned(), mistakes.to_string()),
            ("noticed".to_owned(), share(Judge::ALL.into_iter().map(|judge| self.noticed_by(judge)).sum())),
        ];
        let names = [
            "noticed by the model alone",
            "noticed by the machines' own tests besides",
            "noticed by laws, scenarios and property tests on the simulator besides",
        ];
        figures.extend(Judge::ALL.into_iter().zip(names).map(|(judge, name)| (name.to_owned(), share(self.noticed_by(judge)))));
        let tests = |fate: &Fate| matches!(fate, Fate::Noticed(Judge::Model, by) if !by.starts_with("notices"));
        figures.push(("of the model's: by its own tests, after charts and worlds".to_owned(), share(self.count(tests))));
        let property = |fate: &Fate| matches!(fate, Fate::Noticed(Judge::Model, by) if by.contains("violated") || by.contains("broken") || by.contains("quiet"));
        figures.push(("of these: by a property, before anything else".to_owned(), share(self.count(property))));
        figures.push(("missed".to_owned(), self.missed().count().to_string()));
        figures
    }

    /// For a person at a terminal.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        for (name, value) in self.figures() {
            let _ = writeln!(text, "{name:<58} {value:>14}");
        }
        for name in self.missed() {
            let _ = writeln!(text, "missed: {name}");
        }
        for name in self.untried() {
            let _ = writeln!(text, "not tried: {name}");
        }
        for name in self.idle() {
            let _ = writeln!(text, "noticed, or not compiled, though {REASONS} gives a reason why it could not be: {name}");
        }
        text
    }

    /// Writes page and figures.
    pub(crate) fn write(&self, project: &Path) -> Result<(), Trouble> {
        let mut page = String::from(
            "# Who notices a mistake in the machines\n\nWritten by `make mutation`: every mutant that `cargo mutants` lists for `netsession-fsm`, tried on the model (charts, the worlds of the\n\
             set `quick`, and its tests), then on the machines' own tests, then on laws, scenarios and property tests on the simulator.\n\n",
        );
        let _ = writeln!(page, "This page is what `{}` found.\n\n| | |\n|---|---|", self.command);
        for (name, value) in self.figures() {
            let _ = writeln!(page, "| {name} | {value} |");
        }
        page += "\n## Do the same\n\n| mutant | why it is no mistake |\n|---|---|\n";
        for (name, why) in self.equivalent() {
            let _ = writeln!(page, "| `{}` | {why} |", name.replace('|', "\\|"));
        }
        if self.missed().next().is_some() {
            page += "\n## Missed\n\n";
            for name in self.missed() {
                let _ = writeln!(page, "- `{name}`");
            }
        }
        if self.untried().next().is_some() {
            page += "\n## To be built alone\n\n";
            for name in self.untried() {
                let _ = writeln!(page, "- `{name}`");
            }
        }
        page += "\n## Noticed by\n\n| mutant | by |\n|---|---|\n";
        for (name, fate) in &self.tried {
            if let Fate::Noticed(judge, by) = fate {
                let by = by.split(": not always").next().unwrap_or(by).split(", pinned").next().unwrap_or(by);
                let _ = writeln!(page, "| `{}` | {}: {} |", name.replace('|', "\\|"), judge.name(), by.replace('|', "\\|"));
            }
        }
        fs::write(project.join(PAGE), page)?;
        let said = |arguments: &[&str]| -> Result<String, Trouble> {
            Ok(String::from_utf8(Command::new("git").args(arguments).current_dir(project).output()?.stdout)?.trim().to_owned())
        };
        let rows: Vec<[String; 2]> = self.figures().into_iter().map(<[String; 2]>::from).collect();
        let (commit, date) = (said(&["rev-parse", "--short=10", "HEAD"])?, said(&["log", "-1", "--format=%cs"])?);
        let columns = ["mutants", "how many"];
        let figure =
            json!({ "figure": "mutation", "command": self.command, "commit": commit, "date": date, "columns": columns, "rows": rows });
        let path = project.join(FIGURES);
        fs::create_dir_all(path.parent().unwrap_or(project))?;
        Ok(fs::write(path, serde_json::to_string_pretty(&figure)? + "\n")?)
    }
}
