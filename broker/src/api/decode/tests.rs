//! Are messages read as the interface has them, and is what does not fit named?

use super::*;
use crate::api::fault::FaultKind;
use netsession_fsm::words::{Cause, ErrorKind, Operation};
use zbus::Message;
use zbus::Variant;

fn received<const N: usize>(keys: [(&str, Variant<'static>); N]) -> Received {
    keys.into_iter().map(|(key, value)| (key.to_owned(), OwnedVariant::try_from(value).unwrap())).collect()
}

#[test]
fn a_configuration_is_read_and_keys_of_later_versions_are_not_looked_at() {
    let carrier: BTreeMap<String, Variant<'static>> = [
        ("interface".to_owned(), Variant::from("wlan0")),
        ("index".to_owned(), Variant::from(3_u32)),
        ("addresses".to_owned(), Variant::from(vec!["192.0.2.7".to_owned(), "2001:db8::7".to_owned()])),
        ("gateway".to_owned(), Variant::from("192.0.2.1")),
    ]
    .into();
    let facts = configuration(received([
        ("name", "office".into()),
        ("kind", "access-point".into()),
        ("number", 2_u32.into()),
        ("state", "active".into()),
        ("bearer", "cellular5g".into()),
        ("purpose", "service-specific".into()),
        ("metered", "of a later version".into()),
        ("connect_timeout", 1500_u64.into()),
        ("radio", 7_u16.into()),
        ("capabilities", 59_u32.into()),
        ("executor", "sim".into()),
        ("connectivity", "portal".into()),
        ("carrier", carrier.into()),
        ("received", 5_u64.into()),
        ("brightness", 1_u32.into()),
    ]))
    .unwrap();
    assert_eq!((facts.name.as_str(), facts.kind, facts.number, facts.state), ("office", Kind::AccessPoint, 2, ConfigurationState::Active));
    assert_eq!((facts.bearer, facts.purpose, facts.metered), (Bearer::Cellular5G, Purpose::ServiceSpecific, Metered::Unknown));
    assert_eq!(
        (facts.connect_timeout, facts.radio, facts.capabilities),
        (Duration::from_millis(1500), Some(RadioId(7)), Capabilities::ALL)
    );
    assert_eq!((facts.executor.as_deref(), facts.connectivity, facts.counters.received), (Some("sim"), Connectivity::Portal, 5));
    let carrier = facts.carrier.unwrap();
    assert_eq!((carrier.interface.as_str(), carrier.index, carrier.addresses.len()), ("wlan0", 3, 2));
    assert_eq!((carrier.gateway, carrier.dns), (Some("192.0.2.1".parse().unwrap()), vec![]));
}

#[test]
fn what_does_not_fit_is_named() {
    let error = configuration(received([("name", "office".into()), ("kind", "access-point".into()), ("number", "2".into())])).unwrap_err();
    assert_eq!(error.to_string(), "number of configuration \"office\" does not fit the interface of this version: it has the type s");
    let error = configuration(received([("kind", "access-point".into())])).unwrap_err();
    assert_eq!(error.to_string(), "a configuration does not fit the interface of this version: name is missing");
    let error = session("/s", received([("State", 9_u32.into())])).unwrap_err();
    assert_eq!(error.to_string(), "State of /s does not fit the interface of this version: its value is not known");
}

#[test]
fn properties_of_a_session_are_read_as_far_as_they_are_there() {
    let offer = Variant::from((3_u32, "office", "upgrade", false, true));
    let facts = session("/s", received([("Phase", "offered".into()), ("Offer", offer), ("Counters", (5_u64, 6_u64).into())])).unwrap();
    let offer = OfferFacts { id: 3, access_point: "office".into(), kind: OfferKind::Upgrade, seamless: false, keeps_old: true };
    let counters = Some(Counters { received: 5, sent: 6 });
    assert_eq!(facts, SessionFacts { phase: Some(Phase::Offered), offer: Some(Some(offer)), counters, ..SessionFacts::default() });
    let none = Variant::from((0_u32, "", "upgrade", false, false));
    assert_eq!(session("/s", received([("Offer", none)])).unwrap().offer, Some(None));
}

fn signal<B: serde::Serialize + zbus::DynamicType>(member: &str, body: &B) -> Message {
    Message::signal("/s", crate::api::SESSION, member).build(body).unwrap()
}

#[test]
fn signals_are_read_with_their_numbers() {
    let told_of = |signal: Message| told(&signal).unwrap();
    assert_eq!(told_of(signal("StateChanged", &(4_u64, 3_u32))), Some((4, Told::State(SessionState::Connected))));
    assert_eq!(told_of(signal("Closed", &(5_u64,))), Some((5, Told::Closed)));
    assert_eq!(told_of(signal("Sang", &(5_u64,))), None);
    let error = told_of(signal("Error", &(6_u64, 2_u32, "no-lease", "roam", "office")));
    let failure = FailureFacts { cause: Cause::NoLease, operation: Operation::Roam, configuration: "office".into() };
    assert_eq!(error, Some((6, Told::Error(ErrorKind::Roaming, failure))));
    let error = told(&signal("Opened", &("one",))).unwrap_err();
    assert!(error.to_string().starts_with("signal Opened does not fit"), "{error}");
}

#[test]
fn errors_are_read_with_what_they_say_of_a_failure() {
    let call = Message::method_call("/s", "Open").sender(":1.1").build(&()).unwrap();
    let reply = |name: &str| Message::error(&call.header(), name.to_owned());
    let long = reply("org.netsession.Error.InvalidConfiguration").build(&("why not", "no-lease", "open", "office")).unwrap();
    let facts = error(&long);
    assert_eq!((facts.kind, facts.message.as_str()), (Some(FaultKind::InvalidConfiguration), "why not"));
    let failure = FailureFacts { cause: Cause::NoLease, operation: Operation::Open, configuration: "office".into() };
    assert_eq!(facts.arguments, Arguments::Failure(failure));
    let facts = error(&reply("org.netsession.Error.StaleOffer").build(&("stale", 1_u32, 2_u32)).unwrap());
    assert_eq!((facts.kind, facts.arguments), (Some(FaultKind::StaleOffer), Arguments::Offers(1, 2)));
    let facts = error(&reply("org.netsession.Error.WrongPhase").build(&("not now", "trial")).unwrap());
    assert_eq!(facts.arguments, Arguments::Phase(Phase::Trial));
    let facts = error(&reply("org.freedesktop.DBus.Error.NoReply").build(&("gone",)).unwrap());
    let none = Arguments::None;
    assert_eq!(
        (facts.name.as_str(), facts.message.as_str(), facts.kind, facts.arguments),
        ("org.freedesktop.DBus.Error.NoReply", "gone", None, none)
    );
}
