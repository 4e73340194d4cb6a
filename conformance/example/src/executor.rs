//! How are commands carried out on the switch, and told of?

use crate::{Switch, port};
use netsession_backends::executor::{Event, Executor, Left, Notebook};
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::{AccessPointId, Capabilities, Cause, ExecutorId};
use std::task::{Context, Poll};

const ID: ExecutorId = ExecutorId(0);

/// The executor of a [`Switch`].
#[derive(Debug)]
pub struct SwitchExecutor {
    switch: Switch,
    left: Option<Left>,
}

impl SwitchExecutor {
    /// What it can do: the application can be asked. Nothing is counted, and no session is moved without being asked.
    pub const CAN: Capabilities = Capabilities::CAN_START_AND_STOP_INTERFACES
        .with(Capabilities::DIRECT_CONNECTION_ROUTING)
        .with(Capabilities::APPLICATION_LEVEL_ROAMING);

    pub(crate) fn new(switch: Switch) -> Self {
        let mut state = switch.state();
        (state.begun, state.ended, state.waker) = (false, false, None);
        state.events.clear();
        drop(state);
        Self { switch, left: None }
    }

    /// The first word: every port (C8).
    fn begin(&mut self) {
        let mut state = self.switch.state();
        if std::mem::replace(&mut state.begun, true) {
            return;
        }
        let (mut links, mut events) = (Vec::new(), Vec::new());
        for (id, port) in (0..).map(AccessPointId).zip(&mut state.ports) {
            port.begin();
            match &self.left {
                Some(left) => port.adopt(left.raised.contains(&id)),
                None => port.disown(),
            }
            if port.is_up() {
                events.push(Event::Carrier(id, port::carrier(id)));
            }
            links.push(port.report(id));
        }
        if self.left.as_ref().is_none_or(|left| left.preferred.is_none()) {
            state.uplink = None;
        }
        events.push(Event::Report(Report::Resync { executor: ID, links }));
        state.events.extend(events);
    }
}

impl Executor for SwitchExecutor {
    fn name(&self) -> &'static str {
        "switch"
    }

    fn id(&self) -> ExecutorId {
        ID
    }

    fn capabilities(&self) -> Capabilities {
        Self::CAN
    }

    fn adopt(&mut self, left: Left, _: Notebook) {
        // the switch itself remembers which ports were raised: there is nothing to write down
        self.left = Some(left);
    }

    fn act(&mut self, command: Command) {
        self.begin();
        let mut state = self.switch.state();
        match command {
            Command::Raise { op, access_point } => state.change(access_point, |port| port.raise(op)),
            Command::Lower { op, access_point } => state.change(access_point, |port| port.lower(op)),
            Command::Prefer { op, access_point } => {
                // only the newest is answered (C10)
                state.events.retain(|event| !matches!(event, Event::Report(Report::Route { .. })));
                let up = access_point.is_none_or(|id| state.port(id).is_some_and(|port| port.is_up()));
                if up {
                    state.uplink = access_point;
                }
                state.tell(Report::Route { op, result: if up { Ok(()) } else { Err(Cause::Route) } });
            }
            Command::Refresh { op, .. } => state.tell(Report::Refreshed { op, executor: ID }),
        }
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.begin();
        let mut state = self.switch.state();
        match state.events.pop_front() {
            Some(event) => Poll::Ready(Some(event)),
            None if state.ended => Poll::Ready(None),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn shutdown(&mut self) {
        self.begin();
        let mut state = self.switch.state();
        for id in (0..state.ports.len()).filter_map(|id| u32::try_from(id).ok()).map(AccessPointId) {
            state.change(id, port::Port::end);
        }
        state.uplink = None;
        state.ended = true;
    }
}
