//! Does a raised link work, and is nothing left of it afterwards? (C3 to C6, C10, C11)

use crate::setup::{LTE, Rest, Rig, WIFI, echo, echo_to, full, profile, refreshed};
use netsession_backends::executor::{Connectivity, Event};
use netsession_conformance::lab::daemons::{
    Authenticator, Bus, Dhcp, DhcpOptions, Keyfile, NetworkManager, NetworkManagerOptions, Supplicant,
};
use netsession_conformance::lab::{ECHO_PORT, Lab, Outcome, SERVICE_V6};
use netsession_fsm::hub::Report;
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered, Undefined};
use netsession_fsm::words::{Bearer, Cause, Metered};

pub(crate) async fn and_lower_leave_the_link_as_found(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    let attributes = bench.attributes(WIFI).ok_or("attributes")?.clone();
    assert_eq!((attributes.bearer, attributes.interface.as_deref()), (Bearer::Ethernet, Some("wifi0")));
    for _ in 0..3 {
        let carrier = full(&mut bench, WIFI).await?;
        assert_eq!(carrier.addresses, [rig.wifi.v4.0, rig.wifi.v6.0]);
        assert_eq!((carrier.interface.as_str(), carrier.index), ("wifi0", rig.lab.wire.index("wifi0").await?));
        assert_eq!(carrier.gateway, Some(rig.wifi.gateway_v4));
        echo(&carrier).await?;
        let op = bench.lower(WIFI);
        let link = bench.done(WIFI, op).await?;
        assert_eq!((link.state, link.cause), (Discovered, Cause::Unknown));
        before.again(&rig.lab).await?;
        rig.nm.becomes(rig.first.uuid(), None).await?;
    }
    bench.shut_down().await?;
    before.again(&rig.lab).await
}

pub(crate) async fn of_an_active_link_changes_nothing(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    rig.nm.activate(rig.first.uuid()).await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    let (path, before) = (rig.nm.active(rig.first.uuid()).await?, Rest::of(&rig.lab).await?);
    let mut bench = rig.bench().await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    let carrier = bench.up(WIFI).await?;
    assert_eq!(rig.nm.active(rig.first.uuid()).await?, path, "NetworkManager was not asked");
    echo(&carrier).await?;
    bench.shut_down().await?;
    assert_eq!(rig.nm.active(rig.first.uuid()).await?, path, "it was not ours to take down");
    before.again(&rig.lab).await
}

