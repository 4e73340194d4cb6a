//! What carries a link? What the kernel says of the device, and sysfs where the kernel's messages do not tell.

use netsession_fsm::words::Bearer;
use rtnetlink::packet_route::link::{InfoKind, LinkAttribute, LinkInfo, LinkMessage};
use std::fs;
use std::path::Path;

/// `ARPHRD_*` of `linux/if_arp.h`.
const ETHER: u16 = 1;
const TUNNEL: u16 = 768;
const TUNNEL6: u16 = 769;
const SIT: u16 = 776;
const IPGRE: u16 = 778;
const IEEE80211: u16 = 801;
const IEEE80211_RADIOTAP: u16 = 803;
const IP6GRE: u16 = 823;
/// No link layer at all: tun, WireGuard.
const NONE: u16 = 0xFFFE;

/// What a device is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Hardware {
    /// `ARPHRD_*`, the kind of its link layer.
    layer: u16,
    /// The kernel's name of the kind of a virtual device (`veth`, `wireguard`), none for a real one.
    kind: Option<InfoKind>,
    /// Its address in the link layer, empty if there is none.
    pub(super) address: Vec<u8>,
}

impl Hardware {
    /// Its frames are those of Ethernet, and it has an address there. `lo` has one of zeros.
    pub(super) fn is_ethernet(&self) -> bool {
        self.layer == ETHER && self.address.len() == 6
    }
}

/// What a link message says of the hardware.
pub(super) fn hardware(link: &LinkMessage) -> Hardware {
    let mut hardware = Hardware { layer: link.header.link_layer_type.into(), ..Hardware::default() };
    for attribute in &link.attributes {
        match attribute {
            LinkAttribute::Address(address) => hardware.address.clone_from(address),
            LinkAttribute::LinkInfo(infos) => {
                hardware.kind = infos.iter().find_map(|info| match info {
                    LinkInfo::Kind(kind) => Some(kind.clone()),
                    _ => None,
                });
            }
            _ => {}
        }
    }
    hardware
}

/// What sysfs says of a device that looks like Ethernet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disguise {
    /// What it looks like.
    None,
    /// `wireless` or `phy80211` is there: Wlan drivers make Ethernet frames.
    Wlan,
    /// `DEVTYPE=wwan`: a modem of some generation.
    Modem,
    /// `DEVTYPE=bluetooth`: BNEP.
    Bluetooth,
}

/// What carries the device with this index and name; [`Bearer::Unknown`] if that is not sure.
pub(super) fn of(index: u32, name: &str, hardware: &Hardware) -> Bearer {
    bearer(hardware, disguise(Path::new("/sys/class/net"), index, name))
}

/// A modem's generation changes from minute to minute and only its daemon knows it: `Unknown`. So is whatever runs over a serial line.
fn bearer(hardware: &Hardware, disguise: Disguise) -> Bearer {
    match (hardware.layer, disguise) {
        (ETHER, Disguise::Wlan) | (IEEE80211..=IEEE80211_RADIOTAP, _) => Bearer::Wlan,
        (ETHER, Disguise::Bluetooth) => Bearer::Bluetooth,
        (ETHER, Disguise::None) if matches!(hardware.kind, Some(InfoKind::Tun | InfoKind::Wwan)) => tap(hardware),
        (ETHER, Disguise::None) => Bearer::Ethernet,
        (TUNNEL | TUNNEL6 | SIT | IPGRE | IP6GRE, _) => Bearer::Vpn,
        (NONE, Disguise::None) if matches!(hardware.kind, Some(InfoKind::Tun | InfoKind::Wireguard | InfoKind::Xfrm)) => Bearer::Vpn,
        _ => Bearer::Unknown,
    }
}

/// A tap is the end of somebody's tunnel; a modem's own kind is a modem.
fn tap(hardware: &Hardware) -> Bearer {
    if hardware.kind == Some(InfoKind::Tun) { Bearer::Vpn } else { Bearer::Unknown }
}

/// Sysfs shows the devices of the network namespace it was mounted in: what it says counts only if the index fits too.
fn disguise(net: &Path, index: u32, name: &str) -> Disguise {
    let device = net.join(name);
    let read = |file: &str| fs::read_to_string(device.join(file)).unwrap_or_default();
    if read("ifindex").trim() != index.to_string() {
        return Disguise::None;
    }
    let events = read("uevent");
    match events.lines().find_map(|line| line.strip_prefix("DEVTYPE=")) {
        Some("wlan") => Disguise::Wlan,
        Some("wwan") => Disguise::Modem,
        Some("bluetooth") => Disguise::Bluetooth,
        _ if device.join("wireless").exists() || device.join("phy80211").exists() => Disguise::Wlan,
        _ => Disguise::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_what_they_are() {
        let hardware = |layer, kind: Option<InfoKind>| Hardware { layer, kind, address: Vec::new() };
        let cases = [
            (hardware(ETHER, None), Disguise::None, Bearer::Ethernet),
            (hardware(ETHER, Some(InfoKind::Veth)), Disguise::None, Bearer::Ethernet),
            (hardware(ETHER, Some(InfoKind::Vlan)), Disguise::None, Bearer::Ethernet),
            (hardware(ETHER, None), Disguise::Wlan, Bearer::Wlan),
            (hardware(ETHER, None), Disguise::Bluetooth, Bearer::Bluetooth),
            (hardware(ETHER, None), Disguise::Modem, Bearer::Unknown),
            (hardware(ETHER, Some(InfoKind::Tun)), Disguise::None, Bearer::Vpn),
            (hardware(NONE, Some(InfoKind::Tun)), Disguise::None, Bearer::Vpn),
            (hardware(NONE, Some(InfoKind::Wireguard)), Disguise::None, Bearer::Vpn),
            (hardware(NONE, Some(InfoKind::Wwan)), Disguise::None, Bearer::Unknown),
            (hardware(SIT, Some(InfoKind::SitTun)), Disguise::None, Bearer::Vpn),
            (hardware(256, None), Disguise::None, Bearer::Unknown),
            (hardware(772, None), Disguise::None, Bearer::Unknown),
            (hardware(512, None), Disguise::None, Bearer::Unknown),
        ];
        for (hardware, disguise, expected) in cases {
            assert_eq!(bearer(&hardware, disguise), expected, "{hardware:?} {disguise:?}");
        }
    }

    #[test]
    fn sysfs_of_another_namespace_says_nothing() {
        let net = std::env::temp_dir().join(format!("netsession-bearer-{}", std::process::id()));
        let device = net.join("wan");
        fs::create_dir_all(&device).unwrap();
        fs::write(device.join("ifindex"), "7\n").unwrap();
        fs::write(device.join("uevent"), "DEVTYPE=wlan\nINTERFACE=wan\nIFINDEX=7\n").unwrap();
        let said = [disguise(&net, 7, "wan"), disguise(&net, 8, "wan"), disguise(&net, 7, "lan")];
        fs::remove_dir_all(&net).unwrap();
        assert_eq!(said, [Disguise::Wlan, Disguise::None, Disguise::None]);
    }
}
