//! The loop itself: takes turns among requests, timers and executors, steps the hub, and carries the outputs where they belong.

use super::committed::Committed;
use super::house::House;
use super::seats::Seats;
use super::timers::Timers;
use crate::client::Builder;
use crate::client::Witness;
use crate::client::port::{Answer, Request};
use crate::executor::Event;
use crate::record::Recorder;
use netsession_fsm::hub::{Command, Definition, Input, Kept, Output, Timer};
use netsession_fsm::words::{AccessPointId, ConfigurationId, Refusal, RequestId, SessionId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// The task that owns executors and timers.
pub(super) struct Drive {
    house: Arc<Mutex<House>>,
    requests: mpsc::UnboundedReceiver<Request>,
    seats: Seats,
    timers: Timers,
    replies: BTreeMap<RequestId, Reply>,
    last_request: u32,
    /// Whose turn it is: 0 requests, 1 timers, then the executors.
    turn: usize,
    /// Inputs that follow from outputs, before anybody's turn.
    next: VecDeque<Input>,
    outputs: Vec<Output>,
    patience: Duration,
    tap: Option<crate::client::Tap>,
    recorder: Option<Recorder>,
    witness: Option<Box<dyn Witness>>,
    definitions: Vec<(Arc<str>, Definition)>,
    default: Option<ConfigurationId>,
    kept: Option<Kept>,
}

/// Who waits for an answer of the hub.
enum Reply {
    Created(Answer<SessionId>),
    Done(Answer),
}

/// What a turn brought.
enum Turn {
    Request(Request),
    NoClients,
    Fired(Timer),
    Event(Event),
    /// An executor's answer that another one's superseded.
    Nothing,
}

impl Drive {
    pub(super) fn new(
        house: Arc<Mutex<House>>,
        requests: mpsc::UnboundedReceiver<Request>,
        builder: Builder,
        recorder: Option<Recorder>,
    ) -> Self {
        Self {
            house,
            requests,
            seats: Seats::new(builder.executors, builder.left),
            timers: Timers::new(),
            replies: BTreeMap::new(),
            last_request: 0,
            turn: 0,
            next: VecDeque::new(),
            outputs: Vec::new(),
            patience: builder.patience,
            tap: builder.tap,
            recorder,
            witness: builder.witness,
            definitions: builder.definitions,
            default: builder.default,
            kept: builder.kept,
        }
    }

    /// Runs until a shutdown is asked for or the last client is gone, and then until nothing is left.
    pub(super) async fn run(mut self, ready: oneshot::Sender<()>) {
        for (name, definition) in std::mem::take(&mut self.definitions) {
            self.define(Some(name), Input::Define(definition));
        }
        if self.default.is_some() {
            self.feed(Input::Default(self.default));
        }
        if let Some(kept) = self.kept.take() {
            self.feed(Input::Restore(Box::new(kept)));
        }
        let patience = self.patience;
        if timeout(patience, self.serve_until(|drive| drive.seats.all_spoke())).await.is_err() {
            tracing::warn!(?patience, "started before every executor said how its links stand");
        }
        // fails if the start was given up: then there is no client and the loop ends at once
        let _ = ready.send(());
        let mut waiting = Vec::new();
        loop {
            match self.take_turn(true).await {
                Turn::Request(Request::Shutdown { answer }) => {
                    waiting.push(answer);
                    break;
                }
                Turn::NoClients => break,
                turn => self.serve(turn),
            }
        }
        self.close(&mut waiting).await;
        if let Some(recorder) = self.recorder.take() {
            recorder.end();
        }
        for answer in waiting {
            // whoever asked may have gone
            let _ = answer.send(());
        }
    }

    /// Closes all sessions, waits until their links are down, then ends the executors; both bounded in time.
    async fn close(&mut self, waiting: &mut Vec<oneshot::Sender<()>>) {
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            if let Request::Shutdown { answer } = request {
                waiting.push(answer);
            }
        }
        let sessions: Vec<_> = self.house().hub.sessions().collect();
        for session in sessions {
            self.feed(Input::Drop(session));
        }
        let patience = self.patience;
        if timeout(patience, self.serve_until(|drive| drive.seats.nothing_owed())).await.is_err() {
            tracing::warn!(?patience, "ending although links were not confirmed to be down");
        }
        self.seats.shutdown();
        if timeout(patience, self.serve_until(|drive| drive.seats.all_ended())).await.is_err() {
            tracing::warn!(?patience, "ending although an executor has not put everything back");
        }
        self.replies.clear();
        self.house().end();
    }

    /// Serves timers and executors, not clients, until the condition holds.
    async fn serve_until(&mut self, condition: impl Fn(&Self) -> bool) {
        while !condition(self) {
            let turn = self.take_turn(false).await;
            self.serve(turn);
        }
    }

    /// The next thing that happened. Whoever was served last comes last: a flood from one side cannot starve the others.
    async fn take_turn(&mut self, clients: bool) -> Turn {
        // other tasks of the runtime get theirs, too
        tokio::task::consume_budget().await;
        std::future::poll_fn(|context| self.poll_turn(clients, context)).await
    }

    fn poll_turn(&mut self, clients: bool, context: &mut Context<'_>) -> Poll<Turn> {
        let sides = 2 + self.seats.len();
        for step in 0..sides {
            let side = (self.turn + step) % sides;
            let polled = match side {
                0 if clients => self.requests.poll_recv(context).map(|request| request.map_or(Turn::NoClients, Turn::Request)),
                0 => Poll::Pending,
                1 => self.timers.poll(context).map(Turn::Fired),
                place => self.seats.poll(place - 2, context).map(|event| event.map_or(Turn::Nothing, Turn::Event)),
            };
            if polled.is_ready() {
                self.turn = side + 1;
                return polled;
            }
        }
        Poll::Pending
    }

    fn serve(&mut self, turn: Turn) {
        if matches!(turn, Turn::Event(_)) {
            self.look_at_abilities();
        }
        match turn {
            Turn::Fired(timer) => self.feed(Input::Fired(timer)),
            Turn::Event(Event::Report(report)) => self.feed(Input::Report(report)),
            Turn::Event(Event::Carrier(id, carrier)) => {
                let readable = self.house().announce(id, carrier);
                if readable {
                    self.show(id);
                }
            }
            Turn::Event(Event::Attributes(id, attributes)) => {
                let Some(merged) = self.house().learn(id, attributes) else { return };
                self.show(id);
                if let Some(merged) = merged {
                    self.feed(Input::Define(Definition::AccessPoint(id, merged)));
                }
            }
            Turn::Request(Request::Create { configuration, options, answer }) => {
                let request = self.expect(Reply::Created(answer));
                self.feed(Input::Create { request, configuration, options });
                if let Some(Reply::Created(answer)) = self.replies.remove(&request) {
                    let _ = answer.send(Err(Refusal::UnknownConfiguration(configuration)));
                }
            }
            Turn::Request(Request::Drop(session)) => self.feed(Input::Drop(session)),
            Turn::Request(Request::Call { session, call, answer }) => {
                let request = match answer {
                    Some(answer) => self.expect(Reply::Done(answer)),
                    None => self.number(),
                };
                self.feed(Input::Request { session, request, call });
            }
            // whoever asked may have gone
            #[cfg(target_os = "linux")]
            Turn::Request(Request::Socket { session, side, kind, family, answer }) => {
                drop(answer.send(self.house().socket(session, side, kind, family)))
            }
            Turn::Request(Request::Refresh { answer }) => {
                let request = self.expect(Reply::Done(answer));
                self.feed(Input::Refresh { request });
            }
            Turn::Request(Request::Administer { name, input }) => self.define(name, input),
            // the loop takes these itself
            Turn::Request(Request::Shutdown { .. }) | Turn::NoClients | Turn::Nothing => {}
        }
    }

    /// What an executor can do may change, and it tells so with whatever it tells next.
    fn look_at_abilities(&mut self) {
        let now: Vec<_> = self.seats.abilities().collect();
        for (executor, able) in now {
            let changed = self.house().able(executor, able);
            for (id, definition) in changed {
                self.feed(Input::Define(Definition::AccessPoint(id, definition)));
            }
        }
    }

    fn define(&mut self, name: Option<Arc<str>>, mut input: Input) {
        match &mut input {
            Input::Define(definition) => {
                let id = definition.id();
                let name = name.unwrap_or_else(|| id.to_string().into());
                self.house().name(id, name);
                if let Definition::AccessPoint(id, attributes) = definition {
                    *attributes = self.house().configure(*id, attributes.clone());
                }
            }
            Input::Remove(_) | Input::Default(_) | Input::SaveTraffic(_) => {}
            Input::Create { .. }
            | Input::Drop(_)
            | Input::Request { .. }
            | Input::Refresh { .. }
            | Input::Report(_)
            | Input::Fired(_)
            | Input::Restore(_) => {
                tracing::warn!(?input, "not a change of the catalogue: dropped");
                return;
            }
        }
        self.feed(input);
    }

    /// One input into the hub, one batch out of it; then what follows from that.
    fn feed(&mut self, input: Input) {
        self.next.push_back(input);
        while let Some(input) = self.next.pop_front() {
            tracing::trace!(?input);
            let mut outputs = std::mem::take(&mut self.outputs);
            let house = Arc::clone(&self.house);
            let mut house = house.lock().unwrap_or_else(PoisonError::into_inner);
            house.step(&input, &mut outputs);
            if let Some(witness) = &mut self.witness {
                witness.stepped(&input, &outputs, &Committed(&house));
            }
            if let Some(recorder) = &mut self.recorder {
                recorder.step(&input, &outputs, &house.hub, |id| house.name_of(id));
            }
            drop(house);
            if let Some(tap) = &mut self.tap {
                tap(&input, &outputs);
            }
            for output in outputs.drain(..) {
                tracing::trace!(?output);
                self.carry(output);
            }
            self.outputs = outputs;
        }
    }

    /// Something of an access point is another one, without a step.
    fn show(&mut self, id: AccessPointId) {
        let house = self.house.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(witness) = &mut self.witness {
            witness.told(id, &Committed(&house));
        }
    }

    fn carry(&mut self, output: Output) {
        match output {
            Output::Command(command) => {
                let executor = match command {
                    Command::Raise { access_point, .. } | Command::Lower { access_point, .. } => self.house().executor_of(access_point),
                    Command::Prefer { access_point, .. } => access_point.and_then(|id| self.house().executor_of(id)),
                    Command::Refresh { executor, .. } => Some(executor),
                };
                if let Some(report) = self.seats.act(command, executor) {
                    self.next.push_back(Input::Report(report));
                }
            }
            Output::Arm(timer, after) => self.timers.arm(timer, after),
            Output::Disarm(timer) => self.timers.disarm(timer),
            Output::Created { request, session } => match self.replies.remove(&request) {
                Some(Reply::Created(answer)) => {
                    if !answer.send(Ok(session)) {
                        self.next.push_back(Input::Drop(session));
                    }
                }
                Some(Reply::Done(_)) | None => tracing::error!(%request, %session, "a session nobody asked for"),
            },
            // whoever asked may have gone
            Output::Answer { request, result, .. } => match (self.replies.remove(&request), result) {
                (Some(Reply::Done(answer)), result) => _ = answer.send(result),
                (Some(Reply::Created(answer)), Err(refusal)) => _ = answer.send(Err(refusal)),
                (Some(Reply::Created(_)), Ok(())) | (None, _) => {}
            },
            Output::Refused(refusal) => tracing::warn!(%refusal, "input dropped"),
            // delivered within the step
            Output::Notice { .. } | Output::Catalogue(_) => {}
        }
    }

    fn expect(&mut self, reply: Reply) -> RequestId {
        let request = self.number();
        self.replies.insert(request, reply);
        request
    }

    fn number(&mut self) -> RequestId {
        self.last_request = self.last_request.wrapping_add(1);
        RequestId(self.last_request)
    }

    fn house(&self) -> MutexGuard<'_, House> {
        self.house.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
