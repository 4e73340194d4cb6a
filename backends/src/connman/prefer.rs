//! How does the system default route move to a link? The ways of ConnMan: its first connected service has it (C10, SPEC §7.4).
//!
//! `MoveBefore` takes the default route away and sets the new one 0.1 ms later (measured on ConnMan 1.41: removed and added in two
//! requests). Meanwhile the kernel asks the table of our own routes, where the link that is preferred is the first.

use super::order;
use super::proxy::{Question, Refused};
use super::route::OwnRoute;
use super::task::{Stage, Task};
use crate::executor::Event;
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};

/// What is known of the order we want.
#[derive(Debug, Default)]
pub(super) struct Preference {
    /// The link that was preferred last, as long as it is Active.
    pub(super) preferred: Option<AccessPointId>,
    /// The service that is to have the default route, as long as it is connected and a link of ours is used.
    pub(super) keeper: Option<String>,
    /// The default route is being moved back to it.
    pub(super) holding: bool,
    /// The connected services in the order before the first `Prefer`.
    pub(super) found: Option<Vec<String>>,
    /// A `Prefer` under way.
    pending: Option<Pending>,
    /// A route that bridges the moment between two default routes.
    pub(super) bridge: Option<OwnRoute>,
}

/// How far a `Prefer` is.
#[derive(Debug)]
struct Pending {
    op: OperationId,
    target: Option<AccessPointId>,
    /// The order is being asked for.
    asking: bool,
    /// Moves that are not answered yet.
    open: usize,
    refused: Option<Cause>,
}

impl Preference {
    /// Whether ConnMan still has to answer something.
    pub(super) fn is_busy(&self) -> bool {
        self.pending.is_some()
    }

    /// ConnMan is gone, and its order with it: gives the `Prefer` that was not answered.
    pub(super) fn put_aside(&mut self) -> Option<Command> {
        (self.preferred, self.found, self.keeper, self.holding) = (None, None, None, false);
        let pending = self.pending.take().filter(|pending| pending.op != OperationId(0))?;
        Some(Command::Prefer { op: pending.op, access_point: pending.target })
    }
}

/// What was to be preferred is not Active any more.
fn pending_refused(preference: &mut Preference) {
    if let Some(pending) = &mut preference.pending {
        pending.refused = Some(Cause::Route);
    }
}

impl Task {
    /// Begins to move the default route to a link, or back to where it was found.
    pub(super) async fn prefer(&mut self, op: OperationId, target: Option<AccessPointId>) {
        // the ones before are not answered
        self.preference.pending = None;
        if !self.is_newest_prefer() && op != OperationId(0) {
            return;
        }
        let refused = match target.map(|target| self.find(target)) {
            None => None,
            Some(None) => Some(Cause::Route),
            Some(Some(at)) => match self.state(at) {
                (ConfigurationState::Active, _) => None,
                (_, Cause::Unknown) => Some(Cause::Route),
                (_, cause) => Some(cause),
            },
        };
        let nothing_to_do = target.is_none() && (self.preference.found.is_none() || self.stage != Stage::There);
        if refused.is_some() || nothing_to_do {
            return self.answer(op, refused.map_or(Ok(()), Err));
        }
        self.preference.pending = Some(Pending { op, target, asking: true, open: 0, refused: None });
        // what we know of the order may be 100 ms old
        self.ask(Question::Services).await;
    }

    /// The order of services is known as it is now.
    pub(super) async fn order_is_known(&mut self) {
        let Some(pending) = self.preference.pending.as_mut().filter(|pending| pending.asking) else { return };
        pending.asking = false;
        let (op, target) = (pending.op, pending.target);
        if target.and_then(|target| self.find(target)).is_some_and(|at| self.state(at).0 != ConfigurationState::Active) {
            pending_refused(&mut self.preference);
            return;
        }
        let connected = self.services.connected();
        let service = target.and_then(|target| self.find(target)).and_then(|at| self.links[at].service.clone());
        let moves = match (&service, &self.preference.found) {
            (Some(service), _) => {
                self.preference.found.get_or_insert_with(|| connected.clone());
                order::first(service, &connected)
            }
            (None, Some(found)) => order::back(found, &connected),
            (None, None) => Vec::new(),
        };
        self.preference.preferred = target;
        let first = self.preference.found.iter().flatten().find(|service| connected.contains(service));
        self.preference.keeper = service.or(first.cloned());
        self.note();
        self.keep_routes().await;
        self.bridge(target).await;
        if let Some(pending) = &mut self.preference.pending {
            pending.open = moves.len();
        }
        for step in moves {
            self.ask(Question::Move(op, step)).await;
        }
    }

    /// A move was answered; without a number: the order could not be asked for.
    pub(super) fn moved(&mut self, op: Option<OperationId>, refused: Option<&Refused>) {
        if let Some(refused) = refused {
            tracing::warn!(%refused, "connman: the order of services could not be changed");
        }
        if op.is_some_and(|op| self.moved_back(op)) || self.held(op, refused.is_some()) {
            return;
        }
        let Some(pending) = &mut self.preference.pending else { return };
        match op {
            Some(op) if pending.op == op => pending.open = pending.open.saturating_sub(1),
            None if pending.asking => pending.asking = false,
            Some(_) | None => return,
        }
        pending.refused = pending.refused.or(refused.map(Refused::cause));
    }

    /// Answers a `Prefer` when everything it asked for is done. Tells whether it did.
    pub(super) async fn advance_preference(&mut self) -> bool {
        let lost = self.preference.preferred.and_then(|preferred| self.find(preferred));
        if lost.is_some_and(|at| self.state(at).0 != ConfigurationState::Active) {
            self.preference.preferred = None;
        }
        let Some(pending) = self.preference.pending.take_if(|pending| !pending.asking && pending.open == 0) else { return false };
        let result = match (pending.refused, pending.target.and_then(|target| self.find(target))) {
            (Some(Cause::NotAuthorised), _) => Err(Cause::NotAuthorised),
            (Some(Cause::BackendGone), _) => Err(Cause::BackendGone),
            (Some(_), _) => Err(Cause::Route),
            (None, Some(at)) => {
                let device = self.links[at].device(&self.kernel).map(|device| device.index);
                let there = device.is_some() && self.kernel.default_device().await == device;
                if there { Ok(()) } else { Err(Cause::Route) }
            }
            (None, None) => {
                self.preference.found = None;
                Ok(())
            }
        };
        self.drop_bridge().await;
        self.answer(pending.op, result);
        true
    }

    fn answer(&mut self, op: OperationId, result: Result<(), Cause>) {
        if let Err(cause) = &result {
            tracing::warn!(%cause, "connman: the default route stays where it is");
        }
        if op != OperationId(0) {
            self.tell(Event::Report(Report::Route { op, result }));
        }
    }

    /// Lets what has no default route for a moment go through the link that is to have it.
    async fn bridge(&mut self, target: Option<AccessPointId>) {
        self.drop_bridge().await;
        let v4 = target.and_then(|target| self.find(target)).and_then(|at| self.wanted(at).find(|(gateway, _)| gateway.is_ipv4()));
        if let Some((_, route)) = v4 {
            let route = route.first();
            self.preference.bridge = Some(route);
            self.note();
            if route.add(self.kernel.handle()).await.is_err() {
                self.preference.bridge = None;
            }
        }
    }

    pub(super) async fn drop_bridge(&mut self) {
        if let Some(route) = self.preference.bridge.take() {
            route.remove(self.kernel.handle()).await;
        }
    }
}
