//! How does a link stand, and what of that is new? Attributes, carrier and report, told in this order (C1, C7, C10).

use super::attributes;
use super::link::Link;
use super::map::{self, Activation, Line, View};
use super::objects::Device;
use super::sync::{Presence, Sync};
use super::task::Task;
use crate::executor::{Attributes, Carrier, Connectivity, Event};
use netsession_fsm::hub::Report;
use netsession_fsm::words::{Cause, ConfigurationState};

impl Task {
    /// The device a link is on, or would be raised on.
    pub(super) fn device(&self, link: &Link) -> Option<(&str, &Device)> {
        let uuid = link.uuid.as_deref()?;
        let profile = self.objects.profile(uuid);
        let wanted = link.profile.interface.as_deref().or_else(|| profile.and_then(|(_, profile)| profile.interface.as_deref()));
        let active = self.objects.active(uuid, link.profile.interface.as_deref()).and_then(|(_, active)| active.device.as_ref());
        if let Some((path, device)) = active.and_then(|path| self.objects.devices.get_key_value(path)) {
            return Some((path, device));
        }
        match wanted {
            Some(interface) => self.objects.device_of(interface),
            None => self.objects.offering(profile?.0),
        }
    }

    /// How a link stands, and why.
    pub(super) fn state(&self, at: usize) -> (ConfigurationState, Cause) {
        map::state(&self.view(&self.links[at]))
    }

    fn view(&self, link: &Link) -> View {
        /// `NM_DEVICE_TYPE_BT`, `NM_DEVICE_TYPE_MODEM`: they have an interface only while they are connected.
        const WITHOUT_INTERFACE: [u32; 2] = [5, 8];
        let profile = link.uuid.as_deref().and_then(|uuid| self.objects.profile(uuid));
        // of a cable that was pulled out NetworkManager still has the device for a moment
        let device = self.device(link).map(|(_, device)| device).filter(|device| device.real || attributes::is_software(device.kind));
        let line = match device {
            Some(device) => match self.facts.line(device.line()) {
                Line::Missing if WITHOUT_INTERFACE.contains(&device.kind) => Line::Up,
                line => line,
            },
            None => Line::Missing,
        };
        let index = device.and_then(|device| self.facts.index(device.line()));
        let active = link.uuid.as_deref().and_then(|uuid| self.objects.active(uuid, link.profile.interface.as_deref()));
        View {
            daemon: self.sync == Sync::Done,
            profile: profile.is_some(),
            usable: profile.is_some_and(|(_, profile)| profile.usable()),
            activation: active.map(|(_, active)| active.activation),
            place: device.map(|device| self.objects.place(device, profile.map_or("", |(path, _)| path))),
            line,
            address: index.is_some_and(|index| !self.facts.addresses(index).is_empty()),
        }
    }

    /// Whether what comes and goes on a link is of our making: its routes are applied anew, and it did not lose its carrier.
    fn is_reapplying(&self, at: usize) -> bool {
        let view = self.view(&self.links[at]);
        self.links[at].reapplying && view.line == Line::Up && view.activation == Some(Activation::Activated)
    }

    /// Says what is new of every link.
    pub(super) fn tell_all_news(&mut self) {
        for at in 0..self.links.len() {
            self.tell_news(at);
        }
    }

    /// Says what is new of a link: attributes, carrier, report, in this order.
    pub(super) fn tell_news(&mut self, at: usize) {
        match (self.presence, self.sync == Sync::Done) {
            (Presence::Here, true) | (Presence::Absent, false) => {}
            (Presence::Here, false) | (Presence::Untold | Presence::Absent | Presence::Gone, _) => return,
        }
        let state = self.state(at);
        self.tell_attributes(at, state.0);
        if self.links[at].work.is_some() || self.is_reapplying(at) {
            return;
        }
        self.tell_carrier(at, state.0);
        let was_active = self.links[at].was_active();
        if let Some(report) = self.links[at].news(state) {
            if report.state == ConfigurationState::Active && !was_active {
                self.count_again(at);
            }
            self.tell(Event::Report(Report::Link(report)));
        }
    }

    /// Tells the carrier of an Active link, before the report that makes it Active and whenever it changes.
    pub(super) fn tell_carrier(&mut self, at: usize, state: ConfigurationState) {
        let carrier = (state == ConfigurationState::Active).then(|| self.carrier(&self.links[at])).flatten();
        let link = &mut self.links[at];
        let told = carrier.clone().filter(|carrier| link.carrier.as_ref() != Some(carrier));
        link.carrier = carrier;
        if let Some(carrier) = told {
            let access_point = link.profile.access_point;
            self.tell(Event::Carrier(access_point, carrier));
        }
    }

    fn carrier(&self, link: &Link) -> Option<Carrier> {
        let (_, device) = self.device(link)?;
        let index = self.facts.index(device.line())?;
        let gateway = [false, true].into_iter().find_map(|v6| self.facts.way_out(index, v6)?.gateway);
        let (interface, addresses) = (device.line().to_owned(), self.facts.addresses(index));
        Some(Carrier { interface, index, addresses, gateway, dns: self.objects.name_servers(device) })
    }

    /// Tells the attributes of a link if they changed.
    pub(super) fn tell_attributes(&mut self, at: usize, state: ConfigurationState) {
        let link = &self.links[at];
        let profile = link.uuid.as_deref().and_then(|uuid| self.objects.profile(uuid)).map(|(_, profile)| profile);
        let device = self.device(link).map(|(_, device)| device);
        let active = state == ConfigurationState::Active;
        let metered = device.filter(|_| active).map(|device| device.metered).or_else(|| profile.map(|profile| profile.metered));
        let interface = link.profile.interface.clone().or_else(|| profile.and_then(|profile| profile.interface.clone()));
        let attributes = Attributes {
            bearer: attributes::bearer(
                device.map(|device| (device.kind, device.capabilities)),
                profile.map_or("", |profile| &profile.kind),
            ),
            metered: attributes::metered(metered.unwrap_or_default()),
            connectivity: match device {
                Some(device) if active => attributes::connectivity(self.objects.checks, device.connectivity.0, device.connectivity.1),
                Some(_) | None => Connectivity::Unknown,
            },
            interface: device.map(|device| device.line().to_owned()).or(interface),
        };
        if link.attributes.as_ref() != Some(&attributes) {
            let access_point = link.profile.access_point;
            self.links[at].attributes = Some(attributes.clone());
            self.tell(Event::Attributes(access_point, attributes));
        }
    }

    /// Tells the counters of a link that is Active.
    pub(super) async fn tell_counters(&mut self, at: usize) {
        let link = &self.links[at];
        let access_point = link.profile.access_point;
        let index = link.carrier.as_ref().map(|carrier| carrier.index).filter(|_| link.was_active() && self.presence == Presence::Here);
        let Some(index) = index else { return };
        if let Some(counters) = self.kernel.counters(index).await {
            self.tell(Event::Report(Report::Counters { access_point, counters }));
        }
    }
}
