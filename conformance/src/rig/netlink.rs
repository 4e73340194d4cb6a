//! How is the netlink executor shown? On interfaces nobody else looks after.

use super::{Excused, Place, Raise, Rig, Trouble, plug_in};
use crate::lab::daemons::Program;
use crate::lab::{Lab, Plug};
use netsession_backends::executor::Executor;
use netsession_backends::netlink::{Netlink, Options, Profile};
use netsession_fsm::words::{AccessPointId, Cause};

/// A gateway in no network of the lab: the kernel refuses the default route.
const NOWHERE: [u8; 4] = [10, 200, 0, 1];
/// A metric that cannot be beaten.
const BEST: u32 = 0;

/// Real links without a daemon.
#[derive(Debug)]
pub struct NetlinkRig {
    lab: Lab,
    plugs: Vec<Plug>,
    places: Vec<Place>,
}

const fn without_daemon(row: &'static str) -> Excused {
    Excused { row, reason: "there is no daemon that could be killed" }
}

impl Rig for NetlinkRig {
    const NAME: &'static str = "netlink";
    const NEEDS: &'static [Program] = &[];
    const EXCUSED: &'static [Excused] = &[
        Excused {
            row: "trials::a_switch_nobody_confirms_goes_back",
            reason: "the kernel, which switches the default route, cannot be held up",
        },
        without_daemon("daemons::killed_while_connecting"),
        without_daemon("daemons::killed_while_stable"),
        without_daemon("daemons::killed_while_offered"),
        without_daemon("daemons::killed_while_migrating"),
        without_daemon("daemons::killed_in_the_trial"),
        without_daemon("daemons::killed_while_committing"),
        without_daemon("daemons::killed_while_restoring"),
        without_daemon("daemons::away_while_offered"),
        without_daemon("daemons::away_while_migrating"),
        without_daemon("daemons::away_in_the_trial"),
    ];
    const FAILS: Cause = Cause::Route;

    async fn build(lab: Lab, places: &[Place]) -> Result<Self, Trouble> {
        let plugs = plug_in(&lab, places).await?;
        for (metric, (place, plug)) in (700..).zip(places.iter().zip(&plugs)) {
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
        for (_, plug) in places.iter().zip(&plugs).filter(|(place, _)| place.away) {
            lab.router.cut(&plug.name).await?;
        }
        Ok(Self { lab, plugs, places: places.to_vec() })
    }

    fn executor(&self) -> Result<Box<dyn Executor>, Trouble> {
        let profile = |(id, (place, plug)): (u32, (&Place, &Plug))| {
            let hangs = place.raise == Raise::Hangs;
            let gateway = if place.raise == Raise::Fails { NOWHERE.into() } else { plug.gateway_v4 };
            Profile {
                access_point: AccessPointId(id),
                interface: plug.name.clone(),
                // nobody answers
                dhcp: hangs,
                addresses: if hangs { vec![plug.v6] } else { vec![plug.v4, plug.v6] },
                gateway: (!hangs).then_some(gateway),
                metric: 100,
                ..Profile::default()
            }
        };
        let profiles = (0..).zip(self.places.iter().zip(&self.plugs)).map(profile).collect();
        Ok(Box::new(Netlink::new(Options::default(), profiles)?))
    }

    fn lab(&self) -> &Lab {
        &self.lab
    }

    fn plugs(&self) -> &[Plug] {
        &self.plugs
    }

    async fn take_down(&self, place: usize) -> Result<(), Trouble> {
        self.lab.wire.set_up(&self.plugs[place].name, false).await?;
        Ok(())
    }

    async fn nail_route(&self) -> Result<(), Trouble> {
        let last = self.plugs.last().ok_or("no access point")?;
        Ok(self.lab.wire.add_default(&last.name, last.gateway_v4, BEST).await?)
    }

    async fn free_route(&self) -> Result<(), Trouble> {
        let last = self.plugs.last().ok_or("no access point")?;
        self.lab.wire.remove_default(&last.name, last.gateway_v4, BEST).await?;
        Ok(())
    }

    fn freeze(&mut self) -> Result<(), Trouble> {
        Err("the kernel cannot be held up".into())
    }

    fn thaw(&mut self) -> Result<(), Trouble> {
        Ok(())
    }
}
