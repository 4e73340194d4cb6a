//! scratch
use netsession_model::*;
#[global_allocator]
static A: mimalloc::MiMalloc = mimalloc::MiMalloc;
fn main() {
    let n: Vec<String> = std::env::args().skip(1).collect();
    let ws: Vec<_> = world::World::all().into_iter().filter(|w| n.iter().any(|n| n == w.name)).collect();
    let t = std::time::Instant::now();
    let r = check::run(&ws, std::num::NonZero::new(2).unwrap(), &mut |_| {});
    println!("{r} {:?}", t.elapsed());
}
