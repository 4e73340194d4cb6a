//! What happened in a run: how much, how handshakes ended, how long sessions were in each phase and without a link.

use crate::story::input_name;
use netsession_fsm::hub::{Call, Hub, Input, Notice, Output, Timer};
use netsession_fsm::recording::{Step, changed};
use netsession_fsm::roaming::Old;
use netsession_fsm::session::Hold;
use netsession_fsm::words::{AccessPointId, Phase, SessionId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What happened. Times are nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Statistics {
    /// Steps of the hub.
    pub steps: u64,
    /// From the beginning to the last step.
    pub duration: u64,
    /// Sessions that were created, or taken up from before a crash.
    pub sessions: u64,
    /// How often a session was opened.
    pub opened: u64,
    /// Errors that sessions were told.
    pub errors: u64,
    /// Inputs by kind.
    pub inputs: BTreeMap<&'static str, u64>,
    /// Handshakes by how they ended.
    pub handshakes: BTreeMap<&'static str, u64>,
    /// How long open sessions were in each phase of the handshake, all together.
    pub phases: BTreeMap<String, u64>,
    /// Open sessions that lost their link.
    pub lost: Lost,
    #[serde(skip)]
    watched: BTreeMap<SessionId, Watched>,
    #[serde(skip)]
    reconnected: Vec<u64>,
}

/// How long open sessions were without a link, from its loss until they were on one again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Lost {
    /// How often a link was lost.
    pub times: u64,
    /// How often the session was on one again, in this run.
    pub reconnected: u64,
    /// Half of those took no longer.
    pub median: Option<u64>,
    /// The longest.
    pub worst: Option<u64>,
}

/// A session, as the last step that changed it left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Watched {
    since: u64,
    open: bool,
    phase: Phase,
    candidate: Option<AccessPointId>,
    on: Option<AccessPointId>,
    connected: bool,
    lost: Option<u64>,
}

impl Watched {
    fn of(hub: &Hub, id: SessionId, at: u64) -> Option<Self> {
        let (view, snapshot) = (hub.session_view(id)?, hub.snapshot(id)?);
        let held = view.hold == Hold::Held;
        let (open, phase, on) = (held, snapshot.phase, view.current);
        let candidate = view.candidate.filter(|_| held && phase != Phase::Stable);
        Some(Self { since: at, open, phase, candidate, on, connected: held && view.old == Old::Up, lost: None })
    }
}

impl Statistics {
    pub(super) fn take(&mut self, step: &Step, hub: &Hub) {
        self.steps += 1;
        self.duration = step.at;
        *self.inputs.entry(input_name(&step.input)).or_default() += 1;
        for output in &step.outputs {
            self.opened += u64::from(matches!(output, Output::Notice { notice: Notice::Opened, .. }));
            self.errors += u64::from(matches!(output, Output::Notice { notice: Notice::Error(_), .. }));
            self.sessions += u64::from(matches!(output, Output::Created { .. }));
        }
        if let Input::Restore(kept) = &step.input {
            self.sessions += kept.sessions.len() as u64;
        }
        if let Input::Drop(id) = &step.input {
            self.moved(*id, step, None);
        }
        for standing in changed(hub).0 {
            self.moved(standing.session, step, Watched::of(hub, standing.session, step.at));
        }
    }

    /// A session stands otherwise; `None`: it is gone.
    fn moved(&mut self, id: SessionId, step: &Step, now: Option<Watched>) {
        let before = self.watched.remove(&id);
        if let Some(before) = before.filter(|before| before.open) {
            *self.phases.entry(format!("{:?}", before.phase)).or_default() += step.at - before.since;
            let goes_on = now.is_some_and(|now| now.candidate == before.candidate);
            if let Some(candidate) = before.candidate.filter(|_| !goes_on) {
                *self.handshakes.entry(outcome(id, step, before.phase, candidate, now)).or_default() += 1;
            }
        }
        let Some(mut now) = now else { return };
        let asked = asks_to_end(id, &step.input);
        now.lost = before.and_then(|before| before.lost).filter(|_| !asked);
        match now.lost {
            None if before.is_some_and(|before| before.connected) && !now.connected && !asked => {
                self.lost.times += 1;
                now.lost = Some(step.at);
            }
            Some(lost) if now.connected => {
                self.reconnected.push(step.at - lost);
                now.lost = None;
            }
            None | Some(_) => {}
        }
        self.watched.insert(id, now);
    }

    /// Nothing comes any more.
    pub(super) fn finish(&mut self) {
        for (_, watched) in std::mem::take(&mut self.watched) {
            if watched.open {
                *self.phases.entry(format!("{:?}", watched.phase)).or_default() += self.duration - watched.since;
            }
            if watched.candidate.is_some() {
                *self.handshakes.entry("under way").or_default() += 1;
            }
        }
        self.reconnected.sort_unstable();
        self.lost.reconnected = self.reconnected.len() as u64;
        self.lost.median = self.reconnected.get(self.reconnected.len().saturating_sub(1) / 2).copied();
        self.lost.worst = self.reconnected.last().copied();
    }
}

/// The session's own client, or its end, lets go of the link.
fn asks_to_end(id: SessionId, input: &Input) -> bool {
    matches!(input, Input::Request { session, call: Call::Close | Call::Stop, .. } | Input::Drop(session) if *session == id)
}

/// How a handshake ended that was in this phase.
fn outcome(id: SessionId, step: &Step, phase: Phase, candidate: AccessPointId, now: Option<Watched>) -> &'static str {
    let Some(now) = now.filter(|now| now.open) else {
        return if asks_to_end(id, &step.input) { "closed" } else { "lost" };
    };
    if now.on == Some(candidate) {
        return "moved";
    }
    let told = |wanted: fn(&Notice) -> bool| {
        let fits = |output: &Output| matches!(output, Output::Notice { session, notice, .. } if *session == id && wanted(notice));
        step.outputs.iter().any(fits)
    };
    let asked = |wanted: fn(&Call) -> bool| matches!(&step.input, Input::Request { session, call, .. } if *session == id && wanted(call));
    if asked(|call| matches!(call, Call::Ignore(_))) {
        "ignored"
    } else if asked(|call| matches!(call, Call::Reject(_))) {
        "rejected"
    } else if asked(|call| matches!(call, Call::SetMode(_))) {
        "answered by the mode"
    } else if matches!(step.input, Input::Fired(Timer::Session(_))) && matches!(phase, Phase::Offered | Phase::Trial) {
        "expired"
    } else if told(|notice| matches!(notice, Notice::Error(_))) {
        "failed"
    } else if phase == Phase::Offered || told(|notice| matches!(notice, Notice::OfferWithdrawn(_))) {
        "withdrawn"
    } else {
        "failed"
    }
}