pub(crate) async fn both_links_carry_traffic(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let mut bench = rig.bench().await?;
    for carrier in [full(&mut bench, WIFI).await?, full(&mut bench, LTE).await?] {
        echo(&carrier).await?;
        echo_to(&carrier, (SERVICE_V6, ECHO_PORT).into()).await?;
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn waits_for_the_carrier(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    rig.lab.router.cut("wifi0").await?;
    let mut bench = rig.bench().await?;
    bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
    let op = bench.raise(WIFI);
    rig.nm.becomes(rig.first.uuid(), Some(1)).await?;
    let refresh = bench.refresh();
    bench.until("the refresh", |event| refreshed(event, refresh)).await?;
    assert!(bench.link(WIFI).is_some_and(|link| link.done < op), "a raise under way is reported when it ends: {:?}", bench.events());
    rig.lab.router.mend("wifi0").await?;
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Active, Cause::Unknown));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn cancelled_leaves_nothing(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    rig.lab.router.cut("wifi0").await?;
    let mut bench = rig.bench().await?;
    bench.becomes(WIFI, Defined, Cause::CarrierLost).await?;
    let raise = bench.raise(WIFI);
    rig.nm.becomes(rig.first.uuid(), Some(1)).await?;
    let lower = bench.lower(WIFI);
    let link = bench.done(WIFI, raise).await?;
    assert_eq!((link.done, link.state), (lower, Defined));
    rig.nm.becomes(rig.first.uuid(), None).await?;
    rig.lab.router.mend("wifi0").await?;
    before.again(&rig.lab).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    bench.up(WIFI).await?;
    bench.shut_down().await?;
    before.again(&rig.lab).await
}

pub(crate) async fn cancelled_at_once_leaves_nothing(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    for _ in 0..5 {
        bench.raise(WIFI);
        tokio::task::yield_now().await;
        let lower = bench.lower(WIFI);
        let link = bench.done(WIFI, lower).await?;
        assert_eq!((link.state, link.cause), (Discovered, Cause::Unknown));
        rig.nm.becomes(rig.first.uuid(), None).await?;
        // both at once: only the last counts
        bench.lower(WIFI);
        let raise = bench.raise(WIFI);
        assert_eq!(bench.done(WIFI, raise).await?.state, Active);
        let lower = bench.lower(WIFI);
        bench.done(WIFI, lower).await?;
    }
    before.again(&rig.lab).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn of_what_is_not_there_fails_at_once(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let missing = Keyfile::fixed("missing", &rig.wifi);
    rig.lab.router.unplug("lte0").await?;
    let mut bench = crate::setup::bench(&[profile(WIFI, &missing), profile(LTE, &rig.second)]).await?;
    bench.becomes(WIFI, Undefined, Cause::Removed).await?;
    bench.becomes(LTE, Defined, Cause::Vanished).await?;
    for (access_point, state, cause) in [(WIFI, Undefined, Cause::Removed), (LTE, Defined, Cause::Vanished)] {
        let op = bench.raise(access_point);
        let link = bench.done(access_point, op).await?;
        assert_eq!((link.state, link.cause), (state, cause));
        let op = bench.lower(access_point);
        bench.done(access_point, op).await?;
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn gets_a_lease(lab: Lab) -> Outcome {
    let (wifi, bus) = (lab.plug_in("wifi0", 1).await?, Bus::start().await?);
    let _dhcp = Dhcp::start(&lab, &wifi, DhcpOptions { v6: true, ..DhcpOptions::default() }).await?;
    let file = Keyfile::dhcp("wifi", &wifi);
    let _nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&file]).await?;
    let before = Rest::of(&lab).await?;
    let mut bench = crate::setup::bench(&[profile(WIFI, &file)]).await?;
    let carrier = bench.up(WIFI).await?;
    assert!(carrier.addresses.iter().all(|address| address.to_string().starts_with("10.1.0.1")), "{carrier:?}");
    assert_eq!(carrier.gateway, Some(wifi.gateway_v4));
    echo(&carrier).await?;
    // the name server may be told a moment after the link is up
    let known = |carrier: &netsession_backends::executor::Carrier| carrier.dns == [wifi.gateway_v4];
    if !known(&carrier) {
        let fits = |event: &Event| matches!(event, Event::Carrier(WIFI, carrier) if known(carrier)).then_some(());
        bench.until("the name server", fits).await?;
    }
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    before.again(&lab).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn without_a_lease_fails(lab: Lab) -> Outcome {
    let impatient = |id: &str, plug: &_| Keyfile::dhcp(id, plug).set("ipv4", "dhcp-timeout", "3");
    let rig = Rig::with(lab, &NetworkManagerOptions::default(), impatient).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::NoLease));
    rig.nm.becomes(rig.first.uuid(), None).await?;
    before.again(&rig.lab).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn joins_what_is_on_its_way_up(lab: Lab) -> Outcome {
    let (wifi, bus) = (lab.plug_in("wifi0", 1).await?, Bus::start().await?);
    let _authenticator = Authenticator::start(&lab, &wifi, "somebody", "secret").await?;
    let _supplicant = Supplicant::start(&bus).await?;
    let file = Keyfile::fixed("wifi", &wifi).authenticated("somebody", "secret");
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&file]).await?;
    let mut bench = crate::setup::bench(&[profile(WIFI, &file)]).await?;
    let path = nm.activate(file.uuid()).await?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier).await?;
    assert_eq!(nm.active(file.uuid()).await?, Some((path.clone(), 2)), "it was not activated anew");
    bench.shut_down().await?;
    assert_eq!(nm.active(file.uuid()).await?, Some((path, 2)), "whoever began it keeps it");
    Ok(())
}

pub(crate) async fn wrong_password_fails(lab: Lab) -> Outcome {
    let (wifi, bus) = (lab.plug_in("wifi0", 1).await?, Bus::start().await?);
    let authenticator = Authenticator::start(&lab, &wifi, "somebody", "secret").await?;
    let _supplicant = Supplicant::start(&bus).await?;
    // NetworkManager tries three times for 25 s unless told otherwise
    let file = Keyfile::fixed("wifi", &wifi).authenticated("somebody", "wrong");
    let file = file.set("connection", "auth-retries", "1").set("802-1x", "auth-timeout", "3");
    let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&file]).await?;
    let mut bench = crate::setup::bench(&[profile(WIFI, &file)]).await?;
    let op = bench.raise(WIFI);
    let (refused, link) = tokio::join!(authenticator.refused(), bench.done(WIFI, op));
    refused?;
    let link = link?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::Authentication));
    nm.becomes(file.uuid(), None).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn stopped_link_comes_back(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    rig.nm.activate(rig.first.uuid()).await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    assert_eq!(bench.attributes(WIFI).map(|has| (has.metered, has.connectivity)), Some((Metered::No, Connectivity::Unknown)));
    let op = bench.lower(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::Unknown));
    rig.nm.becomes(rig.first.uuid(), None).await?;
    let carrier = bench.up(WIFI).await?;
    before.again(&rig.lab).await?;
    echo(&carrier).await?;
    let events = bench.shut_down().await?;
    assert!(!events.iter().any(|event| matches!(event, Event::Report(Report::Gone { .. }))));
    assert!(rig.nm.active(rig.first.uuid()).await?.is_some(), "as found");
    before.again(&rig.lab).await
}
