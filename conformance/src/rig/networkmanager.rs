//! How is the NetworkManager executor shown? On connection profiles of a real NetworkManager, which activates none by itself.

use super::{Excused, Place, Raise, Rig, Trouble, plug_in, resembles};
use crate::lab::daemons::{Bus, Keyfile, NetworkManager, NetworkManagerOptions, Program, Supplicant};
use crate::lab::{Dump, Lab, LabError, Plug};
use netsession_backends::executor::Executor;
use netsession_backends::networkmanager::{self, Options, Profile};
use netsession_fsm::words::{AccessPointId, Cause};

/// `NM_ACTIVE_CONNECTION_STATE_ACTIVATED`.
const ACTIVATED: u32 = 2;
/// A metric that cannot be beaten.
const BEST: u32 = 0;
/// What NetworkManager leaves of IPv6 on a device it had activated for the first time: a multicast route, a link-local address.
const LEFT: &[&str] = &["(ff00::)", "(fe80::"];

/// Links that NetworkManager keeps.
#[derive(Debug)]
pub struct NetworkManagerRig {
    lab: Lab,
    plugs: Vec<Plug>,
    keyfiles: Vec<Keyfile>,
    nm: NetworkManager,
    _supplicant: Option<Supplicant>,
    _bus: Bus,
}

impl Rig for NetworkManagerRig {
    const NAME: &'static str = "networkmanager";
    const NEEDS: &'static [Program] = &[Program::DbusDaemon, Program::NetworkManager, Program::WpaSupplicant];
    const EXCUSED: &'static [Excused] = &[Excused {
        row: "trials::a_switch_nobody_confirms_goes_back",
        reason: "the executor has the kernel switch the default route, which cannot be held up",
    }];
    /// Nobody is there to be asked for the password.
    const FAILS: Cause = Cause::Authentication;

    async fn build(lab: Lab, places: &[Place]) -> Result<Self, Trouble> {
        let plugs = plug_in(&lab, places).await?;
        for (_, plug) in places.iter().zip(&plugs).filter(|(place, _)| place.away) {
            lab.router.cut(&plug.name).await?;
        }
        let keyfile = |(place, plug): (&Place, &Plug)| match place.raise {
            Raise::Works => Keyfile::fixed(&plug.name, plug),
            Raise::Fails => Keyfile::fixed(&plug.name, plug).set("802-1x", "eap", "md5").set("802-1x", "identity", "somebody"),
            // nobody answers
            Raise::Hangs => Keyfile::dhcp(&plug.name, plug).set("ipv4", "dhcp-timeout", "2147483647").set("ipv4", "may-fail", "false"),
        };
        let keyfiles: Vec<_> = places.iter().zip(&plugs).map(keyfile).collect();
        let bus = Bus::start().await?;
        let fails = places.iter().any(|place| place.raise == Raise::Fails);
        let supplicant = if fails { Some(Supplicant::start(&bus).await?) } else { None };
        let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &keyfiles.iter().collect::<Vec<_>>()).await?;
        for (_, keyfile) in places.iter().zip(&keyfiles).filter(|(place, _)| place.found_up) {
            nm.activate(keyfile.uuid()).await?;
            nm.becomes(keyfile.uuid(), Some(ACTIVATED)).await?;
        }
        Ok(Self { lab, plugs, keyfiles, nm, _supplicant: supplicant, _bus: bus })
    }

    fn executor(&self) -> Result<Box<dyn Executor>, Trouble> {
        let profile = |(id, keyfile): (u32, &Keyfile)| Profile {
            access_point: AccessPointId(id),
            connection: Some(keyfile.uuid().into()),
            interface: None,
        };
        let profiles = (0..).zip(&self.keyfiles).map(profile).collect();
        Ok(Box::new(networkmanager::NetworkManager::new(Options::default(), profiles)?))
    }

    fn lab(&self) -> &Lab {
        &self.lab
    }

    fn plugs(&self) -> &[Plug] {
        &self.plugs
    }

    async fn take_down(&self, place: usize) -> Result<(), Trouble> {
        Ok(self.nm.deactivate(self.keyfiles[place].uuid()).await?)
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
        Ok(self.nm.daemon()?.freeze()?)
    }

    fn thaw(&mut self) -> Result<(), Trouble> {
        Ok(self.nm.daemon()?.thaw()?)
    }

    async fn kill_daemon(&mut self) -> Result<(), Trouble> {
        Ok(self.nm.kill().await?)
    }

    async fn start_daemon(&mut self) -> Result<(), Trouble> {
        Ok(self.nm.start_again().await?)
    }

    /// NetworkManager notices later than the kernel that the device is unavailable, even if the cable was mended meanwhile: it is waited
    /// for.
    async fn cut(&self, place: usize) -> Result<(), LabError> {
        let name = &self.plugs[place].name;
        self.lab.router.cut(name).await?;
        self.nm.notices_cut(name).await
    }

    async fn becomes(&self, found: &Dump) -> Result<(), Trouble> {
        resembles(&self.lab, found, LEFT).await
    }
}
