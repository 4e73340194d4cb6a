//! Who is offered what, and what is remembered of it? Ranks, back-off, radios, executors that are lost (SPEC §6.2, §6.6, §7.3, §9).

use super::{active, at_once, offered};
use crate::rig::{NETWORK, Rig, ap};
use netsession_fsm::hub::{Call, Definition, Input, Notice, Report, SessionOptions, Settings, Timer};
use netsession_fsm::words::{
    AccessPoint, Bearer, Cause, ConfigurationState, ExecutorId, Metered, Mode, OfferId, Preference, Purpose, RadioId, Refusal, Requirements,
};
use std::time::Duration;

fn withdrawn(notices: &[Notice]) -> bool {
    notices.iter().any(|notice| matches!(notice, Notice::OfferWithdrawn(_)))
}

#[test]
fn no_two_offers_have_one_number() {
    let (mut rig, session) = Rig::on_the_second(at_once(), vec![AccessPoint::default(); 2]);
    let mut numbers = Vec::new();
    for _ in 0..3 {
        rig.tell(ap(0), ConfigurationState::Discovered);
        numbers.push(rig.offer(session).id);
        rig.tell(ap(0), ConfigurationState::Defined);
        assert!(withdrawn(&rig.notices(session)));
    }
    assert_eq!(numbers, [OfferId(1), OfferId(2), OfferId(3)]);
}

#[test]
fn what_a_lost_executor_would_have_to_raise_is_no_candidate_until_it_is_back() {
    let other = AccessPoint { executor: ExecutorId(1), ..AccessPoint::default() };
    let (mut rig, session) = Rig::on_the_second(at_once(), vec![other, AccessPoint::default()]);
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!(offered(&rig.notices(session)), Some(0));
    rig.step(Input::Report(Report::Gone { executor: ExecutorId(1) }));
    assert!(withdrawn(&rig.notices(session)), "{:?}", rig.outputs);
    rig.step(Input::Report(Report::Gone { executor: ExecutorId(1) }));
    assert_eq!(rig.notices(session), [], "that is known");
    rig.resync(1, &[(0, ConfigurationState::Discovered)]);
    assert_eq!(offered(&rig.notices(session)), Some(0));

    // what is up stays up for as long as the executor may be away, what is not cannot be raised
    let (mut rig, session) = Rig::on_the_second(at_once(), vec![AccessPoint::default(); 2]);
    rig.tell(ap(0), ConfigurationState::Discovered);
    rig.step(Input::Report(Report::Gone { executor: ExecutorId(0) }));
    assert!(withdrawn(&rig.notices(session)) && active(&rig, session) == Some(1), "{:?}", rig.outputs);
    rig.resync(0, &[(0, ConfigurationState::Discovered), (1, ConfigurationState::Active)]);
    assert_eq!(offered(&rig.notices(session)), Some(0));
}

#[test]
fn what_worked_once_begins_its_back_off_anew() {
    let (mut rig, session) = Rig::on_the_second(at_once(), vec![AccessPoint::default(); 2]);
    rig.call(session, Call::SetMode(Mode::Forced));
    let timer = Timer::Suppression(session, ap(0));
    let wait = |rig: &mut Rig| {
        rig.tell_why(ap(0), ConfigurationState::Discovered, Cause::NoLease);
        rig.armed(timer)
    };
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!(rig.raised(), Some(ap(0)));
    assert_eq!(wait(&mut rig), Some(Duration::from_secs(5)));
    rig.step(Input::Fired(timer));
    assert_eq!(wait(&mut rig), Some(Duration::from_secs(10)));
    rig.step(Input::Fired(timer));
    rig.tell(ap(0), ConfigurationState::Active);
    assert_eq!(rig.switch_route(), Some(ap(0)), "it is accepted");
    assert_eq!(active(&rig, session), Some(0));
    rig.tell_why(ap(0), ConfigurationState::Discovered, Cause::CarrierLost);
    assert_eq!(rig.armed(timer), Some(Duration::from_secs(5)), "it had worked");
}

