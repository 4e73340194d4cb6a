//! What did the scenarios reach on each executor? Reads what `NETSESSION_PLAYED` had them keep: `make reached` runs both.
#![allow(clippy::disallowed_methods, reason = "a program: its arguments say what it counts")]

use netsession_model::coverage::plays::executors;
use netsession_model::played::Play;
use std::io::Write;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.iter().find(|argument| !argument.starts_with("--"));
    let folder = folder.ok_or_else(|| std::io::Error::other("name the folder of the plays"))?;
    let folder = Path::new(folder);
    if !folder.exists() {
        eprintln!("nothing was played: `make reached` plays every scenario");
        return Ok(());
    }
    let executors = executors(&Play::all(folder)?);
    let mut out = std::io::stdout().lock();
    for executor in executors {
        if arguments.iter().any(|argument| argument == "--json") {
            writeln!(out, "{}", serde_json::to_string(&executor)?)?;
        } else {
            writeln!(out, "{executor}")?;
        }
    }
    Ok(())
}
