//! All laws for one executor: which are played, which are excused and by what.

use super::{ALL, plays};
use crate::lab::daemons::Program;
use crate::lab::{Case, is_inside};
use crate::rig::{Ground as _, Rig};
use netsession_fsm::words::Capabilities;
use std::fmt;

/// What a law is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Its name, after its module.
    pub name: &'static str,
    /// Where it is written down: a section of SPEC, or a rule of the executors' contract ([`netsession_backends::executor`]).
    pub section: &'static str,
    /// What an executor must be able to do for it (SPEC §10).
    pub needs: Capabilities,
}

/// Why an executor does not have to show a law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excuse {
    /// It cannot do this.
    Lacks(Capabilities),
    /// Something else.
    Reason(&'static str),
}

impl fmt::Display for Excuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lacks(capabilities) => write!(f, "lacks {}", names(*capabilities)),
            Self::Reason(reason) => f.write_str(reason),
        }
    }
}

/// Capabilities by their names, as in Qt.
pub(super) fn names(capabilities: Capabilities) -> String {
    let names = Capabilities::NAMES.iter().filter(|(one, _)| capabilities.has(*one)).map(|(_, name)| *name);
    names.collect::<Vec<_>>().join(", ")
}

/// A law for one executor.
#[derive(Debug, Clone, Copy)]
pub struct Law {
    /// What it is about.
    pub about: About,
    /// How it is shown, or why not.
    pub case: Result<Case, Excuse>,
}

/// All laws for one executor.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The executor.
    pub executor: String,
    /// In the order of [`ALL`].
    pub laws: Vec<Law>,
}

impl Suite {
    /// For the executor of a rig.
    ///
    /// # Panics
    /// If it is excused from a law that there is not.
    #[must_use]
    pub fn of<R: Rig>() -> Self {
        let (executor, excused) = (R::name(), R::excused());
        for excused in &excused {
            let known = ALL.iter().any(|law| law.name.starts_with(excused.law));
            assert!(known, "{executor} is excused from {}, which is no law", excused.law);
        }
        // cases are for the life of the program
        let needs: &'static [Program] = R::needs().leak();
        let case = |about: &About, play: fn(R::Ground) -> super::Played| {
            let lacks = Capabilities(about.needs.0 & !R::CAN.0);
            if lacks != super::NOTHING {
                return Err(Excuse::Lacks(lacks));
            }
            match excused.iter().find(|excused| about.name.starts_with(excused.law)) {
                Some(excused) => Err(Excuse::Reason(excused.reason)),
                None => Ok(Case { name: format!("{executor}::{}", about.name).leak(), run: R::Ground::run(play), needs }),
            }
        };
        let laws = ALL.iter().zip(plays::<R>()).map(|(about, play)| Law { about: *about, case: case(about, play) }).collect();
        Self { executor, laws }
    }

    /// The cases, for [`crate::lab::suite`]; laws that are excused are said aloud.
    #[must_use]
    pub fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for law in &self.laws {
            match law.case {
                Ok(case) => cases.push(case),
                Err(excuse) if !is_inside() => eprintln!("EXCUSED {}::{}: {excuse}", self.executor, law.about.name),
                Err(_) => {}
            }
        }
        cases
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

    #[test]
    fn the_readme_has_every_law() {
        let mut table = "| law | where | needs |\n|---|---|---|\n".to_owned();
        for law in ALL {
            let needs = names(law.needs);
            table += &format!("| `{}` | {} | {needs} |\n", law.name, law.section);
        }
        let text = fs::read_to_string(README).unwrap();
        let (before, _) = text.split_once("checks it -->\n\n").unwrap();
        let wanted = format!("{before}checks it -->\n\n{table}");
        if std::env::var_os("NETSESSION_WRITE").is_some() {
            fs::write(README, &wanted).unwrap();
        } else {
            assert!(text == wanted, "NETSESSION_WRITE=1 writes it");
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = ALL.iter().map(|law| law.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
