//! Does the reader of the configuration file take any text, and does every error say where it is?

use netsession_backends::config::Config;

/// A configuration file. What is read is what it says: its parts can be asked for; a mistake has a place that is in the text.
///
/// # Panics
/// If the reader does, or an error is not about the text.
pub fn configuration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Config::parse("netsession.toml", text) {
        Ok(config) => drop((config.profiles(), format!("{config:?}"))),
        Err(error) => crate::scenario::is_in(text, &error),
    }
}
