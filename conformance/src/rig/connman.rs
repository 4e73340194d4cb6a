//! How is the ConnMan executor shown? On services of a real ConnMan, which connects none by itself.

use super::{Excused, Place, Raise, Rig, Trouble, plug_in, resembles};
use crate::lab::daemons::{Bus, Connman, ConnmanOptions, Program};
use crate::lab::{Dump, Lab, LabError, Plug};
use netsession_backends::connman::{self, Options, Profile};
use netsession_backends::executor::Executor;
use netsession_fsm::words::{AccessPointId, Cause};
use std::time::Duration;

/// What the kernel gives an interface by itself that ConnMan has set up.
const LEFT: &[&str] = &["(ff00::)", "(fe80::"];

/// Links that ConnMan keeps.
#[derive(Debug)]
pub struct ConnmanRig {
    lab: Lab,
    plugs: Vec<Plug>,
    connman: Connman,
    _bus: Bus,
}

impl Rig for ConnmanRig {
    const NAME: &'static str = "connman";
    const NEEDS: &'static [Program] = &[Program::DbusDaemon, Program::Connmand];
    const EXCUSED: &'static [Excused] = &[Excused {
        row: "trials::a_switch_that_is_refused_goes_back",
        reason: "ConnMan orders its services as asked and keeps the default route with metric 0 itself: nobody can refuse the switch",
    }];
    /// The only failure of a cable that ConnMan has: a lease nobody gives, told after 39 s (measured on ConnMan 1.41).
    const FAILS: Cause = Cause::NoLease;
    /// ConnMan starts with all links down (measured on ConnMan 1.41).
    const KEEPS_LINKS: bool = false;
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(90);

    async fn build(lab: Lab, places: &[Place]) -> Result<Self, Trouble> {
        let plugs = plug_in(&lab, places).await?;
        let bus = Bus::start().await?;
        let works = |(place, plug): (&Place, &Plug)| (place.raise == Raise::Works).then(|| plug.clone());
        let fixed = places.iter().zip(&plugs).filter_map(works).collect();
        let connman = Connman::start(&bus, &ConnmanOptions { fixed, ..ConnmanOptions::default() }).await?;
        for (place, plug) in places.iter().zip(&plugs) {
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
        Ok(Self { lab, plugs, connman, _bus: bus })
    }

    fn executor(&self) -> Result<Box<dyn Executor>, Trouble> {
        let profile = |(id, plug): (u32, &Plug)| Profile {
            access_point: AccessPointId(id),
            service: Some(Connman::service(plug)),
            interface: Some(plug.name.clone()),
        };
        let profiles = (0..).zip(&self.plugs).map(profile).collect();
        Ok(Box::new(connman::Connman::new(Options::default(), profiles)?))
    }

    fn lab(&self) -> &Lab {
        &self.lab
    }

    fn plugs(&self) -> &[Plug] {
        &self.plugs
    }

    async fn take_down(&self, place: usize) -> Result<(), Trouble> {
        Ok(self.connman.disconnect(&Connman::service(&self.plugs[place])).await?)
    }

    async fn nail_route(&self) -> Result<(), Trouble> {
        Err("nobody can refuse the switch".into())
    }

    async fn free_route(&self) -> Result<(), Trouble> {
        Ok(())
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
    async fn cut(&self, place: usize) -> Result<(), LabError> {
        let plug = &self.plugs[place];
        self.lab.router.cut(&plug.name).await?;
        self.connman.becomes(&Connman::service(plug), None).await
    }

    async fn becomes(&self, found: &Dump) -> Result<(), Trouble> {
        resembles(&self.lab, found, LEFT).await
    }
}
