//! How is a link raised and lowered? Step by step, each when the kernel says the one before is true (C3 to C6, C11).

use super::facts::Presence;
use super::found::{Contents, Found};
use super::link::Raising;
use super::metric;
use super::request::{Made, Refused};
use super::task::Task;
use super::watch::{self, DefaultRoute};
use netsession_fsm::words::{Cause, ConfigurationState, OperationId};
use std::net::IpAddr;

/// How often a default route is tried if others take the metric in between.
const ATTEMPTS: usize = 3;

impl Task {
    /// Begins to raise a link, or is done with it at once (C5).
    pub(super) async fn raise(&mut self, at: usize, op: OperationId) {
        let link = &mut self.links[at];
        if link.state(&self.facts).0 == ConfigurationState::Active {
            link.forget_stopped();
            return self.conclude(at, op, None);
        }
        let Some((index, device)) = self.facts.by_name(&link.profile.interface) else {
            return self.conclude(at, op, Some(Cause::Vanished));
        };
        let up = device.up;
        // the device we raised was renamed and another one has the name now
        if link.touched().is_some_and(|touched| touched != index) {
            self.undo(at).await;
        }
        if self.links[at].found.is_none() {
            match Contents::read(&self.kernel, index).await {
                Ok(contents) => self.links[at].found = Some(Found { index, up, active: false, contents }),
                Err(refused) => return self.give_up(at, op, &refused).await,
            }
        }
        self.links[at].raising = Some(Raising { op, set_up: false, configured: false });
        self.advance(at).await;
    }

    /// Goes on with a raise as far as the kernel lets it: set up, wait for the carrier, addresses, default route, wait until usable.
    pub(super) async fn advance(&mut self, at: usize) {
        while let Some(raising) = self.links[at].raising {
            let Raising { op, set_up, configured } = raising;
            let Some((index, device)) = self.links[at].touched().and_then(|index| Some((index, self.facts.device(index)?))) else {
                return self.fail(at, op, Cause::Vanished).await;
            };
            if device.name != self.links[at].profile.interface {
                return self.fail(at, op, Cause::Vanished).await;
            }
            if !set_up {
                // asked even if it is up: the kernel says at once if we may not
                if let Err(refused) = self.kernel.set_up(index, true).await {
                    return self.give_up(at, op, &refused).await;
                }
                self.absorb(Some(at));
                self.links[at].raising = Some(Raising { set_up: true, ..raising });
                continue;
            }
            if !device.up {
                return self.fail(at, op, Cause::TakenDown).await;
            }
            if !device.carrier {
                return;
            }
            if !configured {
                if let Err(refused) = self.configure(at, index).await {
                    return self.give_up(at, op, &refused).await;
                }
                self.absorb(Some(at));
                self.links[at].raising = Some(Raising { configured: true, ..raising });
                continue;
            }
            return match self.facts.worst(index, &self.links[at].profile.addresses) {
                Presence::Usable if self.links[at].routed => {
                    self.links[at].forget_stopped();
                    self.conclude(at, op, None);
                }
                Presence::Usable => self.fail(at, op, Cause::TakenDown).await,
                Presence::Failed => self.fail(at, op, Cause::NoLease).await,
                Presence::Tentative => {}
                // the kernel has it before it tells of it (IPv6); or somebody took it away
                Presence::Missing if self.has_all_addresses(at, index).await => {}
                Presence::Missing => self.fail(at, op, Cause::TakenDown).await,
            };
        }
    }

    /// Whether the kernel, asked, has all addresses of the profile.
    async fn has_all_addresses(&self, at: usize, index: u32) -> bool {
        let Ok(all) = self.kernel.addresses().await else { return false };
        let there: Vec<_> = all.iter().filter_map(watch::address_key).filter(|key| key.index == index).collect();
        let has = |(address, prefix): &(IpAddr, u8)| there.iter().any(|key| (key.address, key.prefix) == (*address, *prefix));
        self.links[at].profile.addresses.iter().all(has)
    }

    /// Adds what the profile asks for and is not there, and what a stopped link had.
    async fn configure(&mut self, at: usize, index: u32) -> Result<(), Refused> {
        let found = self.links[at].found.clone().filter(|found| found.active);
        if let Some(found) = &found {
            found.contents.put_back(&self.kernel, index, true).await;
        }
        for (address, prefix) in self.links[at].profile.addresses.clone() {
            if self.kernel.add_address(index, address, prefix).await? == Made::Now {
                self.links[at].addresses.push((address, prefix));
            }
        }
        match self.links[at].profile.gateway {
            Some(gateway) if found.is_none() => self.add_route(at, index, gateway).await,
            Some(_) | None => Ok(()),
        }
    }

    /// Adds the link's own default route behind everybody else's; see [`metric::behind`].
    async fn add_route(&mut self, at: usize, index: u32, gateway: IpAddr) -> Result<(), Refused> {
        let v6 = gateway.is_ipv6();
        for _ in 0..ATTEMPTS {
            let mut routes = self.kernel.default_routes(v6).await?;
            routes.retain(|route| !self.preferred.contains(route));
            if routes.iter().any(|route| route.index == index && route.gateway == Some(gateway)) {
                self.links[at].routed = true;
                return Ok(());
            }
            let others: Vec<u32> = routes.iter().map(|route| route.metric).collect();
            let metric = metric::behind(self.links[at].profile.metric, &others, v6);
            let route = DefaultRoute { v6, index, gateway: Some(gateway), metric };
            if self.kernel.add_default(route, false).await? == Made::Now {
                self.links[at].route = Some(route);
                self.links[at].routed = true;
                return Ok(());
            }
        }
        Err(Refused::crowded(index))
    }

