//! Over which simulated network is everything measured? The same in this process and in a broker's.

use crate::rig::{LTE, WLAN};
use crate::timed::{Spent, Timed};
use netsession_backends::client::{Builder, Client};
use netsession_backends::sim::{Behaviour, Network};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{AccessPoint, Bearer, ConfigurationState, ExecutorId, Purpose};
use std::time::Duration;

/// The access point that sessions are opened on; it takes no time.
pub(crate) const SINGLE: &str = "lte";
/// The service network with a better access point, which takes its time.
pub(crate) const NETWORK: &str = "office";
/// The better access point.
pub(crate) const BETTER: &str = "wlan";
/// How long raising the better access point takes.
const RAISING: Duration = Duration::from_millis(20);
/// How long moving the default route to it takes.
const PREFERRING: Duration = Duration::from_millis(10);

const AT_ONCE: Behaviour =
    Behaviour { raise_delay: Duration::ZERO, lower_delay: Duration::ZERO, prefer_delay: Duration::ZERO, ..crate::rig::FAST };

const BETTER_ONE: Behaviour = Behaviour { raise_delay: RAISING, prefer_delay: PREFERRING, state: ConfigurationState::Defined, ..AT_ONCE };

/// The better access point is not in reach yet.
pub(crate) fn network() -> Network {
    let network = Network::new(1);
    network.add(LTE, AT_ONCE);
    network.add(WLAN, BETTER_ONE);
    network
}

/// Does what an order to a part says.
pub(crate) fn happen(network: &Network, order: &str) {
    match order {
        "appear" => network.appear(WLAN),
        "vanish" => network.vanish(WLAN),
        "hurry" => network.behave(WLAN, AT_ONCE),
        "cut" => network.cut(LTE),
        other => eprintln!("no such order: {other:?}"),
    }
}

/// A hub over it; what its executor takes for the better access point is noted.
pub(crate) fn builder(network: &Network, spent: &Spent) -> Builder {
    let settings = Settings { settle: Duration::ZERO, ..crate::rig::settings() };
    let mut builder = Client::builder().settings(settings).executor(Timed::new(network.executor(ExecutorId(0)), WLAN, spent));
    let lte = builder.access_point(SINGLE, AccessPoint { bearer: Bearer::Lte, ..AccessPoint::default() });
    let wlan = builder.access_point(BETTER, AccessPoint { bearer: Bearer::Wlan, ..AccessPoint::default() });
    builder.service_network(NETWORK, Purpose::Private, [wlan, lte]);
    builder
}
