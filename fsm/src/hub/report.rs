//! What executors are told and what they report: commands, and reports of whole link states (SPEC §2, §9).

use crate::words::{AccessPointId, Cause, ConfigurationState, ExecutorId, OperationId};
use alloc::vec::Vec;

/// A command to an executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Command {
    /// Bring the link up. Answered by a [`LinkReport`] with `done` at least `op`: Active, or anything else with the cause.
    Raise {
        /// Number of the operation.
        op: OperationId,
        /// Which link.
        access_point: AccessPointId,
    },
    /// Bring the link down and remove what is left of raising it; cancels a raise under way.
    /// Answered by a [`LinkReport`] with `done` at least `op`.
    Lower {
        /// Number of the operation.
        op: OperationId,
        /// Which link.
        access_point: AccessPointId,
    },
    /// Let the system default route go through this link; `None`: leave it as it was found.
    /// Supersedes every earlier `Prefer`, answered by [`Report::Route`].
    Prefer {
        /// Number of the operation.
        op: OperationId,
        /// Which link.
        access_point: Option<AccessPointId>,
    },
    /// Scan. Answered by [`Report::Refreshed`] after the reports of what was found.
    Refresh {
        /// Number of the operation.
        op: OperationId,
        /// Who is to scan.
        executor: ExecutorId,
    },
}

/// What an executor reports.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Report {
    /// The whole state of one link.
    Link(LinkReport),
    /// The default route was switched, or could not be.
    Route {
        /// The `Prefer` it answers.
        op: OperationId,
        /// Why it failed.
        result: Result<(), Cause>,
    },
    /// A scan ended.
    Refreshed {
        /// The `Refresh` it answers.
        op: OperationId,
        /// Who scanned.
        executor: ExecutorId,
    },
    /// The link's counters, from the interface.
    Counters {
        /// Which link.
        access_point: AccessPointId,
        /// Totals since the interface exists.
        counters: Counters,
    },
    /// The executor may have missed something: this is how everything stands (SPEC §9). Links of the executor that are not
    /// listed are absent. An operation the executor no longer carries on must be covered by the link's `done`.
    Resync {
        /// Who.
        executor: ExecutorId,
        /// Every link of the executor.
        links: Vec<LinkReport>,
    },
    /// The executor lost its daemon; a `Resync` says when it is back (SPEC §9).
    Gone {
        /// Who.
        executor: ExecutorId,
    },
}

/// The whole state of one link: every report supersedes all before it, a late or doubled one is known by its generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LinkReport {
    /// Which link.
    pub access_point: AccessPointId,
    /// Grows with every report on this link; a report not newer than the last one is dropped.
    pub generation: u64,
    /// How the link stands.
    pub state: ConfigurationState,
    /// The newest operation on this link that is finished (well or not); 0 if none is.
    pub done: OperationId,
    /// Why the link is not Active, where the executor knows.
    pub cause: Cause,
}

/// Bytes through a link or a session (SPEC §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Counters {
    /// Bytes received.
    pub received: u64,
    /// Bytes sent.
    pub sent: u64,
}
