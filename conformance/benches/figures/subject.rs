//! What is measured? Two access points under one executor, with the real daemon behind it, and a client on them.

use netsession_backends::client::{Change, Changes, Client, Session};
use netsession_backends::executor::Executor;
use netsession_backends::{bind, connman, netlink, networkmanager};
use netsession_conformance::lab::daemons::{self, Bus, ConnmanOptions, Keyfile, NetworkManagerOptions};
use netsession_conformance::lab::{ECHO_PORT, Lab, Plug, SERVICE_V4};
use netsession_fsm::hub::{Notice, SessionOptions, Settings};
use netsession_fsm::words::{AccessPoint, AccessPointId, Bearer, ConfigurationState, Mode, Purpose};
use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;

/// The better access point.
pub(crate) const WLAN: &str = "wlan";
/// The other one.
pub(crate) const LTE: &str = "lte";
/// Both.
pub(crate) const NETWORK: &str = "internet";
/// Before each cut: the kernel's own delay is over.
pub(crate) const QUIET: Duration = Duration::from_secs(2);
/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Under whom the links are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Netlink,
    NetworkManager,
    Connman,
}

/// The daemon behind the links.
#[derive(Debug)]
pub(crate) enum Daemon {
    None,
    NetworkManager(daemons::NetworkManager),
    Connman(daemons::Connman),
}

/// Everything that is needed for a figure.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) lab: Lab,
    pub(crate) wlan: Plug,
    pub(crate) lte: Plug,
    pub(crate) daemon: Daemon,
    /// Ends when it is dropped.
    _bus: Option<Bus>,
    subject: Subject,
}

/// How a connection profile of NetworkManager is called by others.
pub(crate) fn uuid(plug: &Plug) -> String {
    keyfile(plug).uuid().to_owned()
}

fn keyfile(plug: &Plug) -> Keyfile {
    Keyfile::fixed(&plug.name, plug)
}

impl Stage {
    /// Both access points, and the daemon if there is one; no client yet.
    pub(crate) async fn new(lab: Lab, subject: Subject) -> Result<Self, Box<dyn Error>> {
        let (wlan, lte) = (lab.plug_in("wlan0", 1).await?, lab.plug_in("lte0", 2).await?);
        let (bus, daemon) = match subject {
            Subject::Netlink => {
                // an interface that is down does not notice that its cable is cut
                lab.wire.set_up(&wlan.name, true).await?;
                lab.wire.set_up(&lte.name, true).await?;
                (None, Daemon::None)
            }
            Subject::NetworkManager => {
                let bus = Bus::start().await?;
                let (first, second) = (keyfile(&wlan), keyfile(&lte));
                let daemon = daemons::NetworkManager::start(&bus, &NetworkManagerOptions::default(), &[&first, &second]).await?;
                (Some(bus), Daemon::NetworkManager(daemon))
            }
            Subject::Connman => {
                let bus = Bus::start().await?;
                let options = ConnmanOptions { fixed: vec![wlan.clone(), lte.clone()], ..ConnmanOptions::default() };
                let daemon = daemons::Connman::start(&bus, &options).await?;
                (Some(bus), Daemon::Connman(daemon))
            }
        };
        Ok(Self { lab, wlan, lte, daemon, _bus: bus, subject })
    }

    /// A client on both, when both are usable.
    pub(crate) async fn client(&self) -> Result<Client, Box<dyn Error>> {
        let (first, second) = (AccessPointId(0), AccessPointId(1));
        let executor: Box<dyn Executor> = match self.subject {
            Subject::Netlink => {
                let profile = |access_point, plug: &Plug| netlink::Profile {
                    access_point,
                    interface: plug.name.clone(),
                    addresses: vec![plug.v4, plug.v6],
                    gateway: Some(plug.gateway_v4),
                    dhcp: false,
                    slaac: false,
                    dns: Vec::new(),
                    metric: 100,
                };
                Box::new(netlink::Netlink::new(netlink::Options::default(), vec![profile(first, &self.wlan), profile(second, &self.lte)])?)
            }
            Subject::NetworkManager => {
                let profile = |access_point, plug: &Plug| networkmanager::Profile {
                    access_point,
                    connection: Some(uuid(plug)),
                    interface: Some(plug.name.clone()),
                };
                let profiles = vec![profile(first, &self.wlan), profile(second, &self.lte)];
                Box::new(networkmanager::NetworkManager::new(networkmanager::Options::default(), profiles)?)
            }
            Subject::Connman => {
                let profile =
                    |access_point, plug: &Plug| connman::Profile { access_point, service: None, interface: Some(plug.name.clone()) };
                Box::new(connman::Connman::new(connman::Options::default(), vec![profile(first, &self.wlan), profile(second, &self.lte)])?)
            }
        };
        let settings = Settings { settle: Duration::ZERO, ..Settings::default() };
        let mut builder = Client::builder().settings(settings).executors(vec![executor]);
        let wlan = builder.access_point(WLAN, AccessPoint { bearer: Bearer::Wlan, ..AccessPoint::default() });
        let lte = builder.access_point(LTE, AccessPoint { bearer: Bearer::Lte, ..AccessPoint::default() });
        builder.service_network(NETWORK, Purpose::Public, [wlan, lte]);
        let client = builder.start().await?;
        usable(&client, WLAN).await?;
        usable(&client, LTE).await?;
        Ok(client)
    }
}

/// Waits until a configuration can be opened.
pub(crate) async fn usable(client: &Client, name: &str) -> Result<(), Box<dyn Error>> {
    becomes(client, name, |state| state >= ConfigurationState::Discovered).await
}

/// Waits until a configuration's state fits.
pub(crate) async fn becomes(client: &Client, name: &str, fits: impl Fn(ConfigurationState) -> bool) -> Result<(), Box<dyn Error>> {
    let mut watch = client.watch();
    let look = async {
        while !fits(client.configuration(name)?.state) {
            watch.next().await.ok_or("the client ended")?;
        }
        Ok::<_, Box<dyn Error>>(())
    };
    tokio::time::timeout(PATIENCE, look).await.map_err(|_| format!("{name} does not become what it should"))?
}

/// A session.
pub(crate) async fn session(client: &Client, on: &str, mode: Mode) -> Result<Session, Box<dyn Error>> {
    Ok(client.session(on, SessionOptions { mode, ..SessionOptions::default() }).await?)
}

/// Waits for a notice that fits; tells when it came.
pub(crate) async fn noticed(changes: &mut Changes, fits: impl Fn(&Notice) -> bool) -> Result<Instant, Box<dyn Error>> {
    let hear = async {
        loop {
            match changes.next().await {
                Some(Change::Notice { notice, .. }) if fits(&notice) => return Ok(Instant::now()),
                Some(_) => {}
                None => return Err("the session ended".into()),
            }
        }
    };
    tokio::time::timeout(PATIENCE, hear).await.map_err(|_| "a notice that should come did not")?
}

/// Where datagrams are echoed.
pub(crate) fn echo() -> SocketAddr {
    (SERVICE_V4, ECHO_PORT).into()
}

/// A socket bound to what the session uses now.
pub(crate) async fn bound(session: &Session) -> Result<UdpSocket, Box<dyn Error>> {
    let carrier = session.carrier().ok_or("no carrier")?;
    Ok(bind::connect_udp(&carrier, echo()).await?)
}
