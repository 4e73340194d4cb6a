//! How does the system default route move, and stay, without a moment without one? (C10, SPEC §7.4)
//!
//! There are two means, and what NetworkManager 1.42.4 does with each was measured:
//!
//! - `Device.Reapply` with another `route-metric`: NetworkManager itself puts the new routes in place before it takes the old ones
//!   away, and its own idea of the primary connection, and of the name servers to ask first, follows. But it takes away all IPv6 of
//!   the device for a moment (3 ms, 1.5 s with duplicate address detection, 100 ms and a router advertisement with SLAAC) and asks
//!   the DHCP server anew (after `dhcp-timeout` without an answer the address is gone). Once in a while an IPv6 address does not come
//!   back until it is applied again; with the flag to preserve external addresses it never does.
//! - An additional default route of ours through the device, in the kernel. NetworkManager leaves it alone: over renewals, carrier
//!   losses, reloads, restarts and crashes of its own; it goes when the connection is deactivated. Nothing on the device is
//!   interrupted. It needs `CAP_NET_ADMIN`.
//!
//! So Reapply is taken for devices on which it interrupts nothing (static IPv4 and no IPv6), and where the kernel lets us not add
//! routes; the additional route for all others.

use super::attributes;
use super::link::{Link, Want};
use super::reapply::Applied;
use super::sync::{Presence, Sync};
use super::task::Task;
use crate::executor::Event;
use crate::netlink::watch::{DefaultRoute, Told};
use netsession_fsm::hub::Report;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};
use std::collections::BTreeMap;

/// IPv4 and IPv6.
pub(super) const FAMILIES: [bool; 2] = [false, true];
/// Where the default route is, and where it is to be.
#[derive(Debug, Default)]
pub(super) struct Routing {
    /// The newest `Prefer`, and whether it was answered.
    asked: Option<(OperationId, Option<AccessPointId>)>,
    /// It was begun.
    begun: bool,
    /// The `Prefer` that the end came before.
    unanswered: Option<OperationId>,
    /// The preferred link.
    pub(super) preferred: Option<usize>,
    /// Interfaces of the default routes of both families that were there before a link was raised, and stay first until `Prefer`.
    pub(super) found: Option<[Option<u32>; 2]>,
    /// Default routes we added, at most one a family but for the moment of a switch.
    pub(super) extra: Vec<DefaultRoute>,
    /// Devices with metrics of ours, by path.
    pub(super) applied: BTreeMap<String, Applied>,
    /// The device at this path is being asked to apply; whether NetworkManager has taken that.
    pub(super) busy: Option<(String, bool)>,
    /// An interface to which NetworkManager does not give another metric, and why.
    pub(super) refused: Option<(u32, Cause)>,
    /// The kernel does not let us add routes.
    pub(super) forbidden: bool,
}

impl Routing {
    /// Takes a `Prefer`; only the newest is answered.
    pub(super) fn ask(&mut self, op: OperationId, access_point: Option<AccessPointId>) {
        self.asked = Some((op, access_point));
        (self.begun, self.refused) = (false, None);
    }

    /// Keeps the book on what we added: what others took away is not ours any more.
    pub(super) fn hear(&mut self, told: &Told) {
        match told {
            Told::DefaultGone { route } => self.extra.retain(|ours| ours != route),
            Told::LinkGone { index } | Told::Link { index, up: false, .. } => self.extra.retain(|ours| ours.index != *index),
            Told::Default { route, replaced: true } => {
                self.extra.retain(|ours| (ours.v6, ours.metric) != (route.v6, route.metric) || ours == route);
            }
            Told::Link { .. }
            | Told::Address { .. }
            | Told::AddressGone { .. }
            | Told::Default { .. }
            | Told::NameServers { .. }
            | Told::Overrun => {}
        }
    }

    /// Keeps the book after lost events.
    pub(super) fn keep_existing(&mut self, routes: &[DefaultRoute]) {
        self.extra.retain(|ours| routes.contains(ours));
    }

