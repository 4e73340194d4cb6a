//! What if something a test needs is not there? It says so loudly and does nothing; where the environment says `CI` it fails.

use std::fmt::Display;
use std::io::Write;

/// What is needed, or nothing after a loud word.
///
/// # Panics
/// Where the environment says `CI` and what is needed is not there.
pub fn present<T, E: Display>(what: Result<T, E>) -> Option<T> {
    match what {
        Ok(what) => Some(what),
        Err(error) if std::env::var_os("CI").is_some() => panic!("{error}"),
        Err(error) => {
            // not by a macro: those are captured by the test harness
            let _ = writeln!(std::io::stderr(), "*** SKIPPED: {error} ***");
            None
        }
    }
}
