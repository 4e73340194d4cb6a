//! Does the mirror show and tell what the broker's messages say, in order, once, and completely?

use super::*;
use crate::api::decode::{ErrorTold, FailureFacts, OfferFacts};
use netsession_fsm::hub::{CatalogueNotice, Counters, Notice, Policies};
use netsession_fsm::words::{
    Bearer, Capabilities, Cause, ConfigurationState, ErrorKind, Kind, Metered, OfferKind, Operation, Purpose, ServiceNetworkId,
};
use std::time::Duration;

const OFFICE: AccessPointId = AccessPointId(0);
const PHONE: AccessPointId = AccessPointId(1);
const NET: ConfigurationId = ConfigurationId::ServiceNetwork(ServiceNetworkId(0));
const ONE: SessionId = SessionId { index: 0, generation: 0 };

fn facts(name: &str, kind: Kind, number: u32, state: ConfigurationState) -> ConfigurationFacts {
    ConfigurationFacts {
        name: name.into(),
        kind,
        number,
        state,
        bearer: Bearer::Unknown,
        purpose: Purpose::Unknown,
        metered: Metered::Unknown,
        connect_timeout: Duration::from_secs(30),
        radio: None,
        roaming_available: false,
        capabilities: Capabilities::ALL,
        members: Vec::new(),
        executor: None,
        connectivity: Default::default(),
        expected_interface: None,
        carrier: None,
        counters: Counters::default(),
    }
}

fn access_point(name: &str, number: u32) -> ConfigurationFacts {
    facts(name, Kind::AccessPoint, number, ConfigurationState::Discovered)
}

fn up(name: &str, number: u32) -> ConfigurationFacts {
    let carrier = Carrier { interface: format!("if{number}"), index: number + 1, ..Carrier::default() };
    ConfigurationFacts { carrier: Some(carrier), state: ConfigurationState::Active, ..access_point(name, number) }
}

fn network() -> ConfigurationFacts {
    let members = vec!["office".into(), "phone".into()];
    ConfigurationFacts { members, roaming_available: true, ..facts("net", Kind::ServiceNetwork, 0, ConfigurationState::Discovered) }
}

fn closed(sequence: u64) -> SessionFacts {
    SessionFacts { sequence: Some(sequence), ..nowhere(SessionState::Disconnected) }
}

fn open(sequence: u64) -> SessionFacts {
    SessionFacts {
        state: Some(SessionState::Connected),
        open: Some(true),
        active: Some("phone".into()),
        sequence: Some(sequence),
        opened_at: Some(1),
        ..nowhere(SessionState::Connected)
    }
}

fn offer(id: u32) -> OfferFacts {
    OfferFacts { id, access_point: "office".into(), kind: OfferKind::Upgrade, seamless: false, keeps_old: true }
}

fn offered(sequence: u64, id: u32) -> SessionFacts {
    SessionFacts { phase: Some(Phase::Offered), offer: Some(Some(offer(id))), ..open(sequence) }
}

fn mirror(session: SessionFacts) -> Mirror {
    let mut mirror = Mirror::default();
    mirror.replace(vec![access_point("office", 0), access_point("phone", 1), network()]);
    mirror.add(ONE, NET, session);
    mirror
}

/// What a subscriber has been told since the last time; numbers have to follow each other.
struct Log(UnboundedReceiver<Change>, u64);

impl Log {
    fn of(mirror: &mut Mirror) -> Self {
        let mut changes = mirror.subscribe(ONE).unwrap();
        let Ok(Change::Snapshot(snapshot)) = changes.try_recv() else { panic!("no snapshot") };
        Self(changes, snapshot.sequence)
    }

    fn take(&mut self) -> Vec<Notice> {
        let mut told = Vec::new();
        while let Ok(change) = self.0.try_recv() {
            let Change::Notice { sequence, notice } = change else { panic!("a second snapshot") };
            assert_eq!(sequence, self.1 + 1, "{notice:?}");
            self.1 = sequence;
            told.push(notice);
        }
        told
    }
}

