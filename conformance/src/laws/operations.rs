//! Does every row of SPEC §5 hold? Written once, played on every executor.

use super::failure;
use super::said::Said::{Closed, Error, Opened, State};
use super::stage::{Stage, Terms};
use crate::lab::Outcome;
use crate::rig::{AWAY, FAILING, FOUND_UP, HANGING, Rig, USABLE};
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::words::ErrorKind::{InvalidConfiguration, OperationNotSupported, SessionAborted};
use netsession_fsm::words::SessionState::{Closing, Connected, Connecting, Disconnected, NotAvailable};
use netsession_fsm::words::{Capabilities, Cause, Mode};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(2);

/// open · Free, link Down · command Raise; Connecting; `opened`. close · Held, last, we raised the link · `closed`, Closing, Disconnected.
pub async fn open_raises_and_close_lowers<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    assert!(stage.rig.is_up(0).await? && one.session.carrier().is_some_and(|carrier| carrier.interface == stage.rig.interface(0)));
    stage.routes(0).await?;
    one.session.close().await?;
    one.says(&[State(Closing), Closed, State(Disconnected)]).await?;
    assert!(!stage.rig.is_up(0).await?, "Disconnected is told when it is true");
    assert_eq!(stage.commands(0), (1, 1));
    stage.finish([one]).await
}

/// open · Free, link Down · … or `error` and back to the real state.
pub async fn open_that_fails_goes_back<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[FAILING]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    assert_eq!(failure(one.session.open().await), (InvalidConfiguration, R::FAILS, "ap0".into()));
    one.says(&[State(Connecting), State(Disconnected), Error(InvalidConfiguration, R::FAILS)]).await?;
    assert!(!one.session.is_open());
    stage.finish([one]).await
}

/// open · Free, link Raising · join; no second Raise.
pub async fn open_joins_a_raise<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let (mut one, mut two) = (stage.session("ap0", Mode::Off).await?, stage.session("ap0", Mode::Off).await?);
    let (first, second) = tokio::join!(one.session.open(), two.session.open());
    first.and(second)?;
    for watched in [&mut one, &mut two] {
        watched.says(&[State(Connecting), State(Connected), Opened]).await?;
    }
    assert_eq!(stage.commands(0), (1, 0));
    stage.finish([one, two]).await
}

/// open · Free, link Up · Held at once: `opened`, no state change. close · Held, last, link was up before us · `closed`, link left as found.
pub async fn open_takes_a_link_that_is_up_and_leaves_it_so<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[FOUND_UP]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    assert_eq!(one.session.state(), Connected, "a session that is not open mirrors its link");
    one.session.open().await?;
    one.says(&[Opened]).await?;
    one.session.close().await?;
    one.says(&[Closed]).await?;
    assert!(stage.rig.is_up(0).await?);
    assert_eq!((stage.commands(0).1, one.session.state()), (0, Connected));
    stage.finish([one]).await
}

/// open · Free, link Absent or Unavailable · `error(InvalidConfiguration)`, state unchanged.
pub async fn open_out_of_reach_is_refused<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    assert_eq!(one.session.state(), NotAvailable);
    assert_eq!(failure(one.session.open().await), (InvalidConfiguration, Cause::NotAvailable, "ap0".into()));
    one.says(&[Error(InvalidConfiguration, Cause::NotAvailable)]).await?;
    assert_eq!((one.session.state(), stage.commands(0)), (NotAvailable, (0, 0)));
    stage.finish([one]).await
}

/// open · Wanting or Held · idempotent, answered with the same outcome, no second signal.
pub async fn open_again_changes_nothing<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    let (first, second) = tokio::join!(one.session.open(), one.session.open());
    first.and(second)?;
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    assert_eq!(stage.commands(0), (1, 0));
    stage.finish([one]).await
}

