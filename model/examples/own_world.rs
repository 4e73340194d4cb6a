//! How is a policy of your own checked? A world as data, a property as a closure, every reachable state.
//!
//! `cargo run --release -p netsession-model --example own_world`

use netsession_fsm::words::{AccessPoint, AccessPointId, Bearer, Metered, Mode};
use netsession_model::always::{Holds, always};
use netsession_model::graph::is_quiet;
use netsession_model::state::State;
use netsession_model::story::Story;
use netsession_model::world::{Calls, NETWORK, Plan, World};

const SATELLITE: AccessPointId = AccessPointId(1);

/// Your access points, best first, and who uses them. Everything else is as in a world of ours.
pub fn ship() -> World {
    let harbour = AccessPoint { bearer: Bearer::Wlan, metered: Metered::No, ..AccessPoint::default() };
    let satellite = AccessPoint { metered: Metered::Yes, ..AccessPoint::default() };
    World {
        name: "ship",
        about: "harbour WLAN before a satellite link that costs",
        names: &["harbour", "satellite"],
        access_points: vec![harbour, satellite],
        sessions: vec![Plan { configuration: NETWORK, mode: Mode::Forced }],
        calls: Calls { stop: false, open_twice: false, request_roam: false, modes: false, windows: false, requirements: false, die: false },
        states: 0,
        ..World::terms()
    }
}

/// Your property: when nothing is under way, the expensive link carries the default route only if the session is on it.
pub fn satellite_only_when_used(state: &State) -> Option<bool> {
    let on_satellite = state.route == Some(SATELLITE);
    let used = state.hub.sessions().any(|id| state.hub.snapshot(id).is_some_and(|session| session.active == Some(SATELLITE)));
    (is_quiet(state) && on_satellite).then_some(used)
}

/// Your property, judged: how many states there are and how many it speaks of, or the shortest story that breaks it.
pub fn check() -> Result<Holds, Box<Story>> {
    always(&ship(), "the satellite carries the default route only when it is used", satellite_only_when_used)
}

#[allow(dead_code)] // the tests call `check`
fn main() {
    match check() {
        Ok(holds) => println!("holds in all of {} states; it speaks of {}", holds.states, holds.witnesses),
        Err(story) => {
            println!("{story}");
            std::process::exit(1);
        }
    }
}
