//! What do all labs begin with? Profiles for access points of the lab, and the executor on the bench.

use netsession_backends::netlink::{Netlink, Options, Profile};
use netsession_conformance::lab::{Bench, Plug, Trouble};
use netsession_fsm::words::AccessPointId;

/// The first access point.
pub(crate) const WIFI: AccessPointId = AccessPointId(0);
/// The second access point.
pub(crate) const LTE: AccessPointId = AccessPointId(1);

/// A profile with both addresses and an IPv4 gateway.
pub(crate) fn profile(access_point: AccessPointId, plug: &Plug) -> Profile {
    Profile {
        access_point,
        interface: plug.name.clone(),
        addresses: vec![plug.v4, plug.v6],
        gateway: Some(plug.gateway_v4),
        dns: vec!["192.0.2.53".parse().expect("an address")],
        metric: 100,
        ..Profile::default()
    }
}

/// A profile whose IPv4 address is leased.
pub(crate) fn leased(access_point: AccessPointId, plug: &Plug) -> Profile {
    Profile { access_point, interface: plug.name.clone(), dhcp: true, metric: 100, ..Profile::default() }
}

/// The executor with these profiles.
pub(crate) async fn bench(profiles: &[Profile]) -> Result<Bench<Netlink>, Box<dyn std::error::Error>> {
    bench_with(Options::default(), profiles).await
}

/// The executor with these profiles and options.
pub(crate) async fn bench_with(options: Options, profiles: &[Profile]) -> Result<Bench<Netlink>, Box<dyn std::error::Error>> {
    let access_points: Vec<_> = profiles.iter().map(|profile| profile.access_point).collect();
    Ok(on_bench(Netlink::new(options, profiles.to_vec())?, &access_points).await?)
}

async fn on_bench(netlink: Netlink, access_points: &[AccessPointId]) -> Result<Bench<Netlink>, Trouble> {
    Bench::new(netlink, access_points.iter().copied()).await
}
