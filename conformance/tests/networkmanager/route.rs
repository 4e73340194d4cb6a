//! Who has the system default route? Only `Prefer` moves it, and never with a gap (C10, SPEC §7.4).

use crate::setup::{Executor, LTE, Rest, Rig, WIFI, echo, full, profile};
use netsession_conformance::lab::daemons::{Bus, Dhcp, DhcpOptions, Keyfile, NetworkManager, NetworkManagerOptions};
use netsession_conformance::lab::{ECHO_PORT, Lab, Listener, Numbered, Outcome, Plug, SERVICE_V4, SERVICE_V6, give_up_privileges};
use netsession_fsm::words::AccessPointId;
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Active, Defined, Discovered};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::route::{RouteAttribute, RouteMessage};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;

/// The address an unbound socket would use towards the service: it tells which link has the default route.
pub(crate) async fn source(service: impl Into<IpAddr>) -> std::io::Result<IpAddr> {
    let service = service.into();
    let any: IpAddr = if service.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(SocketAddr::new(service, ECHO_PORT)).await?;
    Ok(socket.local_addr()?.ip())
}

/// Prefers a link and expects that to succeed.
pub(crate) async fn prefer(bench: &mut Executor, access_point: Option<AccessPointId>) -> Outcome {
    let op = bench.prefer(access_point);
    assert_eq!(bench.route(op).await?, Ok(()));
    Ok(())
}

/// Fixed addresses of IPv4 only.
pub(crate) fn fixed_v4(id: &str, plug: &Plug) -> Keyfile {
    let address = format!("{}/{},{}", plug.v4.0, plug.v4.1, plug.gateway_v4);
    Keyfile::new(id, plug).set("ipv4", "method", "manual").set("ipv4", "address1", &address)
}

pub(crate) async fn raise_pushes_no_default_route_aside(lab: Lab) -> Outcome {
    let home = lab.plug_in("home0", 3).await?;
    let rig = Rig::new(lab).await?;
    // somebody else's link, with a route that is worse than NetworkManager's would be
    rig.home(&home, 200).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    let listener = Listener::start()?;
    let start = Instant::now();
    for access_point in [WIFI, LTE] {
        let carrier = full(&mut bench, access_point).await?;
        assert_eq!(source(SERVICE_V4).await?, home.v4.0);
        assert_eq!(source(SERVICE_V6).await?, home.v6.0);
        echo(&carrier).await?;
    }
    let removed = listener.first_after(start, |message| matches!(message, RouteNetlinkMessage::DelRoute(route) if is_default(route)));
    assert!(removed.is_none(), "{removed:?}");
    prefer(&mut bench, Some(LTE)).await?;
    assert_eq!((source(SERVICE_V4).await?, source(SERVICE_V6).await?), (rig.lte.v4.0, rig.lte.v6.0));
    prefer(&mut bench, None).await?;
    assert_eq!((source(SERVICE_V4).await?, source(SERVICE_V6).await?), (home.v4.0, home.v6.0));
    for access_point in [WIFI, LTE] {
        let op = bench.lower(access_point);
        bench.done(access_point, op).await?;
        assert_eq!(source(SERVICE_V4).await?, home.v4.0);
    }
    before.again(&rig.lab).await?;
    bench.shut_down().await?;
    before.again(&rig.lab).await
}

fn is_default_through(route: &RouteMessage, interface: u32) -> bool {
    is_default(route) && route.attributes.contains(&RouteAttribute::Oif(interface))
}

fn is_default(route: &RouteMessage) -> bool {
    route.header.destination_prefix_length == 0
}

