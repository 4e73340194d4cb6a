//! Is what a hub tells of configurations, usage policies and counters so, and does it tell it once? What no state of a world depends on.

use crate::steps::{STEPS, Taken};
use netsession_fsm::hub::{CatalogueNotice, Counters, Hub, Input, Notice, Output, Policies, Report};
use netsession_fsm::link::LinkState;
use netsession_fsm::recording::{LinkStanding, Standing, Step};
use netsession_fsm::session::Hold;
use netsession_fsm::words::{
    AccessPointId, Capabilities, ConfigurationId, ConfigurationState, Metered, OfferKind, Phase, ServiceNetworkId, SessionId, SessionState,
    UserChoiceId,
};
use netsession_model::world::World;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Every input of every step: the hub before it, what it gave, and the hub after it.
fn each_input(mut look: impl FnMut(&Taken, &Hub, &Input, &[Output], &Hub)) {
    for taken in &*STEPS {
        let restores = matches!(taken.exchanges.first(), Some((Input::Restore(_), _)));
        let mut hub = if restores { taken.world.defined() } else { taken.before.clone() };
        for (input, _) in &taken.exchanges {
            let (before, mut outputs) = (hub.clone(), Vec::new());
            hub.step(input, &mut outputs);
            look(taken, &before, input, &outputs, &hub);
        }
    }
}

fn catalogue(outputs: &[Output]) -> impl DoubleEndedIterator<Item = CatalogueNotice> {
    outputs.iter().filter_map(|output| if let Output::Catalogue(notice) = output { Some(*notice) } else { None })
}

/// The last word about something is how it is; and there is one whenever it is not as it was (SPEC §3).
fn last<T: PartialEq + Copy + std::fmt::Debug>(words: impl DoubleEndedIterator<Item = T>, was: T, is: T, of: &str) {
    let words: Vec<T> = words.collect();
    assert_eq!(words.last().copied().unwrap_or(was), is, "{of}: it was {was:?}, {words:?} was told");
    assert!(words.first() != Some(&was), "{of}: that it is {was:?} is nothing new: {words:?}");
    assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{of}: told twice: {words:?}");
}

#[test]
fn the_catalogue_tells_what_became_of_a_configuration() {
    each_input(|taken, before, input, outputs, after| {
        // what is defined or removed is told as that
        if matches!(input, Input::Define(_) | Input::Remove(_)) {
            return;
        }
        for id in taken.world.configurations() {
            let told = catalogue(outputs).filter_map(|notice| match notice {
                CatalogueNotice::Changed { configuration, state } if configuration == id => Some(state),
                _ => None,
            });
            let [was, is] = [before, after].map(|hub| hub.configuration_state(id).expect("it is defined"));
            last(told, was, is, &id.to_string());
        }
        let told = |notice| if let CatalogueNotice::OnlineChanged(online) = notice { Some(online) } else { None };
        last(catalogue(outputs).filter_map(told), before.is_online(), after.is_online(), "online");
        // where the route goes on after a crash is nothing new
        if matches!(input, Input::Restore(_)) {
            return;
        }
        let told = |notice| if let CatalogueNotice::DefaultRouteChanged(through) = notice { Some(through) } else { None };
        last(catalogue(outputs).filter_map(told), before.default_route(), after.default_route(), "the default route");
    });
}

/// A timer that is armed and disarmed in one step is not armed: what was just said of it is superseded.
#[test]
fn a_timer_is_not_told_twice_in_a_row() {
    let timer = |output: &Output| match output {
        Output::Arm(timer, _) | Output::Disarm(timer) => Some(*timer),
        Output::Command(_) | Output::Notice { .. } | Output::Created { .. } => None,
        Output::Catalogue(_) | Output::Answer { .. } | Output::Refused(_) => None,
    };
    each_input(|_, _, input, outputs, _| {
        let twice = outputs.windows(2).find(|pair| timer(&pair[0]).is_some() && timer(&pair[0]) == timer(&pair[1]));
        assert_eq!(twice, None, "{input:?}");
    });
}

#[test]
fn online_is_who_has_an_active_access_point() {
    each_input(|taken, _, _, _, after| {
        let links = 0..taken.world.access_points.len() as u32;
        let up = |id| after.link_view(AccessPointId(id)).is_some_and(|link| link.state == LinkState::Up);
        assert_eq!(after.is_online(), links.clone().any(up));
    });
}

