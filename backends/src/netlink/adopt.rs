//! What becomes of the links an earlier process left? Taken over, put back as found, or left to others (C13).

use super::Profile;
use super::dhcp::Lease;
use super::facts::{AddressKey, Presence};
use super::found::{Contents, Found};
use super::leases::SPARE;
use super::link::{Link, Own};
use super::note::{Book, Noted, Phase};
use super::slaac;
use super::task::Task;
use super::watch::{self, DefaultRoute};
use crate::executor::{Left, Notebook};
use crate::left::{Read, read};
use netsession_fsm::words::ConfigurationState;
use std::net::IpAddr;
use std::time::Duration;

impl Task {
    /// Takes over what an earlier process left; from then on everything is written down.
    pub(super) async fn adopt(&mut self, left: Left, notebook: Notebook) {
        if left == Left::default() && !notebook.is_open() {
            return;
        }
        self.links.iter_mut().filter(|link| left.up.contains(&link.profile.access_point)).for_each(Link::remember_up);
        let read = read::<Book>("netlink", left.note.as_deref());
        if let Err(error) = self.ask_everything().await {
            tracing::error!(%error, "netlink: the kernel does not say how its links stand; what an earlier process left stays as it is");
            return;
        }
        match read {
            Read::Book(book) => self.take_over(&left, book, notebook).await,
            Read::Nothing => {
                self.notebook = notebook;
                self.take_over_unnoted(&left).await;
            }
            Read::Rebooted => self.notebook = notebook,
        }
        if left.preferred.is_none() {
            let dropped = self.keep_only(&[]).await;
            self.warn(dropped);
        }
        self.note();
    }

    async fn take_over(&mut self, left: &Left, book: Book, notebook: Notebook) {
        let configured = self.links.len();
        // first the whole book, then what follows from it: whatever is noted from here on is complete
        let noted: Vec<(usize, Noted)> = book.links.into_iter().map(|noted| (self.restore(&noted), noted)).collect();
        let routes = self.ask_defaults().await;
        self.preferred = book.preferred.into_iter().filter(|route| routes.contains(route)).collect();
        for (at, noted) in &noted {
            self.keep_what_is_there(*at, noted, &routes);
        }
        self.notebook = notebook;
        self.clear_left_tables().await;
        for (at, noted) in &noted {
            let wanted = *at < configured && left.raised.contains(&noted.access_point);
            self.settle_with(*at, noted, wanted, *at >= configured).await;
        }
        self.links.truncate(configured);
        for link in self.links.iter_mut().filter(|link| left.raised.contains(&link.profile.access_point)) {
            link.disowned |= link.found.is_none();
        }
    }

    /// Puts into the book on a link what is noted. A link that is not configured any more, or on another interface, gets a place at the
    /// end until it is put back.
    fn restore(&mut self, noted: &Noted) -> usize {
        let device = self.facts.device(noted.index);
        let same = device.filter(|device| device.name == noted.interface || device.hardware.address == noted.hardware);
        let name = same.map_or(&noted.interface, |device| &device.name).clone();
        let fits = |link: &Link| link.profile.access_point == noted.access_point && link.profile.interface == name;
        let at = self.links.iter().position(fits).unwrap_or_else(|| {
            let profile = Profile { access_point: noted.access_point, interface: name, slaac: true, ..Profile::default() };
            self.links.push(Link::new(profile));
            self.links.len() - 1
        });
        let link = &mut self.links[at];
        if same.is_none() {
            // the kernel took everything with the device but the rules
            link.left = noted.table;
            return at;
        }
        link.found = Some(noted.found());
        link.addresses.clone_from(&noted.addresses);
        link.routes = noted.routes.iter().map(|route| Own { route: *route, there: true }).collect();
        link.table = noted.table;
        link.advertisements = noted.advertisements.clone();
        link.lease.clone_from(&noted.lease);
        link.dns.clone_from(&noted.dns);
        at
    }

    /// What is noted and not there was never added, or somebody took it away.
    fn keep_what_is_there(&mut self, at: usize, noted: &Noted, routes: &[DefaultRoute]) {
        let link = &mut self.links[at];
        link.found_again(&self.facts, routes);
        if noted.phase != Phase::Done {
            link.routes.retain(|own| own.there);
        }
    }

    async fn settle_with(&mut self, at: usize, noted: &Noted, wanted: bool, passing: bool) {
        let Some(found) = self.links[at].found.clone() else { return };
        let active = self.is_active(at);
        let (access_point, interface) = (noted.access_point, self.links[at].profile.interface.clone());
        if found.active {
            if passing && !active {
                self.bring_back(at, &found).await;
            } else if active {
                self.links[at].forget_stopped();
            }
            return;
        }
        let half_done = noted.phase == Phase::Lowering || (noted.phase == Phase::Raising && !active);
        if !half_done && self.is_of_others(at, noted) {
            tracing::warn!(%access_point, interface, "netlink: raised by an earlier process, and somebody else's by now: it is left alone");
            return self.leave_to_others(at).await;
        }
        if half_done || !wanted {
            tracing::info!(%access_point, interface, "netlink: left by an earlier process: it is put back as found");
            self.take_lease(at, found.index, true).await;
            return self.undo(at).await;
        }
        tracing::info!(%access_point, interface, "netlink: raised by an earlier process: it is taken over");
        self.take_lease(at, found.index, false).await;
        if self.links[at].profile.slaac
            && let Err(error) = slaac::solicit(found.index)
        {
            tracing::debug!(interface, %error, "netlink: cannot ask for an advertisement; waiting for the next one");
        }
    }

