//! How is the netlink executor shown? On interfaces nobody else looks after.

use super::cables::Cables;
use super::{Excused, Maker, Place, Raise, Rig, Trouble, WITHOUT_DAEMON};
use crate::lab::{Dump, Lab, Plug, Script};
use netsession_backends::netlink::{Netlink, Options, Profile};
use netsession_fsm::words::{AccessPointId, Cause};
use std::sync::Arc;

/// A gateway in no network of the lab: the kernel refuses the default route.
const NOWHERE: [u8; 4] = [10, 200, 0, 1];
/// A metric that cannot be beaten.
const BEST: u32 = 0;

/// Real links without a daemon.
#[derive(Debug)]
pub struct NetlinkRig {
    cables: Cables,
    places: Vec<Place>,
}

impl Rig for NetlinkRig {
    type Ground = Lab;
    type Found = Dump;

    const FAILS: Cause = Cause::Route;

    fn name() -> String {
        "netlink".into()
    }

    fn excused() -> Vec<Excused> {
        let kernel = Excused {
            law: "trials::a_switch_nobody_confirms_goes_back",
            reason: "the kernel, which switches the default route, cannot be held up",
        };
        WITHOUT_DAEMON.into_iter().chain([kernel]).collect()
    }

    async fn build(lab: Lab, places: &[Place]) -> Result<Self, Trouble> {
        let cables = Cables::plug_in(lab, places).await?;
        let Cables { lab, plugs, .. } = &cables;
        for (metric, (place, plug)) in (700..).zip(places.iter().zip(plugs)) {
            // an interface that is down does not notice that its cable is cut
            if place.away || place.found_up {
                lab.wire.set_up(&plug.name, true).await?;
            }
            if place.found_up {
                lab.wire.add_address(&plug.name, plug.v4.0, plug.v4.1).await?;
                lab.wire.add_address(&plug.name, plug.v6.0, plug.v6.1).await?;
                lab.wire.add_default(&plug.name, plug.gateway_v4, metric).await?;
            }
        }
        if places.iter().any(|place| place.away) {
            // the kernel gives an interface its own address when it first has a carrier
            lab.wire.settled().await?;
        }
        for (_, plug) in places.iter().zip(plugs).filter(|(place, _)| place.away) {
            lab.router.cut(&plug.name).await?;
        }
        Ok(Self { cables, places: places.to_vec() })
    }

    fn maker(&self) -> Maker {
        let profile = |(id, (place, plug)): (u32, (&Place, &Plug))| {
            // where it hangs nobody answers
            let dhcp = matches!(place.raise, Raise::Hangs | Raise::Leased);
            let gateway = if place.raise == Raise::Fails { NOWHERE.into() } else { plug.gateway_v4 };
            Profile {
                access_point: AccessPointId(id),
                interface: plug.name.clone(),
                dhcp,
                addresses: if dhcp { vec![plug.v6] } else { vec![plug.v4, plug.v6] },
                gateway: (!dhcp).then_some(gateway),
                metric: 100,
                ..Profile::default()
            }
        };
        let profiles: Vec<_> = (0..).zip(self.places.iter().zip(&self.cables.plugs)).map(profile).collect();
        Arc::new(move || Ok(Box::new(Netlink::new(Options::default(), profiles.clone())?)))
    }

    fn interface(&self, place: usize) -> String {
        self.cables.interface(place)
    }

    async fn is_up(&self, place: usize) -> Result<bool, Trouble> {
        self.cables.is_up(place).await
    }

    async fn default_route(&self) -> Result<Option<usize>, Trouble> {
        self.cables.default_route().await
    }

    async fn found(&self) -> Result<Dump, Trouble> {
        self.cables.found().await
    }

    fn leases(&self, place: usize, script: Script) -> Result<(), Trouble> {
        self.cables.leases(place, script)
    }

    async fn mend(&self, place: usize) -> Result<(), Trouble> {
        self.cables.mend(place).await
    }

    async fn becomes(&self, found: &Dump) -> Result<(), Trouble> {
        self.cables.resembles(found, &[]).await
    }

    async fn cut(&self, place: usize) -> Result<(), Trouble> {
        Ok(self.cables.cut(place).await?)
    }

    async fn take_down(&self, place: usize) -> Result<(), Trouble> {
        self.cables.lab.wire.set_up(&self.cables.plugs[place].name, false).await?;
        Ok(())
    }

    async fn nail_route(&self) -> Result<(), Trouble> {
        let last = self.cables.plugs.last().ok_or("no access point")?;
        Ok(self.cables.lab.wire.add_default(&last.name, last.gateway_v4, BEST).await?)
    }

    async fn free_route(&self) -> Result<(), Trouble> {
        let last = self.cables.plugs.last().ok_or("no access point")?;
        self.cables.lab.wire.remove_default(&last.name, last.gateway_v4, BEST).await?;
        Ok(())
    }
}