fn aborted(cause: Cause, configuration: impl Into<ConfigurationId>) -> Notice {
    let (kind, operation, configuration) = (ErrorKind::SessionAborted, Operation::Hold, configuration.into());
    Notice::Error(netsession_fsm::words::Error { kind, cause, operation, configuration })
}

fn carrier_lost() -> FailureFacts {
    FailureFacts { cause: Cause::CarrierLost, operation: Operation::Hold, configuration: "phone".into() }
}

/// With the number of its last error; 0: it had none.
fn with_error(facts: SessionFacts, sequence: u64) -> SessionFacts {
    let told = ErrorTold { sequence, kind: ErrorKind::SessionAborted, failure: carrier_lost() };
    SessionFacts { last_error: Some((sequence > 0).then_some(told)), ..facts }
}

#[test]
fn what_a_signal_announces_is_readable_and_told_once() {
    let mut mirror = mirror(closed(7));
    let mut log = Log::of(&mut mirror);
    assert_eq!(log.1, 7);
    mirror.change(ONE, open(9));
    assert_eq!(log.take(), [], "properties alone tell nothing");
    let mut between = Log::of(&mut mirror);
    assert_eq!(between.1, 9, "its snapshot contains what is still to be told");
    mirror.tell(ONE, 8, &Told::State(SessionState::Connected)).unwrap();
    mirror.tell(ONE, 9, &Told::Opened).unwrap();
    mirror.tell(ONE, 9, &Told::Opened).unwrap();
    assert_eq!(log.take(), [Notice::StateChanged(SessionState::Connected), Notice::Opened]);
    assert_eq!((between.take(), mirror.snapshot(ONE).unwrap().sequence), (vec![], 9));
    mirror.tell(ONE, 10, &Told::Policies(Policies::NO_BACKGROUND_TRAFFIC)).unwrap();
    assert_eq!((log.take().len(), between.take().len()), (1, 1));
}

#[test]
fn a_gap_is_found_and_made_good_by_reading_again() {
    let mut mirror = mirror(open(3));
    let mut log = Log::of(&mut mirror);
    let lost = Told::Error(ErrorKind::SessionAborted, carrier_lost());
    assert_eq!(mirror.tell(ONE, 6, &lost), Err(Gap { missing: 2 }));
    assert_eq!(mirror.tell(ONE, 7, &Told::State(SessionState::NotAvailable)), Ok(()), "contained in what is being read");
    assert_eq!(log.take(), []);
    mirror.reconcile(ONE, SessionFacts { state: Some(SessionState::NotAvailable), ..with_error(closed(7), 6) });
    assert_eq!(log.take(), [Notice::StateChanged(SessionState::NotAvailable), Notice::Closed, aborted(Cause::CarrierLost, PHONE)]);
    mirror.tell(ONE, 7, &Told::State(SessionState::NotAvailable)).unwrap();
    mirror.tell(ONE, 8, &Told::State(SessionState::Disconnected)).unwrap();
    assert_eq!(log.take(), [Notice::StateChanged(SessionState::Disconnected)]);
}

#[test]
fn a_restart_tells_what_changed_and_nothing_else() {
    let mut mirror = mirror(open(3));
    let mut log = Log::of(&mut mirror);
    mirror.reconcile(ONE, open(3));
    assert_eq!(log.take(), []);
    mirror.reconcile(ONE, offered(0, 1));
    let told = log.take();
    assert!(matches!(told[..], [Notice::PreferredConfigurationChanged(offer)] if offer.access_point == OFFICE), "{told:?}");
    // stands again: told already
    mirror.reconcile(ONE, offered(0, 1));
    assert_eq!(log.take(), []);
    mirror.reconcile(ONE, open(0));
    assert_eq!(log.take(), [Notice::OfferWithdrawn(OfferId(1))]);
    mirror.reconcile(ONE, closed(0));
    let state = Notice::StateChanged(SessionState::Disconnected);
    assert_eq!(log.take(), [state, Notice::Closed, aborted(Cause::Unknown, PHONE)], "this broker does not say");
    mirror.tell(ONE, 1, &Told::State(SessionState::NotAvailable)).unwrap();
    assert_eq!(log.take(), [Notice::StateChanged(SessionState::NotAvailable)], "the broker counts from the start again, and nobody sees");
}

