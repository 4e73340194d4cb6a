//! Does the hub keep its promises whatever it is given? Any inputs, the judge beside it; at the end everything heals and goes.

mod any;
mod life;

pub(crate) use life::Life;

use arbitrary::Unstructured;

/// Inputs, one after the other, as the bytes say: definitions, requests, reports true and false, timers that run, what a process before
/// kept. Then executors do what they are told, and everybody goes.
///
/// # Panics
/// If the hub does; if a promise is broken that the judge of recordings knows; or if in the end something of ours stays up or a request
/// is not answered.
pub fn hub(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    let mut life = Life::new();
    while !bytes.is_empty() {
        let Ok(input) = any::input(&mut bytes, &life) else { break };
        life.take(&input);
    }
    life.everybody_goes();
}
