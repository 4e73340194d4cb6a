//! Is what clients see beside the session's state right: catalogue, carriers, counters, policies, refusals (SPEC §3, §10)?

mod lab;

use lab::{AWAY, LTE, Lab, Log, USABLE, WLAN, lab, millis, secs, since};
use netsession_backends::client::{CatalogueChange, RequestError};
use netsession_backends::sim::Action;
use netsession_fsm::hub::{CatalogueNotice, Counters, Notice, Policies, SessionOptions};
use netsession_fsm::words::{ConfigurationState, Kind, Refusal};
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn the_catalogue_is_sorted_passive_and_watched() {
    let lab = lab(USABLE, AWAY).await;
    let names: Vec<_> = lab.client.configurations().iter().map(|it| (it.name.to_string(), it.kind, it.state)).collect();
    let (usable, away) = (ConfigurationState::Discovered, ConfigurationState::Defined);
    let expected = [
        ("wlan", Kind::AccessPoint, usable),
        ("lte", Kind::AccessPoint, away),
        ("internet", Kind::ServiceNetwork, usable),
        ("anything", Kind::UserChoice, usable),
    ];
    assert_eq!(names, expected.map(|(name, kind, state)| (name.to_owned(), kind, state)));
    assert_eq!(&*lab.client.default_configuration().unwrap().name, "wlan");
    assert!(lab.client.configuration("internet").unwrap().roaming_available);
    let mut watch = lab.client.watch();
    assert!(matches!(watch.try_next(), Some(CatalogueChange::Snapshot { configurations, .. }) if configurations.len() == 4));
    lab.network.happen(Action::Hide(LTE));
    secs(60).await;
    assert_eq!(watch.try_next(), None, "nothing scans by itself");
    let begin = Instant::now();
    lab.client.refresh().await.unwrap();
    assert_eq!(since(begin), 500);
    let mut told = Vec::new();
    while let Some(CatalogueChange::Notice(notice)) = watch.try_next() {
        told.push(notice);
    }
    let found = CatalogueNotice::Changed { configuration: LTE.into(), state: usable };
    assert_eq!(told, [found, CatalogueNotice::RefreshCompleted]);
}

#[tokio::test(start_paused = true)]
async fn counters_are_those_of_the_session() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    lab.network.traffic(WLAN, 1000, 10);
    millis(1).await;
    let late = lab.session("wlan").await;
    late.open().await.unwrap();
    lab.network.traffic(WLAN, 1, 2);
    millis(1).await;
    assert_eq!(session.counters(), Counters { received: 1001, sent: 12 });
    assert_eq!(late.counters(), Counters { received: 1, sent: 2 });
    assert_eq!(lab.client.configuration("internet").unwrap().counters, Counters { received: 1001, sent: 12 });
}

#[tokio::test(start_paused = true)]
async fn policies_follow_the_system() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let mut log = Log::of(&session);
    lab.client.save_traffic(true).unwrap();
    lab.client.save_traffic(true).unwrap();
    millis(1).await;
    assert_eq!(log.take(), [Notice::PoliciesChanged(Policies::NO_BACKGROUND_TRAFFIC)]);
    assert_eq!(session.policies(), Policies::NO_BACKGROUND_TRAFFIC);
}

#[tokio::test(start_paused = true)]
async fn a_carrier_that_changes_is_read_and_told() {
    let lab = lab(USABLE, USABLE).await;
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let mut watch = lab.client.watch();
    let mut carrier = session.carrier().unwrap();
    carrier.addresses = vec!["192.0.2.99".parse().unwrap()];
    watch.try_next();
    lab.network.renumber(WLAN, carrier.clone());
    assert_eq!(watch.next().await, Some(CatalogueChange::Carrier(WLAN, carrier.clone())));
    assert_eq!(session.carrier(), Some(carrier));
}

#[tokio::test(start_paused = true)]
async fn requests_that_make_no_sense_are_refused_by_name() {
    let Lab { client, .. } = lab(USABLE, USABLE).await;
    let unknown = client.session("nowhere", SessionOptions::default()).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no configuration \"nowhere\"");
    let session = client.session("internet", SessionOptions::default()).await.unwrap();
    session.close().await.unwrap();
    assert_eq!(session.request_roam().await, Err(RequestError::Refused(Refusal::NotOpen)));
    assert_eq!(session.suppress(Duration::from_secs(1)).await, Err(RequestError::Refused(Refusal::NotOpen)));
}

#[tokio::test(start_paused = true)]
async fn a_carrier_is_told_after_the_link_came_up_and_once() {
    let lab = lab(USABLE, USABLE).await;
    let mut watch = lab.client.watch();
    watch.try_next();
    let session = lab.session("wlan").await;
    session.open().await.unwrap();
    let up = |change: &CatalogueChange| {
        matches!(change, CatalogueChange::Notice(CatalogueNotice::Changed { configuration, state: ConfigurationState::Active })
            if *configuration == WLAN.into())
    };
    let told: Vec<_> = std::iter::from_fn(|| watch.try_next()).collect();
    let at = told.iter().position(up).expect("it is up");
    let carriers: Vec<_> = told.iter().enumerate().filter(|(_, change)| matches!(change, CatalogueChange::Carrier(..))).collect();
    let [(place, carrier)] = carriers.as_slice() else { panic!("{told:?}") };
    assert!(*place > at, "{told:?}");
    assert_eq!(**carrier, CatalogueChange::Carrier(WLAN, session.carrier().expect("it is open")));
    // lost and found again: told again
    session.close().await.unwrap();
    secs(1).await;
    session.open().await.unwrap();
    let again = std::iter::from_fn(|| watch.try_next()).filter(|change| matches!(change, CatalogueChange::Carrier(..))).count();
    assert_eq!(again, 1);
}
