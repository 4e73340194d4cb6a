//! Does a link take IPv6 addresses from advertisements, and not the system's default route? (C10 to C12)

use crate::raise::echo;
use crate::route::source;
use crate::setup::{LTE, WIFI, bench, bench_with, leased, profile};
use netsession_backends::executor::Event;
use netsession_backends::netlink::{Options, Profile};
use netsession_conformance::lab::daemons::{Dhcp, DhcpOptions};
use netsession_conformance::lab::{ECHO_PORT, Lab, Outcome, Plug, SERVICE_V4, SERVICE_V6};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::Discovered;
use std::fs;
use std::net::IpAddr;
use std::time::Duration;

const ADVERTISED: DhcpOptions =
    DhcpOptions { lease: Duration::from_secs(3600), delay: Duration::ZERO, hosts: (100, 199), v4: false, v6: true };

fn advertised(plug: &Plug) -> Profile {
    Profile { access_point: WIFI, interface: plug.name.clone(), slaac: true, metric: 100, ..Profile::default() }
}

/// What the kernel makes of advertisements on an interface.
fn settings(name: &str) -> std::io::Result<String> {
    let read = |setting: &&str| fs::read_to_string(format!("/proc/sys/net/ipv6/conf/{name}/{setting}"));
    ["accept_ra", "autoconf", "accept_ra_defrtr", "ra_defrtr_metric"].iter().map(read).collect()
}

fn is_of(plug: &Plug, address: &IpAddr) -> bool {
    let IpAddr::V6(address) = address else { return false };
    address.segments()[..4] == [0xfd00, plug.subnet.into(), 0, 0]
}

/// Another link that has a default route of IPv6, and is to keep it.
async fn at_home(lab: &Lab) -> Result<Plug, Box<dyn std::error::Error>> {
    let home = lab.plug_in("home0", 3).await?;
    fs::write("/proc/sys/net/ipv6/conf/home0/accept_ra", "0")?;
    lab.wire.set_up("home0", true).await?;
    lab.wire.add_address("home0", home.v6.0, home.v6.1).await?;
    lab.wire.add_default("home0", home.gateway_v6, 2000).await?;
    Ok(home)
}

pub(crate) async fn router_gives_addresses_and_takes_no_route(lab: Lab) -> Outcome {
    let (wifi, home) = (lab.plug_in("wifi0", 1).await?, at_home(&lab).await?);
    let _server = Dhcp::start(&lab, &wifi, ADVERTISED).await?;
    let (before, found) = (lab.wire.settled().await?, settings("wifi0")?);
    let mut bench = bench(&[advertised(&wifi)]).await?;
    for _ in 0..2 {
        let carrier = bench.up(WIFI).await?;
        assert!(carrier.addresses.iter().all(|address| is_of(&wifi, address)), "{carrier:?}");
        assert!(matches!(carrier.gateway, Some(IpAddr::V6(gateway)) if gateway.is_unicast_link_local()), "{carrier:?}");
        assert_eq!(source(SERVICE_V6.into()).await?, home.v6.0);
        echo(&carrier, (SERVICE_V6, ECHO_PORT).into()).await?;
        let op = bench.prefer(Some(WIFI));
        assert_eq!(bench.route(op).await?, Ok(()));
        assert!(carrier.addresses.contains(&source(SERVICE_V6.into()).await?));
        let op = bench.prefer(None);
        assert_eq!(bench.route(op).await?, Ok(()));
        assert_eq!(source(SERVICE_V6.into()).await?, home.v6.0);
        let op = bench.lower(WIFI);
        bench.done(WIFI, op).await?;
        lab.wire.becomes(&before).await?;
        assert_eq!(settings("wifi0")?, found);
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn lease_does_not_wait_for_routers(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let _server = Dhcp::start(&lab, &wifi, DhcpOptions { v4: true, ..ADVERTISED }).await?;
    let (before, found) = (lab.wire.settled().await?, settings("wifi0")?);
    let mut bench = bench(&[Profile { slaac: true, ..leased(WIFI, &wifi) }]).await?;
    bench.up(WIFI).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Ok(()));
    let both = |event: &Event| match event {
        Event::Carrier(_, carrier) if carrier.addresses.len() == 2 => Some(carrier.clone()),
        _ => None,
    };
    let carrier = match bench.carrier(WIFI).filter(|carrier| carrier.addresses.len() == 2) {
        Some(carrier) => carrier.clone(),
        None => bench.until("a carrier with both", both).await?,
    };
    assert!(carrier.addresses[0].is_ipv4() && is_of(&wifi, &carrier.addresses[1]), "{carrier:?}");
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    echo(&carrier, (SERVICE_V6, ECHO_PORT).into()).await?;
    // preferred in both families, whichever came later
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await?;
    assert_eq!(source(SERVICE_V4.into()).await?, carrier.addresses[0]);
    assert_eq!(lab.wire.dump().await?.about("Priority(50)").count(), 2, "{}", lab.wire.dump().await?);
    bench.shut_down().await?;
    lab.wire.becomes(&before).await?;
    assert_eq!(settings("wifi0")?, found);
    Ok(())
}

pub(crate) async fn device_that_stays_up_keeps_nothing_advertised(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    fs::write("/proc/sys/net/ipv6/conf/wifi0/accept_ra", "0")?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    let _server = Dhcp::start(&lab, &wifi, ADVERTISED).await?;
    let (before, found) = (lab.wire.settled().await?, settings("wifi0")?);
    let mut bench = bench(&[advertised(&wifi)]).await?;
    // an address is there that fits: raised without us
    let op = bench.raise(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    lab.wire.remove_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    let before = lab.wire.settled().await?;
    let mut bench = crate::setup::bench(&[advertised(&wifi)]).await?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier, (SERVICE_V6, ECHO_PORT).into()).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    assert_eq!(settings("wifi0")?, found);
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn without_a_router_there_is_no_address(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let (before, found) = (lab.wire.settled().await?, settings("wifi0")?);
    let options = Options { lease_timeout: Duration::from_secs(1), ..Options::default() };
    let mut bench = bench_with(options, &[advertised(&wifi)]).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::NoLease));
    lab.wire.becomes(&before).await?;
    assert_eq!(settings("wifi0")?, found);
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn static_link_takes_no_route_from_routers(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let _server = Dhcp::start(&lab, &wifi, ADVERTISED).await?;
    let (before, found) = (lab.wire.settled().await?, settings("wifi0")?);
    let mut bench = bench(&[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    bench.up(WIFI).await?;
    // an advertisement was taken in when its prefix is there
    let mut tries = 0;
    while lab.wire.dump().await?.about("Dynamic").count() == 0 && tries < 200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        tries += 1;
    }
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("protocol: Ra").count(), 0, "{dump}");
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    assert_eq!(settings("wifi0")?, found);
    bench.shut_down().await?;
    Ok(())
}
