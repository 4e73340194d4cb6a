//! Does a client see configurations and their changes, wherever the hub is (SPEC §3)?

use super::{PATIENCE, World};
use crate::rig::{LTE, WLAN};
use netsession_backends::client::{CatalogueChange, Watch};
use netsession_fsm::hub::CatalogueNotice;
use netsession_fsm::words::{Bearer, Capabilities, ConfigurationState, Kind, Purpose};
use tokio::time::timeout;

async fn until(watch: &mut Watch, what: &CatalogueChange) {
    let seen = async {
        while let Some(change) = watch.next().await {
            if change == *what {
                return;
            }
        }
        panic!("the watch ended");
    };
    timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("never told: {what:?}"));
}

pub(crate) async fn configurations_show_all_that_is_known(world: World) {
    let all = world.client.configurations();
    let names: Vec<_> = all.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["lte", "wlan", "office", "any"]);
    let (lte, office, any) = (&all[0], &all[2], &all[3]);
    assert_eq!((lte.id, lte.kind, lte.state, lte.bearer), (LTE.into(), Kind::AccessPoint, ConfigurationState::Discovered, Bearer::Lte));
    assert_eq!((lte.executor.as_deref(), lte.capabilities, lte.carrier.as_ref()), (Some("sim"), Capabilities::ALL, None));
    assert_eq!((office.kind, office.purpose, office.roaming_available), (Kind::ServiceNetwork, Purpose::Private, true));
    assert_eq!((&office.members[..], &any.members[..]), (&[WLAN.into(), LTE.into()][..], &[office.id, LTE.into()][..]));
    assert_eq!(world.client.default_configuration().map(|it| it.id), Some(LTE.into()));
    assert_eq!(world.client.configuration("any").unwrap(), *any);
    world.end().await;
}

pub(crate) async fn a_watcher_is_told_every_change(world: World) {
    let mut watch = world.client.watch();
    let Some(CatalogueChange::Snapshot { configurations, default, default_route }) = watch.try_next() else { panic!("no snapshot") };
    assert_eq!((configurations, default, default_route), (world.client.configurations(), Some(LTE.into()), None));
    let session = world.session("lte").await;
    session.open().await.unwrap();
    let active = CatalogueNotice::Changed { configuration: LTE.into(), state: ConfigurationState::Active };
    until(&mut watch, &CatalogueChange::Notice(active)).await;
    until(&mut watch, &CatalogueChange::Carrier(LTE, session.carrier().unwrap())).await;
    until(&mut watch, &CatalogueChange::Notice(CatalogueNotice::DefaultRouteChanged(Some(LTE)))).await;
    world.client.refresh().await.unwrap();
    until(&mut watch, &CatalogueChange::Notice(CatalogueNotice::RefreshCompleted)).await;
    session.close().await.unwrap();
    until(&mut watch, &CatalogueChange::Notice(CatalogueNotice::OnlineChanged(false))).await;
    world.client.remove("any").unwrap();
    let any = configurations_of(&world, "any");
    until(&mut watch, &CatalogueChange::Notice(CatalogueNotice::Removed(any))).await;
    assert_eq!(world.client.name(any).as_deref(), Some("any"), "names stay");
    drop(session);
    world.end().await;
}

fn configurations_of(world: &World, name: &str) -> netsession_fsm::words::ConfigurationId {
    let ids = (0..4).map(|id| netsession_fsm::words::ConfigurationId::from(netsession_fsm::words::UserChoiceId(id)));
    ids.into_iter().find(|id| world.client.name(*id).as_deref() == Some(name)).expect("it was there")
}
