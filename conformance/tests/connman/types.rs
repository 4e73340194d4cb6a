//! Does the default route stay where it belongs though ConnMan sorts its services by type? (C10)

use crate::setup::{LTE, WIFI, echo, profile, service};
use netsession_backends::connman::{Connman as Executor, Options, Profile};
use netsession_conformance::lab::daemons::{Bus, Connman, ConnmanOptions, Dhcp, DhcpOptions};
use netsession_conformance::lab::{Bench, ECHO_PORT, Lab, Outcome, Plug, SERVICE_V4};
use netsession_fsm::words::ConfigurationState::{Active, Discovered};
use netsession_fsm::words::{AccessPointId, Cause};
use nix::mount::{MsFlags, mount};
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tokio::net::UdpSocket;

/// The third access point.
const HOME: AccessPointId = AccessPointId(2);

/// A cable, another one, and one that ConnMan takes for a gadget: it sorts those behind.
struct Types {
    wifi: Plug,
    gadget: String,
    home: Plug,
    connman: Connman,
    bench: Bench<Executor>,
    _given: (Bus, Dhcp),
}

impl Types {
    async fn new(lab: &Lab) -> Result<Self, Box<dyn Error>> {
        let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
        let home = lab.plug_in("home0", 3).await?;
        let bus = Bus::start().await?;
        // what the kernel says of a USB gadget's network device
        let (said, says) = ("/run/uevent", "/sys/devices/virtual/net/lte0/uevent");
        std::fs::write(said, format!("{}DEVTYPE=gadget\n", std::fs::read_to_string(says)?))?;
        mount(Some(said), says, None::<&str>, MsFlags::MS_BIND, None::<&str>)?;
        let dhcp = Dhcp::start(lab, &lte, DhcpOptions::default()).await?;
        let options = ConnmanOptions { fixed: vec![wifi.clone(), home.clone()], ..ConnmanOptions::default() };
        let connman = Connman::start(&bus, &options).await?;
        crate::setup::listed(&connman, &wifi).await?;
        crate::setup::listed(&connman, &home).await?;
        let powered = ("Powered", zbus::Variant::from(true));
        let technology = "/net/connman/technology/gadget";
        let call = bus.connection().call_method(Some("net.connman"), technology, Some("net.connman.Technology"), "SetProperty", &powered);
        call.await?;
        let gadget = service(&lte).replace("ethernet_", "gadget_").replace("_cable", "_usb");
        connman.becomes(&gadget, Some("idle")).await?;
        let profiles =
            vec![profile(WIFI, &wifi), Profile { access_point: LTE, service: Some(gadget.clone()), interface: None }, profile(HOME, &home)];
        let mut bench = Bench::new(Executor::new(Options::default(), profiles)?, [WIFI, LTE, HOME]).await?;
        for access_point in [WIFI, LTE, HOME] {
            bench.becomes(access_point, Discovered, Cause::Unknown).await?;
        }
        Ok(Self { wifi, gadget, home, connman, bench, _given: (bus, dhcp) })
    }

    /// Waits until the default route goes through an interface.
    async fn default_is(&self, addresses: &[IpAddr]) -> Outcome {
        let there = async {
            // for a moment there may be none
            while !source().await.is_ok_and(|source| addresses.contains(&source)) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        };
        tokio::time::timeout(Duration::from_secs(20), there).await?
    }
}

/// The address an unbound socket would use towards the service: it tells which link has the default route.
async fn source() -> std::io::Result<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    socket.connect((SERVICE_V4, ECHO_PORT)).await?;
    Ok(socket.local_addr()?.ip())
}

pub(crate) async fn raise_of_a_better_type_pushes_nobody_aside(lab: Lab) -> Outcome {
    let mut types = Types::new(&lab).await?;
    let before = lab.wire.settled().await?;
    let gadget = types.bench.up(LTE).await?;
    for access_point in [WIFI, HOME] {
        let carrier = types.bench.up(access_point).await?;
        assert!(gadget.addresses.contains(&source().await?), "when the raise is done");
        echo(&carrier).await?;
        echo(&gadget).await?;
    }
    // left to itself ConnMan gives it to the cable
    for access_point in [LTE, WIFI, HOME] {
        let op = types.bench.lower(access_point);
        types.bench.done(access_point, op).await?;
    }
    types.connman.connect(&types.gadget).await?;
    types.bench.becomes(LTE, Active, Cause::Unknown).await?;
    types.connman.connect(&service(&types.wifi)).await?;
    types.default_is(&[types.wifi.v4.0]).await?;
    for service in [&service(&types.wifi), &types.gadget] {
        types.connman.disconnect(service).await?;
    }
    types.bench.shut_down().await?;
    crate::setup::but_for_ipv6_defaults(&lab, &before).await
}

pub(crate) async fn preferred_link_keeps_it_when_connman_sorts(lab: Lab) -> Outcome {
    let mut types = Types::new(&lab).await?;
    types.bench.up(WIFI).await?;
    let gadget = types.bench.up(LTE).await?;
    let op = types.bench.prefer(Some(LTE));
    assert_eq!(types.bench.route(op).await?, Ok(()));
    assert!(gadget.addresses.contains(&source().await?));
    // somebody else connects a service: ConnMan sorts all of them
    types.connman.connect(&service(&types.home)).await?;
    types.bench.becomes(HOME, Active, Cause::Unknown).await?;
    crate::setup::caught_up(&mut types.bench).await?;
    types.default_is(&gadget.addresses).await?;
    // the wish ends, and with it the holding
    let op = types.bench.prefer(None);
    assert_eq!(types.bench.route(op).await?, Ok(()));
    types.default_is(&[types.wifi.v4.0]).await?;
    types.bench.shut_down().await?;
    types.connman.becomes(&service(&types.home), Some("ready")).await?;
    Ok(())
}
