//! What is remembered of one link? What was told of it, what we did to it, how it was found.

use super::facts::{AddressKey, Facts, Presence};
use super::found::Found;
use super::map;
use super::profile::Profile;
use super::watch::{DefaultRoute, Told};
use crate::executor::Carrier;
use crate::ledger::Ledger;
use netsession_fsm::hub::LinkReport;
use netsession_fsm::words::{Cause, ConfigurationState, OperationId};
use std::net::IpAddr;

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
    /// The default route we added (not the preferred one).
    pub(super) route: Option<DefaultRoute>,
    /// False while a default route we added is gone.
    pub(super) routed: bool,
    /// The last carrier told.
    pub(super) carrier: Option<Carrier>,
    ledger: Ledger,
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
            route: None,
            routed: true,
            carrier: None,
        }
    }

    /// State and cause by the kernel's facts.
    pub(super) fn state(&self, facts: &Facts) -> (ConfigurationState, Cause) {
        map::state(facts, &self.profile, self.routed)
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
    pub(super) fn hear(&mut self, told: &Told) {
        let touched = self.touched();
        match told {
            Told::LinkGone { index } if touched == Some(*index) => self.forget(),
            Told::Link { index, up: false, .. } if touched == Some(*index) && self.route.is_some() => self.routed = false,
            Told::AddressGone { key } if touched == Some(key.index) => {
                self.addresses.retain(|(address, prefix)| (*address, *prefix) != (key.address, key.prefix));
            }
            Told::DefaultGone { route } if self.route == Some(*route) => self.routed = false,
            Told::Default { route, .. } if self.route == Some(*route) => self.routed = true,
            Told::Default { route, replaced: true } => {
                let same_place = self.route.is_some_and(|ours| (ours.v6, ours.metric) == (route.v6, route.metric));
                self.routed &= !same_place;
            }
            _ => {}
        }
    }

    /// Keeps the book after lost events: `facts` and default `routes` are all there is.
    pub(super) fn found_again(&mut self, facts: &Facts, routes: &[DefaultRoute]) {
        let Some(index) = self.touched() else { return };
        if facts.device(index).is_none() {
            return self.forget();
        }
        self.addresses
            .retain(|(address, prefix)| facts.presence(AddressKey { index, address: *address, prefix: *prefix }) != Presence::Missing);
        self.routed = self.route.is_none_or(|route| routes.contains(&route));
    }

    /// A link that was Active before us and was stopped is up again, by us or by others: it is as it was found.
    pub(super) fn forget_stopped(&mut self) {
        if self.found.as_ref().is_some_and(|found| found.active) {
            self.forget();
        }
    }

    /// There is nothing of ours on it any more.
    pub(super) fn forget(&mut self) {
        self.found = None;
        self.addresses.clear();
        self.route = None;
        self.routed = true;
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
    use netsession_fsm::words::AccessPointId;

    fn link() -> (Link, Facts) {
        let profile = Profile {
            access_point: AccessPointId(0),
            interface: "wan".into(),
            addresses: vec![("192.0.2.2".parse().unwrap(), 24)],
            gateway: None,
            dns: Vec::new(),
            metric: 100,
        };
        (Link::new(profile), Facts::default())
    }

    fn device(up: bool) -> Told {
        Told::Link { index: 2, name: "wan".into(), up, carrier: up }
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