    /// Brings a link down: as found if we raised it, administratively down if it was Active without us.
    pub(super) async fn lower(&mut self, at: usize, op: OperationId) {
        self.tell_counters(at).await;
        self.links[at].raising = None;
        let refused = match &self.links[at].found {
            Some(found) if found.active => self.stop(found.index).await,
            Some(_) => {
                self.undo(at).await;
                None
            }
            None => match self.facts.by_name(&self.links[at].profile.interface).map(|(index, _)| index) {
                Some(index) if self.links[at].state(&self.facts).0 == ConfigurationState::Active => {
                    match Contents::read(&self.kernel, index).await {
                        Ok(contents) => {
                            let contents = contents.without(&[], &self.preferred_metrics(index));
                            self.links[at].found = Some(Found { index, up: true, active: true, contents });
                            self.stop(index).await
                        }
                        Err(refused) => Some(refused),
                    }
                }
                Some(_) | None => None,
            },
        };
        if let Some(refused) = &refused {
            tracing::warn!(%refused, "netlink: a link could not be brought down");
            self.links[at].forget();
        }
        self.conclude(at, op, refused.map(|refused| refused.cause));
    }

    /// Sets a device down that is not ours to take apart.
    async fn stop(&self, index: u32) -> Option<Refused> {
        self.kernel.set_up(index, false).await.err().filter(|refused| refused.cause != Cause::Vanished)
    }

    async fn give_up(&mut self, at: usize, op: OperationId, refused: &Refused) {
        let access_point = self.links[at].profile.access_point;
        tracing::warn!(%access_point, interface = self.links[at].profile.interface, %refused, "netlink: a link could not be raised");
        self.fail(at, op, refused.cause).await;
    }

    /// Ends a raise that did not succeed and leaves nothing behind (C11).
    async fn fail(&mut self, at: usize, op: OperationId, cause: Cause) {
        self.links[at].raising = None;
        match &self.links[at].found {
            Some(found) if found.active => {
                let _ = self.stop(found.index).await;
            }
            Some(_) | None => self.undo(at).await,
        }
        self.conclude(at, op, Some(cause));
    }

    /// Takes away what we added and nothing else, and sets the device up or down as found.
    pub(super) async fn undo(&mut self, at: usize) {
        self.absorb(Some(at));
        let link = &mut self.links[at];
        let (addresses, route) = (std::mem::take(&mut link.addresses), link.route.take());
        let Some(Found { index, up, contents, .. }) = link.found.take() else { return };
        link.forget();
        let mut metrics = self.preferred_metrics(index);
        metrics.extend(route.map(|route| (route.v6, route.metric)));
        // removing an address can take others' addresses and routes along (secondaries, routes through its network)
        let others = Contents::read(&self.kernel, index).await.map(|now| now.without(&addresses, &metrics));
        let preferred: Vec<_> = self.preferred.extract_if(.., |route| route.index == index).collect();
        for route in preferred.into_iter().chain(route) {
            self.warn(self.kernel.remove_default(route).await);
        }
        for (address, prefix) in addresses {
            self.warn(self.kernel.remove_address(index, address, prefix).await);
        }
        let Some(is_up) = self.facts.device(index).map(|device| device.up) else { return };
        if is_up && !up {
            self.warn(self.kernel.set_up(index, false).await);
            contents.put_back(&self.kernel, index, false).await;
        } else if let Ok(others) = others {
            others.put_back(&self.kernel, index, is_up).await;
        }
        self.absorb(Some(at));
    }

    /// Puts everything back as found (C12), ends every raise under way.
    pub(super) async fn end(&mut self) {
        self.absorb(None);
        let _ = self.prefer(None).await;
        for at in 0..self.links.len() {
            let cancelled = self.links[at].raising.take().map(|raising| raising.op);
            if self.links[at].state(&self.facts).0 == ConfigurationState::Active {
                self.links[at].forget_stopped();
            }
            match self.links[at].found.clone() {
                Some(found) if found.active => {
                    self.warn(self.kernel.set_up(found.index, true).await);
                    found.contents.put_back(&self.kernel, found.index, true).await;
                    self.links[at].forget();
                }
                Some(_) => self.undo(at).await,
                None => {}
            }
            match cancelled {
                Some(op) => self.conclude(at, op, Some(Cause::Cancelled)),
                None => self.conclude(at, OperationId(0), None),
            }
        }
    }

    fn preferred_metrics(&self, index: u32) -> Vec<(bool, u32)> {
        self.preferred.iter().filter(|route| route.index == index).map(|route| (route.v6, route.metric)).collect()
    }

    /// Goes on after a refusal nothing can be done about.
    pub(super) fn warn(&self, result: Result<(), Refused>) {
        if let Err(refused) = result
            && refused.cause != Cause::Vanished
        {
            tracing::warn!(%refused, "netlink: something could not be put back");
        }
    }
}
