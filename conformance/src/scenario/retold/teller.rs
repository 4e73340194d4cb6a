//! How is a run told from its beginning to its end? Input by input, with the time that passes between them.

use super::super::Scenario;
use super::super::words::{Answer, Deed, Ends, Event, Name, Step, Unasked, What};
use super::names::Names;
use super::{Missing, Said, ahead, declared, words};
use netsession_fsm::hub::{Call, Command, Input, LinkReport, Output, Timer};
use netsession_fsm::words::{ConfigurationId, RequestId, Requirements, SessionId};
use netsession_model::run::{Happened, Run};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A timer runs out at a time, and a little later that was heard.
const HEARD: Duration = Duration::from_millis(5);

/// What an executor was asked to do with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Raise,
    Lower,
}

/// What is known of a link.
#[derive(Debug, Clone, Default)]
pub(super) struct Link {
    /// What was last reported of it.
    pub(super) last: Option<LinkReport>,
    /// Under way, and since when.
    pub(super) task: Option<(Task, Duration)>,
    /// How raising it, and preferring it, was last arranged to end.
    raise: Option<Ends>,
    prefer: Option<Ends>,
}

/// Tells.
pub(super) struct Teller<'a> {
    run: &'a Run,
    pub(super) scenario: Scenario,
    pub(super) names: Names,
    pub(super) links: Vec<Link>,
    pub(super) gone: bool,
    /// The default route is being switched, since then.
    pub(super) switching: Option<Duration>,
    wants: BTreeMap<SessionId, Requirements>,
    left: BTreeSet<SessionId>,
    armed: BTreeMap<Timer, Duration>,
    /// How much time has passed, at least.
    clock: Duration,
    /// The step of the run that is being told.
    at: usize,
    said: Said,
    missing: Vec<Missing>,
}

/// The deeds of a run, what its sessions said, and what has no word.
pub(super) fn told(file: &str, run: &Run) -> (Scenario, Said, Vec<Missing>) {
    let mut scenario = Scenario::new(file, &run.title);
    scenario.settings = run.settings;
    let mut teller = Teller {
        run,
        scenario,
        names: Names::default(),
        links: Vec::new(),
        gone: false,
        switching: None,
        wants: BTreeMap::new(),
        left: BTreeSet::new(),
        armed: BTreeMap::new(),
        clock: Duration::ZERO,
        at: 0,
        said: Said::new(),
        missing: Vec::new(),
    };
    for (place, it) in run.happened.iter().enumerate() {
        teller.at = it.step;
        teller.arrange(it, &run.happened[place + 1..]);
        teller.input(it);
        teller.outputs(it);
    }
    (teller.scenario, teller.said, teller.missing)
}

