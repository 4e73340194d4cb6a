//! Does a broker that was killed go on where it was, for those who are still there, and take back what nobody holds any more?

mod rig;

use netsession_backends::sim::{Behaviour, Network};
use netsession_broker::service::{Broker, Bus, Keeping, Limits};
use rig::{FAST, LONG, LTE, Peer, PrivateBus, WLAN, eventually, settings};
use std::path::PathBuf;
use std::sync::Arc;

/// A broker in a runtime of its own, which can end at once, wherever its tasks are.
struct Killable {
    runtime: Option<tokio::runtime::Runtime>,
    broker: Option<Broker>,
}

impl Killable {
    async fn start(bus: &PrivateBus, network: &Network, directory: &std::path::Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (network, address, directory) = (network.clone(), bus.address.clone(), directory.to_owned());
        let starting = runtime.spawn(async move {
            let bus = Bus::Address(address);
            let keeping = Keeping::open(&directory, &bus).await.unwrap();
            let (client, feed) = rig::hub(&network, settings(), Some(keeping)).await;
            Broker::start(client, feed, &bus, Arc::new(rig::everyone()), Limits::default()).await.unwrap()
        });
        Self { broker: Some(starting.await.unwrap()), runtime: Some(runtime) }
    }

    /// Nothing is said, nothing put back: as far as others see, as by SIGKILL.
    async fn kill(mut self) {
        // the runtime goes first: a broker that is dropped alone lets its hub end in order
        let runtime = self.runtime.take().unwrap();
        let broker = self.broker.take();
        tokio::task::spawn_blocking(move || {
            runtime.shutdown_timeout(std::time::Duration::from_secs(5));
            drop(broker);
        })
        .await
        .unwrap();
    }

    async fn end(mut self) {
        let broker = self.broker.take().unwrap();
        let runtime = self.runtime.take().unwrap();
        runtime.spawn(broker.shutdown()).await.unwrap();
        tokio::task::spawn_blocking(move || drop(runtime)).await.unwrap();
    }
}

/// A bus, a network, and where the broker keeps its state.
struct Scene {
    bus: PrivateBus,
    network: Network,
    directory: PathBuf,
}

impl Scene {
    async fn new() -> Self {
        let bus = PrivateBus::start();
        drop(bus.connect().await);
        let directory = PathBuf::from(bus.address.trim_start_matches("unix:path=")).with_file_name("state");
        Self { bus, network: rig::network(), directory }
    }

    async fn broker(&self) -> Killable {
        Killable::start(&self.bus, &self.network, &self.directory).await
    }

    async fn raised(&self, links: &[netsession_fsm::words::AccessPointId]) {
        eventually("links", || self.network.raised() == links).await;
    }

    /// The file says that there is nothing to go on with.
    fn is_clean(&self) {
        let (_, found) = netsession_broker::store::Store::open(&self.directory).unwrap();
        assert!(found.is_empty(), "{found:?}");
    }
}

fn slow(raise: std::time::Duration, prefer: std::time::Duration) -> Behaviour {
    Behaviour { raise_delay: raise, prefer_delay: prefer, ..FAST }
}

/// Takes a session on `office` to a phase; gives it and the offer's number.
async fn to(phase: &str, network: &Network, peer: &Peer) -> (String, u32) {
    let session = peer.session("office", "application").await;
    match phase {
        "wanting" => network.behave(LTE, slow(LONG, FAST.prefer_delay)),
        "migrating" => network.behave(WLAN, slow(LONG, FAST.prefer_delay)),
        "committing" => network.behave(WLAN, slow(FAST.raise_delay, LONG)),
        _ => {}
    }
    if phase == "free" {
        return (session, 0);
    }
    if phase == "wanting" {
        peer.send(&session, netsession_broker::api::SESSION, "Open", &"").await;
        while peer.property::<u32>(&session, "State").await != 2 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        return (session, 0);
    }
    peer.open(&session).await;
    if phase == "stable" {
        return (session, 0);
    }
    network.appear(WLAN);
    let offer = peer.signal(&session, "PreferredConfigurationChanged", 0).await;
    let (_, id, ..) = offer.body().deserialize::<(u64, u32, String, String, bool, bool, u64)>().unwrap();
    if phase != "offered" {
        peer.on_session(&session, "Migrate", &id).await.unwrap();
    }
    if phase == "trial" || phase == "committing" {
        peer.signal(&session, "NewConfigurationActivated", 0).await;
    }
    if phase == "committing" {
        peer.on_session(&session, "Accept", &id).await.unwrap();
    }
    peer.phase(&session, phase).await;
    (session, id)
}

/// Killed while a session is in a phase; its owner is still there afterwards, and brings what it began to its end.
async fn goes_on_from(phase: &str) {
    let scene = Scene::new().await;
    let broker = scene.broker().await;
    let peer = Peer::on(&scene.bus).await;
    let (session, offer) = to(phase, &scene.network, &peer).await;
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
    let (session, _) = to(phase, &scene.network, &peer).await;
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
    scene.bus = PrivateBus::start();
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
