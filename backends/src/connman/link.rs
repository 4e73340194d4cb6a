//! What is remembered of one link? Which service it is, what is being done to it, how it was found, what was told of it.

use super::Profile;
use super::map;
use super::route::OwnRoute;
use super::service::{Address, Service};
use super::services::Services;
use crate::executor::{Attributes, Carrier};
use crate::ledger::Ledger;
use crate::netlink::onlooker::{Device, Onlooker};
use netsession_fsm::hub::LinkReport;
use netsession_fsm::words::{Cause, ConfigurationState, OperationId};
use std::time::Duration;
use tokio::time::Instant;

/// How long ConnMan may take to tell what the kernel told.
const OVERDUE: Duration = Duration::from_secs(1);

/// How a service was before we touched it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Found {
    /// Which one.
    pub(super) service: String,
    /// It was connected: ours only to disconnect and to connect again.
    pub(super) connected: bool,
    /// ConnMan connects it by itself.
    pub(super) auto_connect: bool,
}

/// What is being done to a link.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Doing {
    /// Nothing.
    #[default]
    Nothing,
    /// A raise is under way.
    Raising(Raising),
    /// A lower, or the end of a raise that failed, is under way.
    Lowering(Lowering),
}

/// How far a raise is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raising {
    /// Number of the operation.
    pub(super) op: OperationId,
    /// Of which service.
    pub(super) service: String,
    /// It was connected without an address that can be used, and is disconnected first.
    pub(super) resetting: bool,
    /// ConnMan was seen to work on it since it was asked: from then on idle means that it failed.
    pub(super) begun: bool,
    /// Which device had the default route before.
    pub(super) default_before: Option<u32>,
    /// The default route came along and is being moved back.
    pub(super) moving: bool,
    /// It has an address; how long its next hop is waited for.
    pub(super) patience: Option<Instant>,
}

/// How far a lower is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lowering {
    /// Number of the operation.
    pub(super) op: OperationId,
    /// Of which service.
    pub(super) service: String,
    /// Why the raise before it failed.
    pub(super) failed: Option<Cause>,
    /// Why ConnMan did not disconnect it.
    pub(super) refused: Option<Cause>,
    /// Questions that are not answered yet.
    pub(super) open: usize,
    /// It was seen not to be connected since it was asked.
    pub(super) down: bool,
}

/// One link of the executor.
#[derive(Debug)]
pub(super) struct Link {
    /// How it is known to ConnMan.
    pub(super) profile: Profile,
    /// The service it is now, or was when there was one.
    pub(super) service: Option<String>,
    /// What kind of service that is.
    kind: String,
    /// Its device.
    interface: Option<String>,
    /// Since when the kernel knows better: its cable was cut, and ConnMan will say that its service went.
    stale: Option<Instant>,
    /// What is being done to it.
    pub(super) doing: Doing,
    /// A raise that waits until a lower ended.
    pub(super) next: Option<OperationId>,
    /// Raised, and not lowered since.
    pub(super) raised: bool,
    /// An earlier process is said to have raised it, and what is connected is somebody else's.
    pub(super) disowned: bool,
    /// How it was before we touched it; `None`: we did not.
    pub(super) found: Option<Found>,
    /// Default routes of ours through it.
    pub(super) routes: Vec<OwnRoute>,
    /// Those an earlier process had added: of a service that is listed ConnMan 1.41 tells the next hop only while it has the default
    /// route (measured), and it is needed all the same.
    pub(super) inherited: Vec<OwnRoute>,
    /// The default route ConnMan makes while it is raised, and may forget.
    pub(super) forgotten: Option<OwnRoute>,
    /// An operation ConnMan's end ended, and why it failed if it was a raise.
    pub(super) ended: Option<(OperationId, Option<Cause>)>,
    carrier: Option<Carrier>,
    attributes: Option<Attributes>,
    ledger: Ledger,
}

impl Link {
    /// Nothing is known of it yet.
    pub(super) fn new(profile: Profile) -> Self {
        Self {
            ledger: Ledger::new(profile.access_point),
            service: None,
            kind: String::new(),
            interface: profile.interface.clone(),
            stale: None,
            doing: Doing::Nothing,
            next: None,
            raised: false,
            disowned: false,
            found: None,
            routes: Vec::new(),
            inherited: Vec::new(),
            forgotten: None,
            ended: None,
            carrier: None,
            attributes: None,
            profile,
        }
    }

