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

fn against(target: f64, value: f64, at_most: bool) -> &'static str {
    let met = if at_most { value <= target } else { value >= target };
    if met { "met" } else { "missed" }
}

fn main() {
    // `cargo test --benches` passes no `--bench`: nothing is measured then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let named = std::env::args().nth(1).filter(|name| !name.starts_with('-'));
    let name = named.as_deref().unwrap_or("pair");
    let Some(world) = World::every().into_iter().find(|world| world.name == name) else {
        eprintln!("there is no world {name:?}");
        std::process::exit(2);
    };
    let mut states = 0;
    let stateright = best(1, || {
        let begun = Instant::now();
        let found = second::search(&world, Form::Whole, None, NonZero::<usize>::MIN, &mut |_, _| {});
        assert!(found.complete, "{found:?}");
        states = found.states;
        found.states as f64 / begun.elapsed().as_secs_f64()
    });
    println!("world {name}: {states} states");
    println!("stateright, 1 thread:  {stateright:>9.0} states/s");
    let (mut bytes, mut bytes_of_two) = (0.0, 0.0);
    let one = ours(&world, 1, &mut bytes);
    println!("ours, 1 thread:        {one:>9.0} states/s, {bytes:.1} bytes a state");
    let two = ours(&world, 2, &mut bytes_of_two);
    println!("ours, 2 threads:       {two:>9.0} states/s, {bytes_of_two:.1} bytes a state");
    let (ratio, scaling) = (one / stateright, two / one);
    println!("ratio, 1 thread:       {ratio:>9.1} (at least {RATIO_TARGET}: {})", against(RATIO_TARGET, ratio, false));
    println!("2 threads over 1:      {scaling:>9.2} (at least {SCALING_TARGET}: {})", against(SCALING_TARGET, scaling, false));
    println!("bytes a state:         {bytes_of_two:>9.1} (at most {BYTES_TARGET}: {})", against(BYTES_TARGET, bytes_of_two, true));
}
