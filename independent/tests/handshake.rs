//! Is the hub what a specification says that was written from the contract alone?

use netsession_independent::compare::compare;
use netsession_independent::needs::present;
use netsession_independent::tlc::{self, Tlc};
use netsession_independent::{ours, system::System};
use netsession_model::world::World;
use std::path::Path;

fn both_are_the_same(world: &World) {
    let Some(tlc) = present(Tlc::find(Path::new(env!("CARGO_TARGET_TMPDIR")))) else { return };
    let run = tlc.run("handshake", &tlc.specification(world.name)).expect("TLC completes");
    assert!(run.holds, "a property of the specification itself is violated");
    let specified = tlc::system(&run).expect("readable");
    assert_eq!(specified.visible.len(), run.states, "TLC printed every state it found");
    let ours = ours::walk(world, usize::MAX);
    let outcome = compare(&ours, &specified);
    let figures = |system: &System| (system.visible.len(), system.transitions(), system.seen().len());
    println!("{}: hub {:?}, specification {:?}, pairs {}", world.name, figures(&ours), figures(&specified), outcome.pairs);
    assert_eq!(outcome.cut, 0);
    let text: Vec<String> = outcome.differences.iter().map(ToString::to_string).collect();
    assert!(text.is_empty(), "{} differences (one: hub, other: specification)\n{}", text.len(), text.join("\n"));
    assert_eq!(ours.seen(), specified.seen());
}

#[test]
fn the_handshake_is_the_specified_one() {
    both_are_the_same(&ours::world());
}

#[test]
fn changes_of_mode_do_what_is_specified() {
    both_are_the_same(&ours::modes());
}
