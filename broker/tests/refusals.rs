//! Is what is foreign, too much or senseless refused, by the right name and without harm to others?

mod rig;

use netsession_broker::authority::{Act, Authority};
use rig::{Limits, Rig, Strict, error, settings};
use std::collections::BTreeMap;
use std::sync::Arc;
use zbus::{ObjectPath, OwnedVariant, Variant};

const MANAGER: &str = "org.netsession.Manager1";
const SESSION: &str = "org.netsession.Session1";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const BROKER: &str = "/org/netsession/Broker1";

async fn denying(denied: &[Act]) -> (Rig, Arc<Strict>) {
    let authority = Arc::new(Strict { denied: denied.to_vec(), ..Strict::default() });
    let rig = Rig::start_with(settings(), Arc::clone(&authority) as Arc<dyn Authority>, Limits::default()).await;
    (rig, authority)
}

fn none() -> BTreeMap<&'static str, Variant<'static>> {
    BTreeMap::new()
}

#[tokio::test]
async fn a_session_is_its_owners_alone() {
    let (rig, _) = denying(&[Act::Observe]).await;
    let (owner, other) = (rig.peer().await, rig.peer().await);
    let session = owner.session("office", "application").await;
    owner.open(&session).await;
    let before = owner.properties(&session).await.unwrap();
    // another's session and one that never was cannot be told apart
    for path in [session.as_str(), "/org/netsession/Broker1/session/7_7"] {
        let refused = |answer| assert_eq!(error(answer), "UnknownSession", "{path}");
        for method in ["Close", "Stop", "RequestRoam", "Release"] {
            refused(other.on_session(path, method, &()).await);
        }
        for method in ["Migrate", "Ignore", "Accept", "Reject"] {
            refused(other.on_session(path, method, &1_u32).await);
        }
        refused(other.on_session(path, "Open", &"").await);
        refused(other.on_session(path, "SetMode", &"off").await);
        refused(other.on_session(path, "SetRequirements", &none()).await);
        refused(other.on_session(path, "Suppress", &1_u64).await);
        refused(other.on_session(path, "OpenSocket", &("active", "stream", "inet")).await);
        refused(other.call(path, PROPERTIES, "GetAll", &SESSION).await);
        refused(other.call(path, PROPERTIES, "Get", &(SESSION, "State")).await);
        refused(other.call(path, "org.freedesktop.DBus.Introspectable", "Introspect", &()).await);
    }
    let children = other.call("/org/netsession/Broker1/session", "org.freedesktop.DBus.Introspectable", "Introspect", &()).await.unwrap();
    assert!(!children.body().deserialize::<&str>().unwrap().contains("<node name"));
    for method in ["ListSessions", "Attach"] {
        let answer = other.manager(method, &()).await.unwrap();
        let body = answer.body();
        let listed: Vec<(ObjectPath<'_>, BTreeMap<&str, Variant<'_>>)> = body.deserialize().unwrap();
        assert!(listed.is_empty(), "{method}");
    }
    let lte = other.manager("GetConfiguration", &"lte").await.unwrap();
    let holders = lte.body().deserialize::<BTreeMap<String, OwnedVariant>>().unwrap().remove("holders").unwrap();
    assert_eq!(Vec::<zbus::OwnedObjectPath>::try_from(holders).unwrap().len(), 0);
    assert_eq!(error(other.manager("Metrics", &()).await), "NotAuthorised");
    assert!(other.said().iter().all(|said| !matches!(said, rig::Said::Signal(name) if name == "StateChanged")));
    let mut after = owner.properties(&session).await.unwrap();
    after.insert("Counters".to_owned(), before["Counters"].try_clone().unwrap());
    assert_eq!(after, before);
    rig.end().await;
}

#[tokio::test]
async fn who_may_observe_sees_others() {
    let rig = Rig::start().await;
    let (owner, other) = (rig.peer().await, rig.peer().await);
    let session = owner.session("office", "application").await;
    owner.open(&session).await;
    assert_eq!(other.property::<u32>(&session, "State").await, 3);
    let answer = other.manager("ListSessions", &()).await.unwrap();
    let body = answer.body();
    let listed: Vec<(ObjectPath<'_>, BTreeMap<&str, Variant<'_>>)> = body.deserialize().unwrap();
    let (path, keys) = &listed[0];
    assert_eq!((listed.len(), path.as_str()), (1, session.as_str()));
    assert_eq!(keys["owner"], Variant::from(owner.name()));
    assert_eq!(keys["pid"], Variant::from(std::process::id()));
    assert_eq!(keys["leases"], Variant::from(vec!["lte"]));
    assert_eq!(keys["deadline"], Variant::from(0_u64));
    let process = std::fs::read_to_string("/proc/self/comm").unwrap();
    assert_eq!(keys["process"], Variant::from(process.trim()));
    // but they are not theirs
    assert_eq!(error(other.on_session(&session, "Close", &()).await), "UnknownSession");
    rig.end().await;
}