impl Teller<'_> {
    /// Whether anything was done.
    pub(super) fn has_begun(&self) -> bool {
        !self.scenario.steps.is_empty()
    }

    pub(super) fn step(&mut self, what: What) {
        self.scenario.steps.push(Step { line: self.at, what });
    }

    pub(super) fn missing(&mut self, what: String) {
        self.missing.push(Missing { step: self.at, what });
    }

    /// Time passes, until so much of it has passed since then.
    pub(super) fn since(&mut self, since: Option<Duration>, least: Duration) {
        let until = since.unwrap_or(self.clock) + least;
        let Some(time) = until.checked_sub(self.clock).map(declared::whole).filter(|time| !time.is_zero()) else { return };
        self.clock += time;
        match self.scenario.steps.last_mut() {
            Some(Step { what: What::After(before, _), .. }) => *before += time,
            _ => self.step(What::After(time, Duration::ZERO)),
        }
    }

    /// What is commanded in answer to this will end as it did.
    fn arrange(&mut self, it: &Happened, later: &[Happened]) {
        for output in &it.outputs {
            let (id, ends, event) = match output {
                Output::Command(Command::Raise { access_point, .. }) => {
                    (*access_point, ahead::raise(later, *access_point), Event::Raise as fn(Ends) -> Event)
                }
                Output::Command(Command::Prefer { access_point: Some(access_point), .. }) => {
                    (*access_point, ahead::prefer(later), Event::Prefer as fn(Ends) -> Event)
                }
                _ => continue,
            };
            let place = id.0 as usize;
            let Some(link) = self.links.get_mut(place) else { continue };
            let raise = matches!(event(ends), Event::Raise(_));
            let arranged = if raise { &mut link.raise } else { &mut link.prefer };
            match arranged.replace(ends) {
                // at first it is declared
                None if raise => self.scenario.access_points[place].raise = ends,
                None => self.scenario.access_points[place].prefer = ends,
                Some(before) if before == ends => {}
                Some(_) => self.step(What::Happens(self.names.of(ConfigurationId::AccessPoint(id)), event(ends))),
            }
        }
    }

    fn input(&mut self, it: &Happened) {
        match &it.input {
            Input::Define(definition) if !self.has_begun() => {
                let known = self.links.len();
                declared::define(&mut self.scenario, &mut self.names, self.run, definition, it.name.as_deref());
                self.links.resize(self.scenario.access_points.len().max(known), Link::default());
            }
            Input::Define(definition) => {
                let name = self.names.define(definition.id(), it.name.as_deref());
                self.missing(format!("{name} is defined while the run goes on: there is no word for that"));
            }
            Input::Remove(id) => self.step(What::Remove(self.names.of(*id))),
            Input::Default(id) if !self.has_begun() => self.scenario.default = id.map(|id| self.names.of(id)),
            Input::Default(_) => self.missing("another default configuration: there is no word for that".to_owned()),
            Input::SaveTraffic(save) => self.step(What::SaveTraffic(*save)),
            Input::Create { configuration, options, .. } => {
                let created = |output: &Output| if let Output::Created { session, .. } = output { Some(*session) } else { None };
                match it.outputs.iter().find_map(created) {
                    Some(id) => {
                        let name = self.names.create(id);
                        self.wants.insert(id, options.requirements);
                        let on = self.names.of(*configuration);
                        self.step(What::Session { name, on, options: declared::traits(options) });
                    }
                    None => self.missing(format!("a session on {} is refused", self.names.of(*configuration))),
                }
            }
            Input::Drop(session) => {
                self.left.insert(*session);
                self.of_session(*session, |who| What::Does(who, Deed::Leave, Answer::Well));
            }
            // what a program does with the offers of a session that it let go of
            Input::Request { session, .. } if self.left.contains(session) => {}
            Input::Request { session, request, call } => self.request(it, *session, *request, call),
            Input::Refresh { .. } => self.step(What::Refresh),
            Input::Report(report) => self.report(it, report),
            Input::Fired(timer) => self.fired(*timer),
            Input::Restore(_) => self.missing("the process of the hub crashes and is started again: there is no word for that".to_owned()),
        }
    }

    fn of_session(&mut self, session: SessionId, what: impl FnOnce(Name) -> What) {
        match self.names.session(session) {
            Some(name) => self.step(what(name)),
            None => self.missing(format!("{session} does something, and was not created")),
        }
    }

    fn request(&mut self, it: &Happened, session: SessionId, request: RequestId, call: &Call) {
        let answer = it.outputs.iter().find_map(|output| match output {
            Output::Answer { session: Some(of), request: answered, result } if (*of, *answered) == (session, request) => Some(*result),
            _ => None,
        });
        let refused = answer.is_some_and(|result| result.is_err());
        let deed = match call {
            Call::Open { choice } => Deed::Open(choice.map(|choice| self.names.of(choice))),
            Call::Close => Deed::Close,
            Call::Stop => Deed::Stop,
            Call::Migrate(_) if refused => Deed::Unasked(Unasked::Migrates),
            Call::Ignore(_) if refused => Deed::Unasked(Unasked::Ignores),
            Call::Accept(_) if refused => Deed::Unasked(Unasked::Accepts),
            Call::Reject(_) if refused => Deed::Unasked(Unasked::Rejects),
            Call::Migrate(_) => Deed::Migrate(None),
            Call::Ignore(_) => Deed::Ignore(None),
            Call::Accept(_) => Deed::Accept,
            Call::Reject(_) => Deed::Reject,
            Call::RequestRoam => Deed::Roam,
            Call::SetMode(mode) => Deed::Mode(*mode),
            Call::Suppress(window) => Deed::Suppress(declared::whole(*window)),
            Call::SetRequirements(now) => {
                let before = self.wants.insert(session, *now).unwrap_or_default();
                for deed in declared::changes(&before, now) {
                    self.of_session(session, |who| What::Does(who, deed, Answer::Well));
                }
                return;
            }
        };
        // the verdicts on an offer are answered to a program when they have come about
        let begins = match deed {
            Deed::Migrate(_) | Deed::Accept | Deed::Reject => true,
            Deed::Open(_) | Deed::Close | Deed::Stop => answer.is_none(),
            _ => false,
        };
        self.of_session(session, |who| if begins { What::Begins(who, deed) } else { What::Does(who, deed, Answer::Well) });
    }

    fn fired(&mut self, timer: Timer) {
        let Some(due) = self.armed.remove(&timer) else {
            return self.missing(format!("{timer:?} runs out, and was not armed"));
        };
        // what is tried again when these run out has ended long before, on the simulator
        let matters = |timer: &Timer| !matches!(timer, Timer::Lower(_) | Timer::Route | Timer::Refresh);
        let earlier = self.armed.iter().filter(|(timer, other)| matters(timer) && **other < due).min_by_key(|(_, other)| **other);
        if let Some((other, _)) = earlier {
            self.missing(format!("in real time {other:?} runs out before {timer:?}"));
        }
        self.since(Some(due), HEARD);
    }

    fn outputs(&mut self, it: &Happened) {
        for output in &it.outputs {
            match output {
                Output::Command(Command::Raise { access_point, .. }) => self.task(access_point.0, Task::Raise),
                Output::Command(Command::Lower { access_point, .. }) => self.task(access_point.0, Task::Lower),
                Output::Command(Command::Prefer { .. }) => self.switching = Some(self.clock),
                Output::Arm(timer, time) => {
                    self.armed.insert(*timer, self.clock + *time);
                }
                Output::Disarm(timer) => {
                    self.armed.remove(timer);
                }
                // nobody hears what is said to a session that leaves
                Output::Notice { session, .. } if self.left.contains(session) => {}
                Output::Notice { session, notice, .. } => {
                    if let (Some(who), Some(word)) = (self.names.session(*session), words::of_run(notice, &self.names)) {
                        self.said.entry(who.text).or_default().push((self.at, word));
                    }
                }
                Output::Command(Command::Refresh { .. })
                | Output::Catalogue(_)
                | Output::Created { .. }
                | Output::Answer { .. }
                | Output::Refused(_) => {}
            }
        }
    }

    fn task(&mut self, place: u32, task: Task) {
        let since = self.clock;
        if let Some(link) = self.links.get_mut(place as usize) {
            link.task = Some((task, since));
        }
    }
}
