//! What becomes of sessions when the broker or the bus goes and comes back? Handles stay, and what happened is told (SPEC §8).

mod rig;
#[allow(dead_code, unused_imports, reason = "of the scenes only how they look at sessions")]
mod scenes;
mod script;

use netsession_backends::client::{BrokerError, Client, RequestError, Session};
use netsession_backends::sim::{Action, Network};
use netsession_broker::api::{NAME, PATH};
use netsession_broker::client::{Bus, Connection, connect};
use netsession_broker::service::{Broker, Limits};
use netsession_fsm::hub::{Notice, SessionOptions};
use netsession_fsm::words::{Cause, ErrorKind, Mode, OfferId, Phase, SessionState};
use rig::{LTE, PrivateBus, Scene, WLAN, eventually};
use scenes::{Log, World, errors, offer, standing, state};
use script::{Script, State, session};
use std::sync::Arc;
use std::time::Duration;
use zbus::Variant;

use SessionState::{Connected, Disconnected, NotAvailable, Roaming};

/// A broker over a fresh network, on a bus that has none.
async fn broker_on(bus: &PrivateBus) -> (Network, Broker) {
    let network = rig::network();
    let (client, feed) = rig::hub(&network, rig::settings(), None).await;
    let authority = Arc::new(rig::everyone());
    let broker = Broker::start(client, feed, &Bus::Address(bus.address.clone()), authority, Limits::default()).await.unwrap();
    (network, broker)
}

