//! Did the hub do in a run what the machine says? The recorded trace is stepped through a fresh hub, and every state looked at.

use netsession_backends::client::Tap;
use netsession_fsm::hub::{Call, Command, Hub, Input, KeptSession, LinkReport, Notice, Output, Report, Settings};
use netsession_fsm::roaming::RoamState;
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, ConfigurationState, OfferId, OperationId, Phase, RequestId, SessionId, SessionState};
use netsession_model::observe;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// One input and the batch of outputs that answered it.
pub type Step = (Input, Vec<Output>);

/// Records every step of a hub.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    steps: Vec<Step>,
    ended: bool,
}

/// Dropped with the tap, when the drive loop ends.
struct End(Recorder);

impl Drop for End {
    fn drop(&mut self) {
        self.0.locked(|recorded| recorded.ended = true);
    }
}

impl Recorder {
    /// What [`netsession_backends::client::Builder::tap`] takes; one, once.
    #[must_use]
    pub fn tap(&self) -> Tap {
        let end = End(self.clone());
        Box::new(move |input, outputs| end.0.locked(|recorded| recorded.steps.push((input.clone(), outputs.to_vec()))))
    }

    /// What was recorded so far.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.locked(|recorded| recorded.steps.clone())
    }

    /// Whether the drive loop has ended, and with it the trace.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.locked(|recorded| recorded.ended)
    }

    /// Judges what was recorded from start to end; gives how many steps that were.
    ///
    /// # Errors
    /// [`Fault`], also if the drive loop has not ended.
    pub fn judge(&self, settings: Settings) -> Result<usize, Fault> {
        let (steps, ended) = self.locked(|recorded| (recorded.steps.clone(), recorded.ended));
        if !ended {
            return Err(Fault::Truncated("the drive loop has not ended".into()));
        }
        judge(settings, &steps)
    }

    fn locked<T>(&self, with: impl FnOnce(&mut Recorded) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is wrong with a trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing was recorded.
    #[error("the trace is empty")]
    Empty,
    /// It does not go to the end of a run.
    #[error("the trace is truncated: {0}")]
    Truncated(String),
    /// The machine answers an input otherwise.
    #[error("step {step}: to {input:?}\nthe machine says {machine:#?}\nthe run said    {run:#?}")]
    Differs {
        /// Which step, from 0.
        step: usize,
        /// The input.
        input: Box<Input>,
        /// What the machine says.
        machine: Vec<Output>,
        /// What was recorded.
        run: Vec<Output>,
    },
    /// A promise was broken (SPEC §14).
    #[error("step {step}, {input:?}: {property} broken: {what}")]
    Broken {
        /// Which step, from 0.
        step: usize,
        /// The input.
        input: Box<Input>,
        /// Which property.
        property: &'static str,
        /// By what.
        what: String,
    },
}

/// Judges a whole run: each batch is the machine's, every state keeps S1, S2, S5, S7, S8, S13, S16 and S17, and at the end nothing is
/// held, owed or ours. Gives how many steps there were.
///
/// # Errors
/// The first fault.
pub fn judge(settings: Settings, steps: &[Step]) -> Result<usize, Fault> {
    if steps.is_empty() {
        return Err(Fault::Empty);
    }
    let mut judge = Judge::new(settings);
    for (at, (input, run)) in steps.iter().enumerate() {
        let mut machine = Vec::new();
        judge.hub.step(input, &mut machine);
        if machine != *run {
            return Err(Fault::Differs { step: at, input: Box::new(input.clone()), machine, run: run.clone() });
        }
        let broken = |(property, what)| Fault::Broken { step: at, input: Box::new(input.clone()), property, what };
        judge.take(input, run).and_then(|()| judge.look()).map_err(broken)?;
    }
    judge.end().map_err(Fault::Truncated)?;
    Ok(steps.len())
}

/// What a client was told of its session.
#[derive(Debug)]
struct Told {
    state: SessionState,
    open: bool,
    sequence: u64,
    offer: Option<OfferId>,
}