/// What a session says of usage policies is so of the link it is on, and told when it changes (SPEC §10).
fn policies(before: &Hub, outputs: &[Output], after: &Hub, saves: bool) {
    for session in after.sessions() {
        let is = after.snapshot(session).expect("it is there");
        let metered = is.active.is_some_and(|id| after.access_point(id).is_some_and(|attributes| attributes.metered == Metered::Yes));
        let policies = if metered || saves { Policies::NO_BACKGROUND_TRAFFIC } else { Policies::NONE };
        assert_eq!(is.policies, policies, "{session} is on {:?}", is.active);
        let told = outputs.iter().filter_map(|output| match output {
            Output::Notice { session: of, notice: Notice::PoliciesChanged(policies), .. } if *of == session => Some(*policies),
            _ => None,
        });
        if let Some(was) = before.snapshot(session) {
            last(told, was.policies, is.policies, "policies");
        }
    }
}

#[test]
fn usage_policies_follow_the_link_and_who_saves_traffic() {
    let mut seen = BTreeSet::new();
    each_input(|_, before, input, outputs, after| {
        policies(before, outputs, after, false);
        seen.extend(after.sessions().filter_map(|session| after.snapshot(session)).map(|is| is.policies == Policies::NONE));
        if matches!(input, Input::Fired(_)) {
            let (mut hub, mut told) = (after.clone(), Vec::new());
            hub.step(&Input::SaveTraffic(true), &mut told);
            policies(after, &told, &hub, true);
            let before = hub.clone();
            told.clear();
            hub.step(&Input::SaveTraffic(false), &mut told);
            policies(&before, &told, &hub, false);
        }
    });
    assert_eq!(seen.len(), 2, "some session is on a metered link, and some is not");
}

/// What is better is offered to who is Connected, what is left to who is Roaming and has nothing to keep (SPEC §6.3).
#[test]
fn an_offer_says_what_it_is() {
    let mut kinds = BTreeSet::new();
    each_input(|_, _, _, outputs, after| {
        for session in after.sessions() {
            let is = after.snapshot(session).expect("it is there");
            let told = outputs.iter().rev().find_map(|output| match output {
                Output::Notice { session: of, notice: Notice::PreferredConfigurationChanged(offer), .. } if *of == session => Some(*offer),
                _ => None,
            });
            assert_eq!(is.candidate.is_some(), matches!(is.phase, Phase::Trial | Phase::Committing), "{is:?}");
            assert!(told.is_none() || told == is.offer || is.phase != Phase::Offered, "{told:?} was told, and it is {:?}", is.offer);
            if let Some(offer) = is.offer.filter(|_| is.phase == Phase::Offered) {
                let downgrade = offer.kind == OfferKind::Downgrade;
                assert_eq!(downgrade, is.state == SessionState::Roaming, "{offer:?}");
                assert!(!(downgrade && offer.keeps_old), "{offer:?}");
                kinds.insert((downgrade, offer.keeps_old));
            }
        }
    });
    assert_eq!(kinds.len(), 3, "upgrades beside the old link and instead of it, and downgrades: {kinds:?}");
}

fn counts(hub: &mut Hub, links: u32, total: u64) {
    for access_point in (0..links).map(AccessPointId) {
        let counters = Counters { received: total, sent: total / 2 };
        hub.step(&Input::Report(Report::Counters { access_point, counters }), &mut Vec::new());
        assert_eq!(hub.link_counters(access_point), counters);
    }
}

/// Of what a session received and sent nothing is lost when it leaves a link, and nothing counted twice (SPEC §10).
#[test]
fn what_was_counted_stays_counted() {
    let (mut left, mut tests) = (0, 0);
    for taken in STEPS.iter().filter(|taken| !matches!(taken.exchanges.first(), Some((Input::Restore(_), _)))) {
        let (mut hub, links) = (taken.before.clone(), taken.world.access_points.len() as u32);
        counts(&mut hub, links, 1000);
        let held = |hub: &Hub, session: SessionId| hub.session_view(session).map(|view| view.hold);
        let before: Vec<_> = hub.sessions().filter_map(|session| Some((session, hub.snapshot(session)?, held(&hub, session)))).collect();
        for (_, was, _) in before.iter().filter(|(_, was, _)| was.open) {
            let links = 1 + u64::from(was.phase != Phase::Stable);
            assert!(was.counters.received <= 1000 * links && was.counters.sent * 2 == was.counters.received, "{was:?}");
            tests += u32::from(was.candidate.is_some());
        }
        for (input, _) in &taken.exchanges {
            hub.step(input, &mut Vec::new());
        }
        for (session, was, hold) in before {
            let Some(is) = hub.snapshot(session) else { continue };
            if hold != Some(Hold::Held) {
                continue;
            }
            assert_eq!(is.counters, was.counters, "{session}: in a step nothing is received or sent: {was:?}, {is:?}");
            left += u32::from(is.active != was.active);
        }
    }
    assert!(left > 100 && tests > 10, "{left} sessions left the link they were on, {tests} tested another one");
}

