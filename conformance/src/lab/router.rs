//! What is at the other end of the links? A router in a network namespace and thread of its own.

use super::daemons::checksum;
use super::namespace::{network, new_network};
use super::scripted::{self, Script, ScriptedDhcp};
use super::services::{self, Probe, Probes};
use super::{LabError, SERVICE_V4, SERVICE_V6, Wire};
use rtnetlink::packet_route::link::{InfoData, InfoKind, InfoVeth};
use rtnetlink::{LinkMessageBuilder, LinkUnspec, LinkVeth};
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsRawFd;
use std::process::{Child, Command};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// Prefix lengths of an access point's networks.
const PREFIXES: (u8, u8) = (24, 64);
/// Far ends have indices that no near end has. Of a veth whose ends have the same index the kernel tells changes of carrier, and lets
/// traffic through after them, at most once a second over all namespaces of the machine; of others at once.
const FAR_END: u32 = 1000;

/// An access point of the lab, as this side has to be set up to use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plug {
    /// Name of the interface, here and in the router.
    pub name: String,
    /// Number of its networks.
    pub subnet: u8,
    /// Hardware address of the interface here: the same in every lab.
    pub mac: [u8; 6],
    /// Address of this side, with its prefix length.
    pub v4: (IpAddr, u8),
    /// The same for IPv6.
    pub v6: (IpAddr, u8),
    /// The router's address.
    pub gateway_v4: IpAddr,
    /// The same for IPv6.
    pub gateway_v6: IpAddr,
}

impl Plug {
    /// What plugging it in will give.
    #[must_use]
    pub fn new(name: &str, subnet: u8) -> Self {
        let v4 = |host| Ipv4Addr::new(10, subnet, 0, host).into();
        let v6 = |host| Ipv6Addr::new(0xfd00, subnet.into(), 0, 0, 0, 0, 0, host).into();
        let mac = [0x02, 0, 0, 0, 0, subnet];
        Self { name: name.into(), subnet, mac, v4: (v4(2), PREFIXES.0), v6: (v6(2), PREFIXES.1), gateway_v4: v4(1), gateway_v6: v6(1) }
    }
}

/// What the router is asked to do.
enum Ask {
    Add(Plug),
    Far { name: String, up: bool },
    Unplug { name: String },
    Probe { subnet: u8, probe: Probe },
    FillInChecksums { name: String },
    Serve(scripted::Server),
    Spawn { command: Box<Command>, child: oneshot::Sender<Child> },
}

type Answer = oneshot::Sender<Result<Instant, LabError>>;

/// The other end of every access point. Its thread, namespace and services end with the process.
#[derive(Debug)]
pub struct Router {
    asks: mpsc::UnboundedSender<(Ask, Answer)>,
}

impl Router {
    /// Starts it, with its service addresses and services.
    ///
    /// # Errors
    /// If the kernel gives it no namespace.
    pub(super) fn start() -> Result<Self, LabError> {
        let near = network()?;
        let (asks, taken) = mpsc::unbounded_channel();
        let (ready, started) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name("router".into()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = match new_network().and_then(|()| runtime.map_err(LabError::system("start the router's runtime"))) {
                Ok(runtime) => runtime,
                Err(error) => return drop(ready.send(Err(error))),
            };
            runtime.block_on(async {
                match Inside::new(near).await {
                    Ok(inside) => {
                        let _ = ready.send(Ok(()));
                        inside.serve(taken).await;
                    }
                    Err(error) => drop(ready.send(Err(error))),
                }
            });
        });
        thread.map_err(LabError::system("start the router's thread"))?;
        started.recv().map_err(|_| LabError::RouterGone)??;
        Ok(Self { asks })
    }

    /// Plugs in an access point.
    pub(super) async fn add_access_point(&self, name: &str, subnet: u8) -> Result<Plug, LabError> {
        let plug = Plug::new(name, subnet);
        self.ask(Ask::Add(plug.clone())).await?;
        Ok(plug)
    }

    /// Cuts the cable, at the far end: this side loses its carrier. Tells when the kernel was asked.
    ///
    /// # Errors
    /// If there is no such access point.
    pub async fn cut(&self, name: &str) -> Result<Instant, LabError> {
        self.ask(Ask::Far { name: name.into(), up: false }).await
    }

    /// Mends the cable. Tells when the kernel was asked.
    ///
    /// # Errors
    /// If there is no such access point.
    pub async fn mend(&self, name: &str) -> Result<Instant, LabError> {
        self.ask(Ask::Far { name: name.into(), up: true }).await
    }

    /// Takes the cable out and throws it away: the interface is gone, here and there. Tells when the kernel was asked.
    ///
    /// # Errors
    /// If there is no such access point.
    pub async fn unplug(&self, name: &str) -> Result<Instant, LabError> {
        self.ask(Ask::Unplug { name: name.into() }).await
    }

    /// How probes are answered that come through an access point.
    ///
    /// # Errors
    /// If the router is gone.
    pub async fn probe(&self, plug: &Plug, probe: Probe) -> Result<(), LabError> {
        self.ask(Ask::Probe { subnet: plug.subnet, probe }).await.map(drop)
    }

    /// A DHCP server on the far end of an access point that does as it is told.
    ///
    /// # Errors
    /// If there is no such access point, or a server on it.
    pub async fn scripted_dhcp(&self, plug: &Plug, script: Script) -> Result<ScriptedDhcp, LabError> {
        self.fill_in_checksums(&plug.name).await?;
        let (ours, server) = scripted::server(plug, script);
        self.ask(Ask::Serve(server)).await?;
        Ok(ours)
    }

    /// Has the kernel fill in the checksums of what the far end of an access point sends.
    pub(super) async fn fill_in_checksums(&self, name: &str) -> Result<(), LabError> {
        self.ask(Ask::FillInChecksums { name: name.into() }).await.map(drop)
    }

    /// Starts a program in the router's network.
    pub(super) async fn spawn(&self, command: Command) -> Result<Child, LabError> {
        let (child, started) = oneshot::channel();
        self.ask(Ask::Spawn { command: Box::new(command), child }).await?;
        started.await.map_err(|_| LabError::RouterGone)
    }

    async fn ask(&self, ask: Ask) -> Result<Instant, LabError> {
        let (answer, answered) = oneshot::channel();
        self.asks.send((ask, answer)).map_err(|_| LabError::RouterGone)?;
        answered.await.map_err(|_| LabError::RouterGone)?
    }
}

