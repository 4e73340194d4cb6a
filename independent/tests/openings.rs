//! Is what the contract leaves open really open? Read the other way, the specification keeps its own properties, and the hub differs.

use netsession_independent::compare::compare;
use netsession_independent::needs::present;
use netsession_independent::ours;
use netsession_independent::tlc::{self, Tlc};
use std::path::Path;

/// A constant of the specification, how it is read for the hub, and another way.
const OPENINGS: [(&str, &str, &str); 8] = [
    ("ShowsClosing", "FALSE", "TRUE"),
    ("FailedOpen", "\"InvalidConfiguration\"", "\"UnknownSession\""),
    ("ExpiryIsTold", "TRUE", "FALSE"),
    ("OpenRemembers", "FALSE", "TRUE"),
    ("LostMayReturn", "TRUE", "FALSE"),
    ("WindowBarsAll", "TRUE", "FALSE"),
    ("AsksAgain", "TRUE", "FALSE"),
    ("StopsAll", "FALSE", "TRUE"),
];

#[test]
fn each_opening_can_be_read_another_way_and_that_shows() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openings");
    std::fs::create_dir_all(&scratch).expect("scratch");
    let Some(tlc) = present(Tlc::find(&scratch)) else { return };
    for world in [ours::world(), ours::modes()] {
        let hub = ours::walk(&world, usize::MAX);
        let configuration = std::fs::read_to_string(tlc.specification(world.name).with_extension("cfg")).expect("there is one");
        // the one that speaks of modes shows only where the mode changes
        let openings = OPENINGS.into_iter().filter(|(constant, ..)| (*constant == "AsksAgain") == world.calls.modes);
        std::thread::scope(|scope| {
            for (constant, read, other) in openings {
                let (tlc, hub, configuration, scratch) = (&tlc, &hub, &configuration, &scratch);
                scope.spawn(move || {
                    let (ours, theirs) = (format!("{constant} = {read}\n"), format!("{constant} = {other}\n"));
                    assert!(configuration.contains(&ours), "{constant} is read otherwise");
                    std::fs::write(scratch.join(format!("{constant}.cfg")), configuration.replace(&ours, &theirs)).expect("written");
                    let run = tlc.run("handshake", &scratch.join(constant)).expect("TLC completes");
                    assert!(run.holds, "{constant} = {other} violates a property of the specification");
                    let outcome = compare(hub, &tlc::system(&run).expect("readable"));
                    let first = outcome.differences.first().unwrap_or_else(|| panic!("{constant} = {other} makes no difference"));
                    println!("{constant} = {other}: {} differences, the first one\n{first}", outcome.differences.len());
                });
            }
        });
    }
}
