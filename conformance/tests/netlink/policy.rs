//! Does what is sent from a link's address go through that link, whoever has the default route? (C10, C11)

use crate::raise::echo;
use crate::setup::{LTE, WIFI, bench, bench_with, profile};
use futures::TryStreamExt;
use netsession_backends::bind;
use netsession_backends::executor::Event;
use netsession_backends::netlink::{Netlink, Options};
use netsession_conformance::lab::{Bench, ECHO_PORT, Lab, Outcome, Plug, SERVICE_V4, SERVICE_V6, Wire};
use netsession_fsm::hub::Report;
use netsession_fsm::words::Cause;
use netsession_fsm::words::ConfigurationState::{Defined, Discovered};
use rtnetlink::packet_route::route::RouteProtocol;
use rtnetlink::packet_route::rule::{RuleAction, RuleAttribute, RuleMessage};
use rtnetlink::{Handle, IpVersion, RouteMessageBuilder};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tokio::net::UdpSocket;

/// `net.ipv4.conf.all.rp_filter`.
const STRICT: &str = "/proc/sys/net/ipv4/conf/all/rp_filter";

/// Datagrams sent through an interface of this side so far.
fn sent(name: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let all = fs::read_to_string("/proc/thread-self/net/dev")?;
    let line = all.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(':')).ok_or("an interface")?;
    Ok(line.split_whitespace().nth(9).ok_or("a column")?.parse()?)
}

/// Sends datagrams to and fro through a socket that is bound to an address, and to nothing else; tells through which link they went.
async fn way(source: IpAddr) -> Result<[bool; 2], Box<dyn std::error::Error>> {
    const MANY: usize = 50;
    let service: IpAddr = if source.is_ipv4() { SERVICE_V4.into() } else { SERVICE_V6.into() };
    let socket = UdpSocket::bind(SocketAddr::new(source, 0)).await?;
    let before = [sent("wifi0")?, sent("lte0")?];
    for number in 0..MANY {
        socket.send_to(&number.to_be_bytes(), SocketAddr::new(service, ECHO_PORT)).await?;
        let mut back = [0; 16];
        let (length, _) = socket.recv_from(&mut back).await?;
        assert_eq!(back[..length], number.to_be_bytes());
    }
    let many = MANY as u64;
    Ok([sent("wifi0")? - before[0] >= many, sent("lte0")? - before[1] >= many])
}

pub(crate) async fn address_decides_the_link(lab: Lab) -> Outcome {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let before = lab.wire.settled().await?;
    for v6 in [false, true] {
        let mut profiles = [profile(WIFI, &wifi), profile(LTE, &lte)];
        if v6 {
            (profiles[0].gateway, profiles[1].gateway) = (Some(wifi.gateway_v6), Some(lte.gateway_v6));
        }
        let source = |plug: &Plug| if v6 { plug.v6.0 } else { plug.v4.0 };
        let mut bench = bench(&profiles).await?;
        bench.up(WIFI).await?;
        bench.up(LTE).await?;
        for preferred in [None, Some(WIFI), Some(LTE)] {
            let op = bench.prefer(preferred);
            assert_eq!(bench.route(op).await?, Ok(()));
            assert_eq!(way(source(&wifi)).await?, [true, false], "from wifi0, {preferred:?} preferred");
            assert_eq!(way(source(&lte)).await?, [false, true], "from lte0, {preferred:?} preferred");
        }
        for link in [WIFI, LTE] {
            let op = bench.lower(link);
            bench.done(link, op).await?;
        }
        lab.wire.becomes(&before).await?;
        bench.shut_down().await?;
    }
    Ok(())
}

