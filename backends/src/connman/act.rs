//! How is a link raised? ConnMan is asked, and believed when it says so by itself (C3 to C6, C10).
//!
//! For a cable `Connect` answers when ConnMan has begun, for a radio when it has ended (measured on ConnMan 1.41): the outcome is
//! whatever comes first of the states it passes, its error, and an error as an answer.

use super::link::{Doing, Found, Raising};
use super::map;
use super::proxy::{Move, Question, Refused};
use super::route::OwnRoute;
use super::service::State;
use super::task::Task;
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
        self.note();
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

    pub(super) fn raising(&mut self, op: OperationId, id: &str) -> Option<(usize, &mut Raising)> {
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
        let had_it = before.filter(|before| Some(*before) != device && !preferred).and_then(|before| self.service_on(before));
        if let Some(other) = had_it.map(str::to_owned)
            && let Doing::Raising(raising) = &mut self.links[at].doing
            && raising.default_before.take().is_some()
        {
            self.preference.keeper.get_or_insert_with(|| other.clone());
            raising.moving = true;
            let now = now.and_then(|now| self.service_on(now)).map(str::to_owned).filter(|now| *now != other);
            if let Some(now) = now {
                self.ask(Question::Move(op, Move { service: other, before: true, other: now })).await;
                return false;
            }
        }
        self.is_done(at, op, id).await
    }

    async fn is_done(&mut self, at: usize, op: OperationId, id: String) -> bool {
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
    pub(super) async fn is_as_found(&mut self, at: usize) {
        if let Some(found) = self.links[at].found.take_if(|found| found.connected) {
            self.restore(OperationId(0), &found).await;
        }
    }
}