#[test]
fn an_open_that_fails_again_backs_off_for_longer() {
    let mut rig = Rig::plain(1);
    let session = rig.session(NETWORK, SessionOptions { reopen: true, ..SessionOptions::default() });
    let timer = Timer::Suppression(session, ap(0));
    let mut waits = Vec::new();
    for _ in 0..3 {
        rig.open(session);
        rig.tell_why(ap(0), ConfigurationState::Discovered, Cause::NoLease);
        waits.extend(rig.armed(timer).map(|wait| wait.as_secs()));
        rig.step(Input::Fired(timer));
    }
    assert_eq!(waits, [5, 10, 20]);
}

/// How often it failed is remembered when its back-off ends while the open goes on elsewhere.
#[test]
fn what_failed_during_an_open_backs_off_for_longer_as_a_candidate() {
    let mut rig = Rig::plain(2);
    let session = rig.session(NETWORK, SessionOptions { mode: Mode::Forced, ..SessionOptions::default() });
    let timer = Timer::Suppression(session, ap(0));
    rig.open(session);
    rig.tell_why(ap(0), ConfigurationState::Discovered, Cause::NoLease);
    assert_eq!((rig.armed(timer), rig.raised()), (Some(Duration::from_secs(5)), Some(ap(1))));
    rig.step(Input::Fired(timer));
    rig.tell(ap(1), ConfigurationState::Active);
    assert_eq!(rig.raised(), Some(ap(0)), "it is better");
    rig.tell_why(ap(0), ConfigurationState::Discovered, Cause::NoLease);
    assert_eq!(rig.armed(timer), Some(Duration::from_secs(10)));
}

/// Who was asked is told what it asked for; a mode that is changed meanwhile counts from the next offer on, or answers by itself (§6.1).
#[test]
fn activation_is_told_to_who_was_asked_and_is_to_answer() {
    let activated =
        |rig: &Rig, session| rig.notices(session).iter().any(|notice| matches!(notice, Notice::NewConfigurationActivated { .. }));
    for (mode, later, told) in
        [(Mode::Forced, Mode::Application, false), (Mode::Application, Mode::Forced, false), (Mode::Application, Mode::Application, true)]
    {
        let (mut rig, session) = Rig::on_the_second(at_once(), vec![AccessPoint::default(); 2]);
        rig.call(session, Call::SetMode(mode));
        rig.tell(ap(0), ConfigurationState::Discovered);
        if let Some(offer) = rig.hub.snapshot(session).and_then(|snapshot| snapshot.offer) {
            rig.call(session, Call::Migrate(offer.id));
        }
        assert_eq!((rig.raised(), rig.hub.snapshot(session).and_then(|snapshot| snapshot.candidate)), (Some(ap(0)), None));
        rig.call(session, Call::SetMode(later));
        rig.tell(ap(0), ConfigurationState::Active);
        assert_eq!(activated(&rig, session), told, "{mode:?}, then {later:?}");
        assert_eq!(rig.hub.snapshot(session).and_then(|snapshot| snapshot.candidate), Some(ap(0)));
    }
}

#[test]
fn a_timer_that_fires_late_settles_nothing() {
    let (mut rig, session) = Rig::on_the_second(Settings::default(), vec![AccessPoint::default(); 2]);
    rig.tell(ap(0), ConfigurationState::Discovered);
    rig.tell(ap(0), ConfigurationState::Defined);
    rig.step(Input::Fired(Timer::Settle(ap(0))));
    assert_eq!(rig.outputs, []);
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!(offered(&rig.notices(session)), None, "it has been there for no time");
    rig.step(Input::Fired(Timer::Settle(ap(0))));
    assert_eq!(offered(&rig.notices(session)), Some(0));
}

