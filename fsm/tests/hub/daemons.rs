//! What is known when an executor is back that had lost its daemon? (SPEC §9)

use super::asked;
use crate::rig::{NETWORK, Rig, ap};
use netsession_fsm::hub::{Call, Command, Input, LinkReport, Notice, Output, Report, SessionOptions, Timer};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, ExecutorId, OfferKind, OperationId, SessionState};

const GONE: Input = Input::Report(Report::Gone { executor: ExecutorId(0) });

/// Every operation is done, and links stand like this.
fn resync(links: &[(AccessPointId, ConfigurationState)]) -> Input {
    let report = |&(access_point, state)| {
        let (generation, done) = (u64::MAX, OperationId(u64::MAX));
        LinkReport { access_point, generation, state, done, cause: Cause::Unknown }
    };
    Input::Report(Report::Resync { executor: ExecutorId(0), links: links.iter().map(report).collect() })
}

/// The newest `Prefer` among the outputs of the last step.
fn preferred(rig: &Rig) -> Option<(OperationId, Option<AccessPointId>)> {
    let prefer = |output: &Output| match output {
        Output::Command(Command::Prefer { op, access_point }) => Some((*op, *access_point)),
        _ => None,
    };
    rig.outputs.iter().rev().find_map(prefer)
}

#[test]
fn a_route_that_a_lost_executor_left_is_taken_back_when_it_hears_again() {
    let mut rig = Rig::plain(1);
    rig.tell(ap(0), ConfigurationState::Active);
    let session = rig.session(NETWORK, SessionOptions::default());
    rig.open(session);
    let (op, target) = preferred(&rig).expect("the route goes where the session is");
    assert_eq!(target, Some(ap(0)));
    rig.step(Input::Report(Report::Route { op, result: Ok(()) }));
    rig.step(GONE);
    rig.step(Input::Fired(Timer::Grace(ExecutorId(0))));
    assert!(rig.notices(session).contains(&Notice::Closed));
    if let Some((op, target)) = preferred(&rig) {
        assert_eq!(target, None);
        rig.step(Input::Report(Report::Route { op, result: Err(Cause::BackendGone) }));
    }
    // the link was found up and is so still, and the route with it
    rig.step(resync(&[(ap(0), ConfigurationState::Active)]));
    rig.step(Input::Fired(Timer::Route));
    let (op, target) = preferred(&rig).expect("nobody wants the route there");
    assert_eq!(target, None);
    rig.step(Input::Report(Report::Route { op, result: Ok(()) }));
    assert!(rig.hub.route_is_settled());
    assert_eq!(rig.hub.default_route(), None);
}

#[test]
fn an_offer_made_as_the_old_link_is_lost_is_a_downgrade() {
    let mut rig = Rig::plain(2);
    rig.tell(ap(0), ConfigurationState::Defined);
    let session = rig.session(NETWORK, asked());
    rig.get_open(session);
    rig.step(resync(&[(ap(0), ConfigurationState::Discovered), (ap(1), ConfigurationState::Defined)]));
    let notices = rig.notices(session);
    let [Notice::StateChanged(SessionState::Roaming), Notice::PreferredConfigurationChanged(offer)] = notices[..] else {
        panic!("{notices:?}")
    };
    assert_eq!((offer.access_point, offer.kind, offer.keeps_old), (ap(0), OfferKind::Downgrade, false));
    rig.call(session, Call::Migrate(offer.id));
    assert_eq!(rig.raised(), Some(ap(0)));
}
