//! What is remembered of one link? What was told of it, what we did to it, how it was found.

use super::bearer::Hardware;
use super::dhcp::{Client, Lease};
use super::facts::{AddressKey, Facts, Presence};
use super::found::Found;
use super::map::{self, Standing};
use super::profile::Profile;
use super::slaac::Before;
use super::watch::{DefaultRoute, Told};
use crate::executor::{Attributes, Carrier};
use crate::ledger::Ledger;
use netsession_fsm::hub::LinkReport;
use netsession_fsm::words::{Cause, ConfigurationState, OperationId};
use std::net::IpAddr;
use tokio::time::Instant;

/// One link of the executor.
#[derive(Debug)]
pub(super) struct Link {
    /// How it is to be.
    pub(super) profile: Profile,
    /// A raise under way.
    pub(super) raising: Option<Raising>,
    /// How it was before we touched it; `None`: we did not.
    pub(super) found: Option<Found>,
    /// Addresses we added and nobody removed.
    pub(super) addresses: Vec<(IpAddr, u8)>,
    /// The default routes we added (not the preferred ones), at most one a family.
    pub(super) routes: Vec<Own>,
    /// The DHCP client, while the link is ours and wants one.
    pub(super) client: Option<Client>,
    /// What it holds.
    pub(super) lease: Option<Lease>,
    /// There was a lease, and it is lost.
    pub(super) lost: bool,
    /// The interface's settings for advertisements before we changed them.
    pub(super) advertisements: Before,
    /// Name servers of advertisements.
    pub(super) dns: Vec<IpAddr>,
    /// Its routing table.
    pub(super) table: Option<u32>,
    /// A table whose rules outlived the device.
    pub(super) left: Option<u32>,
    /// Rules and table may not be what they have to be.
    pub(super) stale: bool,
    /// The last carrier told.
    pub(super) carrier: Option<Carrier>,
    /// The last attributes told.
    pub(super) attributes: Option<Attributes>,
    /// The device they are about: its index, and what it is.
    pub(super) device: Option<(u32, Hardware)>,
    /// Its counters were told just now.
    pub(super) counted: bool,
    /// An earlier process is said to have raised it, and what is up is somebody else's.
    pub(super) disowned: bool,
    ledger: Ledger,
}

/// A default route we added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Own {
    /// Which.
    pub(super) route: DefaultRoute,
    /// False while it is gone.
    pub(super) there: bool,
}

/// How far a raise is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Raising {
    /// Number of the operation.
    pub(super) op: OperationId,
    /// The device was set up: if it is down now, somebody else did that.
    pub(super) set_up: bool,
    /// Addresses and route were added: if they are missing now, somebody else did that.
    pub(super) configured: bool,
    /// When it ends if no router has said anything.
    pub(super) until: Option<Instant>,
}

impl Link {
    /// Nothing is known of it yet.
    pub(super) fn new(profile: Profile) -> Self {
        Self {
            ledger: Ledger::new(profile.access_point),
            profile,
            raising: None,
            found: None,
            addresses: Vec::new(),
            routes: Vec::new(),
            client: None,
            lease: None,
            lost: false,
            advertisements: Before::default(),
            dns: Vec::new(),
            table: None,
            left: None,
            stale: false,
            carrier: None,
            attributes: None,
            device: None,
            counted: false,
            disowned: false,
        }
    }

