//! What is wrong in a configuration file, where exactly, and what to do about it.

use std::fmt;
use std::ops::Range;

/// A mistake in a configuration file. Prints as `file:line:column: message`, the line with a caret under the mistake, and the help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// Name of the file as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The line itself.
    pub text: String,
    /// How many characters are wrong, at least 1.
    pub width: usize,
}

impl ConfigError {
    /// A mistake at these bytes of the text of a file.
    #[must_use]
    pub fn new(file: &str, text: &str, span: Range<usize>, message: String, help: String) -> Self {
        let start = floor(text, span.start);
        let end = floor(text, span.end).max(start);
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let stop = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let width = text[start..end.min(stop)].chars().count().max(1);
        Self {
            file: file.to_owned(),
            line: text[..start].matches('\n').count() + 1,
            column: text[begin..start].chars().count() + 1,
            message,
            help,
            text: text[begin..stop].trim_end_matches('\r').to_owned(),
            width,
        }
    }

    /// The parser's own words, with keys called keys, and what it expected as the help; else `help`.
    #[must_use]
    pub fn unreadable(file: &str, text: &str, error: &toml::de::Error, help: &str) -> Self {
        let said = error.message();
        let (message, help) = match said.split_once(", expected ") {
            Some((message, expected)) => (message, format!("expected {expected}")),
            None => (said, help.to_owned()),
        };
        let message = message.replace("unknown field", "unknown key").replace("missing field", "missing key");
        let message = message.replace("unknown variant", "unknown value");
        Self::new(file, text, error.span().unwrap_or(0..0), message, help)
    }
}

/// The character boundary at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, help, text, width } = self;
        let margin = line.to_string().len();
        // tabs stay tabs, so that the caret stands where the eye expects it
        let lead: String = text.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        writeln!(f, "{file}:{line}:{column}: {message}")?;
        writeln!(f, "{line} | {text}")?;
        write!(f, "{:margin$} | {lead}{}", "", "^".repeat(*width))?;
        if help.is_empty() { Ok(()) } else { write!(f, "\n{:margin$} = {help}", "") }
    }
}
