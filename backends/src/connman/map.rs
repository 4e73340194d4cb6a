//! What does what ConnMan and the kernel say mean for an access point? Its state, causes, attributes and carrier (SPEC §3, §12).

use super::profile::Profile;
use super::service::{Service, State};
use super::services::Services;
use crate::executor::{Attributes, Carrier, Connectivity};
use crate::netlink::onlooker::Device;
use netsession_fsm::words::{Bearer, Cause, ConfigurationState, Metered};
use std::net::IpAddr;

/// State of an access point whose ConnMan runs, and why it is not Active as far as that can be said.
///
/// | service | device | state | cause |
/// |---|---|---|---|
/// | not listed | missing | Defined | Vanished |
/// | not listed | down | Defined | TakenDown |
/// | not listed | no carrier, or a cable | Defined | CarrierLost |
/// | not listed | carrier | Defined | Vanished |
/// | connected, or a cable | missing, down, no carrier | Defined | Vanished, TakenDown, CarrierLost |
/// | idle, failure, association, configuration, disconnect | | Discovered | |
/// | ready, online | carrier, no address that reaches further than the link | Discovered | |
/// | ready, online | carrier, such an address | Active | |
///
/// ConnMan lists a cable only while it has a carrier, and says so 100 ms after the kernel; what the kernel says first counts. A radio
/// has no carrier while it is idle. Where ConnMan is not running, everything is Undefined (BackendGone).
pub(super) fn state(service: Option<&Service>, kind: &str, device: Option<Device>, usable: bool) -> (ConfigurationState, Cause) {
    use ConfigurationState::{Active, Defined, Discovered};
    let cable = kind == "ethernet";
    let broken = match device {
        None => Some(Cause::Vanished),
        Some(device) if !device.up => Some(Cause::TakenDown),
        Some(device) if !device.carrier => Some(Cause::CarrierLost),
        Some(_) => None,
    };
    match (service, broken) {
        (None, Some(cause)) => (Defined, cause),
        (None, None) => (Defined, if cable { Cause::CarrierLost } else { Cause::Vanished }),
        (Some(service), Some(cause)) if cable || service.state.is_connected() => (Defined, cause),
        (Some(service), None) if service.state.is_connected() && usable => (Active, Cause::Unknown),
        (Some(_), _) => (Discovered, Cause::Unknown),
    }
}

/// Whether a connected service got nothing but link-local addresses: ConnMan 1.41 takes one and calls itself ready 39 s after it began
/// to ask for a lease that nobody gives (measured).
pub(super) fn without_lease(service: &Service) -> bool {
    let mut addresses = service.addresses().peekable();
    service.state.is_connected() && addresses.peek().is_some() && addresses.all(super::service::Address::is_link_local)
}

/// What the property `Error` of a failed service means.
pub(super) fn failure(error: Option<&str>) -> Cause {
    match error {
        Some("invalid-key" | "auth-failed" | "login-failed" | "pin-missing") => Cause::Authentication,
        Some("dhcp-failed") => Cause::NoLease,
        Some("out-of-range") => Cause::CarrierLost,
        Some(_) | None => Cause::Unknown,
    }
}

/// What the last part of the name of an error means: ConnMan's own (`net.connman.Error`) and the bus's.
pub(super) fn refusal(name: &str) -> Cause {
    match name {
        "AccessDenied" | "PermissionDenied" | "NotAuthorized" | "InteractiveAuthorizationRequired" => Cause::NotAuthorised,
        "PassphraseRequired" => Cause::Authentication,
        "NoCarrier" => Cause::CarrierLost,
        "OperationAborted" | "OperationCanceled" => Cause::Cancelled,
        "OperationTimeout" | "Timeout" | "TimedOut" => Cause::Timeout,
        "NotSupported" | "NotImplemented" => Cause::CannotStartStop,
        "NotFound" | "NotRegistered" | "InvalidService" | "UnknownObject" | "UnknownMethod" | "UnknownInterface" => Cause::Vanished,
        "ServiceUnknown" | "NameHasNoOwner" | "NoReply" | "Disconnected" => Cause::BackendGone,
        _ => Cause::Unknown,
    }
}