#[test]
fn a_loss_is_told_with_its_own_error_and_an_error_once() {
    let state = Notice::StateChanged(SessionState::Disconnected);
    for (last, error) in [(5, Some(aborted(Cause::CarrierLost, PHONE))), (3, None), (0, None)] {
        let mut mirror = mirror(open(3));
        let mut log = Log::of(&mut mirror);
        mirror.reconcile(ONE, with_error(closed(5), last));
        let expected: Vec<_> = [state, Notice::Closed].into_iter().chain(error).collect();
        assert_eq!(log.take(), expected, "its last error has number {last}, and 3 was heard");
        mirror.reconcile(ONE, with_error(closed(5), last));
        assert_eq!(log.take(), []);
    }
    // lost and, as it was asked to, open again
    let mut mirror = mirror(open(3));
    let mut log = Log::of(&mut mirror);
    mirror.reconcile(ONE, with_error(open(9), 6));
    assert_eq!(log.take(), []);
    // roaming failed and it is open still
    let failed =
        ErrorTold { sequence: 11, kind: ErrorKind::Roaming, failure: FailureFacts { operation: Operation::Roam, ..carrier_lost() } };
    mirror.reconcile(ONE, SessionFacts { last_error: Some(Some(failed)), ..open(12) });
    assert!(matches!(log.take()[..], [Notice::Error(error)] if error.kind == ErrorKind::Roaming));
}

#[test]
fn a_trial_that_began_meanwhile_is_told() {
    let mut mirror = mirror(offered(3, 1));
    let mut log = Log::of(&mut mirror);
    let trial =
        SessionFacts { phase: Some(Phase::Trial), state: Some(SessionState::Roaming), candidate: Some("office".into()), ..offered(5, 1) };
    mirror.reconcile(ONE, trial);
    let activated = Notice::NewConfigurationActivated { offer: OfferId(1), access_point: OFFICE };
    assert_eq!(log.take(), [Notice::StateChanged(SessionState::Roaming), activated]);
}

#[test]
fn a_session_made_again_is_closed_and_counts_its_offers_on() {
    let mut mirror = mirror(offered(3, 4));
    let mut log = Log::of(&mut mirror);
    assert_eq!(mirror.number_of(ONE, OfferId(4)), Some(4));
    mirror.start_over(ONE, Ok(closed(0)));
    let state = Notice::StateChanged(SessionState::Disconnected);
    assert_eq!(log.take(), [state, Notice::Closed, aborted(Cause::BackendGone, PHONE)], "a closed session has no offers to withdraw");
    assert_eq!(mirror.number_of(ONE, OfferId(4)), None, "an offer of a session that is no more");
    mirror.change(ONE, offered(3, 1));
    mirror.tell(ONE, 1, &Told::State(SessionState::Connected)).unwrap();
    mirror.tell(ONE, 2, &Told::Opened).unwrap();
    mirror.tell(ONE, 3, &Told::Offered(offer(1))).unwrap();
    assert_eq!(mirror.snapshot(ONE).unwrap().offer.map(|offer| offer.id), Some(OfferId(5)));
    assert_eq!(mirror.number_of(ONE, OfferId(5)), Some(1));
    // and when the bus goes as well
    mirror.start_over(ONE, Err(SessionState::NotAvailable));
    let told = log.take();
    assert_eq!(told[3..], [Notice::StateChanged(SessionState::NotAvailable), Notice::Closed, aborted(Cause::BackendGone, PHONE)]);
}

#[test]
fn a_handshake_is_published_with_the_properties() {
    let mut mirror = mirror(open(3));
    let handshake = mirror.handshake(ONE).unwrap();
    assert_eq!(*handshake.borrow(), (Phase::Stable, None));
    mirror.change(ONE, offered(4, 2));
    assert_eq!(*handshake.borrow(), (Phase::Offered, Some(OfferId(2))));
    mirror.drop_session(ONE);
    assert!(handshake.has_changed().is_err(), "closed with the session");
}

