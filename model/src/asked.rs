//! Does an open try what it should, and does a scan end for everyone who asked for it (S2)?

use crate::state::State;
use crate::world::World;
use netsession_fsm::hub::{CatalogueNotice, Notice, Output};
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, ErrorKind, Operation};

/// An open tries nothing twice, and fails only when nothing is left that it could try (SPEC §5, S2).
pub(crate) fn attempts(world: &World, before: &State, outputs: &[Output], after: &mut State) {
    for place in 0..after.told.len() {
        let Some(id) = after.told[place].id else { continue };
        let tried = core::mem::take(&mut after.told[place].tried);
        let Some((earlier, view)) = before.hub.session_view(id).zip(after.hub.session_view(id)) else { continue };
        let has_tried = |link: AccessPointId| tried & 1 << link.0 != 0;
        if view.hold == Hold::Wanting {
            let next = view.current.filter(|next| earlier.hold == Hold::Free || earlier.current != Some(*next));
            after.require(2, !next.is_some_and(has_tried));
            after.told[place].tried = tried | view.current.map_or(0, |link| 1 << link.0);
            continue;
        }
        let failed = |output: &Output| {
            let Output::Notice { session, notice: Notice::Error(error), .. } = output else { return false };
            *session == id && error.operation == Operation::Open && error.kind == ErrorKind::InvalidConfiguration
        };
        if earlier.hold == Hold::Wanting && outputs.iter().any(failed) {
            let on = before.hub.snapshot(id).map(|snapshot| snapshot.chosen.unwrap_or(snapshot.configuration));
            let members = on.map(|on| world.members(on)).unwrap_or_default();
            let left = members.iter().any(|link| !has_tried(*link) && after.hub.admits(id, *link).is_ok());
            after.require(2, !left);
        }
    }
}

/// A scan completes once, and answers everyone who waits for it (SPEC §3).
pub(crate) fn scans(outputs: &[Output], after: &mut State) {
    let completed = outputs.iter().filter(|output| matches!(output, Output::Catalogue(CatalogueNotice::RefreshCompleted))).count();
    let answered = outputs.iter().filter(|output| matches!(output, Output::Answer { session: None, result: Ok(()), .. })).count();
    let waiting = usize::from(after.scans.waiting);
    after.require(2, if completed == 0 { answered == 0 } else { completed == 1 && waiting > 0 && answered == waiting });
    after.scans.waiting -= answered.min(waiting) as u8;
}
