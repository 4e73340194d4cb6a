//! What may this thread do to the network? Its effective capabilities, in the user namespace of the network namespace it is in.

use netsession_fsm::words::Capabilities;
use rustix::thread::{CapabilitySet, capabilities};

/// Whether links, addresses, routes and rules may be changed.
pub(super) fn may_administrate() -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::NET_ADMIN))
}

/// Whether packet sockets may be opened, for DHCP.
pub(super) fn may_lease() -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::NET_RAW))
}

/// Whether answers that come in on an interface are dropped unless the way back leads through it too
/// (`net.ipv4.conf.*.rp_filter`; the greater one of `all` and the interface counts, 2 is loose).
pub(super) fn is_strict(interface: &str) -> bool {
    let read = |which: &str| std::fs::read_to_string(format!("/proc/sys/net/ipv4/conf/{which}/rp_filter")).unwrap_or_default();
    ["all", interface].map(|which| read(which).trim().parse::<u8>().unwrap_or(0)).into_iter().max() == Some(1)
}

/// What the executor offers (SPEC §10). Who may not change links cannot start, stop or prefer one: roaming, too, ends at the default
/// route. Commands are carried out as far as the kernel lets them all the same.
pub(super) fn offered(may_administrate: bool) -> Capabilities {
    if may_administrate {
        return Capabilities::ALL;
    }
    Capabilities::ALL
        .without(Capabilities::CAN_START_AND_STOP_INTERFACES)
        .without(Capabilities::APPLICATION_LEVEL_ROAMING)
        .without(Capabilities::FORCED_ROAMING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_permission_links_are_only_watched() {
        let watched = Capabilities::DIRECT_CONNECTION_ROUTING.with(Capabilities::DATA_STATISTICS);
        assert_eq!((offered(true), offered(false)), (Capabilities::ALL, watched));
    }
}
