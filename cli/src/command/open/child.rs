//! How does COMMAND run, and how is it brought to an end?

use super::environment::{Variables, give};
use crate::error::Failed;
use crate::signals::exit_code;
use rustix::process::{Pid, Signal, getpgrp, kill_process};
use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::Command;
use tokio::time::Instant;

/// COMMAND while it runs.
pub(super) struct Child {
    process: tokio::process::Child,
    grace: Duration,
    stopping: Stopping,
}

/// How far it was asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopping {
    No,
    /// By the signal that ended this program; terminated then.
    Asked(Instant),
    /// By SIGTERM; killed then.
    Terminated(Instant),
    Killed,
}

impl Child {
    /// Starts it; without standard input if that is read for answers.
    pub(super) fn start(words: &[String], variables: &Variables, no_input: bool, grace: Duration) -> Result<Self, Failed> {
        let (program, arguments) = words.split_first().ok_or_else(|| Failed::usage("there is no COMMAND"))?;
        let mut command = Command::new(program);
        command.args(arguments);
        give(&mut command, variables);
        if no_input {
            command.stdin(Stdio::null());
        }
        let process = command.spawn().map_err(|error| {
            let code = if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 };
            Failed::unavailable(format!("cannot run {program:?}: {error}")).help("the session was closed again").with_code(code)
        })?;
        Ok(Self { process, grace, stopping: Stopping::No })
    }

    /// Waits for its end; gives its exit code as a shell does.
    pub(super) async fn ended(&mut self) -> Result<u8, Failed> {
        let status = self.process.wait().await;
        let status = status.map_err(|error| Failed::unavailable(format!("COMMAND cannot be waited for: {error}")))?;
        Ok(code(status))
    }

    /// This program was told to end: so is COMMAND, and killed if that happens twice.
    pub(super) fn interrupt(&mut self, signal: Signal) {
        match self.stopping {
            Stopping::No => {
                // a terminal has told it already
                if signal == Signal::TERM || !is_in_foreground() {
                    self.send(signal);
                }
                self.stopping = Stopping::Asked(Instant::now() + self.grace);
            }
            Stopping::Asked(_) | Stopping::Terminated(_) | Stopping::Killed => self.kill(),
        }
    }

    /// The session is lost, and COMMAND is to end with it.
    pub(super) fn terminate(&mut self) {
        if matches!(self.stopping, Stopping::No | Stopping::Asked(_)) {
            self.send(Signal::TERM);
            self.stopping = Stopping::Terminated(Instant::now() + self.grace);
        }
    }

    /// When patience ends.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.stopping {
            Stopping::Asked(deadline) | Stopping::Terminated(deadline) => Some(deadline),
            Stopping::No | Stopping::Killed => None,
        }
    }

    /// Patience ended: the next stronger signal.
    pub(super) fn insist(&mut self) {
        match self.stopping {
            Stopping::Asked(_) => self.terminate(),
            Stopping::No | Stopping::Terminated(_) | Stopping::Killed => self.kill(),
        }
    }

    fn kill(&mut self) {
        self.send(Signal::KILL);
        self.stopping = Stopping::Killed;
    }

    fn send(&self, signal: Signal) {
        // no number: it has ended, and nobody needs to be told
        let number = self.process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(number) = number {
            // it may end at this moment
            let _ = kill_process(number, signal);
        }
    }
}

/// Whether the keys of the terminal send their signals to this process group, COMMAND included.
fn is_in_foreground() -> bool {
    File::open("/dev/tty").is_ok_and(|terminal| rustix::termios::tcgetpgrp(&terminal) == Ok(getpgrp()))
}

/// The exit code, as a shell gives it.
pub(super) fn code(status: ExitStatus) -> u8 {
    match (status.code(), status.signal()) {
        (Some(code), _) => u8::try_from(code).unwrap_or(u8::MAX),
        (None, signal) => exit_code(signal.unwrap_or_default()),
    }
}
