//! Does each row of SPEC §5 hold for a client, wherever its hub is?

use super::{Log, World, appear, errors, standing, state};
use crate::rig::{FAST, LTE, WLAN, eventually};
use netsession_backends::client::{Change, Family, RequestError, Side, SocketError, SocketKind};
use netsession_backends::executor::Carrier;
use netsession_backends::sim::{Behaviour, Outcome};
use netsession_fsm::hub::{Notice, Policies, SessionOptions};
use netsession_fsm::words::SessionState::{Closing, Connected, Connecting, Disconnected, Invalid};
use netsession_fsm::words::{Cause, ConfigurationState, ErrorKind, Phase};
use std::time::Duration;

fn failure(result: Result<(), RequestError>) -> (ErrorKind, Cause, String) {
    match result {
        Err(RequestError::Failed(failure)) => (failure.error.kind, failure.error.cause, failure.configuration.to_string()),
        other => panic!("a failure was expected, not {other:?}"),
    }
}

pub(crate) async fn open_raises_and_close_lowers(world: World) {
    let session = world.session("lte").await;
    assert_eq!((session.state(), session.is_open(), session.carrier(), session.opened_at()), (Disconnected, false, None, None));
    let mut log = Log::of(&session);
    session.open().await.unwrap();
    assert_eq!(log.rest(), [state(Connecting), state(Connected), Notice::Opened], "told before the answer");
    assert_eq!((session.is_open(), session.active_configuration().unwrap().interface()), (true, Some("sim0")));
    assert_eq!((session.carrier().unwrap().interface.as_str(), session.opened_at().is_some()), ("sim0", true));
    eventually("the default route", || world.client.default_route() == Some(LTE)).await;
    session.open().await.unwrap();
    session.close().await.unwrap();
    assert_eq!((session.is_open(), session.active_time(), session.carrier()), (false, Duration::ZERO, None));
    log.says(&[state(Closing), Notice::Closed, state(Disconnected)]).await;
    session.close().await.unwrap();
    world.settled().await;
    assert_eq!(log.rest(), []);
    eventually("the default route", || world.client.default_route().is_none()).await;
    drop(session);
    world.end().await;
}

pub(crate) async fn a_link_is_lowered_with_the_last_lease(world: World) {
    let (one, two) = (world.session("lte").await, world.session("office").await);
    let (first, second) = tokio::join!(one.open(), two.open());
    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_eq!(world.network.tally(LTE).raises, 1);
    assert_eq!(world.client.configuration("lte").unwrap().holders, [one.id(), two.id()]);
    let mut log = Log::of(&two);
    one.close().await.unwrap();
    assert_eq!((one.state(), two.state()), (Connected, Connected));
    assert_eq!(world.client.configuration("office").unwrap().holders, [two.id()]);
    world.settled().await;
    assert_eq!(log.rest(), []);
    drop(two);
    world.raised(&[]).await;
    eventually("the state of the other", || one.state() == Disconnected).await;
    drop(one);
    world.end().await;
}

pub(crate) async fn a_failed_open_says_why(world: World) {
    world.network.behave(LTE, Behaviour { raise: Outcome::Fails(Cause::Authentication), ..FAST });
    let session = world.session("lte").await;
    let mut log = Log::of(&session);
    let error = session.open().await.unwrap_err();
    assert_eq!(error.to_string(), "open on \"lte\": credentials missing or refused");
    let told = log.rest();
    assert_eq!(told[..2], [state(Connecting), state(Disconnected)]);
    assert_eq!((told.len(), errors(&told)), (3, vec![(ErrorKind::InvalidConfiguration, Cause::Authentication)]));
    let session = world.session("wlan").await;
    assert_eq!(failure(session.open().await), (ErrorKind::InvalidConfiguration, Cause::NotAvailable, "wlan".into()));
    let error = world.client.session("nowhere", SessionOptions::default()).await.unwrap_err();
    assert_eq!(error, RequestError::UnknownConfiguration("nowhere".into()));
    world.end().await;
}

pub(crate) async fn close_while_connecting_cancels(world: World) {
    world.network.behave(LTE, Behaviour { raise: Outcome::NeverAnswers, ..FAST });
    let session = world.session("lte").await;
    let (opened, ()) = tokio::join!(session.open(), async {
        eventually("connecting", || session.state() == Connecting).await;
        session.close().await.unwrap();
    });
    assert_eq!(failure(opened).1, Cause::Cancelled);
    world.raised(&[]).await;
    world.end().await;
}

