//! Does the default route move without a gap, as often as it is asked to, and does NetworkManager follow? (C10, SPEC §7.4)

use crate::route::{fixed_v4, prefer, source};
use crate::setup::{Executor, LTE, Rest, Result, Rig, WIFI, bench_with, full, profile};
use netsession_backends::networkmanager::Options;
use netsession_conformance::lab::daemons::{Bus, NETWORK_MANAGER, NetworkManagerOptions};
use netsession_conformance::lab::{ECHO_PORT, Lab, Numbered, Outcome, SERVICE_V4, SERVICE_V6, give_up_privileges};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;

/// Moves the default route to and fro under traffic towards a service.
async fn move_under_traffic(rig: &Rig, service: IpAddr, sources: [IpAddr; 2], settle: Duration) -> Outcome {
    const SWITCHES: usize = 20;
    let mut bench = rig.bench().await?;
    for access_point in [WIFI, LTE] {
        if rig.second.to_string().contains("fd00:") {
            full(&mut bench, access_point).await?;
        } else {
            bench.up(access_point).await?;
        }
    }
    let raised = Rest::of(&rig.lab).await?;
    prefer(&mut bench, Some(WIFI)).await?;
    let any: IpAddr = if service.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    let numbered = Numbered::start(socket, (service, ECHO_PORT).into(), Duration::from_millis(1));
    for switch in 1..=SWITCHES {
        prefer(&mut bench, Some([WIFI, LTE][switch % 2])).await?;
        assert_eq!(source(service).await?, sources[switch % 2]);
        tokio::time::sleep(settle).await;
    }
    let tally = numbered.stop().await?;
    println!("{SWITCHES} switches, {} datagrams, longest quiet {:?}", tally.sent, tally.quiet);
    assert!(tally.sent > 200, "{tally:?}");
    assert!(tally.lost.is_empty(), "{tally:?}");
    prefer(&mut bench, None).await?;
    raised.again(&rig.lab).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn without_a_gap(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    move_under_traffic(&rig, SERVICE_V4.into(), [rig.wifi.v4.0, rig.lte.v4.0], Duration::from_millis(20)).await
}

pub(crate) async fn without_a_gap_ipv6(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    move_under_traffic(&rig, SERVICE_V6.into(), [rig.wifi.v6.0, rig.lte.v6.0], Duration::from_millis(20)).await
}

/// The active connection NetworkManager says everything goes through.
async fn primary(bus: &Bus) -> Result<String> {
    let properties =
        zbus::Proxy::new(bus.connection(), NETWORK_MANAGER, "/org/freedesktop/NetworkManager", "org.freedesktop.DBus.Properties").await?;
    let value: zbus::OwnedVariant = properties.call("Get", &(NETWORK_MANAGER, "PrimaryConnection")).await?;
    Ok(zbus::OwnedObjectPath::try_from(value)?.to_string())
}

pub(crate) async fn networkmanagers_own_primary_connection(lab: Lab) -> Outcome {
    let rig = Rig::with(lab, &NetworkManagerOptions::default(), fixed_v4).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    for access_point in [LTE, WIFI, LTE] {
        prefer(&mut bench, Some(access_point)).await?;
        let (file, plug) = if access_point == LTE { (&rig.second, &rig.lte) } else { (&rig.first, &rig.wifi) };
        assert_eq!(source(SERVICE_V4).await?, plug.v4.0);
        let active = rig.nm.active(file.uuid()).await?.ok_or("active")?.0;
        // NetworkManager tells of it a moment after the kernel
        let deadline = Instant::now() + Duration::from_secs(10);
        while primary(&rig.bus).await? != active.as_str() {
            assert!(Instant::now() < deadline, "NetworkManager prefers another link");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    bench.shut_down().await?;
    // and often: metrics do not run out
    move_under_traffic(&rig, SERVICE_V4.into(), [rig.wifi.v4.0, rig.lte.v4.0], Duration::from_millis(20)).await
}

/// Prefers one after the other, more often than there are metrics.
async fn take_turns(rig: &Rig, bench: &mut Executor) -> Outcome {
    for turn in 0..8 {
        let (access_point, plug) = [(WIFI, &rig.wifi), (LTE, &rig.lte)][turn % 2];
        prefer(bench, Some(access_point)).await?;
        assert_eq!(source(SERVICE_V4).await?, plug.v4.0, "turn {turn}");
    }
    Ok(())
}

pub(crate) async fn metrics_do_not_run_out(lab: Lab) -> Outcome {
    let rig = Rig::with(lab, &NetworkManagerOptions::default(), fixed_v4).await?;
    let options = Options { prefer_metric: 3, ..Options::default() };
    let profiles = [profile(WIFI, &rig.first), profile(LTE, &rig.second)];
    let mut bench = bench_with(options, &profiles).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let raised = Rest::of(&rig.lab).await?;
    take_turns(&rig, &mut bench).await?;
    prefer(&mut bench, None).await?;
    raised.again(&rig.lab).await?;
    bench.shut_down().await?;
    give_up_privileges()?;
    let mut bench = bench_with(options, &profiles).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    take_turns(&rig, &mut bench).await?;
    prefer(&mut bench, None).await?;
    bench.shut_down().await?;
    Ok(())
}
