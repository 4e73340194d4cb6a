//! The broker is killed while a session is in a phase: does the next one go on for whoever stays, and put back what nobody holds?

use crate::phase::At::{self, Committing, Free, Held, Leased, Lowering, Migrating, Offered, Trial, Wanting};
use crate::phase::{Gone, arrived, ask, go, session, thaw, told, traffic};
use crate::rig::{Ground, Rig, active, client, until};
use crate::together::{open, sessions};
use netsession::fsm::hub::Call;
use netsession::{Notice, Phase, SessionState};
use netsession_conformance::lab::{Lab, Outcome};
use rustix::process::Signal;
use std::time::Duration;

/// How often a broker is killed in a moment that nothing holds up, each so much later than the last one.
const DEATHS: u32 = 12;
const STEP: Duration = Duration::from_micros(1200);
/// How many brokers are killed before they serve.
const BEGINNINGS: u8 = 16;

/// The owner stays, and brings what it began to its end.
pub(crate) async fn owner_stays(lab: Lab, ground: Ground, at: At) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let mut broker = rig.broker().await?;
    let client = client().await?;
    let session = session(&client, at).await?;
    let Gone { offer, traffic } = go(&mut rig, &mut broker, &session, at).await?;
    let mut changes = session.changes();
    rig.kill(broker).await?;
    thaw(&mut rig, at)?;
    let broker = rig.broker().await?;
    // answered by the new one
    client.refresh().await?;
    if let Some(traffic) = traffic {
        arrived(traffic).await?;
    }
    match at {
        Free => session.open().await?,
        Wanting => rig.give_leases().await?,
        Offered => session.call(Call::Migrate(offer)).await?,
        Migrating => {
            rig.give_leases().await?;
            until(&session, "Trial", |now| now.phase == Phase::Trial).await?;
        }
        Trial => session.call(Call::Accept(offer)).await?,
        Held | Leased | Committing | Lowering => {}
    }
    if at == Offered {
        until(&session, "Trial", |now| now.phase == Phase::Trial).await?;
    }
    if matches!(at, Offered | Migrating) {
        session.call(Call::Reject(offer)).await?;
    }
    if at == Lowering {
        until(&session, "Disconnected", |now| now.state == SessionState::Disconnected && !now.open).await?;
    } else {
        let on = if matches!(at, Wanting | Leased | Trial | Committing) { "lte" } else { "wifi" };
        until(&session, "open, and Stable", |now| now.open && now.phase == Phase::Stable && now.state == SessionState::Connected).await?;
        assert_eq!(active(&session).as_deref(), Some(on));
        let said = told(&mut changes);
        assert!(!said.iter().any(|notice| matches!(notice, Notice::Closed | Notice::Error(_))), "{said:?}");
        session.close().await?;
    }
    rig.as_found().await?;
    drop(session);
    client.shutdown().await;
    rig.end(broker).await
}

/// The owner leaves before the next broker comes: everything is put back.
pub(crate) async fn owner_left(lab: Lab, ground: Ground, at: At) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let mut broker = rig.broker().await?;
    let client = client().await?;
    let session = session(&client, at).await?;
    go(&mut rig, &mut broker, &session, at).await?;
    rig.kill(broker).await?;
    drop(session);
    client.shutdown().await;
    thaw(&mut rig, at)?;
    let broker = rig.broker().await?;
    rig.as_found().await?;
    assert_eq!(sessions().await?.len(), 0, "nobody is left");
    rig.end(broker).await
}

/// Killed at moments that nothing holds up, after an accept and after a close: whatever was done by then, the end is the same.
pub(crate) async fn at_any_moment(lab: Lab, ground: Ground) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let mut broker = rig.broker().await?;
    for number in 0..DEATHS {
        let after = STEP * number;
        let client = client().await?;
        let session = session(&client, Held).await?;
        let offer = go(&mut rig, &mut broker, &session, Trial).await?.offer;
        ask(&session, Call::Accept(offer));
        tokio::time::sleep(after).await;
        rig.kill(broker).await?;
        if number % 2 == 1 {
            drop(session);
            client.shutdown().await;
            broker = rig.broker().await?;
            rig.as_found().await?;
            continue;
        }
        broker = rig.broker().await?;
        client.refresh().await?;
        if session.snapshot().phase == Phase::Trial {
            // it was not heard
            session.call(Call::Accept(offer)).await?;
        }
        until(&session, "Stable on lte", |now| now.open && now.phase == Phase::Stable).await?;
        assert_eq!(active(&session).as_deref(), Some("lte"), "{after:?}");
        ask(&session, Call::Close);
        tokio::time::sleep(after).await;
        rig.kill(broker).await?;
        broker = rig.broker().await?;
        client.refresh().await?;
        session.close().await?;
        rig.as_found().await?;
        drop(session);
        client.shutdown().await;
    }
    rig.end(broker).await
}

/// Brokers that are killed before they serve, one after the other: the first one that is let live goes on where the one before all of
/// them was; and puts everything back, if nobody is there any more.
pub(crate) async fn in_its_beginning(lab: Lab, ground: Ground) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let mut broker = rig.broker().await?;
    for stays in [true, false] {
        let client = client().await?;
        let session = session(&client, Trial).await?;
        let Gone { offer, traffic } = go(&mut rig, &mut broker, &session, Trial).await?;
        rig.kill(broker).await?;
        let client = if stays {
            Some(client)
        } else {
            client.shutdown().await;
            None
        };
        for after in 0..BEGINNINGS {
            let begins = rig.begin()?;
            tokio::time::sleep(Duration::from_millis(u64::from(after) * 4)).await;
            rig.kill(begins).await?;
        }
        broker = rig.broker().await?;
        if let Some(client) = client {
            client.refresh().await?;
            if let Some(traffic) = traffic {
                arrived(traffic).await?;
            }
            session.call(Call::Accept(offer)).await?;
            until(&session, "Stable on lte", |now| now.open && now.phase == Phase::Stable).await?;
            assert_eq!(active(&session).as_deref(), Some("lte"));
            session.close().await?;
            client.shutdown().await;
        }
        rig.as_found().await?;
    }
    rig.end(broker).await
}

/// Two clients share a link; one dies with the broker, the other keeps it.
pub(crate) async fn one_of_two_leaves(lab: Lab, ground: Ground) -> Outcome {
    let rig = Rig::new(lab, ground).await?;
    let broker = rig.broker().await?;
    let mut other = open("net").await?;
    let client = client().await?;
    let session = session(&client, Held).await?;
    session.open().await?;
    let traffic = traffic(&session).await?;
    let mut changes = session.changes();
    assert_eq!(sessions().await?.len(), 2);
    rig.kill(broker).await?;
    other.send(Signal::KILL)?;
    other.ended().await?;
    let broker = rig.broker().await?;
    client.refresh().await?;
    let left = sessions().await?;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!((&left[0]["leases"], &left[0]["pid"]), (&serde_json::json!(["wifi"]), &std::process::id().into()));
    arrived(traffic).await?;
    let said = told(&mut changes);
    assert!(session.is_open() && !said.iter().any(|notice| matches!(notice, Notice::Closed | Notice::Error(_))), "{said:?}");
    session.close().await?;
    rig.as_found().await?;
    drop(session);
    client.shutdown().await;
    rig.end(broker).await
}
