//! Does a raised link work, and is nothing left of it afterwards? (C3 to C6, C10, C11)

use crate::setup::{LTE, Stand, WIFI, bench, both_active, both_idle, caught_up, echo, listed, profile, service};
use netsession_backends::executor::{Connectivity, Event};
use netsession_conformance::lab::daemons::{Bus, Connman, ConnmanOptions, Dhcp, DhcpOptions};
use netsession_conformance::lab::{Lab, Outcome};
use netsession_fsm::words::{Bearer, Cause, ConfigurationState, Metered};
use std::time::Instant;

pub(crate) async fn and_lower_leave_the_link_as_found(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let before = lab.wire.settled().await?;
    for _ in 0..3 {
        let asked = Instant::now();
        let carrier = bench.up(WIFI).await?;
        let raised = asked.elapsed();
        assert!(carrier.addresses.contains(&stand.wifi.v4.0), "{carrier:?}");
        assert_eq!((carrier.interface.as_str(), carrier.index), ("wifi0", lab.wire.index("wifi0").await?));
        assert_eq!(carrier.gateway, Some(stand.wifi.gateway_v4));
        assert_ne!(lab.wire.dump().await?, before);
        echo(&carrier).await?;
        let asked = Instant::now();
        let op = bench.lower(WIFI);
        let link = bench.done(WIFI, op).await?;
        println!("raised after {raised:?}, lowered after {:?}", asked.elapsed());
        assert_eq!((link.state, link.cause), (ConfigurationState::Discovered, Cause::Unknown));
        lab.wire.becomes(&before).await?;
    }
    let attributes = bench.attributes(WIFI).ok_or("attributes")?;
    assert_eq!((attributes.bearer, attributes.metered), (Bearer::Ethernet, Metered::Unknown));
    assert_eq!((attributes.connectivity, attributes.interface.as_deref()), (Connectivity::Unknown, Some("wifi0")));
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn of_an_active_link_changes_nothing(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    stand.connman.connect(&service(&stand.wifi)).await?;
    let mut bench = stand.bench().await?;
    bench.becomes(WIFI, ConfigurationState::Active, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    let carrier = bench.up(WIFI).await?;
    lab.wire.becomes(&before).await?;
    echo(&carrier).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn both_links_carry_traffic(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let before = lab.wire.settled().await?;
    let carriers = [bench.up(WIFI).await?, bench.up(LTE).await?];
    for carrier in &carriers {
        echo(carrier).await?;
    }
    // the one that has the default route goes: the other one carries on
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    echo(&carriers[1]).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn both_links_carry_that_connman_connected(lab: Lab) -> Outcome {
    let stand = Stand::by_itself(&lab).await?;
    let mut bench = stand.bench().await?;
    both_active(&mut bench).await?;
    let before = lab.wire.settled().await?;
    let carriers = [bench.up(WIFI).await?, bench.up(LTE).await?];
    for carrier in &carriers {
        echo(carrier).await?;
    }
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn with_a_lease(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let _dhcp = Dhcp::start(&lab, &wifi, DhcpOptions::default()).await?;
    let connman = Connman::start(&bus, &ConnmanOptions::default()).await?;
    listed(&connman, &wifi).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, ConfigurationState::Discovered, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    let carrier = bench.up(WIFI).await?;
    assert!(carrier.addresses.iter().any(|address| address.to_string().starts_with("10.1.0.1")), "{carrier:?}");
    echo(&carrier).await?;
    // ConnMan tells the next hop and name servers a moment after it says `ready`
    while bench.carrier(WIFI).is_none_or(|carrier| carrier.gateway != Some(wifi.gateway_v4) || carrier.dns != [wifi.gateway_v4]) {
        bench.until("a carrier", |event| matches!(event, Event::Carrier(..)).then_some(())).await?;
    }
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn cancelled_leaves_nothing(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    // nobody gives a lease: the raise takes as long as it is let
    let connman = Connman::start(&bus, &ConnmanOptions::default()).await?;
    listed(&connman, &wifi).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, ConfigurationState::Discovered, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    let raise = bench.raise(WIFI);
    caught_up(&mut bench).await?;
    connman.becomes(&service(&wifi), Some("configuration")).await?;
    let told = bench.events().len();
    let lower = bench.lower(WIFI);
    let link = bench.done(WIFI, raise).await?;
    assert_eq!((link.done, link.state), (lower, ConfigurationState::Discovered), "{:?}", &bench.events()[told..]);
    lab.wire.becomes(&before).await?;
    // both at once, and again
    bench.raise(WIFI);
    let lower = bench.lower(WIFI);
    bench.done(WIFI, lower).await?;
    lab.wire.becomes(&before).await?;
    let _dhcp = Dhcp::start(&lab, &wifi, DhcpOptions::default()).await?;
    bench.up(WIFI).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn without_any_lease_fails(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let bus = Bus::start().await?;
    let connman = Connman::start(&bus, &ConnmanOptions::default()).await?;
    listed(&connman, &wifi).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, ConfigurationState::Discovered, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    let op = bench.raise(WIFI);
    // ConnMan gives up after 39 s and takes a link-local address; nobody waits longer than the bench at once
    connman.becomes(&service(&wifi), Some("configuration")).await?;
    let _ = connman.becomes(&service(&wifi), Some("idle")).await;
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (ConfigurationState::Discovered, Cause::NoLease));
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn of_a_service_that_is_not_there_fails_at_once(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    lab.router.unplug("wifi0").await?;
    stand.connman.becomes(&service(&stand.wifi), None).await?;
    let mut bench = stand.bench().await?;
    bench.becomes(WIFI, ConfigurationState::Defined, Cause::Vanished).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (ConfigurationState::Defined, Cause::Vanished));
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    bench.shut_down().await?;
    Ok(())
}
