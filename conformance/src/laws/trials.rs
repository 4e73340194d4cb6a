//! Does every row of the handshake hold from the trial on (SPEC §6.3: Trial, Committing)? Played on every executor.

use super::said::Said::{Activated, Closed, Error, Offer, State, Withdrawn};
use super::scene::{OPEN, SOON, failed, in_trial, offered, taken};
use super::stage::{Stage, Terms, id};
use crate::lab::Outcome;
use crate::rig::{AWAY, Rig, USABLE};
use netsession_backends::client::RoamError;
use netsession_fsm::hub::Settings;
use netsession_fsm::words::ErrorKind::{Roaming as RoamingError, SessionAborted};
use netsession_fsm::words::OfferKind::Upgrade;
use netsession_fsm::words::SessionState::{Connected, Roaming};
use netsession_fsm::words::{Cause, Mode, Phase};

/// Stable · candidate appears · Offered. Offered · migrate · Migrating: Roaming, old link stays. Migrating · candidate up · Trial.
/// Trial · accept · Committing. Committing · confirmed · Stable(new): Connected; old lease dropped.
pub async fn an_accepted_candidate_replaces_the_old_link<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    assert_eq!((one.session.state(), one.session.snapshot().phase), (Connected, Phase::Offered));
    assert_eq!(stage.commands(0), (0, 0), "nothing is raised for an offer");
    let trial = offer.migrate().await?;
    one.says(&[State(Roaming), Activated(id(0))]).await?;
    assert!(stage.rig.is_up(0).await? && stage.rig.is_up(1).await?, "both are up");
    assert_eq!(stage.rig.default_route().await?, Some(1), "the default route stays with the old link");
    let carriers = [trial.carrier(), one.session.carrier()].map(|carrier| carrier.map(|carrier| carrier.interface));
    assert_eq!(carriers, [0, 1].map(|place| Some(stage.rig.interface(place))));
    trial.accept().await?;
    assert_eq!(stage.rig.default_route().await?, Some(0), "moved before the session hears of it");
    one.says(&[State(Connected)]).await?;
    assert_eq!(one.session.snapshot().active, Some(id(0)));
    stage.link(1, false).await?;
    assert_eq!((stage.commands(0), stage.commands(1)), ((1, 0), (1, 1)));
    stage.finish([one]).await
}

/// Committing · refused · Stable(old): Connected and `error(RoamingError)`.
pub async fn a_switch_that_is_refused_goes_back<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    stage.rig.nail_route().await?;
    assert_eq!(failed(trial.accept().await), Cause::Route);
    one.says(&[State(Connected), Error(RoamingError, Cause::Route)]).await?;
    assert_eq!(one.session.snapshot().active, Some(id(1)));
    stage.link(0, false).await?;
    stage.rig.free_route().await?;
    stage.finish([one]).await
}

/// Committing · timeout · Stable(old): Connected and `error(RoamingError)`.
pub async fn a_switch_nobody_confirms_goes_back<R: Rig>(ground: R::Ground) -> Outcome {
    let terms = Terms { settings: Settings { commit_timeout: SOON, ..Terms::of::<R>().settings }, ..Terms::of::<R>() };
    let mut stage = Stage::<R>::on(terms, ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    stage.rig.freeze()?;
    assert_eq!(failed(trial.accept().await), Cause::Timeout);
    one.says(&[State(Connected), Error(RoamingError, Cause::Timeout)]).await?;
    assert_eq!(one.session.snapshot().active, Some(id(1)));
    stage.rig.thaw()?;
    stage.link(0, false).await?;
    stage.routes(1).await?;
    stage.finish([one]).await
}

/// Trial · reject · Stable(old): Connected on old, whose default route never moved; new lease dropped; candidate suppressed.
pub async fn a_rejected_candidate_is_let_go<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    trial.reject().await?;
    one.says(&[State(Connected)]).await?;
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(1)), Some(1)));
    stage.link(0, false).await?;
    stage.settled().await?;
    one.is_silent()?;
    assert_eq!((stage.commands(0), stage.commands(1)), ((1, 1), (1, 0)));
    stage.finish([one]).await
}

/// Trial · deadline · as reject.
pub async fn a_trial_without_a_verdict_is_rejected<R: Rig>(ground: R::Ground) -> Outcome {
    let terms = Terms { settings: Settings { trial_deadline: SOON, ..Terms::of::<R>().settings }, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    one.says(&[State(Connected), Withdrawn]).await?;
    assert!(matches!(trial.accept().await, Err(RoamError::Withdrawn)));
    assert_eq!(one.session.snapshot().active, Some(id(1)));
    stage.link(0, false).await?;
    stage.finish([one]).await
}

/// Trial · candidate lost · as reject by itself, and `error(RoamingError)`.
pub async fn a_candidate_lost_in_the_trial_ends_it<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    stage.cut(0).await?;
    one.says(&[State(Connected), Error(RoamingError, Cause::CarrierLost)]).await?;
    assert!(matches!(trial.accept().await, Err(RoamError::Withdrawn)));
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(1)), Some(1)));
    stage.finish([one]).await
}

/// Trial · old lost · Trial, old gone; accepted.
pub async fn a_trial_outlives_the_old_link<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    stage.cut(1).await?;
    stage.becomes(1, |state| state < netsession_fsm::words::ConfigurationState::Discovered).await?;
    one.is_silent()?;
    assert_eq!((one.session.is_open(), one.session.carrier()), (true, None));
    trial.accept().await?;
    one.says(&[State(Connected)]).await?;
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(0)), Some(0)));
    stage.finish([one]).await
}

/// Trial · old lost · reject can no longer return: it goes to the next candidate or lost.
pub async fn a_reject_without_the_old_link_closes<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    stage.cut(1).await?;
    stage.becomes(1, |state| state < netsession_fsm::words::ConfigurationState::Discovered).await?;
    trial.reject().await?;
    let last = one.last().await?;
    assert!(matches!(last.as_slice(), [State(_), Closed, Error(SessionAborted, Cause::Declined), ..]), "{last:?}");
    stage.link(0, false).await?;
    stage.finish([one]).await
}

/// any · better candidate while Migrating/Trial · remembered, considered after the handshake.
pub async fn a_better_candidate_waits_for_the_verdict<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.mend(1).await?;
    one.says(&[Offer(id(1), Upgrade, true)]).await?;
    let trial = taken(&one).await?.migrate().await?;
    one.says(&[State(Roaming), Activated(id(1))]).await?;
    stage.mend(0).await?;
    stage.becomes(0, |state| state == netsession_fsm::words::ConfigurationState::Discovered).await?;
    one.is_silent()?;
    trial.accept().await?;
    one.says(&[State(Connected), Offer(id(0), Upgrade, true)]).await?;
    assert_eq!(one.session.snapshot().active, Some(id(1)));
    stage.finish([one]).await
}
