//! What the hold machine asks of the hub.

use crate::words::{Cause, ErrorKind};

/// An effect of the hold machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldEffect {
    /// Lease the access point that was chosen, have it raised, arm its connect timeout.
    Attempt,
    /// Lease the access point that was chosen: it is up.
    Join,
    /// Forget the connect timeout.
    DisarmTimeout,
    /// Drop every lease and all of the handshake.
    Release,
    /// Keep the request: it is answered with the others when the attempt ends.
    Queue,
    /// Answer the request: open already.
    AnswerOpen,
    /// Notice `opened`; answer every waiting open.
    Opened,
    /// Notice `closed`.
    Closed,
    /// Notice `error`; answer every waiting open with it.
    OpenFailed(ErrorKind, Cause),
    /// Every access point was tried in vain: notice `error` of the first, and best; answer every waiting open with it.
    Exhausted,
    /// Answer every waiting open: cancelled.
    OpenCancelled,
    /// Notice `error`: the session was lost.
    HoldFailed(ErrorKind, Cause),
}
