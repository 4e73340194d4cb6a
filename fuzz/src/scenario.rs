//! Does the reader of scenarios take any text, and does every error say where it is?

use netsession_backends::config::ConfigError;
use netsession_conformance::scenario::Scenario;

/// A scenario.
///
/// # Panics
/// If the reader does, or an error is not about the text.
pub fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = Scenario::read("any.scenario", text) {
        is_in(text, &error);
    }
}

/// The place of a mistake is a line of the text, or right behind it, and it can be told.
pub(crate) fn is_in(text: &str, error: &ConfigError) {
    let line = text.split('\n').nth(error.line - 1);
    let begins = line.is_some_and(|line| line.starts_with(&error.text) && error.column <= line.chars().count() + 1);
    assert!(begins, "{error}");
}
