//! What if a session ends in the middle of the handshake (SPEC §6.3: any · close, stop, owner dies)? Played on every executor.

use super::said::Said::{Closed, State};
use super::scene::{in_trial, offered};
use super::stage::Stage;
use crate::lab::Outcome;
use crate::rig::{AWAY, Place, Raise, Rig, Trouble, USABLE};
use netsession_backends::client::RoamError;
use netsession_fsm::words::SessionState::{Disconnected, Roaming};

/// any · close · `closed`: while Offered.
pub async fn a_close_answers_an_offer<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    one.session.close().await?;
    one.says(&[State(Disconnected), Closed]).await?;
    assert!(offer.migrate().await.is_err());
    stage.finish([one]).await
}

/// any · close · both leases dropped as by §5, `closed`: in the trial.
pub async fn a_close_in_the_trial_lets_both_go<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    one.session.close().await?;
    one.says(&[State(Disconnected), Closed]).await?;
    assert!(trial.accept().await.is_err());
    stage.link(0, false).await?;
    stage.link(1, false).await?;
    stage.finish([one]).await
}

/// any · close · the same while Migrating.
pub async fn a_close_cancels_a_migration<R: Rig>(ground: R::Ground) -> Outcome {
    let hanging = Place { raise: Raise::Hangs, ..AWAY };
    let stage = Stage::<R>::new(ground, &[hanging, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    let cancel = async {
        stage.settled().await?;
        one.session.close().await?;
        Ok::<_, Trouble>(())
    };
    let (migrated, closed) = tokio::join!(offer.migrate(), cancel);
    closed?;
    assert!(matches!(migrated, Err(RoamError::Closed)), "{migrated:?}");
    one.says(&[State(Roaming), State(Disconnected), Closed]).await?;
    assert_eq!((stage.commands(0), stage.commands(1)), ((1, 1), (1, 1)));
    stage.finish([one]).await
}

/// any · stop · both links stopped.
pub async fn a_stop_in_the_trial_stops_both<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    one.session.stop().await?;
    one.says(&[State(Disconnected), Closed]).await?;
    assert!(trial.accept().await.is_err());
    stage.link(0, false).await?;
    stage.link(1, false).await?;
    stage.finish([one]).await
}

/// any · owner dies · as close.
pub async fn a_dropped_session_lets_both_go<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (one, trial) = in_trial(&stage).await?;
    drop(one.into_session()?);
    assert!(trial.accept().await.is_err());
    stage.link(0, false).await?;
    stage.link(1, false).await?;
    stage.finish([]).await
}
