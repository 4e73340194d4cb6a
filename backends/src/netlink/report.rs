//! What is told of links, and when? Attributes, carriers, states, counters; everything anew after lost events (C1, C7, C8).

use super::bearer;
use super::facts::Facts;
use super::map;
use super::refused::Refused;
use super::task::Task;
use super::watch::{self, Told};
use crate::executor::{Attributes, Carrier, Connectivity, Event};
use netsession_fsm::hub::Report;
use netsession_fsm::words::{Cause, ConfigurationState, Metered, OperationId};

impl Task {
    /// Reports a link if there is something new to say of it. A raise under way is one change, reported when it ends; after lost
    /// events nothing is reported until everything was asked again. That a link is Active is told when its counters were, see
    /// [`Task::arrive`].
    pub(super) fn tell_news(&mut self, at: usize) {
        if self.overrun || self.links[at].raising.is_some() {
            return;
        }
        self.tell_attributes(at);
        self.tell_carrier(at);
        let link = &mut self.links[at];
        if !link.was_active() && !link.counted && link.state(&self.facts).0 == ConfigurationState::Active {
            self.count.push(at);
        } else if let Some(report) = link.news(&self.facts) {
            self.tell(Event::Report(Report::Link(report)));
        }
    }

    /// Tells counters, and then, if that waited for them, that the link is Active: what a session sends and receives is counted from
    /// there, not from the beginning of the interface (SPEC §10).
    pub(super) async fn arrive(&mut self, at: usize) {
        self.tell_counters(at).await;
        self.links[at].counted = true;
        self.tell_news(at);
        self.links[at].counted = false;
    }

    /// Tells the carrier of an Active link, before the report that makes it Active and whenever it changes.
    fn tell_carrier(&mut self, at: usize) {
        let link = &mut self.links[at];
        let active = link.state(&self.facts).0 == ConfigurationState::Active;
        let carrier = active.then(|| map::carrier(&self.facts, &link.profile, link.standing()));
        let told = carrier.clone().filter(|carrier: &Carrier| link.carrier.as_ref() != Some(carrier));
        link.carrier = carrier;
        if let Some(carrier) = told {
            let access_point = link.profile.access_point;
            self.tell(Event::Carrier(access_point, carrier));
        }
    }

    /// Tells what carries a link, before everything else and whenever another device has the name.
    fn tell_attributes(&mut self, at: usize) {
        let link = &mut self.links[at];
        let interface = &link.profile.interface;
        let found = self.facts.by_name(interface);
        let device = found.map(|(index, device)| (index, device.hardware.clone()));
        if link.attributes.is_some() && link.device == device {
            return;
        }
        link.device = device;
        let bearer = found.map(|(index, device)| bearer::of(index, interface, &device.hardware)).unwrap_or_default();
        let (metered, connectivity) = (Metered::Unknown, Connectivity::Unknown);
        let attributes = Attributes { bearer, metered, connectivity, interface: Some(interface.clone()) };
        if link.attributes.replace(attributes.clone()).as_ref() != Some(&attributes) {
            let access_point = link.profile.access_point;
            self.tell(Event::Attributes(access_point, attributes));
        }
    }

    /// Ends an operation on a link and reports it.
    pub(super) fn conclude(&mut self, at: usize, op: OperationId, failed: Option<Cause>) {
        self.absorb(Some(at));
        self.links[at].conclude(op, failed, &self.facts);
        self.note();
        self.tell_news(at);
    }

    /// Tells the counters of a link that is Active, or is about to be told so.
    pub(super) async fn tell_counters(&mut self, at: usize) {
        let link = &self.links[at];
        let access_point = link.profile.access_point;
        let active = link.was_active() || link.state(&self.facts).0 == ConfigurationState::Active;
        let Some((index, _)) = self.facts.by_name(&link.profile.interface).filter(|_| active) else { return };
        if let Some(counters) = self.kernel.counters(index).await {
            self.tell(Event::Report(Report::Counters { access_point, counters }));
        }
    }

    /// Asks how everything stands and reports it in one `Resync` (C8). Events told meanwhile are newer than the answer.
    pub(super) async fn resync(&mut self) {
        const ATTEMPTS: usize = 8;
        for _ in 0..ATTEMPTS {
            // what is queued is older than what we ask for now
            while matches!(self.watch.at_once(), Ok(Some(_))) {}
            self.overrun = false;
            if let Err(error) = self.ask_everything().await {
                tracing::error!(%error, "netlink: the kernel does not say how its links stand; what is reported may be out of date");
                break;
            }
            while let Ok(Some(told)) = self.watch.at_once() {
                for told in &told {
                    self.overrun |= *told == Told::Overrun;
                    self.hear(told);
                }
            }
            if !self.overrun {
                break;
            }
        }
        self.overrun = false;
        for at in 0..self.links.len() {
            self.tell_attributes(at);
            self.tell_carrier(at);
        }
        let links = self.links.iter_mut().map(|link| link.again(&self.facts)).collect();
        self.tell(Event::Report(Report::Resync { executor: self.options.executor, links }));
        self.count.extend(0..self.links.len());
    }

    /// The kernel's answer replaces what we know; what of ours is not in it was taken away by others.
    pub(super) async fn ask_everything(&mut self) -> Result<(), Refused> {
        let mut facts = Facts::default();
        for told in self.kernel.links().await? {
            facts.apply(&told);
        }
        for address in self.kernel.addresses().await? {
            if let Some(told) = watch::address(&address) {
                facts.apply(&told);
            }
        }
        let mut routes = self.kernel.default_routes(false).await?;
        routes.extend(self.kernel.default_routes(true).await?);
        for route in &routes {
            facts.apply(&Told::Default { route: *route, replaced: false });
        }
        self.facts = facts;
        self.preferred.retain(|ours| routes.contains(ours));
        for link in &mut self.links {
            link.found_again(&self.facts, &routes);
        }
        Ok(())
    }

    /// Tells the drive loop; if it is gone, the end of the channel of orders says so.
    pub(super) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}
