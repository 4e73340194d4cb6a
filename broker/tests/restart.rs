//! Does a broker that was killed go on where it was, for those who are still there, and take back what nobody holds any more?

mod rig;

use netsession_backends::sim::Action;
use rig::{FAST, LTE, Peer, Scene, WLAN};

/// Killed while a session is in a phase; its owner is still there afterwards, and brings what it began to its end.
async fn goes_on_from(phase: &str) {
    let scene = Scene::new().await;
    let broker = scene.broker().await;
    let peer = Peer::on(&scene.bus).await;
    let (session, offer) = rig::to(phase, &scene.network, &peer).await;
    broker.kill().await;
    // what was too slow before is not any more
    scene.network.behave(LTE, FAST);
    scene.network.behave(WLAN, FAST);
    let closed = peer.count(&session, "Closed");
    let broker = scene.broker().await;
    match phase {
        "free" => peer.open(&session).await,
        "wanting" => drop(peer.signal(&session, "Opened", 0).await),
        "offered" => {
            peer.on_session(&session, "Migrate", &offer).await.unwrap();
            peer.signal(&session, "NewConfigurationActivated", 0).await;
            peer.on_session(&session, "Reject", &offer).await.unwrap();
        }
        "migrating" => {
            peer.signal(&session, "NewConfigurationActivated", 0).await;
            peer.on_session(&session, "Accept", &offer).await.unwrap();
        }
        "trial" => drop(peer.on_session(&session, "Accept", &offer).await.unwrap()),
        "stable" | "committing" => {}
        other => panic!("no phase {other}"),
    }
    peer.phase(&session, "stable").await;
    let moved = matches!(phase, "migrating" | "trial" | "committing");
    let on = if moved { "wlan" } else { "lte" };
    assert_eq!(peer.property::<String>(&session, "ActiveConfiguration").await, on);
    assert_eq!(peer.property::<u32>(&session, "State").await, 3);
    assert!(peer.property::<u64>(&session, "OpenedAt").await > 0);
    assert_eq!(peer.count(&session, "Closed"), closed, "{:?}", peer.said());
    scene.raised(if moved { &[WLAN] } else { &[LTE] }).await;
    peer.on_session(&session, "Close", &()).await.unwrap();
    scene.raised(&[]).await;
    broker.end().await;
    scene.is_clean();
}

/// Killed while a session is in a phase; its owner leaves before the next broker comes: nothing of it is left up, and nobody else
/// notices.
async fn takes_back_from(phase: &str) {
    let scene = Scene::new().await;
    let broker = scene.broker().await;
    let other = Peer::on(&scene.bus).await;
    let held = other.session("lte", "off").await;
    let shares = phase != "wanting";
    if shares {
        other.open(&held).await;
    }
    let peer = Peer::on(&scene.bus).await;
    let (session, _) = rig::to(phase, &scene.network, &peer).await;
    broker.kill().await;
    peer.die().await;
    scene.network.behave(LTE, FAST);
    scene.network.behave(WLAN, FAST);
    let signals = other.signals(&held).len();
    let broker = scene.broker().await;
    scene.raised(if shares { &[LTE] } else { &[] }).await;
    // one that holds nothing sees what becomes of the link
    assert!(!shares || other.signals(&held).len() == signals, "{:?}", other.said());
    assert_eq!(other.property::<bool>(&held, "Open").await, shares);
    assert_eq!(rig::error(other.on_session(&session, "Close", &()).await), "UnknownSession");
    other.die().await;
    scene.raised(&[]).await;
    broker.end().await;
    scene.is_clean();
}

macro_rules! phases {
    ($($name:ident),*) => {
        mod owner_stays {
            $(#[tokio::test] async fn $name() { super::goes_on_from(stringify!($name)).await; })*
        }
        mod owner_left {
            $(#[tokio::test] async fn $name() { super::takes_back_from(stringify!($name)).await; })*
        }
    };
}

phases!(free, wanting, stable, offered, migrating, trial, committing);

/// Everybody left while there was no broker, and another bus is there: names on it are those of others.
#[tokio::test]
async fn names_of_another_bus_are_nobodys() {
    let mut scene = Scene::new().await;
    let directory = std::env::temp_dir().join(format!("netsession-restart-{}", std::process::id()));
    scene.directory.clone_from(&directory);
    let broker = scene.broker().await;
    let peer = Peer::on(&scene.bus).await;
    let session = peer.session("office", "off").await;
    peer.open(&session).await;
    broker.kill().await;
    drop(peer);
    scene.bus = rig::PrivateBus::start();
    drop(scene.bus.connect().await);
    let broker = scene.broker().await;
    scene.raised(&[]).await;
    broker.end().await;
    scene.is_clean();
    std::fs::remove_dir_all(directory).unwrap();
}

/// Killed over and over: ids are never given twice, whoever is there keeps what it holds.
#[tokio::test]
async fn paths_are_never_used_again() {
    let scene = Scene::new().await;
    let keeper = Peer::on(&scene.bus).await;
    let mut paths = std::collections::BTreeSet::new();
    let mut kept = None;
    for _ in 0..4 {
        let broker = scene.broker().await;
        let held = match &kept {
            Some(held) => String::clone(held),
            None => {
                let held = keeper.session("lte", "off").await;
                keeper.open(&held).await;
                paths.insert(held.clone());
                kept.insert(held).clone()
            }
        };
        let peer = Peer::on(&scene.bus).await;
        for _ in 0..3 {
            let session = peer.session("office", "off").await;
            assert!(paths.insert(session.clone()), "{session} again");
            peer.on_session(&session, "Release", &()).await.unwrap();
            assert!(paths.insert(peer.session("office", "off").await));
        }
        assert!(keeper.property::<bool>(&held, "Open").await);
        broker.kill().await;
        peer.die().await;
    }
    let broker = scene.broker().await;
    keeper.die().await;
    scene.raised(&[]).await;
    broker.end().await;
    scene.is_clean();
}

/// A link that is lost while there is no broker: what the next one finds is told, with the number of the signal.
#[tokio::test]
async fn what_is_found_lost_is_told_with_its_cause() {
    for (happens, cause) in [(Action::TakeDown(LTE), "taken-down"), (Action::Cut(LTE), "carrier-lost")] {
        let scene = Scene::new().await;
        let broker = scene.broker().await;
        let peer = Peer::on(&scene.bus).await;
        let session = peer.session("lte", "off").await;
        peer.open(&session).await;
        assert_eq!(last_error(&peer, &session).await, (0, 0, String::new(), String::new(), String::new()));
        broker.kill().await;
        scene.network.happen(happens);
        let broker = scene.broker().await;
        peer.signal(&session, "Error", 0).await;
        let lost = last_error(&peer, &session).await;
        let (sequence, told) = (lost.0, (lost.1, &*lost.2, &*lost.3, &*lost.4));
        assert_eq!((sequence > 0, told), (true, (1, cause, "hold", "lte")));
        // and is still known to the one after that
        broker.kill().await;
        let broker = scene.broker().await;
        assert_eq!(last_error(&peer, &session).await, lost);
        broker.end().await;
        scene.is_clean();
    }
}

async fn last_error(peer: &Peer, session: &str) -> (u64, u32, String, String, String) {
    peer.property(session, "LastError").await
}
