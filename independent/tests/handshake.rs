//! Is the hub what a specification says that was written from the contract alone?

use netsession_independent::compare::compare;
use netsession_independent::needs::present;
use netsession_independent::tlc::{self, Tlc};
use netsession_independent::{ours, system::System};
use std::path::Path;

#[test]
fn the_hub_and_the_specification_are_the_same_seen_from_outside() {
    let Some(tlc) = present(Tlc::find(Path::new(env!("CARGO_TARGET_TMPDIR")))) else { return };
    let run = tlc.run(&tlc.specification("handshake")).expect("TLC completes");
    assert!(run.holds, "a property of the specification itself is violated");
    let specified = tlc::system(&run).expect("readable");
    let ours = ours::walk(&ours::world());
    let outcome = compare(&ours, &specified);
    let figures = |system: &System| (system.visible.len(), system.transitions(), system.seen().len());
    println!("hub {:?}, specification {:?}, pairs {}", figures(&ours), figures(&specified), outcome.pairs);
    let text: Vec<String> = outcome.differences.iter().map(ToString::to_string).collect();
    assert!(text.is_empty(), "{} differences (one: hub, other: specification)\n{}", text.len(), text.join("\n"));
    assert_eq!(ours.seen(), specified.seen());
}