/// The router as it is in its own thread.
struct Inside {
    wire: Wire,
    near: File,
    probes: Probes,
}

impl Inside {
    async fn new(near: File) -> Result<Self, LabError> {
        let wire = Wire::open()?;
        wire.set_up("lo", true).await?;
        wire.add_address("lo", SERVICE_V4.into(), 32).await?;
        wire.add_address("lo", SERVICE_V6.into(), 128).await?;
        let probes = Probes::default();
        services::start(&probes).await.map_err(LabError::system("start the router's services"))?;
        Ok(Self { wire, near, probes })
    }

    async fn serve(self, mut asks: mpsc::UnboundedReceiver<(Ask, Answer)>) {
        while let Some((ask, answer)) = asks.recv().await {
            let result = match ask {
                Ask::Add(plug) => self.add(&plug).await.map(|()| Instant::now()),
                Ask::Far { name, up } => self.far(&name, up).await,
                Ask::Unplug { name } => self.wire.delete(&name).await,
                Ask::Probe { subnet, probe } => {
                    self.probes.set(subnet, probe);
                    Ok(Instant::now())
                }
                Ask::FillInChecksums { name } => self.wire.index(&name).await.and_then(checksum::fill_in).map(|()| Instant::now()),
                Ask::Serve(server) => server.start().map(|()| Instant::now()).map_err(LabError::system("start a DHCP server")),
                Ask::Spawn { mut command, child } => match command.spawn() {
                    Ok(started) => {
                        let _ = child.send(started);
                        Ok(Instant::now())
                    }
                    Err(error) => Err(LabError::system(format!("start {}", command.get_program().display()))(error)),
                },
            };
            let _ = answer.send(result);
        }
    }

    async fn add(&self, plug: &Plug) -> Result<(), LabError> {
        let near = LinkUnspec::new_with_name(&plug.name).address(plug.mac.to_vec()).setns_by_fd(self.near.as_raw_fd()).build();
        let pair = LinkMessageBuilder::<LinkVeth>::new_with_info_kind(InfoKind::Veth)
            .name(plug.name.clone())
            .index(FAR_END + u32::from(plug.subnet))
            .set_info_data(InfoData::Veth(InfoVeth::Peer(near)))
            .build();
        let request = self.wire.handle.link().add(pair).execute().await;
        request.map_err(LabError::request(format!("add the cable `{}`", plug.name)))?;
        self.wire.set_up(&plug.name, true).await?;
        self.wire.add_address(&plug.name, plug.gateway_v4, PREFIXES.0).await?;
        self.wire.add_address(&plug.name, plug.gateway_v6, PREFIXES.1).await
    }

    /// IPv6 addresses do not survive setting a link down: the router gets its own back.
    async fn far(&self, name: &str, up: bool) -> Result<Instant, LabError> {
        let moment = self.wire.set_up(name, up).await?;
        if up {
            let subnet = self.subnet(name).await?;
            self.wire.add_address(name, Plug::new(name, subnet).gateway_v6, PREFIXES.1).await?;
        }
        Ok(moment)
    }

    /// The number of an access point's networks, from the IPv4 address its far end keeps.
    async fn subnet(&self, name: &str) -> Result<u8, LabError> {
        let index = self.wire.index(name).await?;
        let filter = self.wire.handle.address().get().set_link_index_filter(index);
        let addresses: Vec<_> =
            futures::TryStreamExt::try_collect(filter.execute()).await.map_err(LabError::request("list the router's addresses"))?;
        let octet = addresses.iter().flat_map(|message| &message.attributes).find_map(|attribute| match attribute {
            rtnetlink::packet_route::address::AddressAttribute::Local(IpAddr::V4(address)) => Some(address.octets()[1]),
            _ => None,
        });
        octet.ok_or_else(|| LabError::Unknown(name.into()))
    }
}
