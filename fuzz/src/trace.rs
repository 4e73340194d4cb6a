//! Does the reader of recorded runs of the model take any text, and can what it read be run again?

use netsession_model::trace::Trace;

/// More is not run: a file may be as long as it likes.
const STEPS: usize = 64;

/// A trace, and the run it tells, with the hub of this build: it is the same or said to part somewhere.
///
/// # Panics
/// If the reader or the run does, or what was read is not what it is written as.
pub fn trace(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let trace = match Trace::parse(text) {
        Ok(trace) => trace,
        Err(error) => return drop(error.to_string()),
    };
    assert_eq!(Trace::parse(&trace.json()).as_ref(), Ok(&trace), "it is read as it was written");
    if let Some(world) = trace.world().filter(|_| trace.steps.len() <= STEPS) {
        let replay = trace.replay(&world);
        drop((replay.story.to_string(), replay.divergence.map(|divergence| divergence.to_string())));
    }
}
