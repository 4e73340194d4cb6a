//! What do these labs begin with? Two access points, who realises them, a bus that knows the broker, and the broker's program.

use crate::program::{ConfigFile, Trouble};
use netsession::broker::{Bus as Place, connect};
use netsession::{Client, Session, Snapshot};
use netsession_conformance::lab::daemons::{
    Bus, Connman, ConnmanOptions, Daemon, Dhcp, DhcpOptions, Keyfile, NetworkManager, NetworkManagerOptions, overlay,
};
use netsession_conformance::lab::{Dump, Lab, LabError, Plug};
use std::time::Duration;

/// The broker's name on the bus.
pub(crate) const NAME: &str = "org.netsession.Broker1";
/// Where root's broker keeps its state.
pub(crate) const STATE: &str = "/run/netsession";
/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often something is looked at again that nobody tells.
const PACE: Duration = Duration::from_millis(2);
/// What NetworkManager and ConnMan leave of IPv6 on a device they had activated for the first time.
const REST: [&str; 2] = ["(ff00::)", "(fe80::"];

/// Who realises the access points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    NetworkManager,
    /// NetworkManager, which is asked to apply another metric when the default route moves to `lte`: that has a fixed IPv4 address.
    Applied,
    Connman,
    Netlink,
}

/// The daemon that keeps the links.
pub(crate) enum Keeper {
    NetworkManager(NetworkManager),
    Connman(Connman),
}

impl Keeper {
    pub(crate) fn daemon(&mut self) -> Result<&mut Daemon, LabError> {
        match self {
            Self::NetworkManager(nm) => nm.daemon(),
            Self::Connman(connman) => connman.daemon(),
        }
    }

    pub(crate) async fn kill(&mut self) -> Result<(), LabError> {
        match self {
            Self::NetworkManager(nm) => nm.kill().await,
            Self::Connman(connman) => connman.kill().await,
        }
    }

    pub(crate) async fn answers_again(&mut self) -> Result<(), LabError> {
        match self {
            Self::NetworkManager(nm) => nm.answers_again().await,
            Self::Connman(connman) => connman.start_again().await,
        }
    }

    pub(crate) async fn restart(&mut self) -> Result<(), LabError> {
        match self {
            Self::NetworkManager(nm) => nm.restart().await,
            Self::Connman(connman) => connman.restart().await,
        }
    }

    /// Starts it, on links of which none is up, and gives how the access points are called in the configuration.
    async fn start(bus: &Bus, ground: Ground, [wifi, lte]: [&Plug; 2]) -> Result<Option<(Self, [String; 2])>, LabError> {
        let lte_profile = match ground {
            Ground::Netlink => return Ok(None),
            Ground::Connman => {
                let connman = Connman::start(bus, &ConnmanOptions { fixed: vec![wifi.clone()], ..ConnmanOptions::default() }).await?;
                let services = [wifi, lte].map(Connman::service);
                for service in &services {
                    connman.becomes(service, Some("idle")).await?;
                }
                let access_points = services.map(|service| format!("executor = \"connman\"\nservice = \"{service}\"\n"));
                return Ok(Some((Self::Connman(connman), access_points)));
            }
            Ground::Applied => {
                let fixed = format!("{}/{},{}", lte.v4.0, lte.v4.1, lte.gateway_v4);
                Keyfile::new("lte", lte).set("ipv4", "method", "manual").set("ipv4", "address1", &fixed)
            }
            Ground::NetworkManager => Keyfile::dhcp("lte", lte),
        };
        let profiles = [Keyfile::fixed("wifi", wifi), lte_profile];
        let nm = NetworkManager::start(bus, &NetworkManagerOptions::default(), &profiles.each_ref()).await?;
        let access_points = profiles.map(|profile| format!("executor = \"networkmanager\"\nconnection = \"{}\"\n", profile.uuid()));
        Ok(Some((Self::NetworkManager(nm), access_points)))
    }
}

/// `wifi` with fixed addresses, `lte` with a lease, the service network `net` over them, best first; nothing is up.
pub(crate) struct Rig {
    pub(crate) lab: Lab,
    pub(crate) bus: Bus,
    pub(crate) keeper: Option<Keeper>,
    ground: Ground,
    wifi: Plug,
    lte: Plug,
    leases: Option<Dhcp>,
    pub(crate) file: ConfigFile,
    before: Dump,
}

