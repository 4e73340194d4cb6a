//! Which steps of a recording does its fault need? Steps are left out as long as what is left has the same fault.
//!
//! Numbers that a hub gives (sessions, offers, operations) are others when steps are missing: inputs are given those of the shorter run.
//! What makes no sense without a step that was left out goes with it: requests of a session that was not created, reports on operations
//! that were not commanded, timers that were not armed.

use super::read::{Next, Reader};
use super::recorded::hub;
use super::{Fault, Judge};
use crate::fewest::fewest;
use netsession_fsm::hub::{Call, Command, Input, LinkReport, Notice, Output, Report, Timer};
use netsession_fsm::recording::{End, Header, Line, Step};
use netsession_fsm::words::{AccessPointId, OfferId, OperationId, SessionId};
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

/// The shortest recording found with the same fault, up to it; `None` if no step of it is at fault.
pub fn shrink(text: impl BufRead) -> Option<Vec<Line>> {
    let mut reader = Reader::new(text);
    let header = reader.header().ok()?;
    let mut judge = Judge::of(hub(&header));
    let mut steps = Vec::new();
    let fault = loop {
        let Ok(Next::Step(step)) = reader.next() else { return None };
        let judged = judge.step(step.number, &step.input, &step.outputs);
        steps.push(*step);
        if let Err(fault) = judged {
            break fault;
        }
    };
    let all: Vec<usize> = (0..steps.len()).collect();
    let mut shortest = again(&header, &steps, &all, &fault)?;
    fewest(all, |without| {
        let kept = with_what_is_needed(&steps, without);
        shortest = again(&header, &steps, &kept, &fault).filter(|run| run.len() < shortest.len())?;
        Some(kept)
    });
    let end = End { steps: shortest.len() as u64, dropped: 0, closed: false };
    let lines = shortest.into_iter().map(Line::Step);
    Some(std::iter::once(Line::Header(header)).chain(lines).chain([Line::End(end)]).collect())
}

/// What there is stays, and so does the step at fault: the last one.
fn with_what_is_needed(steps: &[Step], without: &[usize]) -> Vec<usize> {
    let last = steps.len() - 1;
    let is_needed = |step: usize| step == last || matches!(steps[step].input, Input::Define(_) | Input::Default(_) | Input::Restore(_));
    (0..steps.len()).filter(|step| is_needed(*step) || without.binary_search(step).is_ok()).collect()
}

/// Takes some of the steps; the run, if it ends with the same fault.
fn again(header: &Header, steps: &[Step], kept: &[usize], fault: &Fault) -> Option<Vec<Step>> {
    let mut judge = Judge::of(hub(header));
    let (mut numbers, mut run) = (Numbers::default(), Vec::new());
    for place in kept {
        let recorded = &steps[*place];
        let Some(input) = numbers.input(&recorded.input) else { continue };
        let outputs = judge.answer(&input);
        let breach = judge.look(&input, &outputs).err();
        let number = run.len() as u64 + 1;
        let mut step = Step { name: recorded.name.clone(), ..Step::of(judge.hub(), number, recorded.at, &input, &outputs) };
        if let Fault::Differs { machine, run: said, .. } = fault
            && *place + 1 == steps.len()
        {
            numbers.learn(machine, &outputs);
            let same = numbers.outputs(machine) == outputs;
            step.outputs = numbers.outputs(said);
            run.push(step);
            return same.then_some(run);
        }
        if let Some(breach) = breach {
            run.push(step);
            let wanted = matches!(fault, Fault::Broken { breach: wanted, .. } if wanted.property == breach.property);
            return wanted.then_some(run);
        }
        numbers.learn(&recorded.outputs, &outputs);
        numbers.arm(&outputs);
        run.push(step);
    }
    None
}

/// What the numbers of the recording are in the shorter run.
#[derive(Default)]
struct Numbers {
    sessions: BTreeMap<SessionId, SessionId>,
    offers: BTreeMap<(SessionId, OfferId), OfferId>,
    operations: BTreeMap<OperationId, OperationId>,
    /// Operations on each link, in the recording.
    of_links: BTreeMap<AccessPointId, BTreeSet<OperationId>>,
    /// By session of the shorter run: its last notice in the recording, less that in the shorter run.
    sequences: BTreeMap<SessionId, u64>,
    armed: BTreeSet<Timer>,
}

