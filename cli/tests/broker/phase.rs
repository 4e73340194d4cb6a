//! How is a session taken to where the broker is to be killed, and what is seen of it?

use crate::moment::held_up_in;
use crate::program::Trouble;
use crate::rig::{Rig, active, until};
use netsession::fsm::hub::Call;
use netsession::{Change, Changes, Client, Family, Mode, Notice, OfferId, Phase, Session, SessionOptions, SessionState, SocketKind};
use netsession_conformance::lab::daemons::Daemon;
use netsession_conformance::lab::{ECHO_PORT, Numbered, Outcome, SERVICE_V4};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How often a moment may be missed in which the broker itself is held up: on a busy machine a slice can be too long.
const MISSES: u32 = 100;
/// Longer than a call takes to the broker's door.
const WAY: Duration = Duration::from_millis(5);
/// How often something is sent while a broker comes and goes.
const BEAT: Duration = Duration::from_millis(1);

/// Where a session is when the broker is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Free,
    Wanting,
    Held,
    /// Held, by a lease from a DHCP server.
    Leased,
    Offered,
    Migrating,
    Trial,
    /// The daemon is held up, so that it lasts; where there is none the broker itself, as soon as it is there.
    Committing,
    /// The last session closes. It lasts as that does.
    Lowering,
}

use At::{Committing, Free, Held, Leased, Lowering, Migrating, Offered, Trial, Wanting};

/// What a session had when the broker was killed.
pub(crate) struct Gone {
    pub(crate) offer: OfferId,
    /// What goes through the link that carries on.
    pub(crate) traffic: Option<Numbered>,
}

/// Puts a request without waiting for its answer, which a broker that is killed never gives.
pub(crate) fn ask(session: &Arc<Session>, call: Call) {
    let session = Arc::clone(session);
    tokio::spawn(async move { session.call(call).await });
}

/// Takes a session to where the broker is to be killed.
pub(crate) async fn go(rig: &mut Rig, broker: &mut Daemon, session: &Arc<Session>, at: At) -> Result<Gone, Trouble> {
    for _ in 0..MISSES {
        if let Some(gone) = reached(rig, broker, session, at).await? {
            return Ok(gone);
        }
        session.close().await?;
        rig.as_found().await?;
    }
    Err(format!("missed {MISSES} times: {at:?}").into())
}

/// The same; `None` if the broker went past it.
async fn reached(rig: &mut Rig, broker: &mut Daemon, session: &Arc<Session>, at: At) -> Result<Option<Gone>, Trouble> {
    let mut gone = Gone { offer: OfferId(0), traffic: None };
    if !matches!(at, Wanting | Migrating) {
        rig.give_leases().await?;
    }
    if at == Wanting {
        ask(session, Call::Open { choice: None });
        until(session, "Connecting", |now| now.state == SessionState::Connecting).await?;
    }
    if matches!(at, Free | Wanting) {
        return Ok(Some(gone));
    }
    session.open().await?;
    assert_eq!(active(session).as_deref(), Some(if at == Leased { "lte" } else { "wifi" }));
    if at == Lowering {
        let seen = async || until(session, "Closing", |now| now.state == SessionState::Closing).await.map(drop);
        return Ok(held_up(rig, broker, session, (at, Call::Close), seen).await?.then_some(gone));
    }
    if at != Committing {
        gone.traffic = Some(traffic(session).await?);
    }
    if matches!(at, Held | Leased) {
        return Ok(Some(gone));
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
        let seen = async || until(session, "Committing", |now| now.phase == Phase::Committing).await.map(drop);
        return Ok(held_up(rig, broker, session, (at, Call::Accept(gone.offer)), seen).await?.then_some(gone));
    }
    Ok(Some(gone))
}

/// Asks for something that is held up when it has begun, which `seen` waits for: by the daemon, or by the broker itself, which may be
/// past it then.
async fn held_up(
    rig: &mut Rig,
    broker: &mut Daemon,
    session: &Arc<Session>,
    (at, call): (At, Call),
    seen: impl AsyncFnOnce() -> Outcome,
) -> Result<bool, Trouble> {
    let Some(keeper) = &mut rig.keeper else {
        broker.freeze()?;
        ask(session, call);
        tokio::time::sleep(WAY).await;
        return held_up_in(broker, at).await;
    };
    keeper.daemon()?.freeze()?;
    ask(session, call);
    seen().await?;
    Ok(true)
}

/// Asks for another access point, and gives the offer of `lte`.
async fn offered(session: &Session) -> Result<OfferId, Trouble> {
    session.request_roam().await?;
    let offer = until(session, "Offered", |now| now.phase == Phase::Offered).await?.offer;
    Ok(offer.ok_or("no offer")?.id)
}

pub(crate) fn thaw(rig: &mut Rig, at: At) -> Outcome {
    match &mut rig.keeper {
        Some(keeper) if matches!(at, Committing | Lowering) => Ok(keeper.daemon()?.thaw()?),
        Some(_) | None => Ok(()),
    }
}

pub(crate) async fn session(client: &Client, at: At) -> Result<Arc<Session>, Trouble> {
    let options = SessionOptions { mode: Mode::Application, ..SessionOptions::default() };
    let name = match at {
        Wanting | Leased => "lte",
        // a service network is as its best member that can be used is
        Lowering => "wifi",
        Free | Held | Offered | Migrating | Trial | Committing => "net",
    };
    Ok(Arc::new(client.session(name, options).await?))
}

/// Datagrams through the session's carrier, there and back.
pub(crate) async fn traffic(session: &Session) -> Result<Numbered, Trouble> {
    let remote = SocketAddr::from((SERVICE_V4, ECHO_PORT));
    let socket = session.socket(SocketKind::Datagram, Family::Inet).await?;
    socket.connect(&remote.into())?;
    Ok(Numbered::start(tokio::net::UdpSocket::from_std(socket.into())?, remote, BEAT))
}

/// None of it was lost.
pub(crate) async fn arrived(traffic: Numbered) -> Outcome {
    let tally = traffic.stop().await?;
    assert!(tally.sent > 10 && tally.lost.is_empty(), "{tally:?}");
    Ok(())
}

/// What was told of a session since the last look.
pub(crate) fn told(changes: &mut Changes) -> Vec<Notice> {
    let all = std::iter::from_fn(|| changes.try_next());
    all.filter_map(|change| if let Change::Notice { notice, .. } = change { Some(notice) } else { None }).collect()
}
