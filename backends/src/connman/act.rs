//! How is a link raised and lowered? ConnMan is asked, and believed when it says so by itself (C3 to C6, C11).
//!
//! For a cable `Connect` answers when ConnMan has begun, for a radio when it has ended (measured on ConnMan 1.41): the outcome is
//! whatever comes first of the states it passes, its error, and an error as an answer.

use super::link::{Doing, Found, Lowering, Raising};
use super::map;
use super::proxy::{Move, Question, Refused};
use super::route::OwnRoute;
use super::service::State;
use super::task::{Stage, Task};
use netsession_fsm::words::{Cause, ConfigurationState, OperationId};
use std::time::Duration;
use tokio::time::Instant;

/// How long the next hop of a service is waited for that has an address: ConnMan tells it 14 ms after `ready` where it comes with a
/// lease (measured), and not at all where there is none.
const NEXT_HOP: Duration = Duration::from_millis(250);

impl Task {
    /// Begins to raise a link, or is done with it at once (C5).
    pub(super) async fn raise(&mut self, at: usize, op: OperationId) {
        match &mut self.links[at].doing {
            Doing::Lowering(_) => {
                self.links[at].next = Some(op);
                return;
            }
            Doing::Raising(raising) => {
                raising.op = op;
                return;
            }
            Doing::Nothing => {}
        }
        let (state, cause) = self.state(at);
        if state == ConfigurationState::Active {
            self.links[at].raised = true;
            self.is_as_found(at).await;
            self.keep_routes().await;
            return self.conclude(at, op, None);
        }
        let Some(service) = self.links[at].service(&self.services).filter(|_| state == ConfigurationState::Discovered) else {
            return self.conclude(at, op, Some(cause));
        };
        let (id, resetting) = (service.id.clone(), service.state.is_connected());
        let found = Found { service: id.clone(), connected: false, auto_connect: service.auto_connect };
        let fixed = service.fixed_v6.zip(self.links[at].device(&self.kernel));
        let link = &mut self.links[at];
        let ours = !link.found.get_or_insert(found).connected;
        link.forgotten = fixed.filter(|_| ours).map(|(gateway, device)| OwnRoute::forgotten(device.index, gateway));
        link.raised = true;
        let default_before = self.kernel.default_device().await;
        let raising = Raising { op, service: id.clone(), resetting, begun: false, default_before, moving: false, patience: None };
        self.links[at].doing = Doing::Raising(raising);
        if resetting {
            self.ask(Question::Disconnect(op, id)).await;
        } else {
            self.ask(Question::Connect(op, id)).await;
        }
    }

    /// `Connect` was answered.
    pub(super) async fn connected(&mut self, op: OperationId, id: &str, refused: Option<Refused>) {
        let Some((at, _)) = self.raising(op, id) else { return };
        match refused {
            // ConnMan tells nothing of the states of a service it has not told of itself yet
            None => self.ask(Question::Check(op, id.into())).await,
            // it is on its way, or there already, whoever asked first
            Some(refused) if matches!(refused.name.as_str(), "AlreadyConnected" | "InProgress") => {
                self.ask(Question::Check(op, id.into())).await;
            }
            Some(refused) => {
                tracing::warn!(service = id, %refused, "connman: a service could not be connected");
                let said = self.services.get(id).map_or(Cause::Unknown, |service| map::failure(service.error.as_deref()));
                let cause = if said == Cause::Unknown { refused.cause() } else { said };
                self.fail(at, cause).await;
            }
        }
    }

    /// What a service says of itself after `Connect` was answered is known.
    pub(super) fn is_begun(&mut self, op: OperationId, id: &str) {
        if let Some((_, raising)) = self.raising(op, id) {
            raising.begun = true;
        }
    }

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

    fn raising(&mut self, op: OperationId, id: &str) -> Option<(usize, &mut Raising)> {
        self.links.iter_mut().enumerate().find_map(|(at, link)| match &mut link.doing {
            Doing::Raising(raising) if raising.op >= op && raising.service == id => Some((at, raising)),
            _ => None,
        })
    }

    /// Goes on with what is being done to a link as far as ConnMan lets it. Tells whether something ended.
    pub(super) async fn advance(&mut self, at: usize) -> bool {
        match &self.links[at].doing {
            Doing::Nothing => false,
            Doing::Raising(_) => self.advance_raise(at).await,
            Doing::Lowering(_) => self.advance_lower(at).await,
        }
    }

    async fn advance_raise(&mut self, at: usize) -> bool {
        let (state, cause) = self.state(at);
        let Doing::Raising(raising) = &mut self.links[at].doing else { return false };
        if raising.resetting || raising.moving {
            return false;
        }
        let Some(service) = self.services.get(&raising.service) else {
            return self.fail(at, if cause == Cause::Unknown { Cause::Vanished } else { cause }).await;
        };
        if state == ConfigurationState::Active {
            return self.is_up(at).await;
        }
        if matches!(cause, Cause::Vanished | Cause::TakenDown) {
            return self.fail(at, cause).await;
        }
        raising.begun |= service.state.is_connecting();
        match service.state {
            State::Failure if raising.begun => {
                let cause = map::failure(service.error.as_deref());
                self.fail(at, cause).await
            }
            State::Idle | State::Disconnect if raising.begun => self.fail(at, Cause::TakenDown).await,
            State::Ready | State::Online if map::without_lease(service) => self.fail(at, Cause::NoLease).await,
            _ => false,
        }
    }