impl Numbers {
    /// The input with the numbers of the shorter run; `None` if it makes no sense there.
    fn input(&mut self, input: &Input) -> Option<Input> {
        Some(match input {
            Input::Drop(id) => Input::Drop(*self.sessions.get(id)?),
            Input::Request { session, request, call } => {
                let offer = |offer: &OfferId| self.offers.get(&(*session, *offer)).copied().unwrap_or(*offer);
                let call = match call {
                    Call::Migrate(id) => Call::Migrate(offer(id)),
                    Call::Ignore(id) => Call::Ignore(offer(id)),
                    Call::Accept(id) => Call::Accept(offer(id)),
                    Call::Reject(id) => Call::Reject(offer(id)),
                    Call::Open { .. }
                    | Call::Close
                    | Call::Stop
                    | Call::RequestRoam
                    | Call::SetMode(_)
                    | Call::SetRequirements(_)
                    | Call::Suppress(_) => *call,
                };
                Input::Request { session: *self.sessions.get(session)?, request: *request, call }
            }
            Input::Fired(timer) => {
                let timer = self.timer(*timer)?;
                Input::Fired(Some(timer).filter(|timer| self.armed.remove(timer))?)
            }
            Input::Report(Report::Link(link)) => Input::Report(Report::Link(self.link(link))),
            Input::Report(Report::Resync { executor, links }) => {
                Input::Report(Report::Resync { executor: *executor, links: links.iter().map(|link| self.link(link)).collect() })
            }
            Input::Report(Report::Route { op, result }) => Input::Report(Report::Route { op: *self.operations.get(op)?, result: *result }),
            Input::Report(Report::Refreshed { op, executor }) => {
                Input::Report(Report::Refreshed { op: *self.operations.get(op)?, executor: *executor })
            }
            Input::Restore(kept) => {
                self.sessions.extend(kept.sessions.iter().map(|session| (session.id, session.id)));
                input.clone()
            }
            Input::Report(Report::Counters { .. } | Report::Gone { .. })
            | Input::Define(_)
            | Input::Remove(_)
            | Input::Default(_)
            | Input::SaveTraffic(_)
            | Input::Create { .. }
            | Input::Refresh { .. } => input.clone(),
        })
    }

    /// What is done is the newest operation up to there that the shorter run has, too.
    fn link(&self, link: &LinkReport) -> LinkReport {
        let known = self.of_links.get(&link.access_point).into_iter().flatten().rev();
        let done = known.filter(|op| **op <= link.done).find_map(|op| self.operations.get(op));
        LinkReport { done: done.copied().unwrap_or_default(), ..*link }
    }

    fn timer(&self, timer: Timer) -> Option<Timer> {
        Some(match timer {
            Timer::Session(id) => Timer::Session(*self.sessions.get(&id)?),
            Timer::Suppression(id, link) => Timer::Suppression(*self.sessions.get(&id)?, link),
            Timer::Window(id) => Timer::Window(*self.sessions.get(&id)?),
            Timer::Settle(_) | Timer::Lower(_) | Timer::Route | Timer::Grace(_) | Timer::Refresh => timer,
        })
    }

    /// The same was answered twice: with the numbers of the recording, and with those of the shorter run.
    fn learn(&mut self, recorded: &[Output], given: &[Output]) {
        for output in recorded {
            match output {
                Output::Created { request, session } => {
                    let created = given.iter().find_map(|output| {
                        if let Output::Created { request: own, session } = output
                            && own == request
                        {
                            Some(*session)
                        } else {
                            None
                        }
                    });
                    self.sessions.extend(created.map(|created| (*session, created)));
                }
                Output::Notice { session, sequence, notice } => self.learn_notice(*session, *sequence, notice, given),
                Output::Command(command) => {
                    let same = |other: &Command| with_number(*other, OperationId(0)) == with_number(*command, OperationId(0));
                    let number = given.iter().find_map(|output| {
                        if let Output::Command(other) = output
                            && same(other)
                        {
                            Some(number(other))
                        } else {
                            None
                        }
                    });
                    if let Command::Raise { op, access_point } | Command::Lower { op, access_point } = command {
                        self.of_links.entry(*access_point).or_default().insert(*op);
                    }
                    self.operations.extend(number.map(|given| (self::number(command), given)));
                }
                Output::Arm(..) | Output::Disarm(_) | Output::Catalogue(_) | Output::Answer { .. } | Output::Refused(_) => {}
            }
        }
    }

