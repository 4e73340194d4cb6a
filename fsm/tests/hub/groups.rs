//! What becomes of who is on what a group no longer has? (SPEC §5)

use super::{CHOICE, active, at_once};
use crate::rig::{NETWORK, Rig, ap};
use netsession_fsm::hub::{Call, Definition, Input, Notice, SessionOptions};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Cause, ConfigurationId, ConfigurationState, ErrorKind, Mode, RadioId, ServiceNetwork, ServiceNetworkId,
    SessionState, UserChoice, UserChoiceId,
};

fn network(members: &[AccessPointId]) -> Input {
    let network = ServiceNetwork { members: members.to_vec(), ..ServiceNetwork::default() };
    Input::Define(Definition::ServiceNetwork(ServiceNetworkId(0), network))
}

fn choice(options: &[ConfigurationId]) -> Input {
    Input::Define(Definition::UserChoice(UserChoiceId(0), UserChoice { options: options.to_vec() }))
}

#[test]
fn who_is_on_a_member_that_went_has_lost_it() {
    let mut rig = Rig::plain(2);
    let stays = rig.session(NETWORK, SessionOptions { mode: Mode::Off, ..SessionOptions::default() });
    let moves = rig.session(NETWORK, SessionOptions { mode: Mode::Forced, ..SessionOptions::default() });
    rig.get_open(stays);
    rig.get_open(moves);
    rig.step(network(&[ap(1)]));
    assert_eq!(rig.lowered(), [ap(0)], "nobody of the network may be on it");
    let notices = rig.notices(stays);
    assert!(notices.contains(&Notice::Closed), "{notices:?}");
    let told = |notice: &Notice| matches!(notice, Notice::Error(error) if error.kind == ErrorKind::SessionAborted && error.cause == Cause::Removed);
    assert!(notices.iter().any(told), "{notices:?}");
    assert_eq!(rig.notices(moves), [Notice::StateChanged(SessionState::Roaming)]);
    assert_eq!(rig.raised(), Some(ap(1)), "what is left is tried");
    rig.tell(ap(1), ConfigurationState::Active);
    assert_eq!(rig.switch_route(), Some(ap(1)), "the route follows");
    assert_eq!((active(&rig, stays), active(&rig, moves)), (None, Some(1)));
}

#[test]
fn a_candidate_that_went_is_tested_no_more_and_the_old_link_stays() {
    let (mut rig, session) = Rig::on_the_second(at_once(), vec![AccessPoint::default(); 2]);
    rig.tell(ap(0), ConfigurationState::Discovered);
    rig.call(session, Call::Migrate(rig.offer(session).id));
    rig.tell(ap(0), ConfigurationState::Active);
    rig.step(network(&[ap(1)]));
    assert_eq!((rig.lowered(), active(&rig, session)), (vec![ap(0)], Some(1)));
    assert!(rig.hub.snapshot(session).is_some_and(|snapshot| snapshot.open));
}

#[test]
fn who_chose_what_is_no_option_any_more_is_closed() {
    let mut rig = Rig::plain(2);
    rig.step(choice(&[ap(0).into(), ap(1).into()]));
    let session = rig.session(CHOICE, SessionOptions::default());
    rig.get_open(session);
    rig.step(choice(&[ap(1).into()]));
    assert_eq!(rig.lowered(), [ap(0)]);
    let notices = rig.notices(session);
    assert!(notices.contains(&Notice::Closed), "{notices:?}");
    assert_eq!(rig.hub.snapshot(session).map(|snapshot| (snapshot.open, snapshot.chosen)), Some((false, None)));
}

#[test]
fn who_is_on_something_else_is_not_concerned() {
    let mut rig = Rig::plain(2);
    rig.step(choice(&[ap(1).into(), NETWORK]));
    let (goes, stays) = (rig.session(NETWORK, SessionOptions::default()), rig.session(ap(1), SessionOptions::default()));
    rig.get_open(goes);
    rig.get_open(stays);
    rig.step(Input::Remove(NETWORK));
    let open = |rig: &Rig| [goes, stays].map(|session| rig.hub.snapshot(session).is_some_and(|snapshot| snapshot.open));
    assert_eq!((open(&rig), rig.notices(stays)), ([false, true], vec![]));
    rig.step(Input::Remove(CHOICE));
    assert_eq!((open(&rig), rig.notices(stays)), ([false, true], vec![]));
}

#[test]
fn nobody_goes_back_to_a_member_that_went() {
    let on_radio = AccessPoint { radio: Some(RadioId(0)), ..AccessPoint::default() };
    let (mut rig, session) = Rig::on_the_second(at_once(), vec![on_radio.clone(), on_radio]);
    rig.tell(ap(0), ConfigurationState::Discovered);
    rig.call(session, Call::Migrate(rig.offer(session).id));
    rig.tell(ap(1), ConfigurationState::Discovered);
    assert_eq!(rig.raised(), Some(ap(0)), "the radio is free");
    rig.step(network(&[ap(0)]));
    rig.tell_why(ap(0), ConfigurationState::Defined, Cause::CarrierLost);
    assert_eq!((rig.raised(), active(&rig, session)), (None, None), "it was on the other one, which is no member any more");
    assert!(rig.notices(session).contains(&Notice::Closed), "{:?}", rig.outputs);
    assert_eq!([0, 1].map(|id| rig.hub.link_view(ap(id)).map(|link| link.leases)), [Some(0); 2]);
}
