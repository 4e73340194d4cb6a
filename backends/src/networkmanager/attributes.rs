//! What does NetworkManager say of a network besides how it stands? What carries it, what it costs, how far it gets (SPEC §3).
//!
//! Numbers are those of NetworkManager's D-Bus types (`NMDeviceType`, `NMMetered`, `NMConnectivityState`, `NMDeviceModemCapabilities`).

use crate::executor::Connectivity;
use netsession_fsm::words::{Bearer, Metered};

/// What carries a link. Without a device the profile's type (`connection.type`) tells.
///
/// A modem is named after the best its hardware and SIM can (`CurrentCapabilities`): NetworkManager does not tell what is used at the moment.
pub(super) fn bearer(device: Option<(u32, u32)>, profile: &str) -> Bearer {
    match device {
        // Ethernet, InfiniBand, bond, VLAN, bridge, team, MACVLAN, VXLAN, veth, MACsec, VRF: cables and what is made of them
        Some((1 | 9 | 10 | 11 | 13 | 15 | 18 | 19 | 20 | 21 | 31, _)) => Bearer::Ethernet,
        Some((2 | 6 | 30, _)) => Bearer::Wlan,
        Some((5, _)) => Bearer::Bluetooth,
        Some((7, _)) => Bearer::WiMax,
        Some((8, capabilities)) => modem(capabilities),
        // tun, IP tunnel, WireGuard
        Some((16 | 17 | 29, _)) => Bearer::Vpn,
        Some(_) | None => match profile {
            "802-3-ethernet" | "infiniband" | "bond" | "vlan" | "bridge" | "team" | "macvlan" | "vxlan" | "veth" | "macsec" | "pppoe" => {
                Bearer::Ethernet
            }
            "802-11-wireless" | "802-11-olpc-mesh" | "wifi-p2p" => Bearer::Wlan,
            "bluetooth" => Bearer::Bluetooth,
            "wimax" => Bearer::WiMax,
            "gsm" => Bearer::Cellular3G,
            "cdma" => Bearer::Cdma2000,
            "vpn" | "wireguard" | "tun" | "ip-tunnel" => Bearer::Vpn,
            _ => Bearer::Unknown,
        },
    }
}

const fn modem(capabilities: u32) -> Bearer {
    const CDMA_EVDO: u32 = 0x2;
    const GSM_UMTS: u32 = 0x4;
    const LTE: u32 = 0x8;
    const NR5G: u32 = 0x40;
    if capabilities & NR5G != 0 {
        Bearer::Cellular5G
    } else if capabilities & LTE != 0 {
        Bearer::Lte
    } else if capabilities & GSM_UMTS != 0 {
        Bearer::Cellular3G
    } else if capabilities & CDMA_EVDO != 0 {
        Bearer::Evdo
    } else {
        Bearer::Unknown
    }
}

/// Whether a link costs by volume, NetworkManager's guesses included. From `NMMetered`.
pub(super) const fn metered(metered: u32) -> Metered {
    match metered {
        1 | 3 => Metered::Yes,
        2 | 4 => Metered::No,
        _ => Metered::Unknown,
    }
}

/// How far traffic gets: the better of both families, in NetworkManager's own order. From `NMConnectivityState`.
///
/// `checked`: NetworkManager looks. If it does not it says "full" of everything that is up, which is nothing anybody found out.
pub(super) fn connectivity(checked: bool, v4: u32, v6: u32) -> Connectivity {
    let of = |state| match state {
        1 => (1, Connectivity::None),
        2 => (3, Connectivity::Portal),
        3 => (2, Connectivity::Limited),
        4 => (4, Connectivity::Full),
        _ => (0, Connectivity::Unknown),
    };
    if checked { of(v4).max(of(v6)).1 } else { Connectivity::Unknown }
}

/// Whether a device of this kind is made by its activation, and has no interface before: bond, VLAN, bridge, team, tun, IP tunnel,
/// MACVLAN, VXLAN, MACsec, dummy, WireGuard, VRF.
pub(super) const fn is_software(device: u32) -> bool {
    matches!(device, 10 | 11 | 13 | 15..=19 | 21 | 22 | 29 | 31)
}

/// The metric NetworkManager gives routes of a device if nobody asks for another (`nm_device_get_route_metric_default`, 1.42).
pub(super) const fn default_metric(device: u32) -> u32 {
    match device {
        29 => 50,
        1 | 20 => 100,
        21 => 125,
        9 => 150,
        12 => 200,
        7 => 250,
        10 => 300,
        15 => 350,
        11 => 400,
        18 => 410,
        13 => 425,
        16 => 450,
        2 => 600,
        8 => 700,
        5 => 750,
        _ => 950,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes() {
        assert_eq!(bearer(Some((20, 0)), ""), Bearer::Ethernet, "veth");
        assert_eq!(bearer(Some((2, 0)), ""), Bearer::Wlan);
        assert_eq!(bearer(Some((32, 0)), "loopback"), Bearer::Unknown);
        assert_eq!(bearer(None, "wireguard"), Bearer::Vpn);
        assert_eq!([0x4, 0x8, 0xc, 0x4c, 0x2, 0x1].map(|can| bearer(Some((8, can)), "gsm")), {
            [Bearer::Cellular3G, Bearer::Lte, Bearer::Lte, Bearer::Cellular5G, Bearer::Evdo, Bearer::Unknown]
        });
        assert_eq!([0, 1, 2, 3, 4].map(metered), [Metered::Unknown, Metered::Yes, Metered::No, Metered::Yes, Metered::No]);
        assert_eq!(connectivity(true, 2, 1), Connectivity::Portal);
        assert_eq!(connectivity(true, 2, 3), Connectivity::Portal, "somebody answers");
        assert_eq!(connectivity(true, 1, 4), Connectivity::Full);
        assert_eq!(connectivity(true, 0, 0), Connectivity::Unknown);
        assert_eq!(connectivity(false, 4, 4), Connectivity::Unknown, "nobody looked");
    }
}
