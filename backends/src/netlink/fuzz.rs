//! What does the kernel's word come to, whatever it says? The reader of its events without a socket, for fuzzing.

use super::bearer;
use super::facts::Facts;
use super::map::{self, Standing};
use super::profile::Profile;
use super::watch::{self, Told};
use netsession_fsm::words::ConfigurationState;

/// Hears datagrams as if the kernel had sent them, and looks at each device as a link that is found, with DHCP, and with SLAAC.
///
/// # Panics
/// If a link is Active on a device that is not there, is down or has no carrier, or has an address or a router of a device that is gone.
/// The same events a second time must not panic either.
pub fn hear(datagrams: &[&[u8]]) {
    let mut facts = Facts::default();
    let told: Vec<Told> = datagrams.iter().flat_map(|datagram| watch::events(datagram)).collect();
    for told in &told {
        facts.apply(told);
        if let Told::LinkGone { index } = told {
            assert!(facts.device(*index).is_none() && facts.addresses_of(*index).next().is_none(), "{index} is gone");
            assert_eq!((facts.gateway(*index, false), facts.gateway(*index, true)), (None, None), "{index} is gone");
        }
    }
    for (index, device) in facts.devices() {
        let _ = bearer::of(index, &device.name, &device.hardware);
        for profile in profiles(&device.name) {
            let standing = Standing { routed: true, ours: false, lease: None, lost: false, dns: &[] };
            let (state, _) = map::state(&facts, &profile, standing);
            // two devices of one name: the first is meant
            let meant = facts.by_name(&device.name).map(|(index, _)| index);
            let usable = meant.and_then(|index| facts.device(index)).is_some_and(|device| device.up && device.carrier);
            assert!(state != ConfigurationState::Active || usable, "{device:?}");
            let carrier = map::carrier(&facts, &profile, standing);
            assert_eq!(Some(carrier.index), meant);
        }
    }
    told.iter().for_each(|told| facts.apply(told));
}

fn profiles(interface: &str) -> [Profile; 3] {
    let found = Profile { interface: interface.to_owned(), ..Profile::default() };
    [found.clone(), Profile { dhcp: true, ..found.clone() }, Profile { slaac: true, ..found }]
}
