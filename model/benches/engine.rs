//! How fast is our search beside stateright's, on the same world, in one run? And what does a state weigh?
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a bench reads the clock")]

use netsession_model::engine::{Options, Outcome, Search};
use netsession_model::second::{self, Form};
use netsession_model::world::World;
use std::num::NonZero;
use std::time::Instant;

/// The allocator of the program: stateright allocates a state for each transition.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Times stateright's rate, one thread each.
const RATIO_TARGET: f64 = 5.0;
/// Two threads over one.
const SCALING_TARGET: f64 = 1.6;
/// Bytes a state, all that the search takes.
const BYTES_TARGET: f64 = 48.0;
const ROUNDS: usize = 3;

/// The better of some rounds: others work on the same machine.
fn best(rounds: usize, mut round: impl FnMut() -> f64) -> f64 {
    (0..rounds).map(|_| round()).fold(0.0, f64::max)
}

fn ours(world: &World, threads: usize, bytes: &mut f64) -> f64 {
    let options = Options { threads: NonZero::new(threads).unwrap_or(NonZero::<usize>::MIN), edges: false, ..Options::default() };
    best(ROUNDS, || {
        let begun = Instant::now();
        let found = Search::run(world, &options, &mut |_| {});
        let seconds = begun.elapsed().as_secs_f64();
        assert!(matches!(found.outcome, Outcome::Complete { .. }), "{:?}", found.outcome);
        *bytes = found.bytes as f64 / found.states() as f64;
        found.states() as f64 / seconds
    })
}

/// What a world showed.
struct Figures {
    name: &'static str,
    states: usize,
    stateright: f64,
    coded: f64,
    one: f64,
    two: f64,
    bytes: f64,
}

fn stateright(world: &World, form: Form, states: usize) -> f64 {
    let begun = Instant::now();
    let found = second::search(world, form, None, NonZero::<usize>::MIN, &mut |_, _| {});
    assert!(found.complete && found.states == states, "{found:?}");
    found.states as f64 / begun.elapsed().as_secs_f64()
}

fn measured(world: &World) -> Figures {
    let (mut bytes, mut bytes_of_two) = (0.0, 0.0);
    let one = ours(world, 1, &mut bytes);
    let two = ours(world, 2, &mut bytes_of_two);
    let states = Search::run(world, &Options { edges: false, ..Options::default() }, &mut |_| {}).states();
    let (whole, coded) = (stateright(world, Form::Whole, states), stateright(world, Form::Codes, states));
    Figures { name: world.name, states, stateright: whole, coded, one, two, bytes: bytes.max(bytes_of_two) }
}

const fn against(target: f64, value: f64, at_most: bool) -> &'static str {
    let met = if at_most { value <= target } else { value >= target };
    if met { "met" } else { "missed" }
}

fn main() {
    // `cargo test --benches` passes no `--bench`: nothing is measured then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let mut names: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    if names.is_empty() {
        names = ["pair", "terms", "radio", "solo"].map(str::to_owned).to_vec();
    }
    println!("states/s; stateright with one thread, given whole states and codes; ours with one thread and with two");
    println!(
        "{:<10} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7} {:>7} {:>7}",
        "world", "states", "whole", "codes", "one", "two", "ratio", "two/one", "bytes"
    );
    let mut all = Vec::new();
    for name in &names {
        let Some(world) = World::every().into_iter().find(|world| world.name == *name) else {
            eprintln!("there is no world {name:?}");
            std::process::exit(2);
        };
        let Figures { name, states, stateright, coded, one, two, bytes } = measured(&world);
        let (ratio, scaling) = (one / stateright, two / one);
        println!("{name:<10} {states:>9} {stateright:>9.0} {coded:>9.0} {one:>9.0} {two:>9.0} {ratio:>7.1} {scaling:>7.2} {bytes:>7.1}");
        all.push((name, ratio, scaling, bytes));
    }
    for (name, ratio, scaling, bytes) in all {
        println!(
            "{name}: ours over stateright on whole states at least {RATIO_TARGET}: {}; two threads over one at least {SCALING_TARGET}: {}; \
             bytes a state at most {BYTES_TARGET}: {}",
            against(RATIO_TARGET, ratio, false),
            against(SCALING_TARGET, scaling, false),
            against(BYTES_TARGET, bytes, true)
        );
    }
}
