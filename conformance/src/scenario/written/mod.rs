//! How is a scenario written, so that it reads back to the same? The other way of [`grammar`](super::grammar), room by room.

mod declarations;
mod deeds;
mod looks;
mod statements;
mod terms;

use super::Scenario;
use super::words::{Line, Step, What};
use std::fmt;

/// A line is no longer than this, if its words let it be.
const WIDTH: usize = 130;

/// The file of it: what [`Scenario::read`] makes the same scenario of.
///
/// Its first comment must say something: a file without an intention is not read. Radios are called by their numbers.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        intent(f, &self.intent)?;
        writeln!(f)?;
        declarations::written(f, self)?;
        let mut before = None;
        for step in &self.steps {
            // deeds with what follows from them stand together
            if before.is_none() || (!step.what.is_expected() && before.is_some_and(What::is_expected)) {
                writeln!(f)?;
            }
            line(f, step, 0)?;
            before = Some(&step.what);
        }
        Ok(())
    }
}

/// One step, as a line; what is repeated, as several.
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        statements::written(f, self, 0)
    }
}

/// What is repeated is a step by then, and has no line of its own.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        declarations::line(f, self)
    }
}

fn line(f: &mut fmt::Formatter<'_>, step: &Step, depth: usize) -> fmt::Result {
    let depth = depth + usize::from(step.what.is_expected());
    indent(f, depth)?;
    statements::written(f, &step.what, depth)?;
    writeln!(f)
}

fn indent(f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
    (0..depth).try_for_each(|_| f.write_str("  "))
}

/// As a comment; its lines are joined with a space when they are read.
fn intent(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut line = String::new();
    for word in text.split([' ', '\n']) {
        // two spaces are what an empty line of a comment leaves
        if !line.is_empty() && (word.is_empty() || line.chars().count() + word.chars().count() + 3 > WIDTH) {
            writeln!(f, "# {line}")?;
            line.clear();
        }
        match word {
            "" => writeln!(f, "#")?,
            _ if line.is_empty() => line.push_str(word),
            _ => line.extend([" ", word]),
        }
    }
    if line.is_empty() { Ok(()) } else { writeln!(f, "# {line}") }
}