/// Who does not want its own link any more waits as long as anybody; who was told that it does not serve does not (SPEC §6.5).
#[test]
fn who_wants_something_else_waits_until_it_has_settled() {
    let bearers = [Bearer::Ethernet, Bearer::Wlan].map(|bearer| AccessPoint { bearer, ..AccessPoint::default() }).to_vec();
    let (mut rig, session) = Rig::on_the_second(Settings::default(), bearers.clone());
    rig.tell(ap(0), ConfigurationState::Discovered);
    let no_wlan = Requirements::NONE.bearer(Bearer::Wlan, Preference::Prohibit);
    rig.call(session, Call::SetRequirements(no_wlan));
    assert_eq!(offered(&rig.notices(session)), None);
    rig.step(Input::Fired(Timer::Settle(ap(0))));
    assert_eq!(offered(&rig.notices(session)), Some(0));

    let (mut rig, session) = Rig::on_the_second(Settings::default(), bearers);
    rig.tell(ap(0), ConfigurationState::Discovered);
    rig.call(session, Call::RequestRoam);
    assert_eq!(offered(&rig.notices(session)), Some(0));
}

#[test]
fn an_offer_that_takes_the_radio_now_is_another_one() {
    let on_radio = AccessPoint { radio: Some(RadioId(0)), ..AccessPoint::default() };
    let (mut rig, session) = Rig::on_the_second(at_once(), vec![AccessPoint::default(), on_radio.clone()]);
    rig.tell(ap(0), ConfigurationState::Discovered);
    let first = rig.offer(session);
    rig.step(Input::Define(Definition::AccessPoint(ap(0), on_radio)));
    let second = rig.offer(session);
    assert_eq!((first.keeps_old, second.keeps_old), (true, false));
    assert!(withdrawn(&rig.notices(session)) && second.id != first.id);
}

/// What was taken down for a candidate on its radio stays reserved for the session that has to go back to it, and for nobody else.
#[test]
fn a_link_that_is_to_be_gone_back_to_is_nobody_elses() {
    let on_radio = AccessPoint { radio: Some(RadioId(0)), ..AccessPoint::default() };
    let (mut rig, session) = Rig::on_the_second(at_once(), vec![on_radio.clone(), on_radio.clone(), on_radio]);
    rig.tell(ap(0), ConfigurationState::Discovered);
    let guest = rig.session(ap(1), SessionOptions::default());
    let third = rig.session(ap(2), SessionOptions::default());
    rig.call(session, Call::Migrate(rig.offer(session).id));
    assert_eq!((rig.lowered(), rig.raised()), (vec![ap(1)], None));
    rig.tell(ap(1), ConfigurationState::Discovered);
    assert_eq!(rig.raised(), Some(ap(0)));
    rig.tell(ap(0), ConfigurationState::Active);
    let busy = |answer| matches!(answer, Some(Err(Refusal::Failed(error))) if error.cause == Cause::RadioBusy);
    assert!(busy(rig.open(guest)) && busy(rig.open(third)));
    let admits = |rig: &Rig| [session, third].map(|session| rig.hub.admits(session, ap(2)).is_ok());
    assert_eq!(admits(&rig), [true, false], "its own links are not in its way");
}

#[test]
fn why_nothing_can_be_opened_is_told_by_what_is_in_reach() {
    let bearers = [Bearer::Ethernet, Bearer::Wlan].map(|bearer| AccessPoint { bearer, ..AccessPoint::default() }).to_vec();
    let mut rig = Rig::new(at_once(), bearers);
    let nothing = Requirements::NONE.bearer(Bearer::Vpn, Preference::Require);
    let session = rig.session(NETWORK, SessionOptions { requirements: nothing, ..SessionOptions::default() });
    let cause = |answer| if let Some(Err(Refusal::Failed(error))) = answer { Some(error.cause) } else { None };
    assert_eq!(cause(rig.open(session)), Some(Cause::Requirements));
    rig.tell(ap(0), ConfigurationState::Defined);
    rig.tell(ap(1), ConfigurationState::Defined);
    assert_eq!(cause(rig.open(session)), Some(Cause::NotAvailable), "there is nothing that it could want");
}

#[test]
fn a_link_that_goes_while_it_is_lowered_is_not_there_for_who_waits() {
    let mut rig = Rig::plain(1);
    let session = rig.session(NETWORK, SessionOptions::default());
    rig.get_open(session);
    rig.call(session, Call::Close);
    assert_eq!(rig.lowered(), [ap(0)]);
    assert_eq!(rig.open(session), None, "it waits until the link is down");
    rig.tell_why(ap(0), ConfigurationState::Absent, Cause::Vanished);
    let [(_, Err(Refusal::Failed(error)))] = rig.answers()[..] else { panic!("{:?}", rig.outputs) };
    assert_eq!(error.cause, Cause::NotAvailable);
}

