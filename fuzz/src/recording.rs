//! Does the judge take any recording, and does it never find that the machine breaks its own promises?

use netsession_model::judge;

/// A recording, judged and told.
///
/// # Panics
/// If the reader or the machine does.
pub fn recording(bytes: &[u8]) {
    let judged = judge::recording(bytes, &mut |seen| assert!(seen.number > 0));
    drop((judged.story.to_string(), judged.fault.map(|fault| fault.to_string())));
}
