//! What do all labs begin with? The bus, NetworkManager with profiles for two access points, and the executor on the bench.

use netsession_backends::bind;
use netsession_backends::executor::{Carrier, Event};
use netsession_backends::networkmanager::{self, Options, Profile};
use netsession_conformance::lab::daemons::{Bus, Keyfile, NetworkManager, NetworkManagerOptions};
use netsession_conformance::lab::{Bench, Dump, ECHO_PORT, Lab, Outcome, Plug, SERVICE_V4};
use netsession_fsm::hub::Report;
use netsession_fsm::words::{AccessPointId, OperationId};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The first access point.
pub(crate) const WIFI: AccessPointId = AccessPointId(0);
/// The second access point.
pub(crate) const LTE: AccessPointId = AccessPointId(1);

/// What can go wrong around a lab.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The executor on the bench.
pub(crate) type Executor = Bench<networkmanager::NetworkManager>;

/// Two access points with fixed addresses under NetworkManager, and nothing active.
pub(crate) struct Rig {
    pub(crate) lab: Lab,
    pub(crate) bus: Bus,
    pub(crate) nm: NetworkManager,
    pub(crate) wifi: Plug,
    pub(crate) lte: Plug,
    pub(crate) first: Keyfile,
    pub(crate) second: Keyfile,
}

impl Rig {
    /// With fixed addresses of both families.
    pub(crate) async fn new(lab: Lab) -> Result<Self> {
        Self::with(lab, &NetworkManagerOptions::default(), Keyfile::fixed).await
    }

    /// With profiles made by `profile`.
    pub(crate) async fn with(lab: Lab, options: &NetworkManagerOptions, profile: impl Fn(&str, &Plug) -> Keyfile) -> Result<Self> {
        let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
        let bus = Bus::start().await?;
        let (first, second) = (profile("wifi", &wifi), profile("lte", &lte));
        let nm = NetworkManager::start(&bus, options, &[&first, &second]).await?;
        Ok(Self { lab, bus, nm, wifi, lte, first, second })
    }

    /// A link of somebody else, which NetworkManager leaves alone, with default routes of both families.
    pub(crate) async fn home(&self, home: &Plug, metric: u32) -> Outcome {
        let wire = &self.lab.wire;
        wire.set_up(&home.name, true).await?;
        wire.add_address(&home.name, home.v4.0, home.v4.1).await?;
        wire.add_address(&home.name, home.v6.0, home.v6.1).await?;
        wire.add_default(&home.name, home.gateway_v4, metric).await?;
        wire.add_default(&home.name, home.gateway_v6, metric).await?;
        Ok(())
    }

    /// The executor with both access points.
    pub(crate) async fn bench(&self) -> Result<Executor> {
        bench(&[profile(WIFI, &self.first), profile(LTE, &self.second)]).await
    }
}

/// How the namespace stands, but for what NetworkManager leaves of IPv6 on a device it had activated for the first time: whether
/// there is a multicast route, and a link-local address of whose making.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rest(BTreeSet<String>);

impl Rest {
    /// Now, when nothing changes any more.
    pub(crate) async fn of(lab: &Lab) -> Result<Self> {
        Ok(Self::new(&lab.wire.settled().await?))
    }

    fn new(dump: &Dump) -> Self {
        let matters = |line: &&str| !line.contains("(ff00::)") && !line.contains("(fe80::");
        Self(dump.to_string().lines().filter(matters).map(Into::into).collect())
    }

    /// Waits until everything is so again.
    pub(crate) async fn again(&self, lab: &Lab) -> Outcome {
        const TRIES: u32 = 200;
        let mut now = Self::new(&lab.wire.dump().await?);
        for _ in 0..TRIES {
            if now == *self {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            now = Self::new(&lab.wire.dump().await?);
        }
        let (missing, more): (Vec<_>, Vec<_>) = (self.0.difference(&now.0).collect(), now.0.difference(&self.0).collect());
        Err(format!("not as it was before: missing {missing:#?}, more {more:#?}").into())
    }
}

/// An access point by the UUID of its connection profile.
pub(crate) fn profile(access_point: AccessPointId, keyfile: &Keyfile) -> Profile {
    Profile { access_point, connection: Some(keyfile.uuid().into()), interface: None }
}

/// The executor with these profiles.
pub(crate) async fn bench(profiles: &[Profile]) -> Result<Executor> {
    bench_with(Options::default(), profiles).await
}

/// The executor with these profiles and options.
pub(crate) async fn bench_with(options: Options, profiles: &[Profile]) -> Result<Executor> {
    let access_points: Vec<_> = profiles.iter().map(|profile| profile.access_point).collect();
    Ok(Bench::new(networkmanager::NetworkManager::new(options, profiles.to_vec())?, access_points).await?)
}

/// Raises a link and waits until it has addresses of both families: NetworkManager calls a connection activated when it has one.
pub(crate) async fn full(bench: &mut Executor, access_point: AccessPointId) -> Result<Carrier> {
    let both = |carrier: &Carrier| carrier.addresses.iter().any(IpAddr::is_ipv4) && carrier.addresses.iter().any(IpAddr::is_ipv6);
    let carrier = bench.up(access_point).await?;
    if both(&carrier) {
        return Ok(carrier);
    }
    let fits = |event: &Event| match event {
        Event::Carrier(of, carrier) if *of == access_point && both(carrier) => Some(carrier.clone()),
        _ => None,
    };
    Ok(bench.until("addresses of both families", fits).await?)
}

/// Sends something there and back through a carrier.
pub(crate) async fn echo(carrier: &Carrier) -> Outcome {
    echo_to(carrier, (SERVICE_V4, ECHO_PORT).into()).await
}

/// The same, to this address.
pub(crate) async fn echo_to(carrier: &Carrier, remote: SocketAddr) -> Outcome {
    let mut stream = bind::connect_tcp(carrier, remote).await?;
    stream.write_all(b"there and back").await?;
    let mut back = [0; 14];
    stream.read_exact(&mut back).await?;
    assert_eq!(&back, b"there and back");
    let from = stream.local_addr()?.ip();
    assert!(carrier.addresses.contains(&from), "{from} is not of {carrier:?}");
    Ok(())
}

/// The refresh was answered.
pub(crate) fn refreshed(event: &Event, asked: OperationId) -> Option<()> {
    matches!(event, Event::Report(Report::Refreshed { op, .. }) if *op == asked).then_some(())
}

/// NetworkManager went.
pub(crate) fn gone(event: &Event) -> Option<()> {
    matches!(event, Event::Report(Report::Gone { .. })).then_some(())
}

/// How everything stands was told anew.
pub(crate) fn resync(event: &Event) -> Option<()> {
    matches!(event, Event::Report(Report::Resync { .. })).then_some(())
}
