//! Who has the system default route? Only `Prefer` moves it, by ConnMan's own order (C10, SPEC §7.4).

use crate::setup::{LTE, Stand, WIFI, both_active, both_idle, echo, service};
use netsession_conformance::lab::daemons::Connman;
use netsession_conformance::lab::{ECHO_PORT, Lab, Listener, Numbered, Outcome, SERVICE_V4};
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::route::RouteHeader;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;

/// The address an unbound socket would use towards the service: it tells which link has the default route.
async fn source() -> std::io::Result<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    socket.connect((SERVICE_V4, ECHO_PORT)).await?;
    Ok(socket.local_addr()?.ip())
}

/// Connected services in ConnMan's order.
async fn order(connman: &Connman) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let all = connman.services().await?;
    Ok(all.iter().map(|(path, _)| path.as_str().rsplit('/').next().unwrap_or_default().to_owned()).collect())
}

pub(crate) async fn raise_pushes_no_default_route_aside(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    for (first, second) in [(WIFI, LTE), (LTE, WIFI)] {
        let has_it = bench.up(first).await?.addresses;
        let carrier = bench.up(second).await?;
        assert!(has_it.contains(&source().await?));
        echo(&carrier).await?;
        let op = bench.prefer(Some(second));
        assert_eq!(bench.route(op).await?, Ok(()));
        assert!(carrier.addresses.contains(&source().await?));
        // raised again beside a preferred one: it still has it
        let op = bench.lower(first);
        bench.done(first, op).await?;
        bench.up(first).await?;
        assert!(carrier.addresses.contains(&source().await?));
        let op = bench.prefer(None);
        assert_eq!(bench.route(op).await?, Ok(()));
        for link in [first, second] {
            let op = bench.lower(link);
            bench.done(link, op).await?;
        }
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn prefer_moves_under_traffic(lab: Lab) -> Outcome {
    const SWITCHES: usize = 20;
    let stand = Stand::by_itself(&lab).await?;
    let mut bench = stand.bench().await?;
    both_active(&mut bench).await?;
    let (before, found) = (lab.wire.settled().await?, order(&stand.connman).await?);
    let sources = [stand.wifi.v4.0, stand.lte.v4.0];
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Ok(()));
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    let (listener, start) = (Listener::start()?, Instant::now());
    let numbered = Numbered::start(socket, (SERVICE_V4, ECHO_PORT).into(), Duration::from_millis(1));
    let mut moments = Vec::new();
    for switch in 1..=SWITCHES {
        let asked = Instant::now();
        let op = bench.prefer(Some([WIFI, LTE][switch % 2]));
        assert_eq!(bench.route(op).await?, Ok(()));
        moments.push(asked.elapsed());
        assert_eq!(source().await?, sources[switch % 2]);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let tally = numbered.stop().await?;
    moments.sort();
    println!("{SWITCHES} switches, each {:?} (median)", moments[SWITCHES / 2]);
    println!("{} datagrams of sockets that are not bound, {} lost, longest quiet {:?}", tally.sent, tally.lost.len(), tally.quiet);
    let main = |message: &RouteNetlinkMessage| match message {
        RouteNetlinkMessage::DelRoute(route) => {
            route.header.table == RouteHeader::RT_TABLE_MAIN && route.header.destination_prefix_length == 0
        }
        _ => false,
    };
    if let Some(removed) = listener.first_after(start, main)
        && let Some(added) = listener.first_after(removed.at, |message| matches!(message, RouteNetlinkMessage::NewRoute(_)))
    {
        println!("the main table is without default route for {:?}", added.at - removed.at);
    }
    assert!(tally.sent > 200, "{tally:?}");
    assert!(tally.lost.is_empty(), "{tally:?}");
    let op = bench.prefer(None);
    assert_eq!(bench.route(op).await?, Ok(()));
    lab.wire.becomes(&before).await?;
    assert_eq!(order(&stand.connman).await?, found);
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn prefer_of_what_cannot_be_is_refused(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let before = lab.wire.settled().await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Err(Cause::Route), "not raised");
    lab.wire.becomes(&before).await?;
    lab.router.unplug("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Err(Cause::Vanished));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn only_the_newest_prefer_is_answered(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    bench.prefer(Some(LTE));
    bench.prefer(None);
    bench.prefer(Some(WIFI));
    let op = bench.prefer(Some(LTE));
    // an answer to one of the others would break the contract
    assert_eq!(bench.route(op).await?, Ok(()));
    assert_eq!(source().await?, stand.lte.v4.0);
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn preferred_link_goes_away(lab: Lab) -> Outcome {
    let stand = Stand::new(&lab).await?;
    let mut bench = stand.bench().await?;
    both_idle(&mut bench).await?;
    let before = lab.wire.settled().await?;
    let wifi = bench.up(WIFI).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    stand.connman.disconnect(&service(&stand.lte)).await?;
    bench.becomes(LTE, Discovered, Cause::TakenDown).await?;
    assert_eq!(source().await?, stand.wifi.v4.0);
    // up again it waits for the next prefer
    let lte = bench.up(LTE).await?;
    assert_eq!(source().await?, stand.wifi.v4.0);
    echo(&lte).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Ok(()));
    lab.router.cut("lte0").await?;
    bench.becomes(LTE, Defined, Cause::CarrierLost).await?;
    stand.connman.becomes(&service(&stand.lte), None).await?;
    assert_eq!(source().await?, stand.wifi.v4.0);
    echo(&wifi).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Ok(()));
    lab.router.mend("lte0").await?;
    bench.becomes(LTE, Discovered, Cause::Unknown).await?;
    assert_eq!(bench.link(WIFI).map(|link| link.state), Some(Active));
    bench.shut_down().await?;
    lab.wire.becomes(&before).await
}
