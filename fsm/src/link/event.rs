//! What can happen to a link.

use crate::words::{Cause, ConfigurationState};

/// An event of the link machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LinkEvent {
    /// The executor says how the link stands. `settled`: it is done with the newest operation we gave it.
    Reported {
        /// How it stands.
        state: ConfigurationState,
        /// No operation of ours is under way.
        settled: bool,
        /// Why it is not Active.
        cause: Cause,
    },
    /// A lease is waiting and the radio is free: raise it (SPEC §5 open).
    Wanted,
    /// The last lease is gone (SPEC §7.1).
    Released,
    /// No open session could use it any more: nothing of a raise need be kept to notice its return.
    Unwatched,
    /// Down with it whoever holds it: a stop, or the radio is needed (SPEC §5 stop, §7.3).
    Forced,
    /// Lowering was not confirmed in time.
    Expired,
}