    /// Finds its service among those there are; a service that something is being done to stays it.
    pub(super) fn identify(&mut self, services: &Services) {
        let busy = match &self.doing {
            Doing::Raising(raising) => Some(raising.service.as_str()),
            Doing::Lowering(lowering) => Some(lowering.service.as_str()),
            Doing::Nothing => self.found.as_ref().map(|found| found.service.as_str()),
        };
        let found = busy.and_then(|busy| services.get(busy));
        let before = self.service.as_deref();
        if let Some(service) = found.or_else(|| map::identify(&self.profile, services, before)) {
            self.service = Some(service.id.clone());
            self.kind.clone_from(&service.kind);
            if service.interface.is_some() {
                self.interface.clone_from(&service.interface);
            }
        }
    }

    /// Its service, if that is there.
    pub(super) fn service<'a>(&self, services: &'a Services) -> Option<&'a Service> {
        self.service.as_deref().and_then(|service| services.get(service))
    }

    /// Its device, if that is there.
    pub(super) fn device(&self, kernel: &Onlooker) -> Option<Device> {
        self.interface.as_deref().and_then(|interface| kernel.device(interface))
    }

    /// The kernel told that a device lost its carrier, or went. ConnMan takes the service of a cable away then, and lists it anew when
    /// the carrier is back: until it has said so, what it said before is history.
    pub(super) fn lost(&mut self, interface: &str, services: &Services) {
        if self.interface.as_deref() == Some(interface) && self.kind == "ethernet" && self.service(services).is_some() {
            self.stale = Some(Instant::now());
        }
    }

    /// ConnMan said anew what is there.
    pub(super) fn is_fresh(&mut self) {
        self.stale = None;
    }

    /// Whether ConnMan did not say within a second that the service of a cable went that was cut: it has to be asked.
    pub(super) fn is_overdue(&self) -> bool {
        self.stale.is_some_and(|since| since + OVERDUE <= Instant::now())
    }

    /// State and cause, by what ConnMan and the kernel say.
    pub(super) fn state(&self, services: &Services, kernel: &Onlooker) -> (ConfigurationState, Cause) {
        let (service, device) = (self.service(services).filter(|_| self.stale.is_none()), self.device(kernel));
        let usable =
            |address: Address| !address.is_link_local() && device.is_some_and(|on| kernel.has(on.index, address.address, address.prefix));
        map::state(service, &self.kind, device, service.is_some_and(|service| service.addresses().any(usable)))
    }

    /// When something is to be looked at again though nobody tells anything.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let patience = match &self.doing {
            Doing::Raising(raising) => raising.patience,
            Doing::Lowering(_) | Doing::Nothing => None,
        };
        patience.into_iter().chain(self.stale.map(|since| since + OVERDUE)).min()
    }

    /// It was Active when an earlier process ended.
    pub(super) fn remember_up(&mut self) {
        self.ledger.remember_up();
    }

    /// Whether it was last told Active.
    pub(super) fn was_active(&self) -> bool {
        self.ledger.was_active()
    }

    /// Ends an operation; `failed` says why it did not do what it was to do.
    pub(super) fn conclude(&mut self, op: OperationId, state: ConfigurationState, failed: Option<Cause>) {
        self.doing = Doing::Nothing;
        self.ledger.conclude(op, state, failed);
    }

    /// The report if there is something new to say.
    pub(super) fn news(&mut self, (state, cause): (ConfigurationState, Cause)) -> Option<LinkReport> {
        self.ledger.news(state, cause)
    }

    /// The report, new or not.
    pub(super) fn again(&mut self, (state, cause): (ConfigurationState, Cause)) -> LinkReport {
        if let Some((op, failed)) = self.ended.take() {
            self.ledger.conclude(op, state, failed);
        }
        self.ledger.again(state, cause)
    }

    /// Its carrier if it is Active and that was not told yet; forgets it if it is not.
    pub(super) fn new_carrier(&mut self, active: bool, services: &Services, kernel: &Onlooker) -> Option<Carrier> {
        let both = self.service(services).zip(self.device(kernel)).filter(|_| active);
        let carrier = both.map(|(service, device)| map::carrier(service, device.index, kernel.gateway(device.index)));
        let news = carrier.clone().filter(|carrier| self.carrier.as_ref() != Some(carrier));
        self.carrier = carrier;
        news
    }

    /// Its attributes if they were not told yet.
    pub(super) fn new_attributes(&mut self, services: &Services) -> Option<Attributes> {
        let attributes = match (self.service(services), &self.attributes) {
            (Some(service), _) => map::attributes(service),
            (None, Some(before)) => Attributes { connectivity: crate::executor::Connectivity::Unknown, ..before.clone() },
            (None, None) => Attributes { interface: self.interface.clone(), ..Attributes::default() },
        };
        let news = Some(attributes.clone()).filter(|attributes| self.attributes.as_ref() != Some(attributes));
        self.attributes = Some(attributes);
        news
    }
}
