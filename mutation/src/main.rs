//! Does anybody notice a mistake in the machines? `cargo mutants` lists the mistakes; all of them are built once, and each is then tried.
//!
//! A build for each mutant takes longer than trying it, by far. So a copy of the project is made in which every function that has mutants
//! has all its bodies, the right one and the wrong ones, and chooses by the number in the environment ([`weave`]). What cannot be woven (the
//! body of a `const fn` that constants are made with, the type of an `impl Trait`) is built alone.

mod build;
mod found;
mod judges;
mod listed;
mod page;
mod weave;

use clap::Parser;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Tries every mutant of the machines: is it noticed, and by whom?
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Needs cargo-mutants for its list: cargo install cargo-mutants\n\nExamples:\n  cargo run -p netsession-mutation\n  cargo run -p netsession-mutation -- --only Hub::check_offer"
)]
pub(crate) struct Options {
    /// Only mutants whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Only these judges; can be given several times
    #[arg(long = "judge", value_name = "JUDGE", value_enum)]
    judges: Vec<judges::Judge>,
    /// How many are tried side by side
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Goes on where an earlier run in the same folder was: what somebody noticed then, in a file that is the same, is not tried again
    #[arg(long)]
    resume: bool,
    /// Tries nothing, and tells what earlier runs in the same folder found; what has to be built alone and was not is listed
    #[arg(long)]
    tell: bool,
    /// The folder of the copy and of what is built there
    #[arg(long, default_value = "target/mutation", value_name = "FOLDER")]
    folder: PathBuf,
    /// Writes what came of it: mutation/MUTATION.md and conformance/report/mutation.json
    #[arg(long)]
    write: bool,
}

/// What went wrong on the way; not what was found.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(trouble) => {
            eprintln!("error: {trouble}");
            ExitCode::from(2)
        }
    }
}

/// Whether every mutant is noticed, or a reason is given why it cannot be.
fn run(options: &Options) -> Result<bool, Trouble> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the project has no folder")?;
    let mut mutants = listed::list(project)?;
    if let Some(only) = &options.only {
        mutants.retain(|mutant| mutant.name.contains(only.as_str()));
    }
    let tree = build::Tree::copy(project, &options.folder)?;
    let found = found::Found::new(project, &project.join(&options.folder), &mutants, options.resume || options.tell)?;
    let built = tree.build(&mutants)?;
    let fates = judges::try_all(project, &tree, &mutants, &built, &found, options)?;
    let told = page::Told::new(project, &mutants, fates)?;
    print!("{}", told.summary());
    if options.write {
        told.write(project)?;
    }
    Ok(told.is_sound())
}
