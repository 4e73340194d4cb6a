//! Does the kernel let this process do what real links need?

use super::Check;
use super::configuration::Needs;
use netsession::bind;
use netsession::choose::{Backend, Right, Scene, rights};
use netsession::executor::Carrier;
use rustix::thread::{CapabilitySet, capabilities};
use std::fs;
use std::net::UdpSocket;
use tokio::process::Command;

const GROUP: &str = "kernel";

pub(super) async fn checks(scene: &Scene, needs: Needs) -> Vec<Check> {
    vec![sockets(scene, needs), administration(needs).await, raw(needs), binding(), reverse_path(scene), namespaces().await]
}

fn sockets(scene: &Scene, needs: Needs) -> Check {
    match &scene.interfaces {
        Ok(all) => Check::ok(GROUP, "netlink", format!("{} interfaces beside the loopback", all.len())),
        Err(why) => {
            let todo = "a sandbox may forbid AF_NETLINK (systemd: RestrictAddressFamilies=, containers: their seccomp profile)";
            Check::bad(GROUP, "netlink", needs.netlink, format!("netlink {why}"), todo)
        }
    }
}

async fn administration(needs: Needs) -> Check {
    match rights(Backend::Netlink).await {
        Right::Granted => Check::ok(GROUP, "CAP_NET_ADMIN", "links can be started and stopped without a daemon"),
        Right::Refused(_) | Right::Unknown(_) => {
            let found = "missing: without a daemon links are only watched";
            let todo = "run it as root, or once `sudo setcap cap_net_admin,cap_net_raw+ep \"$(command -v netsession)\"`";
            Check::bad(GROUP, "CAP_NET_ADMIN", needs.netlink, found, todo)
        }
    }
}

fn raw(needs: Needs) -> Check {
    if capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::NET_RAW)) {
        return Check::ok(GROUP, "CAP_NET_RAW", "addresses can be leased without a daemon");
    }
    let found = "missing: without a daemon there is no DHCP";
    Check::bad(GROUP, "CAP_NET_RAW", needs.dhcp, found, "as for CAP_NET_ADMIN, or give addresses in the configuration file")
}

fn binding() -> Check {
    let loopback = Carrier { interface: "lo".to_owned(), index: 1, ..Carrier::default() };
    let bound = UdpSocket::bind("127.0.0.1:0").map_err(|error| error.to_string());
    match bound.and_then(|socket| bind::to_interface(&socket, &loopback).map_err(|error| error.to_string())) {
        Ok(()) => Check::ok(GROUP, "SO_BINDTODEVICE", "sockets can be bound to a carrier"),
        Err(error) => {
            let todo = "a kernel of 5.7 or newer needs no privilege for it; a sandbox may forbid it";
            Check::bad(GROUP, "SO_BINDTODEVICE", true, format!("refused: {error}"), todo)
        }
    }
}

/// The kernel takes the greater one of `all` and the interface's own (Documentation/networking/ip-sysctl.rst).
fn reverse_path(scene: &Scene) -> Check {
    let of = |name: &str| {
        let text = fs::read_to_string(format!("/proc/sys/net/ipv4/conf/{name}/rp_filter")).ok()?;
        text.trim().parse::<u8>().ok()
    };
    let all = of("all").unwrap_or(0);
    let out = scene.interfaces.iter().flatten().filter(|interface| interface.leads_out);
    let strict: Vec<_> = out.filter(|it| of(&it.name).unwrap_or(0).max(all) == 1).map(|it| it.name.as_str()).collect();
    if strict.is_empty() {
        return Check::ok(GROUP, "rp_filter", "answers may come in on every link");
    }
    let found = format!("strict on {}: answers on a link that is not the default route's may be dropped", strict.join(", "));
    Check::bad(GROUP, "rp_filter", false, found, "`sudo sysctl net.ipv4.conf.all.rp_filter=2`")
}

/// In a process of its own: who is in other namespaces cannot come back.
async fn namespaces() -> Check {
    let name = "user namespaces";
    let todo = "see above what refuses it; nothing but the demo on real links and the labs of `make test` needs it";
    let bad = |found: String| Check::bad(GROUP, name, false, found, todo);
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return bad(format!("cannot be tried: {error}")),
    };
    match Command::new(program).args(["doctor", "--try-namespaces"]).kill_on_drop(true).output().await {
        Ok(tried) if tried.status.success() => Check::ok(GROUP, name, "a process gets a network of its own"),
        Ok(tried) => bad(format!("refused: {}", String::from_utf8_lossy(&tried.stderr).trim())),
        Err(error) => bad(format!("cannot be tried: {error}")),
    }
}
