//! Is a session its owner's alone, whoever dies in whatever phase? And do two processes share a link as SPEC 5, 7 and 8 say?

mod rig;

use netsession_backends::sim::Behaviour;
use netsession_fsm::words::AccessPointId;
use rig::{FAST, LONG, LTE, Peer, Rig, WLAN, eventually, settings};
use std::sync::Arc;

/// A session that the bystander holds on lte; it must not notice anything.
async fn bystander(rig: &Rig) -> (Peer, String) {
    let peer = rig.peer().await;
    let session = peer.session("lte", "off").await;
    peer.open(&session).await;
    (peer, session)
}

/// The bystander's view after somebody died: open, connected, no signal more than the open gave.
async fn is_undisturbed(peer: &Peer, session: &str, signals: usize) {
    assert_eq!(peer.property::<u32>(session, "State").await, 3);
    assert!(peer.property::<bool>(session, "Open").await);
    assert_eq!(peer.signals(session).len(), signals, "{:?}", peer.said());
}

/// How many sessions there are, as somebody sees who may see all.
async fn sessions(peer: &Peer) -> usize {
    let answer = peer.manager("ListSessions", &()).await.unwrap();
    let body = answer.body();
    body.deserialize::<Vec<(zbus::ObjectPath<'_>, std::collections::BTreeMap<&str, zbus::Variant<'_>>)>>().unwrap().len()
}

