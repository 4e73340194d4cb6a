//! How things are printed: standard output that may be closed by its reader, standard error, colours only on a terminal.

use crate::error::Failed;
use anstyle::{AnsiColor, Style};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::SystemTime;
use tokio::sync::oneshot;

/// The word `error`.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What is usable.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is under way, or asks for attention.
pub(crate) const ATTENTION: Style = AnsiColor::Yellow.on_default();
/// What is of less importance.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Writes lines to standard output; `false` if nobody reads them any more.
pub(crate) fn print(text: &str) -> Result<bool, Failed> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failed::write("standard output", &error)),
    }
}

/// Told when nobody will ever read standard output any more; never, where that cannot be known.
pub(crate) fn nobody_reads() -> oneshot::Receiver<()> {
    let (told, gone) = oneshot::channel();
    // a thread: a pipe cannot be given to the runtime without making it non-blocking for everybody who writes to it
    std::thread::spawn(move || {
        let out = io::stdout();
        // no event is asked for: errors and hang-ups are told all the same
        let mut watched = [PollFd::new(&out, PollFlags::empty())];
        while poll(&mut watched, None) == Err(Errno::INTR) {}
        // whoever waited for it may have ended
        let _ = told.send(());
    });
    gone
}

/// The whole output of a command that prints and ends: a reader that had enough is no failure.
pub(crate) fn all(text: &str) -> Result<ExitCode, Failed> {
    print(text).map(|_| ExitCode::SUCCESS)
}

/// A value as one line of JSON on standard output.
pub(crate) fn line(value: &impl Serialize) -> Result<bool, Failed> {
    print(&format!("{}\n", json(value)))
}

/// A value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }).to_string())
}

/// A line on standard error. If nobody reads it, there is nobody to tell that either.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Whether standard output gets colours.
pub(crate) fn is_coloured() -> bool {
    match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
        anstream::ColorChoice::Auto | anstream::ColorChoice::Never => false,
    }
}

/// Whether a person types answers: standard input is a terminal.
pub(crate) fn is_asked() -> bool {
    io::stdin().is_terminal()
}

/// Now, in UTC.
pub(crate) fn now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}
