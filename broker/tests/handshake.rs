//! Does a client on the bus see what SPEC 6.3 and 11 say: each signal once, in order, numbered without a gap, properties first?

mod rig;

use rig::{LTE, Peer, Rig, Said, WLAN, said};
use std::collections::BTreeMap;
use zbus::{Message, OwnedVariant};

/// Numbers of the signals of a session.
fn numbers(signals: &[Message]) -> Vec<u64> {
    let first = |signal: &Message| {
        let body = signal.body();
        match said(signal) {
            Said::Signal(name) if name == "Opened" || name == "Closed" => body.deserialize::<u64>().unwrap(),
            _ => {
                let fields = body.deserialize::<zbus::Structure<'_>>().unwrap();
                u64::try_from(&fields.fields()[0]).unwrap()
            }
        }
    };
    signals.iter().map(first).collect()
}

async fn offer(peer: &Peer, session: &str, after: usize) -> u32 {
    let signal = peer.signal(session, "PreferredConfigurationChanged", after).await;
    let (_, id, access_point, kind, seamless, keeps_old, deadline) =
        signal.body().deserialize::<(u64, u32, String, String, bool, bool, u64)>().unwrap();
    assert_eq!((&*access_point, &*kind, seamless, keeps_old), ("wlan", "upgrade", false, true));
    assert!(deadline > 0, "an offer has a deadline");
    id
}

#[tokio::test]
async fn a_whole_handshake() {
    let rig = Rig::start().await;
    let peer = rig.peer().await;
    let session = peer.session("office", "application").await;
    let fresh = peer.properties(&session).await.unwrap();
    assert_eq!(fresh.len(), 16, "{fresh:?}");
    peer.open(&session).await;
    // the answer comes after everything the same input led to
    let opened = [
        Said::Properties(["ActiveConfiguration", "Interface", "Open", "OpenedAt", "Sequence", "State"].map(str::to_owned).to_vec()),
        Said::Signal("StateChanged".to_owned()),
        Said::Signal("Opened".to_owned()),
        Said::Answer,
    ];
    let heard = peer.said();
    assert!(heard.ends_with(&opened), "{heard:?}");

    rig.network.appear(WLAN);
    let id = offer(&peer, &session, 0).await;
    let pending = peer.properties(&session).await.unwrap();
    let shown: (u32, String, String, bool, bool) = pending["Offer"].try_clone().unwrap().try_into().unwrap();
    assert_eq!(shown, (id, "wlan".to_owned(), "upgrade".to_owned(), false, true));
    assert!(u64::try_from(&pending["Deadline"]).unwrap() > 0);

    peer.on_session(&session, "Migrate", &id).await.unwrap();
    let activated = peer.signal(&session, "NewConfigurationActivated", 0).await;
    let (_, of, access_point, deadline) = activated.body().deserialize::<(u64, u32, String, u64)>().unwrap();
    assert_eq!((of, &*access_point), (id, "wlan"));
    assert!(deadline > 0, "a trial has a deadline");
    assert_eq!(peer.property::<String>(&session, "Candidate").await, "wlan");
    assert_eq!(peer.property::<String>(&session, "ActiveConfiguration").await, "lte");
    assert_eq!(rig.network.raised(), [LTE, WLAN]);

    peer.on_session(&session, "Accept", &id).await.unwrap();
    peer.phase(&session, "stable").await;
    assert_eq!(peer.property::<String>(&session, "ActiveConfiguration").await, "wlan");
    assert_eq!(peer.property::<u32>(&session, "State").await, 3);
    rig.raised(&[WLAN]).await;

    peer.on_session(&session, "Close", &()).await.unwrap();
    peer.signal(&session, "Closed", 0).await;
    rig.raised(&[]).await;
    let signals = peer.signals(&session);
    let counted: Vec<u64> = (1..=signals.len() as u64).collect();
    assert_eq!(numbers(&signals), counted);
    rig.end().await;
}

#[tokio::test]
async fn properties_are_new_before_a_signal_says_so() {
    let rig = Rig::start().await;
    let peer = rig.peer().await;
    let session = peer.session("office", "application").await;
    peer.open(&session).await;
    rig.network.appear(WLAN);
    let id = offer(&peer, &session, 0).await;
    peer.on_session(&session, "Migrate", &id).await.unwrap();
    peer.signal(&session, "NewConfigurationActivated", 0).await;
    peer.on_session(&session, "Reject", &id).await.unwrap();
    peer.phase(&session, "stable").await;
    // what PropertiesChanged said adds up to what GetAll says, and each state was in the properties before the signal
    let mut state = 5_u32;
    let mut properties: BTreeMap<String, OwnedVariant> = BTreeMap::new();
    for message in peer.heard() {
        match said(&message) {
            Said::Properties(_) => {
                let (_, changed, _) = message.body().deserialize::<(String, BTreeMap<String, OwnedVariant>, Vec<String>)>().unwrap();
                properties.extend(changed);
            }
            Said::Signal(name) if name == "StateChanged" => {
                let (_, told) = message.body().deserialize::<(u64, u32)>().unwrap();
                assert_eq!(u32::try_from(&properties["State"]).unwrap(), told);
                assert_ne!(told, state, "the same state twice");
                state = told;
            }
            _ => {}
        }
    }
    let mut all = peer.properties(&session).await.unwrap();
    all.retain(|name, _| properties.contains_key(name));
    assert_eq!(all, properties);
    rig.end().await;
}

