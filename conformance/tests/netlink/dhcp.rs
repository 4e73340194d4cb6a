//! Does a link get a DHCP lease, and nothing where there is none? (C3, C10, C11)

use crate::raise::echo;
use crate::setup::{WIFI, bench, bench_with, leased};
use netsession_backends::executor::Event;
use netsession_backends::netlink::Options;
use netsession_conformance::lab::daemons::{Dhcp, DhcpOptions};
use netsession_conformance::lab::{ECHO_PORT, Lab, Outcome, Request, SERVICE_V4, Script, ScriptedDhcp};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};
use std::net::IpAddr;
use std::time::{Duration, Instant};

pub(crate) const fn lease(seconds: u64, host: u8) -> Script {
    Script::Lease { time: Duration::from_secs(seconds), host }
}

fn impatient() -> Options {
    Options { lease_timeout: Duration::from_secs(1), ..Options::default() }
}

pub(crate) async fn heard(server: &mut ScriptedDhcp, request: Request) -> Outcome {
    while server.heard().await? != request {}
    Ok(())
}

pub(crate) async fn lease_is_used_and_given_back(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let _server = Dhcp::start(&lab, &wifi, DhcpOptions::default()).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    for _ in 0..2 {
        let asked = Instant::now();
        let carrier = bench.up(WIFI).await?;
        println!("raised by DHCP in {:?}", asked.elapsed());
        assert!(matches!(carrier.addresses[..], [IpAddr::V4(address)] if address.octets()[3] >= 100), "{carrier:?}");
        assert_eq!((carrier.gateway, carrier.dns.as_slice()), (Some(wifi.gateway_v4), [wifi.gateway_v4].as_slice()));
        echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
        let op = bench.lower(WIFI);
        let link = bench.done(WIFI, op).await?;
        assert_eq!((link.state, link.cause), (Discovered, Cause::Unknown));
        lab.wire.becomes(&before).await?;
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn lower_and_shutdown_tell_the_server(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut server = lab.router.scripted_dhcp(&wifi, lease(3600, 77)).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    assert_eq!([server.heard().await?, server.heard().await?], [Request::Discover, Request::Request]);
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    assert_eq!(server.heard().await?, Request::Release);
    bench.up(WIFI).await?;
    bench.shut_down().await?;
    heard(&mut server, Request::Release).await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn silent_server_ends_in_no_lease(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut server = lab.router.scripted_dhcp(&wifi, Script::Silent).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench_with(impatient(), &[leased(WIFI, &wifi)]).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::NoLease));
    assert_eq!(server.heard().await?, Request::Discover);
    lab.wire.becomes(&before).await?;
    server.set(lease(3600, 77));
    bench.up(WIFI).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn refusing_server_ends_in_no_lease(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut server = lab.router.scripted_dhcp(&wifi, Script::Refuse).await?;
    let before = lab.wire.settled().await?;
    let options = Options { lease_timeout: Duration::from_secs(3), ..Options::default() };
    let mut bench = bench_with(options, &[leased(WIFI, &wifi)]).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::NoLease));
    let heard = [server.heard().await?, server.heard().await?, server.heard().await?];
    assert_eq!(heard, [Request::Discover, Request::Request, Request::Discover], "whoever is refused begins anew");
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn late_answer_counts_until_given_up(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let late = |millis| Script::Late { by: Duration::from_millis(millis), host: 77 };
    let mut server = lab.router.scripted_dhcp(&wifi, late(500)).await?;
    let before = lab.wire.settled().await?;
    let mut patient = bench(&[leased(WIFI, &wifi)]).await?;
    patient.up(WIFI).await?;
    patient.shut_down().await?;
    heard(&mut server, Request::Release).await?;
    server.set(late(1500));
    let mut bench = bench_with(impatient(), &[leased(WIFI, &wifi)]).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::NoLease));
    // the offer comes now, and nobody wants it
    tokio::time::sleep(Duration::from_secs(1)).await;
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await?;
    assert_eq!(bench.link(WIFI), Some(link));
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn cancelled_raise_takes_no_lease(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let script = Script::Late { by: Duration::from_millis(300), host: 77 };
    let mut server = lab.router.scripted_dhcp(&wifi, script).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    // after the first packet, and after the second
    for waits_for in [Request::Discover, Request::Request] {
        bench.raise(WIFI);
        let refresh = bench.refresh();
        bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await?;
        heard(&mut server, waits_for).await?;
        let op = bench.lower(WIFI);
        let link = bench.done(WIFI, op).await?;
        assert_eq!((link.state, link.cause), (Discovered, Cause::Unknown));
        lab.wire.becomes(&before).await?;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let refresh = bench.refresh();
    bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await?;
    assert!(!bench.events().iter().any(|(_, event)| matches!(event, Event::Carrier(..))), "{:?}", bench.events());
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn unplugged_and_leased_again(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let server = lab.router.scripted_dhcp(&wifi, lease(3600, 77)).await?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    lab.router.unplug("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    drop(server);
    let wifi = lab.plug_in("wifi0", 1).await?;
    let _server = lab.router.scripted_dhcp(&wifi, lease(3600, 78)).await?;
    bench.becomes(WIFI, Discovered, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    let carrier = bench.up(WIFI).await?;
    assert_eq!(carrier.addresses, [IpAddr::from([10, 1, 0, 78])]);
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn link_that_others_lease_for_is_left_as_found(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let mut server = lab.router.scripted_dhcp(&wifi, lease(3600, 77)).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.wire.add_default("wifi0", wifi.gateway_v4, 7).await?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    bench.becomes(WIFI, Active, Cause::Unknown).await?;
    let before = lab.wire.settled().await?;
    let carrier = bench.up(WIFI).await?;
    assert_eq!((carrier.addresses.as_slice(), carrier.gateway), ([wifi.v4.0].as_slice(), Some(wifi.gateway_v4)));
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Ok(()));
    let op = bench.prefer(None);
    assert_eq!(bench.route(op).await?, Ok(()));
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    lab.wire.becomes(&before).await?;
    let quiet = tokio::time::timeout(Duration::from_millis(300), server.heard()).await;
    assert!(quiet.is_err(), "nobody asked for a lease: {quiet:?}");
    Ok(())
}

pub(crate) async fn without_packet_sockets_there_is_no_lease(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let _server = lab.router.scripted_dhcp(&wifi, lease(3600, 77)).await?;
    let before = lab.wire.settled().await?;
    let mut sets: CapabilitySets = capabilities(None)?;
    sets.effective.remove(CapabilitySet::NET_RAW);
    set_capabilities(None, sets)?;
    let mut bench = bench(&[leased(WIFI, &wifi)]).await?;
    let op = bench.raise(WIFI);
    let link = bench.done(WIFI, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, Cause::NotAuthorised));
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}