    /// A NetworkManager that is started again gives every device the metrics of its profile.
    pub(super) fn forget_daemon(&mut self) {
        self.applied.clear();
        self.busy = None;
    }

    /// The end has come: no link is preferred, and the `Prefer` that wanted it otherwise is answered with the last words.
    pub(super) fn prefer_nothing(&mut self) {
        self.preferred = None;
        self.unanswered = self.asked.take().map(|(op, _)| op);
    }

    /// Nothing of ours is left, and nothing is asked.
    pub(super) fn is_idle(&self) -> bool {
        self.extra.is_empty() && self.applied.is_empty() && self.busy.is_none()
    }

    /// A `Prefer` without answer.
    pub(super) fn take_asked(&mut self) -> Option<OperationId> {
        self.asked.take().map(|(op, _)| op).or(self.unanswered.take())
    }
}

impl Task {
    /// Before a link is raised: the default routes that are there are made to stay first. Gives whether they are, or cannot be.
    pub(super) async fn hold(&mut self, at: usize) -> bool {
        if !std::mem::replace(&mut self.links[at].coming, true) {
            self.ask_routes().await;
        }
        match self.put_in_order().await {
            Ok(in_order) => in_order,
            Err(cause) => {
                let access_point = self.links[at].profile.access_point;
                tracing::warn!(%access_point, %cause, "networkmanager: a link that is raised may take the default route");
                true
            }
        }
    }

    /// Moves the default route to where it is to be, keeps it there, and answers the `Prefer` that wants it so.
    pub(super) async fn steer(&mut self) {
        if self.sync != Sync::Done {
            if self.presence == Presence::Absent
                && let Some(op) = self.routing.take_asked()
            {
                self.tell(Event::Report(Report::Route { op, result: Err(Cause::BackendGone) }));
            }
            return;
        }
        self.applied_anew();
        if let Some((op, access_point)) = self.routing.asked {
            self.settle_prefer(op, access_point).await;
        }
        if self.routing.preferred.is_some_and(|at| !self.links[at].reapplying && self.state(at).0 != ConfigurationState::Active) {
            self.routing.preferred = None;
        }
        if let Err(cause) = self.put_in_order().await {
            tracing::debug!(%cause, "networkmanager: the default route is not where it is to be");
        }
    }

    async fn settle_prefer(&mut self, op: OperationId, access_point: Option<AccessPointId>) {
        if self.routing.busy.is_some() {
            return;
        }
        if !std::mem::replace(&mut self.routing.begun, true) {
            self.ask_routes().await;
        }
        let before = self.routing.preferred;
        let result = match self.choose(access_point) {
            Ok(preferred) => {
                self.routing.preferred = preferred;
                self.put_in_order().await
            }
            Err(cause) => Err(cause),
        };
        match result {
            Ok(false) => return,
            Ok(true) => {}
            Err(cause) => {
                tracing::warn!(?access_point, %cause, "networkmanager: the default route stays where it is");
                self.routing.preferred = before;
            }
        }
        self.routing.asked = None;
        self.tell(Event::Report(Report::Route { op, result: result.map(drop) }));
    }

    /// The link an access point is, if it can have the default route.
    fn choose(&self, access_point: Option<AccessPointId>) -> Result<Option<usize>, Cause> {
        let Some(access_point) = access_point else { return Ok(None) };
        let at = self.links.iter().position(|link| link.profile.access_point == access_point).ok_or(Cause::Route)?;
        match self.state(at) {
            (ConfigurationState::Active, _) => {}
            _ if self.links[at].reapplying => {}
            (_, Cause::Unknown) => return Err(Cause::Route),
            (_, cause) => return Err(cause),
        }
        let index = self.index(at).ok_or(Cause::Vanished)?;
        let leads_out = self.links[at].reapplying || FAMILIES.iter().any(|v6| self.own_way_out(index, *v6).is_some());
        if leads_out { Ok(Some(at)) } else { Err(Cause::Route) }
    }

    /// Interface of a link.
    pub(super) fn index(&self, at: usize) -> Option<u32> {
        self.facts.index(self.device(&self.links[at])?.1.line())
    }

