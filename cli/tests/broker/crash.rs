//! The broker is killed while a session is in a phase: does the next one go on for whoever stays, and put back what nobody holds?

use crate::program::Trouble;
use crate::rig::{Ground, Rig, active, client, until};
use crate::together::{open, sessions};
use netsession::fsm::hub::Call;
use netsession::{Change, Changes, Family, Mode, Notice, OfferId, Phase, Session, SessionOptions, SessionState, SocketKind};
use netsession_conformance::lab::{ECHO_PORT, Lab, Numbered, Outcome, SERVICE_V4};
use rustix::process::Signal;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How often something is sent while a broker comes and goes.
const BEAT: Duration = Duration::from_millis(5);

/// Where a session is when the broker is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Free,
    Wanting,
    Held,
    Offered,
    Migrating,
    Trial,
    /// The daemon is held up, so that it lasts.
    Committing,
    /// The last session closes. The daemon is held up, so that it lasts.
    Lowering,
}

use At::{Committing, Free, Held, Lowering, Migrating, Offered, Trial, Wanting};

impl At {
    /// There is a link that carries on.
    const fn has_carrier(self) -> bool {
        matches!(self, Held | Offered | Migrating | Trial)
    }
}

/// Puts a request without waiting for its answer, which a broker that is killed never gives.
fn ask(session: &Arc<Session>, call: Call) {
    let session = Arc::clone(session);
    tokio::spawn(async move { session.call(call).await });
}

/// Takes a session to where the broker is to be killed.
async fn go(rig: &mut Rig, session: &Arc<Session>, at: At) -> Result<OfferId, Trouble> {
    if !matches!(at, Wanting | Migrating) {
        rig.give_leases().await?;
    }
    match at {
        Free => return Ok(OfferId(0)),
        Wanting => {
            ask(session, Call::Open { choice: None });
            until(session, "Connecting", |now| now.state == SessionState::Connecting).await?;
            return Ok(OfferId(0));
        }
        Held | Offered | Migrating | Trial | Committing | Lowering => session.open().await?,
    }
    if at == Lowering {
        freeze(rig)?;
        ask(session, Call::Close);
        until(session, "Closing", |now| now.state == SessionState::Closing).await?;
    }
    if matches!(at, Held | Lowering) {
        return Ok(OfferId(0));
    }
    assert_eq!(active(session).as_deref(), Some("wifi"));
    let offer = offered(session).await?;
    if at == Migrating {
        ask(session, Call::Migrate(offer));
        until(session, "Migrating", |now| now.phase == Phase::Migrating).await?;
    }
    if matches!(at, Trial | Committing) {
        session.call(Call::Migrate(offer)).await?;
        until(session, "Trial", |now| now.phase == Phase::Trial).await?;
    }
    if at == Committing {
        freeze(rig)?;
        ask(session, Call::Accept(offer));
        until(session, "Committing", |now| now.phase == Phase::Committing).await?;
    }
    Ok(offer)
}

/// Asks for another access point, and gives the offer of `lte`.
async fn offered(session: &Session) -> Result<OfferId, Trouble> {
    session.request_roam().await?;
    let offer = until(session, "Offered", |now| now.phase == Phase::Offered).await?.offer;
    Ok(offer.ok_or("no offer")?.id)
}

fn freeze(rig: &mut Rig) -> Outcome {
    Ok(rig.nm.as_mut().ok_or("nothing to be held up")?.daemon()?.freeze()?)
}

fn thaw(rig: &mut Rig, at: At) -> Outcome {
    match &mut rig.nm {
        Some(nm) if matches!(at, Committing | Lowering) => Ok(nm.daemon()?.thaw()?),
        Some(_) | None => Ok(()),
    }
}

async fn session(client: &netsession::Client, at: At) -> Result<Arc<Session>, Trouble> {
    let options = SessionOptions { mode: Mode::Application, ..SessionOptions::default() };
    let name = if at == Wanting { "lte" } else { "net" };
    Ok(Arc::new(client.session(name, options).await?))
}

/// Datagrams through the session's carrier, there and back.
async fn traffic(session: &Session) -> Result<Numbered, Trouble> {
    let remote = SocketAddr::from((SERVICE_V4, ECHO_PORT));
    let socket = session.socket(SocketKind::Datagram, Family::Inet).await?;
    socket.connect(&remote.into())?;
    Ok(Numbered::start(tokio::net::UdpSocket::from_std(socket.into())?, remote, BEAT))
}

/// None of it was lost.
async fn arrived(traffic: Numbered) -> Outcome {
    let tally = traffic.stop().await?;
    assert!(tally.sent > 10 && tally.lost.is_empty(), "{tally:?}");
    Ok(())
}

/// What was told of a session since the last look.
fn told(changes: &mut Changes) -> Vec<Notice> {
    let all = std::iter::from_fn(|| changes.try_next());
    all.filter_map(|change| if let Change::Notice { notice, .. } = change { Some(notice) } else { None }).collect()
}

/// The owner stays, and brings what it began to its end.
pub(crate) async fn owner_stays(lab: Lab, ground: Ground, at: At) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let broker = rig.broker().await?;
    let client = client().await?;
    let session = session(&client, at).await?;
    let offer = go(&mut rig, &session, at).await?;
    let traffic = if at.has_carrier() { Some(traffic(&session).await?) } else { None };
    let mut changes = session.changes();
    rig.kill(broker).await?;
    thaw(&mut rig, at)?;
    let broker = rig.broker().await?;
    // answered by the new one
    client.refresh().await?;
    match at {
        Free => session.open().await?,
        Wanting => rig.give_leases().await?,
        Offered => session.call(Call::Migrate(offer)).await?,
        Migrating => {
            rig.give_leases().await?;
            until(&session, "Trial", |now| now.phase == Phase::Trial).await?;
        }
        Trial => session.call(Call::Accept(offer)).await?,
        Held | Committing | Lowering => {}
    }
    if at == Offered {
        until(&session, "Trial", |now| now.phase == Phase::Trial).await?;
    }
    if matches!(at, Offered | Migrating) {
        session.call(Call::Reject(offer)).await?;
    }
    if let Some(traffic) = traffic {
        arrived(traffic).await?;
    }
    if at == Lowering {
        until(&session, "Disconnected", |now| now.state == SessionState::Disconnected && !now.open).await?;
    } else {
        let on = if matches!(at, Wanting | Trial | Committing) { "lte" } else { "wifi" };
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
    let broker = rig.broker().await?;
    let client = client().await?;
    let session = session(&client, at).await?;
    go(&mut rig, &session, at).await?;
    rig.kill(broker).await?;
    drop(session);
    client.shutdown().await;
    thaw(&mut rig, at)?;
    let broker = rig.broker().await?;
    rig.as_found().await?;
    assert_eq!(sessions().await?.len(), 0, "nobody is left");
    rig.end(broker).await
}

/// Killed at moments that nobody chose, after an accept and after a close: whatever was done by then, the end is the same.
pub(crate) async fn at_any_moment(lab: Lab, ground: Ground) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let mut broker = rig.broker().await?;
    let client = client().await?;
    for after in [0, 200, 400, 800, 1600, 3200, 6400, 12800].map(Duration::from_micros) {
        let session = session(&client, Held).await?;
        let offer = go(&mut rig, &session, Trial).await?;
        ask(&session, Call::Accept(offer));
        tokio::time::sleep(after).await;
        rig.kill(broker).await?;
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
    }
    client.shutdown().await;
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
