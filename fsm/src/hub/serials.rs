//! Serial numbers as a checker sees them: they grow for ever, and a finite state space needs them renamed.

use super::Hub;
use crate::words::{AccessPointId, OperationId};

/// A serial number of a hub. The hub only compares serial numbers of one kind (and, for links, of one link) with each other and takes
/// the next one; renaming them all while keeping their order changes nothing but their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Serial {
    /// Newest generation reported on a link.
    Generation(AccessPointId, u64),
    /// Newest operation given on a link.
    Operation(AccessPointId, u64),
    /// The pending `Prefer`.
    Prefer(u64),
    /// A running scan.
    Refresh(u64),
    /// The newest operation of all.
    LastOperation(u64),
    /// Number of a session's last offer.
    Offer(u64),
    /// Sequence number of a session's last notice.
    Sequence(u64),
}

impl Hub {
    /// Renames every serial number. For checkers: `rename` must keep order within a kind, and what is still under way in an executor
    /// or a client must be renamed alike.
    pub fn rename_serials(&mut self, mut rename: impl FnMut(Serial) -> u64) {
        for link in &mut self.links {
            link.generation = rename(Serial::Generation(link.id, link.generation));
            link.op = OperationId(rename(Serial::Operation(link.id, link.op.0)));
        }
        if let Some(op) = self.route.pending_op() {
            op.0 = rename(Serial::Prefer(op.0));
        }
        for executor in self.executors.iter_mut().filter(|executor| executor.refresh.0 != 0) {
            executor.refresh = OperationId(rename(Serial::Refresh(executor.refresh.0)));
        }
        self.last_op = OperationId(rename(Serial::LastOperation(self.last_op.0)));
        for session in self.slots.iter_mut().filter_map(|slot| slot.session.as_mut()) {
            session.offer.0 = rename(Serial::Offer(session.offer.0.into())) as u32;
            session.sequence = rename(Serial::Sequence(session.sequence));
        }
    }
}