/// What carries a service of this type.
fn bearer(kind: &str) -> Bearer {
    match kind {
        "ethernet" => Bearer::Ethernet,
        "wifi" => Bearer::Wlan,
        // ConnMan does not say which generation
        "cellular" => Bearer::Cellular3G,
        "bluetooth" => Bearer::Bluetooth,
        "vpn" => Bearer::Vpn,
        _ => Bearer::Unknown,
    }
}

/// What is known of the access point of a service.
///
/// ConnMan does not tell costs. It checks the service of the default route only, and none where `EnableOnlineCheck=false`: `ready`
/// says that nobody looked or that nobody answered, so it says nothing.
pub(super) fn attributes(service: &Service) -> Attributes {
    let connectivity = if service.state == State::Online { Connectivity::Full } else { Connectivity::Unknown };
    Attributes { bearer: bearer(&service.kind), metered: Metered::Unknown, connectivity, interface: service.interface.clone() }
}

/// What an application needs to send through the service. Its next hop is told late, so the one of the kernel counts until then.
pub(super) fn carrier(service: &Service, index: u32, next_hop: Option<IpAddr>) -> Carrier {
    let addresses = || service.addresses().filter(|address| !address.is_link_local());
    Carrier {
        interface: service.interface.clone().unwrap_or_default(),
        index,
        addresses: addresses().map(|address| address.address).collect(),
        gateway: addresses().find_map(|address| address.gateway).or(next_hop),
        dns: service.dns.clone(),
    }
}

/// Which service an access point is: the one of that identifier, else the only one of that name, else the one of the interface. Of
/// several on one interface the one that was it `before`, else the first in ConnMan's order.
pub(super) fn identify<'a>(profile: &Profile, services: &'a Services, before: Option<&str>) -> Option<&'a Service> {
    let on_it = |service: &&Service| profile.interface.is_none() || profile.interface == service.interface;
    if let Some(wanted) = &profile.service {
        if let Some(service) = services.get(wanted) {
            return Some(service).filter(on_it);
        }
        let mut named = services.iter().filter(|service| service.name == *wanted).filter(on_it);
        return named.next().filter(|_| named.next().is_none());
    }
    let mut all = services.iter().filter(on_it).peekable();
    let first = all.peek().copied();
    all.find(|service| Some(service.id.as_str()) == before).or(first)
}

#[cfg(test)]
mod tests {
    use super::super::service::Address;
    use super::super::service::tests::properties;
    use super::*;
    use netsession_fsm::words::AccessPointId;

    fn service(kind: &str, state: State) -> Service {
        let v4 = Address { address: "10.1.0.2".parse().unwrap(), prefix: 24, gateway: Some("10.1.0.1".parse().unwrap()) };
        Service { kind: kind.into(), state, interface: Some("a0".into()), v4: Some(v4), ..Service::new("x") }
    }

    #[test]
    fn every_row_of_the_table() {
        use ConfigurationState::{Active, Defined, Discovered};
        let device = |up, carrier| Some(Device { index: 2, up, carrier });
        let rows = [
            (None, "", None, (Defined, Cause::Vanished)),
            (None, "ethernet", device(false, false), (Defined, Cause::TakenDown)),
            (None, "ethernet", device(true, false), (Defined, Cause::CarrierLost)),
            (None, "ethernet", device(true, true), (Defined, Cause::CarrierLost)),
            (None, "wifi", device(true, true), (Defined, Cause::Vanished)),
            (Some(State::Idle), "ethernet", device(true, false), (Defined, Cause::CarrierLost)),
            (Some(State::Idle), "wifi", device(true, false), (Discovered, Cause::Unknown)),
            (Some(State::Ready), "wifi", device(true, false), (Defined, Cause::CarrierLost)),
            (Some(State::Ready), "ethernet", None, (Defined, Cause::Vanished)),
            (Some(State::Failure), "ethernet", device(true, true), (Discovered, Cause::Unknown)),
            (Some(State::Configuration), "ethernet", device(true, true), (Discovered, Cause::Unknown)),
            (Some(State::Ready), "ethernet", device(true, true), (Active, Cause::Unknown)),
            (Some(State::Online), "wifi", device(true, true), (Active, Cause::Unknown)),
        ];
        for (given, kind, device, expected) in rows {
            let service = given.map(|state| service(kind, state));
            assert_eq!(state(service.as_ref(), kind, device, true), expected, "{given:?} {kind} {device:?}");
        }
        let unusable = state(Some(&service("ethernet", State::Ready)), "ethernet", device(true, true), false);
        assert_eq!(unusable, (Discovered, Cause::Unknown));
    }

