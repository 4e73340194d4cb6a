//! A bus of its own, a broker on it over a simulated network, and clients that write down whatever they are sent.
#![allow(dead_code, unused_imports, reason = "each test takes what it needs")]

mod killable;
mod peer;
mod phase;
mod strict;

pub(crate) use killable::{Killable, Scene};
pub(crate) use peer::{Peer, Said, error, said};
pub(crate) use phase::to;
pub(crate) use strict::Strict;

use netsession_backends::client::Client;
use netsession_backends::sim::{Behaviour, Network};
use netsession_broker::authority::{Authority, Everyone};
pub(crate) use netsession_broker::service::Limits;
use netsession_broker::service::{self, Broker, Bus, Keeping};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{AccessPoint, AccessPointId, Bearer, ConfigurationState, ExecutorId, Purpose};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use zbus::Connection;

/// How long anything may take; a broker that does not answer ends the test.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const LTE: AccessPointId = AccessPointId(0);
pub(crate) const WLAN: AccessPointId = AccessPointId(1);

/// Everything is fast, and nothing is forgotten while a test looks.
pub(crate) const FAST: Behaviour = Behaviour {
    state: ConfigurationState::Discovered,
    raise: netsession_backends::sim::Outcome::Succeeds,
    raise_delay: Duration::from_millis(5),
    lower: netsession_backends::sim::Outcome::Succeeds,
    lower_delay: Duration::from_millis(5),
    prefer: netsession_backends::sim::Outcome::Succeeds,
    prefer_delay: Duration::from_millis(5),
    reachable: true,
    radio: None,
};

/// Whatever it is, it takes longer than the test.
pub(crate) const LONG: Duration = Duration::from_secs(3600);

/// A `dbus-daemon`, ended with the value, or with the thread that began it.
pub(crate) struct PrivateBus {
    daemon: Child,
    place: PathBuf,
    pub(crate) address: String,
}

impl PrivateBus {
    pub(crate) fn start() -> Self {
        Self::with_policy("")
    }

    /// With more rules after those that allow everything.
    pub(crate) fn with_policy(rules: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let place = std::env::temp_dir().join(format!("netsession-bus-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let address = format!("unix:path={}", place.join("socket").display());
        // as on a session bus
        let limits = ["max_replies_per_connection", "max_connections_per_user", "max_completed_connections"];
        let limits: String = limits.iter().map(|limit| format!("<limit name=\"{limit}\">50000</limit>")).collect();
        std::fs::write(
            place.join("bus.conf"),
            format!(
                "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
             <busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"false\"/><allow receive_sender=\"*\"/><allow own=\"*\"/>\
             {rules}</policy>{limits}</busconfig>"
            ),
        )
        .unwrap();
        Self { daemon: Self::daemon(&place), place, address }
    }

    fn daemon(place: &std::path::Path) -> Child {
        Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "dbus-daemon", "--nofork", "--nopidfile", "--nosyslog"])
            .arg(format!("--config-file={}", place.join("bus.conf").display()))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the tests of the broker need Debian's packages `dbus` and `util-linux`")
    }

    /// A new one at the same address, after it was killed.
    pub(crate) fn start_again(&mut self) {
        let _ = std::fs::remove_file(self.place.join("socket"));
        self.daemon = Self::daemon(&self.place);
    }

    /// A connection, as soon as the bus is there.
    pub(crate) async fn connect(&self) -> Connection {
        let connected = async {
            loop {
                match zbus::connection::Builder::address(self.address.as_str()).build().await {
                    Ok(connection) => return connection,
                    Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, connected).await.expect("the bus comes up")
    }

    pub(crate) fn kill(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
        let _ = std::fs::remove_dir_all(&self.place);
    }
}

/// A broker over lte and wlan, both in the service network `office`, wlan first; and a user choice over all of them.
pub(crate) struct Rig {
    pub(crate) bus: PrivateBus,
    pub(crate) network: Network,
    pub(crate) broker: Option<Broker>,
}

/// Offers come at once; deadlines do not come in a test.
pub(crate) fn settings() -> Settings {
    Settings { settle: Duration::ZERO, offer_deadline: LONG, trial_deadline: LONG, commit_timeout: LONG, ..Settings::default() }
}

/// Lte in reach, wlan not yet.
pub(crate) fn network() -> Network {
    let network = Network::new(1);
    network.add(LTE, FAST);
    network.add(WLAN, Behaviour { state: ConfigurationState::Defined, ..FAST });
    network
}

pub(crate) async fn hub(network: &Network, settings: Settings, keeping: Option<Keeping>) -> (Client, service::Feed) {
    let (witness, feed) = service::feed(keeping.clone());
    let mut builder = Client::builder()
        .settings(settings)
        .patience(Duration::from_secs(2))
        .witness(Box::new(witness))
        .executor(network.executor(ExecutorId(0)));
    let lte = builder.access_point("lte", AccessPoint { bearer: Bearer::Lte, connect_timeout: LONG, ..AccessPoint::default() });
    let wlan = builder.access_point("wlan", AccessPoint { bearer: Bearer::Wlan, connect_timeout: LONG, ..AccessPoint::default() });
    let office = builder.service_network("office", Purpose::Private, [wlan, lte]);
    builder.user_choice("any", [office.into(), lte.into()]);
    let builder = keeping.iter().fold(builder, |builder, keeping| keeping.takes_up(builder));
    (builder.start().await.unwrap(), feed)
}

/// The user of this test may do everything.
pub(crate) fn everyone() -> Everyone {
    Everyone { uid: rustix::process::getuid().as_raw() }
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::start_with(settings(), Arc::new(everyone()), Limits::default()).await
    }

    pub(crate) async fn start_with(settings: Settings, authority: Arc<dyn Authority>, limits: Limits) -> Self {
        let bus = PrivateBus::start();
        drop(bus.connect().await);
        let network = network();
        let (client, feed) = hub(&network, settings, None).await;
        let broker = Broker::start(client, feed, &Bus::Address(bus.address.clone()), authority, limits).await.unwrap();
        Self { bus, network, broker: Some(broker) }
    }

    pub(crate) async fn peer(&self) -> Peer {
        Peer::on(&self.bus).await
    }

    /// Ends the broker; nothing is left raised.
    pub(crate) async fn end(mut self) {
        self.broker.take().unwrap().shutdown().await;
        assert_eq!(self.network.raised(), []);
    }

    /// Waits until no link is raised but these.
    pub(crate) async fn raised(&self, links: &[AccessPointId]) {
        eventually("links", || self.network.raised() == links).await;
    }
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{what}: not so in {PATIENCE:?}"));
}
