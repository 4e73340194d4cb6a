//! What must a network offer for the scenes to be played on it? Access points that appear, can be probed, and can be cut.

use super::way::Way;
use super::{Backend, DemoError};
use netsession::executor::{Carrier, Executor};
use netsession::{AccessPointId, Bearer, Candidate, Metered};
use std::time::Instant;

/// The best access point: its probe meets a captive portal.
pub(super) const ETHERNET: AccessPointId = AccessPointId(0);
/// The better access point.
pub(super) const WLAN: AccessPointId = AccessPointId(1);
/// The access point the session begins on.
pub(super) const LTE: AccessPointId = AccessPointId(2);

/// Names, interfaces and attributes of the access points, best first, in order of their numbers.
pub(super) const MEMBERS: [Member; 3] = [
    Member { id: ETHERNET, name: "ethernet", interface: "eth0", bearer: Bearer::Ethernet, metered: Metered::No },
    Member { id: WLAN, name: "wlan", interface: "wlan0", bearer: Bearer::Wlan, metered: Metered::No },
    Member { id: LTE, name: "lte", interface: "lte0", bearer: Bearer::Lte, metered: Metered::Yes },
];

/// One access point of the demo.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) id: AccessPointId,
    pub(super) name: &'static str,
    pub(super) interface: &'static str,
    pub(super) bearer: Bearer,
    pub(super) metered: Metered,
}

/// What an access point of the demo is called.
pub(super) fn name(id: AccessPointId) -> &'static str {
    MEMBERS.iter().find(|member| member.id == id).map_or("an unknown access point", |member| member.name)
}

/// The link of an access point of the demo.
pub(super) fn interface(id: AccessPointId) -> &'static str {
    MEMBERS.iter().find(|member| member.id == id).map_or("an unknown interface", |member| member.interface)
}

/// How a probe ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Probed {
    /// Whether the network is fine.
    pub(super) fine: bool,
    /// What was answered.
    pub(super) answer: String,
}

/// A network with the access points of the demo, `LTE` in reach, the others not.
pub(super) trait Stage {
    /// What it is made of.
    const BACKEND: Backend;

    /// Who tells of what happens to it.
    const TELLS: &'static str;

    /// The executor over it; there is one.
    fn executor(&mut self) -> Result<Box<dyn Executor>, DemoError>;

    /// An access point comes into reach; with a captive portal behind it if `portal`.
    async fn appear(&self, id: AccessPointId, portal: bool) -> Result<(), DemoError>;

    /// Asks the service for a sign of life, through the candidate.
    async fn probe(&self, candidate: &Candidate) -> Probed;

    /// How the transfer gets through an access point.
    fn way(&self, id: AccessPointId, carrier: Carrier) -> Way;

    /// Cuts the cable of an access point; tells when that was asked.
    async fn cut(&self, id: AccessPointId) -> Result<Instant, DemoError>;

    /// When the loss of the carrier became known, if it did after `asked`.
    async fn told(&self, id: AccessPointId, asked: Instant) -> Option<Instant>;

    /// What is not as it was found, after the executor has ended; `None`: nothing.
    async fn left_behind(&self) -> Option<String>;
}