pub(crate) async fn raise_pushes_no_link_of_networkmanager_aside(lab: Lab) -> Outcome {
    let file = |id: &str, plug: &Plug| {
        let metric = if id == "wifi" { "600" } else { "100" };
        Keyfile::fixed(id, plug).set("ipv4", "route-metric", metric).set("ipv6", "route-metric", metric)
    };
    let rig = Rig::with(lab, &NetworkManagerOptions::default(), file).await?;
    rig.nm.activate(rig.first.uuid()).await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    let before = Rest::of(&rig.lab).await?;
    let mut bench = rig.bench().await?;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    let numbered = Numbered::start(socket, (SERVICE_V4, ECHO_PORT).into(), Duration::from_millis(1));
    full(&mut bench, LTE).await?;
    assert_eq!((source(SERVICE_V4).await?, source(SERVICE_V6).await?), (rig.wifi.v4.0, rig.wifi.v6.0));
    let op = bench.lower(LTE);
    bench.done(LTE, op).await?;
    let tally = numbered.stop().await?;
    assert!(tally.lost.is_empty(), "{tally:?}");
    before.again(&rig.lab).await?;
    bench.shut_down().await?;
    before.again(&rig.lab).await
}

pub(crate) async fn prefer_interrupts_no_lease(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let bus = Bus::start().await?;
    let options = DhcpOptions { v6: true, ..DhcpOptions::default() };
    let servers = (Dhcp::start(&lab, &wifi, options).await?, Dhcp::start(&lab, &lte, options).await?);
    let file = |id, plug| Keyfile::dhcp(id, plug).set("ipv4", "dhcp-timeout", "2").set("ipv6", "method", "auto");
    let (first, second) = (file("wifi", &wifi), file("lte", &lte));
    let _nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&first, &second]).await?;
    let mut bench = crate::setup::bench(&[profile(WIFI, &first), profile(LTE, &second)]).await?;
    let carriers = [full(&mut bench, WIFI).await?, full(&mut bench, LTE).await?];
    drop(servers);
    for at in [1, 0, 1] {
        prefer(&mut bench, Some([WIFI, LTE][at])).await?;
        let leased = carriers[at].addresses.iter().find(|address| address.is_ipv4());
        assert_eq!(Some(&source(SERVICE_V4).await?), leased);
    }
    prefer(&mut bench, None).await?;
    // longer than a client would wait for an answer
    tokio::time::sleep(Duration::from_secs(3)).await;
    for (access_point, carrier) in [WIFI, LTE].into_iter().zip(&carriers) {
        assert_eq!(bench.link(access_point).map(|link| link.state), Some(Active));
        echo(carrier).await?;
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn prefer_without_privilege(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    rig.nm.activate(rig.first.uuid()).await?;
    rig.nm.becomes(rig.first.uuid(), Some(2)).await?;
    let before = Rest::of(&rig.lab).await?;
    // NetworkManager still takes our word; the kernel does not
    give_up_privileges()?;
    let mut bench = rig.bench().await?;
    let listener = Listener::start()?;
    let start = Instant::now();
    full(&mut bench, LTE).await?;
    assert_eq!(source(SERVICE_V4).await?, rig.wifi.v4.0);
    // the route that is to stay was put first before the other one came
    let new = |interface| {
        listener.first_after(
            start,
            move |message| matches!(message, RouteNetlinkMessage::NewRoute(route) if is_default_through(route, interface)),
        )
    };
    let [first, then] =
        [new(rig.lab.wire.index("wifi0").await?), new(rig.lab.wire.index("lte0").await?)].map(|heard| heard.map(|heard| heard.at));
    assert!(first.is_some() && first < then, "{first:?} {then:?}");
    for (access_point, plug) in [(LTE, &rig.lte), (WIFI, &rig.wifi), (LTE, &rig.lte)] {
        prefer(&mut bench, Some(access_point)).await?;
        assert_eq!((source(SERVICE_V4).await?, source(SERVICE_V6).await?), (plug.v4.0, plug.v6.0));
        assert_eq!(bench.link(access_point).map(|link| link.state), Some(Active));
    }
    prefer(&mut bench, None).await?;
    assert_eq!(source(SERVICE_V4).await?, rig.wifi.v4.0);
    let op = bench.lower(LTE);
    bench.done(LTE, op).await?;
    before.again(&rig.lab).await?;
    bench.shut_down().await?;
    before.again(&rig.lab).await
}

pub(crate) async fn prefer_beats_a_better_foreign_route(lab: Lab) -> Outcome {
    let home = lab.plug_in("home0", 3).await?;
    let rig = Rig::new(lab).await?;
    rig.home(&home, 60).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    let mut before = 60;
    // worse, the same as ours would be, better
    for metric in [60, 50, 20] {
        for gateway in [home.gateway_v4, home.gateway_v6] {
            rig.lab.wire.remove_default("home0", gateway, before).await?;
            rig.lab.wire.add_default("home0", gateway, metric).await?;
        }
        before = metric;
        prefer(&mut bench, Some(WIFI)).await?;
        assert_eq!(source(SERVICE_V4).await?, rig.wifi.v4.0, "foreign metric {metric}");
        prefer(&mut bench, None).await?;
        assert_eq!(source(SERVICE_V4).await?, home.v4.0, "foreign metric {metric}");
    }
    rig.lab.wire.add_default("home0", home.gateway_v4, 0).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Err(Cause::Route), "nothing is before metric 0");
    assert_eq!(source(SERVICE_V4).await?, home.v4.0);
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn prefer_of_what_cannot_be_is_refused(lab: Lab) -> Outcome {
    let file = |id: &str, plug: &Plug| {
        let never = if id == "lte" { "true" } else { "false" };
        Keyfile::fixed(id, plug).set("ipv4", "never-default", never).set("ipv6", "never-default", never)
    };
    let rig = Rig::with(lab, &NetworkManagerOptions::default(), file).await?;
    let mut bench = rig.bench().await?;
    let before = Rest::of(&rig.lab).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Err(Cause::Route), "not raised");
    before.again(&rig.lab).await?;
    bench.up(LTE).await?;
    let op = bench.prefer(Some(LTE));
    assert_eq!(bench.route(op).await?, Err(Cause::Route), "its profile wants no default route");
    rig.lab.router.unplug("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    let op = bench.prefer(Some(WIFI));
    assert_eq!(bench.route(op).await?, Err(Cause::Vanished));
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn only_the_newest_prefer_is_answered(lab: Lab) -> Outcome {
    let rig = Rig::with(lab, &NetworkManagerOptions::default(), fixed_v4).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    for (first, then) in [((WIFI, &rig.wifi), (LTE, &rig.lte)), ((LTE, &rig.lte), (WIFI, &rig.wifi))] {
        bench.prefer(Some(first.0));
        // the first may be on its way already
        tokio::task::yield_now().await;
        bench.prefer(None);
        let op = bench.prefer(Some(then.0));
        // an answer to one of the others would break the contract
        assert_eq!(bench.route(op).await?, Ok(()));
        assert_eq!(source(SERVICE_V4).await?, then.1.v4.0);
    }
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn preferred_link_goes_away(lab: Lab) -> Outcome {
    let rig = Rig::new(lab).await?;
    let mut bench = rig.bench().await?;
    bench.up(WIFI).await?;
    bench.up(LTE).await?;
    prefer(&mut bench, Some(LTE)).await?;
    rig.nm.deactivate(rig.second.uuid()).await?;
    bench.becomes(LTE, Discovered, Cause::TakenDown).await?;
    rig.nm.becomes(rig.second.uuid(), None).await?;
    assert_eq!(source(SERVICE_V4).await?, rig.wifi.v4.0);
    bench.up(LTE).await?;
    assert_eq!(source(SERVICE_V4).await?, rig.wifi.v4.0, "preferred no more");
    prefer(&mut bench, Some(LTE)).await?;
    assert_eq!(source(SERVICE_V4).await?, rig.lte.v4.0);
    // cut: whoever is preferred next gets it, though NetworkManager keeps the dead link's routes for 6 s
    rig.lab.router.cut("lte0").await?;
    bench.becomes(LTE, Defined, Cause::CarrierLost).await?;
    prefer(&mut bench, Some(WIFI)).await?;
    assert_eq!((source(SERVICE_V4).await?, source(SERVICE_V6).await?), (rig.wifi.v4.0, rig.wifi.v6.0));
    bench.shut_down().await?;
    Ok(())
}
