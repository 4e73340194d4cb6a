//! Does the hub do what the worlds of the model do not show: choices, definitions, scans, counters, policies, ranks, delays?

mod daemons;
mod definitions;
mod groups;
mod offers;
mod radios;
mod restart;
mod rig;

use netsession_fsm::hub::{
    Call, CatalogueNotice, Command, Counters, Definition, Input, Notice, Output, Policies, Report, SessionOptions, Settings, Timer,
};
use netsession_fsm::words::{
    AccessPoint, Bearer, Capabilities, Cause, ConfigurationId, ConfigurationState, ErrorKind, ExecutorId, Metered, Mode, Preference,
    RadioId, Refusal, Requirements, SessionState, UserChoice, UserChoiceId,
};
use rig::{NETWORK, Rig, ap};
use std::time::Duration;

const CHOICE: ConfigurationId = ConfigurationId::UserChoice(UserChoiceId(0));

fn asked() -> SessionOptions {
    SessionOptions { mode: Mode::Application, ..SessionOptions::default() }
}

/// What is in reach may be offered at once.
fn at_once() -> Settings {
    Settings { settle: Duration::ZERO, ..Settings::default() }
}

fn active(rig: &Rig, session: netsession_fsm::words::SessionId) -> Option<u32> {
    rig.hub.snapshot(session).and_then(|snapshot| snapshot.active).map(|id| id.0)
}

fn offered(notices: &[Notice]) -> Option<u32> {
    notices.iter().find_map(|notice| match notice {
        Notice::PreferredConfigurationChanged(offer) => Some(offer.access_point.0),
        _ => None,
    })
}

#[test]
fn a_user_choice_is_resolved_by_the_chooser_or_to_the_first_usable() {
    let mut rig = Rig::plain(2);
    let options = vec![ap(1).into(), NETWORK];
    rig.step(Input::Define(Definition::UserChoice(UserChoiceId(0), UserChoice { options })));
    let session = rig.session(CHOICE, SessionOptions::default());
    assert_eq!(rig.hub.configuration_state(CHOICE), Some(ConfigurationState::Discovered));

    rig.get_open(session);
    assert_eq!(active(&rig, session), Some(1), "the first in the user's order");
    assert_eq!(rig.hub.snapshot(session).unwrap().chosen, Some(ap(1).into()));
    rig.call(session, Call::Close);
    rig.tell(ap(1), ConfigurationState::Discovered);
    assert_eq!(rig.hub.snapshot(session).unwrap().chosen, None);

    rig.call(session, Call::Open { choice: Some(NETWORK) });
    assert_eq!(rig.raised(), Some(ap(0)), "the best of the service network that was chosen");
    rig.call(session, Call::Close);
    rig.tell(ap(0), ConfigurationState::Discovered);

    let strange = rig.call(session, Call::Open { choice: Some(ap(0).into()) });
    assert_eq!(strange, Some(Err(Refusal::UnknownConfiguration(ap(0).into()))));
}

#[test]
fn a_scan_ends_with_exactly_one_completion_for_all_who_asked() {
    let other = AccessPoint { executor: ExecutorId(1), ..AccessPoint::default() };
    let mut rig = Rig::new(Settings::default(), vec![AccessPoint::default(), other]);
    let (first, second) = (rig.next_request(), rig.next_request());
    rig.step(Input::Refresh { request: first });
    let scans = rig.outputs.iter().filter_map(|output| match output {
        Output::Command(Command::Refresh { op, executor }) => Some((*op, *executor)),
        _ => None,
    });
    let scans = scans.collect::<Vec<_>>();
    assert_eq!(scans.len(), 2);
    rig.step(Input::Refresh { request: second });
    assert_eq!(rig.outputs, []);
    let (op, executor) = scans[0];
    rig.step(Input::Report(Report::Refreshed { op, executor }));
    assert_eq!(rig.catalogue(), []);
    let (op, executor) = scans[1];
    rig.step(Input::Report(Report::Refreshed { op, executor }));
    assert_eq!(rig.catalogue(), [CatalogueNotice::RefreshCompleted]);
    assert_eq!(rig.answers(), [(first, Ok(())), (second, Ok(()))]);
    rig.step(Input::Report(Report::Refreshed { op, executor }));
    assert_eq!(rig.outputs, [], "late");
    let third = rig.next_request();
    rig.step(Input::Refresh { request: third });
    for (op, executor) in
        [op, netsession_fsm::words::OperationId(0)].into_iter().flat_map(|op| [0, 1].map(|number| (op, ExecutorId(number))))
    {
        rig.step(Input::Report(Report::Refreshed { op, executor }));
        assert_eq!(rig.outputs, [], "not the scan that is running");
    }
    rig.step(Input::Fired(Timer::Refresh));
    assert_eq!((rig.catalogue(), rig.answers()), (vec![CatalogueNotice::RefreshCompleted], vec![(third, Ok(()))]));
}

