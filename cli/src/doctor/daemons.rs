//! Which daemons run, and may this user have them do something?

use super::Check;
use super::configuration::Needs;
use crate::setup::through::running;
use netsession::Bearer;
use netsession::broker::Runs;
use netsession::choose::{Backend, Right, Scene, names_on_the_bus, rights};

const GROUP: &str = "daemons";

pub(super) async fn checks(scene: &Scene, needs: Needs) -> Vec<Check> {
    let names = names_on_the_bus().await;
    let mut checks = vec![match &names {
        Ok(names) => Check::ok(GROUP, "system bus", format!("answers; {} names on it", names.len())),
        Err(why) => {
            let todo = "install and start D-Bus (Debian package dbus), or set DBUS_SYSTEM_BUS_ADDRESS; without it there is netlink";
            Check::bad(GROUP, "system bus", needs.networkmanager || needs.connman, why.clone(), todo)
        }
    }];
    let version = scene.networkmanager.as_ref().map(|manager| format!("{} runs", manager.version));
    checks.push(runs("NetworkManager", &version, needs.networkmanager, "systemctl start NetworkManager"));
    if version.is_ok() {
        checks.push(right(Backend::NetworkManager, needs.networkmanager).await);
    }
    let found = scene.connman.as_ref().map(|connman| format!("runs with {} services", connman.services.len()));
    checks.push(runs("ConnMan", &found, needs.connman, "systemctl start connman"));
    if found.is_ok() {
        checks.push(right(Backend::Connman, needs.connman).await);
    }
    if version.is_ok() && found.is_ok() {
        let todo = "run one of them, or take interfaces from one (NetworkManager: unmanaged-devices, ConnMan: NetworkInterfaceBlacklist)";
        checks.push(Check::bad(GROUP, "one of them", false, "NetworkManager and ConnMan both run, and may fight over interfaces", todo));
    }
    checks.push(broker().await);
    checks.push(supplicant(
        scene,
        names.as_ref().is_ok_and(|names| names.contains("fi.w1.wpa_supplicant1") || names.contains("net.connman.iwd")),
    ));
    checks
}

/// Whether programs share their sessions.
async fn broker() -> Check {
    let found = match running(None).await {
        Some(Runs { bus, uid, pid }) => {
            format!("runs on {bus}: process {pid} of user {uid}; sessions are its own, `netsession status` lists them")
        }
        None => "does not run; each program has its sessions to itself (`netsession broker`, or its systemd unit, changes that)".to_owned(),
    };
    Check::ok(GROUP, "broker", found)
}

/// Whether a daemon runs; one that nobody needs may be away.
fn runs(name: &str, found: &Result<String, &String>, needed: bool, start: &str) -> Check {
    match found {
        Ok(found) => Check::ok(GROUP, name, found),
        Err(why) if needed => Check::bad(GROUP, name, true, *why, format!("`{start}`")),
        Err(why) => Check::ok(GROUP, name, format!("{why}; nothing that is configured needs it")),
    }
}

async fn right(backend: Backend, needed: bool) -> Check {
    let name = format!("{backend}'s permission");
    match rights(backend).await {
        Right::Granted => Check::ok(GROUP, name, "links can be started and stopped"),
        Right::Unknown(why) => Check::ok(GROUP, name, format!("not known before it is tried: {why}")),
        Right::Refused(why) => {
            let todo = "log in at the machine itself, run it as root, or allow it in polkit's rules (network-control)";
            Check::bad(GROUP, name, needed, format!("{backend} {why}"), todo)
        }
    }
}

/// Wireless networks need it, or iwd; daemons start it themselves where the bus can.
fn supplicant(scene: &Scene, there: bool) -> Check {
    let name = "wpa_supplicant";
    let wireless = scene.interfaces.iter().flatten().any(|interface| interface.bearer == Bearer::Wlan);
    let daemon = scene.networkmanager.is_ok() || scene.connman.is_ok();
    match (there, wireless && daemon) {
        (true, _) => Check::ok(GROUP, name, "on the bus"),
        (false, true) => {
            let todo = "install it (Debian package wpasupplicant), or iwd; `systemctl start wpa_supplicant`";
            Check::bad(GROUP, name, false, "not on the bus, nor is iwd: no encrypted wireless network can be joined", todo)
        }
        (false, false) => Check::ok(GROUP, name, "not on the bus; no daemon here has a wireless interface that needs it"),
    }
}