#[test]
fn holders_are_the_open_sessions_of_this_client() {
    let mut mirror = mirror(open(3));
    assert_eq!(mirror.configuration(PHONE.into()).unwrap().holders, [ONE]);
    assert_eq!(mirror.configuration(NET).unwrap().holders, [ONE]);
    assert_eq!(mirror.configuration(OFFICE.into()).unwrap().holders, []);
    mirror.change(ONE, SessionFacts { phase: Some(Phase::Migrating), offer: Some(Some(offer(1))), ..SessionFacts::default() });
    assert_eq!(mirror.configuration(OFFICE.into()).unwrap().holders, [ONE], "a candidate is leased");
    mirror.change(ONE, closed(4));
    assert_eq!(mirror.configuration(NET).unwrap().holders, []);
}

#[test]
fn a_watcher_gets_a_snapshot_and_real_changes_only() {
    let mut mirror = mirror(closed(0));
    let mut watch = mirror.watch();
    let Ok(CatalogueChange::Snapshot { configurations, default, default_route }) = watch.try_recv() else { panic!("no snapshot") };
    assert_eq!(configurations.iter().map(|it| it.name.to_string()).collect::<Vec<_>>(), ["office", "phone", "net"]);
    assert_eq!((default, default_route), (None, None));
    mirror.put(access_point("office", 0));
    assert!(watch.try_recv().is_err(), "nothing is different");
    mirror.put(up("office", 0));
    let changed = CatalogueNotice::Changed { configuration: OFFICE.into(), state: ConfigurationState::Active };
    assert_eq!(watch.try_recv(), Ok(CatalogueChange::Notice(changed)));
    let Ok(CatalogueChange::Carrier(OFFICE, carrier)) = watch.try_recv() else { panic!("no carrier") };
    assert_eq!((carrier.interface.as_str(), mirror.carrier(OFFICE)), ("if0", Some(&carrier)));
    mirror.put(ConfigurationFacts { counters: Counters { received: 5, sent: 5 }, ..up("office", 0) });
    assert!(watch.try_recv().is_err(), "bytes are no change");
    assert_eq!(mirror.configuration(OFFICE.into()).unwrap().counters.received, 5);
    let route = ManagerFacts { default_route: Some("office".into()), online: Some(true), ..ManagerFacts::default() };
    mirror.manager(route.clone());
    mirror.manager(route);
    assert_eq!(watch.try_recv(), Ok(CatalogueChange::Notice(CatalogueNotice::OnlineChanged(true))));
    assert_eq!(watch.try_recv(), Ok(CatalogueChange::Notice(CatalogueNotice::DefaultRouteChanged(Some(OFFICE)))));
    assert!(watch.try_recv().is_err());
    mirror.remove("office");
    assert_eq!(watch.try_recv(), Ok(CatalogueChange::Notice(CatalogueNotice::Removed(OFFICE.into()))));
    assert_eq!((mirror.id_of("office"), mirror.name_of(OFFICE.into()).as_deref()), (None, Some("office")));
    assert_eq!(mirror.configuration(OFFICE.into()).unwrap().state, ConfigurationState::Absent);
}

#[test]
fn ids_stay_when_a_broker_counts_otherwise() {
    let mut mirror = mirror(closed(0));
    mirror.replace(vec![access_point("garden", 0), access_point("office", 1), network()]);
    assert_eq!(mirror.id_of("office"), Some(OFFICE.into()), "as it was");
    assert_eq!(mirror.id_of("phone"), None);
    assert_eq!(mirror.id_of("garden"), Some(AccessPointId(2).into()), "its number is taken");
    assert_eq!(mirror.configuration(NET).unwrap().members, [OFFICE.into(), PHONE.into()], "members go by name, also removed ones");
    assert_eq!(mirror.snapshot(ONE).unwrap().configuration, NET);
}