#[test]
fn counters_go_on_across_roaming_and_policies_follow_the_link() {
    let metered = AccessPoint { metered: Metered::Yes, ..AccessPoint::default() };
    let mut rig = Rig::new(Settings { settle: Duration::ZERO, ..Settings::default() }, vec![AccessPoint::default(), metered]);
    rig.tell(ap(0), ConfigurationState::Defined);
    let count = |id, received, sent| Input::Report(Report::Counters { access_point: id, counters: Counters { received, sent } });
    rig.step(count(ap(1), 1000, 100));
    let session = rig.session(NETWORK, SessionOptions::default());
    rig.get_open(session);
    assert!(rig.notices(session).contains(&Notice::PoliciesChanged(Policies::NO_BACKGROUND_TRAFFIC)));
    rig.step(count(ap(1), 1500, 130));
    assert_eq!(rig.hub.snapshot(session).unwrap().counters, Counters { received: 500, sent: 30 });
    rig.step(count(ap(0), 7, 7));
    rig.tell(ap(0), ConfigurationState::Discovered);
    rig.tell(ap(0), ConfigurationState::Active);
    rig.step(count(ap(0), 17, 8));
    rig.step(count(ap(1), 1600, 130));
    assert_eq!(rig.hub.snapshot(session).unwrap().counters, Counters { received: 610, sent: 31 });
    rig.step(Input::SaveTraffic(true));
    assert_eq!(rig.hub.snapshot(session).unwrap().policies, Policies::NO_BACKGROUND_TRAFFIC);
}

#[test]
fn requirements_exclude_and_order() {
    let bearers = [Bearer::Wlan, Bearer::Ethernet, Bearer::Lte];
    let access_points = bearers.map(|bearer| AccessPoint { bearer, ..AccessPoint::default() }).to_vec();
    let first = |requirements: Requirements| {
        let mut rig = Rig::new(Settings::default(), access_points.clone());
        let session = rig.session(NETWORK, SessionOptions { requirements, ..SessionOptions::default() });
        let answer = rig.open(session);
        rig.raised().map(|id| id.0).ok_or(answer)
    };
    let of = |bearer, level| Requirements::NONE.bearer(bearer, level);
    assert_eq!(first(Requirements::NONE), Ok(0), "the service network's own order");
    assert_eq!(first(of(Bearer::Lte, Preference::Prefer)), Ok(2));
    assert_eq!(first(of(Bearer::Lte, Preference::Require)), Ok(2));
    assert_eq!(first(of(Bearer::Wlan, Preference::Avoid)), Ok(1));
    assert_eq!(first(of(Bearer::Wlan, Preference::Prohibit)), Ok(1));
    let nothing = first(of(Bearer::Vpn, Preference::Require)).unwrap_err();
    assert!(matches!(nothing, Some(Err(Refusal::Failed(error))) if error.cause == Cause::Requirements));
}

#[test]
fn an_open_tries_each_member_once_and_tells_the_error_of_the_best() {
    let mut rig = Rig::plain(2);
    let session = rig.session(NETWORK, SessionOptions::default());
    assert_eq!(rig.open(session), None, "not answered yet");
    assert_eq!(rig.raised(), Some(ap(0)));
    rig.tell_why(ap(0), ConfigurationState::Discovered, Cause::Authentication);
    assert_eq!(rig.raised(), Some(ap(1)));
    rig.step(Input::Fired(Timer::Session(session)));
    assert_eq!(rig.lowered(), [ap(1)], "the connect timeout lowers what we raised");
    let [(_, Err(Refusal::Failed(error)))] = rig.answers()[..] else { panic!("{:?}", rig.outputs) };
    assert_eq!((error.cause, error.configuration), (Cause::Authentication, ap(0).into()));
    assert_eq!(rig.hub.snapshot(session).unwrap().state, SessionState::Disconnected);
}

