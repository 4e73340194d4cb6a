//! Does each row of SPEC §6 hold through the client API, on the simulator?

mod lab;

use lab::{AWAY, LTE, Lab, Log, USABLE, WLAN, errors, lab, millis, secs, since, state};
use netsession_backends::client::{Candidate, Offer, RequestError, RoamError, Session};
use netsession_backends::sim::{Behaviour, Outcome};
use netsession_fsm::hub::{Call, Notice, SessionOptions};
use netsession_fsm::words::{
    Bearer, Cause, ErrorKind, Mode, OfferId, OfferKind, Phase, Preference, RadioId, Refusal, Requirements, SessionState,
};
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, timeout};

use SessionState::{Connected, Roaming};

/// Open on lte while wlan is away; asks the application.
async fn on_lte(wlan: Behaviour) -> (Lab, Session) {
    let lab = lab(AWAY, USABLE).await;
    let session = lab.asked().await;
    session.open().await.unwrap();
    assert_eq!(session.snapshot().active, Some(LTE));
    lab.network.behave(WLAN, wlan);
    (lab, session)
}

/// The next offer, which has to come within a minute.
async fn offer(session: &Session) -> Offer {
    timeout(Duration::from_secs(60), session.next_offer()).await.expect("an offer").expect("still running")
}

/// Whether no offer comes for so many seconds.
async fn quiet(session: &Session, secs: u64) -> bool {
    timeout(Duration::from_secs(secs), session.next_offer()).await.is_err()
}

fn standing(session: &Session) -> (SessionState, Phase, Option<netsession_fsm::words::AccessPointId>) {
    let snapshot = session.snapshot();
    (snapshot.state, snapshot.phase, snapshot.active)
}

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

#[tokio::test(start_paused = true)]
async fn forced_roams_without_a_question() {
    let lab = lab(AWAY, USABLE).await;
    let session = lab.session("internet").await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    lab.network.appear(WLAN);
    secs(10).await;
    assert_eq!(log.take(), [state(Roaming), state(Connected)]);
    assert_eq!((standing(&session).2, lab.network.up()), (Some(WLAN), vec![WLAN]));
    lab.network.vanish(WLAN);
    secs(10).await;
    assert_eq!(log.take(), [state(Roaming), state(Connected)]);
    assert_eq!(lab.network.default_route(), Some(LTE));
}

#[tokio::test(start_paused = true)]
async fn off_never_roams() {
    let lab = lab(USABLE, USABLE).await;
    let options = SessionOptions { mode: Mode::Off, ..SessionOptions::default() };
    let session = lab.client.session("internet", options).await.unwrap();
    session.open().await.unwrap();
    lab.network.vanish(WLAN);
    secs(1).await;
    assert_eq!((session.is_open(), lab.network.tally(LTE).raises), (false, 0));
}

#[tokio::test(start_paused = true)]
async fn the_application_can_ask_to_be_moved() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.asked().await;
    session.open().await.unwrap();
    session.request_roam().await.unwrap();
    let offer = offer(&session).await;
    assert_eq!(&*offer.configuration, "lte");
    offer.migrate().await.unwrap().accept().await.unwrap();
    assert_eq!(standing(&session).2, Some(LTE));
    secs(1).await;
    lab.network.vanish(WLAN);
    millis(1).await;
    let roamed = session.request_roam().await;
    let Err(RequestError::Failed(failure)) = roamed else { panic!("{roamed:?} {:?}", session.snapshot()) };
    assert_eq!((failure.error.kind, failure.error.cause, standing(&session).2), (ErrorKind::Roaming, Cause::NoCandidate, Some(LTE)));
}

#[tokio::test(start_paused = true)]
async fn a_window_suppresses_upgrades_and_not_losses() {
    let (lab, session) = on_lte(USABLE).await;
    session.suppress(Duration::from_secs(100)).await.unwrap();
    lab.network.appear(WLAN);
    assert!(quiet(&session, 90).await);
    let pending = offer(&session).await;
    assert_eq!(pending.kind, OfferKind::Upgrade);
    session.suppress(Duration::from_secs(100)).await.unwrap();
    pending.withdrawn().await;
    lab.network.vanish(LTE);
    assert_eq!(offer(&session).await.kind, OfferKind::Downgrade);
}

#[tokio::test(start_paused = true)]
async fn requirements_decide_who_is_a_candidate() {
    let (lab, session) = on_lte(USABLE).await;
    session.set_requirements(Requirements::NONE.bearer(Bearer::Wlan, Preference::Prohibit)).await.unwrap();
    lab.network.appear(WLAN);
    assert!(quiet(&session, 100).await);
    session.set_requirements(Requirements::NONE).await.unwrap();
    assert_eq!(&*offer(&session).await.configuration, "wlan");
}

#[tokio::test(start_paused = true)]
async fn a_shared_radio_breaks_before_it_makes() {
    let radio = Some(RadioId(0));
    let lab = lab(Behaviour { radio, ..AWAY }, Behaviour { radio, ..USABLE }).await;
    let session = lab.asked().await;
    session.open().await.unwrap();
    lab.network.appear(WLAN);
    let first = offer(&session).await;
    assert!(!first.keeps_old);
    let trial = first.migrate().await.unwrap();
    assert_eq!((lab.network.up(), session.carrier()), (vec![WLAN], None));
    trial.reject().await.unwrap();
    secs(1).await;
    assert_eq!((standing(&session), lab.network.up()), ((Connected, Phase::Stable, Some(LTE)), vec![LTE]));
}

