//! What if the executor's daemon is killed in the middle of the handshake (SPEC §9)? Every phase; it comes back, or stays away.
//!
//! How much of a link outlives its daemon differs: NetworkManager takes its links over when it starts again, ConnMan takes them down.
//! What does not differ: nobody is closed while the daemon may still come back, the application gets where it wanted to be, and nothing
//! is left behind.

use super::said::Said::{self, Activated, Closed, Error, State};
use super::said::Watched;
use super::scene::{OPEN, SOON, in_trial, offered, taken};
use super::stage::{PATIENCE, Stage, Terms, id};
use crate::lab::Outcome;
use crate::rig::{AWAY, HANGING, Rig, Trouble, USABLE};
use netsession_backends::client::{RoamError, Session};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::ErrorKind::SessionAborted;
use netsession_fsm::words::SessionState::{Connecting, Disconnected, Roaming};
use netsession_fsm::words::{Cause, ConfigurationState, Mode, Phase};
use std::time::Duration;

/// How often something is looked at again that nobody tells.
const PACE: Duration = Duration::from_millis(1);

/// The application answers every offer with migrate and every trial with accept, until it is Connected on a place. It was never closed.
async fn arrives<R: Rig>(stage: &Stage<R>, one: &mut Watched, place: usize) -> Result<(), Trouble> {
    let there = async {
        let Watched { session, .. } = &*one;
        let arrived = || {
            let snapshot = session.snapshot();
            session.is_open() && snapshot.phase == Phase::Stable && snapshot.active == Some(id(place)) && session.carrier().is_some()
        };
        stage.comes(&format!("the session on ap{place}"), arrived).await
    };
    let arrived = tokio::select! {
        there = there => there,
        () = one.session.roam_with(|_| async { true }) => Err("the hub ended".into()),
    };
    if let Err(error) = arrived {
        one.so_far()?;
        return Err(format!("{error}\n{}", one.story()).into());
    }
    stage.link(place, true).await?;
    stage.routes(place).await?;
    let said = one.so_far()?;
    assert!(!said.contains(&Closed), "{said:?}");
    Ok(())
}

/// The daemon is killed and started again.
async fn blinks<R: Rig>(stage: &mut Stage<R>) -> Result<(), Trouble> {
    stage.rig.kill_daemon().await?;
    stage.rig.start_daemon().await
}

/// The daemon is killed as soon as the handshake has left this phase.
async fn dies_after<R: Rig>(rig: &mut R, session: &Session, phase: Phase) -> Result<(), Trouble> {
    // not every change of phase is a notice
    let left = async {
        while session.snapshot().phase == phase {
            tokio::time::sleep(PACE).await;
        }
    };
    tokio::time::timeout(PATIENCE, left).await.map_err(|_| format!("the handshake stayed in {phase:?}"))?;
    rig.kill_daemon().await
}

/// The same, and it is started again.
async fn blinks_after<R: Rig>(rig: &mut R, session: &Session, phase: Phase) -> Result<(), Trouble> {
    dies_after(rig, session, phase).await?;
    rig.start_daemon().await
}

/// Terms on which a daemon that is away is soon given up.
fn short_grace<R: Rig>() -> Terms {
    Terms { settings: Settings { grace: SOON, ..Terms::of::<R>().settings }, ..Terms::of::<R>() }
}

/// The session ends with one `closed` and one error that names the daemon; nothing is said after that.
async fn given_up(one: &mut Watched) -> Result<(), Trouble> {
    let said = one.last().await?;
    let errors: Vec<_> = said.iter().filter(|said| matches!(said, Error(..))).collect();
    let closed = said.iter().filter(|said| **said == Closed).count();
    assert_eq!((closed, errors), (1, vec![&Error(SessionAborted, Cause::BackendGone)]), "{said:?}");
    assert!(!one.session.is_open());
    Ok(())
}

/// The daemon took both links down: the candidate has failed and there is nothing to go back to. Said once, and it can be opened again.
async fn both_lost(one: &mut Watched) -> Result<(), Trouble> {
    let said = one.last().await?;
    let ends = said.iter().filter(|said| matches!(said, Closed | Error(SessionAborted, _))).collect::<Vec<_>>();
    assert_eq!(ends, [&Closed, &Error(SessionAborted, Cause::TakenDown)], "{said:?}");
    one.session.open().await?;
    one.opens().await
}

/// The daemon comes back after that: the access points are in reach again, nothing that we raised is up, and nothing is opened.
async fn back<R: Rig>(stage: &mut Stage<R>, one: &mut Watched) -> Result<(), Trouble> {
    stage.rig.start_daemon().await?;
    one.comes_to(Disconnected).await?;
    for place in 0..stage.places() {
        stage.becomes(place, |state| state == ConfigurationState::Discovered).await?;
        stage.link(place, false).await?;
    }
    stage.settled().await?;
    one.comes_to(Disconnected).await
}

/// Connecting · killed, back: the raise is carried on; a close cancels it.
pub async fn killed_while_connecting<R: Rig>(ground: R::Ground) -> Outcome {
    let mut stage = Stage::<R>::new(ground, &[HANGING]).await?;
    let mut one = stage.session("ap0", Mode::Application).await?;
    let session = &one.session;
    let rig = &mut stage.rig;
    let ends = async {
        let mut changes = session.changes();
        while session.state() != Connecting {
            changes.next().await.ok_or("the session's changes ended")?;
        }
        rig.kill_daemon().await?;
        rig.start_daemon().await?;
        assert_eq!(session.state(), Connecting);
        Ok::<_, Trouble>(session.close().await?)
    };
    let (opened, ended) = tokio::join!(session.open(), ends);
    ended?;
    assert!(opened.is_err());
    stage.comes("the end of the open", || one.session.state() == Disconnected).await?;
    let said = one.so_far()?;
    assert!(!said.contains(&Said::Opened), "{said:?}");
    stage.finish([one]).await
}

