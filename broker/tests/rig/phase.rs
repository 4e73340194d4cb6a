//! How is a session brought to a phase? On `office`, by its calls, with links that are too slow to leave it by themselves.

use super::{FAST, LONG, LTE, Peer, WLAN};
use netsession_backends::sim::{Behaviour, Network};
use netsession_broker::api::SESSION;
use std::time::Duration;

/// Takes a session on `office` to a phase; gives it and the offer's number, 0 before there is one. Besides the words of the interface there
/// are `free` and `wanting`.
pub(crate) async fn to(phase: &str, network: &Network, peer: &Peer) -> (String, u32) {
    let session = peer.session("office", "application").await;
    let slow = |raise: Duration, prefer: Duration| Behaviour { raise_delay: raise, prefer_delay: prefer, ..FAST };
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
        peer.send(&session, SESSION, "Open", &"").await;
        while peer.property::<u32>(&session, "State").await != 2 {
            tokio::time::sleep(Duration::from_millis(2)).await;
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
