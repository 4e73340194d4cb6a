//! Is conformance/REPORT.md what the data say? `make report` writes it.

use netsession_conformance::report::{Figure, page, tally};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const EXECUTORS: [&str; 6] = ["sim", "netlink", "networkmanager", "connman", "broker-sim", "broker-netlink"];

/// What a suite of tests printed for `make figures` becomes a figure, once.
fn take(figure: &str) -> io::Result<()> {
    let printed = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../target/report/{figure}.txt"));
    let Ok(said) = fs::read_to_string(&printed) else { return Ok(()) };
    let tallies = tally(&said, &EXECUTORS);
    let row = |executor: &&str| {
        let tally = tallies.get(*executor)?;
        let counts = [tally.passed, tally.failed, tally.excused, tally.ignored].map(|count| count.to_string());
        Some([(*executor).to_owned()].into_iter().chain(counts).collect())
    };
    let columns = ["executor", "passed", "failed", "excused", "not possible there"];
    let command = format!("cargo test -p netsession-conformance --test {figure}");
    Figure::now(figure, &command, &columns, EXECUTORS.iter().filter_map(row).collect())?.keep()?;
    fs::remove_file(printed)
}

/// What `make reached` counted.
fn take_reached() -> io::Result<()> {
    let counted = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/report/reached.ndjson");
    let Ok(said) = fs::read_to_string(&counted) else { return Ok(()) };
    let mut rows = Vec::new();
    for line in said.lines() {
        let line: Value = serde_json::from_str(line)?;
        let share = |of: &str| format!("{} of {}", line[of]["reached"], line[of]["reachable"]);
        let executor = line["executor"].as_str().unwrap_or_default().to_owned();
        let scenarios = ["played", "excused"].map(|count| line[count].to_string());
        let shares = ["transitions", "rows", "words"].map(share);
        rows.push([executor].into_iter().chain(scenarios).chain(shares).collect());
    }
    let columns = ["executor", "scenarios played", "excused", "transitions", "rows", "states, signals, errors, causes, refusals"];
    Figure::now("coverage", "make reached", &columns, rows)?.keep()?;
    fs::remove_file(counted)
}

/// What `make fuzz` said of each target.
fn take_fuzz() -> io::Result<()> {
    let Ok(folder) = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/report/fuzz")) else { return Ok(()) };
    let mut paths = folder.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    let (mut rows, mut seconds) = (Vec::new(), String::new());
    for path in &paths {
        let said = fs::read_to_string(path)?;
        seconds = said.split_once("-max_total_time=").map_or(seconds, |(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect());
        let target = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let last = |mark: &str| said.rsplit_once(mark).and_then(|(_, rest)| rest.split_whitespace().next()).unwrap_or("–").to_owned();
        let found = if said.contains("SUMMARY: libFuzzer") { "a fault" } else { "nothing" };
        rows.push(vec![target, last(" runs in "), last("stat::number_of_executed_units:"), last("cov: "), found.to_owned()]);
        fs::remove_file(path)?;
    }
    if rows.is_empty() {
        return Ok(());
    }
    let columns = ["target", "seconds", "executions", "edges of code", "found"];
    Figure::now("fuzz", &format!("make fuzz SECONDS={seconds}"), &columns, rows)?.keep()
}

#[test]
fn the_page_is_what_the_data_say() -> io::Result<()> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("REPORT.md");
    let writes = env::var_os("NETSESSION_WRITE").is_some();
    if writes {
        ["laws", "scenarios"].iter().try_for_each(|figure| take(figure))?;
        take_reached()?;
        take_fuzz()?;
    }
    let page = page(&Figure::all()?);
    if writes {
        return fs::write(path, page);
    }
    assert!(fs::read_to_string(path)? == page, "`make report` writes it");
    Ok(())
}
