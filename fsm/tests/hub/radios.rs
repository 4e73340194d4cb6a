//! Who may have a radio, and when is it free? (SPEC §7.3, S15)

use super::at_once;
use crate::rig::{NETWORK, Rig, ap};
use netsession_fsm::hub::{Call, Input, LinkReport, Notice, Report, SessionOptions, Timer};
use netsession_fsm::words::{
    AccessPoint, Capabilities, Cause, ConfigurationState, ExecutorId, Mode, OperationId, RadioId, Refusal, SessionState,
};

fn on_radio() -> AccessPoint {
    AccessPoint { radio: Some(RadioId(0)), ..AccessPoint::default() }
}

/// Two access points on one radio.
fn both_on_one() -> Rig {
    Rig::new(at_once(), vec![on_radio(), on_radio()])
}

/// Only in the batch that tells its own end a session does not open again: that others end does not hold it up.
#[test]
fn a_radio_that_is_freed_is_taken_in_the_same_batch_by_who_opens_again() {
    let mut rig = both_on_one();
    let waits = rig.session(ap(0), SessionOptions { reopen: true, ..SessionOptions::default() });
    let holds = rig.session(ap(1), SessionOptions::default());
    rig.get_open(waits);
    rig.tell_why(ap(0), ConfigurationState::Defined, Cause::CarrierLost);
    assert_eq!(rig.lowered(), [ap(0)], "nobody waits for its return");
    rig.tell_why(ap(0), ConfigurationState::Defined, Cause::CarrierLost);
    rig.get_open(holds);
    rig.tell(ap(0), ConfigurationState::Discovered);
    rig.step(Input::Fired(Timer::Suppression(waits, ap(0))));
    assert_eq!(rig.notices(waits), [], "the radio is taken");
    rig.call(holds, Call::Close);
    assert!(rig.notices(holds).contains(&Notice::Closed));
    assert_eq!(rig.notices(waits), [Notice::StateChanged(SessionState::Connecting)], "{:?}", rig.outputs);
}

/// While it was waited for, somebody else brought up another link of its radio, which our executor cannot lower.
#[test]
fn a_radio_that_cannot_be_freed_is_busy() {
    let capabilities = Capabilities::ALL.without(Capabilities::CAN_START_AND_STOP_INTERFACES);
    let mut rig = Rig::new(at_once(), vec![on_radio(), AccessPoint { capabilities, ..on_radio() }]);
    let session = rig.session(ap(0), SessionOptions::default());
    rig.get_open(session);
    rig.call(session, Call::Close);
    assert_eq!(rig.open(session), None, "it is being lowered");
    rig.tell(ap(1), ConfigurationState::Active);
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!((rig.lowered(), rig.raised()), (vec![], None));
    assert!(matches!(rig.answers()[..], [(_, Err(Refusal::Failed(error)))] if error.cause == Cause::RadioBusy), "{:?}", rig.outputs);
}

/// Two sessions wait for a link whose radio cannot be freed: both go on to the one that is up there.
#[test]
fn two_that_wait_for_one_whose_radio_is_busy_both_go_on_to_the_other() {
    let capabilities = Capabilities::ALL.without(Capabilities::CAN_START_AND_STOP_INTERFACES);
    let mut rig = Rig::new(at_once(), vec![AccessPoint { capabilities, ..on_radio() }, on_radio()]);
    let sessions = [rig.session(NETWORK, SessionOptions::default()), rig.session(NETWORK, SessionOptions::default())];
    rig.get_open(sessions[0]);
    rig.call(sessions[0], Call::Close);
    sessions.iter().for_each(|session| assert_eq!(rig.open(*session), None, "it is being lowered"));
    rig.tell(ap(0), ConfigurationState::Active);
    rig.tell(ap(1), ConfigurationState::Discovered);
    assert_eq!(sessions.map(|session| super::active(&rig, session)), [Some(0); 2], "{:?}", rig.outputs);
}

/// Two sessions on one radio lose the same access point in one batch: who is told first does not take the other one for a claim.
#[test]
fn two_that_lose_one_of_a_radio_both_go_on_to_the_other() {
    let begin = || {
        let mut rig = both_on_one();
        let sessions = [rig.session(NETWORK, SessionOptions::default()), rig.session(NETWORK, SessionOptions::default())];
        (rig, sessions)
    };
    let (mut rig, sessions) = begin();
    sessions.iter().for_each(|session| assert_eq!(rig.open(*session), None));
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!((rig.raised(), rig.answers()), (Some(ap(1)), vec![]), "one that failed");
    let (mut rig, sessions) = begin();
    rig.get_open(sessions[0]);
    rig.open(sessions[1]);
    rig.call(sessions[0], Call::Close);
    rig.call(sessions[1], Call::Close);
    sessions.iter().for_each(|session| assert_eq!(rig.open(*session), None, "it is being lowered"));
    rig.tell_why(ap(0), ConfigurationState::Undefined, Cause::Authentication);
    assert_eq!((rig.raised(), rig.answers()), (Some(ap(1)), vec![]), "one that does not come any more");
    let (mut rig, sessions) = begin();
    rig.get_open(sessions[0]);
    rig.open(sessions[1]);
    for session in sessions {
        rig.call(session, Call::SetMode(Mode::Application));
    }
    rig.tell_why(ap(0), ConfigurationState::Defined, Cause::CarrierLost);
    assert_eq!(sessions.map(|session| rig.offer(session).access_point), [ap(1), ap(1)], "one that was held");
}

