//! Does the reader of scenarios take any text, does every error say where it is, and does what is written read back to the same?

use netsession_backends::config::ConfigError;
use netsession_conformance::scenario::Scenario;

/// A scenario.
///
/// # Panics
/// If the reader does, an error is not about the text, or what was read is read otherwise when it was written.
pub fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let scenario = match Scenario::read("any.scenario", text) {
        Ok(scenario) => scenario,
        Err(error) => return is_in(text, &error),
    };
    let written = scenario.to_string();
    match Scenario::read("any.scenario", &written) {
        Ok(again) => assert!(again == scenario, "it is read otherwise than it was written:\n{written}"),
        Err(error) => panic!("{error}\nin what was written:\n{written}"),
    }
}

/// The place of a mistake is a line of the text, or right behind it, and it can be told.
pub(crate) fn is_in(text: &str, error: &ConfigError) {
    let line = text.split('\n').nth(error.line - 1);
    let begins = line.is_some_and(|line| line.starts_with(&error.text) && error.column <= line.chars().count() + 1);
    assert!(begins, "{error}");
}
