//! How is a person asked? A question on standard error, a line on standard input.

use super::say::{Event, Say};
use crate::output;
use std::io::{BufRead, Write};
use tokio::sync::mpsc;

/// Asks questions, if there is somebody to ask.
pub(super) struct Asker {
    lines: Option<mpsc::UnboundedReceiver<String>>,
}

impl Asker {
    /// Reads standard input from now on, if it is wanted and a terminal.
    pub(super) fn new(wanted: bool) -> Self {
        if !(wanted && output::is_asked()) {
            return Self { lines: None };
        }
        let (told, lines) = mpsc::unbounded_channel();
        // a thread: a read of a terminal cannot be cancelled; it ends with the process
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { return };
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines: Some(lines) }
    }

    /// Whether standard input is read here.
    pub(super) fn reads(&self) -> bool {
        self.lines.is_some()
    }

    /// Yes or no; no at the end of input, and where nobody can be asked.
    pub(super) async fn agrees(&mut self, say: &Say, question: &str) -> bool {
        let Some(lines) = &mut self.lines else { return false };
        // what was typed before was no answer to this
        while lines.try_recv().is_ok() {}
        loop {
            say.event(&Event::Question { text: question });
            if !say.json {
                let _ = write!(anstream::stderr().lock(), "netsession: {question} [y/n] ");
            }
            let Some(line) = lines.recv().await else { return false };
            match line.trim().to_lowercase().as_str() {
                "y" | "yes" => return true,
                "n" | "no" => return false,
                _ => {}
            }
        }
    }
}
