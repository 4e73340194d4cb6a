//! How does the system default route move to a link? The ways of ConnMan: its first connected service has it (C10, SPEC §7.4).
//!
//! `MoveBefore` takes the default route away and sets the new one 0.1 ms later (measured on ConnMan 1.41: removed and added in two
//! requests). Meanwhile the kernel asks the table of our own routes, where the link that is preferred is the first.

use super::link::Doing;
use super::order;
use super::proxy::{Question, Refused};
use super::route::OwnRoute;
use super::task::{Stage, Task};
use crate::executor::Event;
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::{AccessPointId, Capabilities, Cause, ConfigurationState, OperationId};
use std::net::IpAddr;

/// What is known of the order we want.
#[derive(Debug, Default)]
pub(super) struct Preference {
    /// The link that was preferred last, as long as it is Active.
    pub(super) preferred: Option<AccessPointId>,
    /// The connected services in the order before the first `Prefer`.
    found: Option<Vec<String>>,
    /// A `Prefer` under way.
    pending: Option<Pending>,
    /// A route that bridges the moment between two default routes.
    bridge: Option<OwnRoute>,
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
        (self.preferred, self.found) = (None, None);
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
        if op.is_some_and(|op| self.moved_back(op)) {
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
            if route.add(self.kernel.handle()).await.is_ok() {
                self.preference.bridge = Some(route);
            }
        }
    }

    async fn drop_bridge(&mut self) {
        if let Some(route) = self.preference.bridge.take() {
            route.remove(self.kernel.handle()).await;
        }
    }

    /// The default routes of its own a link could have.
    fn wanted(&self, at: usize) -> impl Iterator<Item = (IpAddr, OwnRoute)> + use<> {
        let link = &self.links[at];
        let index = link.device(&self.kernel).map(|device| device.index);
        let gateways: Vec<IpAddr> = link
            .service(&self.services)
            .into_iter()
            .flat_map(|service| service.addresses())
            .filter_map(|address| address.gateway)
            .collect();
        gateways.into_iter().filter_map(move |gateway| Some((gateway, OwnRoute::of(at, index?, gateway))))
    }

    /// Gives every Active link a default route of its own as soon as somebody uses one of them, so that what is bound to it gets
    /// through whichever has the system's. A link that was connected without us and has the system's needs none.
    pub(super) async fn keep_routes(&mut self) {
        let used = self.preference.preferred.is_some() || self.links.iter().any(|link| link.raised);
        if !used && self.links.iter().all(|link| link.routes.is_empty()) {
            return;
        }
        // the kernel takes them away with addresses and devices, and tells of those
        let unsure = self.kernel.has_news();
        let default = self.kernel.default_device().await;
        for at in 0..self.links.len() {
            let link = &self.links[at];
            let index = link.device(&self.kernel).map(|device| device.index);
            let (busy, found) = (link.doing != Doing::Nothing, link.found.is_none());
            let needs = used
                && self.state(at).0 == ConfigurationState::Active
                && !(found && index == default && index.is_some() && !self.is_moving());
            if busy {
                continue;
            }
            let wanted: Vec<OwnRoute> = if needs { self.wanted(at).map(|(_, route)| route).collect() } else { Vec::new() };
            let before = std::mem::take(&mut self.links[at].routes);
            for route in before.iter().filter(|route| !wanted.contains(route)) {
                route.remove(self.kernel.handle()).await;
            }
            for route in wanted {
                if before.contains(&route) && !unsure {
                    self.links[at].routes.push(route);
                    continue;
                }
                match route.add(self.kernel.handle()).await {
                    Ok(()) => self.links[at].routes.push(route),
                    Err(cause) => self.cannot_route(cause),
                }
            }
        }
    }

    /// Whether the default route is being moved.
    fn is_moving(&self) -> bool {
        self.preference.pending.is_some()
    }

    fn cannot_route(&mut self, cause: Cause) {
        let lost = Capabilities::DIRECT_CONNECTION_ROUTING.with(Capabilities::APPLICATION_LEVEL_ROAMING);
        if cause == Cause::NotAuthorised && self.abilities.get().has(Capabilities::DIRECT_CONNECTION_ROUTING) {
            tracing::warn!(
                "connman: without CAP_NET_ADMIN a link whose service has not the default route reaches its own network only; \
                 run as root, or `setcap cap_net_admin+ep` on the program"
            );
            self.abilities.lose(lost);
        }
    }

    /// Removes the default routes of a link's own, and what ConnMan forgets on a service that is not connected any more.
    pub(super) async fn drop_routes(&mut self, at: usize) {
        let connected = self.links[at].service(&self.services).is_some_and(|service| service.state.is_connected());
        for route in std::mem::take(&mut self.links[at].routes) {
            route.remove(self.kernel.handle()).await;
        }
        if let Some(forgotten) = self.links[at].forgotten.take_if(|_| !connected) {
            forgotten.remove(self.kernel.handle()).await;
        }
    }

    /// Removes all default routes of ours.
    pub(super) async fn end_of_routes(&mut self) {
        self.drop_bridge().await;
        for at in 0..self.links.len() {
            self.drop_routes(at).await;
        }
    }
}