#[test]
fn a_better_member_that_comes_into_reach_during_an_attempt_is_tried_next_and_none_twice() {
    let mut rig = Rig::plain(3);
    rig.tell(ap(0), ConfigurationState::Defined);
    let session = rig.session(NETWORK, SessionOptions::default());
    rig.open(session);
    assert_eq!(rig.raised(), Some(ap(1)), "the best in reach");
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!(rig.raised(), None, "the attempt goes on");
    rig.tell_why(ap(1), ConfigurationState::Discovered, Cause::NoLease);
    assert_eq!(rig.raised(), Some(ap(0)), "came into reach meanwhile");
    rig.step(Input::Fired(Timer::Suppression(session, ap(1))));
    rig.tell_why(ap(0), ConfigurationState::Discovered, Cause::Authentication);
    assert_eq!(rig.raised(), Some(ap(2)), "the second has had its turn, also when its back-off is over");
    rig.tell_why(ap(2), ConfigurationState::Discovered, Cause::CarrierLost);
    let [(_, Err(Refusal::Failed(error)))] = rig.answers()[..] else { panic!("{:?}", rig.outputs) };
    assert_eq!((error.cause, error.configuration), (Cause::Authentication, ap(0).into()), "the error of the best");
    rig.open(session);
    assert_eq!(rig.raised(), Some(ap(0)), "another open begins from the beginning");
}

#[test]
fn who_turns_to_a_link_in_the_step_in_which_others_lost_it_has_it_raised() {
    let mut rig = Rig::plain(2);
    rig.tell(ap(0), ConfigurationState::Defined);
    let first = rig.session(NETWORK, SessionOptions::default());
    rig.open(first);
    assert_eq!(rig.raised(), Some(ap(1)));
    rig.tell(ap(0), ConfigurationState::Discovered);
    let second = rig.session(NETWORK, SessionOptions::default());
    rig.open(second);
    assert_eq!(rig.raised(), Some(ap(0)));
    // the executor was started again, and raises neither any more
    rig.step(Input::Report(Report::Gone { executor: ExecutorId(0) }));
    rig.resync(0, &[(0, ConfigurationState::Discovered), (1, ConfigurationState::Discovered)]);
    assert_eq!(rig.answers(), [], "each has the other one left to try");
    let raised = rig.outputs.iter().filter(|output| matches!(output, Output::Command(Command::Raise { .. }))).count();
    assert_eq!(raised, 2);
}

#[test]
fn an_upgrade_waits_until_the_candidate_has_settled_a_downgrade_does_not() {
    let mut rig = Rig::new(Settings::default(), vec![AccessPoint::default(); 2]);
    rig.tell(ap(0), ConfigurationState::Defined);
    let session = rig.session(NETWORK, asked());
    rig.get_open(session);
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!((offered(&rig.notices(session)), rig.armed(Timer::Settle(ap(0)))), (None, Some(Settings::default().settle)));
    rig.tell(ap(0), ConfigurationState::Defined);
    assert!(rig.outputs.contains(&Output::Disarm(Timer::Settle(ap(0)))), "a flap is no offer");
    rig.tell(ap(0), ConfigurationState::Discovered);
    rig.step(Input::Fired(Timer::Settle(ap(0))));
    assert_eq!(offered(&rig.notices(session)), Some(0));

    let mut rig = Rig::new(Settings::default(), vec![AccessPoint::default(); 2]);
    let session = rig.session(NETWORK, asked());
    rig.get_open(session);
    rig.tell(ap(1), ConfigurationState::Defined);
    rig.tell(ap(1), ConfigurationState::Discovered);
    rig.tell(ap(0), ConfigurationState::Defined);
    assert_eq!(offered(&rig.notices(session)), Some(1));
}

#[test]
fn a_failed_candidate_backs_off_twice_as_long_each_time_up_to_the_limit() {
    let mut rig = Rig::plain(2);
    rig.tell(ap(0), ConfigurationState::Defined);
    let session = rig.session(NETWORK, SessionOptions::default());
    rig.get_open(session);
    rig.tell(ap(0), ConfigurationState::Discovered);
    let timer = Timer::Suppression(session, ap(0));
    let mut waits = Vec::new();
    for _ in 0..9 {
        assert_eq!(rig.raised(), Some(ap(0)));
        rig.tell_why(ap(0), ConfigurationState::Discovered, Cause::NoLease);
        assert!(rig.notices(session).iter().any(|notice| matches!(notice, Notice::Error(error) if error.kind == ErrorKind::Roaming)));
        assert_eq!(active(&rig, session), Some(1), "the session stays where it works");
        waits.extend(rig.armed(timer).map(|wait| wait.as_secs()));
        rig.step(Input::Fired(timer));
    }
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
}