    #[test]
    fn a_link_local_address_is_no_lease() {
        let mut service = service("ethernet", State::Ready);
        assert!(!without_lease(&service));
        service.v4 = Some(Address { address: "169.254.197.193".parse().unwrap(), prefix: 16, gateway: None });
        assert!(without_lease(&service));
        assert!(carrier(&service, 2, None).addresses.is_empty());
        service.v6 = Some(Address { address: "2001:db8::2".parse().unwrap(), prefix: 64, gateway: None });
        assert!(!without_lease(&service));
        (service.v4, service.v6) = (None, None);
        assert!(!without_lease(&service), "none told yet");
    }

    #[test]
    fn errors_have_causes() {
        for error in ["invalid-key", "auth-failed", "login-failed", "pin-missing"] {
            assert_eq!(failure(Some(error)), Cause::Authentication);
        }
        assert_eq!(failure(Some("dhcp-failed")), Cause::NoLease);
        assert_eq!(failure(Some("out-of-range")), Cause::CarrierLost);
        assert_eq!((failure(Some("connect-failed")), failure(None)), (Cause::Unknown, Cause::Unknown));
        assert_eq!(refusal("PermissionDenied"), Cause::NotAuthorised);
        assert_eq!(refusal("AccessDenied"), Cause::NotAuthorised);
        assert_eq!(refusal("OperationAborted"), Cause::Cancelled);
        assert_eq!(refusal("NoCarrier"), Cause::CarrierLost);
        assert_eq!(refusal("Failed"), Cause::Unknown);
    }

    #[test]
    fn carrier_and_attributes() {
        let carrier = carrier(&service("ethernet", State::Ready), 7, None);
        assert_eq!((carrier.interface.as_str(), carrier.index, carrier.addresses.len()), ("a0", 7, 1));
        assert_eq!(carrier.gateway, Some("10.1.0.1".parse().unwrap()));
        let ready = attributes(&service("wifi", State::Ready));
        assert_eq!((ready.bearer, ready.connectivity, ready.interface), (Bearer::Wlan, Connectivity::Unknown, Some("a0".into())));
        assert_eq!(attributes(&service("vpn", State::Online)).connectivity, Connectivity::Full);
    }

    #[test]
    fn services_are_found_by_identifier_name_or_interface() {
        let on = |name: &'static str, interface: &'static str| {
            properties([("Name", name.into()), ("Ethernet", properties([("Interface", interface.into())]).into())])
        };
        let mut services = Services::default();
        services.replace(vec![
            ("wifi_1".into(), on("Home", "wlan0")),
            ("wifi_2".into(), on("Work", "wlan0")),
            ("ethernet_1".into(), on("Wired", "a0")),
            ("ethernet_2".into(), on("Wired", "b0")),
        ]);
        let found = |service: Option<&str>, interface: Option<&str>, before: Option<&str>| {
            let profile =
                Profile { access_point: AccessPointId(0), service: service.map(Into::into), interface: interface.map(Into::into) };
            identify(&profile, &services, before).map(|service| service.id.clone())
        };
        assert_eq!(found(Some("wifi_2"), None, None).as_deref(), Some("wifi_2"));
        assert_eq!(found(Some("Work"), None, None).as_deref(), Some("wifi_2"));
        assert_eq!(found(Some("Wired"), None, None), None, "two have that name");
        assert_eq!(found(Some("Wired"), Some("b0"), None).as_deref(), Some("ethernet_2"));
        assert_eq!(found(Some("wifi_2"), Some("b0"), None), None);
        assert_eq!(found(None, Some("wlan0"), None).as_deref(), Some("wifi_1"));
        assert_eq!(found(None, Some("wlan0"), Some("wifi_2")).as_deref(), Some("wifi_2"));
        assert_eq!(found(None, Some("wlan0"), Some("ethernet_1")).as_deref(), Some("wifi_1"));
        assert_eq!(found(None, Some("c0"), None), None);
    }
}
