//! Does every row of the handshake hold on real links (SPEC §6.3 to §6.5, §7.3)? Written once, played on every executor.

use super::said::Said::{self, Activated, Closed, Error, Offer, Opened, State, Withdrawn};
use super::said::Watched;
use super::stage::{Stage, Terms, id};
use crate::lab::{Lab, Outcome};
use crate::rig::{AWAY, Place, Raise, Rig, Trouble, USABLE};
use netsession_backends::client::{self, RoamError};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::ErrorKind::{Roaming as RoamingError, SessionAborted};
use netsession_fsm::words::OfferKind::{Downgrade, Upgrade};
use netsession_fsm::words::SessionState::{Connected, Connecting, Disconnected, Roaming};
use netsession_fsm::words::{Cause, Mode, Phase};
use std::time::Duration;

const SOON: Duration = Duration::from_millis(700);
const OPEN: [Said; 3] = [State(Connecting), State(Connected), Opened];

/// The next offer, which has been said.
async fn taken(watched: &Watched) -> Result<client::Offer, Trouble> {
    watched.session.next_offer().await.ok_or_else(|| "no offer".into())
}

/// Open on `ap1`; `ap0`, which is better, has just been offered.
async fn offered<R: Rig>(stage: &Stage<R>) -> Result<(Watched, client::Offer), Trouble> {
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.mend(0).await?;
    one.says(&[Offer(id(0), Upgrade, true)]).await?;
    let offer = taken(&one).await?;
    Ok((one, offer))
}

/// In the trial of `ap0`, coming from `ap1`.
async fn in_trial<R: Rig>(stage: &Stage<R>) -> Result<(Watched, client::Trial), Trouble> {
    let (mut one, offer) = offered(stage).await?;
    let trial = offer.migrate().await?;
    one.says(&[State(Roaming), Activated(id(0))]).await?;
    Ok((one, trial))
}

/// How a failed handshake is explained.
fn failed<T: std::fmt::Debug>(result: Result<T, RoamError>) -> Cause {
    match result {
        Err(RoamError::Failed(failure)) => failure.error.cause,
        other => panic!("a failure was expected, not {other:?}"),
    }
}

/// Stable · candidate appears · Offered. Offered · migrate · Migrating: Roaming, old link stays. Migrating · candidate up · Trial.
/// Trial · accept · Committing. Committing · confirmed · Stable(new): Connected; old lease dropped.
pub async fn an_accepted_candidate_replaces_the_old_link<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    assert_eq!((one.session.state(), one.session.snapshot().phase), (Connected, Phase::Offered));
    assert_eq!(stage.commands(0), (0, 0), "nothing is raised for an offer");
    let trial = offer.migrate().await?;
    one.says(&[State(Roaming), Activated(id(0))]).await?;
    assert!(stage.rig.is_up(0).await? && stage.rig.is_up(1).await?, "both are up");
    assert_eq!(stage.rig.default_route().await?, Some(1), "the default route stays with the old link");
    let carriers = [trial.carrier(), one.session.carrier()].map(|carrier| carrier.map(|carrier| carrier.interface));
    assert_eq!(carriers, [0, 1].map(|place| Some(stage.rig.plugs()[place].name.clone())));
    trial.accept().await?;
    assert_eq!(stage.rig.default_route().await?, Some(0), "moved before the session hears of it");
    one.says(&[State(Connected)]).await?;
    assert_eq!(one.session.snapshot().active, Some(id(0)));
    stage.link(1, false).await?;
    assert_eq!((stage.commands(0), stage.commands(1)), ((1, 0), (1, 1)));
    stage.finish([one]).await
}