/// Open on lte, migrating to wlan on the same radio: lte is down, wlan not up yet.
async fn between_two_links() -> (Lab, Session) {
    let radio = Some(RadioId(0));
    let lab = lab(Behaviour { radio, ..AWAY }, Behaviour { radio, ..USABLE }).await;
    let session = lab.asked().await;
    session.open().await.unwrap();
    lab.network.appear(WLAN);
    let migrating = offer(&session).await.migrate();
    assert!(timeout(Duration::from_millis(100), migrating).await.is_err());
    assert_eq!((standing(&session).1, lab.network.up()), (Phase::Migrating, vec![]));
    (lab, session)
}

#[tokio::test(start_paused = true)]
async fn a_close_between_two_links_lets_both_go() {
    let (lab, session) = between_two_links().await;
    session.close().await.unwrap();
    secs(1).await;
    assert_eq!((session.is_open(), lab.is_clean()), (false, true));
}

#[tokio::test(start_paused = true)]
async fn a_stop_between_two_links_ends_both() {
    let (lab, session) = between_two_links().await;
    let other = lab.session("wlan").await;
    other.stop().await.unwrap();
    secs(1).await;
    assert_eq!((session.is_open(), lab.is_clean()), (false, true));
}

#[tokio::test(start_paused = true)]
async fn wrong_phases_and_stale_answers_change_nothing() {
    let (lab, session) = on_lte(USABLE).await;
    let refused = |refusal| Err(RequestError::Refused(refusal));
    assert_eq!(session.call(Call::Accept(OfferId(1))).await, refused(Refusal::WrongPhase(Phase::Stable)));
    lab.network.appear(WLAN);
    let offer = offer(&session).await;
    let before = session.snapshot();
    let stale = OfferId(offer.id.0 + 1);
    assert_eq!(session.call(Call::Migrate(stale)).await, refused(Refusal::StaleOffer { given: stale, pending: offer.id }));
    assert_eq!(session.call(Call::Reject(offer.id)).await, refused(Refusal::WrongPhase(Phase::Offered)));
    assert_eq!(session.snapshot(), before);
    offer.ignore();
}

#[tokio::test(start_paused = true)]
async fn an_offer_is_handed_out_once() {
    let (lab, session) = on_lte(USABLE).await;
    lab.network.appear(WLAN);
    let (one, two) =
        tokio::join!(timeout(Duration::from_secs(10), session.next_offer()), timeout(Duration::from_secs(10), session.next_offer()));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

#[tokio::test(start_paused = true)]
async fn roam_with_lets_a_probe_decide() {
    let (lab, session) = on_lte(Behaviour { reachable: false, ..USABLE }).await;
    let probed = Cell::new(0);
    let network = lab.network.clone();
    let roaming = session.roam_with(|candidate| {
        probed.set(probed.get() + 1);
        let network = network.clone();
        async move { network.probe(candidate.access_point).await }
    });
    let script = async {
        lab.network.appear(WLAN);
        secs(10).await;
        assert_eq!((probed.get(), standing(&session).2, lab.network.up()), (1, Some(LTE), vec![LTE]), "rejected");
        lab.network.reachable(WLAN, true);
        secs(400).await;
        assert_eq!((probed.get(), standing(&session).2, lab.network.up()), (2, Some(WLAN), vec![WLAN]), "accepted");
    };
    tokio::select! {
        () = roaming => panic!("gave up"),
        () = script => {}
    }
}

#[tokio::test(start_paused = true)]
async fn roam_with_gives_up_a_probe_whose_candidate_is_lost() {
    let (lab, session) = on_lte(USABLE).await;
    let given_up = Cell::new(false);
    struct Guard<'a>(&'a Cell<bool>);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let roaming = session.roam_with(|_| async {
        let _guard = Guard(&given_up);
        std::future::pending().await
    });
    let script = async {
        lab.network.appear(WLAN);
        secs(3).await;
        assert_eq!((given_up.get(), standing(&session).1), (false, Phase::Trial));
        lab.network.vanish(WLAN);
        millis(1).await;
        assert_eq!((given_up.get(), standing(&session).1), (true, Phase::Stable));
    };
    tokio::select! {
        () = roaming => panic!("gave up"),
        () = script => {}
    }
}

#[tokio::test(start_paused = true)]
async fn roaming_can_be_left_to_a_task() {
    let (lab, session) = on_lte(USABLE).await;
    let session = std::sync::Arc::new(session);
    let (network, roaming) = (lab.network.clone(), std::sync::Arc::clone(&session));
    let task = tokio::spawn(async move {
        let probe = |candidate: Candidate| {
            let network = network.clone();
            async move { network.probe(candidate.access_point).await }
        };
        roaming.roam_with(probe).await;
    });
    lab.network.appear(WLAN);
    secs(10).await;
    assert_eq!(standing(&session).2, Some(WLAN));
    lab.client.clone().shutdown().await;
    task.await.expect("it ends by itself");
}
