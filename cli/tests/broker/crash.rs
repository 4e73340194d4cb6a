//! The broker is killed while a session is in a phase: does the next one go on for whoever stays, and put back what nobody holds?

use crate::program::Trouble;
use crate::rig::{Ground, Rig, STATE, active, client, until};
use crate::together::{open, sessions};
use netsession::fsm::hub::Call;
use netsession::{Change, Changes, Family, Mode, Notice, OfferId, Phase, Session, SessionOptions, SessionState, SocketKind};
use netsession_broker::store::{FILE, Store};
use netsession_conformance::lab::{ECHO_PORT, Lab, Numbered, Outcome, SERVICE_V4};
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How often something is sent while a broker comes and goes.
const BEAT: Duration = Duration::from_millis(1);
/// How often it is tried to kill a broker in a moment that nothing holds up.
const DEATHS: u32 = 12;

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

/// What a session had when the broker was killed.
struct Gone {
    offer: OfferId,
    /// What goes through the link that carries on.
    traffic: Option<Numbered>,
}

/// Puts a request without waiting for its answer, which a broker that is killed never gives.
fn ask(session: &Arc<Session>, call: Call) {
    let session = Arc::clone(session);
    tokio::spawn(async move { session.call(call).await });
}

/// Takes a session to where the broker is to be killed.
async fn go(rig: &mut Rig, session: &Arc<Session>, at: At) -> Result<Gone, Trouble> {
    let mut gone = Gone { offer: OfferId(0), traffic: None };
    if !matches!(at, Wanting | Migrating) {
        rig.give_leases().await?;
    }
    if at == Wanting {
        ask(session, Call::Open { choice: None });
        until(session, "Connecting", |now| now.state == SessionState::Connecting).await?;
    }
    if matches!(at, Free | Wanting) {
        return Ok(gone);
    }
    session.open().await?;
    assert_eq!(active(session).as_deref(), Some("wifi"));
    if at == Lowering {
        freeze(rig)?;
        ask(session, Call::Close);
        until(session, "Closing", |now| now.state == SessionState::Closing).await?;
        return Ok(gone);
    }
    if at != Committing {
        gone.traffic = Some(traffic(session).await?);
    }
    if at == Held {
        return Ok(gone);
    }
    gone.offer = offered(session).await?;
    if at == Migrating {
        ask(session, Call::Migrate(gone.offer));
        until(session, "Migrating", |now| now.phase == Phase::Migrating).await?;
    }
    if matches!(at, Trial | Committing) {
        session.call(Call::Migrate(gone.offer)).await?;
        until(session, "Trial", |now| now.phase == Phase::Trial).await?;
    }
    if at == Committing {
        freeze(rig)?;
        ask(session, Call::Accept(gone.offer));
        until(session, "Committing", |now| now.phase == Phase::Committing).await?;
    }
    Ok(gone)
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
    let name = match at {
        Wanting => "lte",
        // a service network is as its best member that can be used is
        Lowering => "wifi",
        Free | Held | Offered | Migrating | Trial | Committing => "net",
    };
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
    let Gone { offer, traffic } = go(&mut rig, &session, at).await?;
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
        Held | Committing | Lowering => {}
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

/// Killed at moments that nothing holds up, after an accept and after a close: whatever was done by then, the end is the same. The
/// moment is looked for in which an accept is being carried out; how often it was found is printed.
pub(crate) async fn at_any_moment(lab: Lab, ground: Ground) -> Outcome {
    let mut rig = Rig::new(lab, ground).await?;
    let mut broker = rig.broker().await?;
    let mut deaths = BTreeMap::<String, u32>::new();
    let (mut early, mut late) = (Duration::ZERO, Duration::from_millis(16));
    for number in 0..DEATHS {
        let after = (early + late) / 2;
        let client = client().await?;
        let session = session(&client, Held).await?;
        let offer = go(&mut rig, &session, Trial).await?.offer;
        ask(&session, Call::Accept(offer));
        tokio::time::sleep(after).await;
        rig.kill(broker).await?;
        let phase = kept()?;
        match phase.as_str() {
            "Trial" => early = after,
            "Committing" => {}
            _ => late = after,
        }
        *deaths.entry(phase).or_default() += 1;
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
    println!("killed after an accept on {ground:?}, in: {deaths:?}");
    rig.end(broker).await
}

/// The phase of the session in what a killed broker left. Of a copy: the next broker is to find it as it was left.
fn kept() -> Result<String, Trouble> {
    let place = Path::new("/run/netsession-copy");
    std::fs::create_dir_all(place)?;
    std::fs::copy(Path::new(STATE).join(FILE), place.join(FILE))?;
    let (_, found) = Store::open(place)?;
    Ok(format!("{:?}", found.kept.sessions.first().ok_or("no session was kept")?.roam))
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
