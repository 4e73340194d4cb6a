//! Does each row of the handshake hold through the client API, on the simulator (SPEC §6.3)?

mod lab;

use lab::{LTE, Log, USABLE, WLAN, errors, lab, millis, offer, on_lte, quiet, secs, since, standing, state};
use netsession_backends::client::RoamError;
use netsession_backends::sim::{Behaviour, Outcome};
use netsession_fsm::hub::Notice;
use netsession_fsm::words::{Cause, ErrorKind, Mode, OfferKind, Phase, SessionState};
use std::time::Duration;
use tokio::time::{Instant, timeout};

use SessionState::{Connected, Roaming};
#[tokio::test(start_paused = true)]
async fn an_accepted_candidate_replaces_the_old_link() {
    let (lab, session) = on_lte(USABLE).await;
    let mut log = Log::of(&session);
    let begin = Instant::now();
    lab.network.appear(WLAN);
    let offer = offer(&session).await;
    assert_eq!(since(begin), 2000, "the settle delay");
    assert_eq!((&*offer.configuration, offer.kind, offer.seamless, offer.keeps_old), ("wlan", OfferKind::Upgrade, false, true));
    assert_eq!(standing(&session), (Connected, Phase::Offered, Some(LTE)));
    let id = offer.id;
    let told = log.take();
    assert!(matches!(told[..], [Notice::PreferredConfigurationChanged(told)] if told.id == id), "{told:?}");
    let trial = offer.migrate().await.unwrap();
    assert_eq!(log.take(), [state(Roaming), Notice::NewConfigurationActivated { offer: id, access_point: WLAN }]);
    assert_eq!(standing(&session), (Roaming, Phase::Trial, Some(LTE)));
    assert_eq!((trial.carrier().unwrap().interface.as_str(), session.carrier().unwrap().interface.as_str()), ("sim0", "sim1"));
    assert_eq!((&*trial.candidate().configuration, lab.network.default_route()), ("wlan", Some(LTE)));
    assert!(lab.network.probe(WLAN).await && lab.network.probe(LTE).await, "both carry traffic");
    trial.accept().await.unwrap();
    assert_eq!(standing(&session), (Connected, Phase::Stable, Some(WLAN)));
    assert_eq!((lab.network.default_route(), log.take()), (Some(WLAN), vec![state(Connected)]));
    secs(1).await;
    assert_eq!((lab.network.up(), session.counters().received), (vec![WLAN], 128));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_candidate_is_let_go_and_suppressed() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.appear(WLAN);
    let trial = offer(&session).await.migrate().await.unwrap();
    trial.reject().await.unwrap();
    assert_eq!(standing(&session), (Connected, Phase::Stable, Some(LTE)));
    let begin = Instant::now();
    secs(1).await;
    assert_eq!((lab.network.up(), lab.network.default_route()), (vec![LTE], Some(LTE)));
    assert!(quiet(&session, 290).await);
    offer(&session).await.ignore();
    assert_eq!(since(begin), 300_000);
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_is_ignored_or_rejected() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.appear(WLAN);
    drop(offer(&session).await);
    millis(1).await;
    assert_eq!((standing(&session).1, lab.network.tally(WLAN).raises), (Phase::Stable, 0));
    assert!(quiet(&session, 290).await);
    drop(offer(&session).await.migrate().await.unwrap());
    secs(1).await;
    assert_eq!((standing(&session), lab.network.up()), ((Connected, Phase::Stable, Some(LTE)), vec![LTE]));
}

#[tokio::test(start_paused = true)]
async fn a_migration_nobody_waits_for_is_rejected() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.appear(WLAN);
    let offer = offer(&session).await;
    assert!(timeout(Duration::from_millis(100), offer.migrate()).await.is_err(), "given up while the candidate rises");
    assert_eq!(standing(&session).1, Phase::Migrating);
    secs(1).await;
    assert_eq!((standing(&session), lab.network.up()), ((Connected, Phase::Stable, Some(LTE)), vec![LTE]));
}

#[tokio::test(start_paused = true)]
async fn absence_ends_the_suppression() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.appear(WLAN);
    offer(&session).await.ignore();
    assert!(quiet(&session, 10).await);
    lab.network.vanish(WLAN);
    lab.network.appear(WLAN);
    assert_eq!(&*offer(&session).await.configuration, "wlan");
}

#[tokio::test(start_paused = true)]
async fn an_offer_expires_as_ignored_and_a_trial_as_rejected() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.appear(WLAN);
    let unanswered = offer(&session).await;
    let begin = Instant::now();
    unanswered.withdrawn().await;
    assert_eq!((since(begin), standing(&session).1), (30_000, Phase::Stable));
    assert_eq!(unanswered.migrate().await.unwrap_err(), RoamError::Withdrawn);
    assert!(quiet(&session, 290).await);
    let trial = offer(&session).await.migrate().await.unwrap();
    let begin = Instant::now();
    trial.withdrawn().await;
    assert_eq!((since(begin), standing(&session).1), (60_000, Phase::Stable));
    assert_eq!(trial.accept().await, Err(RoamError::Withdrawn));
    assert_eq!(standing(&session), (Connected, Phase::Stable, Some(LTE)));
}

