//! In what order does a client hear things, and what can it read meanwhile (SPEC §11)? Played on every executor.

use super::said::Said::{Activated, Closed, Offer, State};
use super::scene::OPEN;
use super::stage::{Stage, id};
use crate::lab::Outcome;
use crate::rig::{AWAY, Rig, Trouble, USABLE};
use netsession_backends::client::{Change, Changes};
use netsession_fsm::hub::Notice;
use netsession_fsm::words::OfferKind::Upgrade;
use netsession_fsm::words::SessionState::{self, Closing, Connected, Disconnected, Roaming};
use netsession_fsm::words::{Mode, Phase};

/// The next notice with its number.
async fn next(changes: &mut Changes) -> Result<(u64, Notice), Trouble> {
    match tokio::time::timeout(super::stage::PATIENCE, changes.next()).await?.ok_or("the session's changes ended")? {
        Change::Notice { sequence, notice } => Ok((sequence, notice)),
        Change::Snapshot(snapshot) => Err(format!("a second snapshot: {snapshot:?}").into()),
    }
}

/// A subscriber first gets a snapshot, then every change after it; numbers follow each other, whoever else listens.
pub async fn a_subscriber_gets_a_snapshot_first<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    let mut late = one.session.changes();
    let Some(Change::Snapshot(snapshot)) = late.next().await else { return Err("no snapshot came first".into()) };
    assert_eq!((snapshot.state, snapshot.open, snapshot.sequence), (Connected, true, one.session.snapshot().sequence));
    one.session.close().await?;
    one.says(&[State(Closing), Closed, State(Disconnected)]).await?;
    let after = [Notice::StateChanged(Closing), Notice::Closed, Notice::StateChanged(Disconnected)];
    for (number, notice) in (snapshot.sequence + 1..).zip(after) {
        assert_eq!(next(&mut late).await?, (number, notice));
    }
    stage.finish([one]).await
}

/// State is committed before anything is emitted: what is read when a notice came is what it told, or newer.
pub async fn what_is_read_is_what_was_told<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    let mut changes = one.session.changes();
    let Some(Change::Snapshot(_)) = changes.next().await else { return Err("no snapshot came first".into()) };
    let reading = async {
        let mut told = None;
        let mut open = false;
        while told != Some(Disconnected) {
            let (sequence, notice) = next(&mut changes).await?;
            let read = one.session.snapshot();
            assert!(read.sequence >= sequence, "{notice:?} has number {sequence}, and read is {read:?}");
            match notice {
                Notice::StateChanged(state) => told = Some(state),
                Notice::Opened => open = true,
                Notice::Closed => open = false,
                _ => {}
            }
            if read.sequence == sequence {
                assert_eq!((Some(read.state), read.open), (told, open), "after {notice:?}");
            }
        }
        Ok::<_, Trouble>(())
    };
    let using = async {
        one.session.open().await?;
        assert_eq!((one.session.state(), one.session.is_open()), (Connected, true), "when the answer is there");
        one.session.close().await?;
        assert!(!one.session.is_open(), "when the answer is there");
        Ok::<_, Trouble>(())
    };
    let (read, used) = tokio::join!(reading, using);
    read.and(used)?;
    one.says(&OPEN).await?;
    one.says(&[State(Closing), Closed, State(Disconnected)]).await?;
    stage.finish([one]).await
}

/// Handlers may answer from inside the notification (§6.3).
pub async fn a_handler_may_answer_at_once<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    let moved = async {
        stage.mend(0).await?;
        let there = || {
            let now = one.session.snapshot();
            (now.phase, now.active, now.state) == (Phase::Stable, Some(id(0)), Connected)
        };
        stage.comes("the session on ap0", there).await
    };
    tokio::select! {
        moved = moved => moved?,
        () = one.session.roam_with(|_| async { true }) => return Err("the hub ended".into()),
    }
    one.says(&[Offer(id(0), Upgrade, true), State(Roaming), Activated(id(0)), State(Connected)]).await?;
    stage.finish([one]).await
}

/// The same state is never told twice in a row, however the session gets about.
pub async fn no_state_is_told_twice<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE, USABLE]).await?;
    let mut one = stage.session("net", Mode::Forced).await?;
    let mut monitor = stage.session("net", Mode::Off).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    for place in [1, 0] {
        if place == 1 {
            stage.cut(0).await?
        } else {
            stage.mend(0).await?
        }
        one.says(&[State(Roaming), State(Connected)]).await?;
        assert_eq!(one.session.snapshot().active, Some(id(place)));
    }
    one.session.close().await?;
    one.says(&[State(Disconnected), Closed]).await?;
    stage.settled().await?;
    let states = |said: &[super::Said]| {
        said.iter().filter_map(|said| if let State(state) = said { Some(*state) } else { None }).collect::<Vec<SessionState>>()
    };
    for watched in [&mut one, &mut monitor] {
        let said = states(watched.so_far()?);
        assert!(said.len() >= 3 && said.windows(2).all(|two| two[0] != two[1]), "{said:?}");
    }
    stage.finish([one, monitor]).await
}
