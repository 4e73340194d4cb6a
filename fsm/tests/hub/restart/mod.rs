//! A crash, scene by scene: what goes on as if nothing had happened, what is done again, what is refused (SPEC §8).

mod laws;
mod life;
mod nonsense;

use crate::rig::{NETWORK, Rig, ap};
use core::time::Duration;
use life::{EXECUTOR, refusals, resync};
use netsession_fsm::hub::{Call, Counters, Definition, Input, Kept, KeptLink, KeptSession, Notice, SessionOptions, Settings, Timer};
use netsession_fsm::link::LinkState;
use netsession_fsm::roaming::RoamState;
use netsession_fsm::session::Hold;
use netsession_fsm::words::{
    AccessPoint, ConfigurationState, Mode, Phase, Record, ServiceNetwork, ServiceNetworkId, SessionId, SessionState, Unfit,
};

/// An open session of a hub with two access points, and the hub.
fn held() -> (Rig, SessionId) {
    let mut rig = Rig::plain(2);
    let session = rig.session(NETWORK, SessionOptions { mode: Mode::Application, ..SessionOptions::default() });
    rig.get_open(session);
    (rig, session)
}

/// The same rig after a crash.
fn crash(rig: &Rig) -> Rig {
    let mut after = Rig::plain(0);
    for id in 0..2 {
        after.step(Input::Define(Definition::AccessPoint(ap(id), AccessPoint::default())));
    }
    let network = ServiceNetwork { members: vec![ap(0), ap(1)], ..ServiceNetwork::default() };
    after.step(Input::Define(Definition::ServiceNetwork(ServiceNetworkId(0), network)));
    after.know(2);
    after.step(Input::Restore(Box::new(rig.hub.kept())));
    after
}

#[test]
fn what_is_ours_and_nobody_holds_comes_down_also_if_no_session_was_kept() {
    let (rig, session) = held();
    let mut after = crash(&rig);
    assert_eq!(after.armed(Timer::Grace(EXECUTOR)), Some(Settings::default().grace));
    after.step(resync(&[ConfigurationState::Active, ConfigurationState::Discovered]));
    assert_eq!(after.lowered(), [], "somebody holds it");
    assert_eq!(after.notices(session), []);

    let kept = Kept { sessions: Vec::new(), ..rig.hub.kept() };
    let mut alone = Rig::plain(0);
    alone.step(Input::Define(Definition::AccessPoint(ap(0), AccessPoint::default())));
    alone.know(1);
    let (kept, gone) = kept.map(|id| (id == ap(0).into()).then_some(id));
    assert_eq!(gone.len(), 1, "the second access point is gone: {gone:?}");
    alone.step(Input::Restore(Box::new(kept)));
    alone.step(resync(&[ConfigurationState::Active]));
    assert_eq!(alone.lowered(), [ap(0)]);
    let next = alone.session(ap(0), SessionOptions::default());
    assert_eq!(next, SessionId { index: 0, generation: 1 }, "the id of before does not come back");
}

#[test]
fn an_owner_that_died_with_the_broker_is_dropped_at_once_or_later() {
    let (rig, session) = held();
    let mut after = crash(&rig);
    after.step(Input::Drop(session));
    assert_eq!(after.hub.sessions().count(), 0);
    after.step(resync(&[ConfigurationState::Active, ConfigurationState::Discovered]));
    after.step(Input::Fired(Timer::Lower(ap(0))));
    assert_eq!(after.lowered(), [ap(0)]);
}

#[test]
fn a_lower_that_was_under_way_is_tried_again() {
    let (mut rig, session) = held();
    rig.call(session, Call::Close);
    assert_eq!(rig.lowered(), [ap(0)]);
    let mut after = crash(&rig);
    assert_eq!(after.armed(Timer::Lower(ap(0))), Some(Duration::ZERO), "at once: whether the executor heard of it is not known");
    after.step(resync(&[ConfigurationState::Active, ConfigurationState::Discovered]));
    after.step(Input::Fired(Timer::Lower(ap(0))));
    assert_eq!(after.lowered(), [ap(0)]);
}

#[test]
fn what_was_removed_and_still_is_to_be_given_back_comes_down_when_it_is_defined_again() {
    let (mut rig, session) = held();
    rig.step(Input::Remove(ap(0).into()));
    assert!(rig.hub.changed().contains(&Record::Link(ap(0))), "{:?}", rig.hub.changed());
    assert!(rig.hub.kept_link(ap(0)).unwrap().ours);
    rig.step(Input::Drop(session));
    let mut after = crash(&rig);
    after.step(resync(&[ConfigurationState::Active, ConfigurationState::Discovered]));
    assert_eq!(after.lowered(), [ap(0)]);
}

#[test]
fn an_open_that_waited_is_carried_on_and_told_by_notices() {
    let mut rig = Rig::plain(2);
    let session = rig.session(NETWORK, SessionOptions::default());
    rig.open(session);
    let mut after = crash(&rig);
    assert!(after.armed(Timer::Session(session)).is_some());
    assert_eq!(after.raised(), None, "nobody knows yet how the link stands");
    after.step(resync(&[ConfigurationState::Discovered; 2]));
    assert_eq!(after.raised(), Some(ap(0)));
    after.tell(ap(0), ConfigurationState::Active);
    assert_eq!(after.notices(session), [Notice::StateChanged(SessionState::Connected), Notice::Opened]);
    assert_eq!(after.answers(), []);

    let mut after = crash(&rig);
    after.step(resync(&[ConfigurationState::Active, ConfigurationState::Discovered]));
    assert!(after.notices(session).contains(&Notice::Opened), "the raise of before had its effect");
}