/// A link that was lost and is given back occupies its radio until that is done, removed or not.
#[test]
fn what_is_being_given_back_occupies_its_radio() {
    for removed in [false, true] {
        let mut rig = both_on_one();
        let (first, second) = (rig.session(ap(0), SessionOptions::default()), rig.session(ap(1), SessionOptions::default()));
        rig.get_open(first);
        rig.tell_why(ap(0), ConfigurationState::Defined, Cause::CarrierLost);
        assert_eq!(rig.lowered(), [ap(0)], "nobody waits for its return");
        assert_eq!(rig.hub.kept_link(ap(0)).map(|kept| kept.ours), Some(true), "after a crash it is given back again");
        if removed {
            rig.step(Input::Remove(ap(0).into()));
        }
        assert_eq!((rig.open(second), rig.raised()), (None, None));
        rig.tell_meanwhile(ap(0), ConfigurationState::Discovered);
        assert_eq!(rig.raised(), None, "it is not done yet");
        rig.tell(ap(0), ConfigurationState::Defined);
        assert_eq!((rig.raised(), rig.lowered()), (Some(ap(1)), vec![]));
        assert_eq!(rig.hub.kept_link(ap(0)).map(|kept| kept.ours), Some(false));
    }
}

/// A link of somebody else's that gives way to a session, and is removed meanwhile, is not ours.
#[test]
fn what_gives_way_and_is_removed_is_lowered_once() {
    let mut rig = both_on_one();
    rig.tell(ap(0), ConfigurationState::Active);
    let session = rig.session(ap(1), SessionOptions::default());
    rig.open(session);
    assert_eq!(rig.lowered(), [ap(0)], "nobody leases it");
    rig.step(Input::Remove(ap(0).into()));
    assert_eq!((rig.lowered(), rig.raised()), (vec![], None));
    assert_eq!(rig.hub.link_view(ap(0)).map(|view| view.ours), Some(false));
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!((rig.lowered(), rig.raised()), (vec![], Some(ap(1))));
}

/// What an executor that was lost says it still carries on is called off, although sessions that are elsewhere could use it.
#[test]
fn a_raise_that_outlives_the_grace_time_is_called_off() {
    let elsewhere = AccessPoint { executor: ExecutorId(1), ..AccessPoint::default() };
    let mut rig = Rig::new(at_once(), vec![on_radio(), elsewhere, on_radio()]);
    rig.tell(ap(0), ConfigurationState::Defined);
    let watches = rig.session(NETWORK, SessionOptions { mode: Mode::Off, ..SessionOptions::default() });
    rig.get_open(watches);
    rig.tell(ap(0), ConfigurationState::Discovered);
    let session = rig.session(ap(0), SessionOptions::default());
    rig.open(session);
    assert_eq!(rig.raised(), Some(ap(0)));
    rig.step(Input::Report(Report::Gone { executor: ExecutorId(0) }));
    rig.step(Input::Fired(Timer::Grace(ExecutorId(0))));
    let report = |access_point, done| LinkReport {
        access_point,
        generation: 0,
        state: ConfigurationState::Discovered,
        done: OperationId(done),
        cause: Cause::Unknown,
    };
    rig.step(Input::Report(Report::Resync { executor: ExecutorId(0), links: vec![report(ap(0), 0), report(ap(2), 9)] }));
    assert_eq!((rig.lowered(), rig.raised()), (vec![ap(0)], None));
    let other = rig.session(ap(2), SessionOptions::default());
    assert_eq!((rig.open(other), rig.raised()), (None, None), "it is not called off yet");
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!(rig.raised(), Some(ap(2)));
}

/// A radio is freed in the report that says that a raise on it failed: nobody raises it again only to learn that it failed.
#[test]
fn what_did_not_come_is_not_raised_again_before_it_is_told() {
    let mut rig = both_on_one();
    let session = rig.session(ap(1), SessionOptions::default());
    rig.open(session);
    rig.tell(ap(0), ConfigurationState::Active);
    rig.resync(0, &[(0, ConfigurationState::Discovered), (1, ConfigurationState::Discovered)]);
    assert_eq!((rig.raised(), rig.lowered()), (None, vec![]), "{:?}", rig.outputs);
    assert!(matches!(rig.answers()[..], [(_, Err(Refusal::Failed(_)))]));
}