    /// A raised link is Active: let it carry, see that it did not take the default route from another one, and say so.
    async fn is_up(&mut self, at: usize) -> bool {
        let device = self.links[at].device(&self.kernel).map(|device| device.index);
        let now = self.kernel.default_device().await;
        let next_hop =
            self.links[at].service(&self.services).is_some_and(|service| service.addresses().any(|address| address.gateway.is_some()));
        let Doing::Raising(raising) = &mut self.links[at].doing else { return false };
        // without one it does not carry, unless it has the default route
        if !next_hop && now != device && *raising.patience.get_or_insert_with(|| Instant::now() + NEXT_HOP) > Instant::now() {
            return false;
        }
        let (op, id, before) = (raising.op, raising.service.clone(), raising.default_before);
        let preferred = self.preference.preferred == Some(self.links[at].profile.access_point);
        let robbed = before.filter(|before| now == device && Some(*before) != device && !preferred).and_then(|before| {
            let on_it = |name: &str| self.kernel.device(name).is_some_and(|device| device.index == before);
            let mut all = self.services.iter().filter(|service| service.state.is_connected());
            all.find(|service| service.interface.as_deref().is_some_and(on_it)).map(|service| service.id.clone())
        });
        if let (Some(other), Doing::Raising(raising)) = (robbed, &mut self.links[at].doing)
            && !raising.moving
            && raising.default_before.take().is_some()
        {
            raising.moving = true;
            self.ask(Question::Move(op, Move { service: other, before: true, other: id })).await;
            return false;
        }
        self.raised_at = Some((Instant::now(), id));
        self.is_as_found(at).await;
        self.links[at].doing = Doing::Nothing;
        self.keep_routes().await;
        self.conclude(at, op, None);
        true
    }

    /// The default route that came along with a raise was moved back, or could not be.
    pub(super) fn moved_back(&mut self, op: OperationId) -> bool {
        let raise = self.links.iter_mut().find_map(|link| match &mut link.doing {
            Doing::Raising(raising) if raising.op == op && raising.moving => Some(raising),
            _ => None,
        });
        raise.map(|raising| raising.moving = false).is_some()
    }

    /// A link that was connected before us and was stopped is connected again, by us or by others.
    async fn is_as_found(&mut self, at: usize) {
        if let Some(found) = self.links[at].found.take_if(|found| found.connected) {
            self.restore(OperationId(0), &found).await;
        }
    }

    /// Lets ConnMan connect a service by itself again, or not, as it was. Tells how many answers that takes.
    async fn restore(&mut self, op: OperationId, found: &Found) -> usize {
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
        let before = std::mem::take(&mut self.links[at].doing);
        if self.stage != Stage::There {
            return self.conclude(at, op, None);
        }
        self.bring_down(at, op, None, before != Doing::Nothing).await;
    }

    /// Ends a raise that did not succeed and leaves nothing behind (C11).
    async fn fail(&mut self, at: usize, cause: Cause) -> bool {
        let Doing::Raising(raising) = std::mem::take(&mut self.links[at].doing) else { return false };
        self.bring_down(at, raising.op, Some(cause), true).await;
        true
    }

    /// `raising`: ConnMan was asked to connect it, and may have begun though it did not say so yet.
    async fn bring_down(&mut self, at: usize, op: OperationId, failed: Option<Cause>, raising: bool) {
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

    async fn advance_lower(&mut self, at: usize) -> bool {
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

    /// Begins to put everything back: what we raised is lowered, what we stopped is connected again, the order is as found.
    pub(super) async fn begin_end(&mut self) {
        if !self.preference.is_busy() {
            self.prefer(OperationId(0), None).await;
        }
        for at in 0..self.links.len() {
            let (link, state) = (&mut self.links[at], ConfigurationState::Active);
            let op = match &link.doing {
                Doing::Raising(raising) => Some(raising.op),
                Doing::Lowering(_) | Doing::Nothing => None,
            };
            if let (Some(next), Doing::Lowering(lowering)) = (link.next.take(), &mut link.doing) {
                (lowering.op, lowering.failed) = (next, Some(Cause::Cancelled));
            }
            let stopped = link.found.clone().filter(|found| found.connected);
            if let Some(found) = &stopped {
                self.restore(OperationId(0), found).await;
            }
            let (link, stopped) = (&mut self.links[at], stopped.is_some());
            match (stopped, op) {
                (false, Some(op)) => {
                    link.doing = Doing::Nothing;
                    self.bring_down(at, op, Some(Cause::Cancelled), true).await;
                }
                (false, None) if link.found.is_some() && link.doing == Doing::Nothing => {
                    self.bring_down(at, OperationId(0), None, false).await;
                }
                (true, None) if link.doing != Doing::Nothing => link.next = Some(OperationId(0)),
                (true, None) if self.state(at).0 == state => self.is_as_found(at).await,
                (true, None) => self.raise(at, OperationId(0)).await,
                (true, Some(_)) | (false, None) => {}
            }
        }
    }
}
