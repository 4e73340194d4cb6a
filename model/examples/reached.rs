//! What did the scenarios reach on each executor? Reads what `NETSESSION_PLAYED` had them keep: `make reached` runs both.

use netsession_model::coverage::plays::executors;
use netsession_model::played::Play;
use std::io::Write;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.iter().find(|argument| !argument.starts_with("--"));
    let folder = folder.ok_or_else(|| std::io::Error::other("name the folder of the plays"))?;
    let executors = executors(&Play::all(Path::new(folder))?);
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
