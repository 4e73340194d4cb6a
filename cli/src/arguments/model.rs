//! What `scenario`, `replay`, `judge`, `explore` and `diagrams` can be asked.

use clap::{Args, ValueEnum, ValueHint};
use netsession_model::diagrams::Format;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Scenario {
    /// Scenarios; conformance/scenarios/README.md has their language.
    #[arg(value_name = "FILE", required_unless_present = "from", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Print a run as a scenario instead: NAME.trace.json that `netsession check --counterexamples` wrote, or a program's recording.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["files", "json"], value_hint = ValueHint::FilePath)]
    pub(crate) from: Option<PathBuf>,
    /// Make it also of a run that cannot be told whole; what is missing is on standard error.
    #[arg(long, requires = "from")]
    pub(crate) anyway: bool,
    /// Write the fewest steps found that fail in the same way on the simulator to this file; of one FILE only.
    #[arg(long, value_name = "OUT", conflicts_with = "from", value_hint = ValueHint::FilePath)]
    pub(crate) shrink: Option<PathBuf>,
    /// For programs: a verdict as JSON, one line a file, errors as JSON on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// What `netsession check --counterexamples` wrote (NAME.trace.json), or what a program recorded with NETSESSION_RECORD=FILE.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Print the story as a Mermaid sequence chart.
    #[arg(long, conflicts_with = "json")]
    pub(crate) mermaid: bool,
    /// Play it to the program around the hub, too: its drive loop, client API and timers, in simulated time.
    #[arg(long)]
    pub(crate) simulate: bool,
    /// With --backend: also if something of the run cannot be brought about there; what, is on standard error.
    #[arg(long)]
    pub(crate) anyway: bool,
    /// Write the shortest run found that breaks the same to this file.
    #[arg(long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub(crate) shrink: Option<PathBuf>,
    /// For programs: the story and the verdict as JSON on standard output, errors as JSON on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Judge {
    /// What a program recorded with NETSESSION_RECORD=FILE, or directories of such files.
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    pub(crate) files: Vec<PathBuf>,
    /// Print the step that is wrong, or the last one, and those before it as a Mermaid sequence chart.
    #[arg(long, conflicts_with = "json")]
    pub(crate) mermaid: bool,
    /// Write every state of the machine to this file, in the Informal Trace Format.
    #[arg(long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub(crate) itf: Option<PathBuf>,
    /// Write the shortest recording that was found with the same fault to this file; of one FILE only.
    #[arg(long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub(crate) shrink: Option<PathBuf>,
    /// For programs: a verdict and statistics as JSON, one line a file, errors as JSON on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explore {
    /// Which world; plain unless given.
    #[arg(long, value_name = "NAME")]
    pub(crate) world: Option<String>,
    /// Where the page is served. There is no password: leave it to this machine.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    pub(crate) address: SocketAddr,
    /// Search the whole world first, and show what became of each property in it, L1 to L8 too.
    #[arg(long)]
    pub(crate) judge: bool,
    /// Let the hub make this mistake.
    #[cfg(feature = "mutants")]
    #[arg(long, hide = true, value_name = "NAME")]
    pub(crate) mutant: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Diagrams {
    /// Fail if the file is not what would be written; write nothing.
    #[arg(long)]
    pub(crate) check: bool,
    /// The file that holds every diagram.
    #[arg(long, value_name = "FILE", default_value = "DIAGRAMS.md", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Print one machine instead, in this format.
    #[arg(long, value_enum, requires = "machine", conflicts_with_all = ["check", "output"])]
    pub(crate) format: Option<Drawing>,
    /// The machine to print: session, link, roaming or alr.
    #[arg(long, value_name = "NAME", requires = "format")]
    pub(crate) machine: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Drawing {
    Dot,
    Mermaid,
    Json,
    Matrix,
    /// An executable state chart.
    Scxml,
}

impl Drawing {
    /// The format for people; `None`: SCXML.
    pub(crate) fn format(self) -> Option<Format> {
        match self {
            Self::Dot => Some(Format::Dot),
            Self::Mermaid => Some(Format::Mermaid),
            Self::Json => Some(Format::Json),
            Self::Matrix => Some(Format::Matrix),
            Self::Scxml => None,
        }
    }
}