    fn is_active(&self, at: usize) -> bool {
        self.links[at].state(&self.facts).0 == ConfigurationState::Active
    }

    /// Nothing of what was added is left on a link that is up, and somebody else gave it addresses.
    fn is_of_others(&self, at: usize, noted: &Noted) -> bool {
        let gone = !noted.addresses.is_empty() && self.links[at].addresses.is_empty();
        let used = [false, true].into_iter().any(|v6| self.facts.global(noted.index, v6).next().is_some());
        gone && used && self.facts.device(noted.index).is_some_and(|device| device.up)
    }

    async fn leave_to_others(&mut self, at: usize) {
        let link = &mut self.links[at];
        // rules and table are ours by their protocol, whoever has the device
        let routes: Vec<_> = link.routes.drain(..).filter(|own| own.there).map(|own| own.route).collect();
        if let (Some(index), Some(table)) = (link.touched(), link.table) {
            let cleared = self.kernel.set_policy(index, table, 0, &Default::default()).await;
            self.warn(cleared);
        }
        for route in routes {
            self.warn(self.kernel.remove_default(route).await);
        }
        self.links[at].forget();
        self.links[at].left = None;
    }

    /// Has a client take up the lease of a link, to keep it, or only to give it back when the link is put back as found.
    async fn take_lease(&mut self, at: usize, index: u32, to_give_back: bool) {
        let lease = self.links[at].lease.clone();
        let dhcp = self.links[at].profile.dhcp || to_give_back;
        let there = |lease: &Lease| {
            let (address, prefix) = lease.key();
            self.facts.presence(AddressKey { index, address, prefix }) != Presence::Missing
        };
        let taken = match lease {
            Some(lease) if there(&lease) => Some((lease.clone(), self.remaining(index, &lease).await)),
            Some(lease) if to_give_back => Some((lease, None)),
            Some(_) | None => None,
        };
        if !dhcp || (to_give_back && taken.is_none()) {
            return;
        }
        // it was lost: the next one is a return
        self.links[at].lost = taken.is_none();
        self.links[at].lease = taken.as_ref().map(|(lease, _)| lease.clone());
        let lost = self.links[at].lost;
        let started = self.start_client(at, index, Duration::MAX, taken);
        self.links[at].lost = lost;
        self.warn(started);
    }

    /// How long a lease still holds: the kernel was told when it was given or renewed.
    async fn remaining(&self, index: u32, lease: &Lease) -> Option<Duration> {
        let addresses = self.kernel.addresses().await.unwrap_or_default();
        let (address, prefix) = lease.key();
        let of_it = addresses.iter().find(|message| watch::address_key(message) == Some(AddressKey { index, address, prefix }));
        of_it.and_then(watch::lasts).map(|seconds| Duration::from_secs(seconds.into()).saturating_sub(SPARE))
    }

    /// The cautious reading where nothing is noted: see the module's documentation.
    async fn take_over_unnoted(&mut self, left: &Left) {
        for at in 0..self.links.len() {
            let profile = self.links[at].profile.clone();
            if !left.raised.contains(&profile.access_point) {
                continue;
            }
            let Some((index, _)) = self.facts.by_name(&profile.interface) else { continue };
            let has = |(address, prefix): &&(IpAddr, u8)| {
                self.facts.presence(AddressKey { index, address: *address, prefix: *prefix }) != Presence::Missing
            };
            let addresses: Vec<_> = profile.addresses.iter().filter(has).copied().collect();
            if profile.dhcp || addresses.is_empty() {
                self.links[at].disowned = self.is_active(at);
                continue;
            }
            let through = |route: &DefaultRoute| route.index == index && route.gateway.is_some() && route.gateway == profile.gateway;
            let (own, before): (Vec<_>, Vec<_>) =
                self.ask_defaults().await.into_iter().filter(through).partition(|route| route.metric >= profile.metric);
            if left.preferred == Some(profile.access_point) {
                self.preferred.extend(before);
            }
            let rules = self.kernel.rules().await.unwrap_or_default();
            let of_it = |source: IpAddr| addresses.iter().any(|(address, _)| *address == source);
            let rule = rules.iter().find(|rule| rule.ours && rule.source.is_some_and(of_it));
            let metrics: Vec<_> = own.iter().map(|route| (route.v6, route.metric)).chain(self.preferred_metrics(index)).collect();
            let contents = Contents::read(&self.kernel, index).await.unwrap_or_default().without(&addresses, &metrics);
            let link = &mut self.links[at];
            link.table = rule.map(|rule| rule.table);
            link.found = Some(Found { index, up: true, active: false, contents });
            link.routes = own.into_iter().map(|route| Own { route, there: true }).collect();
            link.addresses = addresses;
            link.stale = true;
            let (access_point, interface) = (profile.access_point, profile.interface);
            tracing::warn!(
                %access_point,
                interface,
                "netlink: raised by an earlier process that left no note: its addresses and routes are taken over; when it is lowered \
                 the device stays up, as do settings for advertisements"
            );
        }
    }

    /// All default routes of both families; none if the kernel does not say.
    async fn ask_defaults(&self) -> Vec<DefaultRoute> {
        let mut routes = self.kernel.default_routes(false).await.unwrap_or_default();
        routes.extend(self.kernel.default_routes(true).await.unwrap_or_default());
        routes
    }
}
