//! Does the handshake go as SPEC §6 says, wherever the hub is?

use super::{Log, World, appear, errors, offer, phase, standing, state};
use crate::rig::{FAST, LONG, LTE, WLAN, eventually};
use netsession_backends::client::{RequestError, RoamError};
use netsession_backends::sim::{Behaviour, Outcome};
use netsession_fsm::hub::{Call, Notice};
use netsession_fsm::words::SessionState::{Connected, Disconnected, NotAvailable, Roaming};
use netsession_fsm::words::{Bearer, Cause, ErrorKind, Mode, OfferId, OfferKind, Phase, Preference, Refusal, Requirements};
use std::time::Duration;

pub(crate) async fn an_accepted_candidate_replaces_the_old_link(world: World) {
    let session = world.on_lte().await;
    let mut log = Log::of(&session);
    appear(&world);
    let offer = offer(&session).await;
    assert_eq!((&*offer.configuration, offer.kind, offer.seamless, offer.keeps_old), ("wlan", OfferKind::Upgrade, false, true));
    assert_eq!(standing(&session), (Connected, Phase::Offered, Some(LTE)));
    let id = offer.id;
    let told = log.next().await;
    assert!(matches!(told, Notice::PreferredConfigurationChanged(told) if told.id == id), "{told:?}");
    let trial = offer.migrate().await.unwrap();
    log.says(&[state(Roaming), Notice::NewConfigurationActivated { offer: id, access_point: WLAN }]).await;
    assert_eq!(standing(&session), (Roaming, Phase::Trial, Some(LTE)));
    assert_eq!(session.snapshot().candidate, Some(WLAN));
    assert_eq!((trial.carrier().unwrap().interface.as_str(), session.carrier().unwrap().interface.as_str()), ("sim1", "sim0"));
    assert_eq!((trial.candidate().carrier.interface.as_str(), world.client.default_route()), ("sim1", Some(LTE)));
    assert!(world.network.probe(WLAN).await && world.network.probe(LTE).await, "both carry traffic");
    assert_eq!(world.client.configuration("wlan").unwrap().holders, [session.id()]);
    trial.accept().await.unwrap();
    assert_eq!((standing(&session), world.client.default_route()), ((Connected, Phase::Stable, Some(WLAN)), Some(WLAN)));
    log.says(&[state(Connected)]).await;
    world.raised(&[WLAN]).await;
    world.settled().await;
    assert_eq!(log.rest(), []);
    drop(session);
    world.end().await;
}

pub(crate) async fn a_rejected_candidate_is_let_go(world: World) {
    let session = world.on_lte().await;
    appear(&world);
    let trial = offer(&session).await.migrate().await.unwrap();
    let mut log = Log::of(&session);
    trial.reject().await.unwrap();
    assert_eq!(standing(&session), (Connected, Phase::Stable, Some(LTE)));
    world.raised(&[LTE]).await;
    world.settled().await;
    assert_eq!((log.rest(), standing(&session).1), (vec![state(Connected)], Phase::Stable), "suppressed: not offered again");
    drop(session);
    world.end().await;
}

pub(crate) async fn what_is_dropped_is_ignored_or_rejected(world: World) {
    let session = world.on_lte().await;
    appear(&world);
    drop(offer(&session).await);
    phase(&session, Phase::Stable).await;
    assert_eq!(world.network.tally(WLAN).raises, 0);
    session.request_roam().await.unwrap();
    let trial = offer(&session).await.migrate().await.unwrap();
    drop(trial);
    phase(&session, Phase::Stable).await;
    world.raised(&[LTE]).await;
    assert_eq!(standing(&session), (Connected, Phase::Stable, Some(LTE)));
    drop(session);
    world.end().await;
}

pub(crate) async fn a_migration_nobody_waits_for_is_rejected(world: World) {
    let session = world.on_lte().await;
    world.network.behave(WLAN, Behaviour { raise_delay: Duration::from_millis(200), ..FAST });
    appear(&world);
    let offer = offer(&session).await;
    tokio::select! {
        trial = offer.migrate() => panic!("up before it was seen to rise: {trial:?}"),
        () = phase(&session, Phase::Migrating) => {}
    }
    eventually("given up", || standing(&session) == (Connected, Phase::Stable, Some(LTE))).await;
    world.raised(&[LTE]).await;
    drop(session);
    world.end().await;
}