#[tokio::test(start_paused = true)]
async fn an_offer_is_withdrawn_when_its_candidate_vanishes() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.appear(WLAN);
    let offer = offer(&session).await;
    let mut log = Log::of(&session);
    lab.network.vanish(WLAN);
    offer.withdrawn().await;
    assert_eq!(log.take(), [Notice::OfferWithdrawn(offer.id)]);
    drop(offer);
    secs(1).await;
    assert_eq!(log.take(), [], "an answer to what is gone changes nothing");
}

#[tokio::test(start_paused = true)]
async fn a_change_of_mode_answers_what_is_pending() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.appear(WLAN);
    let pending = offer(&session).await;
    let ((), changed) = tokio::join!(pending.withdrawn(), session.set_mode(Mode::Off));
    assert_eq!((changed, standing(&session)), (Ok(()), (Connected, Phase::Stable, Some(LTE))));
    assert_eq!(pending.migrate().await.unwrap_err(), RoamError::Withdrawn);
    session.set_mode(Mode::Forced).await.unwrap();
    secs(600).await;
    assert_eq!(standing(&session), (Connected, Phase::Stable, Some(WLAN)));
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_fails_leaves_the_session_where_it_is_and_backs_off() {
    let (lab, session) = on_lte(Behaviour { raise: Outcome::Fails(Cause::NoLease), ..USABLE }).await;
    lab.network.appear(WLAN);
    let mut log = Log::of(&session);
    let RoamError::Failed(failure) = offer(&session).await.migrate().await.unwrap_err() else { panic!("no failure") };
    assert_eq!(failure.to_string(), "roam on \"wlan\": no address from the network");
    assert_eq!((failure.error.kind, standing(&session)), (ErrorKind::Roaming, (Connected, Phase::Stable, Some(LTE))));
    assert_eq!(errors(&log.take()), [(ErrorKind::Roaming, Cause::NoLease)]);
    for pause in [5_000, 10_000, 20_000] {
        let begin = Instant::now();
        let offer = offer(&session).await;
        assert_eq!(since(begin), pause);
        offer.migrate().await.unwrap_err();
    }
    lab.network.behave(WLAN, USABLE);
    let trial = offer(&session).await.migrate().await.unwrap();
    trial.accept().await.unwrap();
    assert_eq!(standing(&session).2, Some(WLAN));
}

#[tokio::test(start_paused = true)]
async fn a_switch_that_is_refused_goes_back() {
    let (lab, session) = on_lte(Behaviour { prefer: Outcome::Fails(Cause::Route), ..USABLE }).await;
    lab.network.appear(WLAN);
    let trial = offer(&session).await.migrate().await.unwrap();
    let RoamError::Failed(failure) = trial.accept().await.unwrap_err() else { panic!("no failure") };
    assert_eq!((failure.error.kind, failure.error.cause, &*failure.configuration), (ErrorKind::Roaming, Cause::Route, "wlan"));
    secs(1).await;
    assert_eq!((standing(&session), lab.network.up()), ((Connected, Phase::Stable, Some(LTE)), vec![LTE]));
    assert_eq!(lab.network.default_route(), Some(LTE));
}

#[tokio::test(start_paused = true)]
async fn a_candidate_lost_in_the_trial_ends_it() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.appear(WLAN);
    let trial = offer(&session).await.migrate().await.unwrap();
    let mut log = Log::of(&session);
    lab.network.cut(WLAN);
    trial.withdrawn().await;
    assert_eq!((trial.carrier(), standing(&session)), (None, (Connected, Phase::Stable, Some(LTE))));
    let told = log.take();
    assert_eq!((told[0], errors(&told)), (state(Connected), vec![(ErrorKind::Roaming, Cause::CarrierLost)]));
}

#[tokio::test(start_paused = true)]
async fn a_loss_is_offered_as_a_downgrade_and_declined_it_closes() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.asked().await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    lab.network.vanish(WLAN);
    let offer = offer(&session).await;
    assert_eq!((&*offer.configuration, offer.kind), ("lte", OfferKind::Downgrade));
    assert_eq!((session.is_open(), standing(&session).0, session.carrier()), (true, Roaming, None));
    offer.ignore();
    secs(1).await;
    let told = log.take();
    assert_eq!(errors(&told), [(ErrorKind::SessionAborted, Cause::Declined)]);
    assert_eq!((session.is_open(), told.iter().filter(|notice| **notice == Notice::Closed).count(), lab.is_clean()), (false, 1, true));
}

#[tokio::test(start_paused = true)]
async fn a_close_in_the_trial_lets_both_go() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.appear(WLAN);
    let trial = offer(&session).await.migrate().await.unwrap();
    session.close().await.unwrap();
    trial.withdrawn().await;
    assert_eq!(trial.accept().await, Err(RoamError::Closed));
    secs(1).await;
    assert!(lab.is_clean());
}
