//! How is a policy of your own checked? A world as data, a property as a closure, every reachable state.
//!
//! `cargo run --release -p netsession-model --example own_world`

use netsession_fsm::words::{AccessPoint, AccessPointId, Bearer, ConfigurationState, Metered, Mode, Preference, Requirements};
use netsession_model::always::{Fails, Holds, always};
use netsession_model::graph::is_quiet;
use netsession_model::state::State;
use netsession_model::world::{NETWORK, Plan, World};

const HARBOUR: AccessPointId = AccessPointId(0);
const SATELLITE: AccessPointId = AccessPointId(1);

/// Your access points and their order, your policy, who uses them. Everything else is as in a world of ours.
pub fn ship() -> World {
    let harbour = AccessPoint { bearer: Bearer::Wlan, metered: Metered::No, ..AccessPoint::default() };
    let satellite = AccessPoint { bearer: Bearer::Unknown, metered: Metered::Yes, ..AccessPoint::default() };
    // The service network prefers the satellite; this session would rather not pay for it.
    let thrifty = Requirements { metered: Preference::Avoid, ..Requirements::NONE };
    World {
        name: "ship",
        about: "a satellite link that costs, and WLAN in the harbour",
        names: &["harbour", "satellite"],
        access_points: vec![harbour, satellite],
        networks: vec![vec![SATELLITE, HARBOUR]],
        sessions: vec![Plan { requirements: thrifty, ..Plan::of(0, NETWORK, Mode::Forced) }],
        states: 0,
        ..World::plain()
    }
}

/// Your property: when nothing is under way and nothing failed of late, an open session is not on the satellite with the harbour in reach.
pub fn harbour_when_in_reach(state: &State) -> Option<bool> {
    let session = state.hub.sessions().next()?;
    let in_reach = state.link(HARBOUR).state >= ConfigurationState::Discovered;
    let settled = is_quiet(state) && !state.hub.suppresses(session, HARBOUR);
    let active = state.hub.snapshot(session)?.active?;
    (settled && in_reach).then_some(active == HARBOUR)
}

/// Your property, judged: how many states there are and how many it speaks of, or the shortest story that breaks it.
pub fn check() -> Result<Holds, Fails> {
    always(&ship(), "in the harbour nobody pays for the satellite", harbour_when_in_reach)
}

#[allow(dead_code)] // the tests call `check`
fn main() {
    match check() {
        Ok(holds) => println!("holds in all of {} states; it speaks of {}", holds.states, holds.witnesses),
        Err(fails) => {
            println!("{fails}");
            std::process::exit(1);
        }
    }
}