/// Stable · killed, back: the session is where it was, or goes where it can.
pub async fn killed_while_stable<R: Rig>(ground: R::Ground) -> Outcome {
    let mut stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    blinks(&mut stage).await?;
    if R::KEEPS_LINKS {
        arrives(&stage, &mut one, 0).await?;
        assert_eq!(stage.commands(0), (1, 0), "its link was never touched");
    } else {
        // there is nowhere else to go
        let said = one.last().await?;
        assert!(said.contains(&Error(SessionAborted, Cause::TakenDown)), "{said:?}");
        one.session.open().await?;
        one.says(&OPEN).await?;
    }
    stage.finish([one]).await
}

/// Offered · killed, back: the offer is withdrawn while nobody could carry it out, and made again.
pub async fn killed_while_offered<R: Rig>(ground: R::Ground) -> Outcome {
    let mut stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    stage.rig.kill_daemon().await?;
    one.says(&[Said::Withdrawn]).await?;
    assert!(matches!(offer.migrate().await, Err(RoamError::Withdrawn)));
    assert!(one.session.is_open());
    stage.rig.start_daemon().await?;
    arrives(&stage, &mut one, 0).await?;
    stage.finish([one]).await
}

/// Migrating · killed, back: the raise is carried on.
pub async fn killed_while_migrating<R: Rig>(ground: R::Ground) -> Outcome {
    let mut stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    stage.rig.freeze()?;
    let (migrated, blinked) = tokio::join!(offer.migrate(), blinks_after(&mut stage.rig, &one.session, Phase::Offered));
    blinked?;
    if R::KEEPS_LINKS {
        let trial = migrated?;
        one.says(&[State(Roaming), Activated(id(0))]).await?;
        trial.accept().await?;
    } else if let Ok(trial) = migrated {
        // what became of it is seen below
        let _ = trial.accept().await;
    }
    arrives(&stage, &mut one, 0).await?;
    stage.finish([one]).await
}

/// Trial · killed, back: both links are still there and the verdict counts, or a way is found.
pub async fn killed_in_the_trial<R: Rig>(ground: R::Ground) -> Outcome {
    let mut stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    stage.rig.kill_daemon().await?;
    one.is_silent()?;
    stage.rig.start_daemon().await?;
    if R::KEEPS_LINKS {
        one.is_silent()?;
        trial.reject().await?;
        assert_eq!(one.session.snapshot().active, Some(id(1)));
        stage.link(0, false).await?;
        arrives(&stage, &mut one, 1).await?;
    } else {
        drop(trial);
        both_lost(&mut one).await?;
    }
    stage.finish([one]).await
}

/// Committing · killed, back: the switch is carried on.
pub async fn killed_while_committing<R: Rig>(ground: R::Ground) -> Outcome {
    let mut stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    stage.rig.freeze()?;
    let (accepted, blinked) = tokio::join!(trial.accept(), blinks_after(&mut stage.rig, &one.session, Phase::Trial));
    blinked?;
    if R::KEEPS_LINKS {
        accepted?;
        arrives(&stage, &mut one, 0).await?;
    } else {
        assert!(accepted.is_err());
        both_lost(&mut one).await?;
    }
    stage.finish([one]).await
}

/// Restoring · killed, back: the old link is raised all the same.
pub async fn killed_while_restoring<R: Rig>(ground: R::Ground) -> Outcome {
    let terms = Terms { one_radio: true, ..Terms::of::<R>() };
    let mut stage = Stage::<R>::on(terms, ground, &[AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.mend(0).await?;
    one.says(&[Said::Offer(id(0), netsession_fsm::words::OfferKind::Upgrade, false)]).await?;
    let trial = taken(&one).await?.migrate().await?;
    one.says(&[State(Roaming), Activated(id(0))]).await?;
    stage.rig.freeze()?;
    let (_, blinked) = tokio::join!(trial.reject(), blinks_after(&mut stage.rig, &one.session, Phase::Trial));
    blinked?;
    arrives(&stage, &mut one, 1).await?;
    stage.finish([one]).await
}

/// Offered · killed, away for longer than the grace time: lost.
pub async fn away_while_offered<R: Rig>(ground: R::Ground) -> Outcome {
    let mut stage = Stage::<R>::on(short_grace::<R>(), ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    stage.rig.kill_daemon().await?;
    one.says(&[Said::Withdrawn]).await?;
    given_up(&mut one).await?;
    assert!(offer.migrate().await.is_err());
    back(&mut stage, &mut one).await?;
    stage.finish([one]).await
}

/// Migrating · killed, away for longer than the grace time: lost.
pub async fn away_while_migrating<R: Rig>(ground: R::Ground) -> Outcome {
    let mut stage = Stage::<R>::on(short_grace::<R>(), ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    stage.rig.freeze()?;
    let (migrated, killed) = tokio::join!(offer.migrate(), dies_after(&mut stage.rig, &one.session, Phase::Offered));
    killed?;
    assert!(migrated.is_err());
    given_up(&mut one).await?;
    back(&mut stage, &mut one).await?;
    stage.finish([one]).await
}

/// Trial · killed, away for longer than the grace time: lost.
pub async fn away_in_the_trial<R: Rig>(ground: R::Ground) -> Outcome {
    let mut stage = Stage::<R>::on(short_grace::<R>(), ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    stage.rig.kill_daemon().await?;
    given_up(&mut one).await?;
    assert!(trial.accept().await.is_err());
    back(&mut stage, &mut one).await?;
    stage.finish([one]).await
}
