//! How is the NetworkManager executor shown? On connection profiles of a real NetworkManager, which activates none by itself.

use super::cables::Cables;
use super::{Excused, Maker, Place, Raise, Rig, Trouble};
use crate::lab::daemons::{Bus, Keyfile, NetworkManager, NetworkManagerOptions, Program, Supplicant};
use crate::lab::{Dump, Lab, Plug, Script};
use netsession_backends::networkmanager::{self, Options, Profile};
use netsession_fsm::words::{AccessPointId, Cause};
use std::sync::Arc;

/// `NM_ACTIVE_CONNECTION_STATE_ACTIVATED`.
const ACTIVATED: u32 = 2;
/// A metric that cannot be beaten.
const BEST: u32 = 0;
/// What NetworkManager leaves of IPv6 on a device it had activated for the first time: a multicast route, a link-local address.
const LEFT: &[&str] = &["(ff00::)", "(fe80::"];

/// Links that NetworkManager keeps.
#[derive(Debug)]
pub struct NetworkManagerRig {
    cables: Cables,
    keyfiles: Vec<Keyfile>,
    nm: NetworkManager,
    _supplicant: Option<Supplicant>,
    _bus: Bus,
}

impl Rig for NetworkManagerRig {
    type Ground = Lab;
    type Found = Dump;

    /// Nobody is there to be asked for the password.
    const FAILS: Cause = Cause::Authentication;

    fn name() -> String {
        "networkmanager".into()
    }

    fn needs() -> Vec<Program> {
        vec![Program::DbusDaemon, Program::NetworkManager, Program::WpaSupplicant]
    }

    fn excused() -> Vec<Excused> {
        vec![
            Excused {
                law: "trials::a_switch_nobody_confirms_goes_back",
                reason: "the executor has the kernel switch the default route, which cannot be held up",
            },
            Excused {
                law: "contract::c10_only_the_newest_prefer_is_answered",
                reason: "a switch that costs nothing is answered before the executor hears of the next one",
            },
        ]
    }

    async fn build(lab: Lab, places: &[Place]) -> Result<Self, Trouble> {
        let cables = Cables::plug_in(lab, places).await?;
        let Cables { lab, plugs, .. } = &cables;
        for (_, plug) in places.iter().zip(plugs).filter(|(place, _)| place.away) {
            lab.router.cut(&plug.name).await?;
        }
        let keyfile = |(place, plug): (&Place, &Plug)| match place.raise {
            Raise::Works => Keyfile::fixed(&plug.name, plug),
            Raise::Fails => Keyfile::fixed(&plug.name, plug).set("802-1x", "eap", "md5").set("802-1x", "identity", "somebody"),
            // a NetworkManager that takes it over is done with that in this time, whoever is silent
            Raise::Leased => Keyfile::dhcp(&plug.name, plug).set("ipv4", "dhcp-timeout", "10").set("ipv4", "may-fail", "false"),
            // nobody answers
            Raise::Hangs => Keyfile::dhcp(&plug.name, plug).set("ipv4", "dhcp-timeout", "2147483647").set("ipv4", "may-fail", "false"),
        };
        let keyfiles: Vec<_> = places.iter().zip(plugs).map(keyfile).collect();
        let bus = Bus::start().await?;
        let fails = places.iter().any(|place| place.raise == Raise::Fails);
        let supplicant = if fails { Some(Supplicant::start(&bus).await?) } else { None };
        let nm = NetworkManager::start(&bus, &NetworkManagerOptions::default(), &keyfiles.iter().collect::<Vec<_>>()).await?;
        for (_, keyfile) in places.iter().zip(&keyfiles).filter(|(place, _)| place.found_up) {
            nm.activate(keyfile.uuid()).await?;
            nm.becomes(keyfile.uuid(), Some(ACTIVATED)).await?;
        }
        Ok(Self { cables, keyfiles, nm, _supplicant: supplicant, _bus: bus })
    }

    fn maker(&self) -> Maker {
        let profile = |(id, keyfile): (u32, &Keyfile)| Profile {
            access_point: AccessPointId(id),
            connection: Some(keyfile.uuid().into()),
            interface: None,
        };
        let profiles: Vec<_> = (0..).zip(&self.keyfiles).map(profile).collect();
        Arc::new(move || Ok(Box::new(networkmanager::NetworkManager::new(Options::default(), profiles.clone())?)))
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
        Ok(self.nm.deactivate(self.keyfiles[place].uuid()).await?)
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
    async fn cut(&self, place: usize) -> Result<(), Trouble> {
        let name = &self.cables.plugs[place].name;
        self.cables.cut(place).await?;
        Ok(self.nm.notices_cut(name).await?)
    }

    async fn becomes(&self, found: &Dump) -> Result<(), Trouble> {
        self.cables.resembles(found, LEFT).await
    }
}