/// open on a service network · the best Discovered member in priority order; on failure the next one.
pub async fn open_tries_the_next_member<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[AWAY, FAILING, USABLE]).await?;
    let mut one = stage.session("net", Mode::Off).await?;
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    assert_eq!(one.session.snapshot().active, Some(super::id(2)));
    assert_eq!([0, 1, 2].map(|place| stage.commands(place).0), [0, 1, 1], "each tried once, what is out of reach not at all");
    stage.finish([one]).await
}

/// open on a service network · all failed: `error` of the best.
pub async fn open_fails_as_the_best_member_did<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[FAILING, FAILING]).await?;
    let mut one = stage.session("net", Mode::Off).await?;
    assert_eq!(failure(one.session.open().await), (InvalidConfiguration, R::FAILS, "ap0".into()));
    one.says(&[State(Connecting), State(Disconnected), Error(InvalidConfiguration, R::FAILS)]).await?;
    assert_eq!([0, 1].map(|place| stage.commands(place).0), [1, 1]);
    stage.finish([one]).await
}

/// open on a user choice · resolve through the chooser (default: first in user order), then as above.
pub async fn open_resolves_a_user_choice<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE, USABLE]).await?;
    let mut one = stage.session("choice", Mode::Off).await?;
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    assert_eq!(one.session.chosen_configuration().map(|it| it.name), Some("ap1".into()), "the user's first");
    one.session.close().await?;
    one.says(&[State(Disconnected), Closed]).await?;
    stage.link(1, false).await?;
    one.session.open_with("net").await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    let snapshot = one.session.snapshot();
    assert_eq!((one.session.chosen_configuration().map(|it| it.name), snapshot.active), (Some("net".into()), Some(super::id(0))));
    stage.finish([one]).await
}

/// close · Wanting · cancel; Lower if nobody else wants or holds and we raised it; `closed`.
pub async fn close_cancels_an_open<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[HANGING]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    let cancel = async {
        stage.settled().await?;
        one.session.close().await?;
        Ok::<_, crate::rig::Trouble>(())
    };
    let (opened, closed) = tokio::join!(one.session.open(), cancel);
    closed?;
    assert_eq!(failure(opened).1, Cause::Cancelled);
    one.says(&[State(Connecting), State(Closing), Closed, State(Disconnected)]).await?;
    assert_eq!(stage.commands(0), (1, 1));
    stage.finish([one]).await
}

/// close · Held, others hold · lease dropped, `closed`, link and other sessions undisturbed, no state change.
pub async fn close_leaves_the_link_to_others<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let (mut one, mut two) = (stage.session("ap0", Mode::Off).await?, stage.session("ap0", Mode::Off).await?);
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    two.says(&[State(Connecting), State(Connected)]).await?;
    two.session.open().await?;
    two.says(&[Opened]).await?;
    one.session.close().await?;
    one.says(&[Closed]).await?;
    stage.settled().await?;
    assert!(stage.rig.is_up(0).await? && two.session.is_open());
    assert_eq!((stage.commands(0), one.session.state()), ((1, 0), Connected));
    two.is_silent()?;
    two.session.close().await?;
    two.says(&[State(Closing), Closed, State(Disconnected)]).await?;
    one.says(&[State(Closing), State(Disconnected)]).await?;
    stage.finish([one, two]).await
}

/// close · Free · nothing.
pub async fn close_of_what_is_not_open_does_nothing<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let one = stage.session("ap0", Mode::Off).await?;
    one.session.close().await?;
    assert_eq!((one.session.state(), stage.commands(0)), (Disconnected, (0, 0)));
    stage.finish([one]).await
}