#[tokio::test]
async fn each_act_is_asked_for() {
    let (rig, authority) = denying(&[Act::Open]).await;
    let peer = rig.peer().await;
    assert_eq!(error(peer.manager("CreateSession", &("lte", none())).await), "NotAuthorised");
    assert_eq!(error(peer.manager("Refresh", &()).await), "NotAuthorised");
    assert_eq!(*authority.asked.lock().unwrap(), [(Act::Open, false); 2]);
    rig.end().await;

    let (rig, _) = denying(&[Act::ChooseAccessPoints, Act::StopOthers, Act::Configure]).await;
    let peer = rig.peer().await;
    let chosen = peer.session("lte", "off").await;
    assert_eq!(error(peer.on_session(&chosen, "Open", &"").await), "NotAuthorised");
    let session = peer.session("any", "off").await;
    assert_eq!(error(peer.on_session(&session, "Open", &"lte").await), "NotAuthorised");
    peer.open(&session).await;
    assert_eq!(peer.property::<String>(&session, "ChosenConfiguration").await, "office");
    assert_eq!(error(peer.on_session(&session, "Stop", &()).await), "NotAuthorised");
    assert!(peer.property::<bool>(&session, "Open").await);
    assert_eq!(error(peer.manager("RemoveConfiguration", &"lte").await), "NotAuthorised");
    assert_eq!(error(peer.manager("SaveTraffic", &true).await), "NotAuthorised");
    rig.end().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_named_and_changes_nothing() {
    let rig = Rig::start().await;
    let peer = rig.peer().await;
    let session = peer.session("lte", "off").await;
    let long = "x".repeat(256);
    let huge = "x".repeat(100_000);
    let red = BTreeMap::from([("colour", Variant::from("red"))]);
    let wrong = BTreeMap::from([("may_stop", Variant::from("yes"))]);
    let nested = BTreeMap::from([("mode", Variant::new(Variant::new(Variant::from("off"))))]);
    let dbus = |name: &str| format!("org.freedesktop.DBus.Error.{name}");
    let refused = [
        ("UnknownConfiguration".to_owned(), peer.manager("CreateSession", &("nowhere", none())).await),
        ("LimitExceeded".to_owned(), peer.manager("CreateSession", &(&*long, none())).await),
        ("LimitExceeded".to_owned(), peer.manager("CreateSession", &(&*huge, none())).await),
        ("LimitExceeded".to_owned(), peer.manager("GetConfiguration", &&*huge).await),
        ("InvalidArgument".to_owned(), peer.manager("CreateSession", &("lte", red)).await),
        ("InvalidArgument".to_owned(), peer.manager("CreateSession", &("lte", wrong)).await),
        ("InvalidArgument".to_owned(), peer.manager("CreateSession", &("lte", nested)).await),
        (dbus("InvalidArgs"), peer.manager("CreateSession", &"lte").await),
        (dbus("InvalidArgs"), peer.manager("CreateSession", &(7_u32, none())).await),
        (dbus("InvalidArgs"), peer.manager("GetConfigurations", &"lte").await),
        (dbus("InvalidArgs"), peer.manager("SaveTraffic", &1_u32).await),
        (dbus("UnknownMethod"), peer.manager("Open", &"").await),
        (dbus("UnknownMethod"), peer.on_session(&session, "CreateSession", &("lte", none())).await),
        (dbus("UnknownInterface"), peer.call(BROKER, SESSION, "Close", &()).await),
        (dbus("UnknownInterface"), peer.call(&session, MANAGER, "Attach", &()).await),
        (dbus("UnknownObject"), peer.call("/org/netsession/Broker1/session/0_00", SESSION, "Close", &()).await),
        (dbus("UnknownObject"), peer.call("/org/netsession/Broker1/session/0_0/0_0", SESSION, "Close", &()).await),
        (dbus("UnknownObject"), peer.call("/somewhere", MANAGER, "Attach", &()).await),
        (dbus("UnknownProperty"), peer.call(&session, PROPERTIES, "Get", &(SESSION, "Colour")).await),
        (dbus("UnknownProperty"), peer.call(BROKER, PROPERTIES, "Get", &(MANAGER, "Colour")).await),
        (dbus("UnknownInterface"), peer.call(BROKER, PROPERTIES, "GetAll", &SESSION).await),
        (dbus("PropertyReadOnly"), peer.call(&session, PROPERTIES, "Set", &(SESSION, "Mode", Variant::from("off"))).await),
        ("InvalidArgument".to_owned(), peer.on_session(&session, "SetMode", &"sometimes").await),
        ("UnknownConfiguration".to_owned(), peer.on_session(&session, "Open", &"nowhere").await),
        ("InvalidArgument".to_owned(), peer.on_session(&session, "OpenSocket", &("inside", "stream", "inet")).await),
        ("NoCarrier".to_owned(), peer.on_session(&session, "OpenSocket", &("active", "stream", "inet")).await),
        (dbus("InvalidArgs"), peer.on_session(&session, "Migrate", &"1").await),
    ];
    for (place, (expected, answer)) in refused.into_iter().enumerate() {
        assert_eq!(error(answer), expected, "number {place}");
    }
    let text = peer.manager("Metrics", &()).await.unwrap();
    let body = text.body();
    let text: &str = body.deserialize().unwrap();
    assert!(
        text.contains("netsession_sessions 1\n") && text.contains("netsession_refusals_total{error=\"InvalidArgument\"} 5\n"),
        "{text}"
    );
    rig.end().await;
}