/// Waits until only so many sessions are left.
async fn left(peer: &Peer, many: usize) {
    let waiting = async {
        while sessions(peer).await != many {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await.expect("sessions of the dead are gone");
}

/// Takes a session to a phase, lets its owner die, and looks who noticed: nobody, and `wlan` is lowered again.
async fn dies_in(phase: &str) {
    let rig = Rig::start().await;
    let (watcher, held) = bystander(&rig).await;
    let signals = watcher.signals(&held).len();
    let peer = rig.peer().await;
    rig::to(phase, &rig.network, &peer).await;
    assert_eq!(sessions(&watcher).await, 2);
    peer.die().await;
    left(&watcher, 1).await;
    rig.raised(&[LTE]).await;
    is_undisturbed(&watcher, &held, signals).await;
    watcher.die().await;
    rig.raised(&[]).await;
    rig.end().await;
}

#[tokio::test]
async fn nobody_notices_who_dies_held() {
    dies_in("stable").await;
}

#[tokio::test]
async fn nobody_notices_who_dies_offered() {
    dies_in("offered").await;
}

#[tokio::test]
async fn nobody_notices_who_dies_migrating() {
    dies_in("migrating").await;
}

#[tokio::test]
async fn nobody_notices_who_dies_in_a_trial() {
    dies_in("trial").await;
}

#[tokio::test]
async fn nobody_notices_who_dies_committing() {
    dies_in("committing").await;
}

#[tokio::test]
async fn nobody_notices_who_dies_free_or_wanting() {
    let rig = Rig::start().await;
    let (watcher, held) = bystander(&rig).await;
    let signals = watcher.signals(&held).len();
    rig.network.behave(WLAN, Behaviour { raise_delay: LONG, ..FAST });
    rig.network.appear(WLAN);
    let free = rig.peer().await;
    free.session("office", "application").await;
    let wanting = rig.peer().await;
    let session = wanting.session("wlan", "off").await;
    wanting.send(&session, "org.netsession.Session1", "Open", &"").await;
    let state = wanting.signal(&session, "StateChanged", 0).await;
    assert_eq!(state.body().deserialize::<(u64, u32)>().unwrap().1, 2, "connecting");
    free.die().await;
    wanting.die().await;
    left(&watcher, 1).await;
    rig.raised(&[LTE]).await;
    is_undisturbed(&watcher, &held, signals).await;
    rig.end().await;
}

#[tokio::test]
async fn who_dies_right_after_a_call_leaves_no_session() {
    let rig = Rig::start().await;
    let watcher = rig.peer().await;
    for calls in 1..20_u32 {
        let peer = rig.peer().await;
        for _ in 0..calls {
            let options = std::collections::BTreeMap::<&str, zbus::Variant<'_>>::new();
            peer.send("/org/netsession/Broker1", "org.netsession.Manager1", "CreateSession", &("lte", options)).await;
        }
        peer.die().await;
    }
    left(&watcher, 0).await;
    rig.end().await;
}

#[tokio::test]
async fn the_last_who_closes_lowers() {
    let rig = Rig::start().await;
    let (one, two) = (rig.peer().await, rig.peer().await);
    let (first, second) = (one.session("lte", "off").await, two.session("lte", "off").await);
    one.open(&first).await;
    two.open(&second).await;
    let quiet = two.signals(&second).len();
    one.on_session(&first, "Close", &()).await.unwrap();
    assert_eq!(rig.network.raised(), [LTE]);
    assert_eq!(two.signals(&second).len(), quiet);
    two.on_session(&second, "Close", &()).await.unwrap();
    rig.raised(&[]).await;
    rig.end().await;
}

#[tokio::test]
async fn a_stop_closes_the_other_with_one_error() {
    let rig = Rig::start().await;
    let (one, two) = (rig.peer().await, rig.peer().await);
    let (first, second) = (one.session("lte", "off").await, two.session("lte", "off").await);
    one.open(&first).await;
    two.open(&second).await;
    one.on_session(&first, "Stop", &()).await.unwrap();
    let error = two.signal(&second, "Error", 0).await;
    let (_, kind, cause, operation, configuration) = error.body().deserialize::<(u64, u32, String, String, String)>().unwrap();
    assert_eq!((kind, &*cause, &*operation, &*configuration), (1, "stopped", "hold", "lte"));
    rig.raised(&[]).await;
    eventually("closed", || two.count(&second, "Closed") == 1).await;
    assert_eq!((two.count(&second, "Error"), one.count(&first, "Error")), (1, 0));
    assert_eq!(one.count(&first, "Closed"), 1);
    rig.end().await;
}

#[tokio::test]
async fn a_loss_is_told_to_each_and_a_release_ends_a_path() {
    let rig = Rig::start().await;
    let (one, two) = (rig.peer().await, rig.peer().await);
    let (first, second) = (one.session("lte", "off").await, two.session("lte", "off").await);
    one.open(&first).await;
    two.open(&second).await;
    rig.network.cut(LTE);
    for (peer, session) in [(&one, &first), (&two, &second)] {
        peer.signal(session, "Error", 0).await;
        assert_eq!((peer.count(session, "Closed"), peer.count(session, "Error")), (1, 1));
    }
    one.on_session(&first, "Release", &()).await.unwrap();
    assert_eq!(rig::error(one.on_session(&first, "Close", &()).await), "UnknownSession");
    let next = one.session("lte", "off").await;
    assert_ne!(next, first);
    assert_eq!(sessions(&two).await, 2);
    rig.end().await;
}

#[tokio::test]
async fn a_broker_that_ends_closes_everything_and_says_so() {
    let mut rig = Rig::start_with(settings(), Arc::new(rig::everyone()), rig::Limits::default()).await;
    let (peer, session) = bystander(&rig).await;
    rig.broker.take().unwrap().shutdown().await;
    let closed = peer.signal(&session, "Closed", 0).await;
    assert!(closed.header().sender().is_some());
    assert_eq!(rig.network.raised(), Vec::<AccessPointId>::new());
    let again = rig::hub(&rig.network, settings(), None).await;
    let bus = netsession_broker::service::Bus::Address(rig.bus.address.clone());
    let broker =
        netsession_broker::service::Broker::start(again.0, again.1, &bus, Arc::new(rig::everyone()), rig::Limits::default()).await.unwrap();
    broker.shutdown().await;
}

#[tokio::test]
async fn a_name_that_is_taken_says_by_whom() {
    let rig = Rig::start().await;
    let network = rig::network();
    let (client, feed) = rig::hub(&network, settings(), None).await;
    let bus = netsession_broker::service::Bus::Address(rig.bus.address.clone());
    let second = netsession_broker::service::Broker::start(client, feed, &bus, Arc::new(rig::everyone()), rig::Limits::default()).await;
    let told = second.unwrap_err().to_string();
    assert!(told.contains(&format!("process {}", std::process::id())), "{told}");
    let (client, feed) = rig::hub(&rig::network(), settings(), None).await;
    let nowhere = netsession_broker::service::Bus::Address("unix:path=/nonexistent".to_owned());
    let told = netsession_broker::service::Broker::start(client, feed, &nowhere, Arc::new(rig::everyone()), rig::Limits::default()).await;
    assert!(told.unwrap_err().to_string().contains("is a D-Bus daemon running there?"));
    rig.end().await;
}

#[tokio::test]
async fn a_bus_that_goes_is_noticed() {
    let mut rig = Rig::start().await;
    let (_peer, _session) = bystander(&rig).await;
    rig.bus.kill();
    let broker = rig.broker.take().unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(20), broker.bus_lost()).await.expect("it is noticed");
    // its clients are gone, too
    rig.raised(&[]).await;
    broker.shutdown().await;
}
