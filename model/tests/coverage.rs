//! Does everything that can occur occur in some world? What does not has a reason. And are the stored runs, which reach all of it, those
//! that are found today?

use netsession_model::coverage::orders::{Order, orders};
use netsession_model::coverage::walked::{Walked, walked};
use netsession_model::coverage::{Found, table};
use netsession_model::world::World;
use std::fs;
use std::path::{Path, PathBuf};

const TABLE: &str = "# What the worlds reach\n\n\
    Written by `make walked`. Every state and every handled cell of the machines (an event in a leaf, and where it leads), every signal, error,\n\
    cause and refusal, and every row of SPEC §5 and §6.3: the first world of the set `quick` in which it occurs, or why it occurs in none.\n\n\
    | kind | what | occurs |\n|---|---|---|\n";
const RUNS: &str = "# Runs that a walk over the model found\n\n\
    Written by `make walked`, which makes the scenarios in `conformance/scenarios/walked` of them: there is what everybody says. Each is\n\
    there for something that none before it reaches; together they reach everything that deeds, each to its end, can reach.\n\
    What these do not reach is reached by other orders of reports: `model/orders`.\n";

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn writes() -> bool {
    std::env::var_os("NETSESSION_WRITE").is_some()
}

/// What is kept is this; or becomes it.
fn is(name: &str, text: &str, wrong: &mut Vec<String>) {
    if writes() {
        fs::write(kept(name), text).expect("it can be written");
    }
    if fs::read_to_string(kept(name)).unwrap_or_default() != text {
        wrong.push(format!("model/{name} is not what was found; `make walked` writes it"));
    }
}

/// Everything is reached or excused, nothing is both. What deeds reach is in the walked runs; what they do not is in the runs with other
/// orders of reports.
#[test]
fn everything_is_reached_or_excused_and_runs_reach_it() {
    let (runs, missing) = walked();
    let missing = missing.into_iter().collect();
    let found = Found::of(World::quick(), &missing);
    let (rows, mut wrong) = table(&found);
    is("COVERAGE.md", &format!("{TABLE}{rows}"), &mut wrong);
    is("WALKED.md", &sections(&runs), &mut wrong);
    stored(&orders(&found, &missing), &mut wrong);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn sections(runs: &[Walked]) -> String {
    let section = |run: &Walked| format!("\n## {}\n\n```text\n{}```\n", run.name, run.text);
    RUNS.to_owned() + &runs.iter().map(section).collect::<String>()
}

fn stored(orders: &[Order], wrong: &mut Vec<String>) {
    if writes() {
        let _ = fs::remove_dir_all(kept("orders"));
        fs::create_dir_all(kept("orders")).expect("it can be made");
    }
    let named = |order: &Order| format!("orders/{}.trace.json", order.name);
    orders.iter().for_each(|order| is(&named(order), &order.trace.json(), wrong));
    let known: Vec<_> = orders.iter().map(|order| kept(&named(order))).collect();
    let all = fs::read_dir(kept("orders")).into_iter().flatten().flatten().map(|file| file.path());
    wrong.extend(all.filter(|path| !known.contains(path)).map(|path| format!("{} is found no more", path.display())));
}
