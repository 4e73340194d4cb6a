//! What sees every moment of a hub as it is, under its lock: for a broker, which tells other processes.

use crate::drive::Committed;
use netsession_fsm::hub::{Input, Output};
use netsession_fsm::words::AccessPointId;

/// Sees every step of a hub before its commands are carried out and its answers given, and whatever becomes readable beside.
///
/// What it is shown is the committed state, and nothing moves on before it returns: it must not block, and must not read through the
/// [`Port`](super::port::Port).
pub trait Witness: Send {
    /// A step was taken; its notices have been delivered within this process.
    fn stepped(&mut self, input: &Input, outputs: &[Output], now: &Committed<'_>);

    /// The carrier of a link, or what its executor knows of the access point, is another one, without a step.
    fn told(&mut self, access_point: AccessPointId, now: &Committed<'_>);
}
