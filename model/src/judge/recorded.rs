//! A recording judged, line by line: what is wrong with it first, the steps before that, and what happened in it.

use super::happened;
use super::read::{Next, Reader};
use super::{Fault, Judge, Statistics};
use crate::story::Story;
use netsession_fsm::hub::{Definition, Hub, Input, Report};
use netsession_fsm::recording::{Header, Step, changed};
use std::collections::VecDeque;
use std::io::BufRead;

/// Steps that are told before the one that is wrong.
const BEFORE: usize = 10;

/// What came of a recording.
#[derive(Debug)]
pub struct Judged {
    /// What it says of itself; `None` if not even that can be read.
    pub header: Option<Header>,
    /// The first fault; `None`: the hub did what the machine says, to the end.
    pub fault: Option<Fault>,
    /// The program gave its hub up as it stood, without letting go of its sessions in order.
    pub given_up: bool,
    /// The step that is wrong, or the last one, and those before it; counters are left out.
    pub story: Story,
    /// What happened, up to there.
    pub statistics: Statistics,
}

/// What a step left behind, for who wants to see it.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Nanoseconds since the recording began.
    pub at: u64,
    /// What happened, in words.
    pub happened: &'a str,
    /// Access points by number.
    pub names: &'a [String],
    /// The machine.
    pub hub: &'a Hub,
}

/// Judges a recording to its end or its first fault. Shows every state of the machine to `see`.
pub fn recording(text: impl BufRead, see: &mut dyn FnMut(&Seen<'_>)) -> Judged {
    let mut reader = Reader::new(text);
    let header = match reader.header() {
        Ok(header) => header,
        Err(fault) => {
            let story = happened::story(&[], fault.to_string(), [].iter());
            return Judged { header: None, fault: Some(fault), given_up: false, story, statistics: Statistics::default() };
        }
    };
    let mut run = Run { judge: Judge::of(hub(&header)), names: Vec::new(), last: VecDeque::new(), statistics: Statistics::default() };
    let ended = loop {
        match reader.next() {
            Err(fault) => break Err(fault),
            Ok(Next::Step(step)) => {
                if let Err(fault) = run.step(*step, see) {
                    break Err(fault);
                }
            }
            Ok(Next::End(end)) if end.closed => break run.judge.end().map(|()| false),
            Ok(Next::End(_)) => break Ok(true),
        }
    };
    run.statistics.finish();
    let title = ended.as_ref().err().map_or_else(|| "the last steps".to_owned(), ToString::to_string);
    let story = happened::story(&run.names, title, run.last.iter());
    let given_up = ended == Ok(true);
    Judged { header: Some(header), fault: ended.err(), given_up, story, statistics: run.statistics }
}

/// The hub that is stepped: with the same mistake in it, as far as this build knows mistakes.
pub(super) fn hub(header: &Header) -> Hub {
    let hub = Hub::new(header.settings);
    #[cfg(feature = "mutants")]
    let hub = {
        use netsession_fsm::hub::Mutant;
        let mut hub = hub;
        hub.set_mutant(Mutant::ALL.iter().map(|(mutant, _)| *mutant).find(|mutant| Some(format!("{mutant:?}")) == header.mutant));
        hub
    };
    hub
}

struct Run {
    judge: Judge,
    names: Vec<String>,
    last: VecDeque<Step>,
    statistics: Statistics,
}

impl Run {
    fn step(&mut self, step: Step, see: &mut dyn FnMut(&Seen<'_>)) -> Result<(), Fault> {
        if let Input::Define(Definition::AccessPoint(id, _)) = &step.input {
            let place = id.0 as usize;
            let name = step.name.clone().unwrap_or_else(|| id.to_string());
            if place == self.names.len() {
                self.names.push(name);
            } else if let Some(known) = self.names.get_mut(place) {
                // another number makes no sense to the hub either, and is refused
                *known = name;
            }
        }
        let judged = self.judge.step(step.number, &step.input, &step.outputs).and_then(|()| self.stands(&step));
        self.statistics.take(&step, self.judge.hub());
        let happened = happened::described(&self.names, &step);
        see(&Seen { number: step.number, at: step.at, happened: &happened, names: &self.names, hub: self.judge.hub() });
        if !matches!(step.input, Input::Report(Report::Counters { .. })) || judged.is_err() {
            if self.last.len() > BEFORE {
                self.last.pop_front();
            }
            self.last.push_back(step);
        }
        judged
    }

    /// Whether what the step changed stands as recorded.
    fn stands(&self, step: &Step) -> Result<(), Fault> {
        let (sessions, links) = changed(self.judge.hub());
        if (&sessions, &links) == (&step.sessions, &step.links) {
            return Ok(());
        }
        let told = |sessions: &[_], links: &[_]| format!("{sessions:?} {links:?}");
        Err(Fault::Stands {
            step: step.number,
            input: Box::new(step.input.clone()),
            machine: told(&sessions, &links),
            run: told(&step.sessions, &step.links),
        })
    }
}