pub(crate) async fn an_offer_goes_with_its_candidate(world: World) {
    let session = world.on_lte().await;
    appear(&world);
    let offer = offer(&session).await;
    let mut log = Log::of(&session);
    world.network.vanish(WLAN);
    offer.withdrawn().await;
    log.says(&[Notice::OfferWithdrawn(offer.id)]).await;
    assert_eq!(offer.migrate().await.unwrap_err(), RoamError::Withdrawn);
    world.settled().await;
    assert_eq!(log.rest(), [], "an answer to what is gone changes nothing");
    drop(session);
    world.end().await;
}

pub(crate) async fn a_change_of_mode_answers_what_is_pending(world: World) {
    let session = world.on_lte().await;
    appear(&world);
    let pending = offer(&session).await;
    let ((), changed) = tokio::join!(pending.withdrawn(), session.set_mode(Mode::Off));
    assert_eq!((changed, standing(&session)), (Ok(()), (Connected, Phase::Stable, Some(LTE))));
    assert_eq!(pending.migrate().await.unwrap_err(), RoamError::Withdrawn);
    session.set_mode(Mode::Application).await.unwrap();
    session.request_roam().await.unwrap();
    let trial = offer(&session).await.migrate().await.unwrap();
    session.set_mode(Mode::Forced).await.unwrap();
    eventually("accepted", || standing(&session) == (Connected, Phase::Stable, Some(WLAN))).await;
    assert_eq!(trial.accept().await, Err(RoamError::Withdrawn));
    drop(session);
    world.end().await;
}

pub(crate) async fn a_candidate_that_fails_leaves_the_session_where_it_is(world: World) {
    let session = world.on_lte().await;
    world.network.behave(WLAN, Behaviour { raise: Outcome::Fails(Cause::NoLease), ..FAST });
    appear(&world);
    let mut log = Log::of(&session);
    let RoamError::Failed(failure) = offer(&session).await.migrate().await.unwrap_err() else { panic!("no failure") };
    assert_eq!(failure.to_string(), "roam on \"wlan\": no address from the network");
    assert_eq!((failure.error.kind, standing(&session)), (ErrorKind::Roaming, (Connected, Phase::Stable, Some(LTE))));
    let told = log.take(4).await;
    assert_eq!((told[1..3].to_vec(), errors(&told)), (vec![state(Roaming), state(Connected)], vec![(ErrorKind::Roaming, Cause::NoLease)]));
    drop(session);
    world.end().await;
}

pub(crate) async fn a_switch_that_is_refused_goes_back(world: World) {
    let session = world.on_lte().await;
    world.network.behave(WLAN, Behaviour { prefer: Outcome::Fails(Cause::Route), ..FAST });
    appear(&world);
    let trial = offer(&session).await.migrate().await.unwrap();
    let RoamError::Failed(failure) = trial.accept().await.unwrap_err() else { panic!("no failure") };
    assert_eq!((failure.error.kind, failure.error.cause, &*failure.configuration), (ErrorKind::Roaming, Cause::Route, "wlan"));
    world.raised(&[LTE]).await;
    assert_eq!(standing(&session), (Connected, Phase::Stable, Some(LTE)));
    drop(session);
    world.end().await;
}

pub(crate) async fn a_candidate_lost_in_the_trial_ends_it(world: World) {
    let session = world.on_lte().await;
    appear(&world);
    let trial = offer(&session).await.migrate().await.unwrap();
    let mut log = Log::of(&session);
    world.network.cut(WLAN);
    trial.withdrawn().await;
    assert_eq!((trial.carrier(), standing(&session)), (None, (Connected, Phase::Stable, Some(LTE))));
    let told = log.take(2).await;
    assert_eq!((told[0], errors(&told)), (state(Connected), vec![(ErrorKind::Roaming, Cause::CarrierLost)]));
    drop((trial, session));
    world.end().await;
}

