//! What does the next process have to know if this one is killed? How each link was found, what was added to it, how far that is (C13).
//!
//! What is about to be added is noted before it is, so what is noted and not there was never added, or is gone.

use super::dhcp::Lease;
use super::found::{Contents, Found};
use super::link::Link;
use super::slaac::Before;
use super::task::Task;
use super::watch::DefaultRoute;
use netsession_fsm::words::AccessPointId;
use rtnetlink::packet_core::{NetlinkMessage, NetlinkPayload};
use rtnetlink::packet_route::RouteNetlinkMessage;
use std::net::IpAddr;

/// Everything noted.
#[derive(Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Book {
    /// The links that are not as found.
    pub(super) links: Vec<Noted>,
    /// Default routes made by `Prefer`.
    pub(super) preferred: Vec<DefaultRoute>,
}

/// How far a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Phase {
    /// Being raised.
    Raising,
    /// Raised, or stopped if it was Active before.
    Done,
    /// Being put back as found.
    Lowering,
}

/// What is noted of a link.
#[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Noted {
    pub(super) access_point: AccessPointId,
    pub(super) phase: Phase,
    /// The device, by index, and by name or its address in the link layer: after a while another one may have its index.
    pub(super) index: u32,
    pub(super) interface: String,
    pub(super) hardware: Vec<u8>,
    /// How it was found.
    pub(super) up: bool,
    pub(super) active: bool,
    contents: Vec<String>,
    /// What was added.
    pub(super) addresses: Vec<(IpAddr, u8)>,
    pub(super) routes: Vec<DefaultRoute>,
    pub(super) table: Option<u32>,
    pub(super) advertisements: Before,
    /// What the network gave.
    pub(super) lease: Option<Lease>,
    pub(super) dns: Vec<IpAddr>,
}

impl Task {
    /// Writes down how everything stands.
    pub(super) fn note(&mut self) {
        self.note_with(None, None);
    }

    /// The same when a default route is about to be added for `Prefer`.
    pub(super) fn note_preferred(&mut self, route: DefaultRoute) {
        self.note_with(Some(route), None);
    }

    /// The same when a link is about to be put back as found.
    pub(super) fn note_lowering(&mut self, at: usize) {
        self.note_with(None, Some(at));
    }

    fn note_with(&mut self, route: Option<DefaultRoute>, lowering: Option<usize>) {
        if !self.notebook.is_open() {
            return;
        }
        let hardware = |index| self.facts.device(index).map(|device| device.hardware.address.clone()).unwrap_or_default();
        let noted = |(at, link): (usize, &Link)| {
            let found = link.found.as_ref()?;
            let phase = match (lowering == Some(at), link.raising.is_some()) {
                (true, _) => Phase::Lowering,
                (false, true) => Phase::Raising,
                (false, false) => Phase::Done,
            };
            Some(Noted::of(link, found, phase, hardware(found.index)))
        };
        let links = self.links.iter().enumerate().filter_map(noted).collect();
        let preferred = self.preferred.iter().copied().chain(route).collect();
        self.notebook.write(&Book { links, preferred });
    }
}

impl Noted {
    fn of(link: &Link, found: &Found, phase: Phase, hardware: Vec<u8>) -> Self {
        Self {
            access_point: link.profile.access_point,
            phase,
            index: found.index,
            interface: link.profile.interface.clone(),
            hardware,
            up: found.up,
            active: found.active,
            contents: found.contents.messages().map(|message| hexadecimal(&message)).collect(),
            addresses: link.addresses.clone(),
            routes: link.routes.iter().map(|own| own.route).collect(),
            table: link.table,
            advertisements: link.advertisements.clone(),
            lease: link.lease.clone(),
            dns: link.dns.clone(),
        }
    }

    /// How the link was found. Of what was on it, what cannot be read or is not about its device is left out.
    pub(super) fn found(&self) -> Found {
        let read = |text: &String| {
            let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(&bytes(text)?).ok()?;
            let NetlinkPayload::InnerMessage(message) = message.payload else { return None };
            Some(message)
        };
        let contents = Contents::of_messages(self.contents.iter().filter_map(read), self.index);
        Found { index: self.index, up: self.up, active: self.active, contents }
    }
}

fn hexadecimal(message: &RouteNetlinkMessage) -> String {
    let mut message = NetlinkMessage::from(message.clone());
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hexadecimal.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    Some(digits?.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtnetlink::RouteMessageBuilder;
    use rtnetlink::packet_route::address::{AddressAttribute, AddressMessage};
    use std::net::Ipv4Addr;

    #[test]
    fn what_was_found_is_read_as_it_was_written() {
        let mut address = AddressMessage::default();
        (address.header.index, address.header.prefix_len) = (7, 24);
        address.header.family = rtnetlink::packet_route::AddressFamily::Inet;
        address.attributes.push(AddressAttribute::Local("192.0.2.7".parse().unwrap()));
        let route = RouteMessageBuilder::<Ipv4Addr>::new().gateway(Ipv4Addr::new(192, 0, 2, 1)).output_interface(7).priority(9).build();
        let messages = [RouteNetlinkMessage::NewAddress(address), RouteNetlinkMessage::NewRoute(route)];
        let noted = |index| Noted {
            access_point: AccessPointId(0),
            phase: Phase::Done,
            index,
            interface: "wan".into(),
            hardware: Vec::new(),
            up: false,
            active: true,
            contents: messages.iter().map(hexadecimal).chain(["nonsense".into(), "0".into()]).collect(),
            addresses: Vec::new(),
            routes: Vec::new(),
            table: None,
            advertisements: Before::default(),
            lease: None,
            dns: Vec::new(),
        };
        assert_eq!(noted(7).found().contents.messages().collect::<Vec<_>>(), messages);
        assert_eq!(noted(8).found().contents.messages().count(), 0, "of another device");
    }
}
