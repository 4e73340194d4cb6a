//! What the link machine asks of the hub.

use crate::words::Cause;

/// An effect of the link machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkEffect {
    /// Command `Raise`.
    Raise,
    /// Command `Lower`.
    Lower,
    /// Arm the retry of an unconfirmed `Lower`.
    ArmRetry,
    /// Disarm it.
    DisarmRetry,
    /// The link is usable: tell those who wait.
    CameUp,
    /// Raising failed: tell those who wait.
    Failed(Cause),
    /// The link left Up by itself: tell those who hold it.
    Lost(Cause),
    /// Lowering ended: raise again for those who came meanwhile, and let the radio's other access points have it.
    Fell(Cause),
}