pub(crate) async fn stop_takes_the_link_from_everybody(world: World) {
    let (caller, holder, monitor) = (world.session("lte").await, world.session("lte").await, world.session("lte").await);
    caller.open().await.unwrap();
    holder.open().await.unwrap();
    let [mut of_caller, mut of_holder, mut of_monitor] = [&caller, &holder, &monitor].map(Log::of);
    caller.stop().await.unwrap();
    of_caller.says(&[state(Closing), Notice::Closed, state(Disconnected)]).await;
    let told = of_holder.take(4).await;
    assert_eq!(errors(&told), [(ErrorKind::SessionAborted, Cause::Stopped)]);
    assert_eq!(told.iter().filter(|notice| **notice == Notice::Closed).count(), 1);
    of_monitor.says(&[state(Closing), state(Disconnected)]).await;
    let options = SessionOptions { may_stop: false, ..SessionOptions::default() };
    let modest = world.client.session("lte", options).await.unwrap();
    modest.open().await.unwrap();
    assert_eq!(failure(modest.stop().await), (ErrorKind::OperationNotSupported, Cause::NotAuthorised, "lte".into()));
    assert!(modest.is_open());
    world.end().await;
}

pub(crate) async fn a_user_choice_takes_what_was_picked(world: World) {
    let session = world.session("any").await;
    session.open().await.unwrap();
    assert_eq!(&*session.chosen_configuration().unwrap().name, "office");
    session.close().await.unwrap();
    session.open_with("lte").await.unwrap();
    assert_eq!((&*session.chosen_configuration().unwrap().name, session.snapshot().active), ("lte", Some(LTE)));
    session.close().await.unwrap();
    assert_eq!(session.open_with("wlan").await, Err(RequestError::UnknownConfiguration("wlan".into())), "none of the options");
    assert_eq!(session.open_with("nowhere").await, Err(RequestError::UnknownConfiguration("nowhere".into())));
    world.end().await;
}

pub(crate) async fn a_lost_link_closes_with_an_error_and_opens_again_where_asked_for(world: World) {
    let session = world.session("lte").await;
    let options = SessionOptions { reopen: true, ..SessionOptions::default() };
    let stubborn = world.client.session("lte", options).await.unwrap();
    session.open().await.unwrap();
    stubborn.open().await.unwrap();
    let mut log = Log::of(&session);
    world.network.vanish(LTE);
    let told = log.take(3).await;
    assert_eq!((told[1], errors(&told)), (Notice::Closed, vec![(ErrorKind::SessionAborted, Cause::Vanished)]));
    eventually("closed", || !stubborn.is_open()).await;
    world.network.appear(LTE);
    eventually("open again", || stubborn.is_open()).await;
    assert!(!session.is_open(), "no intent survives");
    world.end().await;
}

pub(crate) async fn a_removed_configuration_makes_its_sessions_invalid(world: World) {
    let session = world.session("lte").await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    world.client.remove("lte").unwrap();
    log.says(&[state(Invalid), Notice::Closed]).await;
    assert_eq!(errors(&[log.next().await]), [(ErrorKind::SessionAborted, Cause::Removed)]);
    assert_eq!(world.client.configuration("lte"), Err(RequestError::UnknownConfiguration("lte".into())));
    assert_eq!(session.configuration().unwrap().state, ConfigurationState::Absent);
    assert_eq!(failure(session.open().await).0, ErrorKind::InvalidConfiguration);
    world.raised(&[]).await;
    world.end().await;
}

pub(crate) async fn a_dropped_session_is_closed_and_its_streams_end(world: World) {
    let session = world.session("lte").await;
    session.open().await.unwrap();
    let mut changes = session.changes();
    drop(session);
    world.raised(&[]).await;
    while changes.next().await.is_some() {}
    assert_eq!(world.client.configuration("lte").unwrap().holders, []);
    world.end().await;
}

pub(crate) async fn every_subscriber_gets_a_snapshot_and_all_that_follows(world: World) {
    let session = world.session("lte").await;
    let mut early = Log::of(&session);
    session.open().await.unwrap();
    let mut late = Log::of(&session);
    session.close().await.unwrap();
    let after_opening = [state(Closing), Notice::Closed, state(Disconnected)];
    late.says(&after_opening).await;
    early.says(&[&[state(Connecting), state(Connected), Notice::Opened], after_opening.as_slice()].concat()).await;
    world.end().await;
}

