//! What happened in the hub? Each moment as one batch for the teller, taken under the hub's lock.

use super::clock;
use super::metrics::Metrics;
use super::restart::Keeping;
use super::tell::{Batch, Catalogue, Tell, Told, Whole};
use crate::api::properties::{LastError, Standing};
use netsession_backends::client;
use netsession_backends::drive::Committed;
use netsession_fsm::hub::{CatalogueNotice, Input, Notice, Output, Timer};
use netsession_fsm::words::{AccessPointId, Error, Phase, SessionId};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;

/// Sees the hub of a broker.
#[derive(Debug)]
pub struct Witness {
    tell: UnboundedSender<Tell>,
    metrics: Arc<Metrics>,
    keeping: Option<Keeping>,
    /// What the hub does not keep.
    kept: BTreeMap<SessionId, Kept>,
    /// Names of interfaces, each once.
    interfaces: BTreeMap<AccessPointId, Arc<str>>,
}

/// Times of a session on the clock of other processes, 0: none; and what it was told last of errors.
#[derive(Debug, Clone, Default)]
struct Kept {
    deadline: u64,
    opened_at: u64,
    /// Phase after the last moment that concerned it.
    phase: Phase,
    last_error: Option<Arc<LastError>>,
}

impl client::Witness for Witness {
    fn stepped(&mut self, input: &Input, outputs: &[Output], now: &Committed<'_>) {
        // first of all: nothing is done or told that a later process would not know of
        let errors = errors(outputs, now);
        if let Some(keeping) = &self.keeping {
            keeping.step(input, &errors, now);
        }
        self.metrics.batch();
        self.count(input, outputs);
        self.keep_time(input, outputs);
        if matches!(input, Input::Restore(_)) {
            self.take_up(now);
        }
        for (session, error) in errors {
            self.kept.entry(session).or_default().last_error = Some(Arc::new(error));
        }
        let mut batch = Batch { catalogue: catalogue(outputs, now), ..Batch::default() };
        if matches!(input, Input::Default(_)) || outputs.iter().any(|output| matches!(output, Output::Catalogue(_))) {
            batch.whole = Some(whole(now));
        }
        batch.sessions = self.sessions(input, outputs, now);
        batch.taken = match input {
            Input::Drop(_) | Input::Remove(_) | Input::SaveTraffic(_) => Some(input.clone()),
            Input::Define(_)
            | Input::Default(_)
            | Input::Create { .. }
            | Input::Request { .. }
            | Input::Refresh { .. }
            | Input::Report(_)
            | Input::Restore(_)
            | Input::Fired(_) => None,
        };
        self.tell(batch);
    }

    fn told(&mut self, access_point: AccessPointId, now: &Committed<'_>) {
        let configuration = now.configuration(access_point.into());
        let catalogue = configuration.map(|it| Catalogue::Known(Box::new(it))).into_iter().collect();
        let holders: Vec<_> = now.hub().holders(access_point).collect();
        let sessions = holders.into_iter().map(|session| self.told_of(session, now)).collect();
        self.tell(Batch { catalogue, sessions, ..Batch::default() });
    }
}

impl Witness {
    pub(super) fn new(tell: UnboundedSender<Tell>, metrics: Arc<Metrics>, keeping: Option<Keeping>) -> Self {
        Self { tell, metrics, keeping, kept: BTreeMap::new(), interfaces: BTreeMap::new() }
    }

    fn tell(&self, batch: Batch) {
        if !batch.is_empty() {
            // fails when the broker has ended: then nobody is told anything
            let _ = self.tell.send(Tell::Batch(batch));
        }
    }

    /// Deadlines and the moments of opening.
    fn keep_time(&mut self, input: &Input, outputs: &[Output]) {
        if let Input::Fired(Timer::Session(session)) = input {
            self.kept.entry(*session).or_default().deadline = 0;
        }
        for output in outputs {
            match output {
                Output::Arm(Timer::Session(session), after) => self.kept.entry(*session).or_default().deadline = clock::after(*after),
                Output::Disarm(Timer::Session(session)) => self.kept.entry(*session).or_default().deadline = 0,
                Output::Notice { session, notice: Notice::Opened, .. } => {
                    self.kept.entry(*session).or_default().opened_at = clock::now();
                }
                Output::Notice { session, notice: Notice::Closed, .. } => self.kept.entry(*session).or_default().opened_at = 0,
                Output::Arm(..)
                | Output::Disarm(_)
                | Output::Notice { .. }
                | Output::Command(_)
                | Output::Catalogue(_)
                | Output::Created { .. }
                | Output::Answer { .. }
                | Output::Refused(_) => {}
            }
        }
    }

    /// Sessions that were open before count as opened now, and were told what they were told.
    fn take_up(&mut self, now: &Committed<'_>) {
        let hub = now.hub();
        let errors = self.keeping.as_ref().map(Keeping::errors);
        for session in hub.sessions() {
            let kept = self.kept.entry(session).or_default();
            let is_open = hub.snapshot(session).is_some_and(|snapshot| snapshot.open);
            kept.opened_at = if is_open { clock::now() } else { 0 };
            kept.last_error = errors.and_then(|errors| errors.get(&session)).cloned().map(Arc::new);
        }
    }