/// Offered · ignore, upgrade · Stable(old): candidate suppressed. `request_roam` ends the suppression (§6.6).
pub async fn an_ignored_candidate_is_not_offered_again<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
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
pub async fn an_ignored_downgrade_leads_to_the_next<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[USABLE, USABLE, USABLE]).await?;
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
pub async fn an_ignored_last_resort_closes<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[USABLE, USABLE]).await?;
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
pub async fn an_offer_goes_with_its_candidate<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
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
pub async fn a_better_candidate_replaces_the_offer<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, AWAY, USABLE]).await?;
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
pub async fn an_offer_nobody_answers_expires<R: Rig>(lab: Lab) -> Outcome {
    let terms = Terms { settings: Settings { offer_deadline: SOON, ..Terms::of::<R>().settings }, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, lab, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    one.says(&[Withdrawn]).await?;
    assert_eq!((one.session.snapshot().phase, one.session.state()), (Phase::Stable, Connected));
    drop(offer);
    stage.finish([one]).await
}

/// Offered · old link lost · Offered (downgrade): Roaming; the offer stands.
pub async fn an_offer_outlives_the_old_link<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
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
pub async fn a_candidate_that_fails_backs_off<R: Rig>(lab: Lab) -> Outcome {
    let failing = Place { raise: Raise::Fails, ..AWAY };
    let terms = Terms { settings: Settings { back_off: SOON, ..Terms::of::<R>().settings }, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, lab, &[failing, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    assert_eq!(failed(offer.migrate().await), R::FAILS);
    one.says(&[State(Roaming), State(Connected), Error(RoamingError, R::FAILS)]).await?;
    assert_eq!((one.session.is_open(), one.session.snapshot().active), (true, Some(id(1))));
    assert_eq!(stage.rig.default_route().await?, Some(1));
    one.says(&[Offer(id(0), Upgrade, true)]).await?;
    stage.finish([one]).await
}

/// Migrating · timeout · the same, and what we raised is lowered.
pub async fn a_candidate_that_takes_too_long_is_given_up<R: Rig>(lab: Lab) -> Outcome {
    let hanging = Place { raise: Raise::Hangs, ..AWAY };
    let terms = Terms { connect_timeout: SOON, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, lab, &[hanging, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    assert_eq!(failed(offer.migrate().await), Cause::Timeout);
    one.says(&[State(Roaming), State(Connected), Error(RoamingError, Cause::Timeout)]).await?;
    assert_eq!((one.session.snapshot().active, stage.commands(0)), (Some(id(1)), (1, 1)));
    stage.finish([one]).await
}

/// Migrating · old link lost · Trial, old gone, when the candidate is up; else lost.
pub async fn a_migration_outlives_the_old_link_or_closes<R: Rig>(lab: Lab) -> Outcome {
    let hanging = Place { raise: Raise::Hangs, ..AWAY };
    let terms = Terms { connect_timeout: 2 * SOON, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, lab, &[hanging, USABLE]).await?;
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

/// Committing · refused · Stable(old): Connected and `error(RoamingError)`.
pub async fn a_switch_that_is_refused_goes_back<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
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
pub async fn a_switch_nobody_confirms_goes_back<R: Rig>(lab: Lab) -> Outcome {
    let terms = Terms { settings: Settings { commit_timeout: SOON, ..Terms::of::<R>().settings }, ..Terms::of::<R>() };
    let mut stage = Stage::<R>::on(terms, lab, &[AWAY, USABLE]).await?;
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
pub async fn a_rejected_candidate_is_let_go<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
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
pub async fn a_trial_without_a_verdict_is_rejected<R: Rig>(lab: Lab) -> Outcome {
    let terms = Terms { settings: Settings { trial_deadline: SOON, ..Terms::of::<R>().settings }, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, lab, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    one.says(&[State(Connected), Withdrawn]).await?;
    assert!(matches!(trial.accept().await, Err(RoamError::Withdrawn)));
    assert_eq!(one.session.snapshot().active, Some(id(1)));
    stage.link(0, false).await?;
    stage.finish([one]).await
}

/// Trial · candidate lost · as reject by itself, and `error(RoamingError)`.
pub async fn a_candidate_lost_in_the_trial_ends_it<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    stage.cut(0).await?;
    one.says(&[State(Connected), Error(RoamingError, Cause::CarrierLost)]).await?;
    assert!(matches!(trial.accept().await, Err(RoamError::Withdrawn)));
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(1)), Some(1)));
    stage.finish([one]).await
}

/// Trial · old lost · Trial, old gone; accepted.
pub async fn a_trial_outlives_the_old_link<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
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
pub async fn a_reject_without_the_old_link_closes<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
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
pub async fn a_better_candidate_waits_for_the_verdict<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, AWAY, USABLE]).await?;
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

/// any · close · `closed`: while Offered.
pub async fn a_close_answers_an_offer<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    one.session.close().await?;
    one.says(&[State(Disconnected), Closed]).await?;
    assert!(offer.migrate().await.is_err());
    stage.finish([one]).await
}

/// any · close · both leases dropped as by §5, `closed`: in the trial.
pub async fn a_close_in_the_trial_lets_both_go<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    one.session.close().await?;
    one.says(&[State(Disconnected), Closed]).await?;
    assert!(trial.accept().await.is_err());
    stage.link(0, false).await?;
    stage.link(1, false).await?;
    stage.finish([one]).await
}

