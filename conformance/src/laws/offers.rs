//! Does every row of the handshake hold up to the trial (SPEC §6.3: Stable, Offered, Migrating)? Played on every executor.

use super::said::Said::{Activated, Closed, Error, Offer, State, Withdrawn};
use super::scene::{OPEN, SOON, failed, offered, taken};
use super::stage::{Stage, Terms, id};
use crate::lab::Outcome;
use crate::rig::{AWAY, Place, Raise, Rig, USABLE};
use netsession_backends::client::RoamError;
use netsession_fsm::hub::Settings;
use netsession_fsm::words::ErrorKind::{Roaming as RoamingError, SessionAborted};
use netsession_fsm::words::OfferKind::{Downgrade, Upgrade};
use netsession_fsm::words::SessionState::{Connected, Disconnected, Roaming};
use netsession_fsm::words::{Cause, Mode, Phase};

/// Offered · ignore, upgrade · Stable(old): candidate suppressed. `request_roam` ends the suppression (§6.6).
pub async fn an_ignored_candidate_is_not_offered_again<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    offer.ignore();
    stage.settled().await?;
    one.is_silent()?;
    assert_eq!((one.session.snapshot().phase, stage.commands(0)), (Phase::Stable, (0, 0)));
    one.session.request_roam().await?;
    one.says(&[Offer(id(0), Upgrade, true)]).await?;
    taken(&one).await?.ignore();
    stage.finish([one]).await
}

/// Offered · ignore, downgrade · next offer.
pub async fn an_ignored_downgrade_leads_to_the_next<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE, USABLE, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.cut(0).await?;
    one.says(&[State(Roaming), Offer(id(1), Downgrade, false)]).await?;
    taken(&one).await?.ignore();
    one.says(&[Offer(id(2), Downgrade, false)]).await?;
    let trial = taken(&one).await?.migrate().await?;
    one.says(&[Activated(id(2))]).await?;
    trial.accept().await?;
    one.says(&[State(Connected)]).await?;
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(2)), Some(2)));
    stage.finish([one]).await
}

/// Offered · ignore, downgrade · … or lost: real state, `closed`, `error(SessionAborted)`.
pub async fn an_ignored_last_resort_closes<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.cut(0).await?;
    one.says(&[State(Roaming), Offer(id(1), Downgrade, false)]).await?;
    assert!(one.session.is_open() && one.session.carrier().is_none());
    taken(&one).await?.ignore();
    one.says(&[State(Disconnected), Closed, Error(SessionAborted, Cause::Declined)]).await?;
    stage.finish([one]).await
}

/// Offered · candidate vanishes · Stable: `offer_withdrawn`.
pub async fn an_offer_goes_with_its_candidate<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    stage.cut(0).await?;
    one.says(&[Withdrawn]).await?;
    assert!(matches!(offer.migrate().await, Err(RoamError::Withdrawn)));
    // it ends the suppression that it comes back (§6.6)
    stage.mend(0).await?;
    one.says(&[Offer(id(0), Upgrade, true)]).await?;
    stage.finish([one]).await
}

/// Offered · a better candidate · Offered: `offer_withdrawn(old id)`, new offer.
pub async fn a_better_candidate_replaces_the_offer<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.mend(1).await?;
    one.says(&[Offer(id(1), Upgrade, true)]).await?;
    stage.mend(0).await?;
    one.says(&[Withdrawn, Offer(id(0), Upgrade, true)]).await?;
    stage.finish([one]).await
}

/// Offered · deadline · as ignore.
pub async fn an_offer_nobody_answers_expires<R: Rig>(ground: R::Ground) -> Outcome {
    let terms = Terms { settings: Settings { offer_deadline: SOON, ..Terms::of::<R>().settings }, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    one.says(&[Withdrawn]).await?;
    assert_eq!((one.session.snapshot().phase, one.session.state()), (Phase::Stable, Connected));
    drop(offer);
    stage.finish([one]).await
}

/// Offered · old link lost · Offered (downgrade): Roaming; the offer stands.
pub async fn an_offer_outlives_the_old_link<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    stage.cut(1).await?;
    one.says(&[State(Roaming)]).await?;
    let trial = offer.migrate().await?;
    one.says(&[Activated(id(0))]).await?;
    trial.accept().await?;
    one.says(&[State(Connected)]).await?;
    stage.finish([one]).await
}

/// Migrating · candidate fails · Stable(old): Connected and `error(RoamingError)`, session stays open; candidate backs off.
pub async fn a_candidate_that_fails_backs_off<R: Rig>(ground: R::Ground) -> Outcome {
    let failing = Place { raise: Raise::Fails, ..AWAY };
    let terms = Terms { settings: Settings { back_off: SOON, ..Terms::of::<R>().settings }, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[failing, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    assert_eq!(failed(offer.migrate().await), R::FAILS);
    one.says(&[State(Roaming), State(Connected), Error(RoamingError, R::FAILS)]).await?;
    assert_eq!((one.session.is_open(), one.session.snapshot().active), (true, Some(id(1))));
    assert_eq!(stage.rig.default_route().await?, Some(1));
    one.says(&[Offer(id(0), Upgrade, true)]).await?;
    stage.finish([one]).await
}

/// Migrating · timeout · the same, and what we raised is lowered.
pub async fn a_candidate_that_takes_too_long_is_given_up<R: Rig>(ground: R::Ground) -> Outcome {
    let hanging = Place { raise: Raise::Hangs, ..AWAY };
    let terms = Terms { connect_timeout: SOON, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[hanging, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    assert_eq!(failed(offer.migrate().await), Cause::Timeout);
    one.says(&[State(Roaming), State(Connected), Error(RoamingError, Cause::Timeout)]).await?;
    assert_eq!((one.session.snapshot().active, stage.commands(0)), (Some(id(1)), (1, 1)));
    stage.finish([one]).await
}

/// Migrating · old link lost · Trial, old gone, when the candidate is up; else lost.
pub async fn a_migration_outlives_the_old_link_or_closes<R: Rig>(ground: R::Ground) -> Outcome {
    let hanging = Place { raise: Raise::Hangs, ..AWAY };
    let terms = Terms { connect_timeout: 2 * SOON, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[hanging, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    let (migrated, cut) = tokio::join!(offer.migrate(), stage.cut(1));
    cut?;
    assert_eq!(failed(migrated), Cause::Timeout);
    // whichever of loss and timeout came first: nothing is left, roaming failed
    one.says(&[State(Roaming)]).await?;
    let last = one.last().await?;
    assert!(
        matches!(
            last.as_slice(),
            [.., Closed, Error(RoamingError, Cause::Timeout)] | [.., Closed, Error(RoamingError, Cause::Timeout), State(_)]
        ),
        "{last:?}"
    );
    stage.finish([one]).await
}