    /// What became of offers.
    fn count(&self, input: &Input, outputs: &[Output]) {
        for output in outputs {
            match output {
                Output::Notice { notice, .. } => self.metrics.notice(notice),
                Output::Answer { result: Ok(()), .. } => {
                    if let Input::Request { call, .. } = input {
                        self.metrics.answered(call);
                    }
                }
                _ => {}
            }
        }
        if let Input::Fired(Timer::Session(session)) = input {
            match self.kept.get(session).map(|kept| kept.phase) {
                Some(Phase::Offered) => self.metrics.expired(false),
                Some(Phase::Trial) => self.metrics.expired(true),
                _ => {}
            }
        }
    }

    /// The sessions that an input concerned: those with signals first, each once.
    fn sessions(&mut self, input: &Input, outputs: &[Output], now: &Committed<'_>) -> Vec<Told> {
        let mut all: Vec<Told> = Vec::new();
        let mut places: BTreeMap<SessionId, usize> = BTreeMap::new();
        let mut touch = |all: &mut Vec<Told>, session: SessionId| {
            *places.entry(session).or_insert_with(|| {
                all.push(Told { session, standing: None, notices: Vec::new() });
                all.len() - 1
            })
        };
        for output in outputs {
            match output {
                Output::Notice { session, sequence, notice } => {
                    let place = touch(&mut all, *session);
                    all[place].notices.push((*sequence, *notice));
                }
                Output::Created { session, .. }
                | Output::Answer { session: Some(session), .. }
                | Output::Arm(Timer::Session(session), _)
                | Output::Disarm(Timer::Session(session)) => {
                    touch(&mut all, *session);
                }
                Output::Arm(..)
                | Output::Disarm(_)
                | Output::Command(_)
                | Output::Catalogue(_)
                | Output::Answer { session: None, .. }
                | Output::Refused(_) => {}
            }
        }
        match input {
            Input::Drop(session) | Input::Request { session, .. } | Input::Fired(Timer::Session(session)) => {
                touch(&mut all, *session);
            }
            Input::Restore(_) => {
                for session in now.hub().sessions() {
                    touch(&mut all, session);
                }
            }
            Input::Define(_)
            | Input::Remove(_)
            | Input::Default(_)
            | Input::SaveTraffic(_)
            | Input::Create { .. }
            | Input::Refresh { .. }
            | Input::Report(_)
            | Input::Fired(_) => {}
        }
        for told in &mut all {
            told.standing = self.standing(told.session, now);
        }
        all
    }

    fn told_of(&mut self, session: SessionId, now: &Committed<'_>) -> Told {
        Told { session, standing: self.standing(session, now), notices: Vec::new() }
    }

    fn standing(&mut self, session: SessionId, now: &Committed<'_>) -> Option<Standing> {
        let (Some(snapshot), Some(mode)) = (now.hub().snapshot(session), now.hub().mode(session)) else {
            self.kept.remove(&session);
            return None;
        };
        let kept = self.kept.entry(session).or_default();
        kept.phase = snapshot.phase;
        let Kept { deadline, opened_at, last_error, .. } = kept.clone();
        let interface = snapshot.active.and_then(|id| self.interface(id, now));
        Some(Standing { snapshot, mode, interface, deadline, opened_at, last_error })
    }

    fn interface(&mut self, id: AccessPointId, now: &Committed<'_>) -> Option<Arc<str>> {
        let carrier = now.carrier(id)?;
        match self.interfaces.get(&id) {
            Some(known) if **known == *carrier.interface => Some(Arc::clone(known)),
            _ => {
                let name: Arc<str> = carrier.interface.as_str().into();
                self.interfaces.insert(id, Arc::clone(&name));
                Some(name)
            }
        }
    }
}

/// Errors that sessions are told.
fn errors(outputs: &[Output], now: &Committed<'_>) -> Vec<(SessionId, LastError)> {
    let told = outputs.iter().filter_map(|output| match output {
        Output::Notice { session, sequence, notice: Notice::Error(error) } => {
            let Error { kind, cause, operation, configuration } = *error;
            let configuration = now.name_of(configuration).map_or_else(|| configuration.to_string(), |name| name.to_string());
            Some((*session, LastError { sequence: *sequence, kind, cause, operation, configuration }))
        }
        _ => None,
    });
    told.collect()
}

fn catalogue(outputs: &[Output], now: &Committed<'_>) -> Vec<Catalogue> {
    let told = outputs.iter().filter_map(|output| match output {
        Output::Catalogue(notice) => match notice {
            CatalogueNotice::Added(id) | CatalogueNotice::Changed { configuration: id, .. } => {
                now.configuration(*id).map(|it| Catalogue::Known(Box::new(it)))
            }
            CatalogueNotice::Removed(id) => Some(Catalogue::Removed(*id)),
            CatalogueNotice::RefreshCompleted => Some(Catalogue::RefreshCompleted),
            CatalogueNotice::OnlineChanged(_) | CatalogueNotice::DefaultRouteChanged(_) => None,
        },
        _ => None,
    });
    told.collect()
}

fn whole(now: &Committed<'_>) -> Whole {
    let hub = now.hub();
    Whole { online: hub.is_online(), default: hub.default_configuration(), route: hub.default_route() }
}
