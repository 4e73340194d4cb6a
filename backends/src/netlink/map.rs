//! What do the kernel's facts mean for an access point? Its state, the cause, and its carrier (SPEC §3).

use super::facts::{Facts, Presence};
use super::profile::Profile;
use crate::executor::Carrier;
use netsession_fsm::words::{Cause, ConfigurationState};

/// State of an access point, and why it is not Active as far as the kernel's facts tell.
///
/// | interface | carrier | addresses | state | cause |
/// |---|---|---|---|---|
/// | missing | | | Defined | Vanished |
/// | down | | | Discovered | |
/// | up | no | | Defined | CarrierLost |
/// | up | yes | not all usable | Discovered | |
/// | up | yes | all usable | Active | |
///
/// `routed` is false where a default route that belongs to the raised link was taken away: it carries no traffic then, and counts
/// as an address that is missing.
pub(super) fn state(facts: &Facts, profile: &Profile, routed: bool) -> (ConfigurationState, Cause) {
    match facts.by_name(&profile.interface) {
        None => (ConfigurationState::Defined, Cause::Vanished),
        Some((_, device)) if !device.up => (ConfigurationState::Discovered, Cause::Unknown),
        Some((_, device)) if !device.carrier => (ConfigurationState::Defined, Cause::CarrierLost),
        Some((index, _)) if routed && facts.worst(index, &profile.addresses) == Presence::Usable => {
            (ConfigurationState::Active, Cause::Unknown)
        }
        Some(_) => (ConfigurationState::Discovered, Cause::Unknown),
    }
}

/// What an application needs to send through the link.
pub(super) fn carrier(facts: &Facts, profile: &Profile) -> Carrier {
    Carrier {
        interface: profile.interface.clone(),
        index: facts.by_name(&profile.interface).map_or(0, |(index, _)| index),
        addresses: profile.addresses.iter().map(|(address, _)| *address).collect(),
        gateway: profile.gateway,
        dns: profile.dns.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::facts::AddressKey;
    use crate::netlink::watch::Told;
    use netsession_fsm::words::AccessPointId;

    #[test]
    fn every_row_of_the_table() {
        let address = "192.0.2.2".parse().unwrap();
        let profile = Profile {
            access_point: AccessPointId(0),
            interface: "wan".into(),
            addresses: vec![(address, 24)],
            gateway: None,
            dns: Vec::new(),
            metric: 100,
        };
        let link = |up, carrier| Told::Link { index: 2, name: "wan".into(), up, carrier };
        let key = AddressKey { index: 2, address, prefix: 24 };
        let mut facts = Facts::default();
        let mut told = |told: &Told, routed| {
            facts.apply(told);
            state(&facts, &profile, routed)
        };
        use ConfigurationState::{Active, Defined, Discovered};
        assert_eq!(told(&Told::LinkGone { index: 2 }, true), (Defined, Cause::Vanished));
        assert_eq!(told(&link(false, false), true), (Discovered, Cause::Unknown));
        assert_eq!(told(&link(true, false), true), (Defined, Cause::CarrierLost));
        assert_eq!(told(&link(true, true), true), (Discovered, Cause::Unknown));
        assert_eq!(told(&Told::Address { key, usable: false, failed: false }, true), (Discovered, Cause::Unknown));
        assert_eq!(told(&Told::Address { key, usable: true, failed: false }, true), (Active, Cause::Unknown));
        assert_eq!(told(&Told::Address { key, usable: true, failed: false }, false), (Discovered, Cause::Unknown));
        assert_eq!(told(&link(true, false), true), (Defined, Cause::CarrierLost));
    }
}
