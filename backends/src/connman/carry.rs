//! Does every link of ours carry, whoever has the default route? Default routes of their own for those that have not.

use super::link::Doing;
use super::route::OwnRoute;
use super::task::Task;
use netsession_fsm::words::{Capabilities, Cause, ConfigurationState};
use std::net::IpAddr;

impl Task {
    /// The default routes of its own a link could have.
    pub(super) fn wanted(&self, at: usize) -> impl Iterator<Item = (IpAddr, OwnRoute)> + use<> {
        let link = &self.links[at];
        let index = link.device(&self.kernel).map(|device| device.index);
        let gateways: Vec<IpAddr> = link
            .service(&self.services)
            .into_iter()
            .flat_map(|service| service.addresses())
            .filter_map(|address| address.gateway)
            .collect();
        let mut all: Vec<_> = gateways.into_iter().filter_map(|gateway| Some((gateway, OwnRoute::of(at, index?, gateway)))).collect();
        for route in link.inherited.iter().filter(|route| Some(route.index()) == index) {
            let gateway = route.gateway();
            if !all.iter().any(|(other, _)| other.is_ipv4() == gateway.is_ipv4()) {
                all.push((gateway, OwnRoute::of(at, route.index(), gateway)));
            }
        }
        all.into_iter()
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
                && !(found && index == default && index.is_some() && !self.preference.is_busy());
            if busy {
                continue;
            }
            let wanted: Vec<OwnRoute> = if needs { self.wanted(at).map(|(_, route)| route).collect() } else { Vec::new() };
            let before = self.links[at].routes.clone();
            for route in before.iter().filter(|route| !wanted.contains(route)) {
                route.remove(self.kernel.handle()).await;
                self.links[at].routes.retain(|ours| ours != route);
            }
            for route in wanted.into_iter().filter(|route| unsure || !before.contains(route)) {
                self.links[at].routes.retain(|ours| *ours != route);
                self.note_route(at, route);
                match route.add(self.kernel.handle()).await {
                    Ok(()) => self.links[at].routes.push(route),
                    Err(cause) => self.cannot_route(cause),
                }
            }
        }
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
        self.links[at].inherited.clear();
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
        if let Some((_, Some(book))) = &mut self.inherited {
            for route in book.links.iter_mut().flat_map(|noted| noted.routes.drain(..)).chain(book.bridge.take()) {
                route.remove(self.kernel.handle()).await;
            }
        }
        for at in 0..self.links.len() {
            self.drop_routes(at).await;
        }
    }
}