/// Kills the broker of a world: it leaves the bus without a word. Returns when it has left.
async fn kill(world: &mut World) {
    drop(world.rig.as_mut().unwrap().broker.take());
    let asks = bus(world).connect().await;
    let bus_name = Some("org.freedesktop.DBus");
    let left = async {
        loop {
            let has = asks.call_method(bus_name, "/org/freedesktop/DBus", bus_name, "NameHasOwner", &NAME).await.unwrap();
            if !has.body().deserialize::<bool>().unwrap() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(scenes::PATIENCE, left).await.expect("the broker leaves the bus");
}

fn bus(world: &mut World) -> &mut PrivateBus {
    &mut world.rig.as_mut().unwrap().bus
}

async fn lost(log: &mut Log, first: Notice, cause: Cause) {
    log.says(&[first, Notice::Closed]).await;
    assert_eq!(errors(&[log.next().await]), [(ErrorKind::SessionAborted, cause)]);
}

#[tokio::test]
async fn a_broker_that_forgot_leaves_closed_sessions_that_open_again() {
    let mut world = World::brokered().await;
    let session = world.on_lte().await;
    let monitor = world.session("lte").await;
    world.raised(&[LTE]).await;
    let (mut log, mut of_monitor) = (Log::of(&session), Log::of(&monitor));
    let id = session.id();
    kill(&mut world).await;
    assert_eq!((standing(&session), session.is_open()), ((Connected, Phase::Stable, Some(LTE)), true), "as it stood last");
    let waiting = tokio::spawn({
        let client = world.client.clone();
        async move { client.session("lte", SessionOptions::default()).await }
    });
    let (network, broker) = broker_on(bus(&mut world)).await;
    lost(&mut log, state(Disconnected), Cause::BackendGone).await;
    assert_eq!((session.id(), session.is_open()), (id, false));
    assert_eq!(&*waiting.await.unwrap().unwrap().configuration().unwrap().name, "lte", "what was asked meanwhile waited");
    session.open().await.unwrap();
    log.take(3).await;
    network.appear(WLAN);
    offer(&session).await.migrate().await.unwrap().accept().await.unwrap();
    assert_eq!(standing(&session), (Connected, Phase::Stable, Some(WLAN)), "asked, as it was made");
    assert_eq!(of_monitor.rest().iter().filter(|notice| matches!(notice, Notice::Closed | Notice::Error(_))).count(), 0);
    world.client.clone().shutdown().await;
    broker.shutdown().await;
    assert_eq!(network.raised(), []);
}

#[tokio::test]
async fn a_trial_that_was_lost_with_the_broker_is_withdrawn() {
    let mut world = World::brokered().await;
    let session = world.on_lte().await;
    scenes::appear(&world);
    let trial = offer(&session).await.migrate().await.unwrap();
    kill(&mut world).await;
    let (network, broker) = broker_on(bus(&mut world)).await;
    trial.withdrawn().await;
    assert_eq!(trial.accept().await, Err(netsession_backends::client::RoamError::Withdrawn));
    eventually("closed", || !session.is_open()).await;
    // the next broker counts offers from the start: the handle takes them as new ones
    session.open().await.unwrap();
    network.appear(WLAN);
    assert_eq!(&*offer(&session).await.configuration, "wlan");
    world.client.clone().shutdown().await;
    broker.shutdown().await;
}

#[tokio::test]
async fn a_bus_that_dies_closes_sessions_at_once_and_they_are_made_again_on_the_next() {
    let mut world = World::brokered().await;
    let session = world.on_lte().await;
    let mut log = Log::of(&session);
    bus(&mut world).kill();
    lost(&mut log, state(NotAvailable), Cause::BackendGone).await;
    drop(world.rig.as_mut().unwrap().broker.take());
    bus(&mut world).start_again();
    drop(bus(&mut world).connect().await);
    let (network, broker) = broker_on(bus(&mut world)).await;
    log.says(&[state(Disconnected)]).await;
    session.open().await.unwrap();
    assert_eq!(network.raised(), [LTE]);
    world.client.clone().shutdown().await;
    broker.shutdown().await;
    assert_eq!(network.raised(), []);
}

/// A client of a scripted broker with one session, `session/0_0`.
async fn scripted(patience: Duration) -> (PrivateBus, Script, Client, Session) {
    let bus = PrivateBus::start();
    let script = Script::start(&bus, State::new()).await;
    let client = connect(Connection { bus: Bus::Address(bus.address.clone()), patience }).await.unwrap();
    let options = SessionOptions { mode: Mode::Application, ..SessionOptions::default() };
    let session = client.session("office", options).await.unwrap();
    (bus, script, client, session)
}

fn first() -> String {
    format!("{PATH}/session/0_0")
}

async fn open(script: &Script) {
    let of_open = [
        ("State", Variant::from(3_u32)),
        ("Open", true.into()),
        ("ActiveConfiguration", "lte".into()),
        ("OpenedAt", 1_u64.into()),
        ("Sequence", 2_u64.into()),
    ];
    script.change(&first(), true, of_open).await;
    script.say(&first(), "StateChanged", &(1_u64, 3_u32)).await;
    script.say(&first(), "Opened", &(2_u64,)).await;
}

#[tokio::test]
async fn a_broker_that_remembers_goes_on_and_tells_what_changed() {
    let (bus, script, client, session_of) = scripted(scenes::PATIENCE).await;
    let mut log = Log::of(&session_of);
    open(&script).await;
    log.says(&[state(Connected), Notice::Opened]).await;
    script.die().await;
    let mut remembered = session(true, 7);
    remembered.extend([("Phase", "offered".into()), ("Offer", (4_u32, "wlan", "upgrade", false, true).into())]);
    let orphan = format!("{PATH}/session/9_0");
    let sessions = [(first(), remembered), (orphan.clone(), session(false, 0))].into();
    let script = Script::start(&bus, State { sessions, ..State::new() }).await;
    let told = log.next().await;
    assert!(matches!(told, Notice::PreferredConfigurationChanged(offer) if offer.id == OfferId(4)), "{told:?}");
    eventually("the orphan is released", || script.calls().contains(&(orphan.clone(), "Release".into()))).await;
    assert_eq!(session_of.snapshot().phase, Phase::Offered);
    script.change(&first(), true, [("Phase", "stable".into()), ("Offer", (0_u32, "", "", false, false).into())]).await;
    script.say(&first(), "OfferWithdrawn", &(8_u64, 4_u32)).await;
    log.says(&[Notice::OfferWithdrawn(OfferId(4))]).await;
    script.die().await;
    let mut closed = session(false, 11);
    closed.insert("LastError", (11_u64, 1_u32, "no-lease", "hold", "lte").into());
    let script = Script::start(&bus, State { sessions: [(first(), closed)].into(), ..State::new() }).await;
    lost(&mut log, state(Disconnected), Cause::NoLease).await;
    drop(session_of);
    eventually("released", || script.calls().contains(&(first(), "Release".into()))).await;
    client.shutdown().await;
}

/// The client hears of a loss that happened while nobody could tell it: from the broker that found it.
#[tokio::test]
async fn a_link_that_was_lost_without_a_broker_is_told_with_its_cause() {
    let scene = Scene::new().await;
    let broker = scene.broker().await;
    let client = connect(Bus::Address(scene.bus.address.clone())).await.unwrap();
    let options = SessionOptions { mode: Mode::Off, ..SessionOptions::default() };
    scene.network.appear(WLAN);
    let [cut, taken_down, other] = ["lte", "wlan", "lte"].map(|on| client.session(on, options));
    let (sessions, other) = ([cut.await.unwrap(), taken_down.await.unwrap()], other.await.unwrap());
    for session in sessions.iter().chain([&other]) {
        session.open().await.unwrap();
    }
    other.close().await.unwrap();
    let mut logs = sessions.each_ref().map(Log::of);
    let mut of_other = Log::of(&other);
    broker.kill().await;
    scene.network.cut(LTE);
    scene.network.happen(Action::TakeDown(WLAN));
    let broker = scene.broker().await;
    lost(&mut logs[0], state(Disconnected), Cause::CarrierLost).await;
    lost(&mut logs[1], state(Disconnected), Cause::TakenDown).await;
    client.refresh().await.unwrap();
    assert_eq!(errors(&of_other.rest()), [], "it held nothing");
    drop((sessions, other));
    client.shutdown().await;
    broker.end().await;
    scene.is_clean();
}

#[tokio::test]
async fn missing_signals_are_noticed_and_made_good() {
    let (_bus, script, client, session) = scripted(scenes::PATIENCE).await;
    let mut log = Log::of(&session);
    open(&script).await;
    log.says(&[state(Connected), Notice::Opened]).await;
    // numbers 3 and 4 never come, nor the properties
    let roaming = [("State", Variant::from(6_u32)), ("Phase", "trial".into()), ("Candidate", "wlan".into()), ("Sequence", 5_u64.into())];
    script.change(&first(), false, roaming).await;
    script.change(&first(), false, [("Offer", (1_u32, "wlan", "upgrade", false, true).into())]).await;
    script.say(&first(), "NewConfigurationActivated", &(5_u64, 1_u32, "wlan", 0_u64)).await;
    log.says(&[state(Roaming), Notice::NewConfigurationActivated { offer: OfferId(1), access_point: WLAN }]).await;
    assert_eq!(standing(&session), (Roaming, Phase::Trial, Some(LTE)));
    script.say(&first(), "PoliciesChanged", &(6_u64, 1_u32)).await;
    assert!(matches!(log.next().await, Notice::PoliciesChanged(_)));
    drop(session);
    client.shutdown().await;
}

#[tokio::test]
async fn what_was_under_way_has_no_known_outcome() {
    let (bus, script, client, session) = scripted(scenes::PATIENCE).await;
    script.die().await;
    let script = Script::start(&bus, State { mute: vec!["Open", "Refresh"], ..State::new() }).await;
    let (opened, refreshed, ()) = tokio::join!(session.open(), client.refresh(), async {
        eventually("both asked", || script.calls().iter().filter(|(_, method)| method == "Open" || method == "Refresh").count() == 2).await;
        script.die().await;
    });
    assert_eq!(opened, Err(RequestError::Broker(BrokerError::Unanswered)));
    assert_eq!(refreshed, Err(RequestError::Broker(BrokerError::Unanswered)));
    drop(session);
    client.shutdown().await;
}

#[tokio::test]
async fn a_request_waits_for_a_broker_only_so_long() {
    let waited = Duration::from_millis(200);
    let (_bus, script, client, session) = scripted(waited).await;
    script.die().await;
    // whether it is asked before or after the loss is heard of: nobody takes it
    let error = session.open().await.unwrap_err();
    assert_eq!(error, RequestError::Broker(BrokerError::Unreachable { name: NAME.into(), waited }));
    assert!(error.to_string().contains("start the broker"), "{error}");
    drop(session);
    client.shutdown().await;
}

#[tokio::test]
async fn every_client_is_told() {
    let mut world = World::brokered().await;
    let other = connect(Bus::Address(bus(&mut world).address.clone())).await.unwrap();
    let sessions = [world.session("lte").await, other.session("lte", SessionOptions::default()).await.unwrap()];
    for session in &sessions {
        session.open().await.unwrap();
    }
    assert_eq!(sessions[0].configuration().unwrap().holders, [sessions[0].id()], "the other's are nobody's business");
    let mut logs = sessions.each_ref().map(Log::of);
    kill(&mut world).await;
    let (_network, broker) = broker_on(bus(&mut world)).await;
    for log in &mut logs {
        lost(log, state(Disconnected), Cause::BackendGone).await;
    }
    drop(sessions);
    other.shutdown().await;
    world.client.clone().shutdown().await;
    broker.shutdown().await;
}