impl Rig {
    pub(crate) async fn new(lab: Lab, ground: Ground) -> Result<Self, Trouble> {
        let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
        let bus = bus().await?;
        let (keeper, access_points) = match Keeper::start(&bus, ground, [&wifi, &lte]).await? {
            Some((keeper, access_points)) => (Some(keeper), access_points),
            None => {
                let Plug { v4, v6, gateway_v4, .. } = &wifi;
                let addresses = format!("addresses = [\"{}/{}\", \"{}/{}\"]\ngateway = \"{gateway_v4}\"\n", v4.0, v4.1, v6.0, v6.1);
                let on = |interface: &str, how: &str| format!("executor = \"netlink\"\ninterface = \"{interface}\"\n{how}");
                (None, [on("wifi0", &addresses), on("lte0", "dhcp = true\n")])
            }
        };
        let [of_wifi, of_lte] = access_points;
        let file = ConfigFile::of(&format!(
            "[settings]\nsettle = \"0s\"\nback-off = \"50ms\"\n[[access-point]]\nname = \"wifi\"\n{of_wifi}\
             [[access-point]]\nname = \"lte\"\n{of_lte}[[service-network]]\nname = \"net\"\nmembers = [\"wifi\", \"lte\"]\n"
        ))?;
        let before = lab.wire.settled().await?.without(&REST);
        Ok(Self { lab, bus, keeper, ground, wifi, lte, leases: None, file, before })
    }

    /// `lte` gets a lease from now on.
    pub(crate) async fn give_leases(&mut self) -> Result<(), Trouble> {
        if self.leases.is_none() {
            self.leases = Some(Dhcp::start(&self.lab, &self.lte, DhcpOptions::default()).await?);
        }
        Ok(())
    }

    /// Who gives leases.
    pub(crate) fn leases(&mut self) -> Result<&mut Daemon, Trouble> {
        Ok(self.leases.as_mut().ok_or("nobody gives leases")?.daemon())
    }

    /// Starts the broker, and waits until it serves.
    pub(crate) async fn broker(&self) -> Result<Daemon, Trouble> {
        let daemon = self.begin()?;
        self.bus.name(NAME, true).await?;
        Ok(daemon)
    }

    /// Starts the broker, and does not wait.
    pub(crate) fn begin(&self) -> Result<Daemon, Trouble> {
        Ok(Daemon::run("broker", self.file.command(&["-v", "broker"]).into_std())?)
    }

    /// `kill -9`; waits until the bus has noticed.
    pub(crate) async fn kill(&self, mut broker: Daemon) -> Result<(), Trouble> {
        broker.kill().await?;
        Ok(self.bus.name(NAME, false).await?)
    }

    /// Ends the broker in order; then everything is as it was found.
    pub(crate) async fn end(&self, mut broker: Daemon) -> Result<(), Trouble> {
        broker.stop().await?;
        self.bus.name(NAME, false).await?;
        self.as_found().await
    }

    /// The bus was killed, and with it everything that had its name there: another bus, and another daemon.
    pub(crate) async fn bus_again(&mut self) -> Result<(), Trouble> {
        self.bus.start_again().await?;
        self.keeper = None;
        self.keeper = Keeper::start(&self.bus, self.ground, [&self.wifi, &self.lte]).await?.map(|(keeper, _)| keeper);
        Ok(())
    }

    /// What is otherwise than before there was a broker.
    pub(crate) async fn difference(&self) -> Result<String, Trouble> {
        Ok(self.before.difference(&self.lab.wire.dump().await?.without(&REST)))
    }

    /// Waits until everything is as before there was a broker.
    pub(crate) async fn as_found(&self) -> Result<(), Trouble> {
        let same = async || self.difference().await.ok().filter(String::is_empty);
        match eventually("as found", same).await {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("not as it was found:\n{}", self.difference().await?).into()),
        }
    }
}

/// The lab's bus, with the broker's policy as it is installed.
pub(crate) async fn bus() -> Result<Bus, Trouble> {
    let policy = include_str!("../../../broker/data/org.netsession.Broker1.conf");
    overlay("/usr/share/dbus-1/system.d", &[("org.netsession.Broker1.conf", policy)])?;
    Ok(Bus::start().await?)
}

/// A client in this process.
pub(crate) async fn client() -> Result<Client, Trouble> {
    Ok(connect(Place::System).await?)
}

/// Waits until something is there.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> Result<T, Trouble> {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(PACE).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.map_err(|_| format!("never: {what}").into())
}

/// Waits until a session stands so.
pub(crate) async fn until(session: &Session, what: &str, fits: impl Fn(&Snapshot) -> bool) -> Result<Snapshot, Trouble> {
    let stands = eventually(what, async || Some(session.snapshot()).filter(&fits)).await;
    stands.map_err(|error| format!("{error}; it is {:?}", session.snapshot()).into())
}

/// Name of the access point in use.
pub(crate) fn active(session: &Session) -> Option<String> {
    session.active_configuration().map(|active| active.name.to_string())
}
