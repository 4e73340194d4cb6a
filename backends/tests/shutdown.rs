//! Is nothing left behind, however it ends (SPEC §5, §9)?

mod lab;

use lab::{AWAY, LTE, USABLE, WLAN, lab, millis, secs, since};
use netsession_backends::client::{RequestError, RoamError};
use netsession_backends::sim::{Behaviour, Outcome};
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::words::SessionState;
use std::task::Poll;
use tokio::time::Instant;
#[tokio::test(start_paused = true)]
async fn a_shutdown_leaves_nothing_behind() {
    let lab = lab(USABLE, USABLE).await;
    let (one, two) = (lab.session("wlan").await, lab.session("lte").await);
    let (first, second) = tokio::join!(one.open(), two.open());
    assert_eq!((first, second, lab.network.raised()), (Ok(()), Ok(()), vec![WLAN, LTE]));
    millis(100).await;
    assert_eq!(lab.network.default_route(), Some(WLAN));
    let other = lab.client.clone();
    let mut watch = other.watch();
    let begin = Instant::now();
    lab.client.clone().shutdown().await;
    assert_eq!(since(begin), 50, "as long as lowering takes");
    assert_eq!((lab.is_clean(), lab.network.up(), lab.network.has_ended()), (true, vec![], true));
    assert_eq!((lab.network.tally(WLAN).lowers, lab.network.tally(LTE).lowers), (1, 1));
    assert_eq!((one.is_open(), one.state(), one.open().await), (false, SessionState::Invalid, Err(RequestError::Ended)));
    assert_eq!(other.session("wlan", SessionOptions::default()).await.unwrap_err(), RequestError::Ended);
    assert_eq!(other.refresh().await, Err(RequestError::Ended));
    while watch.next().await.is_some() {}
    assert!(one.next_offer().await.is_none());
    other.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_is_bounded_when_a_link_does_not_come_down() {
    let lab = lab(Behaviour { lower: Outcome::NeverAnswers, ..USABLE }, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let begin = Instant::now();
    lab.client.clone().shutdown().await;
    assert_eq!((since(begin), lab.is_clean(), lab.network.has_ended()), (10_000, true, true), "the executor puts it back");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_in_the_middle_of_a_handshake_leaves_nothing_behind() {
    let lab = lab(AWAY, USABLE).await;
    let session = lab.asked().await;
    session.open().await.unwrap();
    lab.network.appear(WLAN);
    let trial = session.next_offer().await.unwrap().migrate().await.unwrap();
    assert_eq!(lab.network.raised(), [WLAN, LTE]);
    let client = lab.client.clone();
    client.shutdown().await;
    assert_eq!((lab.is_clean(), trial.accept().await), (true, Err(RoamError::Ended)));
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_that_is_dropped_ends_everything() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let network = lab.network.clone();
    drop(lab);
    secs(100).await;
    assert_eq!((session.is_open(), network.has_ended()), (true, false), "a session keeps it going");
    drop(session);
    secs(1).await;
    assert_eq!((network.raised(), network.has_ended()), (vec![], true));
}

#[tokio::test(start_paused = true)]
async fn a_session_nobody_waited_for_is_dropped_again() {
    let lab = lab(USABLE, USABLE).await;
    {
        let making = lab.client.session("wlan", SessionOptions::default());
        let mut making = std::pin::pin!(making);
        let pending = std::future::poll_fn(|context| Poll::Ready(making.as_mut().poll(context).is_pending())).await;
        assert!(pending);
    }
    millis(1).await;
    let session = lab.session("wlan").await;
    assert_eq!((session.id().index, session.id().generation), (0, 1), "its place was given back");
}
