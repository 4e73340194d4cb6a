//! How is the ConnMan executor shown? On services of a real ConnMan, which connects none by itself.

use super::cables::Cables;
use super::{Excused, Maker, Place, Raise, Rig, Trouble};
use crate::lab::daemons::{Bus, Connman, ConnmanOptions, Program};
use crate::lab::{Dump, Lab, Plug, Script};
use netsession_backends::connman::{self, Options, Profile};
use netsession_fsm::words::{AccessPointId, Cause};
use std::sync::Arc;
use std::time::Duration;

/// What the kernel gives an interface by itself that ConnMan has set up.
const LEFT: &[&str] = &["(ff00::)", "(fe80::"];

/// Links that ConnMan keeps.
#[derive(Debug)]
pub struct ConnmanRig {
    cables: Cables,
    connman: Connman,
    _bus: Bus,
}

impl Rig for ConnmanRig {
    type Ground = Lab;
    type Found = Dump;

    /// The only failure of a cable that ConnMan has: a lease nobody gives, told after 39 s (measured on ConnMan 1.41).
    const FAILS: Cause = Cause::NoLease;
    /// ConnMan starts with all links down (measured on ConnMan 1.41).
    const KEEPS_LINKS: bool = false;
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(90);

    fn name() -> String {
        "connman".into()
    }

    fn needs() -> Vec<Program> {
        vec![Program::DbusDaemon, Program::Connmand]
    }

    fn excused() -> Vec<Excused> {
        vec![Excused {
            law: "trials::a_switch_that_is_refused_goes_back",
            reason: "ConnMan orders its services as asked and keeps the default route with metric 0 itself: nobody can refuse the switch",
        }]
    }

    async fn build(lab: Lab, places: &[Place]) -> Result<Self, Trouble> {
        let cables = Cables::plug_in(lab, places).await?;
        let Cables { lab, plugs, .. } = &cables;
        let bus = Bus::start().await?;
        let works = |(place, plug): (&Place, &Plug)| (place.raise == Raise::Works).then(|| plug.clone());
        let fixed = places.iter().zip(plugs).filter_map(works).collect();
        let connman = Connman::start(&bus, &ConnmanOptions { fixed, ..ConnmanOptions::default() }).await?;
        for (place, plug) in places.iter().zip(plugs) {
            let service = Connman::service(plug);
            connman.becomes(&service, Some("idle")).await?;
            if place.found_up {
                connman.connect(&service).await?;
                connman.becomes(&service, Some("ready")).await?;
            }
            if place.away {
                lab.router.cut(&plug.name).await?;
                connman.becomes(&service, None).await?;
            }
        }
        Ok(Self { cables, connman, _bus: bus })
    }

    fn maker(&self) -> Maker {
        let profile = |(id, plug): (u32, &Plug)| Profile {
            access_point: AccessPointId(id),
            service: Some(Connman::service(plug)),
            interface: Some(plug.name.clone()),
        };
        let profiles: Vec<_> = (0..).zip(&self.cables.plugs).map(profile).collect();
        Arc::new(move || Ok(Box::new(connman::Connman::new(Options::default(), profiles.clone())?)))
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

    async fn unplug(&self, place: usize) -> Result<(), Trouble> {
        Ok(self.cables.cut(place).await?)
    }

    fn leases(&self, place: usize, script: Script) -> Result<(), Trouble> {
        self.cables.leases(place, script)
    }

    async fn mend(&self, place: usize) -> Result<(), Trouble> {
        self.cables.mend(place).await
    }

    async fn take_down(&self, place: usize) -> Result<(), Trouble> {
        Ok(self.connman.disconnect(&Connman::service(&self.cables.plugs[place])).await?)
    }

    fn freeze(&mut self) -> Result<(), Trouble> {
        Ok(self.connman.daemon()?.freeze()?)
    }

    fn thaw(&mut self) -> Result<(), Trouble> {
        Ok(self.connman.daemon()?.thaw()?)
    }

    async fn kill_daemon(&mut self) -> Result<(), Trouble> {
        Ok(self.connman.kill().await?)
    }

    async fn start_daemon(&mut self) -> Result<(), Trouble> {
        Ok(self.connman.start_again().await?)
    }

    /// ConnMan notices 100 ms later than the kernel that the service is gone, and forgets it then, even if the cable was mended meanwhile
    /// (measured on ConnMan 1.41): it is waited for.
    async fn cut(&self, place: usize) -> Result<(), Trouble> {
        let plug = &self.cables.plugs[place];
        self.cables.cut(place).await?;
        Ok(self.connman.becomes(&Connman::service(plug), None).await?)
    }

    async fn becomes(&self, found: &Dump) -> Result<(), Trouble> {
        self.cables.resembles(found, LEFT).await
    }
}