/// any · close · the same while Migrating.
pub async fn a_close_cancels_a_migration<R: Rig>(lab: Lab) -> Outcome {
    let hanging = Place { raise: Raise::Hangs, ..AWAY };
    let stage = Stage::<R>::new(lab, &[hanging, USABLE]).await?;
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
pub async fn a_stop_in_the_trial_stops_both<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    one.session.stop().await?;
    one.says(&[State(Disconnected), Closed]).await?;
    assert!(trial.accept().await.is_err());
    stage.link(0, false).await?;
    stage.link(1, false).await?;
    stage.finish([one]).await
}

/// any · owner dies · as close.
pub async fn a_dropped_session_lets_both_go<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let (one, trial) = in_trial(&stage).await?;
    drop(one.into_session()?);
    assert!(trial.accept().await.is_err());
    stage.link(0, false).await?;
    stage.link(1, false).await?;
    stage.finish([]).await
}

/// Changing the mode mid-handshake answers the pending question: to Forced migrates and accepts (§6.1).
pub async fn the_mode_forced_answers_for_the_application<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    one.session.set_mode(Mode::Forced).await?;
    one.says(&[State(Roaming), State(Connected)]).await?;
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(0)), Some(0)));
    assert!(matches!(offer.migrate().await, Err(RoamError::Withdrawn)));
    stage.finish([one]).await
}

/// … to Off rejects (§6.1).
pub async fn the_mode_off_rejects_the_candidate<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    one.session.set_mode(Mode::Off).await?;
    one.says(&[State(Connected)]).await?;
    assert!(matches!(trial.accept().await, Err(RoamError::Withdrawn)));
    assert_eq!(one.session.snapshot().active, Some(id(1)));
    stage.link(0, false).await?;
    stage.finish([one]).await
}

/// Forced · same phases, answered by the hub: Roaming, then Connected on the new link; no offer, no activation signal (§6.4).
pub async fn a_forced_session_moves_by_itself<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Forced).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.mend(0).await?;
    one.says(&[State(Roaming), State(Connected)]).await?;
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(0)), Some(0)));
    stage.link(1, false).await?;
    // and back when it is lost
    stage.cut(0).await?;
    one.says(&[State(Roaming), State(Connected)]).await?;
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(1)), Some(1)));
    stage.finish([one]).await
}

/// Off · a lost link closes the session, whatever else is in reach (§6.1).
pub async fn a_session_that_is_off_does_not_move<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Off).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.mend(0).await?;
    stage.becomes(0, |state| state == netsession_fsm::words::ConfigurationState::Discovered).await?;
    one.is_silent()?;
    stage.cut(1).await?;
    one.says(&[State(Disconnected), Closed, Error(SessionAborted, Cause::CarrierLost)]).await?;
    stage.finish([one]).await
}

