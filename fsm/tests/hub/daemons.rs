//! What is known when an executor is back that had lost its daemon? (SPEC §9)

use super::at_once;
use crate::rig::{NETWORK, Rig, ap};
use netsession_fsm::hub::{Call, Input, Notice, Report, SessionOptions, Timer};
use netsession_fsm::words::{AccessPoint, Cause, ConfigurationState, ExecutorId, OfferKind, SessionState};

const GONE: Input = Input::Report(Report::Gone { executor: ExecutorId(0) });

#[test]
fn a_route_that_a_lost_executor_left_is_taken_back_when_it_hears_again() {
    let mut rig = Rig::plain(1);
    rig.tell(ap(0), ConfigurationState::Active);
    let session = rig.session(NETWORK, SessionOptions::default());
    rig.open(session);
    assert_eq!(rig.switch_route(), Some(ap(0)), "the route goes where the session is");
    rig.step(GONE);
    rig.step(Input::Fired(Timer::Grace(ExecutorId(0))));
    assert!(rig.notices(session).contains(&Notice::Closed));
    if let Some((op, target)) = rig.preferred() {
        assert_eq!(target, None);
        rig.step(Input::Report(Report::Route { op, result: Err(Cause::BackendGone) }));
    }
    // the link was found up and is so still, and the route with it
    rig.resync(0, &[(0, ConfigurationState::Active)]);
    rig.step(Input::Fired(Timer::Route));
    assert_eq!(rig.switch_route(), None, "nobody wants the route there");
    assert!(rig.hub.route_is_settled());
    assert_eq!(rig.hub.default_route(), None);
}

#[test]
fn an_offer_made_as_the_old_link_is_lost_is_a_downgrade() {
    let (mut rig, session) = Rig::on_the_second(at_once(), vec![AccessPoint::default(); 2]);
    rig.resync(0, &[(0, ConfigurationState::Discovered), (1, ConfigurationState::Defined)]);
    let notices = rig.notices(session);
    let [Notice::StateChanged(SessionState::Roaming), Notice::PreferredConfigurationChanged(offer)] = notices[..] else {
        panic!("{notices:?}")
    };
    assert_eq!((offer.access_point, offer.kind, offer.keeps_old), (ap(0), OfferKind::Downgrade, false));
    rig.call(session, Call::Migrate(offer.id));
    assert_eq!(rig.raised(), Some(ap(0)));
}