#[test]
fn a_handshake_goes_on_with_the_same_offer() {
    let mut rig = Rig::plain(2);
    let session = rig.session(NETWORK, SessionOptions { mode: Mode::Application, ..SessionOptions::default() });
    rig.tell(ap(0), ConfigurationState::Defined);
    rig.get_open(session);
    rig.tell(ap(0), ConfigurationState::Discovered);
    let offer = rig.hub.snapshot(session).unwrap().offer.unwrap();
    let mut after = crash(&rig);
    assert_eq!(after.hub.snapshot(session).unwrap().offer, Some(offer));
    assert_eq!(after.armed(Timer::Session(session)), Some(Settings::default().offer_deadline));
    after.step(resync(&[ConfigurationState::Discovered, ConfigurationState::Active]));
    assert_eq!(after.notices(session), []);
    assert_eq!(after.call(session, Call::Migrate(offer.id)), Some(Ok(())));
    assert_eq!(after.raised(), Some(ap(0)));

    let mut again = crash(&after);
    again.step(resync(&[ConfigurationState::Active, ConfigurationState::Active]));
    assert!(matches!(again.notices(session)[..], [Notice::NewConfigurationActivated { offer: id, .. }] if id == offer.id));
    assert_eq!(again.call(session, Call::Accept(offer.id)), Some(Ok(())));
    let mut third = crash(&again);
    assert_eq!(third.hub.snapshot(session).unwrap().phase, Phase::Committing);
    third.step(resync(&[ConfigurationState::Active, ConfigurationState::Active]));
    assert_eq!(third.switch_route(), Some(ap(0)), "nobody knows what became of the route");
    assert_eq!(third.hub.snapshot(session).unwrap().active, Some(ap(0)));
    assert_eq!(third.lowered(), [ap(1)]);
}

#[test]
fn each_record_that_makes_no_sense_is_refused_by_name_and_the_others_are_taken_up() {
    let (rig, session) = held();
    let kept = rig.hub.kept();
    let one = kept.sessions[0].clone();
    let elsewhere = |index, session: KeptSession| KeptSession { id: SessionId { index, generation: 0 }, ..session };
    let strange = [
        (elsewhere(1, KeptSession { configuration: ap(9).into(), ..one.clone() }), Unfit::Unknown(ap(9).into())),
        (elsewhere(2, KeptSession { configuration: ap(1).into(), ..one.clone() }), Unfit::Stranger(ap(0), ap(1).into())),
        (elsewhere(3, KeptSession { current: Some(ap(1)), ..one.clone() }), Unfit::NotUp(ap(1))),
        (elsewhere(4, KeptSession { chosen: Some(ap(1).into()), ..one.clone() }), Unfit::Choice),
        (elsewhere(5, KeptSession { hold: Hold::Free, ..one.clone() }), Unfit::Hold),
        (elsewhere(6, KeptSession { roam: RoamState::Trial, ..one.clone() }), Unfit::Handshake),
        (elsewhere(u32::MAX, one.clone()), Unfit::Number),
        (elsewhere(7, KeptSession { sequence: u64::MAX, ..one.clone() }), Unfit::Number),
    ];
    let again = KeptSession { id: SessionId { index: 0, generation: 1 }, ..one.clone() };
    let mut sessions = vec![one, again];
    sessions.extend(strange.iter().map(|(session, _)| session.clone()));
    let mut links = kept.links.clone();
    links.push(links[0]);
    links.push(KeptLink { access_point: ap(9), ..links[0] });
    links.insert(0, KeptLink { access_point: ap(1), state: LinkState::Raising, ours: false, counters: Counters::default() });
    let mut after = Rig::plain(0);
    for id in 0..2 {
        after.step(Input::Define(Definition::AccessPoint(ap(id), AccessPoint::default())));
    }
    let network = ServiceNetwork { members: vec![ap(0), ap(1)], ..ServiceNetwork::default() };
    after.step(Input::Define(Definition::ServiceNetwork(ServiceNetworkId(0), network)));
    after.step(Input::Restore(Box::new(Kept { hub: kept.hub, links, sessions })));
    let mut expected = vec![
        (Record::Link(ap(1)), Unfit::Foreign),
        (Record::Link(ap(0)), Unfit::Twice),
        (Record::Link(ap(9)), Unfit::Unknown(ap(9).into())),
        (Record::Session(SessionId { index: 0, generation: 1 }), Unfit::Twice),
    ];
    expected.extend(strange.iter().map(|(session, why)| (Record::Session(session.id), *why)));
    let mut found = refusals(&after.outputs);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(after.hub.sessions().collect::<Vec<_>>(), [session]);
    assert_eq!(after.hub.snapshot(session), rig.hub.snapshot(session));

    after.step(Input::Restore(Box::default()));
    assert_eq!(refusals(&after.outputs), [(Record::Hub, Unfit::Late)]);
    assert_eq!(after.hub.snapshot(session), rig.hub.snapshot(session));
}