impl Told {
    /// What it was told before a crash.
    fn before(kept: &KeptSession) -> Self {
        let offered = kept.hold == Hold::Held && kept.roam == RoamState::Offered && kept.memory.consulted;
        Self { state: kept.state, open: kept.hold == Hold::Held, sequence: kept.sequence, offer: offered.then_some(kept.offer) }
    }
}

struct Judge {
    hub: Hub,
    told: BTreeMap<SessionId, Told>,
    links: BTreeMap<AccessPointId, LinkReport>,
    raises: BTreeMap<AccessPointId, OperationId>,
    /// Requests that are to be answered.
    open: BTreeSet<RequestId>,
}

type Breach = (&'static str, String);

fn require(holds: bool, property: &'static str, what: impl FnOnce() -> String) -> Result<(), Breach> {
    if holds { Ok(()) } else { Err((property, what())) }
}

impl Judge {
    fn new(settings: Settings) -> Self {
        let (told, links, raises, open) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { hub: Hub::new(settings), told, links, raises, open }
    }

    /// One exchange.
    fn take(&mut self, input: &Input, outputs: &[Output]) -> Result<(), Breach> {
        match input {
            Input::Request { session, request, call } => {
                let known = self.told.contains_key(session);
                require(self.open.insert(*request), "S2", || format!("{request} was asked twice"))?;
                if known && matches!(call, Call::Migrate(_) | Call::Ignore(_) | Call::SetMode(_)) {
                    self.settle_offer(*session);
                }
            }
            Input::Create { request, .. } | Input::Refresh { request } => drop(self.open.insert(*request)),
            Input::Report(report) => self.report(report),
            Input::Restore(kept) => self.told.extend(kept.sessions.iter().map(|session| (session.id, Told::before(session)))),
            Input::Define(_) | Input::Remove(_) | Input::Default(_) | Input::SaveTraffic(_) | Input::Drop(_) | Input::Fired(_) => {}
        }
        for output in outputs {
            self.output(output)?;
        }
        if let Input::Drop(session) = input {
            self.told.remove(session);
        }
        Ok(())
    }

    /// What the application has answered, or had answered by another mode, is no longer pending for it.
    fn settle_offer(&mut self, session: SessionId) {
        let pending = self.hub.snapshot(session).filter(|now| now.phase == Phase::Offered).and_then(|now| now.offer);
        if let Some(told) = self.told.get_mut(&session)
            && told.offer != pending.map(|offer| offer.id)
        {
            told.offer = None;
        }
    }

    fn report(&mut self, report: &Report) {
        match report {
            Report::Link(link) => drop(self.links.insert(link.access_point, *link)),
            Report::Resync { links, .. } => self.links.extend(links.iter().map(|link| (link.access_point, *link))),
            Report::Route { .. } | Report::Refreshed { .. } | Report::Counters { .. } | Report::Gone { .. } => {}
        }
    }

    fn output(&mut self, output: &Output) -> Result<(), Breach> {
        match output {
            Output::Command(Command::Raise { op, access_point }) => {
                let outstanding = self.raises.insert(*access_point, *op);
                let done = self.links.get(access_point).map_or(OperationId(0), |link| link.done);
                require(outstanding.is_none_or(|before| before <= done), "S5", || {
                    format!("{access_point} is raised while it is being raised")
                })
            }
            Output::Command(Command::Lower { access_point, .. }) => {
                self.raises.remove(access_point);
                Ok(())
            }
            Output::Created { request, session } => {
                let Some(now) = self.hub.snapshot(*session) else { return Err(("S8", format!("{session} was created and is not there"))) };
                self.told.insert(*session, Told { state: now.state, open: now.open, sequence: 0, offer: None });
                require(self.open.remove(request), "S2", || format!("{request} was not asked, or answered before"))
            }
            Output::Answer { request, .. } => {
                require(self.open.remove(request), "S2", || format!("{request} was not asked, or answered before"))
            }
            Output::Notice { session, sequence, notice } => self.notice(*session, *sequence, notice),
            Output::Command(_) | Output::Arm(..) | Output::Disarm(_) | Output::Catalogue(_) | Output::Refused(_) => Ok(()),
        }
    }

    fn notice(&mut self, session: SessionId, sequence: u64, notice: &Notice) -> Result<(), Breach> {
        let Some(told) = self.told.get_mut(&session) else { return Err(("S8", format!("{session} is told {notice:?} and is not there"))) };
        let before = std::mem::replace(&mut told.sequence, sequence);
        require(sequence == before + 1, "S8", || format!("{session}: {sequence} follows {before}"))?;
        match notice {
            Notice::StateChanged(state) => {
                let before = std::mem::replace(&mut told.state, *state);
                require(before != *state, "S7", || format!("{session} is told {state:?} twice"))
            }
            Notice::Opened => require(!std::mem::replace(&mut told.open, true), "S8", || format!("{session} is opened twice")),
            Notice::Closed => {
                (told.open, told.offer) = (false, None);
                Ok(())
            }
            Notice::PreferredConfigurationChanged(offer) => {
                let before = told.offer.replace(offer.id);
                require(before.is_none(), "S16", || format!("{session} is offered {offer:?}, {before:?} is pending"))
            }
            Notice::OfferWithdrawn(_) => {
                told.offer = None;
                Ok(())
            }
            Notice::NewConfigurationActivated { access_point, .. } => {
                told.offer = None;
                let confirmed = self.links.get(access_point).is_some_and(|link| link.state == ConfigurationState::Active);
                require(confirmed, "S17", || format!("{access_point} is announced to {session} and was not reported up"))
            }
            Notice::PoliciesChanged(_) | Notice::Error(_) => Ok(()),
        }
    }

    /// One state.
    fn look(&self) -> Result<(), Breach> {
        for id in self.hub.sessions() {
            let (Some(now), Some(told)) = (self.hub.snapshot(id), self.told.get(&id)) else { continue };
            let shows = matches!(now.state, SessionState::Connected | SessionState::Roaming);
            require(!now.open || shows, "S1", || format!("{id} is open and {:?}", now.state))?;
            let same = (now.state, now.open, now.sequence) == (told.state, told.open, told.sequence);
            require(same, "S8", || format!("{id} reads {now:?} and was told {told:?}"))?;
            let pending = now.offer.filter(|_| now.phase == Phase::Offered).map(|offer| offer.id);
            require(pending == told.offer, "S16", || format!("{id}: {pending:?} is pending, it was told of {:?}", told.offer))?;
        }
        for link in self.links.keys() {
            let holders: BTreeSet<_> = self.hub.holders(*link).collect();
            let leasing = |id: &SessionId| self.hub.session_view(*id).is_some_and(|view| observe::leases(&view, *link));
            let leasing: BTreeSet<_> = self.hub.sessions().filter(leasing).collect();
            let counted = self.hub.link_view(*link).map_or(0, |view| view.leases as usize);
            require(holders == leasing && counted == leasing.len(), "S13", || {
                format!("{link} is leased by {leasing:?}, its holders are {holders:?}, counted {counted}")
            })?;
        }
        Ok(())
    }

    /// The end of a run: all sessions gone, all requests answered, all links we raised down.
    fn end(&self) -> Result<(), String> {
        let sessions: Vec<_> = self.hub.sessions().collect();
        let ours: Vec<_> = self.links.keys().filter(|link| self.hub.link_view(**link).is_some_and(|view| view.ours)).collect();
        if self.links.is_empty() || !sessions.is_empty() || !ours.is_empty() || !self.open.is_empty() {
            let reported = self.links.len();
            let open = &self.open;
            return Err(format!("{reported} links reported, sessions {sessions:?}, links of ours {ours:?}, unanswered {open:?}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
