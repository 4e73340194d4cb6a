//! What is defined, defined again and removed, and what does the catalogue tell of it (SPEC §3)?

use super::{CHOICE, active};
use crate::rig::{NETWORK, Rig, ap};
use netsession_fsm::hub::{CatalogueNotice, Definition, Input, Notice, Output, SessionOptions, Settings};
use netsession_fsm::link::LinkState;
use netsession_fsm::words::{
    AccessPoint, Bearer, Cause, ConfigurationId, ConfigurationState, ErrorKind, Refusal, ServiceNetwork, ServiceNetworkId, SessionState,
    UserChoice, UserChoiceId,
};

#[test]
fn a_removed_configuration_ends_who_holds_it_and_lowers_what_we_raised() {
    let mut rig = Rig::plain(1);
    let session = rig.session(ap(0), SessionOptions::default());
    rig.get_open(session);
    rig.step(Input::Remove(ap(0).into()));
    assert_eq!(rig.lowered(), [ap(0)]);
    let notices = rig.notices(session);
    assert_eq!(notices[..2], [Notice::StateChanged(SessionState::Invalid), Notice::Closed]);
    assert!(matches!(notices[2], Notice::Error(error) if error.kind == ErrorKind::SessionAborted && error.cause == Cause::Removed));
    assert!(rig.catalogue().contains(&CatalogueNotice::Removed(ap(0).into())));
    assert_eq!(rig.hub.configuration_state(ap(0).into()), Some(ConfigurationState::Absent), "the id stays known");
    assert!(matches!(rig.open(session), Some(Err(Refusal::Failed(error))) if error.kind == ErrorKind::InvalidConfiguration));
    rig.step(Input::Remove(NETWORK));
    assert!(rig.catalogue().contains(&CatalogueNotice::Removed(NETWORK)));
}

#[test]
fn definitions_out_of_order_or_with_unknown_members_are_refused_and_change_nothing() {
    let mut rig = Rig::plain(1);
    let before = rig.hub.clone();
    rig.step(Input::Define(Definition::AccessPoint(ap(7), AccessPoint::default())));
    assert_eq!(rig.outputs, [Output::Refused(Refusal::UnknownConfiguration(ap(7).into()))]);
    rig.step(Input::Define(Definition::UserChoice(UserChoiceId(0), UserChoice { options: vec![ap(9).into()] })));
    assert_eq!(rig.outputs, [Output::Refused(Refusal::UnknownConfiguration(ap(9).into()))]);
    rig.step(Input::Remove(CHOICE));
    assert_eq!(rig.outputs, [Output::Refused(Refusal::UnknownConfiguration(CHOICE))]);
    let (network, choice) = (ServiceNetworkId(2), UserChoiceId(1));
    rig.step(Input::Define(Definition::ServiceNetwork(network, ServiceNetwork::default())));
    assert_eq!(rig.outputs, [Output::Refused(Refusal::UnknownConfiguration(network.into()))]);
    rig.step(Input::Define(Definition::UserChoice(choice, UserChoice::default())));
    assert_eq!(rig.outputs, [Output::Refused(Refusal::UnknownConfiguration(choice.into()))]);
    assert_eq!(rig.hub, before);
}

#[test]
fn what_is_defined_again_has_changed_unless_it_was_removed() {
    let mut rig = Rig::plain(1);
    let define = |rig: &mut Rig| {
        rig.step(Input::Define(Definition::AccessPoint(ap(0), AccessPoint { bearer: Bearer::Lte, ..AccessPoint::default() })));
        let told = rig.catalogue();
        let changed =
            told.iter().any(|notice| matches!(notice, CatalogueNotice::Changed { configuration, .. } if *configuration == ap(0).into()));
        (told.contains(&CatalogueNotice::Added(ap(0).into())), changed)
    };
    assert_eq!(define(&mut rig), (false, true));
    rig.tell(ap(0), ConfigurationState::Absent);
    assert_eq!(define(&mut rig), (false, true), "its interface is gone, and it is known as before");
    rig.step(Input::Remove(ap(0).into()));
    assert!(define(&mut rig).0);
}

#[test]
fn what_is_defined_again_while_it_is_lowered_is_nobodys_until_it_is_down() {
    let mut rig = Rig::plain(1);
    let session = rig.session(ap(0), SessionOptions::default());
    rig.get_open(session);
    rig.step(Input::Remove(ap(0).into()));
    rig.step(Input::Define(Definition::AccessPoint(ap(0), AccessPoint::default())));
    assert_eq!((rig.lowered(), rig.hub.link_view(ap(0)).map(|link| link.state)), (vec![], Some(LinkState::Lowering)));
    rig.tell_meanwhile(ap(0), ConfigurationState::Active);
    assert_eq!(rig.open(session), None, "it is up, and about to go down");
    assert_eq!(rig.raised(), None);
    rig.tell(ap(0), ConfigurationState::Discovered);
    assert_eq!(rig.raised(), Some(ap(0)), "only now");
}

#[test]
fn groups_are_told_apart() {
    let mut rig = Rig::plain(2);
    let other = ServiceNetworkId(1);
    rig.step(Input::Define(Definition::ServiceNetwork(other, ServiceNetwork { members: vec![ap(1)], ..ServiceNetwork::default() })));
    for (number, option) in [(0, NETWORK), (1, other.into())] {
        rig.step(Input::Define(Definition::UserChoice(UserChoiceId(number), UserChoice { options: vec![option] })));
    }
    let first = rig.session(CHOICE, SessionOptions::default());
    let second = rig.session(ConfigurationId::UserChoice(UserChoiceId(1)), SessionOptions::default());
    rig.get_open(first);
    rig.get_open(second);
    assert_eq!((active(&rig, first), active(&rig, second)), (Some(0), Some(1)));
    let members = |id| rig.hub.service_network(id).map(|network| network.members.clone());
    assert_eq!((members(ServiceNetworkId(0)), members(other)), (Some(vec![ap(0), ap(1)]), Some(vec![ap(1)])));
}

#[test]
fn online_and_the_default_configuration_follow_the_links() {
    let bearers = [Bearer::Lte, Bearer::Wlan, Bearer::Ethernet];
    let mut rig = Rig::new(Settings::default(), bearers.map(|bearer| AccessPoint { bearer, ..AccessPoint::default() }).to_vec());
    assert_eq!(rig.hub.default_configuration(), Some(ap(2).into()), "Ethernet before Wlan before the rest");
    rig.tell(ap(0), ConfigurationState::Active);
    assert!(rig.catalogue().contains(&CatalogueNotice::OnlineChanged(true)));
    assert_eq!(rig.hub.default_configuration(), Some(ap(0).into()), "Active before Discovered");
    rig.tell(ap(1), ConfigurationState::Active);
    assert!(!rig.catalogue().iter().any(|notice| matches!(notice, CatalogueNotice::OnlineChanged(_))));
    rig.tell(ap(0), ConfigurationState::Defined);
    rig.tell(ap(1), ConfigurationState::Defined);
    assert!(rig.catalogue().contains(&CatalogueNotice::OnlineChanged(false)));
    rig.step(Input::Default(Some(NETWORK)));
    assert_eq!(rig.hub.default_configuration(), Some(NETWORK), "the backend's own");
}
