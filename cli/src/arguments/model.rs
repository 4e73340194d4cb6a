//! What `replay` and `explore` can be asked.

use clap::{Args, ValueHint};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// What `netsession check --counterexamples` wrote: NAME.trace.json.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Print the story as a Mermaid sequence chart.
    #[arg(long, conflicts_with = "json")]
    pub(crate) mermaid: bool,
    /// Play it to the program around the hub, too: its drive loop, client API and timers, in simulated time.
    #[arg(long)]
    pub(crate) simulate: bool,
    /// For programs: the story and the verdict as JSON on standard output, errors as JSON on standard error.
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
    /// Judge L1 to L8 first, over the whole world, and show their verdicts too.
    #[arg(long)]
    pub(crate) liveness: bool,
    /// Let the hub make this mistake.
    #[cfg(feature = "mutants")]
    #[arg(long, hide = true, value_name = "NAME")]
    pub(crate) mutant: Option<String>,
}