pub(crate) async fn strict_reverse_paths_are_no_obstacle(lab: Lab) -> Outcome {
    fs::write(STRICT, "1")?;
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let mut bench = bench(&[profile(WIFI, &wifi), profile(LTE, &lte)]).await?;
    let carriers = [bench.up(WIFI).await?, bench.up(LTE).await?];
    for carrier in &carriers {
        echo(carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    }
    assert_eq!(way(lte.v4.0).await?, [false, true]);
    // bound to the device, and to no address
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    bind::to_interface(&socket, &carriers[1])?;
    socket.send_to(b"there", (SERVICE_V4, ECHO_PORT)).await?;
    let mut back = [0; 16];
    assert_eq!(socket.recv_from(&mut back).await?.0, 5);
    // and it is the rules that do it
    let handle = rules()?;
    let all: Vec<_> = handle.rule().get(IpVersion::V4).execute().try_collect().await?;
    for rule in all.into_iter().filter(|rule| rule.attributes.contains(&RuleAttribute::Source(lte.v4.0))) {
        handle.rule().del(rule).execute().await?;
    }
    socket.send_to(b"there", (SERVICE_V4, ECHO_PORT)).await?;
    let nothing = tokio::time::timeout(std::time::Duration::from_millis(500), socket.recv_from(&mut back)).await;
    assert!(nothing.is_err(), "{nothing:?}");
    bench.shut_down().await?;
    Ok(())
}

/// A socket to change rules and routes as others would.
fn rules() -> std::io::Result<Handle> {
    let (connection, handle, _) = rtnetlink::new_connection()?;
    tokio::spawn(connection);
    Ok(handle)
}

fn rule(source: [u8; 4], table: u32, priority: u32, protocol: RouteProtocol) -> RuleMessage {
    let mut message = RuleMessage::default();
    message.header.family = rtnetlink::packet_route::AddressFamily::Inet;
    message.header.src_len = 32;
    message.header.action = RuleAction::ToTable;
    message.attributes.extend([
        RuleAttribute::Source(Ipv4Addr::from(source).into()),
        RuleAttribute::Priority(priority),
        RuleAttribute::Table(table),
        RuleAttribute::Protocol(protocol),
    ]);
    message
}

async fn add(handle: &Handle, rule: RuleMessage) -> Outcome {
    let mut request = handle.rule().add();
    *request.message_mut() = rule;
    Ok(request.execute().await?)
}

pub(crate) async fn tables_of_others_are_left_alone(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let (handle, index) = (rules()?, lab.wire.index("wifi0").await?);
    let table = Options::default().table_base + index;
    // one table has a route of somebody's, the next one a rule
    let lo = lab.wire.index("lo").await?;
    let route = RouteMessageBuilder::<Ipv4Addr>::new().destination_prefix([192, 0, 2, 0].into(), 24).output_interface(lo);
    handle.route().add(route.table_id(table).build()).execute().await?;
    add(&handle, rule([192, 0, 2, 1], table + 1, 99, RouteProtocol::Static)).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about(&format!("Table({})", table + 2)).filter(|line| line.starts_with("rule")).count(), 2, "{dump}");
    assert_eq!(dump.about(&format!("Table({table})")).count(), 1, "{dump}");
    assert_eq!(dump.about(&format!("Table({})", table + 1)).count(), 1, "{dump}");
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

pub(crate) async fn what_a_killed_process_left_is_cleared(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let (handle, options, ours) = (rules()?, Options::default(), RouteProtocol::Other(78));
    let table = options.table_base + lab.wire.index("wifi0").await?;
    add(&handle, rule([10, 7, 0, 2], table + 40, options.rule_priority, ours)).await?;
    add(&handle, rule([10, 1, 0, 9], table, options.rule_priority, ours)).await?;
    let lo = lab.wire.index("lo").await?;
    let route = RouteMessageBuilder::<Ipv4Addr>::new().destination_prefix([192, 0, 2, 0].into(), 24).output_interface(lo);
    handle.route().add(route.table_id(table).protocol(ours).build()).execute().await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    let dump = lab.wire.dump().await?;
    assert_eq!(dump.about("rule").filter(|line| line.contains("Priority(7700)")).count(), 2, "{dump}");
    assert_eq!(dump.about("192.0.2.0").count(), 0, "{dump}");
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}

/// Waits until there are so many rules of ours.
async fn becomes(lab: &Lab, count: usize) -> Outcome {
    const TRIES: usize = 200;
    for _ in 0..TRIES {
        if lab.wire.dump().await?.about("rule").filter(|line| line.contains("Priority(7700)")).count() == count {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    Err(format!("never {count} rules:\n{}", lab.wire.dump().await?).into())
}

pub(crate) async fn rules_go_with_addresses_and_devices(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let mut bench = bench(&[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    becomes(&lab, 2).await?;
    lab.wire.remove_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    let ((), left) = tokio::join!(settle(&mut bench), becomes(&lab, 1));
    left?;
    bench.up(WIFI).await?;
    becomes(&lab, 2).await?;
    lab.wire.set_up("wifi0", false).await?;
    bench.becomes(WIFI, Discovered, Cause::TakenDown).await?;
    let ((), left) = tokio::join!(settle(&mut bench), becomes(&lab, 0));
    left?;
    let carrier = bench.up(WIFI).await?;
    echo(&carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    assert_eq!(way_alone(wifi.v4.0).await?, b"alone");
    lab.router.unplug("wifi0").await?;
    bench.becomes(WIFI, Defined, Cause::Vanished).await?;
    let ((), left) = tokio::join!(settle(&mut bench), becomes(&lab, 0));
    left?;
    bench.shut_down().await?;
    let gone = lab.wire.dump().await?;
    assert!(before.difference(&gone).lines().all(|line| line.starts_with('-') && !line.contains("lo")), "{}", before.difference(&gone));
    Ok(())
}

async fn settle(bench: &mut Bench<Netlink>) {
    let refresh = bench.refresh();
    let _ = bench.until("the refresh", |event| crate::raise::refreshed(event, refresh)).await;
}

async fn way_alone(source: IpAddr) -> std::io::Result<Vec<u8>> {
    let socket = UdpSocket::bind(SocketAddr::new(source, 0)).await?;
    socket.send_to(b"alone", (SERVICE_V4, ECHO_PORT)).await?;
    let mut back = vec![0; 16];
    let (length, _) = socket.recv_from(&mut back).await?;
    back.truncate(length);
    Ok(back)
}

pub(crate) async fn rules_are_mended_after_lost_events(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let options = Options { receive_buffer: 32 * 1024, ..Options::default() };
    let mut bench = bench_with(options, &[profile(WIFI, &wifi)]).await?;
    bench.up(WIFI).await?;
    // in a storm that the executor does not hear, somebody deletes the rules
    let storm = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (wire, handle) = (Wire::open()?, rules()?);
            for family in [IpVersion::V4, IpVersion::V6] {
                let all: Vec<_> = handle.rule().get(family).execute().try_collect().await?;
                for rule in all.into_iter().filter(|rule| rule.attributes.contains(&RuleAttribute::Priority(7700))) {
                    handle.rule().del(rule).execute().await?;
                }
            }
            for host in 1..250 {
                wire.add_address("lo", [127, 1, 0, host].into(), 32).await?;
            }
            for host in 1..250 {
                wire.remove_address("lo", [127, 1, 0, host].into(), 32).await?;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        })
    });
    storm.join().map_err(|_| "the storm panicked")?.map_err(|error| error.to_string())?;
    bench.until("a Resync", |event| matches!(event, Event::Report(Report::Resync { .. })).then_some(())).await?;
    becomes(&lab, 2).await?;
    let op = bench.lower(WIFI);
    bench.done(WIFI, op).await?;
    lab.wire.becomes(&before).await?;
    bench.shut_down().await?;
    Ok(())
}
