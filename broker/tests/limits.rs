//! Does one client or user have only so much, and is everybody else served meanwhile?

mod rig;

use futures::future::join_all;
use netsession_broker::authority::Authority;
use rig::{Limits, Peer, Rig, Strict, error, everyone, settings};
use std::collections::BTreeMap;
use std::sync::Arc;
use zbus::{ObjectPath, Variant};

const MANAGER: &str = "org.netsession.Manager1";
const SESSION: &str = "org.netsession.Session1";
const BROKER: &str = "/org/netsession/Broker1";

fn none() -> BTreeMap<&'static str, Variant<'static>> {
    BTreeMap::new()
}

/// A broker whose authority allows everything, in its time.
async fn strict() -> (Rig, Arc<Strict>) {
    let authority = Arc::new(Strict::default());
    let rig = Rig::start_with(settings(), Arc::clone(&authority) as Arc<dyn Authority>, Limits::default()).await;
    (rig, authority)
}

#[tokio::test]
async fn a_slow_verdict_holds_up_its_client_alone() {
    let (rig, authority) = strict().await;
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

/// A hundred programs of one user that begin with a hundred times as much as it may ask in a moment.
#[tokio::test]
async fn who_asks_too_fast_waits_and_is_not_refused() {
    let limits = Limits { calls_per_second: 500, burst: 10, ..Limits::default() };
    let rig = Rig::start_with(settings(), Arc::new(everyone()), limits).await;
    let peers = join_all((0..100).map(|_| rig.peer())).await;
    let made = join_all(peers.iter().map(async |peer| join_all((0..10).map(|_| peer.session("lte", "off"))).await)).await;
    let paths: std::collections::BTreeSet<_> = made.iter().flatten().collect();
    assert_eq!(paths.len(), 1000);
    assert!(delayed(&peers[0]).await > 0);
    rig.end().await;
}

#[tokio::test]
async fn who_asks_too_fast_and_does_not_wait_is_refused_at_last() {
    let limits = Limits { calls_per_second: 1, burst: 1, queue_per_client: 2, ..Limits::default() };
    let rig = Rig::start_with(settings(), Arc::new(everyone()), limits).await;
    let flood = rig.peer().await;
    flood.manager("Attach", &()).await.unwrap();
    let answers = join_all((0..200).map(|_| flood.manager("Attach", &()))).await;
    let (answered, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    // one that waits for its turn, and those behind it
    assert!(!answered.is_empty() && refused.len() > 100, "{} and {}", answered.len(), refused.len());
    assert!(refused.into_iter().map(error).all(|name| name == "LimitExceeded"));
    // neither does it help to come again: the burst is the user's
    flood.die().await;
    let again = rig.peer().await;
    let before = delayed(&again).await;
    again.manager("Attach", &()).await.unwrap();
    again.manager("Attach", &()).await.unwrap();
    assert!(delayed(&again).await > before);
    rig.end().await;
}

/// How many calls had to wait.
async fn delayed(peer: &Peer) -> u64 {
    let answer = peer.manager("Metrics", &()).await.unwrap();
    let text: String = answer.body().deserialize().unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("netsession_requests_delayed_total ")).unwrap();
    line.parse().unwrap()
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
