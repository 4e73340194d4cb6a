//! Is conformance/REPORT.md what the data say? `make report` writes it.

use netsession_conformance::report::{Figure, page, tally};
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

#[test]
fn the_page_is_what_the_data_say() -> io::Result<()> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("REPORT.md");
    let writes = env::var_os("NETSESSION_WRITE").is_some();
    if writes {
        ["laws", "scenarios"].iter().try_for_each(|figure| take(figure))?;
    }
    let page = page(&Figure::all()?);
    if writes {
        return fs::write(path, page);
    }
    assert!(fs::read_to_string(path)? == page, "`make report` writes it");
    Ok(())
}
