//! What is the same for all rigs on real links? Cables of a lab, and what the kernel says of them.

use super::{Place, Raise, Trouble};
use crate::lab::{Dump, Lab, LabError, Plug, SERVICE_V4, Script, ScriptedDhcp};
use std::time::Duration;

/// Names of the interfaces, by place.
const NAMES: [&str; 3] = ["wifi0", "lte0", "eth0"];

/// A lease that has to be kept again and again.
const LEASE: Script = Script::Lease { time: Duration::from_secs(20), host: 100 };

/// A lab, and a cable for each place.
#[derive(Debug)]
pub(super) struct Cables {
    pub(super) lab: Lab,
    pub(super) plugs: Vec<Plug>,
    /// Who gives leases, by place.
    servers: Vec<Option<ScriptedDhcp>>,
}

impl Cables {
    /// Plugs in the cables of the places.
    pub(super) async fn plug_in(lab: Lab, places: &[Place]) -> Result<Self, LabError> {
        let (mut plugs, mut servers) = (Vec::new(), Vec::new());
        for ((name, subnet), place) in NAMES.into_iter().zip(1..).zip(places) {
            let plug = lab.plug_in(name, subnet).await?;
            let leased = place.raise == Raise::Leased;
            servers.push(if leased { Some(lab.router.scripted_dhcp(&plug, LEASE).await?) } else { None });
            plugs.push(plug);
        }
        Ok(Self { lab, plugs, servers })
    }

    pub(super) fn interface(&self, place: usize) -> String {
        self.plugs[place].name.clone()
    }

    pub(super) async fn cut(&self, place: usize) -> Result<(), LabError> {
        self.lab.router.cut(&self.plugs[place].name).await.map(drop)
    }

    pub(super) async fn mend(&self, place: usize) -> Result<(), Trouble> {
        Ok(self.lab.router.mend(&self.plugs[place].name).await.map(drop)?)
    }

    pub(super) fn leases(&self, place: usize, script: Script) -> Result<(), Trouble> {
        let server = self.servers.get(place).and_then(Option::as_ref).ok_or("nobody gives leases there")?;
        server.set(script);
        Ok(())
    }

    /// The interface has an IPv4 address of its network.
    pub(super) async fn is_up(&self, place: usize) -> Result<bool, Trouble> {
        let subnet = self.plugs[place].subnet;
        Ok(self.lab.wire.dump().await?.about(&format!("Local(10.{subnet}.0.")).any(|line| line.starts_with("address")))
    }

    /// As the kernel routes it.
    pub(super) async fn default_route(&self) -> Result<Option<usize>, Trouble> {
        let interface = self.lab.wire.route_to(SERVICE_V4).await?;
        Ok(interface.and_then(|name| self.plugs.iter().position(|plug| plug.name == name)))
    }

    pub(super) async fn found(&self) -> Result<Dump, Trouble> {
        Ok(self.lab.wire.settled().await?)
    }

    /// Waits until everything is as it was found, but for lines that contain one of these.
    pub(super) async fn resembles(&self, found: &Dump, but: &[&str]) -> Result<(), Trouble> {
        const TRIES: u32 = 200;
        let found = found.without(but);
        let mut now = self.lab.wire.dump().await?.without(but);
        for _ in 0..TRIES {
            if now == found {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            now = self.lab.wire.dump().await?.without(but);
        }
        Err(format!("not as it was found:\n{}", found.difference(&now)).into())
    }
}
