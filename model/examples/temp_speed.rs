use netsession_model::engine::{Options, Search};
use netsession_model::world::World;
use std::num::NonZero;
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
fn main() {
    let mut args = std::env::args().skip(1);
    let threads: usize = args.next().unwrap().parse().unwrap();
    let edges = args.next().unwrap() == "edges";
    for name in args {
        let world = World::every().into_iter().find(|world| world.name == name).unwrap();
        if std::env::var_os("SECOND").is_some() {
            let found = netsession_model::second::search(&world, if std::env::var_os("WHOLE").is_some() { netsession_model::second::Form::Whole } else { netsession_model::second::Form::Codes }, None, NonZero::new(threads).unwrap(), &mut |_, _| {});
            println!("{name}: {found:?} {:.0} states/s cpu {:.2}", found.states as f64 / found.milliseconds as f64 * 1000.0, cpu());
            continue;
        }
        let c = cpu(); let begun = std::time::Instant::now();
        let found = Search::run(&world, &Options { recheck: std::env::var_os("RECHECK").is_some(), edges, threads: NonZero::new(threads).unwrap(), ..Options::default() }, &mut |_| {});
        let t = begun.elapsed().as_secs_f64();
        println!("{name}: {:?} {t:.2} s, {:.0} states/s, {:.1} bytes, pinned {}, cpu {:.2}", found.outcome, found.states() as f64 / t, found.bytes as f64 / found.states() as f64, world.states, cpu() - c);
    }
}
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
