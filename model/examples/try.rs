//! scratch
use netsession_model::*;
#[global_allocator]
static A: mimalloc::MiMalloc = mimalloc::MiMalloc;
fn main() {
    for name in std::env::args().skip(1) {
        let w = world::World::all().into_iter().find(|w| w.name == name).unwrap();
        let t = std::time::Instant::now();
        let g = graph::Graph::explore(&w, &mut |s, q, d| {
            if s % 50 < 1 {
                eprintln!("{s} {q} {d}")
            }
        });
        println!(
            "{name}: states {} transitions {} depth {} in {:?} facts {:019b} violation {:?}",
            g.states(),
            g.transitions(),
            g.depth,
            t.elapsed(),
            g.facts.0,
            g.violation
        );
        let bad = g.violation.map(|(n, _)| n).or_else(|| g.first_restless());
        if let Some(n) = bad {
            println!("restless/violating {n}");
            let mut s = state::State::initial(&w);
            for a in g.path(n) {
                println!("* {a:?}");
                let (s2, ex) = next::apply(&w, &s, a, &mut Default::default()).unwrap();
                for (i, o) in ex {
                    println!("    in {i:?}");
                    for o in o {
                        println!("      out {o:?}")
                    }
                }
                s = s2;
            }
            println!("{s:#?}");
        }
    }
}
