//! Which signals end the program, and how does it exit then?

use crate::error::Failed;
use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind};

/// Interrupt, terminate and hang-up, heard from the moment this exists.
pub(crate) struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hang_up: unix::Signal,
}

impl Signals {
    pub(crate) fn listen() -> Result<Self, Failed> {
        let on = |kind| unix::signal(kind).map_err(|error| Failed::unavailable(format!("cannot listen for signals: {error}")));
        let (interrupt, terminate, hang_up) = (on(SignalKind::interrupt())?, on(SignalKind::terminate())?, on(SignalKind::hangup())?);
        Ok(Self { interrupt, terminate, hang_up })
    }

    /// The next one. Nothing is lost if the future is dropped.
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.terminate.recv() => Signal::TERM,
            _ = self.hang_up.recv() => Signal::HUP,
        }
    }
}

/// The exit code that a shell gives to what a signal ended.
pub(crate) fn exit_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}
