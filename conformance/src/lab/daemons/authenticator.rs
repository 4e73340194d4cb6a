//! What makes connecting slow, or fail, for reasons of its own? 802.1X: an authenticator on the far end, a supplicant here.

use super::bus::wait_for_name;
use super::process::has_said;
use super::{Bus, Daemon, PLACE, Program, eventually};
use crate::lab::{Lab, LabError, Plug};
use std::fs;
use std::path::Path;

/// The authenticator on the far end of an access point: it lets in one user (EAP-MD5). It takes about two seconds to do so. Whoever
/// does not ask it is not kept out: the far end is a cable, not a switch.
#[derive(Debug)]
pub struct Authenticator {
    name: String,
    daemon: Daemon,
}

impl Authenticator {
    /// Starts it, on a cable that is not cut.
    ///
    /// # Errors
    /// If it cannot be started.
    pub async fn start(lab: &Lab, plug: &Plug, identity: &str, password: &str) -> Result<Self, LabError> {
        let name = format!("hostapd-{}", plug.name);
        let (users, file) = (Path::new(PLACE).join(format!("{name}.users")), Path::new(PLACE).join(format!("{name}.conf")));
        let configuration = format!(
            "interface={}\ndriver=wired\nlogger_stdout=-1\nlogger_stdout_level=1\nieee8021x=1\neap_server=1\neap_user_file={}\n\
             eap_reauth_period=0\nuse_pae_group_addr=1\n",
            plug.name,
            users.display()
        );
        let written = fs::write(&users, format!("\"{identity}\" MD5 \"{password}\"\n")).and_then(|()| fs::write(&file, configuration));
        written.map_err(LabError::system("write the configuration of hostapd"))?;
        let mut command = Daemon::command(Program::Hostapd, &name)?;
        command.arg(file);
        let mut daemon = Daemon::new(&name, lab.router.spawn(command).await?);
        let ready = async || if daemon.ended().is_err() { Some(daemon.ended()) } else { has_said(&name, "AP-ENABLED").then_some(Ok(())) };
        eventually(&name, ready).await??;
        Ok(Self { name, daemon })
    }

    /// Waits until it has let somebody in.
    ///
    /// # Errors
    /// If it does not.
    pub async fn accepted(&self) -> Result<(), LabError> {
        eventually("an EAP success", async || has_said(&self.name, "CTRL-EVENT-EAP-SUCCESS").then_some(())).await
    }

    /// Waits until it has refused somebody.
    ///
    /// # Errors
    /// If it does not.
    pub async fn refused(&self) -> Result<(), LabError> {
        eventually("an EAP failure", async || has_said(&self.name, "CTRL-EVENT-EAP-FAILURE").then_some(())).await
    }

    /// Its process: frozen, it answers nothing until it is thawed.
    pub const fn daemon(&mut self) -> &mut Daemon {
        &mut self.daemon
    }
}

/// The supplicant NetworkManager needs for 802.1X. Here it is started before; on a machine the bus would start it.
#[derive(Debug)]
pub struct Supplicant(Daemon);

impl Supplicant {
    /// Starts it and waits until it is on the bus.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn start(bus: &Bus) -> Result<Self, LabError> {
        let mut command = Daemon::command(Program::WpaSupplicant, "wpa_supplicant")?;
        command.args(["-u", "-O", "/run/wpa_supplicant"]);
        let daemon = Daemon::start("wpa_supplicant", command)?;
        wait_for_name(bus.connection(), "fi.w1.wpa_supplicant1", true).await?;
        Ok(Self(daemon))
    }

    /// Its process.
    pub const fn daemon(&mut self) -> &mut Daemon {
        &mut self.0
    }
}
