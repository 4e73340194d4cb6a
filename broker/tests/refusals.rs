//! Is what is foreign, too much or senseless refused, by the right name and without harm to others?

mod rig;

use futures::future::join_all;
use netsession_broker::authority::{Act, Authority, Subject, Verdict};
use rig::{Limits, Peer, Rig, error, everyone, settings};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use zbus::{ObjectPath, OwnedVariant, Variant};

const MANAGER: &str = "org.netsession.Manager1";
const SESSION: &str = "org.netsession.Session1";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const BROKER: &str = "/org/netsession/Broker1";

/// Denies some acts, to everybody; the verdicts on others can be held back for one client.
#[derive(Debug, Default)]
struct Strict {
    denied: Vec<Act>,
    slow: Mutex<Option<Arc<str>>>,
    released: Notify,
    asked: Mutex<Vec<(Act, bool)>>,
}

impl Authority for Strict {
    fn check(&self, subject: &Subject, act: Act, interactive: bool) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>> {
        self.asked.lock().unwrap().push((act, interactive));
        let waits = self.slow.lock().unwrap().as_deref() == Some(&*subject.bus_name);
        let denied = self.denied.contains(&act);
        Box::pin(async move {
            if waits {
                self.released.notified().await;
            }
            if denied { Verdict::Denied(format!("{} is not for you", act.name())) } else { Verdict::Allowed }
        })
    }
}

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
async fn a_slow_verdict_holds_up_its_client_alone() {
    let (rig, authority) = denying(&[]).await;
    let (slow, fast) = (rig.peer().await, rig.peer().await);
    *authority.slow.lock().unwrap() = Some(slow.name().as_str().into());
    slow.send(BROKER, MANAGER, "CreateSession", &("lte", none())).await;
    slow.send(BROKER, MANAGER, "CreateSession", &("office", none())).await;
    let session = fast.session("lte", "off").await;
    fast.open(&session).await;
    assert_eq!(answers(&slow), 0);
    *authority.slow.lock().unwrap() = None;
    authority.released.notify_waiters();
    // in the order in which they were sent
    let waiting = async {
        while answers(&slow) < 2 {
            authority.released.notify_waiters();
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await.expect("both are answered");
    let paths: Vec<String> = slow
        .heard()
        .iter()
        .filter_map(|message| message.body().deserialize::<ObjectPath<'_>>().ok().map(|path| path.to_string()))
        .collect();
    let mut on = Vec::new();
    for path in &paths {
        on.push(slow.property::<String>(path, "Configuration").await);
    }
    assert_eq!(on, ["lte", "office"]);
    rig.end().await;
}

fn answers(peer: &Peer) -> usize {
    peer.said().iter().filter(|said| **said == rig::Said::Answer).count()
}

#[tokio::test]
async fn a_queue_that_is_full_refuses() {
    let authority = Arc::new(Strict::default());
    let limits = Limits { queue_per_client: 8, ..Limits::default() };
    let rig = Rig::start_with(settings(), Arc::clone(&authority) as Arc<dyn Authority>, limits).await;
    let peer = rig.peer().await;
    peer.manager("Attach", &()).await.unwrap();
    *authority.slow.lock().unwrap() = Some(peer.name().as_str().into());
    peer.send(BROKER, MANAGER, "CreateSession", &("lte", none())).await;
    rig::eventually("the first is asked for", || !authority.asked.lock().unwrap().is_empty()).await;
    for _ in 0..9 {
        peer.send(BROKER, MANAGER, "Attach", &()).await;
    }
    let full = rig::Said::Error("org.netsession.Error.LimitExceeded".to_owned());
    rig::eventually("the ninth is refused", || peer.said().contains(&full)).await;
    *authority.slow.lock().unwrap() = None;
    authority.released.notify_waiters();
    rig::eventually("the others are answered", || answers(&peer) == 10).await;
    assert_eq!(peer.said().iter().filter(|said| **said == full).count(), 1);
    rig.end().await;
}

#[tokio::test]
async fn a_user_has_only_so_many_sessions_and_gets_them_back() {
    let limits = Limits { sessions_per_user: 3, ..Limits::default() };
    let rig = Rig::start_with(settings(), Arc::new(everyone()), limits).await;
    let (one, two) = (rig.peer().await, rig.peer().await);
    let first = one.session("lte", "off").await;
    one.session("lte", "off").await;
    two.session("lte", "off").await;
    assert_eq!(error(two.manager("CreateSession", &("lte", none())).await), "LimitExceeded");
    one.on_session(&first, "Release", &()).await.unwrap();
    two.session("lte", "off").await;
    assert_eq!(error(one.manager("CreateSession", &("lte", none())).await), "LimitExceeded");
    let name = one.name();
    one.die().await;
    gone(&two, &name).await;
    two.session("lte", "off").await;
    rig.end().await;
}

/// Waits until the broker knows that a client has left.
async fn gone(peer: &Peer, name: &str) {
    let waiting = async {
        loop {
            let answer = peer.manager("ListSessions", &()).await.unwrap();
            let body = answer.body();
            let listed: Vec<(ObjectPath<'_>, BTreeMap<&str, Variant<'_>>)> = body.deserialize().unwrap();
            if listed.iter().all(|(_, keys)| keys["owner"] != Variant::from(name)) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await.expect("it is gone");
}

#[tokio::test]
async fn calls_that_wait_are_only_so_many_and_others_are_served() {
    let limits = Limits { calls_per_user: 4, ..Limits::default() };
    let rig = Rig::start_with(settings(), Arc::new(everyone()), limits).await;
    let slow = netsession_backends::sim::Behaviour { raise_delay: rig::LONG, ..rig::FAST };
    rig.network.behave(rig::LTE, slow);
    let peer = rig.peer().await;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(peer.session("lte", "off").await);
    }
    for session in &sessions[..4] {
        peer.send(session, SESSION, "Open", &"").await;
    }
    assert_eq!(error(peer.on_session(&sessions[4], "Open", &"").await), "LimitExceeded");
    assert_eq!(error(peer.manager("GetConfigurations", &()).await), "LimitExceeded");
    rig.end().await;
}

#[tokio::test]
async fn a_flood_is_answered_and_harms_nobody() {
    let limits = Limits { queue_per_client: 8, ..Limits::default() };
    let rig = Rig::start_with(settings(), Arc::new(everyone()), limits).await;
    let (flood, other) = (rig.peer().await, rig.peer().await);
    let session = other.session("lte", "off").await;
    let calls = (0..500).map(|_| flood.manager("GetConfigurations", &()));
    let flooding = join_all(calls);
    let (answers, ()) = tokio::join!(flooding, other.open(&session));
    assert_eq!(answers.len(), 500);
    let refused: Vec<_> = answers.into_iter().filter(Result::is_err).map(error).collect();
    assert!(refused.iter().all(|name| name == "LimitExceeded"), "{refused:?}");
    assert_eq!(other.property::<u32>(&session, "State").await, 3);
    flood.session("lte", "off").await;
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

#[tokio::test]
async fn thousands_of_half_open_sessions_harm_nobody() {
    let limits = Limits { sessions_per_user: 10_000, calls_per_user: 10_000, queue_per_client: 10_000, ..Limits::default() };
    let rig = Rig::start_with(settings(), Arc::new(everyone()), limits).await;
    let slow = netsession_backends::sim::Behaviour {
        raise_delay: rig::LONG,
        state: netsession_fsm::words::ConfigurationState::Discovered,
        ..rig::FAST
    };
    rig.network.behave(rig::WLAN, slow);
    rig.network.appear(rig::WLAN);
    let (many, other) = (rig.peer().await, rig.peer().await);
    let created = join_all((0..2000).map(|_| many.session("wlan", "off"))).await;
    for session in &created {
        many.send(session, SESSION, "Open", &"").await;
    }
    let session = other.session("lte", "off").await;
    other.open(&session).await;
    let name = many.name();
    many.die().await;
    gone(&other, &name).await;
    rig.raised(&[rig::LTE]).await;
    assert_eq!(other.property::<u32>(&session, "State").await, 3);
    rig.end().await;
}