    /// What is known besides the facts.
    pub(super) fn standing(&self) -> Standing<'_> {
        let routed = self.routes.iter().all(|own| own.there);
        Standing { routed, ours: self.is_ours(), lease: self.lease.as_ref(), lost: self.lost, dns: &self.dns }
    }

    /// It was raised here and not found Active.
    pub(super) fn is_ours(&self) -> bool {
        self.found.as_ref().is_some_and(|found| !found.active)
    }

    /// State and cause by the kernel's facts.
    pub(super) fn state(&self, facts: &Facts) -> (ConfigurationState, Cause) {
        map::state(facts, &self.profile, self.standing())
    }

    /// The addresses that have to be usable, as far as they are known.
    pub(super) fn awaits(&self) -> Vec<(IpAddr, u8)> {
        self.profile.addresses.iter().copied().chain(self.lease.as_ref().map(Lease::key)).collect()
    }

    /// Whether this is the lease's router, and in none of the link's networks.
    pub(super) fn is_off_link(&self, gateway: IpAddr) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.is_off_link(gateway))
    }

    /// It was Active when an earlier process ended.
    pub(super) fn remember_up(&mut self) {
        self.ledger.remember_up();
    }

    /// Whether it was last told Active.
    pub(super) fn was_active(&self) -> bool {
        self.ledger.was_active()
    }

    /// The device we did something to, while it exists.
    pub(super) fn touched(&self) -> Option<u32> {
        self.found.as_ref().map(|found| found.index)
    }

    /// Keeps the book on what we added: what others took away is not ours any more.
    /// `before` are the facts before it.
    pub(super) fn hear(&mut self, told: &Told, before: &Facts) {
        let touched = self.touched();
        match told {
            Told::LinkGone { index } if touched == Some(*index) => self.forget(),
            Told::Link { index, up, carrier, .. } if touched == Some(*index) => {
                self.stale = true;
                // it may be another network now
                let had_carrier = before.device(*index).is_some_and(|device| device.carrier);
                if let Some(client) = self.client.as_ref().filter(|_| *carrier && !had_carrier) {
                    client.verify();
                }
                self.routes.iter_mut().for_each(|own| own.there &= *up);
            }
            Told::AddressGone { key } if touched == Some(key.index) => {
                self.stale = true;
                self.addresses.retain(|(address, prefix)| (*address, *prefix) != (key.address, key.prefix));
            }
            Told::Address { key, .. } => self.stale |= touched == Some(key.index),
            Told::DefaultGone { route } => {
                self.stale |= touched == Some(route.index);
                self.routes.iter_mut().filter(|own| own.route == *route).for_each(|own| own.there = false);
            }
            Told::Default { route, replaced } => {
                self.stale |= touched == Some(route.index);
                for own in &mut self.routes {
                    let same_place = (own.route.v6, own.route.metric) == (route.v6, route.metric);
                    own.there = own.route == *route || own.there && !(*replaced && same_place);
                }
            }
            Told::NameServers { index, servers } if touched == Some(*index) => self.dns.clone_from(servers),
            _ => {}
        }
    }

    /// Takes note of the default route of a family that we added, or that there is none of ours.
    pub(super) fn routed_by(&mut self, v6: bool, route: Option<DefaultRoute>) {
        self.routes.retain(|own| own.route.v6 != v6);
        self.routes.extend(route.map(|route| Own { route, there: true }));
    }

    /// Keeps the book after lost events: `facts` and default `routes` are all there is.
    pub(super) fn found_again(&mut self, facts: &Facts, routes: &[DefaultRoute]) {
        let Some(index) = self.touched() else { return };
        if facts.device(index).is_none() {
            return self.forget();
        }
        self.addresses
            .retain(|(address, prefix)| facts.presence(AddressKey { index, address: *address, prefix: *prefix }) != Presence::Missing);
        self.routes.iter_mut().for_each(|own| own.there = routes.contains(&own.route));
        self.stale = true;
    }

    /// A link that was Active before us and was stopped is up again, by us or by others: it is as it was found.
    pub(super) fn forget_stopped(&mut self) {
        if self.found.as_ref().is_some_and(|found| found.active) {
            self.forget();
        }
    }

    /// There is nothing of ours on it any more.
    pub(super) fn forget(&mut self) {
        (self.found, self.client, self.lease, self.lost) = (None, None, None, false);
        self.addresses.clear();
        self.routes.clear();
        self.dns.clear();
        self.advertisements = Before::default();
        self.left = self.table.take().or(self.left);
        self.stale = false;
    }

    /// Ends an operation; `failed` says why it did not do what it was to do.
    pub(super) fn conclude(&mut self, op: OperationId, failed: Option<Cause>, facts: &Facts) {
        self.raising = None;
        let (state, _) = self.state(facts);
        self.ledger.conclude(op, state, failed);
    }

    /// The report if there is something new to say.
    pub(super) fn news(&mut self, facts: &Facts) -> Option<LinkReport> {
        let (state, cause) = self.state(facts);
        self.ledger.news(state, cause)
    }

    /// The report, new or not.
    pub(super) fn again(&mut self, facts: &Facts) -> LinkReport {
        let (state, cause) = self.state(facts);
        self.ledger.again(state, cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> (Link, Facts) {
        let addresses = vec![("192.0.2.2".parse().unwrap(), 24)];
        let profile = Profile { interface: "wan".into(), addresses, metric: 100, ..Profile::default() };
        (Link::new(profile), Facts::default())
    }

    fn device(up: bool) -> Told {
        Told::Link { index: 2, name: "wan".into(), up, carrier: up, hardware: Default::default() }
    }

    fn address() -> Told {
        Told::Address { key: AddressKey { index: 2, address: "192.0.2.2".parse().unwrap(), prefix: 24 }, usable: true, failed: false }
    }

    #[test]
    fn one_report_per_change_and_causes_that_fit() {
        let (mut link, mut facts) = link();
        let mut seen = Vec::new();
        let gone = Told::LinkGone { index: 2 };
        for told in [gone.clone(), gone.clone(), device(true), address(), address(), device(false), device(true), gone, device(true)] {
            facts.apply(&told);
            if let Some(report) = link.news(&facts) {
                seen.push((report.generation, report.state, report.cause));
            }
        }
        use ConfigurationState::{Active, Defined, Discovered};
        let expected = [
            (1, Defined, Cause::Vanished),
            (2, Discovered, Cause::Unknown),
            (3, Active, Cause::Unknown),
            (4, Discovered, Cause::TakenDown),
            (5, Active, Cause::Unknown),
            (6, Defined, Cause::Vanished),
            (7, Discovered, Cause::Unknown),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_was_asked_for_is_not_taken_down_by_others() {
        let (mut link, mut facts) = link();
        facts.apply(&device(true));
        facts.apply(&address());
        link.news(&facts);
        facts.apply(&device(false));
        link.conclude(OperationId(4), None, &facts);
        let report = link.news(&facts).unwrap();
        assert_eq!((report.state, report.cause, report.done), (ConfigurationState::Discovered, Cause::Unknown, OperationId(4)));
    }

    #[test]
    fn a_failure_is_told_until_the_state_changes() {
        let (mut link, mut facts) = link();
        facts.apply(&device(false));
        link.news(&facts);
        link.conclude(OperationId(1), Some(Cause::NotAuthorised), &facts);
        assert_eq!(link.news(&facts).unwrap().cause, Cause::NotAuthorised);
        facts.apply(&Told::LinkGone { index: 2 });
        assert_eq!(link.news(&facts).unwrap().cause, Cause::Vanished);
        facts.apply(&device(false));
        assert_eq!(link.news(&facts).unwrap().cause, Cause::Unknown);
    }
}
