//! Does everything that can occur occur in some world? What does not has a reason.

use netsession_model::coverage;
use netsession_model::world::World;

const HEAD: &str = "# What the worlds reach\n\n\
    Written by `make mutants`. Every state and every handled cell of the machines (an event in a leaf, and where it leads), every signal, error,\n\
    cause and refusal, and every row of SPEC §5 and §6.3: the first world of the set `quick` in which it occurs, or why it occurs in none.\n\n\
    | kind | what | occurs |\n|---|---|---|\n";

/// Everything is reached or excused, nothing is both; the table is the one that is kept.
#[test]
fn everything_is_reached_or_excused() {
    let (rows, wrong) = coverage::table(&World::quick());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let table = format!("{HEAD}{rows}");
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/COVERAGE.md");
    if std::env::var_os("NETSESSION_WRITE").is_some() {
        std::fs::write(kept, &table).expect("the table can be written");
    }
    let written = std::fs::read_to_string(kept).unwrap_or_default();
    assert_eq!(written, table, "model/COVERAGE.md is not what was found; `make mutants` writes it");
}
