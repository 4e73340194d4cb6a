//! The lines of a recording, one after the other, and what is wrong with them as lines.

use super::Fault;
use netsession_fsm::recording::{End, FORMAT, Header, Line, Step};
use std::io::BufRead;

/// Every step of a recording, and why there are no more of them, if it does not go to its end.
///
/// # Errors
/// If not even what it says of itself can be read, or a line is none of a recording.
pub fn steps(text: impl BufRead) -> Result<(Header, Vec<Step>, Option<Fault>), Fault> {
    let mut reader = Reader::new(text);
    let header = reader.header()?;
    let mut steps = Vec::new();
    loop {
        match reader.next() {
            Ok(Next::Step(step)) => steps.push(*step),
            Ok(Next::End(_)) => return Ok((header, steps, None)),
            Err(fault @ Fault::Unreadable { .. }) => return Err(fault),
            Err(fault) => return Ok((header, steps, Some(fault))),
        }
    }
}

/// Reads a recording; never more of it than a line.
pub(super) struct Reader<R> {
    text: R,
    line: String,
    lines: u64,
    /// Number and time of the last step.
    last: (u64, u64),
}

/// What comes after the header.
pub(super) enum Next {
    Step(Box<Step>),
    End(End),
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(text: R) -> Self {
        Self { text, line: String::new(), lines: 0, last: (0, 0) }
    }

    /// Reads the header, which must come first.
    pub(super) fn header(&mut self) -> Result<Header, Fault> {
        match self.line()? {
            None => Err(Fault::Empty),
            Some(Line::Header(header)) if header.netsession_recording == FORMAT => Ok(header),
            Some(Line::Header(header)) => {
                Err(self.unreadable(&format!("a recording of format {}; this program reads format {FORMAT}", header.netsession_recording)))
            }
            Some(Line::Step(_) | Line::Dropped(_) | Line::End(_)) => Err(self.unreadable("the header is missing")),
        }
    }

    /// Reads what comes next; after the end there must be nothing.
    pub(super) fn next(&mut self) -> Result<Next, Fault> {
        let (number, at) = self.last;
        match self.line()? {
            None => Err(Fault::Truncated(format!("it stops after step {number}: the program was killed, or it still runs"))),
            Some(Line::Dropped(dropped)) => {
                let steps = dropped.steps;
                Err(Fault::Truncated(format!("{steps} steps are missing after step {number}: the recorder could not keep up")))
            }
            Some(Line::Header(_)) => Err(self.unreadable("a second header")),
            Some(Line::Step(step)) if step.number != number + 1 => {
                Err(Fault::Truncated(format!("step {} follows step {number}", step.number)))
            }
            Some(Line::Step(step)) if step.at < at => Err(self.unreadable("time goes back")),
            Some(Line::Step(step)) => {
                self.last = (step.number, step.at);
                Ok(Next::Step(Box::new(step)))
            }
            Some(Line::End(end)) if end.steps != number => {
                Err(Fault::Truncated(format!("the hub took {} steps, {number} are here", end.steps)))
            }
            Some(Line::End(_)) if number == 0 => Err(Fault::Empty),
            Some(Line::End(end)) => match self.line()? {
                None => Ok(Next::End(end)),
                Some(_) => Err(self.unreadable("it goes on after its end")),
            },
        }
    }

    fn unreadable(&self, why: &str) -> Fault {
        Fault::Unreadable { line: self.lines, why: why.to_owned() }
    }

    fn line(&mut self) -> Result<Option<Line>, Fault> {
        self.line.clear();
        self.lines += 1;
        if self.text.read_line(&mut self.line).map_err(|error| self.unreadable(&error.to_string()))? == 0 {
            return Ok(None);
        }
        if !self.line.ends_with('\n') {
            return Err(Fault::Truncated(format!("it stops within line {}: the program was killed", self.lines)));
        }
        serde_json::from_str(&self.line).map(Some).map_err(|error| self.unreadable(&error.to_string()))
    }
}
