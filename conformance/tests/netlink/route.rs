//! Who has the system default route? Only `Prefer` moves it, and never with a gap (C10, SPEC §7.4).

use crate::setup::{LTE, WIFI, bench, profile};
use netsession_backends::netlink::Profile;
use netsession_conformance::lab::{ECHO_PORT, Lab, Listener, Numbered, Outcome, SERVICE_V4, SERVICE_V6};
use netsession_fsm::words::Cause;
use rtnetlink::packet_route::RouteNetlinkMessage;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;

/// The address an unbound socket would use towards the service: it tells which link has the default route.
pub(crate) async fn source(service: IpAddr) -> std::io::Result<IpAddr> {
    let any: IpAddr = if service.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(SocketAddr::new(service, ECHO_PORT)).await?;
    Ok(socket.local_addr()?.ip())
}

pub(crate) async fn raise_pushes_no_default_route_aside(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let home = lab.plug_in("home0", 3).await?;
    lab.wire.set_up("home0", true).await?;
    lab.wire.add_address("home0", home.v4.0, home.v4.1).await?;
    lab.wire.add_default("home0", home.gateway_v4, 200).await?;
    let mut bench = bench(&[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    bench.up(WIFI).await?;
    assert_eq!(source(SERVICE_V4.into()).await?, home.v4.0);
    bench.up(LTE).await?;
    assert_eq!(source(SERVICE_V4.into()).await?, home.v4.0);
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("Priority(201)").filter(|line| line.contains("10.1.0.1")).count(), 1, "{dump}");
    assert_eq!(dump.about("Priority(202)").filter(|line| line.contains("10.2.0.1")).count(), 1, "{dump}");
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    assert_eq!(source(SERVICE_V4.into()).await?, lte.v4.0);
    // raised again under a preferred route: still behind the foreign one
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    bench.up(WIFI).await?;
    let op = bench.prefer(None);
    assert_eq!(bench.route(op).await?, Ok(()));
    assert_eq!(source(SERVICE_V4.into()).await?, home.v4.0);
    bench.shut_down().await?;
    Ok(())
}

/// Gives the system a default route into nowhere: whatever is sent in a moment without a preferred one is lost.
async fn nowhere(lab: &Lab) -> Outcome {
    let home = lab.plug_in("home0", 3).await?;
    lab.wire.set_up("home0", true).await?;
    lab.wire.add_address("home0", home.v4.0, home.v4.1).await?;
    lab.wire.add_address("home0", home.v6.0, home.v6.1).await?;
    lab.wire.add_default("home0", "10.3.0.99".parse()?, 90).await?;
    lab.wire.add_default("home0", "fd00:3::99".parse()?, 90).await?;
    Ok(())
}

/// Moves the default route to and fro under traffic towards a service.
async fn move_under_traffic(lab: &Lab, profiles: &[Profile; 2], service: IpAddr, sources: [IpAddr; 2]) -> Outcome {
    const SWITCHES: usize = 20;
    nowhere(lab).await?;
    let mut bench = bench(profiles).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let raised = lab.wire.settled().await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Ok(()));
    let any: IpAddr = if service.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    let (listener, start) = (Listener::start()?, Instant::now());
    let numbered = Numbered::start(socket, (service, ECHO_PORT).into(), Duration::from_millis(1));
    for switch in 1..=SWITCHES {
        let op = bench.prefer(Some([WIFI, LTE][switch % 2]));
        assert_eq!(bench.route(op).await?, Ok(()));
        assert_eq!(source(service).await?, sources[switch % 2]);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let tally = numbered.stop().await?;
    println!("{SWITCHES} switches, {} datagrams, longest quiet {:?}", tally.sent, tally.quiet);
    assert!(tally.sent > 200, "{tally:?}");
    assert!(tally.lost.is_empty(), "{tally:?}");
    // shorter than any pace: the kernel never took one away, it replaced
    let removed = listener.first_after(start, |message| matches!(message, RouteNetlinkMessage::DelRoute(_)));
    assert!(removed.is_none(), "{removed:?}");
    let replaced = listener.first_after(start, |message| matches!(message, RouteNetlinkMessage::NewRoute(_)));
    assert!(replaced.is_some(), "the listener hears routes");
    let op = bench.prefer(None);
    assert_eq!(bench.route(op).await?, Ok(()));
    lab.wire.becomes(&raised).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn prefer_moves_without_a_gap(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let profiles = [profile(WIFI, &wifi), profile(LTE, &lte)];
    move_under_traffic(&lab, &profiles, SERVICE_V4.into(), [wifi.v4.0, lte.v4.0]).await
}

pub(crate) async fn prefer_moves_ipv6(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let mut profiles = [profile(WIFI, &wifi), profile(LTE, &lte)];
    profiles[0].gateway = Some(wifi.gateway_v6);
    profiles[1].gateway = Some(lte.gateway_v6);
    move_under_traffic(&lab, &profiles, SERVICE_V6.into(), [wifi.v6.0, lte.v6.0]).await
}

pub(crate) async fn prefer_beats_a_better_foreign_route(lab: Lab) -> Outcome {
    let (wifi, home) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("home0", 3).await?);
    lab.wire.set_up("home0", true).await?;
    lab.wire.add_address("home0", home.v4.0, home.v4.1).await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    let mut foreign = None;
    // worse, the same as ours would be, better
    for metric in [60, 50, 20] {
        if let Some(old) = foreign.replace(metric) {
            lab.wire.remove_default("home0", home.gateway_v4, old).await?;
        }
        lab.wire.add_default("home0", home.gateway_v4, metric).await?;
        let before = lab.wire.settled().await?;
        let op = bench.prefer(Some(WIFI));
        assert_eq!(bench.route(op).await?, Ok(()), "foreign metric {metric}");
        assert_eq!(source(SERVICE_V4.into()).await?, wifi.v4.0, "foreign metric {metric}");
        let op = bench.prefer(None);
        assert_eq!(bench.route(op).await?, Ok(()));
        lab.wire.becomes(&before).await?;
    }
    lab.wire.add_default("home0", home.gateway_v4, 0).await?;
    let before = lab.wire.settled().await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Err(Cause::Route), "nothing is before metric 0");
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn prefer_of_what_cannot_be_is_refused(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let mut profiles = [profile(WIFI, &wifi), profile(LTE, &lte)];
    profiles[1].gateway = None;
    let mut bench = bench(&profiles).await?;
    let before = lab.wire.settled().await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Err(Cause::Route), "not raised");
    lab.wire.becomes(&before).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Err(Cause::Route), "no gateway");
    lab.router.unplug("wifi0").await?;
    bench.becomes(WIFI, netsession_fsm::words::ConfigurationState::Defined, Cause::Vanished).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Err(Cause::Vanished));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn only_the_newest_prefer_is_answered(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let mut bench = bench(&[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    bench.prefer(Some(WIFI));
    bench.prefer(None);
    let op = bench.prefer(Some(LTE));
    // an answer to one of the others would break the contract
    assert_eq!(bench.route(op).await?, Ok(()));
    assert_eq!(source(SERVICE_V4.into()).await?, lte.v4.0);
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn preferred_link_goes_away(lab: Lab) -> Outcome {
    use netsession_fsm::words::ConfigurationState::{Defined, Discovered};
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let mut bench = bench(&[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    lab.wire.set_up("lte0", false).await?;
    bench.becomes(LTE, Discovered, Cause::TakenDown).await?;
    assert_eq!(source(SERVICE_V4.into()).await?, wifi.v4.0);
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Ok(()));
    lab.router.unplug("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    assert_eq!(source(SERVICE_V4.into()).await?, lte.v4.0);
    let op = bench.prefer(None);
    assert_eq!(bench.route(op).await?, Ok(()));
    bench.shut_down().await?;
    Ok(())
}
