//! Who answers offers, when none are made, and what a shared radio changes (SPEC §6.1, §6.2, §6.4, §6.5, §7.3)?

mod lab;

use lab::{AWAY, LTE, Lab, Log, USABLE, WLAN, lab, millis, offer, on_lte, quiet, secs, standing, state};
use netsession_backends::client::{Candidate, RequestError, Session};
use netsession_backends::sim::Behaviour;
use netsession_fsm::hub::{Call, SessionOptions};
use netsession_fsm::words::{
    Bearer, Cause, ErrorKind, Mode, OfferId, OfferKind, Phase, Preference, RadioId, Refusal, Requirements, SessionState,
};
use std::cell::Cell;
use std::time::Duration;
use tokio::time::timeout;

use SessionState::{Connected, Roaming};
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