pub(crate) async fn a_declined_last_resort_closes(world: World) {
    appear(&world);
    let session = world.asked().await;
    session.open().await.unwrap();
    assert_eq!(session.snapshot().active, Some(WLAN));
    let mut log = Log::of(&session);
    world.network.vanish(WLAN);
    let offer = offer(&session).await;
    assert_eq!((&*offer.configuration, offer.kind), ("lte", OfferKind::Downgrade));
    assert_eq!((session.is_open(), standing(&session).0, session.carrier()), (true, Roaming, None));
    offer.ignore();
    let told = log.take(5).await;
    assert_eq!((told[0], told[3]), (state(Roaming), Notice::Closed));
    assert!(told[2] == state(Disconnected) || told[2] == state(NotAvailable), "{told:?}");
    assert_eq!(errors(&told), [(ErrorKind::SessionAborted, Cause::Declined)]);
    world.raised(&[]).await;
    drop(session);
    world.end().await;
}

pub(crate) async fn a_close_in_the_trial_lets_both_go(world: World) {
    let session = world.on_lte().await;
    appear(&world);
    let trial = offer(&session).await.migrate().await.unwrap();
    session.close().await.unwrap();
    trial.withdrawn().await;
    assert_eq!(trial.accept().await, Err(RoamError::Closed));
    world.raised(&[]).await;
    drop(session);
    world.end().await;
}

pub(crate) async fn roaming_by_itself_tests_and_moves(world: World) {
    let session = world.on_lte().await;
    let network = world.network.clone();
    let probe = |candidate: netsession_backends::client::Candidate| {
        let network = network.clone();
        async move { network.probe(candidate.access_point).await }
    };
    tokio::select! {
        () = session.roam_with(probe) => panic!("the hub was shut down"),
        () = async {
            appear(&world);
            eventually("moved", || standing(&session) == (Connected, Phase::Stable, Some(WLAN))).await;
        } => {}
    }
    drop(session);
    world.end().await;
}

pub(crate) async fn refusals_say_what_stands_in_the_way(world: World) {
    let session = world.asked().await;
    assert_eq!(session.request_roam().await, Err(RequestError::Refused(Refusal::NotOpen)));
    assert_eq!(session.suppress(LONG).await, Err(RequestError::Refused(Refusal::NotOpen)));
    session.open().await.unwrap();
    let RequestError::Failed(failure) = session.request_roam().await.unwrap_err() else { panic!("no failure") };
    assert_eq!((failure.error.kind, failure.error.cause), (ErrorKind::Roaming, Cause::NoCandidate));
    let nothing_stands = session.call(Call::Accept(OfferId(7))).await;
    assert_eq!(nothing_stands, Err(RequestError::Refused(Refusal::WrongPhase(Phase::Stable))));
    appear(&world);
    let offer = offer(&session).await;
    let mut log = Log::of(&session);
    let (given, pending) = (OfferId(offer.id.0 + 1), offer.id);
    assert_eq!(session.call(Call::Migrate(given)).await, Err(RequestError::Refused(Refusal::StaleOffer { given, pending })));
    assert_eq!(session.call(Call::Accept(pending)).await, Err(RequestError::Refused(Refusal::WrongPhase(Phase::Offered))));
    assert_eq!((log.rest(), standing(&session).1), (vec![], Phase::Offered), "nothing changed");
    drop((offer, session));
    world.end().await;
}

pub(crate) async fn a_suppression_window_holds_offers_back(world: World) {
    let session = world.on_lte().await;
    session.suppress(LONG).await.unwrap();
    appear(&world);
    eventually("in reach", || world.client.configuration("wlan").unwrap().state == FAST.state).await;
    world.settled().await;
    assert_eq!(session.snapshot().phase, Phase::Stable);
    session.suppress(Duration::ZERO).await.unwrap();
    assert_eq!(&*offer(&session).await.configuration, "wlan");
    drop(session);
    world.end().await;
}

pub(crate) async fn requirements_exclude_a_candidate(world: World) {
    let session = world.on_lte().await;
    session.set_requirements(Requirements::NONE.bearer(Bearer::Wlan, Preference::Prohibit)).await.unwrap();
    appear(&world);
    eventually("in reach", || world.client.configuration("wlan").unwrap().state == FAST.state).await;
    world.settled().await;
    assert_eq!(session.snapshot().phase, Phase::Stable);
    session.set_requirements(Requirements::NONE).await.unwrap();
    assert_eq!(&*offer(&session).await.configuration, "wlan");
    drop(session);
    world.end().await;
}