/// `request_roam()` · current is suppressed, the best other is offered; none: `error(RoamingError)`, nothing changes (§6.5).
pub async fn the_application_asks_to_roam<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[USABLE, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    one.session.request_roam().await?;
    one.says(&[Offer(id(1), Upgrade, true)]).await?;
    let trial = taken(&one).await?.migrate().await?;
    one.says(&[State(Roaming), Activated(id(1))]).await?;
    trial.accept().await?;
    one.says(&[State(Connected)]).await?;
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(1)), Some(1)));
    stage.finish([one]).await
}

/// `request_roam()` · none: `error(RoamingError)`, nothing changes (§6.5).
pub async fn there_is_nowhere_to_roam_to<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    assert_eq!(super::failure(one.session.request_roam().await).0, RoamingError);
    one.says(&[Error(RoamingError, Cause::NoCandidate)]).await?;
    assert_eq!((one.session.state(), one.session.snapshot().active), (Connected, Some(id(1))));
    stage.finish([one]).await
}

/// On a radio only this session holds the offer says `keeps_old = false`: migrate lowers the old one first (§7.3).
pub async fn on_one_radio_the_old_link_goes_first<R: Rig>(lab: Lab) -> Outcome {
    let terms = Terms { one_radio: true, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, lab, &[AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.mend(0).await?;
    one.says(&[Offer(id(0), Upgrade, false)]).await?;
    let trial = taken(&one).await?.migrate().await?;
    one.says(&[State(Roaming), Activated(id(0))]).await?;
    assert!(stage.rig.is_up(0).await? && !stage.rig.is_up(1).await?, "never both");
    trial.accept().await?;
    one.says(&[State(Connected)]).await?;
    stage.finish([one]).await
}

/// … reject goes through Restoring, which raises the old one again (§7.3).
pub async fn on_one_radio_a_reject_restores_the_old_link<R: Rig>(lab: Lab) -> Outcome {
    let terms = Terms { one_radio: true, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, lab, &[AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.mend(0).await?;
    one.says(&[Offer(id(0), Upgrade, false)]).await?;
    let trial = taken(&one).await?.migrate().await?;
    one.says(&[State(Roaming), Activated(id(0))]).await?;
    trial.reject().await?;
    one.says(&[State(Connected)]).await?;
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(1)), Some(1)));
    assert!(stage.rig.is_up(1).await? && !stage.rig.is_up(0).await?, "never both");
    assert_eq!((stage.commands(0), stage.commands(1)), ((1, 1), (2, 1)));
    stage.finish([one]).await
}

/// §7.2 · sessions on one service network roam independently; the default route is that of the best link in use (§7.4).
pub async fn two_sessions_roam_independently<R: Rig>(lab: Lab) -> Outcome {
    let stage = Stage::<R>::new(lab, &[AWAY, USABLE]).await?;
    let mut two = stage.session("net", Mode::Off).await?;
    two.session.open().await?;
    two.says(&OPEN).await?;
    let mut one = stage.session("net", Mode::Forced).await?;
    one.session.open().await?;
    one.says(&[Opened]).await?;
    stage.mend(0).await?;
    one.says(&[State(Roaming), State(Connected)]).await?;
    stage.settled().await?;
    two.is_silent()?;
    assert!(stage.rig.is_up(0).await? && stage.rig.is_up(1).await?, "each has its own");
    assert_eq!([&one, &two].map(|it| it.session.snapshot().active), [Some(id(0)), Some(id(1))]);
    stage.routes(0).await?;
    one.session.close().await?;
    one.says(&[Closed]).await?;
    stage.routes(1).await?;
    stage.finish([one, two]).await
}
