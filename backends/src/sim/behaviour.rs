//! What can be scripted: how an access point behaves, what happens to it, and which faults its reports have.

use netsession_fsm::hub::Counters;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, RadioId};
use std::time::Duration;

/// How something that was asked for ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Succeeds,
    /// Badly, for this cause.
    Fails(Cause),
    /// Not at all.
    NeverAnswers,
}

/// How an access point behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behaviour {
    /// How it stands at the start; `Active`: up before anybody raised it.
    pub state: ConfigurationState,
    /// How raising it ends.
    pub raise: Outcome,
    /// After this time, and a jitter.
    pub raise_delay: Duration,
    /// How lowering it ends.
    pub lower: Outcome,
    /// After this time, and a jitter.
    pub lower_delay: Duration,
    /// How moving the default route to it ends.
    pub prefer: Outcome,
    /// After this time, and a jitter.
    pub prefer_delay: Duration,
    /// Whether a probe through it gets an answer.
    pub reachable: bool,
    /// Of the access points on one radio at most one is up; raising another one fails.
    pub radio: Option<RadioId>,
}

impl Default for Behaviour {
    /// Usable, everything succeeds: raised in 300 ms, lowered in 50 ms, preferred in 20 ms.
    fn default() -> Self {
        Self {
            state: ConfigurationState::Discovered,
            raise: Outcome::Succeeds,
            raise_delay: Duration::from_millis(300),
            lower: Outcome::Succeeds,
            lower_delay: Duration::from_millis(50),
            prefer: Outcome::Succeeds,
            prefer_delay: Duration::from_millis(20),
            reachable: true,
            radio: None,
        }
    }
}

/// Something that happens to the network, not by our command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The access point comes into reach; its link stays down.
    Appear(AccessPointId),
    /// It goes out of reach; its link is lost.
    Vanish(AccessPointId),
    /// Its link loses the carrier; it stays in reach.
    Cut(AccessPointId),
    /// Another program takes its link down.
    TakeDown(AccessPointId),
    /// Another program brings its link up.
    BringUp(AccessPointId),
    /// Its credentials are gone: known, not usable.
    Forbid(AccessPointId),
    /// It is no longer known at all.
    Remove(AccessPointId),
    /// It comes into reach with the next refresh.
    Hide(AccessPointId),
    /// From now on it behaves like this; how it stands does not change.
    Behave(AccessPointId, Behaviour),
    /// Whether probes through it get an answer.
    Reachable(AccessPointId, bool),
    /// Bytes went through its link.
    Traffic(AccessPointId, Counters),
    /// Its last report is delivered once more.
    Duplicate(AccessPointId),
    /// The report before its last one is delivered now.
    Late(AccessPointId),
    /// The daemon is lost: what is under way is abandoned, what happens is not reported. Links stay as they are.
    Gone,
    /// The daemon is back, and says how everything stands.
    Back,
    /// Reports may have been lost: the daemon says how everything stands.
    Resync,
}

/// Faults that reports have by chance, of the network's seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// Percentage of reports that are delivered twice.
    pub duplicate: u8,
    /// Percentage of reports that are delivered once more later.
    pub late: u8,
    /// How much later.
    pub late_by: Duration,
}

/// How many commands an access point got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// `Raise`.
    pub raises: u64,
    /// `Lower`.
    pub lowers: u64,
    /// `Prefer`.
    pub prefers: u64,
}
