//! What does recording cost? What a step takes longer on the drive loop, beside a step with its effects on real links.
//!
//! The cost is the difference between two simulated networks in memory, where a step takes least: the same sessions opened and closed,
//! recorded and not. It is measured in a process of its own, because everything in a lab records.

use crate::subject::{Stage, Subject, WLAN, becomes, session};
use crate::table::Target;
use crate::tell::tell;
use netsession_backends::client::Client;
use netsession_backends::sim::{Behaviour, Network};
use netsession_conformance::lab::{Lab, Outcome};
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::words::{AccessPoint, AccessPointId, ConfigurationState, ExecutorId, Mode};
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, id};
use std::time::{Duration, Instant};

/// Hidden argument: measure in memory, and print.
pub(crate) const IN_MEMORY: &str = "--in-memory";
const ROUNDS: usize = 15;
const PAIRS: u32 = 1000;
const REAL_PAIRS: u32 = 50;
const THOUSAND: u32 = 1000;

/// Both, side by side.
pub(crate) async fn costs(lab: Lab, subject: Subject) -> Outcome {
    let stage = Stage::new(lab, subject).await?;
    let client = stage.client().await?;
    let open = session(&client, WLAN, Mode::Off).await?;
    let begun = Instant::now();
    for _ in 0..REAL_PAIRS {
        open.open().await?;
        open.close().await?;
        becomes(&client, WLAN, |state| state == ConfigurationState::Discovered).await?;
    }
    let took = begun.elapsed();
    client.shutdown().await;
    // those of the beginning and the end are counted too: a step takes a little less than it does
    let steps = steps(&PathBuf::from(format!("/run/netsession-recordings/{}.ndjson", id())))?;
    let real = took * THOUSAND / steps;
    let output = Command::new(std::env::current_exe()?).arg(IN_MEMORY).env_remove("NETSESSION_RECORD").output()?;
    let (mut without, mut with, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for line in String::from_utf8(output.stdout)?.lines() {
        let (first, second) = line.split_once(' ').ok_or("two numbers")?;
        let (first, second) = (Duration::from_nanos(first.parse()?), Duration::from_nanos(second.parse()?));
        without.push(first);
        with.push(second);
        more.push(second.saturating_sub(first));
    }
    tell("1000 steps of the loop, nothing but memory, recorded", &with, Some(("not recorded", &without)), Target::None);
    tell("1000 steps: recording", &more, Some(("with their effects on the kernel", &[real])), Target::Times(0.02));
    Ok(())
}

/// Prints what a thousand steps take, in nanoseconds: not recorded, and recorded; one line a round.
pub(crate) fn in_memory() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let file = std::env::temp_dir().join(format!("netsession-figures-{}.ndjson", id()));
    for round in 0..ROUNDS {
        let without = runtime.block_on(pairs(None))?;
        let place = file.with_extension(format!("{round}.ndjson"));
        let with = runtime.block_on(pairs(Some(place.clone())))?;
        let place = if round == 0 { place } else { PathBuf::from(format!("{}.{}", place.display(), round + 1)) };
        let steps = steps(&place)?;
        fs::remove_file(place)?;
        let each = |took: Duration| (took * THOUSAND / steps).as_nanos();
        println!("{} {}", each(without), each(with));
    }
    Ok(())
}

async fn pairs(file: Option<PathBuf>) -> Result<Duration, Box<dyn Error>> {
    let network = Network::new(1);
    let none = Duration::ZERO;
    network.add(AccessPointId(0), Behaviour { raise_delay: none, lower_delay: none, prefer_delay: none, ..Behaviour::default() });
    let mut builder = Client::builder().executor(network.executor(ExecutorId(0)));
    builder.access_point(WLAN, AccessPoint::default());
    if let Some(file) = file {
        builder = builder.record(file);
    }
    let client = builder.start().await?;
    let session = client.session(WLAN, SessionOptions::default()).await?;
    let begun = Instant::now();
    for _ in 0..PAIRS {
        session.open().await?;
        session.close().await?;
    }
    let took = begun.elapsed();
    drop(session);
    client.shutdown().await;
    Ok(took)
}

/// How many steps are in a recording.
fn steps(file: &PathBuf) -> Result<u32, Box<dyn Error>> {
    let lines = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?.lines().count();
    // the header and the end
    Ok(u32::try_from(lines.saturating_sub(2))?.max(1))
}
