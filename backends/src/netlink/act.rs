//! How is a link raised and lowered? Step by step, each when the kernel says the one before is true (C3 to C6, C11).

use super::facts::Presence;
use super::found::{Contents, Found};
use super::link::Raising;
use super::metric;
use super::refused::{Made, Refused};
use super::slaac;
use super::task::Task;
use super::watch::{self, DefaultRoute};
use netsession_fsm::words::{Cause, ConfigurationState, OperationId};
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// How often a default route is tried if others take the metric in between.
const ATTEMPTS: usize = 3;

impl Task {
    /// Begins to raise a link, or is done with it at once (C5).
    pub(super) async fn raise(&mut self, at: usize, op: OperationId) {
        let link = &mut self.links[at];
        if link.state(&self.facts).0 == ConfigurationState::Active {
            link.forget_stopped();
            self.warn_if_strict(at);
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
        self.links[at].raising = Some(Raising { op, set_up: false, configured: false, until: None });
        self.note();
        self.advance(at).await;
    }

    /// Goes on with a raise as far as the kernel lets it: set up, wait for the carrier, addresses, default route, wait until usable.
    pub(super) async fn advance(&mut self, at: usize) {
        while let Some(raising) = self.links[at].raising {
            let Raising { op, set_up, configured, .. } = raising;
            let Some((index, device)) = self.links[at].touched().and_then(|index| Some((index, self.facts.device(index)?))) else {
                return self.fail(at, op, Cause::Vanished).await;
            };
            if device.name != self.links[at].profile.interface {
                return self.fail(at, op, Cause::Vanished).await;
            }
            let (up, carrier) = (device.up, device.carrier);
            if !set_up {
                if let Err(refused) = self.set_up(at, index).await {
                    return self.give_up(at, op, &refused).await;
                }
                self.absorb(Some(at));
                self.links[at].raising = Some(Raising { set_up: true, ..raising });
                continue;
            }
            if !up {
                return self.fail(at, op, Cause::TakenDown).await;
            }
            if !carrier {
                return;
            }
            if !configured {
                if let Err(refused) = self.configure(at, index).await {
                    return self.give_up(at, op, &refused).await;
                }
                self.absorb(Some(at));
                let until = self.links[at].profile.is_slaac_alone().then(|| Instant::now() + self.options.lease_timeout);
                self.links[at].raising = Some(Raising { configured: true, until, ..raising });
                continue;
            }
            let awaited = self.links[at].awaits();
            return match self.facts.worst(index, &awaited) {
                Presence::Usable if self.links[at].state(&self.facts).0 == ConfigurationState::Active => {
                    self.links[at].forget_stopped();
                    self.set_policy(at).await;
                    self.conclude(at, op, None);
                }
                // a server or a router has to say something first
                Presence::Usable if self.links[at].standing().routed => {}
                Presence::Usable => self.fail(at, op, Cause::TakenDown).await,
                Presence::Failed => self.fail(at, op, Cause::NoLease).await,
                Presence::Tentative => {}
                // the kernel has it before it tells of it (IPv6); or somebody took it away
                Presence::Missing if self.has_all(index, &awaited).await => {}
                Presence::Missing => self.fail(at, op, Cause::TakenDown).await,
            };
        }
    }

    /// Sets a device up; before, where it was down, what the kernel is to make of advertisements.
    async fn set_up(&mut self, at: usize, index: u32) -> Result<(), Refused> {
        if self.links[at].is_ours() {
            self.heed_advertisements(at, index).await?;
        }
        // asked even if it is up: the kernel says at once if we may not
        self.kernel.set_up(index, true).await
    }

    async fn heed_advertisements(&mut self, at: usize, index: u32) -> Result<(), Refused> {
        let link = &self.links[at];
        let interface = link.profile.interface.clone();
        if link.advertisements != slaac::Before::default() {
            return Ok(());
        }
        let was_down = link.found.as_ref().is_some_and(|found| !found.up);
        if link.profile.slaac {
            let others = self.others_defaults(true).await?;
            let metric = self.metric_behind(at, index, true, &others);
            let note = |before: &slaac::Before| {
                self.links[at].advertisements = before.clone();
                self.note();
            };
            match slaac::accept(&interface, metric, note) {
                Ok(before) => self.links[at].advertisements = before,
                Err(error) => {
                    self.links[at].advertisements = slaac::Before::default();
                    if self.links[at].profile.is_slaac_alone() {
                        return Err(Refused::setting(&interface, error));
                    }
                    tracing::warn!(interface, %error, "netlink: no addresses from advertisements");
                }
            }
        } else if was_down {
            let note = |before: &slaac::Before| {
                self.links[at].advertisements = before.clone();
                self.note();
            };
            let before = slaac::refuse_router(&interface, note);
            self.links[at].advertisements = before;
        }
        Ok(())
    }

    /// Whether the kernel, asked, has all these addresses.
    async fn has_all(&self, index: u32, addresses: &[(IpAddr, u8)]) -> bool {
        let Ok(all) = self.kernel.addresses().await else { return false };
        let there: Vec<_> = all.iter().filter_map(watch::address_key).filter(|key| key.index == index).collect();
        let has = |(address, prefix): &(IpAddr, u8)| there.iter().any(|key| (key.address, key.prefix) == (*address, *prefix));
        addresses.iter().all(has)
    }

    /// Adds what the profile asks for and is not there, and what a stopped link had; asks for what a network has to give.
    async fn configure(&mut self, at: usize, index: u32) -> Result<(), Refused> {
        if let Some(found) = self.links[at].found.clone().filter(|found| found.active) {
            found.contents.put_back(&self.kernel, index, true).await;
        }
        for address in self.links[at].profile.addresses.clone() {
            self.add_address(at, index, address, None).await?;
        }
        if !self.links[at].is_ours() {
            return Ok(());
        }
        if let Some(gateway) = self.links[at].profile.gateway {
            self.add_route(at, index, gateway).await?;
        }
        if self.links[at].profile.slaac
            && let Err(error) = slaac::solicit(index)
        {
            tracing::debug!(index, %error, "netlink: cannot ask for an advertisement; waiting for the next one");
        }
        if self.links[at].profile.dhcp { self.apply_for_lease(at, index).await } else { Ok(()) }
    }

    /// Adds an address, unless it is there.
    pub(super) async fn add_address(
        &mut self,
        at: usize,
        index: u32,
        address: (IpAddr, u8),
        lifetime: Option<Duration>,
    ) -> Result<(), Refused> {
        let ours = self.links[at].addresses.contains(&address);
        let is_new = !ours && self.facts.worst(index, &[address]) == Presence::Missing;
        if is_new {
            self.links[at].addresses.push(address);
            self.note();
        }
        let added = self.kernel.add_address(index, address, lifetime, false).await;
        match (&added, ours) {
            (Ok(Made::Now), _) if !self.links[at].addresses.contains(&address) => self.links[at].addresses.push(address),
            (Ok(Made::Before) | Err(_), false) => self.links[at].addresses.retain(|other| *other != address),
            _ => {}
        }
        added.map(drop)
    }

    /// Adds the link's own default route behind everybody else's; see [`metric::behind`].
    pub(super) async fn add_route(&mut self, at: usize, index: u32, gateway: IpAddr) -> Result<(), Refused> {
        let v6 = gateway.is_ipv6();
        let onlink = self.links[at].is_off_link(gateway);
        for _ in 0..ATTEMPTS {
            let routes = self.others_defaults(v6).await?;
            if let Some(there) = routes.iter().find(|route| route.index == index && route.gateway == Some(gateway)) {
                let link = &mut self.links[at];
                let ours = link.routes.iter().any(|own| own.route == *there);
                link.routed_by(v6, ours.then_some(*there));
                return Ok(());
            }
            let metric = self.metric_behind(at, index, v6, &routes);
            let route = DefaultRoute { v6, index, gateway: Some(gateway), metric };
            let before = self.links[at].routes.clone();
            self.links[at].routed_by(v6, Some(route));
            self.note();
            let added = self.kernel.add_default(route, false, onlink).await;
            if !matches!(added, Ok(Made::Now)) {
                self.links[at].routes = before;
            }
            if added? == Made::Now {
                return Ok(());
            }
        }
        Err(Refused::crowded(index))
    }

    /// The default routes of a family but those of `Prefer`: they come and go.
    async fn others_defaults(&self, v6: bool) -> Result<Vec<DefaultRoute>, Refused> {
        let mut routes = self.kernel.default_routes(v6).await?;
        routes.retain(|route| !self.preferred.contains(route));
        Ok(routes)
    }

    /// The metric at which a default route of this link is behind everybody else's.
    fn metric_behind(&self, at: usize, index: u32, v6: bool, others: &[DefaultRoute]) -> u32 {
        let wanted = self.links[at].profile.metric;
        // a router's own route on this device is the one whose metric is looked for
        let advertised = |route: &&DefaultRoute| v6 && self.links[at].profile.slaac && route.index == index;
        let metrics: Vec<u32> = others.iter().filter(|route| !advertised(route)).map(|route| route.metric).collect();
        metric::behind(wanted, &metrics, v6)
    }

    /// Brings a link down: as found if we raised it, administratively down if it was Active without us.
    pub(super) async fn lower(&mut self, at: usize, op: OperationId) {
        self.tell_counters(at).await;
        self.links[at].raising = None;
        if std::mem::take(&mut self.links[at].disowned) && self.links[at].found.is_none() {
            return self.conclude(at, op, None);
        }
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
                            self.note();
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

    pub(super) async fn give_up(&mut self, at: usize, op: OperationId, refused: &Refused) {
        let access_point = self.links[at].profile.access_point;
        tracing::warn!(%access_point, interface = self.links[at].profile.interface, %refused, "netlink: a link could not be raised");
        self.fail(at, op, refused.cause).await;
    }

    /// Ends a raise that did not succeed and leaves nothing behind (C11).
    pub(super) async fn fail(&mut self, at: usize, op: OperationId, cause: Cause) {
        self.links[at].raising = None;
        match &self.links[at].found {
            Some(found) if found.active => {
                let _ = self.stop(found.index).await;
            }
            Some(_) | None => self.undo(at).await,
        }
        self.conclude(at, op, Some(cause));
    }
}