pub(crate) async fn getters_in_a_handler_show_what_was_announced(world: World) {
    let session = world.session("lte").await;
    let mut changes = session.changes();
    let (opened, seen) = tokio::join!(session.open(), async {
        loop {
            if let Some(Change::Notice { notice: Notice::Opened, .. }) = changes.next().await {
                return (session.is_open(), session.state(), session.carrier().is_some(), world.client.configuration("lte").unwrap().state);
            }
        }
    });
    assert_eq!((opened, seen), (Ok(()), (true, Connected, true, ConfigurationState::Active)));
    world.end().await;
}

pub(crate) async fn each_side_has_a_socket_on_its_own_carrier(world: World) {
    let loopback = || Carrier { interface: "lo".into(), index: 1, ..Carrier::default() };
    let session = world.on_lte().await;
    // a simulated link is none of the kernel's
    let error = session.socket(SocketKind::Stream, Family::Inet).await.unwrap_err();
    assert!(error.to_string().contains("names no interface"), "{error}");
    world.network.renumber(LTE, loopback());
    eventually("the carrier", || session.carrier() == Some(loopback())).await;
    let active = session.socket(SocketKind::Stream, Family::Inet).await.unwrap();
    assert_eq!(active.device().unwrap().as_deref(), Some(b"lo".as_slice()));
    assert_eq!((active.r#type().unwrap(), active.domain().unwrap()), (socket2::Type::STREAM, socket2::Domain::IPV4));
    appear(&world);
    let trial = super::offer(&session).await.migrate().await.unwrap();
    world.network.renumber(WLAN, loopback());
    eventually("the carrier", || trial.carrier() == Some(loopback())).await;
    let candidate = trial.socket(SocketKind::Datagram, Family::Inet6).await.unwrap();
    assert_eq!((candidate.r#type().unwrap(), candidate.domain().unwrap()), (socket2::Type::DGRAM, socket2::Domain::IPV6));
    assert_eq!(candidate.device().unwrap().as_deref(), Some(b"lo".as_slice()));
    session.close().await.unwrap();
    let error = trial.socket(SocketKind::Datagram, Family::Inet).await.unwrap_err();
    assert!(matches!(error, SocketError::NoCarrier(Side::Candidate)), "{error}");
    let error = session.socket(SocketKind::Datagram, Family::Inet).await.unwrap_err();
    assert!(matches!(error, SocketError::NoCarrier(Side::Active)), "{error}");
    drop(trial);
    world.end().await;
}

pub(crate) async fn policies_and_counters_follow(world: World) {
    let session = world.on_lte().await;
    let mut log = Log::of(&session);
    world.client.save_traffic(true).unwrap();
    log.says(&[Notice::PoliciesChanged(Policies::NO_BACKGROUND_TRAFFIC)]).await;
    assert_eq!(session.policies(), Policies::NO_BACKGROUND_TRAFFIC);
    world.network.traffic(LTE, 700, 70);
    world.client.save_traffic(false).unwrap();
    log.says(&[Notice::PoliciesChanged(Policies::NONE)]).await;
    session.close().await.unwrap();
    assert_eq!((session.counters().received, session.counters().sent), (700, 70), "at the latest with the next change");
    world.end().await;
}

pub(crate) async fn after_a_shutdown_everything_says_so(world: World) {
    let session = world.session("lte").await;
    session.open().await.unwrap();
    let mut changes = session.changes();
    let client = world.client.clone();
    client.shutdown().await;
    while changes.next().await.is_some() {}
    assert_eq!((session.open().await, session.state(), session.is_open()), (Err(RequestError::Ended), Invalid, false));
    assert_eq!(world.client.refresh().await, Err(RequestError::Ended));
    assert_eq!(world.client.save_traffic(true), Err(RequestError::Ended));
    world.end().await;
}

pub(crate) async fn a_forced_session_moves_by_itself(world: World) {
    let session = world.session("office").await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    appear(&world);
    log.says(&[state(netsession_fsm::words::SessionState::Roaming), state(Connected)]).await;
    assert_eq!(standing(&session), (Connected, Phase::Stable, Some(WLAN)));
    world.raised(&[WLAN]).await;
    world.end().await;
}
