//! Does each row of SPEC §5 hold through the client API, on the simulator?

mod lab;

use lab::{AWAY, LTE, Log, USABLE, WLAN, errors, lab, millis, secs, since, state};
use netsession_backends::client::RequestError;
use netsession_backends::sim::{Behaviour, Outcome};
use netsession_fsm::hub::{Notice, SessionOptions};
use netsession_fsm::words::{Cause, ConfigurationState, ErrorKind, SessionState};
use std::time::Duration;
use tokio::time::Instant;

use SessionState::{Closing, Connected, Connecting, Disconnected, Invalid, NotAvailable};

fn failure(result: Result<(), RequestError>) -> (ErrorKind, Cause, String) {
    match result {
        Err(RequestError::Failed(failure)) => (failure.error.kind, failure.error.cause, failure.configuration.to_string()),
        other => panic!("expected a failure, got {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn open_raises_and_close_lowers() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    assert_eq!((session.state(), session.is_open(), session.carrier()), (Disconnected, false, None));
    let mut log = Log::of(&session);
    let begin = Instant::now();
    session.open().await.unwrap();
    assert_eq!(since(begin), 300);
    assert_eq!(log.take(), [state(Connecting), state(Connected), Notice::Opened]);
    assert_eq!((session.state(), session.is_open()), (Connected, true));
    assert_eq!(session.active_configuration().unwrap().interface(), Some("sim0"));
    assert_eq!(session.carrier().unwrap().interface, "sim0");
    secs(5).await;
    assert_eq!(session.active_time(), Duration::from_secs(5));
    session.close().await.unwrap();
    assert_eq!((session.is_open(), session.active_time(), session.carrier()), (false, Duration::ZERO, None));
    assert_eq!(log.take(), [state(Closing), Notice::Closed]);
    millis(51).await;
    assert_eq!(log.take(), [state(Disconnected)]);
    assert!(lab.is_clean());
}

#[tokio::test(start_paused = true)]
async fn a_link_is_raised_once_and_lowered_with_the_last_lease() {
    let lab = lab(USABLE, USABLE).await;
    let (one, two) = (lab.session("wlan").await, lab.session("wlan").await);
    let (first, second) = tokio::join!(one.open(), two.open());
    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_eq!(lab.network.tally(WLAN).raises, 1);
    let holders = lab.client.configuration("wlan").unwrap().holders;
    assert_eq!(holders, [one.id(), two.id()]);
    let mut log = Log::of(&two);
    one.close().await.unwrap();
    secs(1).await;
    assert_eq!(log.take(), []);
    assert_eq!((one.state(), two.state()), (Connected, Connected));
    assert_eq!(lab.client.configuration("internet").unwrap().holders, [two.id()]);
    two.close().await.unwrap();
    secs(1).await;
    assert_eq!((lab.network.tally(WLAN).lowers, lab.is_clean()), (1, true));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_was_up_is_joined_at_once_and_left_as_found() {
    let lab = lab(Behaviour { state: ConfigurationState::Active, ..USABLE }, USABLE).await;
    let session = lab.session("wlan").await;
    assert_eq!(session.state(), Connected);
    let mut log = Log::of(&session);
    session.open().await.unwrap();
    session.open().await.unwrap();
    assert_eq!(log.take(), [Notice::Opened]);
    session.close().await.unwrap();
    secs(1).await;
    assert_eq!(log.take(), [Notice::Closed]);
    assert_eq!((lab.network.up(), lab.network.tally(WLAN).raises, lab.network.tally(WLAN).lowers), (vec![WLAN], 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_failed_open_says_why_and_goes_back_to_the_real_state() {
    let lab = lab(Behaviour { raise: Outcome::Fails(Cause::Authentication), ..USABLE }, USABLE).await;
    let session = lab.session("wlan").await;
    let mut log = Log::of(&session);
    let error = session.open().await.unwrap_err();
    assert_eq!(error.to_string(), "open on \"wlan\": credentials missing or refused");
    let told = log.take();
    assert_eq!(told[..2], [state(Connecting), state(Disconnected)]);
    assert_eq!((told.len(), errors(&told)), (3, vec![(ErrorKind::InvalidConfiguration, Cause::Authentication)]));
    secs(1).await;
    assert!(lab.is_clean());
}

#[tokio::test(start_paused = true)]
async fn an_open_that_is_never_answered_times_out_and_is_lowered() {
    let lab = lab(Behaviour { raise: Outcome::NeverAnswers, ..USABLE }, USABLE).await;
    let session = lab.session("wlan").await;
    let begin = Instant::now();
    let (_, cause, name) = failure(session.open().await);
    assert_eq!((since(begin), cause, name.as_str()), (30_000, Cause::Timeout, "wlan"));
    secs(1).await;
    assert_eq!((lab.network.tally(WLAN).lowers, session.state()), (1, Disconnected));
}

#[tokio::test(start_paused = true)]
async fn what_is_out_of_reach_is_refused_without_a_change_of_state() {
    let lab = lab(AWAY, USABLE).await;
    let session = lab.session("wlan").await;
    let mut log = Log::of(&session);
    let (kind, _, name) = failure(session.open().await);
    assert_eq!((kind, name.as_str()), (ErrorKind::InvalidConfiguration, "wlan"));
    let told = log.take();
    assert_eq!((told.len(), errors(&told).len(), session.state()), (1, 1, NotAvailable));
    assert_eq!(lab.network.tally(WLAN).raises, 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_network_tries_each_member_once() {
    let broken = Behaviour { raise: Outcome::Fails(Cause::NoLease), ..USABLE };
    let lab = lab(broken, USABLE).await;
    let session = lab.session("internet").await;
    session.open().await.unwrap();
    assert_eq!(session.snapshot().active, Some(LTE));
    session.close().await.unwrap();
    secs(1).await;
    lab.network.behave(LTE, Behaviour { raise: Outcome::Fails(Cause::Authentication), ..USABLE });
    let (_, cause, name) = failure(session.open().await);
    assert_eq!((cause, name.as_str()), (Cause::NoLease, "wlan"), "the error of the best one");
    assert_eq!((lab.network.tally(WLAN).raises, lab.network.tally(LTE).raises), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn close_while_connecting_cancels() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    let mut log = Log::of(&session);
    let (opened, ()) = tokio::join!(session.open(), async {
        millis(100).await;
        session.close().await.unwrap();
    });
    assert_eq!(failure(opened).1, Cause::Cancelled);
    secs(1).await;
    let told = log.take();
    assert!(told.contains(&Notice::Closed) && !told.contains(&Notice::Opened), "{told:?}");
    assert_eq!((session.state(), lab.is_clean()), (Disconnected, true));
}

#[tokio::test(start_paused = true)]
async fn stop_takes_the_link_from_everybody() {
    let lab = lab(USABLE, USABLE).await;
    let (caller, holder, monitor) = (lab.session("wlan").await, lab.session("wlan").await, lab.session("wlan").await);
    caller.open().await.unwrap();
    holder.open().await.unwrap();
    let mut logs = [&caller, &holder, &monitor].map(Log::of);
    caller.stop().await.unwrap();
    secs(1).await;
    let [caller_log, holder_log, monitor_log] = logs.each_mut().map(Log::take);
    assert_eq!(caller_log, [state(Closing), Notice::Closed, state(Disconnected)]);
    assert_eq!(errors(&holder_log), [(ErrorKind::SessionAborted, Cause::Stopped)]);
    assert_eq!(holder_log.iter().filter(|notice| **notice == Notice::Closed).count(), 1);
    assert_eq!(monitor_log, [state(Closing), state(Disconnected)]);
    assert!(lab.is_clean());
}

#[tokio::test(start_paused = true)]
async fn stop_that_is_not_permitted_changes_nothing() {
    let lab = lab(USABLE, USABLE).await;
    let options = SessionOptions { may_stop: false, ..SessionOptions::default() };
    let session = lab.client.session("wlan", options).await.unwrap();
    session.open().await.unwrap();
    let (kind, cause, _) = failure(session.stop().await);
    assert_eq!((kind, cause), (ErrorKind::OperationNotSupported, Cause::NotAuthorised));
    secs(1).await;
    assert_eq!((session.is_open(), lab.network.up()), (true, vec![WLAN]));
}

#[tokio::test(start_paused = true)]
async fn a_user_choice_takes_what_was_picked_or_the_first_usable() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("anything").await;
    session.open().await.unwrap();
    assert_eq!(&*session.chosen_configuration().unwrap().name, "lte");
    session.close().await.unwrap();
    session.open_with("internet").await.unwrap();
    assert_eq!(&*session.chosen_configuration().unwrap().name, "internet");
    assert_eq!(session.snapshot().active, Some(WLAN));
    session.close().await.unwrap();
    assert_eq!(session.open_with("wlan").await, Err(RequestError::UnknownConfiguration("wlan".into())), "none of the options");
    assert_eq!(session.open_with("nowhere").await, Err(RequestError::UnknownConfiguration("nowhere".into())));
}

#[tokio::test(start_paused = true)]
async fn a_lost_link_closes_the_session_with_an_error() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    lab.network.cut(WLAN);
    millis(1).await;
    let told = log.take();
    assert_eq!(errors(&told), [(ErrorKind::SessionAborted, Cause::CarrierLost)]);
    assert_eq!(told[..2], [state(Disconnected), Notice::Closed]);
    secs(600).await;
    assert_eq!((session.is_open(), lab.network.tally(WLAN).raises), (false, 1), "no intent survives");
}

#[tokio::test(start_paused = true)]
async fn reopen_is_an_explicit_option() {
    let lab = lab(USABLE, USABLE).await;
    let options = SessionOptions { reopen: true, ..SessionOptions::default() };
    let session = lab.client.session("wlan", options).await.unwrap();
    session.open().await.unwrap();
    lab.network.vanish(WLAN);
    secs(60).await;
    assert_eq!((session.is_open(), session.state()), (false, NotAvailable));
    lab.network.appear(WLAN);
    secs(60).await;
    assert_eq!((session.is_open(), session.state()), (true, Connected));
}

#[tokio::test(start_paused = true)]
async fn a_removed_configuration_makes_its_sessions_invalid() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    lab.client.remove("wlan").unwrap();
    secs(1).await;
    let told = log.take();
    assert_eq!((session.state(), errors(&told)), (Invalid, vec![(ErrorKind::SessionAborted, Cause::Removed)]));
    assert_eq!(told.iter().filter(|notice| **notice == Notice::Closed).count(), 1);
    assert_eq!(lab.client.configuration("wlan"), Err(RequestError::UnknownConfiguration("wlan".into())));
    assert_eq!(session.configuration().unwrap().state, ConfigurationState::Absent);
    assert_eq!(failure(session.open().await).0, ErrorKind::InvalidConfiguration);
    assert!(lab.is_clean());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_session_is_closed() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let mut changes = session.changes();
    drop(session);
    secs(1).await;
    assert!(lab.is_clean());
    while changes.next().await.is_some() {}
    assert_eq!(lab.client.configuration("wlan").unwrap().holders, []);
}

#[tokio::test(start_paused = true)]
async fn every_subscriber_gets_a_snapshot_and_all_that_follows() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    let mut early = Log::of(&session);
    session.open().await.unwrap();
    let mut late = Log::of(&session);
    session.close().await.unwrap();
    secs(1).await;
    let after_opening = [state(Closing), Notice::Closed, state(Disconnected)];
    assert_eq!(late.take(), after_opening);
    assert_eq!(early.take(), [&[state(Connecting), state(Connected), Notice::Opened], after_opening.as_slice()].concat());
}

#[tokio::test(start_paused = true)]
async fn getters_in_a_handler_show_what_was_announced() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    let mut changes = session.changes();
    let (opened, seen) = tokio::join!(session.open(), async {
        loop {
            if let Some(netsession_backends::client::Change::Notice { notice: Notice::Opened, .. }) = changes.next().await {
                return (session.is_open(), session.state(), session.carrier().is_some());
            }
        }
    });
    assert_eq!((opened, seen), (Ok(()), (true, Connected, true)));
}