#[test]
fn a_session_that_opens_again_goes_elsewhere_at_once() {
    let mut rig = Rig::plain(2);
    let options = SessionOptions { reopen: true, mode: Mode::Off, ..SessionOptions::default() };
    let (session, watcher) = (rig.session(NETWORK, options), rig.session(NETWORK, SessionOptions::default()));
    rig.get_open(session);
    rig.tell_why(ap(0), ConfigurationState::Defined, Cause::CarrierLost);
    assert!(rig.notices(session).contains(&Notice::Closed), "not in the batch that tells its end");
    assert_eq!((rig.raised(), rig.armed(Timer::Session(session))), (None, Some(Duration::ZERO)));
    rig.step(Input::Fired(Timer::Session(session)));
    assert_eq!(rig.raised(), Some(ap(1)));
    rig.tell(ap(1), ConfigurationState::Active);
    assert!(rig.notices(session).contains(&Notice::Opened) && !rig.notices(watcher).contains(&Notice::Opened));
}

/// What the batch lets go of is being lowered: who opens again by itself wants it back only after that (S6).
#[test]
fn nobody_opens_by_itself_on_what_the_batch_has_let_go_of() {
    let mut rig = Rig::new(at_once(), vec![AccessPoint::default(); 2]);
    let again = rig.session(NETWORK, SessionOptions { reopen: true, ..SessionOptions::default() });
    let other = rig.session(ap(0), SessionOptions::default());
    rig.get_open(again);
    rig.tell(ap(1), ConfigurationState::Absent);
    for state in [ConfigurationState::Absent, ConfigurationState::Discovered] {
        rig.tell(ap(0), state);
    }
    rig.step(Input::Fired(Timer::Suppression(again, ap(0))));
    assert_eq!(rig.raised(), Some(ap(0)), "lost, and in reach again");
    rig.tell(ap(1), ConfigurationState::Discovered);
    rig.step(Input::Fired(Timer::Session(again)));
    assert_eq!(rig.raised(), Some(ap(1)), "the first one took too long");
    rig.step(Input::Fired(Timer::Suppression(again, ap(0))));
    rig.open(other);
    rig.tell(ap(0), ConfigurationState::Discovered);
    rig.step(Input::Fired(Timer::Session(again)));
    assert_eq!(rig.armed(Timer::Session(again)), Some(Duration::ZERO), "{:?}", rig.outputs);
    rig.step(Input::Fired(Timer::Session(other)));
    assert_eq!((rig.lowered(), rig.hub.link_view(ap(0)).map(|link| link.leases)), (vec![ap(0)], Some(0)));
    rig.step(Input::Fired(Timer::Session(again)));
    assert_eq!(rig.hub.link_view(ap(0)).map(|link| link.leases), Some(1), "{:?}", rig.outputs);
}

/// Each attribute counts by its level, and all of them together.
#[test]
fn a_fit_is_the_sum_of_its_levels() {
    let levels = [Preference::Prefer, Preference::NoPreference, Preference::Avoid];
    let access_point = AccessPoint { bearer: Bearer::Lte, metered: Metered::Yes, ..AccessPoint::default() };
    for bearer in levels {
        for purpose in levels {
            for metered in levels {
                let mut requirements = Requirements::NONE.bearer(Bearer::Lte, bearer).purpose(access_point.purpose, purpose);
                requirements.metered = metered;
                let sum = [bearer, purpose, metered].map(|level| match level {
                    Preference::Prefer => 1,
                    Preference::NoPreference => 2,
                    Preference::Avoid => 3,
                    Preference::Require | Preference::Prohibit => unreachable!("none of these"),
                });
                assert_eq!(requirements.fit(&access_point), Some(sum.iter().sum()), "{bearer:?} {purpose:?} {metered:?}");
            }
        }
    }
    let other = Requirements::NONE.purpose(Purpose::Public, Preference::Prohibit);
    assert_eq!(other.fit(&AccessPoint { purpose: Purpose::Public, ..AccessPoint::default() }), None);
}
