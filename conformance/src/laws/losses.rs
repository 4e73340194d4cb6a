//! What becomes of a session whose link, or configuration, goes (SPEC §5)? Played on every executor.

use super::said::Said::{Closed, Error, Opened, State};
use super::stage::{Stage, id};
use super::{failure, refusal};
use crate::lab::Outcome;
use crate::rig::{Rig, USABLE};
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::words::ErrorKind::{InvalidConfiguration, SessionAborted};
use netsession_fsm::words::SessionState::{Connected, Connecting, Disconnected, Invalid, NotAvailable, Roaming};
use netsession_fsm::words::{Cause, ConfigurationState, Mode};

/// Link lost while Held and nowhere to roam: real state, `closed`, `error(SessionAborted)`. No intent survives.
pub async fn a_loss_closes_and_is_not_made_good<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    stage.cut(0).await?;
    one.says(&[State(NotAvailable), Closed, Error(SessionAborted, Cause::CarrierLost)]).await?;
    stage.link(0, false).await?;
    stage.mend(0).await?;
    one.comes_to(Disconnected).await?;
    stage.settled().await?;
    one.comes_to(Disconnected).await?;
    assert!(!one.session.is_open() && !stage.rig.is_up(0).await?);
    // it can be opened again, by asking
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    stage.finish([one]).await
}

/// The same where another program takes the link down.
pub async fn a_link_taken_down_by_others_closes<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    stage.rig.take_down(0).await?;
    one.says(&[State(Disconnected), Closed, Error(SessionAborted, Cause::TakenDown)]).await?;
    stage.finish([one]).await
}

/// Auto-reopen is an explicit option.
pub async fn a_loss_is_made_good_where_asked_for<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let options = SessionOptions { mode: Mode::Off, reopen: true, ..SessionOptions::default() };
    let mut one = stage.session_with("ap0", options).await?;
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    stage.cut(0).await?;
    one.says(&[State(NotAvailable), Closed, Error(SessionAborted, Cause::CarrierLost)]).await?;
    stage.mend(0).await?;
    one.opens().await?;
    assert_eq!(one.session.state(), Connected);
    stage.finish([one]).await
}

/// Configuration removed: Invalid, `closed`, `error(SessionAborted)`. Calls on a session without a valid configuration:
/// `error(InvalidConfiguration)` for open, nothing for the rest.
pub async fn a_removed_configuration_closes<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE, USABLE]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    stage.client.remove("ap0")?;
    one.says(&[State(Invalid), Closed, Error(SessionAborted, Cause::Removed)]).await?;
    assert_eq!(failure(one.session.open().await).0, InvalidConfiguration);
    one.says(&[Error(InvalidConfiguration, Cause::Removed)]).await?;
    one.session.close().await?;
    one.session.stop().await?;
    assert!(refusal(one.session.request_roam().await), "there is nothing to roam from");
    stage.link(0, false).await?;
    assert!(stage.client.configurations().iter().all(|it| it.state < ConfigurationState::Active));
    stage.finish([one]).await
}

/// However often links come and go, what holds in the end is how they are (§9): the session is on the best, and was never closed.
pub async fn links_that_come_and_go_end_as_they_are<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE, USABLE]).await?;
    let mut one = stage.session("net", Mode::Forced).await?;
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    for _ in 0..3 {
        stage.cut(0).await?;
        stage.mend(0).await?;
    }
    // a cut that was mended at once may not have been seen; this one is
    stage.cut(0).await?;
    stage.comes("the session on ap1", || one.session.snapshot().active == Some(id(1)) && one.session.state() == Connected).await?;
    stage.routes(1).await?;
    stage.mend(0).await?;
    stage.comes("the session on ap0", || one.session.snapshot().active == Some(id(0)) && one.session.state() == Connected).await?;
    stage.routes(0).await?;
    stage.link(1, false).await?;
    stage.settled().await?;
    let said = one.so_far()?;
    assert!(said.contains(&State(Roaming)) && !said.contains(&Closed), "{said:?}");
    stage.finish([one]).await
}
