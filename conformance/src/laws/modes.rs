//! Who decides, what is asked for, and what is shared (SPEC §6.1, §6.4, §6.5, §7)? Played on every executor.

use super::said::Said::{Activated, Closed, Error, Offer, Opened, State};
use super::scene::{OPEN, in_trial, offered, taken};
use super::stage::{Stage, Terms, id};
use crate::lab::Outcome;
use crate::rig::{AWAY, Rig, USABLE};
use netsession_backends::client::RoamError;
use netsession_fsm::words::ErrorKind::{Roaming as RoamingError, SessionAborted};
use netsession_fsm::words::OfferKind::Upgrade;
use netsession_fsm::words::SessionState::{Connected, Disconnected, Roaming};
use netsession_fsm::words::{Cause, Mode};

/// Changing the mode mid-handshake answers the pending question: to Forced migrates and accepts (§6.1).
pub async fn the_mode_forced_answers_for_the_application<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, offer) = offered(&stage).await?;
    one.session.set_mode(Mode::Forced).await?;
    one.says(&[State(Roaming), State(Connected)]).await?;
    assert_eq!((one.session.snapshot().active, stage.rig.default_route().await?), (Some(id(0)), Some(0)));
    assert!(matches!(offer.migrate().await, Err(RoamError::Withdrawn)));
    stage.finish([one]).await
}

/// … to Off rejects (§6.1).
pub async fn the_mode_off_rejects_the_candidate<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let (mut one, trial) = in_trial(&stage).await?;
    one.session.set_mode(Mode::Off).await?;
    one.says(&[State(Connected)]).await?;
    assert!(matches!(trial.accept().await, Err(RoamError::Withdrawn)));
    assert_eq!(one.session.snapshot().active, Some(id(1)));
    stage.link(0, false).await?;
    stage.finish([one]).await
}

/// Forced · same phases, answered by the hub: Roaming, then Connected on the new link; no offer, no activation signal (§6.4).
pub async fn a_forced_session_moves_by_itself<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
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
pub async fn a_session_that_is_off_does_not_move<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
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
pub async fn the_application_asks_to_roam<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE, USABLE]).await?;
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
pub async fn there_is_nowhere_to_roam_to<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    assert_eq!(super::failure(one.session.request_roam().await).0, RoamingError);
    one.says(&[Error(RoamingError, Cause::NoCandidate)]).await?;
    assert_eq!((one.session.state(), one.session.snapshot().active), (Connected, Some(id(1))));
    stage.finish([one]).await
}

/// On a radio only this session holds the offer says `keeps_old = false`: migrate lowers the old one first (§7.3).
pub async fn on_one_radio_the_old_link_goes_first<R: Rig>(ground: R::Ground) -> Outcome {
    let terms = Terms { one_radio: true, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[AWAY, USABLE]).await?;
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
pub async fn on_one_radio_a_reject_restores_the_old_link<R: Rig>(ground: R::Ground) -> Outcome {
    let terms = Terms { one_radio: true, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[AWAY, USABLE]).await?;
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.mend(0).await?;
    one.says(&[Offer(id(0), Upgrade, false)]).await?;
    let trial = taken(&one).await?.migrate().await?;
    one.says(&[State(Roaming), Activated(id(0))]).await?;
    trial.reject().await?;
    one.says(&[State(Connected)]).await?;
    assert_eq!(one.session.snapshot().active, Some(id(1)));
    stage.routes(1).await?;
    assert!(stage.rig.is_up(1).await? && !stage.rig.is_up(0).await?, "never both");
    assert_eq!((stage.commands(0), stage.commands(1)), ((1, 1), (2, 1)));
    stage.finish([one]).await
}

/// §7.2 · sessions on one service network roam independently; the default route is that of the best link in use (§7.4).
pub async fn two_sessions_roam_independently<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, USABLE]).await?;
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
