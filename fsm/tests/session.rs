//! Does the hold machine do what SPEC §5 says, row by row?

mod table;

use netsession_fsm::session::Hold::{Free, Held, Wanting};
use netsession_fsm::session::{Hold, HoldEffect, HoldEvent, HoldMemory, Prospect};
use netsession_fsm::step::Verdict::{self, Moved, Stayed};
use netsession_fsm::words::{Cause, ErrorKind};
use table::{Row, hold};

const NOTHING: HoldEvent = HoldEvent::OpenRequested(Prospect::Nothing(ErrorKind::InvalidConfiguration, Cause::NotAvailable));
const DOWN: HoldEvent = HoldEvent::OpenRequested(Prospect::Down);
const UP: HoldEvent = HoldEvent::OpenRequested(Prospect::Up);
const LOST: HoldEvent = HoldEvent::Lost(ErrorKind::SessionAborted, Cause::CarrierLost);
const ABORTED: HoldEvent = HoldEvent::Aborted(Cause::Stopped);

fn row(from: Hold, event: HoldEvent, verdict: Verdict, to: Hold, effects: &[HoldEffect]) -> Row<HoldMemory> {
    Row { from: (from, HoldMemory), event, verdict, to: (to, HoldMemory), effects: effects.to_vec() }
}

#[test]
fn every_step_of_the_hold_machine() {
    use HoldEffect::{
        AnswerOpen, Attempt, Closed, DisarmTimeout, Exhausted, HoldFailed, Join, OpenCancelled, OpenFailed, Opened, Queue, Release,
    };
    let rows = [
        // open, Free, link Down or Raising: raise or join, Wanting.
        row(Free, DOWN, Moved, Wanting, &[Queue, Attempt]),
        // open, Free, link Up: Held at once, `opened`.
        row(Free, UP, Moved, Held, &[Queue, Join, Opened]),
        // open, Free, link Absent or Unavailable: an error, state unchanged.
        row(Free, NOTHING, Stayed, Free, &[Queue, OpenFailed(ErrorKind::InvalidConfiguration, Cause::NotAvailable)]),
        // open, Wanting or Held: idempotent, no second signal.
        row(Wanting, NOTHING, Stayed, Wanting, &[Queue]),
        row(Wanting, DOWN, Stayed, Wanting, &[Queue]),
        row(Wanting, UP, Stayed, Wanting, &[Queue]),
        row(Held, NOTHING, Stayed, Held, &[AnswerOpen]),
        row(Held, DOWN, Stayed, Held, &[AnswerOpen]),
        row(Held, UP, Stayed, Held, &[AnswerOpen]),
        // ... then `opened`, ...
        row(Wanting, HoldEvent::LinkUp, Moved, Held, &[Opened, DisarmTimeout]),
        // ... or the next access point, each tried once, ...
        row(Wanting, HoldEvent::AttemptFailed { more: true }, Stayed, Wanting, &[Release, Attempt]),
        // ... or all failed (a connect timeout is a failure, too): the error of the best, back to the real state.
        row(Wanting, HoldEvent::AttemptFailed { more: false }, Moved, Free, &[Release, Exhausted, DisarmTimeout]),
        // close, Wanting: cancel, `closed`. Stop on what is not up yet is the same.
        row(Wanting, HoldEvent::CloseRequested, Moved, Free, &[OpenCancelled, Release, Closed, DisarmTimeout]),
        row(Wanting, HoldEvent::StopRequested, Moved, Free, &[OpenCancelled, Release, Closed, DisarmTimeout]),
        // close, Held: leases dropped, `closed`, no error; the caller of stop sees the same.
        row(Held, HoldEvent::CloseRequested, Moved, Free, &[Release, Closed]),
        row(Held, HoldEvent::StopRequested, Moved, Free, &[Release, Closed]),
        // stop by another: `closed` and exactly one SessionAborted; who is not open yet gets the error alone.
        row(Held, ABORTED, Moved, Free, &[Release, Closed, HoldFailed(ErrorKind::SessionAborted, Cause::Stopped)]),
        row(Wanting, ABORTED, Moved, Free, &[Release, OpenFailed(ErrorKind::SessionAborted, Cause::Stopped), DisarmTimeout]),
        // link lost while Held and nowhere to roam: `closed` and the error.
        row(Held, LOST, Moved, Free, &[Release, Closed, HoldFailed(ErrorKind::SessionAborted, Cause::CarrierLost)]),
        // close and stop, Free: nothing; no row.
    ];
    hold(&[(Free, HoldMemory), (Wanting, HoldMemory), (Held, HoldMemory)], &rows);
}
