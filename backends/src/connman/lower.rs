//! How is a link lowered? Disconnected if it was raised, and left as it was found (C3, C4, C11, C12).
//!
//! What ConnMan was told to disconnect it does not connect by itself, whatever its `AutoConnect` says, until its cable is put in again
//! (measured on ConnMan 1.41; `AutoConnect` is not changed by `Connect` or `Disconnect`).

use super::link::{Doing, Found, Lowering};
use super::proxy::{Question, Refused};
use super::service::State;
use super::task::{Stage, Task};
use netsession_fsm::words::{Cause, OperationId};

impl Task {
    /// `Disconnect` was answered.
    pub(super) async fn disconnected(&mut self, op: OperationId, id: &str, refused: Option<Refused>) {
        // nothing to disconnect is as good as disconnected
        let refused = refused.filter(|refused| refused.name != "NotConnected" && refused.cause() != Cause::Vanished);
        if let Some(refused) = &refused {
            tracing::warn!(service = id, %refused, "connman: a service could not be disconnected");
        }
        if let Some((at, raising)) = self.raising(op, id) {
            raising.resetting = false;
            match refused {
                None => self.ask(Question::Connect(op, id.into())).await,
                Some(refused) => drop(self.fail(at, refused.cause()).await),
            }
            return;
        }
        for link in &mut self.links {
            if let Doing::Lowering(lowering) = &mut link.doing
                && (lowering.op >= op, lowering.service.as_str()) == (true, id)
            {
                lowering.refused = refused.as_ref().map(Refused::cause);
                lowering.down |= refused.is_none() && !self.services.state(id).is_connected();
            }
        }
        self.one_answer_less(op, id);
    }

    /// Something that was asked for a lower was answered.
    pub(super) fn one_answer_less(&mut self, op: OperationId, id: &str) {
        for link in &mut self.links {
            if let Doing::Lowering(lowering) = &mut link.doing
                && (lowering.op >= op, lowering.service.as_str()) == (true, id)
            {
                lowering.open = lowering.open.saturating_sub(1);
            }
        }
    }

    /// Lets ConnMan connect a service by itself again, or not, as it was. Tells how many answers that takes.
    pub(super) async fn restore(&mut self, op: OperationId, found: &Found) -> usize {
        let differs = self.services.get(&found.service).is_some_and(|service| service.auto_connect != found.auto_connect);
        if differs {
            self.ask(Question::AutoConnect(op, found.service.clone(), found.auto_connect)).await;
            self.restoring += usize::from(op == OperationId(0));
        }
        usize::from(differs)
    }

    /// Brings a link down: as found if we raised it; if it was connected without us, disconnected, and not to be connected by ConnMan
    /// when its cable is put in again, until it is raised or we end.
    pub(super) async fn lower(&mut self, at: usize, op: OperationId) {
        self.tell_counters(at).await;
        self.links[at].next = None;
        if let Doing::Lowering(lowering) = &mut self.links[at].doing {
            lowering.op = op;
            return;
        }
        let disowned = std::mem::take(&mut self.links[at].disowned);
        let before = std::mem::take(&mut self.links[at].doing);
        if disowned && self.links[at].found.is_none() && before == Doing::Nothing {
            return self.conclude(at, op, None);
        }
        if self.stage != Stage::There {
            return self.conclude(at, op, None);
        }
        self.bring_down(at, op, None, before != Doing::Nothing).await;
    }

    /// Ends a raise that did not succeed and leaves nothing behind (C11).
    pub(super) async fn fail(&mut self, at: usize, cause: Cause) -> bool {
        let Doing::Raising(raising) = std::mem::take(&mut self.links[at].doing) else { return false };
        self.bring_down(at, raising.op, Some(cause), true).await;
        true
    }

    /// `raising`: ConnMan was asked to connect it, and may have begun though it did not say so yet.
    pub(super) async fn bring_down(&mut self, at: usize, op: OperationId, failed: Option<Cause>, raising: bool) {
        let link = &mut self.links[at];
        link.raised = false;
        let service = match &link.found {
            Some(found) => self.services.get(&found.service),
            None => link.service(&self.services),
        };
        let Some(service) = service.cloned() else {
            link.found = link.found.take().filter(|found| found.connected);
            self.drop_routes(at).await;
            return self.conclude(at, op, failed);
        };
        let up = service.state.is_connected() || service.state.is_connecting() || raising;
        let id = service.id.clone();
        if up && link.found.is_none() {
            let connected = service.state.is_connected();
            link.found = Some(Found { service: id.clone(), connected, auto_connect: service.auto_connect });
        }
        let mut open = 0;
        let found = link.found.clone();
        self.note();
        match &found {
            Some(found) if found.connected && service.auto_connect && !self.ending => {
                self.ask(Question::AutoConnect(op, id.clone(), false)).await;
                open += 1;
            }
            Some(found) if !found.connected => open += self.restore(op, found).await,
            Some(_) | None => {}
        }
        if up {
            self.ask(Question::Disconnect(op, id.clone())).await;
            open += 1;
        }
        let lowering = Lowering { op, service: id, failed, refused: None, open, down: !up };
        self.links[at].doing = Doing::Lowering(lowering);
    }

    pub(super) async fn advance_lower(&mut self, at: usize) -> bool {
        let Doing::Lowering(lowering) = &mut self.links[at].doing else { return false };
        let state = self.services.get(&lowering.service).map(|service| service.state);
        lowering.down |= matches!(state, None | Some(State::Idle | State::Failure));
        let ended = lowering.open == 0 && (lowering.down || lowering.refused.is_some());
        // a service that went answers nothing any more
        if !ended && state.is_some() {
            return false;
        }
        let Doing::Lowering(lowering) = std::mem::take(&mut self.links[at].doing) else { return false };
        let link = &mut self.links[at];
        if !link.found.as_ref().is_some_and(|found| found.connected) || lowering.refused.is_some() {
            link.found = None;
        }
        self.drop_routes(at).await;
        self.conclude(at, lowering.op, lowering.failed.or(lowering.refused));
        if let Some(op) = self.links[at].next.take() {
            self.raise(at, op).await;
        }
        true
    }
}