    fn learn_notice(&mut self, session: SessionId, sequence: u64, notice: &Notice, given: &[Output]) {
        let Some(own) = self.sessions.get(&session).copied() else { return };
        let notices = given.iter().filter_map(|output| {
            if let Output::Notice { session, sequence, notice } = output
                && *session == own
            {
                Some((*sequence, notice))
            } else {
                None
            }
        });
        for (number, given) in notices {
            let same = match (notice, given) {
                (Notice::PreferredConfigurationChanged(before), Notice::PreferredConfigurationChanged(now)) => {
                    self.offers.insert((session, before.id), now.id);
                    before.access_point == now.access_point
                }
                (before, now) => before == now,
            };
            if same {
                self.sequences.insert(own, sequence.saturating_sub(number));
            }
        }
    }

    fn arm(&mut self, outputs: &[Output]) {
        for output in outputs {
            if let Output::Arm(timer, _) = output {
                self.armed.insert(*timer);
            } else if let Output::Disarm(timer) = output {
                self.armed.remove(timer);
            }
        }
    }

    /// A batch of the recording with the numbers of the shorter run.
    fn outputs(&self, outputs: &[Output]) -> Vec<Output> {
        outputs.iter().map(|output| self.output(output)).collect()
    }

    fn output(&self, output: &Output) -> Output {
        let own = |session: &SessionId| self.sessions.get(session).copied().unwrap_or(*session);
        match output {
            Output::Command(command) => {
                let op = number(command);
                Output::Command(with_number(*command, self.operations.get(&op).copied().unwrap_or(op)))
            }
            Output::Arm(timer, after) => Output::Arm(self.timer(*timer).unwrap_or(*timer), *after),
            Output::Disarm(timer) => Output::Disarm(self.timer(*timer).unwrap_or(*timer)),
            Output::Notice { session, sequence, notice } => {
                let id = |id: OfferId| self.offers.get(&(*session, id)).copied().unwrap_or(id);
                let notice = match *notice {
                    Notice::PreferredConfigurationChanged(mut offer) => {
                        offer.id = id(offer.id);
                        Notice::PreferredConfigurationChanged(offer)
                    }
                    Notice::NewConfigurationActivated { offer, access_point } => {
                        Notice::NewConfigurationActivated { offer: id(offer), access_point }
                    }
                    Notice::OfferWithdrawn(offer) => Notice::OfferWithdrawn(id(offer)),
                    Notice::StateChanged(_) | Notice::PoliciesChanged(_) | Notice::Opened | Notice::Closed | Notice::Error(_) => *notice,
                };
                let session = own(session);
                let sequence = sequence.saturating_sub(self.sequences.get(&session).copied().unwrap_or(0));
                Output::Notice { session, sequence, notice }
            }
            Output::Created { request, session } => Output::Created { request: *request, session: own(session) },
            Output::Answer { session, request, result } => {
                Output::Answer { session: session.as_ref().map(own), request: *request, result: *result }
            }
            Output::Catalogue(_) | Output::Refused(_) => output.clone(),
        }
    }
}

const fn number(command: &Command) -> OperationId {
    match command {
        Command::Raise { op, .. } | Command::Lower { op, .. } | Command::Prefer { op, .. } | Command::Refresh { op, .. } => *op,
    }
}

const fn with_number(command: Command, op: OperationId) -> Command {
    match command {
        Command::Raise { access_point, .. } => Command::Raise { op, access_point },
        Command::Lower { access_point, .. } => Command::Lower { op, access_point },
        Command::Prefer { access_point, .. } => Command::Prefer { op, access_point },
        Command::Refresh { executor, .. } => Command::Refresh { op, executor },
    }
}