/// stop · permitted, link Up · link goes down whoever holds it; caller: Closing … Disconnected, `closed`; every other holder: `closed`
/// and exactly one `error(SessionAborted)`; monitors see state only.
pub async fn stop_takes_the_link_from_everybody<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let (mut one, mut two) = (stage.session("ap0", Mode::Off).await?, stage.session("ap0", Mode::Off).await?);
    let mut monitor = stage.session("ap0", Mode::Off).await?;
    let (first, second) = tokio::join!(one.session.open(), two.session.open());
    first.and(second)?;
    for watched in [&mut one, &mut two] {
        watched.says(&[State(Connecting), State(Connected), Opened]).await?;
    }
    monitor.says(&[State(Connecting), State(Connected)]).await?;
    one.session.stop().await?;
    one.says(&[State(Closing), Closed, State(Disconnected)]).await?;
    two.says(&[State(Closing), Closed, Error(SessionAborted, Cause::Stopped), State(Disconnected)]).await?;
    monitor.says(&[State(Closing), State(Disconnected)]).await?;
    assert!(!stage.rig.is_up(0).await?);
    stage.finish([one, two, monitor]).await
}

/// stop · permitted, link Raising · the same.
pub async fn stop_ends_a_raise<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[HANGING]).await?;
    let (mut one, mut two) = (stage.session("ap0", Mode::Off).await?, stage.session("ap0", Mode::Off).await?);
    let stop = async {
        stage.settled().await?;
        two.session.stop().await?;
        Ok::<_, crate::rig::Trouble>(())
    };
    let (opened, stopped) = tokio::join!(one.session.open(), stop);
    stopped?;
    assert_eq!(failure(opened).1, Cause::Stopped);
    one.says(&[State(Connecting), State(Closing), Error(SessionAborted, Cause::Stopped), State(Disconnected)]).await?;
    two.says(&[State(Connecting), State(Closing), State(Disconnected)]).await?;
    stage.finish([one, two]).await
}

/// stop · not permitted · `error(OperationNotSupported)` to the caller before anything is closed.
pub async fn stop_without_permission_is_refused<R: Rig>(ground: R::Ground) -> Outcome {
    let stage = Stage::<R>::new(ground, &[USABLE]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    let options = SessionOptions { mode: Mode::Off, may_stop: false, ..SessionOptions::default() };
    let mut two = stage.session_with("ap0", options).await?;
    one.session.open().await?;
    one.says(&[State(Connecting), State(Connected), Opened]).await?;
    two.says(&[State(Connecting), State(Connected)]).await?;
    assert_eq!(failure(two.session.stop().await).0, OperationNotSupported);
    two.says(&[Error(OperationNotSupported, Cause::NotAuthorised)]).await?;
    stage.settled().await?;
    one.is_silent()?;
    assert!(stage.rig.is_up(0).await? && one.session.is_open());
    stage.finish([one, two]).await
}

/// stop · executor cannot stop · `error(OperationNotSupported)` to the caller before anything is closed.
pub async fn stop_of_what_cannot_be_stopped_is_refused<R: Rig>(ground: R::Ground) -> Outcome {
    let capabilities = Capabilities(!Capabilities::CAN_START_AND_STOP_INTERFACES.0);
    let stage = Stage::<R>::on(Terms { capabilities, ..Terms::of::<R>() }, ground, &[FOUND_UP]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    one.session.open().await?;
    one.says(&[Opened]).await?;
    assert_eq!(failure(one.session.stop().await), (OperationNotSupported, Cause::CannotStartStop, "ap0".into()));
    one.says(&[Error(OperationNotSupported, Cause::CannotStartStop)]).await?;
    stage.settled().await?;
    assert!(stage.rig.is_up(0).await? && one.session.is_open());
    stage.finish([one]).await
}

/// connect timeout · Wanting · as failure: `error`, Lower what we raised.
pub async fn open_that_takes_too_long_is_given_up<R: Rig>(ground: R::Ground) -> Outcome {
    let terms = Terms { connect_timeout: SOON, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[HANGING]).await?;
    let mut one = stage.session("ap0", Mode::Off).await?;
    assert_eq!(failure(one.session.open().await), (InvalidConfiguration, Cause::Timeout, "ap0".into()));
    one.says(&[State(Connecting), State(Closing), Error(InvalidConfiguration, Cause::Timeout), State(Disconnected)]).await?;
    assert_eq!(stage.commands(0), (1, 1));
    stage.finish([one]).await
}
