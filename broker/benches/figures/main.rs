//! What does it cost that sessions are another process's? The broker beside a hub in this process and beside a bare peer on the same
//! bus, each in a process of its own, all in one run.
//!
//! `cargo bench -p netsession-broker --bench figures [-- FIGURE...]`, where a figure is `rounds`, `effect` or `many`. Nothing else should run meanwhile.
//! The exit status is 1 if something fails, not if a target is missed.

mod bare;
mod effect;
mod many;
mod part;
#[path = "../../tests/rig/mod.rs"]
mod rig;
mod rounds;
#[path = "../../../conformance/benches/figures/table.rs"]
#[allow(dead_code, reason = "one table for several benches")]
mod table;
mod timed;
mod world;

use std::error::Error;
use std::process::ExitCode;
use table::Table;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One thread, as the program has.
fn runtime() -> Result<tokio::runtime::Runtime, Box<dyn Error>> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

async fn measure(table: &mut Table, is_wanted: impl Fn(&str) -> bool) -> Result<(), Box<dyn Error>> {
    let bus = rig::PrivateBus::start();
    // it is there
    drop(bus.connect().await);
    let store = Store::new()?;
    if is_wanted("rounds") {
        rounds::measure(&bus, &store.0, table).await?;
    }
    if is_wanted("effect") {
        effect::measure(&bus, &store.0, table).await?;
    }
    if is_wanted("many") {
        many::measure(&bus, &store.0, table).await?;
    }
    Ok(())
}

/// A directory in memory, as `/run` is; removed with the value.
struct Store(std::path::PathBuf);

impl Store {
    fn new() -> std::io::Result<Self> {
        let memory = std::path::Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let place = base.join(format!("netsession-figures-{}", std::process::id()));
        std::fs::create_dir_all(&place)?;
        Ok(Self(place))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // what is left is in memory, and small
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn main() -> ExitCode {
    if let Some(ended) = part::run() {
        return ended.map_or_else(failed, |()| ExitCode::SUCCESS);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` passes no `--bench`: nothing is measured then.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |figure: &str| wanted.is_empty() || wanted.iter().any(|name| *name == figure);
    let mut table = Table::default();
    let measured = runtime().and_then(|runtime| runtime.block_on(measure(&mut table, is_wanted)));
    print!("{table}");
    measured.map_or_else(failed, |()| ExitCode::SUCCESS)
}

fn failed(error: Box<dyn Error>) -> ExitCode {
    eprintln!("{error}");
    ExitCode::FAILURE
}
