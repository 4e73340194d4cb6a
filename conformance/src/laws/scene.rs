//! How do rows of the handshake begin? With an offer, or in a trial.

use super::said::Said::{self, Activated, Offer, Opened, State};
use super::said::Watched;
use super::stage::{Stage, id};
use crate::rig::{Rig, Trouble};
use netsession_backends::client::{self, RoamError};
use netsession_fsm::words::OfferKind::Upgrade;
use netsession_fsm::words::SessionState::{Connected, Connecting, Roaming};
use netsession_fsm::words::{Cause, Mode};
use std::time::Duration;

/// A deadline that is waited for.
pub(super) const SOON: Duration = Duration::from_secs(2);
/// What a session says when it is opened and its link raised.
pub(super) const OPEN: [Said; 3] = [State(Connecting), State(Connected), Opened];

/// The offer that has just been said.
pub(super) async fn taken(watched: &Watched) -> Result<client::Offer, Trouble> {
    let offer = tokio::time::timeout(SOON, watched.session.next_offer()).await;
    offer.ok().flatten().ok_or_else(|| "the offer stood no longer when it was to be taken".into())
}

/// Open on `ap1`; `ap0`, which is better, has just been offered.
pub(super) async fn offered<R: Rig>(stage: &Stage<R>) -> Result<(Watched, client::Offer), Trouble> {
    let mut one = stage.session("net", Mode::Application).await?;
    one.session.open().await?;
    one.says(&OPEN).await?;
    stage.mend(0).await?;
    one.says(&[Offer(id(0), Upgrade, true)]).await?;
    let offer = taken(&one).await?;
    Ok((one, offer))
}

/// In the trial of `ap0`, coming from `ap1`.
pub(super) async fn in_trial<R: Rig>(stage: &Stage<R>) -> Result<(Watched, client::Trial), Trouble> {
    let (mut one, offer) = offered(stage).await?;
    let trial = offer.migrate().await?;
    one.says(&[State(Roaming), Activated(id(0))]).await?;
    Ok((one, trial))
}

/// How a failed handshake is explained.
pub(super) fn failed<T: std::fmt::Debug>(result: Result<T, RoamError>) -> Cause {
    match result {
        Err(RoamError::Failed(failure)) => failure.error.cause,
        other => panic!("a failure was expected, not {other:?}"),
    }
}