#[test]
fn stop_that_cannot_be_is_refused_before_anything_is_closed() {
    let capabilities = Capabilities::ALL.without(Capabilities::CAN_START_AND_STOP_INTERFACES);
    let mut rig = Rig::new(Settings::default(), vec![AccessPoint { capabilities, ..AccessPoint::default() }, AccessPoint::default()]);
    let fixed = rig.session(ap(0), SessionOptions::default());
    let down = rig.open(fixed);
    assert!(matches!(down, Some(Err(Refusal::Failed(error))) if error.cause == Cause::CannotStartStop), "nobody can raise it");
    rig.tell(ap(0), ConfigurationState::Active);
    assert_eq!(rig.open(fixed), Some(Ok(())));
    let refused = rig.call(fixed, Call::Stop);
    assert!(matches!(refused, Some(Err(Refusal::Failed(error))) if error.kind == ErrorKind::OperationNotSupported));
    assert!(rig.hub.snapshot(fixed).unwrap().open);

    let guest = rig.session(ap(1), SessionOptions { may_stop: false, ..SessionOptions::default() });
    rig.get_open(guest);
    let refused = rig.call(guest, Call::Stop);
    assert!(matches!(refused, Some(Err(Refusal::Failed(error))) if error.cause == Cause::NotAuthorised));
    assert_eq!((rig.lowered(), rig.hub.snapshot(guest).unwrap().open), (vec![], true));
}

#[test]
fn a_session_that_asked_for_it_opens_again_by_itself() {
    let mut rig = Rig::plain(1);
    let session = rig.session(NETWORK, SessionOptions { reopen: true, ..SessionOptions::default() });
    rig.get_open(session);
    rig.tell_why(ap(0), ConfigurationState::Defined, Cause::CarrierLost);
    assert!(rig.notices(session).contains(&Notice::Closed));
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!(rig.raised(), None, "it has just been lost");
    rig.step(Input::Fired(Timer::Suppression(session, ap(0))));
    assert_eq!(rig.raised(), Some(ap(0)));
    rig.tell(ap(0), ConfigurationState::Active);
    assert!(rig.notices(session).contains(&Notice::Opened));
    rig.call(session, Call::Close);
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!(rig.raised(), None, "a close is meant");
}

#[test]
fn a_radio_that_others_use_is_busy_and_one_nobody_uses_gives_way() {
    let on_radio = AccessPoint { radio: Some(RadioId(0)), ..AccessPoint::default() };
    let mut rig = Rig::new(Settings::default(), vec![on_radio.clone(), on_radio]);
    let first = rig.session(ap(0), SessionOptions::default());
    let second = rig.session(ap(1), SessionOptions::default());
    rig.get_open(first);
    let busy = rig.open(second);
    assert!(matches!(busy, Some(Err(Refusal::Failed(error))) if error.cause == Cause::RadioBusy));
    rig.call(first, Call::Close);
    rig.tell(ap(0), ConfigurationState::Discovered);
    rig.tell(ap(0), ConfigurationState::Active);
    assert_eq!(rig.open(second), None);
    assert_eq!((rig.lowered(), rig.raised()), (vec![ap(0)], None), "up by itself, leased by nobody");
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!(rig.raised(), Some(ap(1)));
}

#[test]
fn unknown_sessions_are_refused_by_name_and_ids_are_not_used_again() {
    let mut rig = Rig::plain(1);
    let session = rig.session(NETWORK, SessionOptions::default());
    rig.get_open(session);
    rig.step(Input::Drop(session));
    assert_eq!(rig.lowered(), [ap(0)], "as close");
    assert_eq!(rig.open(session), Some(Err(Refusal::UnknownSession)));
    let next = rig.session(NETWORK, SessionOptions::default());
    assert!(next != session && next.index == session.index);
    rig.step(Input::Drop(session));
    assert_eq!(rig.outputs, [Output::Refused(Refusal::UnknownSession)]);
    assert!(rig.hub.snapshot(next).is_some());
}
