//! What did Qt's sessions say in the same situations? The table beside the scenarios, which is written from them.

use super::{File, folder};
use libtest_mimic::{Failed, Trial};
use netsession_conformance::scenario::side_by_side;
use netsession_conformance::scenario::words::Verdict;
use std::fmt::Write;

const TABLE: &str = "QT.md";
/// What stands above the table.
const HEAD: &str = "# Side by side with Qt 5.15.8

Written by `NETSESSION_WRITE=1 cargo test -p netsession-conformance --test scenarios qt`. What happened to real Qt sessions on real links
was recorded once, with NetworkManager 1.42.4, with ConnMan 1.41 and with Qt's own polling engine; the scenarios `qt-recorded-*` have what
the kernel and the daemons did as steps, what our sessions say (which is played), and what Qt's said. Causes are left out: Qt has none.
";

pub(super) fn test(files: &'static [File]) -> Trial {
    Trial::test("qt::the_table_is_that_of_the_scenarios", move || compared(files))
}

fn compared(files: &[File]) -> Result<(), Failed> {
    let table = table(files)?;
    let path = folder().join(TABLE);
    if std::env::var_os("NETSESSION_WRITE").is_some() {
        return Ok(std::fs::write(path, table)?);
    }
    if std::fs::read_to_string(&path)? == table { Ok(()) } else { Err(format!("{} is not what the scenarios say", path.display()).into()) }
}

fn table(files: &[File]) -> Result<String, Failed> {
    let mut table = HEAD.to_owned();
    let mut counts = [0; 3];
    let mut rows = String::new();
    for file in files {
        let scenario = file.scenario()?;
        let compared = side_by_side(&scenario)?;
        if compared.is_empty() {
            continue;
        }
        write!(rows, "\n## {}\n\n{}\n\n", file.name, scenario.intent)?;
        rows.push_str("| after | session | ours | Qt with | said | |\n|---|---|---|---|---|---|\n");
        for row in compared {
            let line = |number: &usize| file.text.lines().nth(number - 1).unwrap_or_default().trim();
            let after = row.after.iter().map(line).collect::<Vec<_>>().join("; ");
            let (kind, verdict) = match row.verdict {
                Verdict::Same => (0, "same".to_owned()),
                Verdict::Different(why) => (1, format!("deliberately different: {why}")),
                Verdict::Defect(why) => (2, format!("Qt defect: {why}")),
            };
            counts[kind] += 1;
            writeln!(rows, "| {after} | {} | {} | {} | {} | {verdict} |", row.who, row.ours, row.with, row.peers)?;
        }
    }
    let [same, different, defects] = counts;
    writeln!(table, "\n{same} times the same, {different} times deliberately different, {defects} defects of Qt; none unexplained.")?;
    Ok(table + &rows)
}