/// Attributes are those that were defined; a service network of several can be roamed on, and can what all its access points can.
#[test]
fn getters_say_what_was_defined() {
    let able = [Capabilities::ALL, Capabilities::ALL.without(Capabilities::CAN_START_AND_STOP_INTERFACES)];
    for world in World::ci() {
        let mut access_points = world.access_points.clone();
        access_points.iter_mut().zip(able).for_each(|(attributes, able)| attributes.capabilities = able);
        let world = World { access_points, ..world };
        let hub = world.defined();
        let can = |members: &[AccessPointId]| members.iter().all(|id| world.access_points[id.0 as usize].capabilities == able[0]);
        for (number, members) in (0..).zip(&world.networks) {
            let id = ServiceNetworkId(number);
            assert_eq!(hub.service_network(id).map(|network| &network.members), Some(members));
            assert_eq!(hub.roaming_available(id.into()), members.len() > 1);
            assert_eq!(hub.capabilities(id.into()), able[usize::from(!can(members))]);
        }
        for (number, options) in (0..).zip(&world.choices) {
            let id = UserChoiceId(number);
            assert_eq!(hub.user_choice(id).map(|choice| &choice.options), Some(options));
            assert!(!hub.roaming_available(id.into()));
        }
        for (number, attributes) in (0..).zip(&world.access_points) {
            let id = AccessPointId(number);
            assert_eq!((hub.access_point(id), hub.capabilities(id.into())), (Some(attributes), attributes.capabilities));
        }
        assert_eq!((hub.service_network(ServiceNetworkId(99)), hub.user_choice(UserChoiceId(99))), (None, None));
        assert_eq!(hub.capabilities(AccessPointId(99).into()), Capabilities::default());
    }
}

#[test]
fn every_configuration_is_in_the_catalogue_until_it_is_removed() {
    for Taken { world, after, .. } in &*STEPS {
        let gone = |id: &ConfigurationId| after.configurations().all(|known| known != *id);
        for id in world.configurations().filter(gone) {
            assert_eq!(after.configuration_state(id), Some(ConfigurationState::Absent), "{id}");
        }
        let usable = |id: &AccessPointId| after.configuration_state((*id).into()) >= Some(ConfigurationState::Discovered);
        let rank = |id: &AccessPointId| {
            let attributes = &world.access_points[id.0 as usize];
            (Reverse(after.configuration_state((*id).into())), attributes.bearer.rank(), *id)
        };
        let best = (0..world.access_points.len() as u32).map(AccessPointId).filter(usable).min_by_key(rank);
        assert_eq!(after.default_configuration(), best.map(ConfigurationId::from));
        let first = world.configurations().next();
        let mut hub = after.clone();
        hub.step(&Input::Default(first), &mut Vec::new());
        let known = after.configurations().any(|id| Some(id) == first);
        assert_eq!(hub.default_configuration(), if known { first } else { after.default_configuration() }, "the backend's own");
    }
}

/// What a recording has of a step: everything that stands otherwise than before, once, and as it stands.
#[test]
fn a_recording_has_what_changed() {
    each_input(|taken, before, input, outputs, after| {
        let step = Step::of(after, 1, 0, input, outputs);
        let link = |hub: &Hub, id| hub.link_view(id).map(|view| LinkStanding { access_point: id, state: view.state, ours: view.ours });
        for id in (0..taken.world.access_points.len() as u32).map(AccessPointId) {
            let told: Vec<_> = step.links.iter().filter(|standing| standing.access_point == id).collect();
            let changed = link(before, id) != link(after, id) && !matches!(input, Input::Restore(_));
            assert!(told.len() <= 1 && told.iter().all(|standing| Some(**standing) == link(after, id)), "{told:?}");
            assert!(!changed || told.len() == 1, "{input:?}: {id} is told nothing of");
        }
        for session in after.sessions() {
            let is = Standing::of(after, session).expect("it is there");
            let (snapshot, view) = (after.snapshot(session).expect("it is there"), after.session_view(session).expect("it is there"));
            assert_eq!((is.state, is.open, is.phase), (snapshot.state, snapshot.open, snapshot.phase));
            assert_eq!((is.session, is.on, is.candidate), (session, view.current, view.candidate));
            let told: Vec<_> = step.sessions.iter().filter(|standing| standing.session == session).collect();
            assert!(told.iter().all(|standing| **standing == is));
            let changed = Standing::of(before, session).is_some_and(|was| (was.open, was.phase, was.on) != (is.open, is.phase, is.on));
            assert!(!changed || told.len() == 1, "{input:?}: {session} is told nothing of");
        }
    });
}