    /// The best default route through an interface that is not one we added.
    pub(super) fn own_way_out(&self, index: u32, v6: bool) -> Option<DefaultRoute> {
        let own = self.facts.routes.iter().filter(|route| route.index == index && route.v6 == v6 && !self.routing.extra.contains(route));
        own.min_by_key(|route| route.metric).copied()
    }

    /// The interfaces that are to have the default routes of both families.
    fn targets(&mut self) -> [Option<u32>; 2] {
        let raising = |link: &Link| link.ours || link.coming || link.work.is_some_and(|work| work.want == Want::Up);
        if !self.links.iter().any(raising) {
            (self.routing.found, self.routing.refused) = (None, None);
        } else if self.routing.found.is_none() {
            self.routing.found = Some(FAMILIES.map(|v6| self.best(v6).map(|route| route.index).filter(|index| *index != 0)));
        }
        let found = self.routing.found.unwrap_or_default();
        let preferred = self.routing.preferred.and_then(|at| self.index(at));
        FAMILIES.map(|v6| {
            let leads_out = |index: &u32| self.own_way_out(*index, v6).is_some();
            preferred.filter(leads_out).or(found[usize::from(v6)].filter(leads_out))
        })
    }

    /// The default route of a family that is in use, if it is not through a link of ours.
    fn best(&self, v6: bool) -> Option<DefaultRoute> {
        let ours = |route: &&DefaultRoute| self.links.iter().enumerate().any(|(at, link)| link.ours && self.index(at) == Some(route.index));
        let family = self.facts.routes.iter().filter(|route| route.v6 == v6);
        family.filter(|route| !ours(route)).min_by_key(|route| route.metric).copied()
    }

    /// Metrics that the one of an interface must be before: those of other interfaces, and those that links on their way up will have.
    fn others(&self, index: u32, v6: bool) -> Vec<u32> {
        let there = self.facts.routes.iter().filter(|route| route.v6 == v6 && route.index != index && !self.routing.extra.contains(route));
        let coming = self.links.iter().enumerate().filter(|(at, link)| link.coming || (link.ours && self.own(*at, v6).is_none()));
        let coming = coming.filter(|(at, _)| self.index(*at) != Some(index)).filter_map(|(_, link)| {
            let (_, profile) = self.objects.profile(link.uuid.as_deref()?)?;
            let kind = self.device(link).map_or(0, |(_, device)| device.kind);
            Some(u32::try_from(profile.metrics[usize::from(v6)]).unwrap_or_else(|_| attributes::default_metric(kind)))
        });
        there.map(|route| route.metric).chain(coming).collect()
    }

    /// The best default route of a link that is not one we added.
    fn own(&self, at: usize, v6: bool) -> Option<DefaultRoute> {
        self.own_way_out(self.index(at)?, v6)
    }

    /// Puts the default routes where they are to be and takes back what is not needed any more; gives whether all is so.
    async fn put_in_order(&mut self) -> Result<bool, Cause> {
        if self.routing.busy.is_some() {
            return Ok(false);
        }
        let targets = self.targets();
        let mut keep = Vec::new();
        for (v6, target) in FAMILIES.into_iter().zip(targets) {
            let Some((index, own)) = target.and_then(|index| Some((index, self.own_way_out(index, v6)?))) else { continue };
            let others = self.others(index, v6);
            if others.is_empty() || others.iter().all(|other| own.metric < *other) && own.metric <= self.options.prefer_metric {
                continue;
            }
            if self.applies(index) && self.reapply(index, &others, v6)? {
                return Ok(false);
            }
            match self.put_before(own, &others).await {
                Ok(route) => keep.push(route),
                Err(Cause::NotAuthorised) if !self.routing.forbidden => {
                    self.routing.forbidden = true;
                    return Box::pin(self.put_in_order()).await;
                }
                Err(cause) => return Err(cause),
            }
        }
        self.keep_only(&keep).await?;
        let prefers_none = self.routing.preferred.is_none();
        Ok(!self.give_back(targets) || !prefers_none)
    }
}