#[tokio::test]
async fn an_answer_in_the_wrong_phase_or_to_another_offer_changes_nothing() {
    let rig = Rig::start().await;
    let peer = rig.peer().await;
    let session = peer.session("office", "application").await;
    assert_eq!(rig::error(peer.on_session(&session, "Migrate", &1_u32).await), "NotOpen");
    assert_eq!(rig::error(peer.on_session(&session, "RequestRoam", &()).await), "NotOpen");
    peer.open(&session).await;
    assert_eq!(rig::error(peer.on_session(&session, "Accept", &1_u32).await), "WrongPhase");
    rig.network.appear(WLAN);
    let id = offer(&peer, &session, 0).await;
    let before = peer.properties(&session).await.unwrap();
    assert_eq!(rig::error(peer.on_session(&session, "Migrate", &(id + 1)).await), "StaleOffer");
    assert_eq!(rig::error(peer.on_session(&session, "Accept", &id).await), "WrongPhase");
    assert_eq!(peer.properties(&session).await.unwrap(), before);
    peer.on_session(&session, "Ignore", &id).await.unwrap();
    assert_eq!(peer.property::<String>(&session, "Phase").await, "stable");
    rig.end().await;
}

#[tokio::test]
async fn what_fails_says_why() {
    let rig = Rig::start().await;
    let peer = rig.peer().await;
    // wlan is out of reach
    let session = peer.session("wlan", "off").await;
    let Err(zbus::Error::MethodError(name, _, message)) = peer.on_session(&session, "Open", &"").await else { panic!("it opened") };
    assert_eq!(name.as_str(), "org.netsession.Error.InvalidConfiguration");
    let (text, cause, operation, configuration) = message.body().deserialize::<(String, String, String, String)>().unwrap();
    assert_eq!((&*cause, &*operation, &*configuration), ("not-available", "open", "wlan"));
    assert!(text.contains("wlan"), "{text}");
    let signal = peer.signal(&session, "Error", 0).await;
    let (_, kind, cause, ..) = signal.body().deserialize::<(u64, u32, String, String, String)>().unwrap();
    assert_eq!((kind, &*cause), (4, "not-available"));
    rig.end().await;
}

#[tokio::test]
async fn the_catalogue_is_told_to_those_who_listen_before_the_sessions_are() {
    let rig = Rig::start().await;
    let peer = rig.peer().await;
    peer.watch().await;
    let session = peer.session("lte", "off").await;
    peer.open(&session).await;
    let heard = peer.heard();
    let up = heard.iter().position(|message| match said(message) {
        Said::Signal(name) if name == "ConfigurationChanged" => {
            let keys = message.body().deserialize::<BTreeMap<String, OwnedVariant>>().unwrap();
            let text = |key: &str| String::try_from(keys[key].try_clone().unwrap()).unwrap();
            text("name") == "lte" && text("state") == "active" && keys.contains_key("carrier")
        }
        _ => false,
    });
    let opened = heard.iter().position(|message| said(message) == Said::Signal("Opened".to_owned()));
    assert!(up.is_some() && up < opened, "{:?}", peer.said());
    rig.network.scan_delay(std::time::Duration::from_millis(1));
    peer.manager("Refresh", &()).await.unwrap();
    assert!(peer.said().contains(&Said::Signal("RefreshCompleted".to_owned())));
    peer.manager("SaveTraffic", &true).await.unwrap();
    assert_eq!(peer.property::<u32>(&session, "Policies").await, 1);
    peer.signal(&session, "PoliciesChanged", 0).await;
    peer.manager("RemoveConfiguration", &"lte").await.unwrap();
    peer.signal(&session, "Error", 0).await;
    assert_eq!(peer.property::<u32>(&session, "State").await, 0);
    assert_eq!(rig::error(peer.manager("GetConfiguration", &"lte").await), "UnknownConfiguration");
    assert!(peer.said().contains(&Said::Signal("ConfigurationRemoved".to_owned())));
    rig.end().await;
}

#[tokio::test]
async fn deadlines_are_told_on_a_clock_everybody_has() {
    let settings = netsession_fsm::hub::Settings { offer_deadline: std::time::Duration::from_secs(1000), ..rig::settings() };
    let rig = Rig::start_with(settings, std::sync::Arc::new(rig::everyone()), rig::Limits::default()).await;
    let peer = rig.peer().await;
    let session = peer.session("office", "application").await;
    let now = || {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        u64::try_from(now.tv_sec * 1000 + now.tv_nsec / 1_000_000).unwrap()
    };
    let begin = now();
    peer.open(&session).await;
    let opened = peer.property::<u64>(&session, "OpenedAt").await;
    assert!((begin..=now()).contains(&opened));
    rig.network.appear(WLAN);
    offer(&peer, &session, 0).await;
    let deadline = peer.property::<u64>(&session, "Deadline").await;
    assert!((begin + 1_000_000..=now() + 1_000_000).contains(&deadline));
    // the sessions of this connection, and of no other, are attached to it
    let attached = |message: Message| {
        let listed: Vec<(zbus::OwnedObjectPath, BTreeMap<String, OwnedVariant>)> = message.body().deserialize().unwrap();
        listed.into_iter().map(|(path, keys)| (path.to_string(), keys.len())).collect::<Vec<_>>()
    };
    assert_eq!(attached(peer.manager("Attach", &()).await.unwrap()), [(session, 16)]);
    assert_eq!(attached(rig.peer().await.manager("Attach", &()).await.unwrap()), []);
    rig.end().await;
}
